# SPDX-License-Identifier: MIT
"""The table as Markdown, and docs/benchmarks.md, which holds it: written from what was measured, or
again from its own values, with the words of this file."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from . import aws_clients, plan

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"
INTRODUCTION = """# Benchmarks

`make benchmarks` measures this table and writes this file; it takes about ten minutes and needs a \
quiet machine. `make bench` prints the same rows from fewer runs, without the tools that ask AWS. \
Both fail when a goal is missed: `make bench` allows 1.25 times the goal for ratios and memory, \
and does not check rates.

{date}, {machine}.

"""
EXPLANATION = """
- **Time**: medians. The programs of a group run in turn; *ratio* is the median of each run's wall \
time divided by that of the group's first program in the same round. The slow ones, duploctl and \
duplo-jit, have fewer rounds. The portal is the simulated one of `tests/portal`, on the same \
machine.
- **Memory**: VmHWM, of the largest process if a program starts others. **Instructions**: as \
valgrind counts them, without the kernel's.
- **On disk**: the program and its shared libraries; for duploctl the installed packages and \
Python's standard library, without its tests and byte code.
- **Built-in roots**: a copy of the program in which the key of one root is the key of the test \
portal's CA; curl reads that CA alone from a file, which is the least that it can read. **System \
bundle**: `/etc/ssl/certs/ca-certificates.crt` is Mozilla's bundle with that CA. \
**SSL_CERT_FILE**: a variable names that bundle.
- **Round trips**: the fastest run divided by 40 ms. Each packet waits 20 ms in a TUN device, so \
connecting and TLS are delayed, too.
- **serve**: time for one request, on a core of its own, with all connections in use; requests is \
per second of the server's CPU time. The other server sends fixed bytes and does not read the \
request.
- **Other tools that ask AWS**: aws-vault {vault} and the credential helper of IAM Roles Anywhere \
{helper}, which `tests/bench/prepare.sh` builds, as a `credential_process` starts them: \
`aws-vault export --format=json`, with its keyring in encrypted files, and \
`aws_signing_helper credential-process`, which saves nothing and so asks in each run. In the cold \
group the sessions of aws-vault have expired when they arrive. The simulated AWS of \
`tests/bench/fake_aws.py` checks their signatures; its certificate is RSA and its CA is in the \
system bundle. curl and duplojit ask the portal in the same rounds. Valgrind cannot run these two \
programs.
- **duplo-jit, earlier**: medians of 2026-11-27 with duplo-jit 0.5.12 and duploctl 0.4.5, for a \
tenant, on 2 cores with other load. For duplo-jit, duploctl and the duplojit of that time: first \
run 48, 435 and 19 ms; second run 29, 139 and 0.9 ms, with 3, 1 and 0 requests; memory of the \
first run 31, 34 and 0.7 MB; on disk 38.5, 35 and 0.74 MB. Commands, certificates and number of \
runs are unknown: compare these numbers only with each other.
- A dash: not measured, or of no meaning for this row; the reasons are listed after the table.
""".format(vault=aws_clients.version("aws-vault"), helper=aws_clients.version("aws_signing_helper"))
# What machine() and cell() write.
MACHINE = re.compile(r"^(\d{4}-\d\d-\d\d), (\d+ cores of .+, \w+, Linux \S+, .*, "
                     r"load \d+\.\d at the end)\.$", re.M)
VALUE = re.compile(r"([\d,]+(?:\.\d+)?)(| µs| ms| KiB|/s)")
UNITS = {"wall": {" µs": 1, " ms": 1000}, "CPU": {" µs": 1, " ms": 1000}, "memory": {" KiB": 1},
         "requests": {"": 1, "/s": 1}}
# The rows that are missing if a program is not installed.
PROGRAMS = {"curl": ("curl", "curl-jq"), "jq": ("curl-jq",),
            "duploctl": ("duploctl-id", "duploctl"), "duplo-jit": ("duplo-jit",),
            **{name: (name,) for name in plan.ASK_AWS}}


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


def value(column: str, text: str) -> dict[str, float]:
    """What cell() has written, with its name; nothing for a dash and for other text."""
    match = VALUE.fullmatch(text)
    factor = UNITS.get(column, {"": 1}).get(match[2]) if match else None
    if factor is None:
        return {}
    return {"rate" if match[2] == "/s" else column: float(match[1].replace(",", "")) * factor}


def parse(text: str) -> dict[str, dict[str, dict]]:
    """The values of the table in a document, as lines() accepts them."""
    keys = {f"**{group.title}**": key for key, group in plan.GROUPS.items()}
    labels = {label: client for client, label in plan.LABELS.items()}
    results, key = {}, ""
    for line in re.findall(r"^\| (.*) \|$", text, re.M):
        name, *cells = [each.strip() for each in line.split(" | ")]
        key = keys.get(name, key)
        found = {k: v for column, each in zip(plan.COLUMNS[:-1], cells)
                 for k, v in value(column, each).items()}
        if name in labels and found:
            results.setdefault(key, {})[labels[name]] = found
    return results


def machine() -> str:
    cpu = re.search(r"^model name\s*: (.*)", Path("/proc/cpuinfo").read_text(), re.M)
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M)
    curl = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=False)
    return ", ".join((f"{len(os.sched_getaffinity(0))} cores of {cpu[1] if cpu else 'a CPU'}",
                      f"{platform.machine()}, Linux {platform.release()}",
                      system[1] if system else "", " ".join(curl.stdout.split()[:2]),
                      f"load {os.getloadavg()[0]:.1f} at the end"))


def absences(reasons: dict[str, str], absent: list[str]) -> list[str]:
    """The reasons for groups and programs that were not measured."""
    return [*(f"Not measured: {plan.GROUPS[key].title}: {text}." for key, text in reasons.items()),
            *(f"Not measured: {name}, which is not installed." for name in absent)]


def document(date: str, where: str, results: dict[str, dict], missing: list[str]) -> str:
    missed = [f"Goal missed: {text}." for text in plan.missed_goals(results, long=True)]
    text = INTRODUCTION.format(date=date, machine=where) + "\n".join(lines(results)) + "\n"
    notes = "".join(f"- {note}\n" for note in (*missing, *missed))
    return text + EXPLANATION + ("\n" + notes if notes else "")


def rewritten(text: str) -> str:
    """A document with the same date, machine and values. Everything else is that of this file."""
    found = MACHINE.search(text)
    if found is None:
        raise ValueError("the document has no line with the date and the machine")
    date, where = found.groups()
    results = parse(text)
    reasons = {}
    for key, group in plan.GROUPS.items():
        reason = re.search(rf"^- Not measured: {re.escape(group.title)}: (.*)\.$", text, re.M)
        if reason and key not in results:
            reasons[key] = reason[1]
    measured = {client for found in results.values() for client in found}
    possible = {client for key, group in plan.GROUPS.items() if key not in reasons
                for client in group.clients}
    absent = [name for name, rows in PROGRAMS.items()
              if possible & set(rows) and not measured & set(rows)]
    return document(date, where, results, absences(reasons, absent))


def write(results: dict[str, dict], missing: list[str]) -> None:
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(str(datetime.date.today()), machine(), results, missing))
