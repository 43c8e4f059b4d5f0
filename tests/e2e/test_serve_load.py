# SPDX-License-Identifier: MIT
"""serve: many clients, misbehaving clients, and a long run. The tests assert counts and memory;
times are only printed (`pytest -s`), because they depend on the machine.
"""

from __future__ import annotations

import http.client
import json
import random
import resource
import select
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import BIN, TESTS, wait_until
from endpoint import Endpoint, serve  # noqa: F401
from strace import find_strace
from test_cost_limits import compiler

CREDENTIALS = "*GetAwsConsoleTokenUrl"
CONNECTIONS = 512
REQUESTS = 10_000
CROWD = 10_000
DAY_HOURS = 24
MEMORY_KIB = 8192
PROFILES, PROFILE_KIB = 1_000, 10
PROCESSES = 16  # that renew at the same time, or have just ended
LONG_S = 300
DESCRIPTORS_ELSE = 32  # in addition to connections: 12 at the time of writing
SDK_PATIENCE_US = 1_000_000  # the shortest timeout of an SDK


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """`load(endpoint, connections, at_once)` returns the counts of load.c."""
    program = tmp_path_factory.mktemp("tools") / "load"
    subprocess.run([*compiler(), "-o", program, TESTS / "e2e/load.c"], check=True, timeout=60)

    def call(endpoint: Endpoint, connections: int, at_once: int) -> dict[str, int]:
        request = (f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
                   f"Authorization: {endpoint.auth}\r\n\r\n").encode()
        words = [program, endpoint.port, connections, at_once, REQUESTS]
        found = json.loads(subprocess.run(map(str, words), input=request, stdout=subprocess.PIPE,
                                          check=True, timeout=120).stdout)
        print(f"\n{connections} connections, {at_once} at once: {found}, "
              f"VmHWM {endpoint.status_kib('VmHWM')} KiB")
        return found
    return call


