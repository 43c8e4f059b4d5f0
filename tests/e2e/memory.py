# SPDX-License-Identifier: MIT
"""What is left in the memory of a program that is about to end: strace stops it in exit_group."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

import rights
from conftest import Runner, wait_until
from strace import find_strace

STOP_US = 3_000_000  # long enough to read the memory
PART = 24  # bytes; the shortest part of a secret that is looked for


def traced(pid: int, binary: str) -> int:
    """The child of strace that runs the program, or 0. strace starts others first, to learn what
    the kernel can do."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if os.path.samefile(f"/proc/{child}/exe", binary):
                return int(child)
    return 0


def is_in_exit(pid: int, number: str = "231" if os.uname().machine == "x86_64" else "94") -> bool:
    try:
        return pid > 0 and Path(f"/proc/{pid}/syscall").read_text().split()[0] == number
    except (FileNotFoundError, ProcessLookupError):
        return False


def read_memory(pid: int) -> dict[str, bytes]:
    """Name and address of each part that can be written, and its content."""
    parts = {}
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions, *rest = line.split(maxsplit=5)
            start, end = (int(x, 16) for x in span.split("-"))
            if permissions.startswith("rw"):
                memory.seek(start)
                parts[f"{rest[3] if len(rest) > 3 else ''}+{start:x}"] = memory.read(end - start)
    return parts


def end_group(process: subprocess.Popen) -> None:
    """Ends strace and the programs that it started, if they still run."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


class Ended:
    """The memory of a run at its end, and its trace."""

    def __init__(self, run: Runner, words: tuple, env: dict, act=lambda pid: None):
        """`act` is called while it runs."""
        tool = find_strace(strings=True)
        rights.need(rights.files_in_proc())
        trace = run.home.parent / "trace"
        binary, run.bin = run.bin, tool
        try:
            process = run.start("-f", "-qq", "-s", "9999", "-o", trace, "-e",
                                f"inject=exit_group:delay_enter={STOP_US}", binary, *words, env=env,
                                start_new_session=True)
        finally:
            run.bin = binary
        try:
            wait_until(lambda: traced(process.pid, binary) > 0, 30)
            self.pid = traced(process.pid, binary)
            act(self.pid)
            wait_until(lambda: is_in_exit(self.pid), 30)
            self.memory = read_memory(self.pid)
            self.out, self.err = process.communicate(timeout=30)
        except BaseException:
            end_group(process)
            raise
        self.trace = trace.read_text()

    def places(self, secret: str) -> list[str]:
        """Where parts of the secret are in memory, with what is around them."""
        parts = [secret[at:at + PART].encode() for at in range(0, len(secret) - PART + 1, 8)]
        return [f"{name}: {content[max(0, at - 24):at + PART]!r}"
                for name, content in self.memory.items() for part in parts
                for at in [content.find(part)] if at >= 0]

    def calls(self, secret: str) -> list[str]:
        """The names of its system calls with the secret in an argument, without its children's."""
        return re.findall(rf"^{self.pid} +(\w+)\(.*{re.escape(secret)}", self.trace, re.M)
