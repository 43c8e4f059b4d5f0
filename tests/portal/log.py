# SPDX-License-Identifier: MIT
"""The requests and TCP connections that reached the portal, without secrets."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import asdict, dataclass
from typing import Any, Iterator


@dataclass
class Request:
    time: float
    connection: int  # requests with the same number used one TCP connection
    method: str
    path: str
    query: str
    headers: dict[str, str]  # names in lower case; a token becomes "Bearer <user NAME>"
    user: str | None  # the user of the token
    body: Any  # parsed JSON, or None
    tls: str | None  # "TLSv1.3"
    cipher: str | None
    status: int | None = None  # None: no answer was sent
    fault: bool = False  # a fault changed the answer


class Log:
    """A list of Request in the order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._serial = 0
        self.connections = 0  # accepted TCP connections, also those without a request
        self.handshake_errors: list[str] = []

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[Request]:
        with self._lock:
            return iter(list(self._requests))

    def __getitem__(self, index: int) -> Request:
        with self._lock:
            return self._requests[index]

    def find(self, path: str = "*", method: str = "*", status: int | None = None) -> list[Request]:
        """Requests whose path and method match shell patterns."""
        return [r for r in self if fnmatch.fnmatchcase(r.path, path)
                and fnmatch.fnmatchcase(r.method, method) and status in (None, r.status)]

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
            self.handshake_errors.clear()
            self.connections = 0

    def connected(self) -> int:
        """Counts a connection. Returns its unique number."""
        with self._lock:
            self.connections += 1
            self._serial += 1
            return self._serial

    def add(self, request: Request) -> None:
        with self._lock:
            self._requests.append(request)

    def as_json(self) -> dict[str, Any]:
        return {"connections": self.connections, "handshake_errors": self.handshake_errors,
                "requests": [asdict(r) for r in self]}
