# SPDX-License-Identifier: MIT
"""No part of a secret is left in memory when a command ends, and no system call shows one that the
command does not print or save.
"""

from __future__ import annotations

import pytest

from conftest import identity
from memory import Ended

AWS = ("aws", "--tenant", "dev01")


@pytest.fixture
def token_file(portal, tmp_path):
    path = tmp_path / "token"
    path.write_text(portal.token())
    path.chmod(0o600)
    return path


def end(run, portal, words, more=None) -> Ended:
    return Ended(run, words, identity(portal) | {"DUPLO_TOKEN": None} | (more or {}))


# What a command does with the token, other than sending it encrypted.
@pytest.mark.parametrize("words, calls", [
    ((*AWS, "--no-cache"), ["read"]), (AWS, ["read"]), (("status",), ["read"]),
    (("tenants",), ["read"]), (("token",), ["read", "write"]),
    (("update-aws-config", "p", "--tenant", "dev01"), ["read"]),
], ids=lambda value: " ".join(value))
def test_the_token_of_a_file(run, portal, token_file, words, calls):
    ended = end(run, portal, (*words, "--token-file", token_file))
    assert ended.calls(portal.token()) == calls
    assert ended.places(portal.token()) == []


def test_the_token_of_an_option(run, portal):
    """Its copies in the arguments are removed, too."""
    ended = end(run, portal, (*AWS, "--token", portal.token()))
    assert ended.calls(portal.token()) == ["execve"]
    assert ended.places(portal.token()) == []


def test_the_credentials(run, portal, token_file):
    ended = end(run, portal, (*AWS, "--token-file", token_file, "--no-cache"))
    answer = portal.state.issued[-1].answer
    for name in ("SecretAccessKey", "SessionToken"):
        assert answer[name].encode() in ended.out
        assert ended.calls(answer[name]) == ["write"]
        assert ended.places(answer[name]) == []


def test_the_scan_finds_a_secret(run, portal):
    """A token in the environment stays there."""
    ended = Ended(run, AWS, identity(portal))
    assert any("[stack]" in place for place in ended.places(portal.token()))
