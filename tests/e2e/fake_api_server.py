# SPDX-License-Identifier: MIT
"""A Kubernetes API server that reviews tokens, and the files that a kubelet mounts in a pod.

    with ApiServer(tmp_path) as server:
        token = server.make_token("team", "app", "pod-1")
        ... a program with server.environment and server.dir ...
        assert server.count(token) == 1
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from portal.certs import Certs

PATH = "/apis/authentication.k8s.io/v1/tokenreviews"
AUDIENCE = "duplojit"
NAME = "system:serviceaccount:{namespace}:{name}"


def encode(part: object) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@dataclass
class Account:
    namespace: str
    name: str
    pod: str
    audiences: list[str]
    expires: float


@dataclass
class Behavior:
    """Change it while the server runs; it counts for the requests that come afterwards."""

    status: int | None = None  # responds with this status, without a review
    denies: bool = False       # 403: the own service account may not review tokens
    delay_s: float = 0         # before each response
    hangs: bool = False        # no response until the server stops or hangs is False
    body: bytes | None = None  # instead of a TokenReview


@dataclass
class Review:
    token: str
    audiences: list[str]
    time: float
    accepted: bool


@dataclass
class Counters:
    requests: int = 0     # all, with those that were not reviewed
    connections: int = 0  # with a complete TLS handshake
    refused: int = 0      # 401: the program's own token was not valid
    reviews: list[Review] = field(default_factory=list)


class ApiServer:
    """host and port: where it listens. dir: the directory with token and ca.crt. behavior and
    counters: see above."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1"):
        self.folder = folder
        self.host = host
        self.port = 0
        self.dir = folder / "serviceaccount"
        self.behavior = Behavior()
        self.counters = Counters()
        self.accounts: dict[str, Account] = {}
        self.own_tokens: list[str] = []  # that are valid
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.stopping = threading.Event()
        self._numbers = itertools.count(1)
        self._server: ThreadingHTTPServer | None = None
        self._certs = self._new_certs()
        self.rotate_token()

    @property
    def environment(self) -> dict[str, str]:
        """What a kubelet sets in every pod."""
        return {"KUBERNETES_SERVICE_HOST": self.host, "KUBERNETES_SERVICE_PORT": str(self.port)}

    # Tokens of pods

    def make_token(self, namespace: str, name: str, pod: str = "", *, audience: str = AUDIENCE,
                   lifetime_s: float = 3600, accepted: bool = True) -> str:
        """A projected token. With accepted=False it is forged: the server does not know it."""
        expires = int(time.time() + lifetime_s)
        claims: dict[str, Any] = {"namespace": namespace,
                                  "serviceaccount": {"name": name, "uid": f"uid-{name}"}}
        if pod:
            claims["pod"] = {"name": pod, "uid": f"uid-{pod}"}
        payload = {"aud": [audience], "exp": expires, "iat": int(time.time()),
                   "iss": "https://kubernetes.default.svc", "jti": str(next(self._numbers)),
                   "kubernetes.io": claims,
                   "sub": NAME.format(namespace=namespace, name=name)}
        token = ".".join((encode({"alg": "RS256", "kid": "1"}), encode(payload),
                          encode(os.urandom(256))))
        if accepted:
            with self.lock:
                self.accounts[token] = Account(namespace, name, pod, [audience], expires)
        return token

    def make_legacy_token(self, namespace: str, name: str) -> str:
        """The token of a Secret: without audience and expiration."""
        start = "kubernetes.io/serviceaccount"
        payload = {"iss": start, f"{start}/namespace": namespace,
                   f"{start}/service-account.name": name,
                   "sub": NAME.format(namespace=namespace, name=name)}
        token = ".".join((encode({"alg": "RS256"}), encode(payload), encode(os.urandom(256))))
        with self.lock:
            self.accounts[token] = Account(namespace, name, "", [AUDIENCE], float("inf"))
        return token

    def revoke(self, token: str) -> None:
        """As after the service account or the pod was deleted."""
        with self.lock:
            del self.accounts[token]

    def count(self, token: str | None = None) -> int:
        """How many reviews there were, of one token or of all."""
        with self.lock:
            return sum(token in (None, review.token) for review in self.counters.reviews)

    # The files of the program's own service account

    def rotate_token(self, *, keep_old: bool = False) -> str:
        """Writes another token to the directory. The old one is valid no longer."""
        token = f"own-token-{next(self._numbers)}-{os.urandom(16).hex()}"
        with self.lock:
            self.own_tokens = [*(self.own_tokens if keep_old else []), token]
        self._write_files(token)
        return token

    def _write_files(self, token: str) -> None:
        """As a kubelet does: the names are links to files in a directory that is replaced."""
        self.dir.mkdir(parents=True, exist_ok=True)
        data, link = self.dir / f"..{next(self._numbers)}", self.dir / "..data"
        old = link.resolve() if link.is_symlink() else None
        data.mkdir()
        (data / "token").write_text(token)
        shutil.copy(self._certs.ca, data / "ca.crt")
        new_link = self.dir / "..data_tmp"
        new_link.symlink_to(data.name)
        new_link.replace(link)
        for name in ("token", "ca.crt"):
            with contextlib.suppress(FileExistsError):
                (self.dir / name).symlink_to(f"..data/{name}")
        if old is not None:
            shutil.rmtree(old)

    def _new_certs(self) -> Certs:
        number = next(self._numbers)
        return Certs(self.folder / f"ca-{number}", f"/CN=kubernetes ca {number}")

    # The server

    def __enter__(self) -> ApiServer:
        self.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self.stop()

    def start(self) -> None:
        """On the same port as before, if it has had one."""
        pair = self._certs.pair()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.cert, pair.key)
        self.stopping.clear()
        listener = Listener6 if ":" in self.host else Listener
        self._server = listener((self.host, self.port), make_handler(self))
        # The handshake is done by the thread of the connection.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Ends all connections; later ones are refused."""
        if self._server is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self.lock:
            connections = list(self.open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def restart(self, *, new_ca: bool = False) -> None:
        """With new_ca, the server has another CA, and ca.crt in the directory is replaced."""
        self.stop()
        if new_ca:
            self._certs = self._new_certs()
            self._write_files(self.own_tokens[-1])
        self.start()

    # Requests

    def respond(self, path: str, own: str, body: bytes) -> tuple[int, dict[str, Any] | bytes]:
        behavior = self.behavior
        with self.lock:
            self.counters.requests += 1
        self.stopping.wait(behavior.delay_s)
        while behavior.hangs and not self.stopping.wait(0.02):
            pass
        if behavior.status is not None:
            return behavior.status, failure(behavior.status)
        if own.removeprefix("Bearer ") not in self.own_tokens:
            with self.lock:
                self.counters.refused += 1
            return 401, failure(401)
        if behavior.denies:
            return 403, failure(403)
        if path != PATH:
            return 404, failure(404)
        return 201, behavior.body if behavior.body is not None else self.review(json.loads(body))

    def review(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request["apiVersion"] == "authentication.k8s.io/v1"
        assert request["kind"] == "TokenReview"
        token, audiences = request["spec"]["token"], request["spec"]["audiences"]
        with self.lock:
            account = self.accounts.get(token)
            common = [name for name in audiences if account and name in account.audiences]
            accepted = bool(account and common and account.expires > time.time())
            self.counters.reviews.append(Review(token, audiences, time.time(), accepted))
        status: dict[str, Any] = {"user": {}, "error": "[invalid bearer token]"}
        if accepted and account is not None:
            status = {"authenticated": True, "audiences": common, "user": describe(account)}
        return {**request, "metadata": {"creationTimestamp": None}, "status": status}


def describe(account: Account) -> dict[str, Any]:
    key = "authentication.kubernetes.io"
    extra = {f"{key}/pod-name": [account.pod], f"{key}/pod-uid": [f"uid-{account.pod}"]}
    return {"username": NAME.format(namespace=account.namespace, name=account.name),
            "uid": f"uid-{account.name}",
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{account.namespace}",
                       "system:authenticated"],
            "extra": extra if account.pod else {}}


def failure(status: int) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status}


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *ignored: object) -> None:
        """A client that closes its connection is not an error."""


class Listener6(Listener):
    address_family = socket.AF_INET6


def make_handler(server: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 60

        def setup(self) -> None:
            self.request.settimeout(self.timeout)
            self.request.do_handshake()
            with server.lock:
                server.counters.connections += 1
                server.open.add(self.request)
            super().setup()

        def finish(self) -> None:
            with server.lock:
                server.open.discard(self.request)
            super().finish()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = server.respond(self.path, self.headers.get("Authorization", ""), body)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            if server.stopping.is_set():
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *ignored: object) -> None:
            pass

    return Handler
