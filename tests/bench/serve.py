# SPDX-License-Identifier: MIT
"""`serve` on one core, beside a server that sends the same bytes without reading the request."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from portal import Portal

from . import cost
from .namespaces import NotHere

LISTENING = re.compile(rb"listening on \S+:(\d+)")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def measure(connections: int, long: bool, tools: Path, folder: Path) -> dict[str, dict]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise NotHere("the server and its clients need two cores")
    requests = 100_000 if long else 20_000
    with serve(folder) as (server, port):
        request = (f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: "
                   f"{(folder / 'auth-token').read_text()}\r\n\r\n").encode()
        response = first_response(port, request)
        with fixed(tools, response) as (other, other_port):
            found = {f"fixed-{connections}": [], f"serve-{connections}": []}
            for pid in (server.pid, other.pid):
                os.sched_setaffinity(pid, cores[:1])
            for _ in range(5 if long else 3):
                for name, process, at in zip(found, (other, server), (other_port, port)):
                    found[name].append(load(tools, process.pid, at, connections, requests, request,
                                            cores[1:]))
            memory = {name: status_kib(process.pid) for name, process in
                      zip(found, (other, server))}
    base = best(found[f"fixed-{connections}"])
    return {name: {**best(rounds), "ratio": best(rounds)["CPU"] / base["CPU"],
                   "memory": memory[name], "connections": connections,
                   "rate": 1e6 / best(rounds)["CPU"]} for name, rounds in found.items()}


def best(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median round by CPU time: other load has the least effect on it."""
    return sorted(rounds, key=lambda found: found["CPU"])[len(rounds) // 2]


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[tuple[subprocess.Popen, int]]:
    with Portal() as portal:
        env = {"HOME": str(folder / "home"), "DUPLO_HOST": portal.url,
               "DUPLO_TOKEN": portal.token(), "DUPLO_CA_FILE": portal.ca}
        words = [cost.BIN, "serve", "--tenant", "dev01", "--listen", "127.0.0.1:0",
                 "--auth-token-file", folder / "auth-token", "--exit-with", str(os.getpid())]
        with subprocess.Popen(words, env=env, stderr=subprocess.PIPE) as process:
            try:
                port = int(LISTENING.search(process.stderr.readline())[1])
                yield process, port
            finally:
                process.terminate()


@contextlib.contextmanager
def fixed(tools: Path, response: bytes) -> Iterator[tuple[subprocess.Popen, int]]:
    with subprocess.Popen([tools / "fixed_server"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        try:
            process.stdin.write(response)
            process.stdin.close()
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def first_response(port: int, request: bytes) -> bytes:
    """Waits until the credentials are there."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.create_connection(("127.0.0.1", port), timeout=15) as client:
            client.sendall(request)
            response = client.recv(65536)
        if response.startswith(b"HTTP/1.1 200 "):
            return response
        time.sleep(0.05)
    raise RuntimeError(f"serve has no credentials: {response[:200]!r}")


def load(tools: Path, pid: int, port: int, connections: int, requests: int, request: bytes,
         cores: list[int]) -> dict[str, float]:
    """Wall and CPU time of the server in microseconds per request."""
    words = [str(word) for word in (tools / "load", port, connections, connections, requests)]
    before, begin = cpu_s(pid), time.monotonic()
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        os.sched_setaffinity(client.pid, cores)
        out = client.communicate(request, timeout=cost.LIMIT_S)[0]
    wall, cpu = time.monotonic() - begin, cpu_s(pid) - before
    found = json.loads(out)
    if found["bad"] or found["good"] != requests:
        raise RuntimeError(f"{connections} connections: {found}")
    return {"wall": 1e6 * wall / requests, "CPU": 1e6 * cpu / requests}


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def status_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", text, re.M)[1])
