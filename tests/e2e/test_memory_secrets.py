# SPDX-License-Identifier: MIT
"""No part of a secret is left in memory when a command ends, and no system call shows one that the
command does not print or save.
"""

from __future__ import annotations

import os
import signal

import pytest

from conftest import identity, wait_until
from memory import Ended
from test_exec_endpoint import children

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
    (("k8s", "--tenant", "dev01"), ["read"]), (("settings", "list"), ["read"]),
    (("update-kubeconfig", "--tenant", "dev01"), ["read"]),
    (("web", "--tenant", "dev01", "--print-url"), ["read"]),
    (("exec", "--tenant", "dev01", "--endpoint", "--", "/bin/true"), ["read"]),
], ids=lambda value: " ".join(value))
def test_the_token_of_a_file(run, portal, token_file, words, calls):
    at = words.index("--") if "--" in words else len(words)
    ended = end(run, portal, (*words[:at], "--token-file", token_file, *words[at:]))
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


@pytest.mark.parametrize("mode", ("redirect", "post", "otp"))
def test_the_token_of_a_login(run, portal, browser, mode):
    """It is received from the browser and saved, and nothing else."""
    ended = Ended(run, ("login",), browser.env(mode))
    assert b"logged in" in ended.err
    assert ended.calls(portal.token()) == ["recvfrom", "write"]
    assert ended.places(portal.token()) == []


def test_the_secrets_of_serve(run, portal, token_file):
    """It reads the token at the start, to see that there is one; the credentials come from a
    process that renews them."""
    def stop(pid: int) -> None:
        wait_until(lambda: portal.state.issued and not children(pid), 30)
        os.kill(pid, signal.SIGTERM)
    ended = Ended(run, ("serve", "--tenant", "dev01", "--listen", "127.0.0.1:0", "--token-file",
                        token_file, "--auth-token-file", run.home / "auth"),
                  identity(portal) | {"DUPLO_TOKEN": None}, stop)
    answer = portal.state.issued[-1].answer
    assert ended.calls(portal.token()) == ["read"]
    assert ended.places(portal.token()) == []
    for name in ("SecretAccessKey", "SessionToken"):
        assert ended.places(answer[name]) == []


def test_the_scan_finds_a_secret(run, portal):
    """A token in the environment stays there."""
    ended = Ended(run, AWS, identity(portal))
    assert any("[stack]" in place for place in ended.places(portal.token()))
