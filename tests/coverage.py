# SPDX-License-Identifier: MIT
"""Prints the line coverage of each floor of src/ from an lcov file, and writes the lines that were
not run to another file. Exits with 1 below the limit, in percent.

usage: coverage.py LIMIT LCOV MISSED
"""
import sys
from collections import defaultdict
from pathlib import Path


def read(path):
    """The number of runs of each line of each file below src/."""
    lines = defaultdict(dict)
    name = None
    for row in Path(path).read_text().splitlines():
        if row.startswith("SF:"):
            _, found, rest = row[3:].rpartition("/src/")
            name = rest if found else row[3:].removeprefix("src/")
        elif row.startswith("DA:"):
            number, count = row[3:].split(",")[:2]
            lines[name][int(number)] = max(lines[name].get(int(number), 0), int(count))
    return lines


def percent(run, total):
    return 100 * run / total if total else 100.0


def main():
    limit, source, missed = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    floors = defaultdict(lambda: [0, 0])
    with open(missed, "w") as out:
        for name, lines in sorted(read(source).items()):
            floor = floors[name.split("/")[0]]
            floor[0] += sum(1 for count in lines.values() if count > 0)
            floor[1] += len(lines)
            for number in sorted(number for number, count in lines.items() if count == 0):
                text = Path("src", name).read_text().splitlines()[number - 1].strip()
                print(f"{name}:{number}: {text}", file=out)
    for floor, (run, total) in sorted(floors.items()):
        print(f"coverage: {floor:12} {percent(run, total):5.1f} % of {total} lines")
    run = sum(floor[0] for floor in floors.values())
    total = sum(floor[1] for floor in floors.values())
    print(f"coverage: {'total':12} {percent(run, total):5.1f} % of {total} lines")
    print(f"coverage: lines that no test runs: {missed}")
    if percent(run, total) < limit:
        print(f"coverage: below {limit:g} %")
        return 1
    return 0


sys.exit(main())
