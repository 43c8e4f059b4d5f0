# SPDX-License-Identifier: MIT
"""strace for tests: records system calls, makes the Nth call fail, or kills the program there.

A fault is the argument of strace's `-e inject=`: `fsync:error=EIO:when=2` or
`rename:signal=KILL:when=1`. when=N counts the calls of each process on its own.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import rights
from conftest import BIN

# arm64 has only the last of them.
OTHERS = {"rename": "rename,renameat2,renameat", "unlink": "unlink,unlinkat"}
FIRED = re.compile(r"INJECTED|killed by SIGKILL")


def find_strace(strings: bool = False) -> str:
    """Skips the test if strace does not work here; with `strings` also if it prints an address for
    each string."""
    rights.need(rights.strings_of_calls() if strings else rights.tracing())
    return shutil.which("strace")


def strace_words(trace: Path | str, calls: str = "", fault: str | None = None,
                 follow: bool = False, detached: bool = False, text_max: int = 0) -> list[str]:
    """The command line of strace up to the program. `follow` includes the children; with `detached`
    the program keeps the process ID that the caller started; text_max is the length of strings in
    the trace, which a test can read only if it passes one."""
    words = [find_strace(strings=text_max > 0), "-qq", "-s", str(text_max or 32), "-o", str(trace)]
    words += ["-f"] if follow else []
    words += ["-D"] if detached else []
    words += ["-e", f"trace={with_others(calls)}"] if calls else []
    if fault:
        call, _, what = fault.partition(":")
        words += ["-e", f"inject={with_others(call)}:{what}"]
    return words


def with_others(calls: str) -> str:
    return ",".join(OTHERS.get(call, call) for call in calls.split(","))


def run_traced(run, trace: Path | str, *words, calls: str = "", fault: str | None = None,
               prefix: tuple[str, ...] = (), follow: bool = False, text_max: int = 0, **more):
    """`run` of the binary under strace; prefix is a command that starts strace."""
    first, *rest = [*prefix, *strace_words(trace, calls, fault, follow, text_max=text_max),
                    BIN, *words]
    return run(*rest, program=first, **more)
