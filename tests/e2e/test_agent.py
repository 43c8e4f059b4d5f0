# SPDX-License-Identifier: MIT
"""agent: who asks, what they get, what it costs, and attacks. tests/k8s has a real API server."""

from __future__ import annotations

import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent import POLICY, agent  # noqa: F401
from conftest import TESTS, identity, wait_until
from fake_api_server import ApiServer

DOCS = TESTS.parent / "docs"
PEAK_KIB = 16 << 10
REVIEWS_CLIENT, REVIEWS_PER_S = 100, 5  # VERDICTS_CLIENT_BURST, VERDICTS_CLIENT_PER_S


@pytest.fixture
def server(tmp_path):
    with ApiServer(tmp_path / "cluster") as running:
        yield running


def calls(portal) -> int:
    """Requests for credentials at the portal."""
    return len(portal.log.find("*Aws*")) - len(portal.log.find("*features*"))


def issue(portal, answer) -> tuple[str, str | None]:
    found = portal.state.issue_of(answer.key())
    return found.scope, found.tenant


# What a pod gets

def test_pods_of_a_scope_share_credentials(agent, server, portal):
    endpoint = agent(server)
    before = len(portal.log)
    keys = {endpoint.get(server.make_token("duploservices-dev01", name, f"{name}-{i}")).key()
            for name in ("a", "b") for i in range(3)}
    assert len(keys) == 1 and calls(portal) == 1 and len(portal.log) > before
    assert server.count() == 6
    connections = server.counters.connections
    assert connections <= 6


def test_a_token_is_reviewed_once(agent, server):
    """Also if requests come at the same time."""
    endpoint = agent(server)
    token = server.make_token("batch", "worker", "w-1")
    server.behavior.delay_s = 0.3
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: endpoint.get(token).status, range(16)))
    assert statuses == [200] * 16 and server.count(token) == 1
    assert endpoint.get(token).status == 200 and server.count(token) == 1
    assert endpoint.metrics()["duplojit_agent_verdict_hits_total"] >= 1
    assert len(endpoint.audit()) == 1


def test_the_variables_name_the_options(agent, server, portal):
    endpoint = agent(server, POLICY, DUPLO_AUDIENCE="vault", DUPLO_SCOPES_MAX="3")
    token = server.make_token("batch", "worker", audience="vault")
    assert issue(portal, endpoint.get(token)) == ("tenant", "dev02")
    endpoint.get(server.make_token("batch", "worker")).fails(403, "AccessDenied", "wrong audience")


def test_variables_of_files(run, server, portal, tmp_path):
    (tmp_path / "p.yaml").write_text("rules: what\n")
    env = identity(portal) | server.environment | {
        "DUPLO_POLICY": str(tmp_path / "p.yaml"), "DUPLO_SERVICE_ACCOUNT_DIR": str(server.dir),
        "DUPLO_LISTEN": "127.0.0.1:0"}
    run("agent", env=env).fails(6, f"{tmp_path}/p.yaml: line 1")
    run("agent", env=env | {"DUPLO_POLICY": None}).fails(2, "missing --policy FILE")
    run("agent", env=env | {"KUBERNETES_SERVICE_HOST": None}).fails(2, "KUBERNETES_SERVICE_HOST")


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "169.254.170.2:0", "10.0.0.1:0"])
def test_other_addresses_are_refused(run, server, portal, tmp_path, listen):
    (tmp_path / "p.yaml").write_text(POLICY)
    run("agent", "--policy", tmp_path / "p.yaml", "--listen", listen,
        env=identity(portal) | server.environment).fails(2, "other machines can connect")


def test_more_scopes_than_allowed(agent, server, portal):
    """All are in use: the third waits for the API of the first to be idle, so it is told why."""
    endpoint = agent(server, POLICY, "--scopes-max", "2")
    for tenant in ("dev01", "dev02"):
        assert endpoint.get(server.make_token(f"duploservices-{tenant}", "a")).status == 200
    answer = endpoint.get(server.make_token("duploservices-prod01", "a"))
    answer.fails(503, "ServiceUnavailable")


