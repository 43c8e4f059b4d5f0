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

STEPS = {step["name"]: step["run"] for step in yaml.safe_load(
    (TESTS.parent / ".github/workflows/release.yml").read_text())["jobs"]["publish"]["steps"]
    if "name" in step and "run" in step}
GH = f"""#!{sys.executable}
import json, os, sys
words = [w for w in sys.argv[1:] if w not in ("--paginate", "--silent")]
state = json.load(open(os.environ["STATE"]))
fields = dict(words[i + 1].split("=", 1) for i, w in enumerate(words) if w.endswith("-field"))
method = words[words.index("--method") + 1] if "--method" in words else "GET"
path = next((w for w in words if w.startswith("repos/")), "").removeprefix("repos/o/r/git/")
name = (fields.get("ref") or path).rpartition("/")[2]
if words[:2] == ["release", "view"]:
    sys.exit(words[2] not in state["releases"])
if words[:2] == ["release", "create"]:
    assert words[2] not in state["releases"], "the release exists"
    assert "--verify-tag" in words and words[-1].startswith("dist/")
    state["releases"].append(words[2])
elif method == "GET" and path.startswith("matching-refs/"):
    assert words[-2:] == ["--jq", ".[].ref"]
    print(*("refs/tags/" + tag for tag in sorted(state["tags"]) if tag.startswith(name)), sep="\\n")
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
    """Runs a step for a tag. Returns the tags and the releases after it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/SHA256SUMS").touch()

    def call(name: str, tag: str, tags: dict[str, str], releases: tuple[str, ...] = ()) -> dict:
        state = tmp_path / "state"
        state.write_text(json.dumps({"tags": tags, "releases": releases}))
        subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]],
                       check=True, timeout=LIMIT_S, cwd=tmp_path, stdout=subprocess.DEVNULL,
                       env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "STATE": str(state),
                            "GH_REPO": "o/r", "VERSION_TAG": tag, "GITHUB_SHA": "123e4"})
        return json.loads(Path(state).read_text())
    return call


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
    after = step("Move the tag of the major version", tag, before)["tags"]
    assert after == before | ({major: "123e4"} if moves else {})


def test_a_release_is_created_once(step):
    """So the job can run again after a failure of a later step."""
    name = "Create the release"
    assert step(name, "v1.0.0", {"v1.0.0": "1"})["releases"] == ["v1.0.0"]
    assert step(name, "v1.0.0", {"v1.0.0": "1"}, ("v1.0.0",))["releases"] == ["v1.0.0"]
