# SPDX-License-Identifier: MIT
"""The portal's remote control for scripts: plain HTTP on loopback, JSON, no secrets.

GET    /_control/             URL, CA file, ports and tenants
GET    /_control/log          requests and connections; DELETE empties the log
GET    /_control/faults       pending faults; POST adds one (fields of faults.Fault); DELETE clears
GET    /_control/issued       issued access keys and their users; /_control/issued/KEY returns one
POST   /_control/state        {"otp_needed": true, "forced_validity": 60, …}: plain fields of State
POST   /_control/stop         stops the portal
All other requests are answered like AWS, see sts.py.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from . import sts

if TYPE_CHECKING:
    from .server import Portal

STATE_FIELDS = ("otp_needed", "duplo_ops_enabled", "names_for_users", "metadata_for_users",
                "master_role_max", "forced_validity", "login_user", "login_callback", "features",
                "tenant_features", "old_settings", "drops_writes", "credential_fields",
                "sends_expiration", "kubernetes_fields", "kubernetes_validity")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    timeout = 0

    def __init__(self, portal: "Portal"):
        self.portal = portal
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write per answer: busy Go clients fail if the body arrives later
    server: Server

    def serve(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 20))
        if self.path.startswith("/_control/"):
            status, answer = self.control(self.path.removeprefix("/_control/"), body)
            self.send(status, "application/json", json.dumps(answer).encode())
        else:
            status, text = sts.answer(self.server.portal.state, self.command, self.path,
                                      self.headers, body)
            self.send(status, "text/xml", text.encode())

    do_GET = do_POST = do_DELETE = serve

    def control(self, what: str, body: bytes) -> tuple[int, Any]:
        portal, name = self.server.portal, what.partition("/")[0]
        known = {
            ("GET", ""): lambda: place(portal),
            ("GET", "log"): portal.log.as_json,
            ("DELETE", "log"): portal.log.clear,
            ("GET", "faults"): portal.faults.list,
            ("POST", "faults"): lambda: portal.faults.add(**json.loads(body)) and None,
            ("DELETE", "faults"): portal.faults.clear,
            ("GET", "issued"): lambda: issued(portal, what.partition("/")[2]),
            ("POST", "state"): lambda: change_state(portal, json.loads(body)),
            ("POST", "stop"): lambda: threading.Thread(target=portal.stop).start(),
        }
        if (self.command, name) not in known:
            return 404, {"Message": f"no {self.command} {self.path}"}
        try:
            return 200, known[self.command, name]()
        except (TypeError, ValueError) as error:
            return 400, {"Message": str(error)}

    def send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def place(portal: "Portal") -> dict[str, Any]:
    return {"url": portal.url, "ca": portal.ca, "port": portal.port,
            "control": portal.control_url,
            "tenants": {t.name: t.id for t in portal.state.tenants.values()}}


def issued(portal: "Portal", key: str) -> list[dict[str, Any]]:
    return [{"AccessKeyId": i.access_key_id, "user": i.user, "scope": i.scope, "tenant": i.tenant,
             "validity": i.validity, "time": i.time}
            for i in list(portal.state.issued) if key in ("", i.access_key_id)]


def change_state(portal: "Portal", changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if name not in STATE_FIELDS:
            raise ValueError(f"no field {name}")
        setattr(portal.state, name, value)
