# SPDX-License-Identifier: MIT
"""`duplojit serve` in the background, and clients for it.

`serve("--tenant", "dev01")` starts one on a free port and waits until it listens. After the test it
is stopped, and its exit code must be 0. Requests are sent over plain sockets, so that a test
controls every byte.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import LIMIT_S, Result, Runner, identity, wait_until

LISTENING = re.compile(r"listening on (\S+)")
AUTH_FILE = "auth-token"
FIRST = "the first ones are being fetched"  # after it waited 0.9 seconds for them
AT_ONCE_S = 0.8  # less than that wait; an answer from memory takes a millisecond


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    text: str
    seconds: float

    @property
    def json(self) -> dict:
        return json.loads(self.text)

    def fails(self, status: int, code: str, *words: str) -> str:
        """Checks the form that SDKs expect: JSON with both spellings and no credentials. Returns
        the message."""
        assert self.status == status, f"not {status}: {self}"
        assert self.headers["content-type"] == "application/json"
        body = self.json
        assert body["code"] == body["Code"] == code and set(body) == {"code", "Code", "message",
                                                                      "Message"}
        assert body["message"] == body["Message"] and body["message"]
        for word in words:
            assert word in body["message"], body["message"]
        return body["message"]

    def key(self) -> str:
        """Checks that the answer holds credentials in the form of the contract. Returns the access
        key ID."""
        assert self.status == 200, str(self)
        assert self.headers["content-type"] == "application/json"
        assert self.headers["cache-control"] == "no-store"
        body = self.json
        assert {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"} <= set(body)
        assert all(isinstance(v, str) and v for v in body.values())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["Expiration"])
        return body["AccessKeyId"]


def parse_address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def repeated(send: Callable[[], Answer], not_yet: Callable[[Answer], bool]) -> Answer:
    """Sends a request again, as SDKs do, while the answer says that it is too early."""
    end = time.monotonic() + LIMIT_S
    while not_yet(answer := send()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


class Endpoint:
    """One running `serve`, or another command that prints where it listens."""

    def __init__(self, process: subprocess.Popen, runner: Runner, home: Path):
        self.process, self.runner, self.home = process, runner, home
        self.masks = False
        self._printed, self._lock = bytearray(), threading.Lock()
        os.set_blocking(process.stderr.fileno(), False)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        """Reads until the end, so that a full pipe never stops the process."""
        while not self._read_printed():
            select.select([self.process.stderr], [], [])

    def _read_printed(self) -> bool:
        """Reads what is in the pipe. Returns whether it has ended."""
        with self._lock:
            while chunk := self.process.stderr.read(65536):
                self._printed += chunk
        return chunk == b""

    @property
    def log(self) -> str:
        """Everything that the process has printed on stderr, also a moment ago: a line that it
        prints before an answer is here as soon as the client has the answer."""
        self._read_printed()
        return self._printed.decode()

    def addresses(self) -> list[tuple[str, int]]:
        return [parse_address(found) for found in LISTENING.findall(self.log)]

    def wait_listening(self, count: int = 1) -> "Endpoint":
        wait_until(lambda: self.log.count("listening on") >= count or
                   self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        return self

    @property
    def address(self) -> tuple[str, int]:
        wait_until(lambda: self.addresses() or self.process.poll() is not None)
        return self.addresses()[0]

    @property
    def port(self) -> int:
        return self.address[1]

    @property
    def auth(self) -> str:
        return (self.home / AUTH_FILE).read_text()

    def connect(self, address: tuple[str, int] | None = None, timeout: float = 15):
        return socket.create_connection(address or self.address, timeout=timeout)

    def ask(self, path: str = "/", method: str = "GET", auth: str | bool | None = True,
            host: str | None = "", body: bytes | None = None, at: tuple[str, int] | None = None,
            headers: dict[str, str] | None = None, timeout: float = 15,
            patient: bool = True) -> Answer:
        """Sends a request. `auth`: True sends the right token, a text is sent as it is; without
        `host` (None) the header is left out. As SDKs do, a `patient` client sends it again while
        the endpoint gets its first credentials."""
        return repeated(lambda: self._send(path, method, auth, host, body, at, headers, timeout),
                        lambda answer: patient and FIRST in answer.text)

    def _send(self, path, method, auth, host, body, at, headers, timeout) -> Answer:
        """Sends one request on a new connection."""
        address = at or self.address
        connection = http.client.HTTPConnection(*address, timeout=timeout)
        begin = time.monotonic()
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        name = f"[{address[0]}]" if ":" in address[0] else address[0]
        if host is not None:
            connection.putheader("Host", host or f"{name}:{address[1]}")
        if auth:
            connection.putheader("Authorization", self.auth if auth is True else auth)
        for header, value in (headers or {}).items():
            connection.putheader(header, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        found = {k.lower(): v for k, v in answer.getheaders()}
        return Answer(answer.status, found, text, time.monotonic() - begin)

    def key(self, path: str = "/") -> str:
        return self.ask(path).key()

    def wait_ready(self) -> "Endpoint":
        wait_until(lambda: self.ask("/readyz", auth=False).status == 200)
        return self

    def wait_key(self, other_than: str = "", path: str = "/", limit_s: float = 30) -> str:
        """Waits for credentials with another access key ID."""
        found = [other_than]

        def look() -> bool:
            answer = self.ask(path)
            if answer.status == 200:
                found[0] = answer.key()
            return found[0] != other_than
        wait_until(look, limit_s)
        return found[0]

    def metrics(self) -> dict[str, float]:
        """The metrics by name, including the labels."""
        answer = self.ask("/metrics", auth=False)
        assert answer.status == 200
        pairs = (line.rsplit(" ", 1) for line in answer.text.splitlines() if line[0] != "#")
        return {name: float(value) for name, value in pairs}

    def children(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def status_kib(self, field: str) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M)[1])

    def kill(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, number: int | None = signal.SIGTERM) -> Result:
        """Ends it if it still runs. Returns its result."""
        if number is not None and self.process.poll() is None:
            self.kill(number)
        begin = time.monotonic()
        code = self.process.wait(timeout=LIMIT_S)
        seconds = time.monotonic() - begin
        self.reader.join(timeout=10)
        out = self.process.stdout.read().decode() if self.process.stdout else ""
        result = Result(self.process.args[1:], code, out, self.log, seconds, self.masks)
        self.runner.history.append(result)
        return result


def end_all(running: list[Endpoint]) -> None:
    """After a test. Those that still run must end with exit code 0."""
    for endpoint in running:
        ended = endpoint.process.poll() is not None
        result = endpoint.end()
        assert ended or result.code == 0, str(result)


@pytest.fixture
def serve(run, portal):
    """Starts `serve` and waits until it listens on `wait` addresses; 0 if it may fail to start."""
    running: list[Endpoint] = []

    def start(*args, user: str = "user", env=None, wait: int = 1, auth: bool = True,
              listen: str = "127.0.0.1:0", **more) -> Endpoint:
        words = ["serve", *args]
        words += ["--listen", listen] if listen else []
        words += ["--auth-token-file", run.home / AUTH_FILE] if auth else []
        process = run.start(*words, env=identity(portal, user) | (env or {}), **more)
        endpoint = Endpoint(process, run, run.home)
        running.append(endpoint)
        return endpoint.wait_listening(wait) if wait else endpoint

    yield start
    end_all(running)
