# SPDX-License-Identifier: MIT
"""Faults on demand: errors of a portal, a proxy or a network.

`portal.faults.add(path="/v3/*", status=503, times=2)` makes the next two matching requests fail.
The first matching fault is used; one fault may combine several effects.
"""

from __future__ import annotations

import dataclasses
import email.utils
import fnmatch
import json
import os
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Callable

MAX_HANG_S = 300  # a hang ends after this time


class Gone(Exception):
    """The connection was closed on purpose."""


@dataclass
class Fault:
    path: str = "*"  # shell pattern over the path without its query
    method: str = "*"
    times: int | None = None  # number of hits; None: until it is removed
    skip: int = 0  # number of matching requests that pass first
    stage: str = "response"  # "connect": before TLS; then bytes are counted on the wire

    delay_s: float = 0  # wait before answering
    hang: bool = False  # never answer
    status: int | None = None  # answer this status without the handler
    version: str = "HTTP/1.1"  # in the status line
    body: Any = None  # bytes and text are sent as they are, other values as JSON
    headers: dict[str, str | None] = field(default_factory=dict)  # None removes a header
    retry_after: str | int | None = None
    redirect: str | None = None  # a Location; the status is 302 unless `status` is given
    date_offset_s: int = 0  # error of the Date header
    pad_to: int = 0  # pad the body with blanks to this length
    framing: str = "length"  # "chunked", or "close": the body ends with the connection
    truncate_at: int | None = None  # close after this many bytes of the response
    reset_at: int | None = None  # the same with a TCP reset
    drip_s: float = 0  # one byte at a time, with this pause
    call: Callable[[Any], None] | None = None  # in-process: called first, with the log's entry

    hits: int = 0

    def matches(self, stage: str, method: str, path: str) -> bool:
        return (self.stage == stage and (self.times is None or self.times > 0)
                and fnmatch.fnmatchcase(method, self.method)
                and fnmatch.fnmatchcase(path, self.path))


class Faults:
    """The pending faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, **fields: Any) -> Fault:
        fault = Fault(**fields)
        with self._lock:
            self._faults.append(fault)
        return fault

    def missing(self, path: str, status: int = 404, **fields: Any) -> Fault:
        """An endpoint that is missing in an older or newer portal: it answers 404 or 500."""
        return self.add(path=path, status=status, body={"Message": "Not here."}, **fields)

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._faults = [f for f in self._faults if f is not fault]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{f.name: getattr(fault, f.name) for f in dataclasses.fields(Fault)
                     if getattr(fault, f.name) != f.default and f.name not in ("body", "call")}
                    for fault in self._faults]

    def take(self, stage: str, method: str = "", path: str = "") -> Fault | None:
        """Returns the fault for this request and counts the hit."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(stage, method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


# Effects on an answer

def replaced(fault: Fault) -> tuple[int, bytes] | None:
    """The answer that replaces the handler's, if the fault has one."""
    if fault.status is None and fault.redirect is None and fault.body is None:
        return None
    status = fault.status or (302 if fault.redirect else 200)
    return status, as_bytes(fault.body)


def as_bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def build_response(status: int, body: bytes, now: float, fault: Fault) -> bytes:
    """A complete response. Clients count the validity from its `Date`."""
    body = body.ljust(fault.pad_to)
    headers: dict[str, str | None] = {
        "Date": email.utils.formatdate(now + fault.date_offset_s, usegmt=True),
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)) if fault.framing == "length" else None,
        "Transfer-Encoding": "chunked" if fault.framing == "chunked" else None,
        "Connection": "close" if fault.framing == "close" else None,
        "Retry-After": None if fault.retry_after is None else str(fault.retry_after),
        "Location": fault.redirect,
    }
    headers.update(fault.headers)
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    head = f"{fault.version} {status} {reason}\r\n"
    head += "".join(f"{k}: {v}\r\n" for k, v in headers.items() if v is not None)
    if fault.framing == "chunked":
        pieces = [body[i:i + 1000] for i in range(0, len(body), 1000)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
    return head.encode("latin-1") + b"\r\n" + body


def send_response(sock: socket.socket, data: bytes, fault: Fault) -> None:
    """Sends the response as far as the fault allows; raises Gone if it ended the connection."""
    cuts = [n for n in (fault.truncate_at, fault.reset_at) if n is not None]
    part = data[:min(cuts)] if cuts else data
    if fault.drip_s:
        for byte in part:
            sock.sendall(bytes([byte]))
            time.sleep(fault.drip_s)
    elif part:
        sock.sendall(part)
    if cuts:
        hang_up(sock, reset=fault.reset_at is not None and fault.reset_at == min(cuts))
        raise Gone
    if fault.framing == "close":
        hang_up(sock, reset=False)
        raise Gone


def hang_up(sock: socket.socket, reset: bool) -> None:
    """Closes the connection at once, with a FIN or an RST, also if others hold the socket."""
    if reset:
        time.sleep(0.02)  # so that sent data arrives before the reset
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    fd = sock.detach()
    if fd >= 0:
        os.close(fd)


def wait_until_gone(sock: socket.socket, stop: threading.Event) -> None:
    """Holds the connection until the client closes it or the portal stops."""
    end = time.monotonic() + MAX_HANG_S
    while time.monotonic() < end and not stop.is_set():
        if select.select([sock], [], [], 0.05)[0]:
            return


# Faults below TLS

def at_connect(sock: socket.socket, fault: Fault, stop: threading.Event) -> socket.socket:
    """Applies a fault to a new TCP connection. Returns the socket for TLS."""
    time.sleep(fault.delay_s)
    if fault.hang:
        end = time.monotonic() + MAX_HANG_S
        while time.monotonic() < end and not stop.wait(0.05):
            if select.select([sock], [], [], 0)[0] and not sock.recv(65536):
                break
        raise Gone
    if fault.body is not None:
        sock.sendall(as_bytes(fault.body))
        hang_up(sock, reset=False)
        raise Gone
    cuts = [n for n in (fault.truncate_at, fault.reset_at) if n is not None]
    if not cuts:
        return sock
    if min(cuts) == 0:
        hang_up(sock, reset=fault.reset_at == 0)
        raise Gone
    inner, outer = socket.socketpair()
    client = socket.socket(fileno=sock.detach())  # a separate socket: the server closes `sock`
    threading.Thread(target=relay, daemon=True,
                     args=(client, outer, min(cuts), fault.reset_at is not None, stop)).start()
    return inner


def relay(client: socket.socket, server: socket.socket, limit: int, reset: bool,
          stop: threading.Event) -> None:
    """Copies in both directions until `limit` bytes went to the client, then disconnects it."""
    with server:
        try:
            while not stop.is_set():
                for ready in select.select([client, server], [], [], 0.2)[0]:
                    data = ready.recv(65536 if ready is client else limit)
                    if not data:
                        hang_up(client, reset=False)
                        return
                    (server if ready is client else client).sendall(data)
                    if ready is server:
                        limit -= len(data)
                    if limit == 0:
                        hang_up(client, reset)
                        return
        except OSError:
            hang_up(client, reset=False)