def test_no_profiles_by_name_and_no_end(agent, server):
    endpoint = agent(server)
    token = server.make_token("duploservices-dev01", "a")
    assert endpoint.get(token).status == 200
    endpoint.get(token, path="/p/tenant:dev01").fails(404, "NotFound")
    endpoint.ask("/quit", "POST", auth=token).fails(404, "NotFound")


def test_the_portal_refuses(agent, server):
    endpoint = agent(server, user="user")
    token = server.make_token("ops", "root")
    endpoint.get(token).fails(403, "PortalRefused")


# Restarts and failures

def test_a_restart_asks_the_portal_for_nothing(agent, server, portal):
    """The cache has the credentials."""
    tokens = [server.make_token(f"duploservices-{tenant}", "a") for tenant in ("dev01", "dev02")]
    first = agent(server)
    keys = [first.get(token).key() for token in tokens]
    first.end()
    before = calls(portal)
    second = agent(server)
    assert [second.get(token).key() for token in tokens] == keys and calls(portal) == before == 2


def test_the_api_server_is_away(agent, server):
    """Verdicts in memory count; new tokens are refused, and few requests are tried."""
    endpoint = agent(server)
    token = server.make_token("batch", "worker")
    key = endpoint.get(token).key()
    server.stop()
    other = server.make_token("batch", "worker", "w-2")
    for _ in range(20):
        assert endpoint.get(token).key() == key
        endpoint.get(other).fails(503, "ServiceUnavailable")
    assert endpoint.metrics()['duplojit_agent_reviews_total{result="unavailable"}'] <= 6
    server.start()
    wait_until(lambda: endpoint.get(other).status == 200, 60)


def test_the_api_server_hangs(agent, server):
    """Requests get an answer in time, and the agent serves others meanwhile."""
    endpoint = agent(server)
    token = server.make_token("batch", "worker")
    key = endpoint.get(token).key()
    server.behavior.hangs = True
    other = server.make_token("batch", "worker", "w-2")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(endpoint.get, other)
        assert endpoint.get(token).key() == key
        waiting.result().fails(503, "ServiceUnavailable")
    server.behavior.hangs = False
    wait_until(lambda: endpoint.get(other).status == 200, 60)


def test_the_ca_and_the_token_rotate(agent, server):
    endpoint = agent(server)
    for number in range(3):
        assert endpoint.get(server.make_token("batch", "worker", f"w-{number}")).status == 200
        server.rotate_token()
        server.restart(new_ca=True)


def test_a_revoked_token_within_a_minute(agent, server):
    """The verdict counts: that is the price of few reviews, and documented."""
    endpoint = agent(server)
    token = server.make_token("batch", "worker")
    assert endpoint.get(token).status == 200
    server.revoke(token)
    assert endpoint.get(token).status == 200 and server.count(token) == 1


# Attacks

def test_a_token_of_another_pod(agent, server, portal):
    """Whoever has it gets the other pod's identity, from any address: a token is a secret."""
    endpoint = agent(server)
    token = server.make_token("batch", "worker", "w-1")
    assert issue(portal, endpoint.get(token, "127.0.0.9")) == ("tenant", "dev02")


@pytest.mark.parametrize("headers", [
    {"X-Forwarded-For": "10.1.2.3"}, {"Forwarded": "for=10.1.2.3"}, {"Host": "evil.example"},
    {"Origin": "https://evil.example"}], ids=lambda headers: next(iter(headers)))
def test_requests_of_proxies_and_pages(agent, server, headers):
    endpoint = agent(server)
    endpoint.get(server.make_token("batch", "worker"), headers=headers).fails(403, "Forbidden")
    assert server.count() == 0


def test_tokens_that_are_not_reviewed(agent, server):
    """The API server is asked about none of them."""
    endpoint = agent(server)
    good = server.make_token("batch", "worker")
    for token in ("x", "a.b.c", good[:-1] + "!", good + ".x", "Bearer " + good, "." * 2000,
                  server.make_token("batch", "worker", audience="vault"),
                  server.make_token("batch", "worker", lifetime_s=-5),
                  server.make_legacy_token("batch", "worker")):
        endpoint.get(token).fails(403, "AccessDenied")
    for size in (5000, 9000, 100_000):
        assert endpoint.get("x" * size).status in (400, 403, 413, 431)
    assert server.counters.requests == 0
    assert endpoint.get(good).status == 200


