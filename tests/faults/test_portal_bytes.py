# SPDX-License-Identifier: MIT
"""The portal's answer ends after each of its bytes: the connection is closed, reset, or silent.

After each: exit code 5, one line on stderr, no credentials and no token in the output, and nothing
in the cache. FAULTS=all ends the answer after each byte; else the bytes are a sample.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import BIN, LIMIT_S, Result
from sampling import sample

TOGETHER = 48  # runs at the same time: most of them wait
TENANT = "5a7f0c1e-0000-4000-8000-00000000dd01"
TOKEN = "fault-canary-token"
CREDENTIALS = {"AccessKeyId": "ASIABYTESBYTESBYTESB", "SecretAccessKey": "secret/canary+of/bytes",
               "SessionToken": "session/canary+of/bytes", "Region": "us-west-2", "Validity": 3600}
SECRETS = (TOKEN, *(CREDENTIALS[name] for name in ("AccessKeyId", "SecretAccessKey",
                                                   "SessionToken")))
BODIES = {
    "credentials": CREDENTIALS,
    # The tenant in use comes first: a list without its end must not be used.
    "tenants": [{"TenantId": TENANT, "AccountName": "dev01", "PlanID": "p"},
                {"TenantId": TENANT.replace("d", "e"), "AccountName": "prod", "PlanID": "p"}],
}
PATHS = {f"/subscriptions/{TENANT}/GetAwsConsoleTokenUrl": "credentials",
         "/admin/GetTenantsForUser": "tenants"}
FRAMINGS = ("length", "chunked", "close")
WAYS = ("closed", "reset", "silent")
# The limit of a silent answer is the time that the test takes. Others are requested again.
LIMITS = {"closed": "300ms", "reset": "300ms", "silent": "500ms"}


def build_answer(name: str, framing: str) -> bytes:
    body = json.dumps(BODIES[name]).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    if framing == "chunked":
        head += "Transfer-Encoding: chunked\r\n"
        pieces = [body[i:i + 100] for i in range(0, len(body), 100)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    else:
        head += f"Content-Length: {len(body)}\r\n" if framing == "length" else ""
    return f"{head}\r\n".encode() + body


@dataclass(frozen=True)
class Fault:
    """Of one run. The token of the run names it, so that one server can serve all runs."""

    answer: str
    framing: str
    way: str
    at: int  # bytes that are sent

    @property
    def token(self) -> str:
        return f"{TOKEN}.{self.answer}.{self.framing}.{self.way}.{self.at}"

    @staticmethod
    def of(head: str) -> "Fault":
        words = head.partition(f"Bearer {TOKEN}.")[2].split("\r\n")[0].split(".")
        return Fault(*words[:3], int(words[3]))


async def end(writer: asyncio.StreamWriter, way: str) -> None:
    """Ends the connection of an answer; a silent one when the client does."""
    if way == "reset":
        await asyncio.sleep(0.02)  # so that sent data arrives before the reset
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort() if way == "reset" else writer.close()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fault, name = Fault.of(head), PATHS[head.split()[1]]
            framing = fault.framing if name == fault.answer else "length"
            answer = build_answer(name, framing)
            sent = answer[:fault.at] if name == fault.answer else answer
            writer.write(sent)
            await writer.drain()
            if fault.way == "silent" and name == fault.answer and len(sent) < len(answer):
                await reader.read()
                break
            if framing == "close" or len(sent) < len(answer):
                break
        await end(writer, fault.way)
    writer.close()


async def run(port: int, home: Path, fault: Fault, limit: str) -> Result:
    home.mkdir(mode=0o700)
    words = ("aws", "--timeout", limit,
             *(("--tenant", "dev01") if fault.answer == "tenants" else ("--tenant-id", TENANT)))
    env = {"HOME": str(home), "DUPLO_HOST": f"http://127.0.0.1:{port}", "DUPLO_TOKEN": fault.token}
    process = await asyncio.create_subprocess_exec(
        BIN, *words, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE)
    out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    return Result(list(words), process.returncode, out.decode(), err.decode(), 0)


def check_failed(done: Result, home: Path) -> None:
    done.fails(5)
    assert not any(secret in done.err for secret in SECRETS), f"a secret on stderr: {done.err}"
    kept = [path.name for path in home.rglob("*") if path.is_file() and path.name != "key"]
    assert not kept, f"files after an answer without its end: {kept}"


async def check(port: int, folder: Path, fault: Fault, slots: asyncio.Semaphore) -> str | None:
    """What was wrong after a fault."""
    home = folder / str(fault.at)
    async with slots:
        done = await run(port, home, fault, LIMITS[fault.way])
    try:
        check_failed(done, home)
    except AssertionError as error:
        return f"{fault.way} after byte {fault.at}: {error}"
    finally:
        shutil.rmtree(home)
    return None


async def sweep(folder: Path, faults: list[Fault], whole: Fault) -> list[str]:
    """Checks each fault, and that the whole answer is used."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=TOGETHER * 2)
    port = server.sockets[0].getsockname()[1]
    slots = asyncio.Semaphore(TOGETHER)
    try:
        done = await run(port, folder / "whole", whole, "20s")
        assert json.loads(done.ok())["SecretAccessKey"] == CREDENTIALS["SecretAccessKey"]
        assert list((folder / "whole").rglob("*.credentials"))
        found = await asyncio.gather(*(check(port, folder, fault, slots) for fault in faults))
    finally:
        server.close()
    return [problem for problem in found if problem]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("answer", BODIES)
def test_each_byte(tmp_path, record_property, answer, framing, way):
    length = len(build_answer(answer, framing))
    every = [Fault(answer, framing, way, at) for at in range(length)]
    faults = sample(every[:-1]) + every[-1:]
    # An answer that ends with its connection is only whole when that is closed.
    whole = Fault(answer, framing, "closed" if framing == "close" else way, length)
    problems = asyncio.run(sweep(tmp_path, faults, whole))
    record_property("faults", (f"{answer}-{framing}-{way}", length, len(faults), 0, len(problems)))
    assert not problems, "\n".join(problems)
