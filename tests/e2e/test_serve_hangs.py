# SPDX-License-Identifier: MIT
"""serve: no request waits for a portal, proxy, name server or file that hangs."""

from __future__ import annotations

import fcntl
import socket
import threading
import time

import pytest

from conftest import identity, wait_until
from endpoint import AT_ONCE_S, AUTH_FILE, Answer, Endpoint, serve  # noqa: F401
from test_dns import Responder
from namespaces import with_etc

CREDENTIALS = "*GetAwsConsoleTokenUrl"


def test_the_first_request_waits_a_moment(serve, portal):
    portal.faults.add(path=CREDENTIALS, delay_s=0.5, times=1)
    endpoint = serve("--tenant", "dev01")
    answer = endpoint.ask("/", patient=False)
    assert answer.status == 200 or answer.seconds > 0.5  # a slow machine needs longer
    assert endpoint.key()


def test_the_first_request_waits_less_than_a_second(serve, portal):
    """SDKs give up after one second: the answer comes earlier."""
    portal.faults.add(path=CREDENTIALS, delay_s=3, times=1)
    endpoint = serve("--tenant", "dev01")
    answer = endpoint.ask("/", patient=False)
    answer.fails(503, "CredentialsUnavailable", "being fetched")
    assert 0.5 < answer.seconds < 2
    assert endpoint.wait_key()
    assert endpoint.ask("/", patient=False).seconds < AT_ONCE_S


def test_many_first_requests_are_answered_together(serve, portal):
    portal.faults.add(path=CREDENTIALS, delay_s=0.4, times=1)
    endpoint = serve("--tenant", "dev01")
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(endpoint.ask("/")))
               for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.key() for answer in answers}) == 1
    assert len(answers) == 40 and len(portal.log.find(CREDENTIALS)) == 1


def hanging_listener() -> socket.socket:
    """Accepts connections (in the kernel) and never answers."""
    return socket.create_server(("127.0.0.1", 0), backlog=1000)


def hung_portal(serve, portal, tmp_path) -> Endpoint:
    portal.faults.add(hang=True)
    return serve("--tenant", "dev01", "--timeout", "2s")


def hung_handshake(serve, portal, tmp_path) -> Endpoint:
    listener = hanging_listener()
    return serve("--tenant", "dev01", "--timeout", "2s", env={
        "DUPLO_HOST": f"https://127.0.0.1:{listener.getsockname()[1]}"}), listener


def hung_proxy(serve, portal, tmp_path) -> Endpoint:
    listener = hanging_listener()
    return serve("--tenant", "dev01", "--timeout", "2s", env={
        "DUPLO_HOST": "https://portal.test",
        "https_proxy": f"http://127.0.0.1:{listener.getsockname()[1]}"}), listener


@pytest.mark.parametrize("hang", (hung_portal, hung_handshake, hung_proxy))
def test_no_request_waits_while_something_hangs(serve, portal, tmp_path, hang):
    made = hang(serve, portal, tmp_path)
    endpoint = made[0] if isinstance(made, tuple) else made
    endpoint.ask("/", patient=False).fails(503, "CredentialsUnavailable")
    for _ in range(20):  # during the first attempt, and later
        assert endpoint.ask("/healthz", auth=False).seconds < AT_ONCE_S
        assert endpoint.ask("/readyz", auth=False).status == 503
        time.sleep(0.02)
    wait_until(lambda: "profile default: " in endpoint.log)
    answer = endpoint.ask("/", patient=False)  # now the reason is known
    assert "on their way" not in answer.fails(503, "CredentialsUnavailable")
    assert answer.seconds < AT_ONCE_S
    assert endpoint.end().code == 0


def test_a_hung_name_server(run, portal, tmp_path):
    responder = Responder()
    responder.a = responder.aaaa = responder.others = None
    command = with_etc(tmp_path, {"resolv.conf": f"nameserver {responder.address}\n"})
    words = [*command[1:], run.bin, "serve", "--tenant", "dev01", "--listen", "127.0.0.1:0",
             "--auth-token-file", run.home / AUTH_FILE, "--timeout", "3s"]
    run.bin, binary = command[0], run.bin
    process = run.start(*words, env=identity(portal) | {"DUPLO_HOST": "https://portal.test"})
    run.bin = binary
    endpoint = Endpoint(process, run, run.home).wait_listening()
    endpoint.ask("/", patient=False).fails(503, "CredentialsUnavailable")
    for _ in range(30):
        assert endpoint.ask("/healthz", auth=False).seconds < AT_ONCE_S
        time.sleep(0.02)
    wait_until(lambda: "profile default: " in endpoint.log)
    assert "portal.test" in endpoint.ask("/", patient=False).fails(503, "CredentialsUnavailable")
    assert endpoint.end().code == 0
    assert responder.asked
    responder.stop()


def test_a_hung_file(serve, tmp_path):
    """--also-write into a file whose lock another process holds forever."""
    folder = tmp_path / "aws"
    folder.mkdir()
    with open(folder / ".credentials.duplojit-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        endpoint = serve("--tenant", "dev01", "--also-write", folder / "credentials")
        assert endpoint.key()
        for _ in range(20):
            assert endpoint.ask("/", patient=False).seconds < AT_ONCE_S
        assert endpoint.ask("/readyz", auth=False).status == 503
    endpoint.wait_ready()
    assert (folder / "credentials").exists()
