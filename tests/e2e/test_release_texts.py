# SPDX-License-Identifier: MIT
"""What the documents say about a release and its checks is what the workflows do."""

from __future__ import annotations

import re
import shlex
from datetime import datetime

import pytest
import yaml

from conftest import TESTS

TOP = TESTS.parent.resolve()
IMAGE = "ghcr.io/OWNER/duplojit"


def text(name: str) -> str:
    return (TOP / name).read_text()


@pytest.fixture(scope="module")
def release() -> dict:
    return yaml.safe_load(text(".github/workflows/release.yml"))["jobs"]


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", "docs/containers.md",
                                  "docs/kubernetes.md", "docs/agent.md"])
def test_the_image_in_the_registry(release, name):
    """OWNER/duplojit is the repository."""
    pushed = release["publish"]["env"]["IMAGE"]
    assert pushed.replace("${{ github.repository }}", "OWNER/duplojit") == IMAGE
    found = re.findall(r"[\w.]+/OWNER/duplojit(?=[:@`])", text(name))
    assert set(found) == {IMAGE}


def test_the_command_that_gives_the_same_bytes(release):
    """It has the variables of the workflow, with the values that do not depend on the owner."""
    line = re.search(r"^    (make dist (?:.*\\\n)*.*)$", text("SECURITY.md"), re.M)[1]
    given = dict(word.split("=", 1) for word in shlex.split(line.replace("\\\n", ""))[2:])
    wanted = release["build"]["env"]
    assert set(given) == set(wanted)
    constant = {name for name, value in wanted.items() if "${{" not in value}
    assert constant == {"ARCHES", "VENDOR_STRICT"}
    assert all(given[name] == wanted[name] for name in constant)
    made = wanted["MAINTAINER"].replace("${{ github.repository_owner }}", "OWNER")
    assert given["MAINTAINER"] == made
    address = wanted["SOURCE_URL"].replace("${{ github.server_url }}", "https://github.com")
    assert given["SOURCE_URL"] == address.replace("${{ github.repository }}", "OWNER/duplojit")


def test_signatures_are_those_of_the_workflow(release):
    """Each signature that the workflow makes can be checked with a command of the document."""
    steps = "\n".join(step.get("run", "") for step in release["publish"]["steps"])
    named = text("SECURITY.md")
    assert ("cosign sign-blob" in steps, "cosign sign " in steps) == (True, True)
    for command in ("cosign verify-blob", f"cosign verify {IMAGE}@DIGEST",
                    f"gh attestation verify oci://{IMAGE}:VERSION"):
        assert f"    {command} " in named, command


def test_goals_of_all_checks():
    """CONTRIBUTING.md names the goals that .ci/run makes."""
    script = text(".ci/run")
    made = re.findall(r"^(?:\w+=\S+ )?(?:run_goal|start) ([a-z][\w-]*)", script, re.M)
    for words in re.findall(r"^for goal in ([a-z][^;$]*);", script, re.M):
        made += words.split()
    (row,) = re.findall(r"^\| `\.ci/run` \|(.*)\|$", text("CONTRIBUTING.md"), re.M)
    assert len(made) > 10 and sorted(re.findall(r"`([\w-]+)`", row)) == sorted(made)


def test_the_first_release_has_no_predecessor():
    """It has nothing that was changed, fixed or removed since a version that a user had."""
    first = text("CHANGELOG.md").split("\n## ")[-1]
    assert set(re.findall(r"^### (.*)$", first, re.M)) == {"Added", "Security"}


def test_headings_of_the_changelog_are_links():
    """The newest version is the first after Unreleased."""
    changes = text("CHANGELOG.md")
    targets = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", changes, re.M))
    headings = re.findall(r"^## \[([^\]]+)\]", changes, re.M)
    assert headings[0] == "Unreleased" and set(headings) <= set(targets)
    assert targets.pop("Unreleased") == f"../../compare/v{headings[1]}...HEAD"
    for name, target in targets.items():
        assert target == f"../../releases/tag/v{name}"


def test_the_manual_pages_have_the_date_of_the_version():
    (date,) = re.findall(r'^#define MAN_DATE "(.*)"$', text("src/cmd/help/man.c"), re.M)
    newest = re.findall(r"^## \[\d.*\] - (.*)$", text("CHANGELOG.md"), re.M)[0]
    assert datetime.strptime(date, "%B %d, %Y") == datetime.fromisoformat(newest)
