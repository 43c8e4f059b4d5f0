# SPDX-License-Identifier: MIT
"""Name servers that are dead, slow, old or faulty; search lists as Kubernetes writes them.

Each test has its own responder on a loopback address, port 53, and a mount namespace whose
/etc/resolv.conf names it.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import threading
from pathlib import Path

import pytest

from conftest import identity
from namespaces import run_in, with_etc

A, AAAA = 1, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
NAME = "portal.test"
CODES, NAMES_OF_CODES = (SERVFAIL, NXDOMAIN, REFUSED, None), ("SERVFAIL", "NXDOMAIN", "REFUSED",
                                                              "silence")
DOMAINS = ("first.example.test", "second.example.test", "third.example.test")
SEARCH = "prod.svc.cluster.local svc.cluster.local cluster.local internal.example.test"


class Responder:
    """Answers queries for portal.test with 127.0.0.1; `a` and `aaaa` set another answer.

    A code is a DNS error, None is no answer. Other names do not exist.
    """

    def __init__(self, address: str | None = None) -> None:
        self.a: int | None = NOERROR
        self.aaaa: int | None = NOERROR
        self.others: int | None = NXDOMAIN
        self.codes: dict[str, int | None] = {}  # for single names among the others
        self.silent = 0  # so many queries for the A record of portal.test get no answer
        self.truncate = False
        self.delay_s = 0.0
        self.seen: list[tuple[str, int, str]] = []
        self.marked = threading.Event()
        self.stopping = threading.Event()
        self.udp, self.tcp, self.address = self.listen(address)
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    @staticmethod
    def listen(wanted: str | None) -> tuple[socket.socket, socket.socket, str]:
        for _ in range(20):
            address = wanted or f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.53"
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                udp.bind((address, 53))
                tcp = socket.create_server((address, 53))
            except PermissionError:
                pytest.skip("port 53 is not for this user")
            except OSError:
                udp.close()
                continue
            udp.settimeout(0.1)
            tcp.settimeout(0.1)
            return udp, tcp, address
        pytest.skip("port 53 is taken on loopback")

    def stop(self) -> None:
        self.stopping.set()
        self.udp.close()
        self.tcp.close()

    @property
    def asked(self) -> list[tuple[str, int, str]]:
        """Name, type, and "udp" or "tcp" of each query that was sent until now. One may have
        arrived and not been read; an empty datagram comes after it."""
        self.marked.clear()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", (self.address, 53))
        assert self.marked.wait(20), "the responder does not read"
        return self.seen

    def serve_udp(self) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(OSError):
                query, peer = self.udp.recvfrom(4096)
                if not query:
                    self.marked.set()
                    continue
                reply = self.reply(query, "udp")
                if reply is not None and not self.stopping.wait(self.delay_s):
                    self.udp.sendto(reply, peer)

    def serve_tcp(self) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(OSError):
                sock, _ = self.tcp.accept()
                with sock:
                    sock.settimeout(5)
                    (length,) = struct.unpack(">H", sock.recv(2))
                    reply = self.reply(sock.recv(length), "tcp")
                    if reply is not None:
                        sock.sendall(struct.pack(">H", len(reply)) + reply)

    def reply(self, query: bytes, transport: str) -> bytes | None:
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        (kind,) = struct.unpack(">H", query[at + 1:at + 3])
        name = ".".join(labels)
        self.seen.append((name, kind, transport))
        code = (self.codes.get(name, self.others) if name != NAME
                else self.aaaa if kind == AAAA else self.a)
        if name == NAME and kind == A and self.silent > 0:
            self.silent -= 1
            return None
        if code is None:
            return None
        cut = self.truncate and transport == "udp"
        answer = b""
        if code == NOERROR and kind == A and not cut:
            answer = b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 60, 4) + bytes((127, 0, 0, 1))
        flags = 0x8180 | (0x0200 if cut else 0) | code
        return (query[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0) + question
                + answer)


@pytest.fixture
def responder():
    made = Responder()
    yield made
    made.stop()


@pytest.fixture
def second():
    made = Responder()
    yield made
    made.stop()


@pytest.fixture
def fetch(run, portal, responder, tmp_path: Path):
    """Requests credentials from a portal whose name the responder knows."""
    def call(*args, host=NAME, conf="", servers=None, **more):
        lines = "".join(f"nameserver {s}\n" for s in servers or [responder.address])
        prefix = with_etc(tmp_path, {"resolv.conf": conf + lines, "hosts": "127.0.0.1 localhost\n"})
        env = identity(portal, "admin") | {"DUPLO_HOST": portal.url_for(host)} | more
        return run_in(run, prefix, "aws", "--admin", "--no-cache", *args, env=env, limit_s=40)
    return call


def works(done, portal, within_s=5.0):
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])
    assert done.seconds < within_s


def test_a_name(fetch, portal, responder):
    works(fetch(), portal)
    assert {(NAME, A, "udp"), (NAME, AAAA, "udp")} == set(responder.asked)


def test_a_dead_name_server_ends_at_the_deadline(fetch, responder, portal):
    """musl alone would wait 5 s for each name."""
    responder.a = responder.aaaa = None
    done = fetch("--timeout", "1500ms")
    done.fails(5, NAME, "while looking up its name")
    assert 1.4 < done.seconds < 5
    assert portal.log.connections == 0


def test_a_name_server_that_refuses_packets(fetch, portal):
    """Nothing listens on the port of the name server."""
    done = fetch("--timeout", "2s", servers=["127.0.0.255"])
    done.fails(5, NAME)
    assert done.seconds < 6


def test_without_a_name_server(run, portal, tmp_path):
    env = identity(portal, "admin") | {"DUPLO_HOST": portal.url_for("localhost")}
    done = run_in(run, with_etc(tmp_path, {}), "aws", "--admin", env=env)
    works(done, portal)  # curl resolves localhost by itself


@pytest.mark.parametrize("code", (SERVFAIL, NXDOMAIN, REFUSED, None),
                         ids=("SERVFAIL", "NXDOMAIN", "REFUSED", "silence"))
def test_a_failing_aaaa_with_a_good_a(fetch, portal, responder, code):
    responder.aaaa = code
    works(fetch(), portal, within_s=6)


def test_an_unanswered_aaaa_with_a_short_deadline(fetch, portal, responder):
    responder.aaaa = None
    works(fetch("--timeout", "4s"), portal)


def test_a_kubernetes_search_list(fetch, portal, responder):
    works(fetch(conf=f"search {SEARCH}\noptions ndots:5\n"), portal)
    assert (f"{NAME}.{SEARCH.split()[0]}", A, "udp") in responder.asked


def test_a_search_list_longer_than_a_line(fetch, portal, responder):
    long = " ".join(f"team-{i}.prod.svc.cluster.example.test" for i in range(12))
    works(fetch(conf=f"search {long}\noptions ndots:5\n"), portal)


@pytest.mark.parametrize("conf", ("search .\n", "search .\noptions ndots:5\n",
                                  "options attempts:0\n", "options timeout:0 attempts:10\n",
                                  "options edns0 trust-ad\n", "domain cluster.local\n",
                                  "# words\n\n; more\nlookup file bind\n"))
def test_lines_of_resolv_conf(fetch, portal, responder, conf):
    works(fetch(conf=conf), portal)


@pytest.mark.parametrize("servers", (1, 2))
@pytest.mark.parametrize("position", range(3))
@pytest.mark.parametrize("ndots", (1, 5))
@pytest.mark.parametrize("code", CODES, ids=NAMES_OF_CODES)
def test_a_search_domain_that_fails(fetch, portal, responder, second, code, ndots, position,
                                    servers):
    """The other names of the list and the bare name are still asked for, in the same lookup."""
    names = [f"{NAME}.{domain}" for domain in DOMAINS]
    used = [responder, second][:servers]
    for each in used:
        each.codes[names[position]] = code
    conf = f"search {' '.join(DOMAINS)}\noptions ndots:{ndots}\n"
    if code is None:
        conf += "options timeout:1\n"  # less than the limit of the first attempt
    done = fetch(conf=conf, servers=[each.address for each in used])
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])
    for each in used:
        assert {name for name, _, _ in each.asked} == {NAME, *(names if ndots == 5 else ())}
        assert each.asked.count((NAME, A, "udp")) == 1
        assert each.asked.count((names[position], A, "udp")) <= 5  # SERVFAIL is asked again


def test_search_domains_without_an_answer(fetch, portal, responder):
    """Each takes 5 s, more than the first attempt has. The second one has the time for both."""
    names = [f"{NAME}.{domain}" for domain in DOMAINS]
    responder.codes = {names[0]: None, names[1]: None}
    done = fetch(conf=f"search {' '.join(DOMAINS)}\noptions ndots:5\n")
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])
    # The lookup of the first attempt ends, too, in the background.
    assert responder.asked.count((NAME, A, "udp")) in (1, 2)


def test_a_failing_aaaa_of_a_search_domain(fetch, portal, responder):
    """The A record counts: the next names are not asked for."""
    responder.aaaa = SERVFAIL
    fetch(host="portal", conf="search test\noptions ndots:5\n").fails(
        5, "portal: its certificate is for another name")  # so the connection was made
    assert "portal" not in {name for name, _, _ in responder.asked}


@pytest.mark.parametrize("servers", (1, 2))
@pytest.mark.parametrize("ndots", (1, 5))
@pytest.mark.parametrize("code", CODES[:3], ids=NAMES_OF_CODES[:3])
def test_a_name_for_which_every_server_fails(fetch, portal, responder, second, code, ndots,
                                             servers):
    """A few short retries: one lookup of both addresses, then five of the IPv4 address."""
    used = [responder, second][:servers]
    for each in used:
        each.a = each.aaaa = each.others = code
    done = fetch("--timeout", "10m", conf=f"search {' '.join(DOMAINS)}\noptions ndots:{ndots}\n",
                 servers=[each.address for each in used])
    done.fails(5, f"{NAME}: the name cannot be resolved; check DUPLO_HOST")
    for each in used:
        assert {name for name, _, _ in each.asked} == {
            NAME, *(f"{NAME}.{domain}" for domain in DOMAINS if ndots == 5)}
        if code != SERVFAIL:
            assert each.asked.count((NAME, A, "udp")) == 6
            assert each.asked.count((NAME, AAAA, "udp")) == 1
        assert each.asked.count((NAME, A, "udp")) <= 6 * 5  # each is asked again at once


def test_a_server_that_is_listed_twice(fetch, responder):
    responder.a = responder.aaaa = REFUSED
    fetch("--timeout", "10m", servers=[responder.address] * 2).fails(5, "cannot be resolved")
    assert responder.asked.count((NAME, A, "udp")) == 2 * 6


def test_a_name_server_without_an_answer_is_asked_until_the_deadline(fetch, portal, responder):
    """A pod's first seconds: more lookups than after answers. Each of them sends two queries."""
    responder.aaaa, responder.silent = None, 14
    done = fetch("--timeout", "1m", conf="options timeout:1\n")
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])
    assert responder.asked.count((NAME, A, "udp")) == 15


