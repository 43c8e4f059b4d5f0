# SPDX-License-Identifier: MIT
"""Clients of `duplojit serve` while everything around it fails at random.

usage: BIN=build/duplojit python tests/chaos/chaos.py SECONDS CLIENTS [SEED]

As long as credentials that a client has received are valid, no client gets an error, not even after
a restart; no client gets expired credentials, or fields of two issues. Prints one line, and before
it the first violations. Exits with 1 if there are any, or if a kind of fault was never used.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "e2e")]

from conftest import BIN, unused_port  # noqa: E402
from driver import USER, Driver, Serve  # noqa: E402
from portal import Portal, demo_state  # noqa: E402
from records import Judge, Records  # noqa: E402

REQUEST_S = 20  # no request may take longer, also while the process is stopped
AT_ONCE = 256  # serve accepts 512 connections
RATE = 300  # requests in a second, of all clients


class Clients:
    """Clients that poll the endpoint on new connections."""

    def __init__(self, judge: Judge, serve: Serve, port: int, auth_file: Path, count: int):
        self.judge, self.serve, self.port, self.auth_file = judge, serve, port, auth_file
        self.count = count
        self.room = asyncio.Semaphore(AT_ONCE)

    async def run(self, end: float) -> None:
        await asyncio.gather(*(self.poll(end, random.Random(i)) for i in range(self.count)))

    async def poll(self, end: float, rolls: random.Random) -> None:
        pause_s = self.count / RATE
        await asyncio.sleep(rolls.uniform(0, pause_s))
        while time.monotonic() < end:
            async with self.room:
                await self.ask()
            await asyncio.sleep(rolls.uniform(0.5, 1.5) * pause_s)

    async def ask(self) -> None:
        state = self.judge.start, self.judge.listening, self.judge.until
        failure = None
        try:
            status, body = await asyncio.wait_for(self.request(), REQUEST_S)
            if status != 200:
                failure = f"status {status}: {body.decode(errors='replace').strip()[:200]}"
        except (OSError, EOFError, ValueError, asyncio.TimeoutError) as error:
            failure = f"no answer: {error!r}"
        self.judge.availability(*state, failure)

    async def request(self) -> tuple[int, bytes]:
        sent = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write((f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n"
                          f"Authorization: {self.auth_file.read_text()}\r\n\r\n").encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            status, body = int(head.split()[1]), await reader.readexactly(length)
        finally:
            writer.close()
        self.judge.answer(status, body, sent)
        return status, body


def begin(folder: Path, seed: str, clients: int) -> tuple[Driver, Clients]:
    state = demo_state()
    portal = Portal(state)
    state.issued = Records(state, USER)
    state.forced_validity = 12
    judge = Judge(state.issued)
    token_file, port = folder / "token", unused_port()
    (folder / "auth").touch(mode=0o600)
    (folder / "auth").write_text("chaos-" * 8)
    command = [str(BIN), "serve", "--tenant", "dev01", "--listen", f"127.0.0.1:{port}",
               "--token-file", str(token_file), "--auth-token-file", str(folder / "auth")]
    env = {"HOME": str(folder), "DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca,
           "DUPLO_TIMEOUT": "4s"}
    serve = Serve(command, env, folder / "log", judge)
    driver = Driver(portal, serve, token_file, seed)
    state.clock = lambda: time.time() + driver.offset_s
    driver.write_token()
    return driver, Clients(judge, serve, port, folder / "auth", clients)


async def run(seconds: float, driver: Driver, clients: Clients) -> None:
    await driver.serve.begin()
    end = time.monotonic() + seconds
    try:
        tasks = [asyncio.ensure_future(t) for t in (driver.run(end), clients.run(end))]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await driver.serve.end(signal.SIGTERM)
        driver.portal.stop()


def report(seconds: float, seed: str, driver: Driver, judge: Judge) -> int:
    kinds = [*driver.faults, *driver.actions]
    for text in judge.violations:
        print(f"chaos: violation: {text}")
    unused = [kind for kind in kinds if driver.counts[kind] == 0]
    if unused:
        print(f"chaos: never used: {' '.join(unused)}")
    print(f"chaos: {seconds:.0f} s, {judge.requests} requests ({judge.judged} judged, "
          f"{judge.refused} without credentials to give), {len(judge.records)} issues; "
          + ", ".join(f"{kind} {driver.counts[kind]}" for kind in kinds)
          + f"; violations {judge.count}; seed {seed}")
    return 1 if judge.count or unused or not judge.judged else 0


def main() -> int:
    seconds, clients = float(sys.argv[1]), int(sys.argv[2])
    seed = sys.argv[3] if len(sys.argv) > 3 and sys.argv[3] else str(time.time_ns() % 10**6)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        driver, polling = begin(Path(folder), seed, clients)
        try:
            asyncio.run(run(seconds, driver, polling))
        except BaseException:
            print(f"chaos: seed {seed}\n{(Path(folder) / 'log').read_text()[-2000:]}")
            raise
        finally:
            process = driver.serve.process
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        return report(time.monotonic() - begun, seed, driver, polling.judge)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