def test_one_token_has_one_text(agent, server):
    """The API server's decoder ignores the last bits of each part, and so accepts 256 texts of a
    token. They must not be reviewed each."""
    endpoint = agent(server)
    good = server.make_token("batch", "worker")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [good[:-1] + letters[letters.index(good[-1]) ^ bits] for bits in range(1, 16)]
    for token in same:
        endpoint.get(token).fails(403, "AccessDenied")
    assert endpoint.get(good).status == 200 and server.count() == 1


def test_a_pod_whose_requests_wait(agent, server, portal):
    """One pod holds as many connections as it can; a pod whose credentials are there is served."""
    endpoint = agent(server)
    good = server.make_token("duploservices-dev01", "a")
    assert endpoint.get(good).status == 200
    portal.faults.add(hang=True)
    token = server.make_token("duploservices-dev02", "a")
    host, port = endpoint.address
    request = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {token}\r\n\r\n".encode()
    held = []
    for number in range(900):
        held.append(socket.create_connection(endpoint.address, source_address=("127.0.0.7", 0)))
        held[-1].send(request)
        if number % 50 == 0:
            assert endpoint.get(good).status == 200
    assert endpoint.get(good).status == 200
    assert endpoint.ask("/healthz", auth=False).status == 200
    for connection in held:
        connection.close()
    portal.faults.clear()


