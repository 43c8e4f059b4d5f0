# SPDX-License-Identifier: MIT
"""Browsers for tests of the login: a program that acts as one, and a real Chromium.

The binary starts the program, which records the address and does what its first argument says.
chromedriver controls Chromium over the WebDriver protocol.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from conftest import unused_port, wait_until
from portal import Portal

PROGRAM = """#!{python} -IS
import json, os, sys, time
from http.client import HTTPConnection
from urllib.parse import parse_qs, quote, urlsplit

mode, address = sys.argv[1], sys.argv[-1]
with open({started_by!r}, "w") as file:
    file.write(str(os.getppid()))
with open({opened!r}, "a") as file:
    file.write(address + "\\n")
print("noise on stdout", flush=True)
print("noise on stderr", file=sys.stderr, flush=True)
token, otp, portal = json.load(open({secrets!r}))
asked = urlsplit(address)
port = asked.port if asked.port and not asked.query else int(parse_qs(asked.query)["localPort"][0])
time.sleep({delay})


def send(method, path, body=None):
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, {{"Origin": portal}} if method == "POST" else {{}})
    return connection.getresponse().read()


def load(page):
    with open({loaded!r} + "-new", "wb") as file:
        file.write(page)
    os.rename({loaded!r} + "-new", {loaded!r})


answers = {{
    "redirect": lambda: send("GET", "/?t=" + quote(token, safe="")),
    "redirect-cancel": lambda: send("GET", "/?t="),
    "post": lambda: send("POST", "/", token),
    "post-cancel": lambda: send("POST", "/", ""),
    "otp": lambda: send("POST", "/v2/callbackWithOtp", json.dumps({{"token": token, "otp": otp}})),
    "otp-cancel": lambda: send("POST", "/v2/callbackWithOtp", ""),
    "fail": lambda: sys.exit(3),
    "nothing": lambda: None,
    "load": lambda: load(send("GET", asked.path)),
}}
answers[mode]()
"""


class Browser:
    """A browser that is a program."""

    def __init__(self, folder: Path, portal: Portal):
        self.folder, self.portal = folder, portal
        self.path = folder / "the-browser"
        self.secrets_file, self.opened_file = folder / "secrets.json", folder / "opened"
        self.loaded, self.started_by_file = folder / "loaded", folder / "started-by"
        self.delay = 0.0
        self.user = "user"

    def command(self, mode: str) -> str:
        """The value for --browser."""
        self.secrets_file.write_text(json.dumps(
            [self.portal.token(self.user), self.portal.state.otp_code, self.portal.url]))
        self.secrets_file.chmod(0o600)
        self.path.write_text(PROGRAM.format(
            python=os.path.realpath(sys.executable), opened=str(self.opened_file),
            started_by=str(self.started_by_file), secrets=str(self.secrets_file),
            loaded=str(self.loaded), delay=self.delay))
        self.path.chmod(0o755)
        return f"{self.path} {mode}"

    def env(self, mode: str) -> dict[str, str]:
        return {"DUPLO_HOST": self.portal.url, "DUPLO_CA_FILE": self.portal.ca,
                "DUPLO_BROWSER": self.command(mode)}

    def opened(self) -> list[str]:
        return self.opened_file.read_text().splitlines() if self.opened_file.exists() else []

    def wait(self) -> str:
        """Waits until the binary has opened an address. Returns the address."""
        wait_until(lambda: self.opened_file.exists() and
                   self.opened_file.read_text().endswith("\n"))
        return self.opened()[-1]

    def started_by(self) -> int:
        """The PID of the process that started it last."""
        return int(self.started_by_file.read_text())

    def port(self) -> int:
        """The port on which the binary listens."""
        return int(parse_qs(urlsplit(self.wait()).query)["localPort"][0])


def send(port: int, method: str = "GET", path: str = "/", body: str | bytes | None = None,
         address: str = "127.0.0.1", **headers: str) -> http.client.HTTPResponse:
    """Sends one request to the listener; `_` in a header's name becomes a dash."""
    connection = http.client.HTTPConnection(address, port, timeout=10)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


@contextlib.contextmanager
def site(text: str):
    """Another web site on this machine, with one page. Yields its address."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def find_program(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


CHROMIUM, DRIVER = find_program("chromium", "chromium-browser"), find_program("chromedriver")

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--ignore-certificate-errors",
         # Every name resolves to this machine.
         "--host-resolver-rules=MAP * 127.0.0.1, EXCLUDE localhost, EXCLUDE ::1")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Chromium:
    """A new Chromium with one window; `flags` are added to FLAGS."""

    def __init__(self, *flags: str) -> None:
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        self.port = unused_port()
        self.driver = subprocess.Popen([DRIVER, f"--port={self.port}"], start_new_session=True,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.is_up, 30)
        options = {"binary": CHROMIUM, "args": [*FLAGS, *flags, f"--user-data-dir={self.profile}"]}
        wanted = {"acceptInsecureCerts": True, "goog:chromeOptions": options}
        self.base = "/session/" + self.call("POST", "/session",
                                            {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.call("GET", "/status")["ready"]
        return False

    def call(self, method: str, path: str, body: dict | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        value = json.loads(answer.read())["value"]
        connection.close()
        if answer.status != 200:
            raise LookupError(value.get("message", ""))
        return value

    def open(self, address: str) -> None:
        self.call("POST", self.base + "/url", {"url": address})

    def allow(self, permission: str) -> None:
        """Grants what the browser would ask the user for."""
        self.call("POST", self.base + "/permissions",
                  {"descriptor": {"name": permission}, "state": "granted"})

    def tab(self) -> str:
        """Opens a new tab and makes it the current one."""
        handle = self.call("POST", self.base + "/window/new", {"type": "tab"})["handle"]
        self.switch(handle)
        return handle

    def switch(self, handle: str) -> None:
        self.call("POST", self.base + "/window", {"handle": handle})

    def handle(self) -> str:
        return self.call("GET", self.base + "/window")

    def element(self, css: str) -> str:
        found = self.call("POST", self.base + "/element", {"using": "css selector", "value": css})
        return f"{self.base}/element/{found[ELEMENT]}"

    def click(self, css: str) -> None:
        self.call("POST", self.element(css) + "/click", {})

    def type(self, css: str, text: str) -> None:
        self.call("POST", self.element(css) + "/value", {"text": text})

    def text(self, css: str = "body") -> str:
        with contextlib.suppress(LookupError):
            return self.call("GET", self.element(css) + "/text")
        return ""

    def address(self) -> str:
        return self.call("GET", self.base + "/url")

    def title(self) -> str:
        return self.call("GET", self.base + "/title")

    def wait_text(self, css: str, part: str) -> None:
        wait_until(lambda: part in self.text(css))

    def close(self) -> None:
        with contextlib.suppress(OSError, LookupError):
            self.call("DELETE", self.base)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        for _ in range(20):  # its helper processes use the folder a moment longer
            shutil.rmtree(self.profile, ignore_errors=True)
            if not os.path.exists(self.profile):
                return
            time.sleep(0.05)
