# SPDX-License-Identifier: MIT
"""Measures one group of runs, as a process of its own, because it needs namespaces of its own.

    python -m bench.scenario GROUP long|short FOLDER    prints JSON: client -> column -> value

FOLDER has the compiled tools, and certs/, which is /etc/ssl/certs if the group needs that.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from portal import Portal

from . import aws_clients, cost, namespaces, plan, roots
from .clients import Clients, bytes_on_disk
from .fake_aws import FakeAws

SYSTEM_BUNDLE = "ca-certificates.crt"


class Scenario:
    def __init__(self, group: plan.Group, long: bool, folder: Path):
        self.group, self.long, self.folder = group, long, folder
        self.logs = []  # of the servers
        self.tools = folder / "tools"
        self.env = {"HOME": str(folder / "home"), "PATH": os.environ["PATH"]}
        self.certs = roots.certificates(folder / "authority")

    def clients(self, portal: Portal, url: str) -> Clients:
        """The programs, with what each needs to trust the portal."""
        binary, option, file = cost.BIN, "", portal.ca
        mozilla = self.folder / "mozilla.pem"
        if self.group.trust in ("one", "built-in"):
            option = portal.ca
        if self.group.trust == "built-in":
            binary = roots.rooted_copy(cost.BIN, self.certs, self.folder, mozilla)
        if self.group.trust in ("system", "variable"):
            bundle = mozilla.read_text() + Path(portal.ca).read_text()
            file = str(self.folder / "certs" / SYSTEM_BUNDLE)
            if self.group.trust == "variable":
                file = self.env["SSL_CERT_FILE"] = str(self.folder / "bundle.pem")
            Path(file).write_text(bundle)
        return Clients(portal, url, self.folder, self.tools, binary, option, file,
                       binary_needs_option=self.group.trust == "one")

    def measure(self, portal: Portal, url: str) -> dict[str, dict]:
        self.logs.append(portal.log)
        commands = self.clients(portal, url).commands(self.group.cached)
        if self.group.asks_aws:
            commands |= aws_clients.commands(self.folder / "home", self.env, self.certs)
        commands = {name: commands[name] for name in self.group.clients
                    if name in commands and (self.with_peers or name not in plan.PEERS)}
        fast = {name: command for name, command in commands.items() if name not in plan.PEERS}
        slow = {name: command for name, command in commands.items()
                if name in (self.group.base, *plan.PEERS)}
        found = {name: self.once(command) for name, command in commands.items()}
        measured = cost.times(self.measure_tool, fast, self.env, self.rounds())
        if len(slow) > 1:
            slow_rounds = 15 if self.long else 3
            measured = cost.times(self.measure_tool, slow, self.env, slow_rounds) | measured
        for name, command in commands.items():
            found[name] |= measured[name] | self.size(name, command)
            if self.group.delay_ms and name not in plan.PEERS:  # they need more than a round trip
                found[name]["round trips"] = int(measured[name]["fastest"]
                                                 // (1000 * self.group.delay_ms))
        return found

    @property
    def with_peers(self) -> bool:
        return self.long or self.group.peers_in_short

    @property
    def measure_tool(self) -> str:
        return str(self.tools / "measure")

    def rounds(self) -> int:
        if self.group.asks_aws:
            return 200 if self.long else 10
        if self.group.delay_ms:
            return 60 if self.long else 6
        if self.group.cached:
            return 2000 if self.long else 400
        return 300 if self.long else 20

    def once(self, command: list[str]) -> dict[str, int]:
        """The connections and requests of a run. It is not the first one, which fills the cache."""
        cost.run(command, self.env)
        for log in self.logs:
            log.clear()
        cost.run(command, self.env)
        return {"connections": sum(log.connections for log in self.logs),
                "requests": sum(len(log) for log in self.logs)}

    def size(self, name: str, command: list[str]) -> dict[str, float | None]:
        """Memory, instructions and bytes on disk; the delay of the network does not change them."""
        if self.group.delay_ms:
            return {}
        found = {"on disk": bytes_on_disk(name, command)}
        rounds = 9 if name in plan.OURS else 3
        found["memory"] = cost.peak_kib(self.measure_tool, command, self.env, rounds)
        if name in plan.ASK_AWS:
            return found  # both end with an error under valgrind
        is_measured = name not in plan.PEERS or self.group.peers_in_short
        if name in plan.QUICK and self.group.cached or self.long and is_measured:
            found["instructions"] = cost.instructions(command, self.env)
        return found


@contextlib.contextmanager
def aws(scenario: Scenario) -> Iterator[None]:
    """The simulated AWS, if the group needs it. If the programs must not use what they have saved,
    its sessions have expired when they arrive."""
    if not scenario.group.asks_aws:
        yield
        return
    namespaces.raise_loopback()
    with FakeAws(3600 if scenario.group.cached else -1).listen(scenario.certs) as server:
        scenario.logs.append(server.log)
        yield


def main() -> None:
    group, long, folder = plan.GROUPS[sys.argv[1]], sys.argv[2] == "long", Path(sys.argv[3])
    scenario = Scenario(group, long, folder)
    try:
        with namespaces.network(scenario.tools / "relay", group.delay_ms) as (server, client), \
                aws(scenario), \
                Portal(cert=group.cert, certs=scenario.certs, address=server) as portal:
            print(json.dumps(scenario.measure(portal, f"https://{client}:{portal.port}")))
    except namespaces.NotHere as reason:
        print(json.dumps({"reason": str(reason)}))


if __name__ == "__main__":
    main()
