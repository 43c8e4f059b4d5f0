# SPDX-License-Identifier: MIT
"""The last steps of the release workflow, with a program in place of gh that keeps the tags and the
releases in a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import LIMIT_S, TESTS

WORKFLOW = yaml.safe_load((TESTS.parent / ".github/workflows/release.yml").read_text())
JOB = WORKFLOW["jobs"]["publish"]
STEPS = {step["name"]: step for step in JOB["steps"] if "name" in step and "run" in step}
# What GitHub runs for the names of shells, and without one.
SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"], None: ["bash", "-e"]}
GH = f"""#!{sys.executable}
import json, os, sys
words = [w for w in sys.argv[1:] if w not in ("--paginate", "--silent")]
state = json.load(open(os.environ["STATE"]))
fields = dict(words[i + 1].split("=", 1) for i, w in enumerate(words) if w.endswith("-field"))
method = words[words.index("--method") + 1] if "--method" in words else "GET"
path = next((w for w in words if w.startswith("repos/")), "").removeprefix("repos/o/r/git/")
name = (fields.get("ref") or path).rpartition("/")[2]
if words[:2] == ["release", "view"]:
    if words[2] not in state["releases"]:
        sys.exit("release not found")
    assert words[3:] in ([], ["--json", "isDraft", "--jq", ".isDraft"])
    print(json.dumps(state["releases"][words[2]] == "draft"))
elif words[:2] == ["release", "delete"]:
    assert words[3:] == ["--yes"]
    del state["releases"][words[2]]
elif words[:2] == ["release", "create"]:
    assert words[2] not in state["releases"], "the release exists"
    assert "--verify-tag" in words and words[-1].startswith("dist/")
    state["releases"][words[2]] = "new"
elif method == "GET" and path.startswith("matching-refs/"):
    assert words[-2:] == ["--jq", ".[].ref"]
    print(*("refs/tags/" + tag for tag in sorted(state["tags"]) if tag.startswith(name)), sep="\\n")
    sys.exit(state["broken"])
elif method == "GET":
    assert path.startswith("ref/")
    sys.exit(name not in state["tags"])
else:
    assert (method == "PATCH") == (name in state["tags"]), "422"
    assert method == "POST" or sys.argv[-4:-1] == ["sha=" + fields["sha"], "--field", "force=true"]
    state["tags"][name] = fields["sha"]
json.dump(state, open(os.environ["STATE"], "w"))
"""


@pytest.fixture
def step(tmp_path):
    """Runs a step for a tag. Returns its exit code, and the tags and the releases after it. If
    broken, gh fails after it has printed the first tags."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/SHA256SUMS").touch()

    def call(name: str, tag: str, tags: dict[str, str], releases: dict[str, str] | None = None,
             broken: bool = False) -> dict:
        state = tmp_path / "state"
        state.write_text(json.dumps({"tags": tags, "releases": releases or {}, "broken": broken}))
        done = subprocess.run(
            [*shell_of(STEPS[name]), "-c", STEPS[name]["run"]], check=False, timeout=LIMIT_S,
            cwd=tmp_path, stdout=subprocess.DEVNULL,
            env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "STATE": str(state), "GH_REPO": "o/r",
                 "VERSION_TAG": tag, "GITHUB_SHA": "123e4"})
        return json.loads(Path(state).read_text()) | {"code": done.returncode}
    return call


def shell_of(step: dict) -> list[str]:
    """The shell that GitHub runs for a step, with its options."""
    defaults = [place.get("defaults", {}).get("run", {}).get("shell") for place in (JOB, WORKFLOW)]
    return SHELLS[next((name for name in (step.get("shell"), *defaults) if name), None)]


@pytest.mark.parametrize("tag, others, moves", [
    ("v1.0.0", [], True),
    ("v1.0.1", ["v1", "v1.0.0"], True),
    ("v1.0.10", ["v1", "v1.0.9"], True),
    ("v1.0.1", ["v1", "v1.0.0", "v1.1.0"], False),
    ("v1.0.1", ["v1", "v1.0.0", "v1.1.0-rc1", "v1.x.y", "v10.0.0", "v2", "v2.0.0"], True),
    ("v2.0.0", ["v1", "v1.1.0"], True)])
def test_the_tag_of_the_major_version(step, tag, others, moves):
    """It follows the newest version, also if an older one is released after it."""
    major = tag.split(".")[0]
    before = dict.fromkeys([tag, *others], "old")
    after = step("Move the tag of the major version", tag, before)
    assert after["code"] == 0
    assert after["tags"] == before | ({major: "123e4"} if moves else {})


@pytest.mark.parametrize("tags, broken", [(["v1", "v1.0.0"], True), (["v1"], False)])
def test_the_tag_of_the_major_version_without_a_list(step, tags, broken):
    """The step fails if gh fails, or lists no version."""
    before = dict.fromkeys(tags, "old")
    after = step("Move the tag of the major version", "v1.0.1", before, broken=broken)
    assert after["code"] == 1
    assert after["tags"] == before


@pytest.mark.parametrize("before, after", [(None, "new"), ("published", "published"),
                                           ("draft", "new")])
def test_a_release_is_created_once(step, before, after):
    """So the job can run again after a failure. It replaces a draft, which may lack files."""
    releases = {"v1.0.0": before} if before else {}
    found = step("Create the release", "v1.0.0", {"v1.0.0": "1"}, releases)
    assert [found["code"], found["releases"]] == [0, {"v1.0.0": after}]