def test_a_trailing_dot(fetch, portal, responder):
    done = fetch(host=f"{NAME}.", conf=f"search {SEARCH}\noptions ndots:5\n")
    assert {name for name, _, _ in responder.asked} == {NAME}
    assert done.code in (0, 5)
    if done.code == 5:
        done.fails(5, "certificate")


def test_a_truncated_answer_is_requested_again_over_tcp(fetch, portal, responder):
    responder.truncate = True
    works(fetch(), portal)
    assert (NAME, A, "tcp") in responder.asked


def test_a_slow_name_server(fetch, portal, responder):
    responder.delay_s = 0.3
    works(fetch(), portal, within_s=6)


def test_a_second_name_server(fetch, portal, responder):
    works(fetch(servers=["127.0.0.255", responder.address]), portal)


def test_a_name_that_does_not_exist(fetch, portal, responder):
    done = fetch(host="no-such-portal.test")
    done.fails(5, "no-such-portal.test: the name cannot be resolved; check DUPLO_HOST and the "
                  "name server, or use --resolve")
    assert done.seconds < 5 and portal.log.connections == 0


@pytest.mark.parametrize("name", ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"))
def test_a_proxy_whose_name_does_not_exist(fetch, portal, canaries, name):
    canaries.append("proxy-canary")
    done = fetch(**{name: "http://me:proxy-canary@proxy.test:3128"})
    done.fails(5, f"{NAME}: the name of the proxy proxy.test cannot be resolved; check {name}\n")
    assert portal.log.connections == 0


def test_a_proxy_whose_name_is_not_looked_up(fetch, responder):
    """libcurl refuses the name before any other step, as when a look-up fails at once."""
    fetch(https_proxy="http://proxy.onion:3128").fails(
        5, f"{NAME}: the name of the proxy proxy.onion cannot be resolved; check https_proxy\n")
    assert responder.asked == []


def test_a_proxy_whose_name_server_is_dead(fetch, responder):
    responder.others = None
    fetch("--timeout", "1s", ALL_PROXY="http://proxy.test:3128").fails(
        5, "while looking up the name of the proxy proxy.test; check ALL_PROXY\n")


def test_resolve_asks_no_name_server(fetch, portal, responder):
    works(fetch("--resolve", f"{NAME}:127.0.0.1"), portal)
    works(fetch("--resolve", f"{NAME}:127.0.0.1", conf=f"search {SEARCH}\n"), portal)
    assert responder.asked == []


def test_addresses_need_no_name_server(fetch, portal, responder):
    works(fetch(host="127.0.0.1"), portal)
    assert responder.asked == []


@pytest.mark.parametrize("code", (SERVFAIL, NXDOMAIN, REFUSED, None),
                         ids=("SERVFAIL", "NXDOMAIN", "REFUSED", "silence"))
@pytest.mark.parametrize("conf", ("", f"search {SEARCH}\noptions ndots:5\n", "search .\n"),
                         ids=("plain", "Kubernetes", "the root"))
def test_waiting_for_a_name_that_appears(fetch, portal, responder, code, conf):
    responder.a = responder.aaaa = code
    timer = threading.Timer(1, lambda: (setattr(responder, "aaaa", NOERROR),
                                        setattr(responder, "a", NOERROR)))
    timer.start()
    done = fetch("--wait", "30s", conf=conf)
    timer.join()
    # Without an answer the wait may last longer than ten seconds; then the note is repeated.
    notes = done.err.count("waiting for the portal")
    assert done.code == 0 and 1 <= notes <= (2 if code is None else 1), done.err
    assert len(done.err.splitlines()) == notes


def test_waiting_for_a_name_server_that_comes_up(fetch, portal, responder):
    """The first packets of a pod are lost or refused."""
    address = responder.address
    responder.stop()
    later: list[Responder] = []
    timer = threading.Timer(1.5, lambda: later.append(Responder(address)))
    timer.start()
    try:
        done = fetch("--wait", "30s")
    finally:
        timer.join()
        for each in later:
            each.stop()
    assert done.code == 0 and done.err.count("waiting for the portal") == 1, done.err
