# SPDX-License-Identifier: MIT
"""What is measured: the groups of the table, their rows, and the goals."""

from __future__ import annotations

from dataclasses import dataclass, field

COLUMNS = ("wall", "CPU", "memory", "instructions", "on disk", "connections", "requests",
           "round trips", "ratio", "goal")

# The programs, by the names that the modules use.
LABELS = {
    "nothing": "a static program that does nothing",
    "read": "a static program that reads a file and writes it",
    "id": "duplojit, tenant by ID",
    "name": "duplojit, tenant by name",
    "curl": "curl, tenant by ID",
    "curl-jq": "curl in a pipe to jq, tenant by ID",
    "duploctl-id": "duploctl, tenant by ID",
    "duploctl": "duploctl, tenant by name",
    "duplo-jit": "duplo-jit, tenant by name",
    "aws-vault": "aws-vault, asks AWS",
    "aws_signing_helper": "Roles Anywhere helper, asks AWS",
    "fixed-64": "a server that sends fixed bytes, 64 connections",
    "serve-64": "duplojit serve, 64 connections",
    "fixed-512": "a server that sends fixed bytes, 512 connections",
    "serve-512": "duplojit serve, 512 connections",
    "together": "duplojit, 200 runs at once",
}
OURS = ("id", "name")
PEERS = ("duploctl-id", "duploctl", "duplo-jit")  # slow: fewer rounds
ASK_AWS = ("aws-vault", "aws_signing_helper")
QUICK = ("nothing", "read", *OURS)  # valgrind runs them within a second if they are cached
TOGETHER = 200
TRUST = {"built-in": "built-in roots", "system": "system bundle",
         "variable": "bundle of SSL_CERT_FILE"}


@dataclass(frozen=True)
class Goal:
    """kind: "count" must be exact, "share" may exceed the goal by MARGIN in the short form, "rate"
    depends on the machine, so that only the long form checks it."""

    field: str
    limit: float
    kind: str
    text: str
    least: bool = False  # the limit is a minimum

    def is_reached(self, value: float | None, margin: float) -> bool:
        if value is None:
            return True  # not measured on this machine, which the table says
        if self.least:
            return value >= self.limit
        return value <= self.limit * (margin if self.kind == "share" else 1)


MARGIN = 1.25


@dataclass(frozen=True)
class Group:
    title: str
    clients: tuple[str, ...]
    base: str  # the client that has the ratio 1; the first of the clients
    cert: str = "good"  # see portal/certs.py
    trust: str = "one"  # where clients find the CA: a file of its own, or one of TRUST
    delay_ms: int = 0  # of a round trip
    peers_in_short: bool = False  # the short form measures them only in such groups
    cached: bool = False  # the programs may use what an earlier run has saved
    asks_aws: bool = False  # has programs that ask AWS; only the long form measures it
    goals: dict[str, tuple[Goal, ...]] = field(default_factory=dict)


def ratio(limit: float) -> Goal:
    return Goal("ratio", limit, "share", f"ratio {limit:.2f}")


def memory(limit_kib: int) -> Goal:
    return Goal("memory", limit_kib, "share", f"{limit_kib} KiB")


def count(name: str, limit: int) -> Goal:
    return Goal(name, limit, "count", f"{limit} {name[:-1] if limit == 1 else name}")


NO_NETWORK = (ratio(2.6), memory(512), count("connections", 0))
RATE = Goal("rate", 100_000, "rate", "100,000/s", least=True)
COLD = ("curl", "curl-jq", *OURS, *PEERS)


def cold(kind: str, cert: str, trust: str, limit: float, **more) -> Group:
    common = (memory(1024), count("connections", 1))
    return Group(f"Cold, {kind} certificates, {TRUST[trust]}", COLD, "curl", cert, trust, goals={
        "id": (ratio(limit), *common, count("requests", 1)),
        "name": (*common, count("requests", 2))}, **more)


def far(kind: str, cert: str, **more) -> Group:
    goals = {"id": (count("connections", 1), count("round trips", 3)),
             "name": (count("connections", 1), count("round trips", 4))}
    return Group(f"Cold, {kind} certificates, round trip of 40 ms", COLD, "curl", cert, "built-in",
                 40, goals=goals, **more)


GROUPS = {
    "cached": Group("Cached", ("nothing", "read", *OURS, *PEERS), "nothing", cached=True,
                    goals={name: NO_NETWORK for name in OURS}, peers_in_short=True),
    "rsa-built-in": cold("RSA", "good", "built-in", 0.40),
    "rsa-system": cold("RSA", "good", "system", 0.40, peers_in_short=True),
    "p256-built-in": cold("P-256", "p-256", "built-in", 0.60),
    "p256-system": cold("P-256", "p-256", "system", 0.60),
    "rsa-variable": Group(f"Cold, RSA certificates, {TRUST['variable']}", COLD, "curl", "good",
                          "variable", goals={"id": (ratio(0.40),)}),
    "rsa-far": far("RSA", "good", peers_in_short=True),
    "p256-far": far("P-256", "p-256"),
    "aws-cached": Group("Other tools that ask AWS, cached", ("nothing", "name", *ASK_AWS),
                        "nothing", trust="system", cached=True, asks_aws=True),
    "aws-cold": Group("Other tools that ask AWS, cold", ("curl", "name", *ASK_AWS), "curl",
                      trust="system", asks_aws=True),
    "together": Group(f"{TOGETHER} cold runs at once", ("together",), "together",
                      goals={"together": (count("requests", 1),)}),
    "serve-64": Group("Requests to serve on one core, 64 connections", ("fixed-64", "serve-64"),
                      "fixed-64", goals={"serve-64": (RATE,)}),
    "serve-512": Group("Requests to serve on one core, 512 connections", ("fixed-512", "serve-512"),
                       "fixed-512", goals={"serve-512": (RATE, memory(4096))}),
}


def missed_goals(results: dict[str, dict], long: bool) -> list[str]:
    missed = []
    for key, found in results.items():
        for client, goals in GROUPS[key].goals.items():
            for goal in goals:
                value = found.get(client, {}).get(goal.field)
                skipped = not long and goal.kind == "rate"
                if not skipped and not goal.is_reached(value, 1 if long else MARGIN):
                    missed.append(f"{GROUPS[key].title}: {LABELS[client]}: "
                                  f"{goal.field} is {value:,.2f}, the goal is {goal.text}")
    return missed
