# SPDX-License-Identifier: MIT
"""The Makefile without a build: what it prints if a program is missing, and `make install`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import help_parser
from conftest import BIN, LIMIT_S, TESTS

# Programs of a minimal Debian that make and setup.sh use.
BASE = ("sh", "make", "getconf", "cat", "cmp", "mkdir", "grep", "sort", "id", "sed", "dirname",
        "ls", "rm", "touch")


@pytest.fixture
def bare(tmp_path):
    """An environment whose PATH has the base system, but no compiler and no apt."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in BASE:
        (folder / name).symlink_to(shutil.which(name))
    return {"PATH": str(folder), "HOME": str(tmp_path)}


def make(env: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    """Runs make separately from a make that runs the tests."""
    alone = {name: value for name, value in env.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return subprocess.run([shutil.which("make"), "-C", str(TESTS.parent), *words], env=alone,
                          capture_output=True, text=True, timeout=LIMIT_S)


@pytest.mark.parametrize("goal, wanted", [
    ("all", {"gcc", "xz-utils"}),
    ("demo", {"gcc", "xz-utils", "openssl", "python3"}),
    ("test", {"gcc", "xz-utils", "openssl", "libcmocka-dev", "strace"}),
    ("lint", {"gcc", "xz-utils", "cppcheck"}),
    ("bench", {"gcc", "xz-utils", "curl"}),
    ("test-sdk", {"gcc", "xz-utils", "openssl"}),
    ("dist", {"gcc", "xz-utils", "python3", "git"}),
    ("test-dist", {"gcc", "xz-utils", "python3", "openssl", "skopeo"}),
])
def test_prints_one_command_that_installs_everything(bare, tmp_path, goal, wanted):
    if os.path.exists("/usr/include/cmocka.h"):
        wanted = wanted - {"libcmocka-dev"}
    done = make(bare, goal, f"O={tmp_path}/build")
    commands = re.findall(r"^setup: run: (.*)$", done.stderr, re.M)
    assert done.returncode != 0
    assert len(commands) == 1
    assert commands[0].strip().startswith("sudo apt-get update && sudo apt-get install ")
    assert wanted <= set(commands[0].split())
    assert not (tmp_path / "build/vendor/src").exists()


def test_refuses_a_folder_with_a_blank(bare, tmp_path):
    done = make(bare, "clean", f"O={tmp_path}/a b")
    assert done.returncode == 2
    assert re.fullmatch(r"Makefile:\d+: \*\*\* make cannot build in a folder with a blank in its "
                        r"name: .*, O=/.*/a b\.  Stop\.\n", done.stderr)


def from_readme(first: str, last: str) -> list[list[str]]:
    """The words of the commands between these words of README, without sudo."""
    readme = (TESTS.parent / "README.md").read_text()
    (line,) = re.findall(rf"`({first}[^`]*{last})`", readme)
    return [command.removeprefix("sudo ").split() for command in line.split(" && ")]


@pytest.fixture
def built(tmp_path):
    """Words for make: a build folder that has the tested program, which may have another name."""
    program = tmp_path / "build/duplojit"
    program.parent.mkdir()
    program.symlink_to(BIN)
    return f"O={program.parent}", "-o", str(program)


def test_install_into_a_folder(tmp_path, built):
    """Also if its name has a blank: the program, its manual pages and completions. The commands are
    README's, with another root folder and the program that is tested."""
    root = tmp_path / "a b"
    commands = from_readme("make", "install")
    assert len(commands) == 2
    for program, *goals in commands:
        assert program == "make" and not root.exists()
        done = make({**os.environ}, *goals, f"DESTDIR={root}", *built)
        assert done.returncode == 0, done.stderr
    files = {str(path.relative_to(root / "usr/local")): path.stat().st_mode & 0o777
             for path in root.rglob("*") if path.is_file()}
    pages = {f"share/man/man1/duplojit-{command}.1" for command in help_parser.commands()}
    assert files == {"bin/duplojit": 0o755} | dict.fromkeys(pages | {
        "share/man/man1/duplojit.1", "share/bash-completion/completions/duplojit",
        "share/zsh/site-functions/_duplojit",
        "share/fish/vendor_completions.d/duplojit.fish"}, 0o644)
    assert (root / "usr/local/bin/duplojit").read_bytes() == BIN.read_bytes()


def test_demo(built):
    """README's command; the part of it that installs packages does not run."""
    ((program, goal),) = from_readme("make", "demo")
    planned = make({**os.environ}, "-n", goal)
    assert program == "make" and "tests/demo.sh" in planned.stdout, planned.stderr
    python = Path(sys.executable).parent  # has the AWS CLI
    done = make({**os.environ, "PATH": f"{os.environ['PATH']}:{python}"}, f"run-{goal}", *built)
    assert done.returncode == 0, done.stderr
    assert "$ duplojit aws --tenant dev01\n" in done.stdout and "It works." in done.stdout


def test_missing_sources_of_libraries(tmp_path):
    done = subprocess.run([str(TESTS.parent / "vendor/fetch.sh"), str(tmp_path / "src")],
                          env={**os.environ, "VENDOR_DIR": f"{tmp_path}/typo.tar"},
                          capture_output=True, text=True, timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (
        1, f"vendor: VENDOR_DIR: there is no {tmp_path}/typo.tar\n")
    assert not (tmp_path / "src/SOURCES").exists()


def test_a_missing_compiler(bare, tmp_path):
    done = make(bare, "all", "CC=nonesuch", f"O={tmp_path}/build")
    assert done.returncode != 0
    assert "setup: compiler not found: nonesuch (set by CC)\n" in done.stderr
    assert "run:" not in done.stderr


def test_the_cross_compiler_for_arm64_is_installed(bare, tmp_path):
    done = make(bare, "all", "CC=aarch64-linux-gnu-gcc", f"O={tmp_path}/build")
    assert done.returncode != 0
    (command,) = re.findall(r"^setup: run: (.*)$", done.stderr, re.M)
    assert {"gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"} <= set(command.split())
    assert not {"gcc", "libc6-dev"} & set(command.split())
