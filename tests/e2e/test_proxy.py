# SPDX-License-Identifier: MIT
"""A real proxy (tinyproxy) between the binary and the portal.

Loopback is never proxied, so the portal has the name portal.test here, which is only in the proxy's
/etc/hosts: every request that reaches the portal by that name went through the proxy.
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from conftest import identity, unused_port, wait_until
from namespaces import with_etc

CONFIG = """Port 3128
Listen {address}
Timeout 30
LogFile "{log}"
LogLevel Connect
MaxClients 20
"""
VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")  # the first set one counts
SECRET = "p@ss:w/rd%&"  # must be percent-encoded in a URL


@dataclass
class Proxy:
    address: str
    log: Path

    def url(self, credentials: str = "", scheme: str = "http://") -> str:
        return f"{scheme}{credentials}{self.address}:3128"

    def connects(self) -> int:
        return len(re.findall(r"CONNECT portal\.test:\d+ HTTP/1\.1", self.log.read_text()))


@pytest.fixture
def start_proxy(tmp_path):
    """Starts tinyproxy with additional configuration lines, and stops it after the test."""
    tool = shutil.which("tinyproxy", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if tool is None:
        pytest.skip("tinyproxy is not installed")
    started: list[subprocess.Popen] = []

    def start(*lines: str) -> Proxy:
        address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.28"  # of this test alone
        proxy, config = Proxy(address, tmp_path / "proxy.log"), tmp_path / "proxy.conf"
        config.write_text(CONFIG.format(address=address, log=proxy.log) + "\n".join(lines) + "\n")
        prefix = with_etc(tmp_path, {"hosts": "127.0.0.1 localhost portal.test\n"})
        started.append(subprocess.Popen([*prefix, tool, "-d", "-c", str(config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True))
        wait_until(lambda: answers(address))
        return proxy

    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, 3128)) == 0


@pytest.fixture
def fetch(run, portal):
    """Requests an administrator's credentials from portal.test, which only the proxy resolves."""
    def call(*args, host="portal.test", **env):
        own = {"DUPLO_HOST": portal.url_for(host), "DUPLO_TIMEOUT": "10s"}
        return run("aws", "--admin", "--no-cache", *args,
                   env=identity(portal, "admin") | own | env)
    return call


def works(done, portal):
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])


@pytest.mark.parametrize("name", VARIABLES)
def test_the_variables_name_the_proxy(start_proxy, fetch, portal, name):
    proxy = start_proxy()
    works(fetch(**{name: proxy.url()}), portal)
    assert proxy.connects() == 1


def test_a_proxy_without_a_scheme(start_proxy, fetch, portal):
    proxy = start_proxy()
    works(fetch(HTTPS_PROXY=proxy.url(scheme="")), portal)
    assert proxy.connects() == 1


def test_the_token_is_sent_only_through_the_tunnel(start_proxy, fetch, portal):
    """TLS is between the binary and the portal: the proxy cannot read it."""
    proxy = start_proxy()
    works(fetch(HTTPS_PROXY=proxy.url()), portal)
    assert portal.log[0].tls == "TLSv1.3" and portal.log[0].headers["host"].startswith(
        "portal.test:")
    assert portal.token("admin") not in proxy.log.read_text()
    fetch(HTTPS_PROXY=proxy.url(), DUPLO_CA_FILE=str(portal.certs.pair("self-signed").cert)).fails(
        5, "not trusted")


def test_credentials(start_proxy, fetch, portal):
    proxy = start_proxy("BasicAuth robot simple")
    works(fetch(HTTPS_PROXY=proxy.url("robot:simple@")), portal)
    assert proxy.connects() == 1


def test_credentials_with_percent_encoding(start_proxy, fetch, portal):
    proxy = start_proxy("BasicAuth ro.bot simple")
    works(fetch(HTTPS_PROXY=proxy.url("ro%2ebot:%73imple@")), portal)


def test_credentials_of_any_bytes(fetch):
    """tinyproxy cannot be configured with them, so the test checks the request that is sent."""
    heads: list[bytes] = []

    def refuse(listener: socket.socket) -> None:
        sock, _ = listener.accept()
        with sock:
            sock.settimeout(5)
            heads.append(sock.recv(8192))
            sock.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=refuse, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        fetch(HTTPS_PROXY=f"http://{quote('ro bot')}:{quote(SECRET, safe='')}@127.0.0.1:{port}"
              ).fails(5, "the proxy 127.0.0.1 rejects the connection (407); "
                       "check the user name and password in HTTPS_PROXY")
        thread.join(10)
    sent = re.search(rb"Proxy-Authorization: Basic (\S+)\r\n", heads[0])[1]
    assert base64.b64decode(sent) == f"ro bot:{SECRET}".encode()
    assert heads[0].startswith(b"CONNECT portal.test:") and b"Bearer" not in heads[0]


