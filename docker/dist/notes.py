# SPDX-License-Identifier: MIT
"""Prints the section of a version in CHANGELOG.md, for the notes of its release.

usage: notes.py VERSION
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent


def section(changes: str, version: str) -> str:
    """The text below the heading of the version, such as `## [1.0.0] - 2026-12-01`."""
    number = re.escape(version)
    found = re.search(rf"^## \[?{number}\]?(?![.\w])([^\n]*)\n(.*?)(?=^## |\Z)", changes,
                      re.M | re.S)
    if not found:
        raise SystemExit(f"notes: CHANGELOG.md has no section for {version}")
    if not re.search(r"\d{4}-\d\d-\d\d", found[1]):
        raise SystemExit(f"notes: the section for {version} in CHANGELOG.md has no date")
    # The links of the headings, at the end of the file, are not part of the section.
    return re.sub(r"^\[[^\]\n]+\]: .*\n?", "", found[2], flags=re.M).strip()


def main() -> None:
    version, = sys.argv[1:]
    built = re.search(r"^VERSION = (\S+)$", (TOP / "Makefile").read_text(), re.M)[1]
    if version != built:
        raise SystemExit(f"notes: the tag is for {version}, and VERSION in the Makefile is {built}")
    print(section((TOP / "CHANGELOG.md").read_text(), version))


if __name__ == "__main__":
    main()