def test_a_pod_that_does_not_read(agent, server, portal):
    """Responses that no client reads have a limit of memory together."""
    for i in range(100):
        portal.state.add_tenant(f"t{i:02d}", "nonprod", "us-west-2")
    endpoint = agent(server)
    good = server.make_token("duploservices-dev01", "a")
    for i in range(100):
        assert endpoint.get_repeated(server.make_token(f"duploservices-t{i:02d}", "a"),
                                     f"127.3.0.{i + 1}").status == 200
    before = endpoint.status_kib("VmRSS")
    size = len(endpoint.ask("/metrics", auth=False).text)
    assert size > 30_000
    host, port = endpoint.address
    held = []
    for _ in range(800):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        connection.connect(endpoint.address)
        connection.send(f"GET /metrics HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode() * 3)
        held.append(connection)
    assert endpoint.get_repeated(good).status == 200
    assert endpoint.status_kib("VmRSS") - before < 28 << 10
    for connection in held:
        connection.close()
    wait_until(lambda: endpoint.ask("/metrics", auth=False).status == 200, 60)


def test_a_flood_of_forged_tokens(agent, server):
    """They look right, so that only the API server can tell: it sees a bounded number, and other
    pods get their credentials meanwhile."""
    endpoint = agent(server)
    forged = [server.make_token("batch", "worker", f"f-{i}", accepted=False) for i in range(1500)]
    begin = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        flood = pool.map(lambda token: endpoint.get(token, "127.0.0.66").status, forged)
        for number in range(20):
            good = server.make_token("batch", "worker", f"w-{number}")
            wait_until(lambda: endpoint.get(good, f"127.0.1.{number + 1}").status == 200, 30)
        statuses = list(flood)
    seconds = time.monotonic() - begin
    assert set(statuses) <= {403, 503} and 503 in statuses
    bad = sum(not review.accepted for review in server.counters.reviews)
    assert bad <= REVIEWS_CLIENT + REVIEWS_PER_S * seconds + 1
    again = server.counters.requests
    assert endpoint.get(forged[0], "127.0.0.66").status == 403  # remembered
    assert server.counters.requests == again
    assert endpoint.status_kib("VmHWM") < PEAK_KIB
    assert len(endpoint.audit()) <= bad + 20 + 10 * (seconds + 2)


def test_slow_clients_do_not_lock_out_pods(agent, server):
    endpoint = agent(server)
    token = server.make_token("batch", "worker")
    slow = [socket.create_connection(endpoint.address) for _ in range(1000)]
    for connection in slow[::2]:
        connection.send(b"GET / HTTP/1.1\r\nAuthor")
    assert endpoint.get(token).status == 200
    for connection in slow:
        connection.close()


# Scale

def test_a_thousand_pods(agent, server, portal, capsys):
    """50 namespaces: the portal is asked once per scope, the API server once per token."""
    scopes = [f"t{i:02d}" for i in range(50)]
    for name in scopes:
        portal.state.add_tenant(name, "nonprod", "us-west-2")
    endpoint = agent(server)
    pods = [(server.make_token(f"duploservices-{scopes[i % 50]}", f"sa{i % 7}", f"pod-{i}"),
             f"127.1.{i // 250}.{i % 250 + 1}") for i in range(1000)]
    keys: dict[str, str] = {}
    begin = time.monotonic()

    def fetch(pod: tuple[str, str]) -> None:
        while True:  # as an SDK: it repeats a request after 5xx
            answer = endpoint.get(*pod)
            if answer.status == 200:
                keys[pod[0]] = answer.key()
                return
            assert answer.status == 503 and time.monotonic() < begin + 120, str(answer)
            time.sleep(0.2)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(fetch, pods))
    assert len(keys) == 1000 and len(set(keys.values())) == 50
    assert calls(portal) == 50
    reviews = server.count()
    assert all(server.count(token) <= 1 + (time.monotonic() - begin) // 60
               for token, _ in pods[::50])
    assert reviews <= 1000 * (1 + (time.monotonic() - begin) // 60)
    assert server.counters.connections < 200
    seconds = []
    for pod in pods:
        seconds.append(endpoint.get(*pod).seconds)
    assert calls(portal) == 50
    assert endpoint.status_kib("VmHWM") < PEAK_KIB
    seconds.sort()
    with capsys.disabled():
        print(f"\nagent: 1000 pods, 50 scopes: {calls(portal)} calls of the portal, "
              f"{reviews} reviews, {server.counters.connections} connections, "
              f"VmHWM {endpoint.status_kib('VmHWM')} KiB, "
              f"warm p50 {seconds[500] * 1000:.1f} ms, p99 {seconds[990] * 1000:.1f} ms")


def test_many_scopes_at_once(agent, server, portal):
    """Their credentials come from at most 8 processes at a time, beside 2 for reviews."""
    for i in range(200):
        portal.state.add_tenant(f"t{i:03d}", "nonprod", "us-west-2")
    portal.faults.add(delay_s=0.02, times=10_000)
    endpoint = agent(server)
    most = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal most
        while not stop.is_set():
            most = max(most, len(endpoint.children()))

    counter = threading.Thread(target=count)
    counter.start()

    def fetch(i: int) -> bool:
        token = server.make_token(f"duploservices-t{i:03d}", "a")
        wait_until(lambda: endpoint.get(token, f"127.2.0.{i + 1}").status == 200, 120)
        return True

    with ThreadPoolExecutor(40) as pool:
        assert all(pool.map(fetch, range(200)))
    stop.set()
    counter.join()
    assert 2 <= most <= 16 + 2  # a child that has reported may not have ended yet
    assert calls(portal) == 200


def test_metrics_have_every_reason(agent, server):
    endpoint = agent(server)
    endpoint.get(None)
    endpoint.wait_ready()
    text = endpoint.ask("/metrics", auth=False).text
    reasons = re.findall(r'duplojit_agent_refusals_total\{reason="([^"]+)"\} (\d+)', text)
    assert ("no token", "1") in reasons and len(reasons) > 8
    assert "duplojit_request_duration_seconds_count 1\n" in text


def test_the_metrics_of_the_documents(agent, server):
    """The guide, the dashboard and the alerts use no other names."""
    text = agent(server).ask("/metrics", auth=False).text
    known = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    for name in ("agent.md", "grafana-agent.json", "agent-alerts.yaml"):
        used = set(re.findall(r"duplojit_\w+", (DOCS / name).read_text()))
        assert {re.sub("_(bucket|sum|count)$", "", each) for each in used} <= known, name
