# SPDX-License-Identifier: MIT
"""The portal on the network: HTTP/1.1 with keep-alive, over TLS, on loopback only.

Use: `with Portal() as p:`, then p.url, p.ca, p.state, p.faults, p.log.
"""

from __future__ import annotations

import contextlib
import errno
import json
import selectors
import socket
import socketserver
import ssl
import threading
import warnings
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable

from . import api, certs as certs_module, control, faults as faults_module, login_page
from .faults import Fault, Faults, Gone, build_response, hang_up, replaced, send_response
from .log import Log, Request
from .state import State, demo_state

IDLE_S = 60  # an idle connection is closed after this time
MAX_BODY = 1 << 20
MAX_LINE = 1 << 10  # before and after a chunk of a body
TLS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
       "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Portal:
    """A running portal, with everything that a test may read or change.

    cert      one of certs.KINDS
    tls_min, tls_max  "1.0" to "1.3"; below 1.2 OpenSSL's security level is lowered
    plain     plain HTTP, no TLS
    ipv6      also listen on ::1 with the same port, if the machine has IPv6
    address   where it listens instead of loopback
    handler   answers the requests instead of api.answer
    """

    def __init__(self, state: State | None = None, *, port: int = 0, cert: str = "good",
                 tls_min: str = "1.2", tls_max: str = "1.3", plain: bool = False,
                 ipv6: bool = True, certs: certs_module.Certs | None = None,
                 address: str = "127.0.0.1", handler: Callable[..., Any] = api.answer):
        self.state = state or demo_state()
        self.faults = Faults()
        self.log = Log()
        self.plain = plain
        self.handler = handler
        self.certs = certs or (None if plain else certs_module.shared())
        self.stopping = threading.Event()
        self.open: set[socket.socket] = set()  # connections, so that stop() can end them
        self.tls = None if self.certs is None or plain else self._tls(cert, tls_min, tls_max)
        self._servers = self._listen(address, port, ipv6 and address == "127.0.0.1")
        self._control = control.Server(self)
        self._wake, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    # Addresses

    @property
    def port(self) -> int:
        return self._servers[0].server_address[1]

    @property
    def url(self) -> str:
        return self.url_for("127.0.0.1")

    def url_for(self, host: str) -> str:
        """The certificate is good for the names in certs.NAMES."""
        return f"{'http' if self.plain else 'https'}://{host}:{self.port}"

    @property
    def has_ipv6(self) -> bool:
        return len(self._servers) > 1

    @property
    def ca(self) -> str:
        """The file with the CA that has issued the certificate."""
        return "" if self.certs is None else str(self.certs.ca)

    @property
    def control_url(self) -> str:
        """The URL of the remote control and of sts.py: plain HTTP on loopback."""
        return f"http://127.0.0.1:{self._control.server_address[1]}"

    def token(self, user: str = "user") -> str:
        return self.state.users[user].token

    # Start and stop

    def stop(self) -> None:
        if not self.stopping.is_set():
            self.stopping.set()
            self._wake.close()
            self._acceptor.join()
            for server in (*self._servers, self._control):
                server.server_close()
            for sock in list(self.open):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "Portal":
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _accept(self) -> None:
        """Accepts connections until stop() closes the other end of `_woken`. The servers' own
        loops poll, which would make every stop() wait."""
        with selectors.DefaultSelector() as selector, self._woken:
            for server in (self._woken, *self._servers, self._control):
                selector.register(server, selectors.EVENT_READ)
            while not self.stopping.is_set():
                for key, _ in selector.select():
                    if key.fileobj is not self._woken:
                        key.fileobj.handle_request()

    def _tls(self, cert: str, tls_min: str, tls_max: str) -> ssl.SSLContext:
        pair = self.certs.pair(cert)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if tls_max in ("1.0", "1.1"):
            context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the tests need TLS 1.1
            context.minimum_version, context.maximum_version = TLS[tls_min], TLS[tls_max]
        context.load_cert_chain(pair.cert, pair.key)
        return context

    def _listen(self, address: str, port: int, ipv6: bool) -> list["Listener"]:
        """The address, and ::1 with the same port."""
        for _ in range(20):
            first = Listener(self, (address, port), socket.AF_INET)
            if not ipv6 or not socket.has_ipv6:
                return [first]
            try:
                return [first, Listener(self, ("::1", first.server_address[1]), socket.AF_INET6)]
            except OSError as error:
                if error.errno != errno.EADDRINUSE or port:  # else there is no IPv6
                    return [first]
                first.server_close()
        raise OSError("found no port that is free on both 127.0.0.1 and ::1")


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """One listening socket; each connection has a thread."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    timeout = 0  # handle_request() is called when a connection is there

    def __init__(self, portal: Portal, address: tuple[str, int], family: int):
        self.portal = portal
        self.address_family = family
        super().__init__(address, Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the thread of the connection: fault below TLS, handshake, then HTTP."""
        portal, number, sock = self.portal, self.portal.log.connected(), request
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            fault = portal.faults.take("connect")
            if fault is not None:
                sock = faults_module.at_connect(sock, fault, portal.stopping)
            sock.settimeout(IDLE_S)
            if portal.tls is not None:
                sock = portal.tls.wrap_socket(sock, server_side=True)
        except Gone:
            return
        except (ssl.SSLError, OSError) as error:
            portal.log.handshake_errors.append(str(error))
            return
        portal.open.add(sock)
        with contextlib.suppress(OSError):  # the client has closed the connection
            Handler(sock, client_address, self, number)
        portal.open.discard(sock)
        if portal.tls is not None and sock.fileno() >= 0:
            with contextlib.suppress(OSError):
                sock.settimeout(1)
                sock.unwrap()
        hang_up(sock, reset=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not self.portal.stopping.is_set():
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, lets api.py answer, applies faults."""

    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def __init__(self, sock: Any, address: Any, server: Listener, number: int):
        self.portal, self.number = server.portal, number
        super().__init__(sock, address, server)

    def serve(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.read_body()
        entry = self.entry(path, query, body)
        self.portal.log.add(entry)
        fault = self.portal.faults.take("response", self.command, path) or Fault()
        entry.fault = fault.hits > 0
        try:
            self.answer(entry, path, body, fault)
        except Gone:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = serve

    def answer(self, entry: Request, path: str, body: bytes, fault: Fault) -> None:
        portal = self.portal
        if fault.call is not None:
            fault.call(entry)
        if fault.delay_s and portal.stopping.wait(fault.delay_s):
            raise Gone
        if fault.hang:
            faults_module.wait_until_gone(self.connection, portal.stopping)
            hang_up(self.connection, reset=False)
            raise Gone
        if self.command == "GET" and path == login_page.PATH and not fault.hits:
            entry.status, page = 200, login_page.answer(portal.state, entry.query)
            fault = Fault(headers={"Content-Type": "text/html; charset=utf-8"})
            send_response(self.connection,
                          build_response(200, page, portal.state.clock(), fault), fault)
            return
        status, out = replaced(fault) or portal.handler(portal.state, self.command, self.path,
                                                        self.headers, body)
        if self.command == "HEAD":
            out = b""
        entry.status = status
        data = build_response(status, out, portal.state.clock(), fault)
        send_response(self.connection, data, fault)

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self.read_chunks()
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = 0
        return self.rfile.read(min(max(length, 0), MAX_BODY))

    def read_chunks(self) -> bytes:
        body, size = b"", 1
        while size > 0 and len(body) <= MAX_BODY:
            try:
                size = int(self.rfile.readline(MAX_LINE).partition(b";")[0], 16)
            except ValueError:
                self.close_connection = True
                break
            body += self.rfile.read(min(max(size, 0), MAX_BODY))
            self.rfile.readline(MAX_LINE)
        return body

    def entry(self, path: str, query: str, body: bytes) -> Request:
        """The log's entry, without secrets."""
        headers = {k.lower(): v for k, v in self.headers.items()}
        user = self.portal.state.user_of(headers.get("authorization", "").removeprefix("Bearer "))
        if "authorization" in headers:
            headers["authorization"] = f"Bearer <user {user.name}>" if user else "<unknown>"
        if "otpcode" in headers:
            headers["otpcode"] = "<otp>"
        try:
            parsed = json.loads(body) if body else None
        except ValueError:
            parsed = None
        tls = self.connection if isinstance(self.connection, ssl.SSLSocket) else None
        cipher = tls.cipher() if tls else None
        return Request(self.portal.state.clock(), self.number, self.command, path, query, headers,
                       user.name if user else None, parsed, tls.version() if tls else None,
                       cipher[0] if cipher else None)

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing: requests are in `portal.log`."""
