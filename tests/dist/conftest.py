# SPDX-License-Identifier: MIT
"""The files that `make dist` has written, and helpers to run them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from portal import Portal

TOP = Path(__file__).resolve().parent.parent.parent
DIST = Path(os.environ["DIST"])
VERSION = os.environ["VERSION"]
ARCH = os.environ["ARCH"]  # of this machine
ARCHES = sorted(path.name.rpartition("-")[2] for path in DIST.glob("duplojit-*-linux-*")
                if "." not in path.name.rpartition("-")[2])
IMAGE = DIST / f"duplojit-{VERSION}-image.tar"
LIMIT_S = 120
LOCK = [words for line in (TOP / "vendor/lock").read_text().splitlines()
        if (words := line.partition("#")[0].split())]


def artefact(arch: str, ending: str = "") -> Path:
    return DIST / f"duplojit-{VERSION}-linux-{arch}{ending}"


def call(*words: str | Path, status: int = 0, **more) -> str:
    """Runs a program that must exit with the status, and returns its output."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=LIMIT_S,
                          **more)
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def readme_command(first: str) -> str:
    """The command of README that begins with these words."""
    (command,) = re.findall(rf"`({first} [^`]+)`", (TOP / "README.md").read_text())
    return command


def make_environment() -> dict[str, str]:
    """The environment for a make that is not part of the make that runs the tests."""
    return {name: value for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")}


def members(data) -> dict[str, tarfile.TarInfo]:
    """The members of a tarball, a path or an open file."""
    source = {"fileobj": data} if hasattr(data, "read") else {"name": data}
    with tarfile.open(**source) as tar:
        names = tar.getnames()
        assert names == sorted(names)
        return {member.name: member for member in tar}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def portal():
    with Portal() as portal:
        yield portal


@pytest.fixture
def check_program(tmp_path, portal):
    """Checks that a program prints the version, and credentials from the portal."""
    def check(*program: str | Path) -> None:
        environment = {"HOME": str(tmp_path), "DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca,
                       "DUPLO_TOKEN": portal.token("user")}
        assert call(*program, "--version", env=environment).split()[1] == VERSION
        printed = json.loads(call(*program, "aws", "--tenant", "dev01", env=environment))
        assert portal.state.issue_of(printed["AccessKeyId"]).tenant
    return check
