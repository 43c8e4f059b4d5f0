# SPDX-License-Identifier: MIT
"""Compares how BROWSER is read with Python's webbrowser, for generated values.

Subject: browser_tool.c, compiled with sanitizers. Judge: webbrowser.open, with a Popen that finds
programs and records command lines, but fails. BROWSER_ORACLE_VALUES sets the number of values.
"""
import json
import os
import shlex
import shutil
import subprocess
import webbrowser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import BIN

VALUES = int(os.environ.get("BROWSER_ORACLE_VALUES", "1500"))
URL = "https://portal.example/app/user/verify-token?localPort=1&redirect=true"
PROGRAMS = ["good", "other", "with blank", "it's"]
TOKENS = [*PROGRAMS, "absent", "%s", "%s", "%s", "%", "s", "'", '"', "\\", " ", " ", " ", "\t", ":",
          "&", " &", "-new", "--url=%s", "'%s'", '"with blank"', "{folder}/good",
          "'{folder}/with blank'", "{folder}/with\\ blank", "{folder}/with blank", "\N{EURO SIGN}"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    for name in PROGRAMS:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def tool(folder):
    """Asks the program for the command lines that a value leads to."""
    with subprocess.Popen([BIN.parent / "host/browser_tool", folder, URL], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        def ask(value):
            process.stdin.write(value.encode().hex() + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            return [[bytes.fromhex(word).decode() for word in words] for words in answer]
        yield ask
        process.stdin.close()
        assert process.wait() == 0


class Failing:
    """A program that has ended with an error."""

    def poll(self):
        return 1

    def wait(self, *_):
        return 1


def judge(folder, command):
    """The command line that webbrowser runs for one command, or None; ValueError if it cannot
    split the command."""
    tried = []

    def popen(words, **_):
        if not shutil.which(words[0], path=str(folder)):
            raise FileNotFoundError(words[0])
        tried.append(words)
        return Failing()

    with pytest.MonkeyPatch.context() as patch:
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "TERM"):
            patch.delenv(name, raising=False)
        patch.setenv("BROWSER", command)
        patch.setenv("PATH", str(folder))
        patch.setattr(webbrowser, "_tryorder", None)
        patch.setattr(webbrowser, "_browsers", {})
        patch.setattr(subprocess, "Popen", popen)
        assert not webbrowser.open(URL)
    return tried[0] if tried else None


def expected(folder, command):
    """What the program runs: as webbrowser, which cannot use some commands at all."""
    try:
        words = judge(folder, command)
        split = shlex.split(command) if words is None else []
    except (ValueError, IndexError):  # IndexError: only blanks
        return None
    if words is None and "%s" not in command:  # not a program: split, and the URL follows
        split = split[:-1] if split[1:] and split[-1] == "&" else split
        if split and shutil.which(split[0], path=str(folder)):
            words = [split[0], *(word.replace("%s", URL) for word in split[1:])]
    if words is not None and URL not in " ".join(words):  # %s only in the first word
        return [*words, URL]
    return words


def test_known_values(folder, tool):
    """The judge itself."""
    for command, words in [
            ("good", ["good", URL]), ("good %s -new", ["good", URL, "-new"]),
            ("good '%s'", ["good", URL]), ("good --url=%s,%s", ["good", f"--url={URL},{URL}"]),
            (f"'{folder}/with blank' %s", [f"{folder}/with blank", URL]),
            (f"{folder}/with blank", [f"{folder}/with blank", URL]),
            ("good %s &", ["good", URL]), ("absent %s", None), ("absent", None)]:
        assert judge(folder, command) == words, command
        assert tool(command) == ([] if words is None else [words]), command
    with pytest.raises(ValueError):
        judge(folder, "good '%s")
    assert tool("good '%s:other") == [["other", URL]]
    assert tool("good -new &") == tool("'good' -new") == [["good", "-new", URL]]


COMMANDS = st.tuples(st.sampled_from(["", "good ", "{folder}/good "]),
                     st.lists(st.sampled_from(TOKENS), max_size=9).map("".join)).map("".join)


@settings(max_examples=VALUES, deadline=None, derandomize=True, database=None)
@given(value=COMMANDS)
def test_generated_values(folder, tool, value):
    value = value.replace("{folder}", str(folder))
    wanted = [expected(folder, command) for command in value.split(":") if command]
    assert tool(value) == [words for words in wanted if words is not None]