@pytest.fixture
def many_descriptors():
    """Raises the limit of descriptors. Yields how many clients that allows."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield min(CROWD, before[1] - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def hang(portal, endpoint: Endpoint) -> None:
    """Makes the portal hang, and starts a renewal that waits for it."""
    fault = portal.faults.add(hang=True)
    endpoint.kill(signal.SIGHUP)
    wait_until(lambda: fault.hits > 0)
    assert endpoint.children()


def is_lean(endpoint: Endpoint) -> None:
    assert endpoint.descriptors() <= CONNECTIONS + DESCRIPTORS_ELSE
    if "asan" not in BIN.name:
        assert endpoint.status_kib("VmHWM") < MEMORY_KIB


@pytest.mark.parametrize("at_once", (32, CONNECTIONS))
def test_ten_thousand_requests_while_the_portal_hangs(serve, portal, load, at_once):
    """With the largest number of connections, none of which is closed."""
    endpoint = serve("--tenant", "dev01").wait_ready()
    hang(portal, endpoint)
    found = load(endpoint, CONNECTIONS, at_once)
    assert (found["good"], found["bad"]) == (REQUESTS, 0)
    if at_once < CONNECTIONS:  # if all come at once, they wait for each other
        assert found["p99_us"] < SDK_PATIENCE_US
    assert endpoint.metrics()["duplojit_connections_evicted_total"] == 0
    assert len(portal.log.find(CREDENTIALS)) == 2  # the first one, and the one that hangs
    is_lean(endpoint)


def test_one_client_above_the_limit_evicts_one(serve, load):
    endpoint = serve("--tenant", "dev01").wait_ready()
    found = load(endpoint, CONNECTIONS + 1, 32)
    assert found["good"] + found["bad"] == REQUESTS and found["bad"] <= 1
    assert endpoint.metrics()["duplojit_connections_evicted_total"] == 1


def test_ends_under_load(serve):
    """SIGTERM while clients send requests: every answer is complete."""
    endpoint = serve("--tenant", "dev01").wait_ready()
    whole, torn = [], []

    def client() -> None:
        while True:
            try:
                whole.append(endpoint.ask("/", timeout=5).key())
            except (ConnectionError, TimeoutError):
                return  # the connection ended before an answer
            except Exception as error:  # http.client's exceptions for a truncated answer
                if type(error).__name__ != "RemoteDisconnected":
                    torn.append(repr(error))
                return

    threads = [threading.Thread(target=client) for _ in range(16)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(whole) > 100)
    result = endpoint.end()
    for thread in threads:
        thread.join(timeout=20)
    assert (result.code, torn) == (0, [])


class Crowd:
    """Clients that never send a request. Evicted ones are replaced, up to a limit."""

    BEGINNINGS = (b"", b"G", b"GET / HTTP/1.1\r\nHost: 127", b"GET / HTTP/1.1\r\nX: " + b"y" * 500)

    def __init__(self, endpoint: Endpoint, count: int):
        self.endpoint, self.count = endpoint, count
        self.clients: dict[int, socket.socket] = {}
        self.poll = select.epoll()
        self.came = 0

    def add(self) -> None:
        """Adds a client without waiting: the backlog may be full."""
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(self.endpoint.address)
        self.clients[client.fileno()] = client
        self.poll.register(client, select.EPOLLIN | select.EPOLLHUP | select.EPOLLONESHOT)
        self.came += 1

    def begin(self, client: socket.socket, text: bytes) -> None:
        try:
            client.send(text)
        except OSError:
            pass  # not connected yet, or closed

    def gather(self, some: int) -> None:
        for _ in range(min(some, self.count - len(self.clients))):
            self.add()

    def dribble(self, rolls: random.Random, some: int) -> None:
        for client in rolls.sample(list(self.clients.values()), min(some, len(self.clients))):
            self.begin(client, rolls.choice(self.BEGINNINGS) or b"x")

    def replace_evicted(self) -> None:
        for fd, _ in self.poll.poll(0, 2000):
            self.clients.pop(fd).close()

    def leave(self) -> None:
        for client in self.clients.values():
            client.close()
        self.poll.close()


def test_a_crowd_of_idle_clients_blocks_no_request(serve, portal, many_descriptors):
    """10,000 silent, half-open and slow clients, and one that sends requests."""
    endpoint = serve("--tenant", "dev01").wait_ready()
    key = endpoint.key()
    hang(portal, endpoint)
    rolls = random.Random(20260102)
    crowd = Crowd(endpoint, many_descriptors)
    took = []
    try:
        for _ in range(100):
            crowd.gather(many_descriptors // 50)
            crowd.dribble(rolls, 300)
            answer = endpoint.ask("/")
            assert answer.key() == key
            took.append(answer.seconds)
            crowd.replace_evicted()
        assert crowd.came >= many_descriptors
        assert endpoint.ask("/healthz", auth=False).status == 200
        is_lean(endpoint)
        print(f"\n{crowd.came} came, {len(crowd.clients)} at the end; honest answers took "
              f"{1000 * sorted(took)[50]:.1f} ms, at most {1000 * max(took):.1f} ms; "
              f"VmHWM {endpoint.status_kib('VmHWM')} KiB")
    finally:
        crowd.leave()
    wait_until(lambda: endpoint.metrics()["duplojit_connections"] == 1)


# A long life. The schedule of days is test_profile_set.c's, with a clock of its own.

def settled(endpoint: Endpoint, profiles: int, finished: int) -> bool:
    found = endpoint.metrics()
    return endpoint.children() == [] and sum(
        value for name, value in found.items()
        if name.startswith(("duplojit_renewals_total{", "duplojit_renewal_failures_total{"))
    ) >= profiles * finished


def quiet_descriptors(endpoint: Endpoint) -> int:
    """The descriptors without the connection of the last client, which may close in a moment."""
    seen = []
    for _ in range(100):
        seen.append(endpoint.descriptors())
        time.sleep(0.01)
    return min(seen)


def test_days_of_renewals_leave_nothing_behind(serve, portal, tmp_path, canaries):
    """48 hours with a renewal in each, with outages, invalid answers and new tokens: valid
    credentials at all times, and no leak of descriptors, processes or memory on the second day."""
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    profiles = ("/", "/p/b", "/p/c")
    endpoint = serve("--tenant", "dev01", "--profile=b=tenant:dev02", "--profile=c=tenant:dev01",
                     "--timeout", "500ms", "--token-file", token, "--also-write", tmp_path / "aws",
                     env={"DUPLO_TOKEN": None}).wait_ready()
    kinds = [None, None, {"status": 503}, {"body": "<html>"}, {"reset_at": 10}, {"body": []},
             {"truncate_at": 200}, {"status": 401}, {"hang": True}]
    rolls = random.Random(20260103)
    descriptors = memory = 0
    for hour in range(1, 2 * DAY_HOURS + 1):
        portal.faults.clear()
        fault = rolls.choice(kinds)
        if fault is not None:
            portal.faults.add(**fault)
        elif rolls.random() < 0.5:
            canaries.append(portal.token())
            token.write_text(portal.state.rotate("user"))
        endpoint.kill(signal.SIGHUP)
        wait_until(lambda: settled(endpoint, len(profiles), hour + 1))
        for path in profiles:
            issue = portal.state.issue_of(endpoint.key(path))
            assert issue.time + issue.validity > time.time()
        if hour == DAY_HOURS:  # by now it has allocated what it keeps
            descriptors, memory = quiet_descriptors(endpoint), endpoint.status_kib("VmData")
    assert quiet_descriptors(endpoint) == descriptors <= DESCRIPTORS_ELSE
    if "asan" not in BIN.name:
        assert endpoint.status_kib("VmData") <= memory + 64
    assert len(portal.state.issued) > DAY_HOURS


def test_a_thousand_profiles(serve, portal):
    """A limited number of processes gets the credentials of each, also if all are due at once."""
    profiles = {f"p{i:03d}": portal.state.add_tenant(f"t{i:03d}", "p", "us-west-2")
                for i in range(PROFILES)}
    endpoint = serve(*(f"--profile={name}=tenant-id:{tenant.id}"
                       for name, tenant in profiles.items()), user="admin")
    most = 0

    def requested(count: int) -> bool:
        nonlocal most
        most = max(most, len(endpoint.children()))
        return len(portal.log.find(CREDENTIALS)) >= count
    wait_until(lambda: requested(PROFILES), LONG_S)
    wait_until(lambda: settled(endpoint, PROFILES, 1), LONG_S)
    assert len(portal.log.find(CREDENTIALS)) == PROFILES
    assert endpoint.ask("/readyz", auth=False).status == 200
    for name, tenant in profiles.items():
        assert portal.state.issue_of(endpoint.key(f"/p/{name}")).tenant == tenant.name
    endpoint.kill(signal.SIGHUP)
    wait_until(lambda: requested(PROFILES + PROFILES // 2), LONG_S)
    print(f"\n{most} processes, VmHWM {endpoint.status_kib('VmHWM')} KiB")
    assert 1 < most <= PROCESSES
    assert endpoint.descriptors() <= DESCRIPTORS_ELSE
    if "asan" not in BIN.name:
        assert endpoint.status_kib("VmHWM") < MEMORY_KIB + PROFILES * PROFILE_KIB


def test_scopes_that_hang_do_not_delay_others(serve, portal):
    """500 profiles are due at once, and the portal does not respond for each tenth. The others get
    their credentials, and the profile that a client waits for comes before those."""
    tenants = [portal.state.add_tenant(f"t{i:03d}", "p", "us-west-2") for i in range(500)]
    for tenant in tenants[::10]:
        portal.faults.add(path=f"*{tenant.id}*", hang=True)
    endpoint = serve(*(f"--profile={tenant.name}=tenant-id:{tenant.id}" for tenant in tenants),
                     "--timeout=2s", user="admin")
    endpoint.wait_key(path=f"/p/{tenants[-1].name}", limit_s=LONG_S)
    issued = [issue.tenant for issue in list(portal.state.issued)]
    assert issued.index(tenants[-1].name) < len(tenants) // 2
    most = 0

    def served() -> set[str]:
        nonlocal most
        most = max(most, len(endpoint.children()))
        return {issue.tenant for issue in list(portal.state.issued)}
    wait_until(lambda: len(served()) == 450, LONG_S)
    assert served() == {tenant.name for i, tenant in enumerate(tenants) if i % 10 != 0}
    assert 1 < most <= PROCESSES
    wait_until(lambda: endpoint.ask("/readyz", auth=False).text.count("not ready") == 50, LONG_S)
    assert endpoint.ask(f"/p/{tenants[0].name}").status == 503


def test_one_clock_reading_per_request(serve, run, tmp_path):
    """A request on a connection that is open wakes the server once."""
    tool = find_strace()
    trace, script, count = tmp_path / "trace", tmp_path / "duplojit", 200
    script.write_text(f"#!/bin/sh\nexec {tool} -D -qq -o {trace} -e trace=clock_gettime,poll "
                      f'{run.bin} "$@"\n')
    script.chmod(0o755)
    run.bin = script
    endpoint = serve("--tenant", "dev01").wait_ready()
    connection = http.client.HTTPConnection(*endpoint.address)
    begin = trace.read_text().count("clock_gettime(")
    for _ in range(count):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
    reads = trace.read_text().count("clock_gettime(") - begin
    connection.close()
    assert reads <= count * 1.1
