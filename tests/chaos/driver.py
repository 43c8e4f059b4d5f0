# SPDX-License-Identifier: MIT
"""Does harm to a portal, a token file and a running `serve`, at random.

Two tasks run beside each other: faults of the portal, and actions on the file and the process. Each
draws from a shuffled deck, so that every kind is used. The seed decides what is drawn, not when the
program notices it.

As root, `serve` runs without the capabilities that ignore permissions, so that a token file with
mode 000 cannot be read. CLOCK_REALTIME of one process cannot be shifted (a time namespace shifts
only CLOCK_MONOTONIC and CLOCK_BOOTTIME), so the portal's clock jumps, and a stopped process finds
that time has passed.
"""

from __future__ import annotations

import asyncio
import collections
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

from portal import Portal
from records import Judge

START_S = 15  # until serve listens
PORTAL_TRIES = 50
RESPONSE_BYTES = 2500
PERMISSIONS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
USER = "user"
# serve must keep its credentials meanwhile. A new one would not have them: they expire during an
# outage, and a refusal counts more than cached credentials that are due for renewal.
LASTING = ("outage", "403")


class Serve:
    """`duplojit serve` on one port, started again and again."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path, judge: Judge):
        prefix = PERMISSIONS if os.geteuid() == 0 and shutil.which(PERMISSIONS[0]) else ()
        self.command, self.env, self.log, self.judge = [*prefix, *command], env, log, judge
        self.process: subprocess.Popen | None = None

    async def begin(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, env=self.env, stderr=log, stdout=log,
                                            stdin=subprocess.DEVNULL)
        end = time.monotonic() + START_S
        while b"listening on" not in self.log.read_bytes():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("serve does not listen: " + self.log.read_text())
            await asyncio.sleep(0.01)
        self.judge.began()
        while b"profile default: " not in self.log.read_bytes() and time.monotonic() < end:
            await asyncio.sleep(0.01)  # the token file is read by then

    async def end(self, number: int) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.judge.ended()
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        code = await asyncio.to_thread(self.process.wait, START_S)
        if code != (-number if number == signal.SIGKILL else 0):
            self.judge.violate(f"serve ended with code {code} after signal {number}")

    def signal(self, number: int) -> None:
        if self.process.poll() is not None:
            self.judge.violate(f"serve ended by itself: {self.log.read_text()[-500:]}")
        self.process.send_signal(number)


class Driver:
    def __init__(self, portal: Portal, serve: Serve, token_file: Path, seed: str):
        self.portal, self.serve, self.token_file = portal, serve, token_file
        self.counts: collections.Counter = collections.Counter()
        self.offset_s = self.end = 0.0
        self.lasting = False
        self.rolls = {name: random.Random(f"{seed} {name}") for name in ("faults", "actions")}
        self.faults = {
            "500": lambda r: {"status": 500},
            "403": lambda r: {"status": 403},
            "429": lambda r: {"status": 429, "retry_after": r.randint(1, 5)},
            "cut": lambda r: {"truncate_at": r.randrange(RESPONSE_BYTES)},
            "reset": lambda r: {"reset_at": r.randrange(RESPONSE_BYTES)},
            "tls-cut": lambda r: {"stage": "connect", "truncate_at": r.randrange(3000)},
            "stall": lambda r: {"hang": True},
            "drip": lambda r: {"drip_s": r.uniform(0.0005, 0.002)},
            "outage": lambda r: {"status": 503},
            "refused": None,
        }
        self.actions = {
            "renew": self.renew, "rotate": self.rotate, "rotate-in-place": self.rotate_in_place,
            "no-token-file": self.remove_token, "empty-token-file": self.empty_token,
            "no-permission": self.forbid,
            "clock": self.jump, "lifetime": self.lifetime, "stop": self.pause, "kill": self.kill,
            "restart": self.restart,
        }

    async def run(self, end: float) -> None:
        self.end = end
        await asyncio.gather(self.repeat(end, "faults", self.faults, self.inject),
                             self.repeat(end, "actions", self.actions, self.act))

    async def repeat(self, end: float, name: str, kinds: dict, do) -> None:
        rolls, deck = self.rolls[name], []
        while time.monotonic() < end:
            deck = deck or rolls.sample(sorted(kinds), len(kinds))
            kind = deck.pop()
            self.counts[kind] += 1
            await do(kind, rolls)
            await asyncio.sleep(rolls.uniform(0.2, 1.5))

    # Faults of the portal

    async def inject(self, kind: str, rolls: random.Random) -> None:
        seconds = rolls.uniform(0.3, 2.5)
        if kind == "outage":  # longer than any credentials are valid
            until = [r.until for r in self.portal.state.issued.order] or [time.monotonic()]
            seconds = max(until) - time.monotonic() + 5
        seconds = max(min(seconds, self.end - time.monotonic()), 0.3)
        if kind == "refused":
            await self.refuse(seconds)
            return
        self.lasting = kind in LASTING
        self.portal.faults.add(**self.faults[kind](rolls))
        await asyncio.sleep(seconds)
        self.portal.faults.clear()
        self.lasting = False

    async def refuse(self, seconds: float) -> None:
        state, port, certs = self.portal.state, self.portal.port, self.portal.certs
        await asyncio.to_thread(self.portal.stop)
        await asyncio.sleep(seconds)
        for _ in range(PORTAL_TRIES):
            try:
                self.portal = Portal(state, port=port, certs=certs)
                return
            except OSError:  # the port is in use by a connection that ends
                await asyncio.sleep(0.1)
        raise RuntimeError(f"the portal cannot listen on port {port} again")

    # Actions on the token file, the clock and the process

    async def act(self, kind: str, rolls: random.Random) -> None:
        while self.lasting and kind in ("kill", "restart"):
            await asyncio.sleep(0.1)
        await self.actions[kind](rolls)

    def token(self) -> str:
        return self.portal.state.users[USER].token

    def new_token(self) -> str:
        with self.portal.state.lock:
            return self.portal.state.rotate(USER)

    def write_token(self) -> None:
        other = self.token_file.with_suffix(".new")
        other.touch(mode=0o600)
        other.write_text(self.token() + "\n")
        os.replace(other, self.token_file)

    async def renew(self, rolls: random.Random) -> None:
        self.serve.signal(signal.SIGHUP)

    async def rotate(self, rolls: random.Random) -> None:
        self.new_token()
        await asyncio.sleep(rolls.uniform(0, 1.5))  # the file has the old token
        self.write_token()
        self.serve.signal(signal.SIGHUP)

    async def rotate_in_place(self, rolls: random.Random) -> None:
        token = self.new_token()
        cut = rolls.randrange(1, len(token))
        with self.token_file.open("w") as file:
            file.write(token[:cut])
            file.flush()
            self.serve.signal(signal.SIGHUP)
            await asyncio.sleep(rolls.uniform(0, 0.5))  # the file has half of the token
            file.write(token[cut:] + "\n")

    async def remove_token(self, rolls: random.Random) -> None:
        self.token_file.unlink()
        self.serve.signal(signal.SIGHUP)
        await asyncio.sleep(rolls.uniform(0.2, 3))
        self.write_token()

    async def empty_token(self, rolls: random.Random) -> None:
        self.token_file.write_text("")
        self.serve.signal(signal.SIGHUP)
        await asyncio.sleep(rolls.uniform(0.2, 3))
        self.write_token()

    async def forbid(self, rolls: random.Random) -> None:
        self.token_file.chmod(0)
        self.serve.signal(signal.SIGHUP)
        await asyncio.sleep(rolls.uniform(0.2, 3))
        self.token_file.chmod(0o600)

    async def jump(self, rolls: random.Random) -> None:
        self.offset_s = rolls.choice((0, rolls.uniform(-3000, 3000), rolls.uniform(-20, 20)))
        for record in self.portal.state.issued.order[-2:]:  # the response may be sent just now
            record.expirations += (record.expirations[1] + self.offset_s,)

    async def lifetime(self, rolls: random.Random) -> None:
        self.portal.state.forced_validity = rolls.randint(8, 16)

    async def pause(self, rolls: random.Random) -> None:
        self.serve.signal(signal.SIGSTOP)
        await asyncio.sleep(rolls.uniform(0.2, 2))
        self.serve.signal(signal.SIGCONT)

    async def kill(self, rolls: random.Random) -> None:
        await self.serve.end(signal.SIGKILL)
        await asyncio.sleep(rolls.uniform(0, 0.5))
        await self.serve.begin()

    async def restart(self, rolls: random.Random) -> None:
        await self.serve.end(signal.SIGTERM)
        await self.serve.begin()