@pytest.mark.parametrize("credentials", ("", "robot:wrong-canary@", "wrong-canary:simple@"))
def test_wrong_credentials(start_proxy, fetch, portal, canaries, credentials):
    proxy = start_proxy("BasicAuth robot simple")
    canaries += ["wrong-canary", "cm9ib3Q6"]  # and in base64
    assert fetch("--debug", HTTPS_PROXY=proxy.url(credentials)).code == 5
    line = fetch(HTTPS_PROXY=proxy.url(credentials)).fails(
        5, f"the proxy {proxy.address} rejects the connection",
        "check the user name and password in HTTPS_PROXY")
    # tinyproxy answers 407 without credentials and 401 with wrong ones.
    assert ("401" if credentials else "407") in line
    assert portal.log.connections == 0


def test_a_proxy_that_refuses(start_proxy, fetch, portal):
    proxy = start_proxy("ConnectPort 9")
    fetch(HTTPS_PROXY=proxy.url()).fails(
        5, f"the proxy {proxy.address} rejects the connection (403); check HTTPS_PROXY")


def test_a_proxy_that_does_not_reach_the_portal(start_proxy, fetch, portal):
    proxy = start_proxy()
    fetch(host="nowhere.test", HTTPS_PROXY=proxy.url(), DUPLO_TIMEOUT="2s").fails(
        5, f"nowhere.test: the proxy {proxy.address} rejects the connection (50")


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("scheme", ("http://", "socks5h://"))
def test_a_proxy_that_does_not_run(fetch, canaries, name, scheme):
    canaries += ["user-canary", "canary-word"]
    fetch(**{name: f"{scheme}user-canary:canary-word@127.0.0.1:{unused_port()}"}).fails(
        5, f"cannot connect to the proxy 127.0.0.1: Connection refused; check {name}")


@pytest.mark.parametrize("name", VARIABLES)
def test_a_proxy_with_an_unknown_scheme(fetch, canaries, name):
    canaries += ["user-canary", "canary-word"]
    fetch(**{name: "nonsense://user-canary:canary-word@127.0.0.1:1"}).fails(
        5, f"cannot use the proxy 127.0.0.1; check {name}")


@pytest.mark.parametrize("url", ("http://", "http://user-canary:canary-word@:1",
                                 "http://user-canary:canary/word@proxy.test:3128"))
def test_a_variable_that_is_not_a_url(fetch, canaries, url):
    canaries += ["user-canary", "canary-word", "canary/word"]
    fetch(all_proxy=url).fails(5, "portal.test: all_proxy is not the URL of a proxy\n")


def test_the_variable_that_was_used_is_named(fetch):
    """The first that is not empty counts, in this order."""
    given = {name: f"http://127.0.0.{i}:{unused_port()}" for i, name in enumerate(VARIABLES, 1)}
    for i, name in enumerate(VARIABLES, 1):
        fetch(**given).fails(5, f"the proxy 127.0.0.{i}: Connection refused; check {name}\n")
        given[name] = ""


def test_a_proxy_that_hangs(fetch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fetch("--timeout", "1s", ALL_PROXY=f"http://127.0.0.1:{listener.getsockname()[1]}").fails(
            5, " through the proxy 127.0.0.1; check ALL_PROXY")


@pytest.mark.parametrize("name", ("NO_PROXY", "no_proxy"))
@pytest.mark.parametrize("value", ("portal.test", ".test", "other.test, portal.test", "*"))
def test_hosts_without_proxy(start_proxy, fetch, portal, name, value):
    """--resolve makes the name known, so that the portal can be reached without the proxy."""
    proxy = start_proxy()
    args = ("--resolve", "portal.test:127.0.0.1")
    works(fetch(*args, HTTPS_PROXY=proxy.url(), **{name: value}), portal)
    assert proxy.connects() == 0
    works(fetch(*args, HTTPS_PROXY=proxy.url(), **{name: "elsewhere.test"}), portal)
    assert proxy.connects() == 1


@pytest.mark.parametrize("host", ("127.0.0.1", "localhost", "[::1]"))
def test_loopback_is_never_proxied(start_proxy, fetch, portal, host):
    if host == "[::1]" and not portal.has_ipv6:
        pytest.skip("no IPv6 on this machine's loopback")
    proxy = start_proxy()
    works(fetch(host=host, HTTPS_PROXY=proxy.url(), ALL_PROXY=proxy.url()), portal)
    assert "CONNECT" not in re.sub(r"\[\w+\]|CONNECT {3}", "", proxy.log.read_text())


def test_an_empty_variable_means_no_proxy(fetch, portal):
    works(fetch("--resolve", "portal.test:127.0.0.1", HTTPS_PROXY="", https_proxy=""), portal)


def test_retries_through_the_proxy(start_proxy, fetch, portal):
    proxy = start_proxy()
    portal.faults.add(status=503, times=1)
    works(fetch(HTTPS_PROXY=proxy.url()), portal)
    portal.faults.add(stage="connect", reset_at=0, times=1)
    works(fetch(HTTPS_PROXY=proxy.url()), portal)
