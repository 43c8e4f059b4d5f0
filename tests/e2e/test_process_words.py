# SPDX-License-Identifier: MIT
"""The words of credential_process: a shell, for the SDKs, and shlex, for botocore, find the same.

`update-aws-config --print` writes the line. Examples are generated; see value_tool.py.
"""
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import BIN
from value_tool import thorough

SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "LC_ALL": "C.UTF-8"}

special = st.sampled_from(list("ab =~#'\"\\$`|&;<>()*?[]{}!%^,:@+-/.0\té中"))
text = st.text(special, max_size=12)
words = st.sampled_from(["if", "{", "}", "!", "time", "--x=~", "~", "a=b", "[", "{a,b}", "\\\\"])
lines = st.lists(st.one_of(text, words), max_size=5).map(" ".join)


def print_profile(*args):
    command = [BIN, "update-aws-config", "x", "--print", "--offline", "--host", "portal.test"]
    command += ["--tenant", "dev01", *args]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=20)
    if done.returncode == 2:
        return None
    assert done.returncode == 0, done.stderr
    (line,) = [row for row in done.stdout.splitlines() if row.startswith("credential_process = ")]
    return line.removeprefix("credential_process = ")


def check_shells(line, folder):
    """All shells find the words of shlex, and none expands, redirects or runs anything."""
    expected = shlex.split(line)
    for shell in SHELLS:
        script = f'f() {{ printf "%s\\0" "$@"; }}\nf {line}'
        done = subprocess.run([*shell, "-c", script], capture_output=True, text=True, cwd=folder,
                              env=ENVIRONMENT, timeout=20)
        assert (done.returncode, done.stderr) == (0, ""), (shell, line)
        assert done.stdout.split("\0")[:-1] == expected, (shell, line)
    return expected


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with files that a pattern without quotes would find."""
    path = tmp_path_factory.mktemp("words")
    for name in ("a", "b", "ab", "-"):
        (path / name).touch()
    return path


@thorough
@given(name=text)
def test_words_are_quoted(folder, name):
    path = f"/tmp/{name}"
    line = print_profile("--token-file", path, "--ca-file", path)
    if line is None:
        assert any(part in name for part in ("\t", " #", " ;"))
        return
    found = check_shells(line, folder)
    assert found[1:6] == ["aws", "--token-file", path, "--ca-file", path]


def test_lines_that_are_accepted(folder):
    """A command of the user's is accepted only if all find the same words in it."""
    counts = {True: 0, False: 0}

    @thorough
    @given(command=lines)
    def compare(command):
        line = print_profile("--token-file", "/tmp/t", "--command", command)
        counts[line is not None] += 1
        if line is not None:
            check_shells(line, folder)

    compare()
    assert min(counts.values()) > 100
