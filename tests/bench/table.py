# SPDX-License-Identifier: MIT
"""The table as Markdown, and docs/benchmarks.md, which holds it."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from . import plan

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"
INTRODUCTION = """# Benchmarks

`make benchmarks` measures this table and writes this file; it takes about ten minutes and wants a quiet machine. `make bench` prints the same rows from fewer runs. Both fail when a goal is lost: `make bench` allows 1.25 times the goal for ratios and memory, and does not check rates.

{date}, {machine}.

"""
EXPLANATION = """
- **Time**: medians. The programs of a group run in turn; *ratio* is the median of each run's wall time divided by that of the group's first program in the same round. The slow ones, duploctl and duplo-jit, have fewer rounds. The portal is the simulated one of `tests/portal`, on the same machine.
- **Memory**: VmHWM, of the largest process if a program starts others. **Instructions**: as valgrind counts them, without the kernel's.
- **On disk**: the program and its shared libraries; for duploctl the installed packages and Python's standard library, without its tests and byte code.
- **Built-in roots**: a copy of the program in which the key of one root is the key of the test portal's CA; curl reads that CA alone from a file, which is the least that it can read. **System bundle**: `/etc/ssl/certs/ca-certificates.crt` is Mozilla's bundle with that CA. **SSL_CERT_FILE**: a variable names that bundle.
- **Round trips**: the fastest run divided by 40 ms. Each packet waits 20 ms in a TUN device, so connecting and TLS are delayed, too.
- **serve**: time for one request, on a core of its own, with all connections in use; requests is per second of the server's CPU time. The other server sends fixed bytes and does not read the request.
- A dash: not measured, or of no meaning for this row; the reasons are listed after the table.
"""


def lines(results: dict[str, dict]) -> list[str]:
    rows = [("", *plan.COLUMNS)]
    for key, group in plan.GROUPS.items():
        rows.append((f"**{group.title}**", *[""] * len(plan.COLUMNS)))
        for client in group.clients:
            found = results.get(key, {}).get(client, {})
            goals = group.goals.get(client, ())
            rows.append((plan.LABELS[client], *(cell(name, found) for name in plan.COLUMNS[:-1]),
                         ", ".join(goal.text for goal in goals)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:-1]), "-" * widths[-1]]
    return [join(row, widths) for row in (rows[0], rule, *rows[1:])]


def join(row, widths: list[int]) -> str:
    left = (0, len(row) - 1)
    cells = (cell.ljust(width) if i in left else cell.rjust(width)
             for i, (cell, width) in enumerate(zip(row, widths)))
    return "| " + " | ".join(cells) + " |"


def cell(name: str, found: dict) -> str:
    if name == "requests" and "rate" in found:
        return f"{found['rate']:,.0f}/s"
    value = found.get(name)
    if value is None:
        return "-"
    if name in ("wall", "CPU"):
        return f"{value:.1f} µs" if value < 100 else (
            f"{value:.0f} µs" if value < 1000 else f"{value / 1000:.1f} ms")
    if name == "memory":
        return f"{value:,.0f} KiB"
    if name == "ratio":
        return f"{value:.2f}" if value < 100 else f"{value:,.0f}"
    return f"{value:,.0f}"


def row_names(text: str) -> list[str]:
    """The first column of the table in a document."""
    rows = re.findall(r"^\| (.*?) +\|", text, re.M)
    return [name.strip() for name in rows if not re.fullmatch(r"-*", name.strip())]


def machine() -> str:
    cpu = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M)
    curl = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=False)
    return ", ".join((f"{len(os.sched_getaffinity(0))} cores of {cpu[1] if cpu else 'a CPU'}",
                      f"{platform.machine()}, Linux {platform.release()}",
                      system[1] if system else "", " ".join(curl.stdout.split()[:2]),
                      f"load {os.getloadavg()[0]:.1f} at the end"))


def write(table: list[str], notes: list[str]) -> None:
    DOCUMENT.parent.mkdir(exist_ok=True)
    text = INTRODUCTION.format(date=datetime.date.today(), machine=machine())
    text += "\n".join(table) + "\n" + EXPLANATION
    if notes:
        text += "\n" + "\n".join(f"- {note}" for note in notes) + "\n"
    DOCUMENT.write_text(text)
