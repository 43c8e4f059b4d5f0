# SPDX-License-Identifier: MIT
"""`make bench` prints the table from few runs, `make benchmarks` from many and writes it to
docs/benchmarks.md. Both fail if a goal is missed.

    python -m bench [--long] [GROUP...]    only these groups, by their names in plan.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from portal import Portal

from . import clients, cost, fake_aws, namespaces, plan, serve, table

NOTHING = "int main(void) { return 0; }\n"
MOZILLA = Path("/etc/ssl/certs/ca-certificates.crt")
SHORT = ("Not measured here, but by `make benchmarks`: the slow programs in most groups, the tools "
         "that ask AWS, and most instructions.")
TRIES = 3  # in the short form: a goal is missed if each of them misses it


class Bench:
    def __init__(self, folder: Path, long: bool):
        self.folder, self.long = folder, long
        self.tools = folder / "tools"
        self.tools.mkdir()
        (folder / "nothing.c").write_text(NOTHING)
        sources = [folder / "nothing.c", *(cost.TESTS / "bench").glob("*.c"),
                   cost.TESTS / "e2e/measure.c", cost.TESTS / "e2e/load.c"]
        for source in sources:
            cost.compile_tool(source, self.tools)
        if MOZILLA.exists():
            (folder / "mozilla.pem").write_bytes(MOZILLA.read_bytes())

    def measure(self, key: str) -> dict[str, dict]:
        """Again in the short form if a goal is missed: another load may have been the reason."""
        for _ in range(1 if self.long else TRIES):
            found = self.measure_once(key)
            if not plan.missed_goals({key: found}, self.long):
                break
        return found

    def measure_once(self, key: str) -> dict[str, dict]:
        group = plan.GROUPS[key]
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            (folder / "home").mkdir()
            if key.startswith("serve-"):
                return serve.measure(int(key[6:]), self.long, self.tools, folder)
            if key == "together":
                return self.together(folder)
            return self.scenario(key, group, folder)

    def scenario(self, key: str, group: plan.Group, folder: Path) -> dict[str, dict]:
        certs = folder / "certs"
        certs.mkdir()
        (folder / "tools").symlink_to(self.tools)
        if group.trust in ("built-in", "system", "variable"):
            if not (self.folder / "mozilla.pem").exists():
                raise namespaces.NotHere(f"there is no {MOZILLA}")
            (folder / "mozilla.pem").symlink_to(self.folder / "mozilla.pem")
        prefix = []
        if group.trust in ("system", "built-in"):
            places = {"/etc/ssl/certs": certs}
            if group.asks_aws:
                places["/etc/hosts"] = folder / "hosts"
                places["/etc/hosts"].write_text(fake_aws.HOSTS)
            prefix = namespaces.prefix(places, network=group.delay_ms > 0 or group.asks_aws)
        words = [*prefix, sys.executable, "-m", "bench.scenario", key,
                 "long" if self.long else "short", str(folder)]
        done = subprocess.run(words, cwd=cost.TESTS, env={**os.environ, "BIN": str(cost.BIN)},
                              stdout=subprocess.PIPE, check=True, timeout=2 * cost.LIMIT_S)
        found = json.loads(done.stdout)
        if "reason" in found:
            raise namespaces.NotHere(found["reason"])
        return found

    def together(self, folder: Path) -> dict[str, dict]:
        with Portal() as portal:
            programs = clients.Clients(portal, portal.url, folder, self.tools, cost.BIN, portal.ca,
                                       portal.ca, binary_needs_option=True)
            wall_ns = int(cost.run([str(self.tools / "measure"), "together", str(plan.TOGETHER),
                                    *programs.commands(cached=True)["id"]],
                                   {"HOME": str(folder / "home")}))
            return {"together": {"wall": wall_ns / 1000, "connections": portal.log.connections,
                                 "requests": len(portal.log)}}


def main(words: list[str]) -> int:
    long = "--long" in words
    keys = [word for word in words if word != "--long"] or [
        key for key, group in plan.GROUPS.items() if long or not group.asks_aws]
    results, reasons = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), long)
        for key in keys:
            title, begin = plan.GROUPS[key].title, time.monotonic()
            try:
                results[key] = bench.measure(key)
            except namespaces.NotHere as reason:
                reasons[key] = str(reason)
            print(f"bench: {time.monotonic() - begin:5.1f} s: {title}", file=sys.stderr, flush=True)
    rows = {client for key in results for client in plan.GROUPS[key].clients}
    absent = [name for name, its in table.PROGRAMS.items()
              if rows & set(its) and not clients.find(name)]
    notes = table.absences(reasons, absent)
    missed = plan.missed_goals(results, long)
    print("\n".join((*table.lines(results), "", *notes, *([] if long else [SHORT]),
                     *(f"Goal missed: {text}." for text in missed))))
    if long and keys == list(plan.GROUPS):
        table.write(results, notes)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
