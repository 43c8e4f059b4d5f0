# SPDX-License-Identifier: MIT
"""python3 tests/arrows.py BUILD: checks which files of src/ depend on which; run after `make`.

A unit is a .c file with its .h file. Two graphs are checked: who includes whom, and who uses whose
symbols (from the objects in BUILD/obj). In both, an arrow may only point to a lower floor or stay
on its own floor, and there may be no cycle. Prints one line per finding and exits with 1 if there
is one.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

# Top down. The floors of one row may not use each other.
FLOORS = (("main",), ("cmd",), ("session",), ("cli",), ("serve",), ("login",), ("settings",),
          ("broker",), ("portal",), ("aws", "net", "kube"), ("yaml",), ("base",))
HEIGHT = {floor: -row for row, floors in enumerate(FLOORS) for floor in floors}
INCLUDE = re.compile(r'^#[ \t]*include[ \t]*"([^"]+)"', re.M)

Graph = dict[str, dict[str, set[str]]]  # unit -> unit it uses -> why


def unit_of(path: Path) -> str:
    """src/aws/ini/edit.h -> aws/ini/edit"""
    return str(path.relative_to("src").with_suffix(""))


def floor_of(unit: str) -> str:
    return unit.partition("/")[0]


def add(graph: Graph, user: str, used: str, why: str) -> None:
    if user != used:
        graph.setdefault(user, {}).setdefault(used, set()).add(why)


def includes() -> Graph:
    graph: Graph = {}
    for path in sorted(Path("src").rglob("*.[ch]")):
        for name in INCLUDE.findall(path.read_text()):
            target = next((p for p in (Path("src", name), path.parent / name) if p.exists()), None)
            if target is not None:
                add(graph, unit_of(path), unit_of(target), f"#include \"{name}\"")
    return graph


def symbols(nm: list[str], objects: dict[str, Path]) -> tuple[dict[str, set], dict[str, set]]:
    """The global symbols that each unit defines, and those that it uses."""
    defined, used = {}, {}
    for unit, path in objects.items():
        listing = subprocess.run([*nm, "-g", "-P", path], check=True, capture_output=True,
                                 text=True).stdout
        rows = [line.split()[:2] for line in listing.splitlines()]
        defined[unit] = {name for name, kind in rows if kind not in "Uw"}
        used[unit] = {name for name, kind in rows if kind in "Uw"}
    return defined, used


def calls(build: Path) -> Graph:
    objects = {unit_of(p): build / "obj" / p.relative_to("src").with_suffix(".o")
               for p in sorted(Path("src").rglob("*.c"))}
    missing = [str(path) for path in objects.values() if not path.exists()]
    if missing:
        sys.exit(f"arrows: no {', '.join(missing)}: run make first")
    # gcc-nm reads objects with and without LTO.
    defined, used = symbols(shlex.split(os.environ.get("NM") or "gcc-nm"), objects)
    owner = {name: unit for unit, names in defined.items() for name in names}
    graph: Graph = {}
    for unit, names in used.items():
        for name in sorted(names & owner.keys()):
            add(graph, unit, owner[name], name)
    return graph


def describe(why: set[str]) -> str:
    first = sorted(why)[:3]
    return ", ".join(first) + (f" and {len(why) - 3} more" if len(why) > 3 else "")


def unknown_floors(graph: Graph) -> list[str]:
    units = set(graph) | {used for uses in graph.values() for used in uses}
    return sorted({f"unknown floor: {floor_of(unit)}" for unit in units
                   if floor_of(unit) not in HEIGHT})


def upward(graph: Graph) -> list[str]:
    found = []
    for user, uses in sorted(graph.items()):
        for used, why in sorted(uses.items()):
            own, other = floor_of(user), floor_of(used)
            if own not in HEIGHT or other not in HEIGHT or own == other:
                continue
            if HEIGHT[other] >= HEIGHT[own]:
                how = "up" if HEIGHT[other] > HEIGHT[own] else "sideways"
                found.append(f"{how}: {user} -> {used}: {describe(why)}")
    return found


def reachable(graph: Graph, start: str) -> set[str]:
    seen, todo = set(), [start]
    while todo:
        for used in graph.get(todo.pop(), {}):
            if used not in seen:
                seen.add(used)
                todo.append(used)
    return seen


def shortest_cycle(graph: Graph, start: str) -> list[str]:
    """From start back to start, by the fewest arrows."""
    paths = [[start]]
    seen = set()
    for path in paths:
        for used in sorted(graph.get(path[-1], {})):
            if used == start:
                return [*path, start]
            if used not in seen:
                seen.add(used)
                paths.append([*path, used])
    return []


def cycles(graph: Graph) -> list[str]:
    """One finding for each group of units that reach each other."""
    reach = {unit: reachable(graph, unit) for unit in graph}
    found, done = [], set()
    for unit in sorted(graph):
        if unit in done or unit not in reach[unit]:
            continue
        group = {other for other in reach[unit] if unit in reach.get(other, ())}
        done |= group
        for start in sorted(group, key=lambda u: (len(shortest_cycle(graph, u)), u))[:1]:
            path = shortest_cycle(graph, start)
        arrows = [f"{a} -> {b} ({describe(graph[a][b])})" for a, b in zip(path, path[1:])]
        rest = sorted(group - set(path))
        found.append("cycle: " + ", ".join(arrows) +
                     (f"; also in it: {', '.join(rest)}" if rest else ""))
    return found


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: python3 tests/arrows.py BUILD")
    found = []
    for name, graph in (("includes", includes()), ("calls", calls(Path(sys.argv[1])))):
        for line in (*unknown_floors(graph), *upward(graph), *cycles(graph)):
            found.append(f"arrows: {name}: {line}")
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
