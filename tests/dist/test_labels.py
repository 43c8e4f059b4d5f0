# SPDX-License-Identifier: MIT
"""The address of the repository, the commit and the maintainer are in every file that has a place
for them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from conftest import ARCH, IMAGE, LIMIT_S, TOP, VERSION, artefact, call

SOURCE = "https://example.com/owner/duplojit"
REVISION = "0123456789abcdef0123456789abcdef01234567"
MAINTAINER = "An Owner <owner@example.com>"
BUILD = Path(os.environ["O"]).resolve()


def labels_of(image: Path) -> list[dict[str, str]]:
    """The labels of the image for each architecture, and the notes of manifests and the index."""
    prefix, found = "org.opencontainers.image.", []
    with tarfile.open(image) as tar:
        for member in tar:
            if member.name.startswith("blobs/") and member.isfile():
                data = tar.extractfile(member).read()
                if data.startswith(b"{"):
                    blob = json.loads(data)
                    found.append(blob.get("annotations") or blob["config"]["Labels"])
    return [{name.removeprefix(prefix): text for name, text in each.items()} for each in found]


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """The files of a release with these values."""
    out = tmp_path_factory.mktemp("labels") / "dist"
    done = subprocess.run(
        [sys.executable, TOP / "docker/dist/dist.py", f"--version={VERSION}", "--epoch=1767225600",
         f"--revision={REVISION}", f"--source={SOURCE}", f"--maintainer={MAINTAINER}",
         "--compiler=12.2.0", "--compiler=14.2.0", f"--sources={BUILD}/vendor/src",
         f"--man={BUILD}/man", f"--completions={BUILD}/completions", f"--out={out}",
         f"{ARCH}={artefact(ARCH)}"], capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    return out


def test_labels_of_the_image(dist):
    found = labels_of(dist / IMAGE.name)
    assert len(found) == 3
    for labels in found:
        assert (labels["source"], labels["url"], labels["documentation"], labels["revision"]) == (
            SOURCE, SOURCE, f"{SOURCE}#readme", REVISION)


def test_fields_of_the_debian_package(dist):
    package = dist / artefact(ARCH, ".deb").name
    assert call("dpkg-deb", "--field", package, "Homepage") == f"{SOURCE}\n"
    assert call("dpkg-deb", "--field", package, "Maintainer") == f"{MAINTAINER}\n"


def test_bills_of_materials(dist):
    """They also have each version of the compiler."""
    spdx = json.loads((dist / f"duplojit-{VERSION}.spdx.json").read_text())
    main, *others = spdx["packages"]
    assert main["downloadLocation"] == f"git+{SOURCE}@{REVISION}"
    cyclonedx = json.loads((dist / f"duplojit-{VERSION}.cdx.json").read_text())
    assert cyclonedx["metadata"]["component"]["externalReferences"] == [
        {"type": "vcs", "url": SOURCE}]
    assert [package["versionInfo"] for package in others if package["name"] == "libgcc"] == [
        part["version"] for part in cyclonedx["components"] if part["name"] == "libgcc"] == [
        "12.2.0", "14.2.0"]


@pytest.mark.skipif(not (TOP / ".git").exists(), reason="this folder is not a clone")
def test_the_commit_of_a_clone():
    """Without it, `make dist` could not read the commit."""
    for labels in labels_of(IMAGE):
        assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", labels["revision"])
