# SPDX-License-Identifier: MIT
"""Probes for rights that a test needs. In a container, even root may have no right to read the
memory of a process that cannot be dumped, as duplojit is.

Each probe tries that once on another program, so that a defect of duplojit skips no test. It
returns the reason for a skip, or "" if it works.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

TEXT = "written by a process that cannot be dumped"
PR_SET_DUMPABLE = 4
HIDDEN = f"""
import ctypes, os, sys
ctypes.CDLL(None).prctl({PR_SET_DUMPABLE}, 0, 0, 0, 0)
os.write(1, b"{TEXT}\\n")
sys.stdin.read()
"""
COMMAND = [sys.executable, "-IS", "-c", HIDDEN]
LIMIT_S = 60


def need(*reasons: str) -> None:
    """Skips the test if one of these probes failed."""
    for reason in filter(None, reasons):
        pytest.skip(reason)


@functools.cache
def trace() -> tuple[str, str]:
    """Why strace cannot run a program, and the write that it shows if it can."""
    tool = shutil.which("strace")
    if tool is None:
        return "strace is not installed", ""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace"
        done = subprocess.run([tool, "-qq", "-s", "99", "-o", file, "-e", "trace=write", *COMMAND],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LIMIT_S, check=False)
        if done.returncode != 0:
            return f"strace does not work on this machine: {done.stderr.strip()[-200:]}", ""
        (shown,) = re.findall(r"^write\(1, .*", file.read_text(), re.M)
        return "", shown


def tracing() -> str:
    return trace()[0]


def strings_of_calls() -> str:
    """strace prints the address of a string if it may not read the memory of the process."""
    reason, shown = trace()
    if reason or TEXT in shown:
        return reason
    return "strace may not read strings of this program here (no CAP_SYS_PTRACE)"


@functools.cache
def files_in_proc() -> str:
    """/proc/PID/exe, maps and mem."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert TEXT.encode() in process.stdout.readline()
        os.readlink(f"/proc/{process.pid}/exe")
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        with open(f"/proc/{process.pid}/mem", "rb", 0) as file:
            file.seek(int(maps.split("-")[0], 16))
            assert file.read(1)
        return ""
    except PermissionError:
        return "files of this program in /proc cannot be read here (no CAP_SYS_PTRACE)"
    finally:
        process.communicate(timeout=LIMIT_S)
