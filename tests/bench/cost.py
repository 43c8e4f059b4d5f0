# SPDX-License-Identifier: MIT
"""The cost of a run: time, memory, instructions. tests/e2e/test_cost_limits.py uses it, too."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

TESTS = Path(__file__).resolve().parents[1]
BIN = Path(os.environ.get("BIN") or TESTS.parent / "build/duplojit").resolve()
LIMIT_S = 900  # the longest time for one measurement, also on a busy machine


def compiler() -> list[str] | None:
    """The compiler of the binary, else the machine's."""
    own = BIN.parent / "vendor/sysroot/bin/musl-gcc"
    found = str(own) if own.exists() else shutil.which("cc")
    return [found, "-static", "-O2"] if found else None


def compile_tool(source: Path, folder: Path) -> str:
    program = str(folder / source.stem)
    subprocess.run([*compiler(), "-o", program, str(source)], check=True, timeout=LIMIT_S)
    return program


def run(command: list[str], env: dict[str, str]) -> str:
    return subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, timeout=LIMIT_S).stdout


def instructions(command: list[str], env: dict[str, str], prefix=()) -> int | None:
    """The number of instructions that the program and its children execute, without the kernel's.
    None: valgrind is not installed."""
    tool = shutil.which("valgrind")
    if tool is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*prefix, tool, "--tool=callgrind", "--trace-children=yes",
                               f"--callgrind-out-file={folder}/calls.%p", *command], env=env,
                              check=True, capture_output=True, text=True, timeout=LIMIT_S)
    return sum(int(found) for found in re.findall(r"Collected : (\d+)", done.stderr))


def peak_kib(measure: str, command: list[str], env: dict[str, str], rounds: int = 9) -> float:
    """Peak memory, the median of several runs; it varies with the address of the program.

    A copy of the program is read from the disk first. As a linker writes a file, it is in the page
    cache in large pieces, of which the kernel maps up to 250 KiB more.
    """
    with tempfile.TemporaryDirectory() as folder:
        program = shutil.copy(command[0], folder)
        with open(program, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        words = [measure, "peak", program, *command[1:]]
        return median(int(run(words, env)) for _ in range(rounds))


def times(measure: str, commands: dict[str, list[str]], env: dict[str, str],
          rounds: int) -> dict[str, dict[str, float]]:
    """Runs the commands in turn. The ratios are to the first one: each round has its own, so that
    other load makes both sides slower; the median of all rounds counts."""
    words = [word for command in commands.values() for word in ("--", *command)][1:]
    out = run([measure, "runs", str(rounds), *words], env)
    lines = [[int(word) for word in line.split()] for line in out.splitlines()]
    found = {}
    for i, name in enumerate(commands):
        found[name] = {
            "wall": median(line[2 * i] for line in lines) / 1000,
            "fastest": min(line[2 * i] for line in lines) / 1000,
            "CPU": median(line[2 * i + 1] for line in lines) / 1000,
            "ratio": median(line[2 * i] / line[0] for line in lines),
        }
    return found
