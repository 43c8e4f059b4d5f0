# SPDX-License-Identifier: MIT
"""The network: deadlines, retries, broken connections, invalid answers, and redirects.

Every run has a limit far above its deadline, so that a hang fails the test.
"""

from __future__ import annotations

import json
import re
import socket
import threading

import pytest

from conftest import identity
from portal import Portal

CREDENTIALS = "*/GetAwsConsoleTokenUrl"


@pytest.fixture
def fetch(ask, portal):
    """Requests credentials by the tenant's ID: one request, without the cache."""
    def call(*args, **more):
        return ask("aws", "--tenant-id", portal.state.tenants["dev01"].id, "--no-cache", *args,
                   **more)
    return call


def key_of(result) -> str:
    return json.loads(result.ok())["AccessKeyId"]


# Deadlines

HANGS = {
    "no answer": dict(hang=True),
    "no handshake": dict(stage="connect", hang=True),
    "a slow answer": dict(delay_s=30),
    "a dribble in the head": dict(drip_s=0.05),
    "a dribble in the body": dict(drip_s=0.02, status=200, body="{}", pad_to=5000),
}


@pytest.mark.parametrize("fault", HANGS.values(), ids=HANGS)
def test_the_deadline_holds(portal, fetch, fault):
    portal.faults.add(**fault)
    done = fetch("--timeout", "1200ms", limit_s=20)
    done.fails(5, "127.0.0.1: timed out after")
    assert 1.1 < done.seconds < 15, "without the option it would be 20 s"


def test_the_deadline_applies_to_all_requests_of_a_command(portal, ask):
    portal.faults.add(path="/admin/GetTenantsForUser", delay_s=0.8)
    portal.faults.add(path=CREDENTIALS, hang=True)
    done = ask("aws", "--tenant", "dev01", "--timeout", "1500ms", limit_s=20)
    done.fails(5, "while waiting for the response")
    assert 1.4 < done.seconds < 15


def test_the_message_names_the_step_that_timed_out(portal, fetch):
    portal.faults.add(hang=True)
    fetch("--timeout", "3s").fails(5, "while waiting for the response")
    portal.faults.clear()
    portal.faults.add(stage="connect", hang=True)
    fetch("--timeout", "3s").fails(5, "during the TLS handshake")


def test_a_refused_connection(run, fetch, portal):
    with socket.socket() as server:  # bound, so that no other test gets the port
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        fetch(env={"DUPLO_HOST": f"https://127.0.0.1:{port}"}).fails(
            5, f"127.0.0.1: cannot connect to port {port}: Connection refused; check DUPLO_HOST")


def test_the_message_counts_the_time_of_all_attempts(portal, fetch):
    """The second attempt has only the rest of the time, here a tenth."""
    portal.faults.add(delay_s=0.9, status=503, times=1)
    portal.faults.add(hang=True)
    message = fetch("--timeout", "1500ms").fails(5, "while waiting for the response")
    assert float(re.search(r"timed out after ([0-9.]+) s", message)[1]) >= 1.4


# Retries

@pytest.mark.parametrize("status", (429, 502, 503, 504))
def test_retries_temporary_errors(portal, fetch, status):
    portal.faults.add(path=CREDENTIALS, status=status, times=2)
    assert portal.state.issue_of(key_of(fetch()))
    assert [r.status for r in portal.log] == [status, status, 200]


@pytest.mark.parametrize("status", (429, 502, 503, 504))
def test_retries_end(portal, fetch, status):
    portal.faults.add(path=CREDENTIALS, status=status)
    fetch(limit_s=30).fails(5, str(status))
    assert len(portal.log) == 5


@pytest.mark.parametrize("status, code", ((400, 4), (401, 3), (403, 3), (404, 4), (500, 5),
                                          (501, 5)))
def test_does_not_retry_permanent_errors(portal, fetch, status, code):
    portal.faults.add(path=CREDENTIALS, status=status, body={"Message": "No."})
    fetch().fails(code, "No")
    assert len(portal.log) == 1


def test_retry_after_is_honoured(portal, fetch):
    portal.faults.add(status=503, retry_after=1, times=1)
    key_of(fetch())
    first, second = portal.log
    assert second.time - first.time >= 0.95


def test_retry_after_as_a_date(portal, fetch):
    portal.faults.add(status=429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT", times=1)
    key_of(fetch())
    assert [r.status for r in portal.log] == [429, 200]


def test_a_retry_after_later_than_the_deadline(portal, fetch):
    portal.faults.add(status=503, retry_after=60)
    fetch("--timeout", "3s").fails(5, "503")
    assert len(portal.log) == 1


# Broken connections

def cold(run, portal, *args):
    return run("aws", "--tenant-id", portal.state.tenants["dev01"].id, "--no-cache", *args,
               env=identity(portal))


@pytest.mark.parametrize("how", ("reset_at", "truncate_at"))
def test_a_connection_that_breaks_is_tried_again(run, portal, how):
    """It breaks during the handshake: the offsets count bytes on the wire."""
    for offset in (0, 1, 5, 6, 40, 130, 200, 400, 700):
        portal.log.clear()
        fault = portal.faults.add(stage="connect", times=1, **{how: offset})
        assert portal.state.issue_of(key_of(cold(run, portal))), offset
        assert fault.hits == 1 and portal.log.connections == 2


@pytest.mark.parametrize("framing", ("length", "chunked"))
@pytest.mark.parametrize("how", ("reset_at", "truncate_at"))
def test_a_truncated_answer_is_requested_again(run, portal, how, framing):
    """Before the response, in the status line, the headers and the body, and at its end."""
    for offset in (0, 1, 9, 17, 60, 160, 240, 260, 600, 1000):
        portal.log.clear()
        portal.faults.add(times=1, framing=framing, **{how: offset})
        assert portal.state.issue_of(key_of(cold(run, portal))), offset
        assert [r.path for r in portal.log] == [portal.log[0].path] * 2


def test_an_answer_that_is_always_truncated(portal, fetch):
    portal.faults.add(truncate_at=400)
    fetch().fails(5, "127.0.0.1: the connection broke while receiving")
    assert len(portal.log) == 5
    portal.faults.clear()
    portal.faults.add(stage="connect", truncate_at=300)
    fetch().fails(5, "127.0.0.1: the server closed the connection during the TLS "
                      "handshake")


def test_without_tls_a_truncated_answer_is_detected_by_its_length(run):
    with Portal(plain=True) as portal:
        portal.faults.add(truncate_at=400)
        cold(run, portal).fails(5, "closed the connection in the middle of the response")
        portal.faults.clear()
        portal.faults.add(truncate_at=0)
        cold(run, portal).fails(5, "closed the connection without a response")


def test_a_body_that_ends_with_the_connection(run, portal):
    """Without a TLS close notification, an attacker may have truncated the answer."""
    portal.faults.add(framing="close")
    cold(run, portal).fails(5, "the connection broke while receiving the response")
    with Portal(plain=True) as plain:
        plain.faults.add(framing="close")
        assert plain.state.issue_of(key_of(cold(run, plain)))


# --wait

def test_waits_for_a_portal_that_starts_later(run, portal):
    env, tenant, port = identity(portal), portal.state.tenants["dev01"].id, portal.port
    state = portal.state
    portal.stop()
    process = run.start("aws", "--tenant-id", tenant, "--wait", "40s", env=env)
    later: list[Portal] = []
    timer = threading.Timer(2, lambda: later.append(Portal(state, port=port)))
    timer.start()
    try:
        done = run.ended(process)
    finally:
        timer.join()
        for each in later:
            each.stop()
    assert done.code == 0, done.err
    assert state.issue_of(json.loads(done.out)["AccessKeyId"])
    assert len(done.err.splitlines()) == 1
    assert "waiting for the portal" in done.err and "cannot connect" in done.err


def test_waiting_treats_any_server_error_as_temporary(portal, fetch):
    portal.faults.add(status=500, times=3)
    done = fetch("--wait", "30s")
    assert done.code == 0 and len(portal.log) == 4
    assert done.err.count("waiting for the portal") == 1 and "500" in done.err


def test_waiting_ends_after_a_refusal(portal, fetch):
    done = fetch("--wait", "30s", env={"DUPLO_TOKEN": "not-a-token-of-anyone"})
    done.fails(3)
    assert len(portal.log) == 1


def test_waiting_ends_after_its_time(portal, fetch):
    portal.faults.add(status=503)
    done = fetch("--wait", "1500ms", "--timeout", "1s", limit_s=20)
    assert done.code == 5 and done.out == ""
    lines = done.err.splitlines()
    assert len(lines) == 2 and "waiting" in lines[0] and "503" in lines[1]


def test_a_wait_shorter_than_the_timeout(portal, fetch):
    """It does not last for the 20 seconds of the timeout, which allow eight requests or more."""
    portal.faults.add(status=503)
    done = fetch("--wait", "1s", limit_s=40)
    assert done.code == 5 and len(done.err.splitlines()) == 2
    assert len(portal.log) <= 6


# Answers

def test_the_limit_of_one_mebibyte(portal, fetch):
    portal.faults.add(pad_to=1 << 20, times=1)
    assert portal.state.issue_of(key_of(fetch()))
    for framing in ("length", "chunked", "close"):
        portal.log.clear()
        portal.faults.add(pad_to=(1 << 20) + 1, times=1, framing=framing)
        fetch().fails(5, "larger than 1 MiB")
        assert len(portal.log) == 1  # no second request


def test_a_body_without_end(portal, fetch):
    portal.faults.add(pad_to=64 << 20, framing="chunked")
    done = fetch(limit_s=20)
    done.fails(5, "larger than 1 MiB")


@pytest.mark.parametrize("status", (301, 302, 303, 307, 308))
def test_a_redirect_is_never_followed(portal, fetch, status):
    with Portal() as elsewhere:
        portal.faults.add(status=status, redirect=elsewhere.url + "/v3/features/system")
        assert fetch().code in (4, 5)
        assert elsewhere.log.connections == 0
    assert len(portal.log) == 1


def test_a_redirect_to_the_portal_itself_is_not_followed_either(portal, fetch):
    portal.faults.add(redirect=portal.url + "/v3/features/system", times=1)
    line = fetch().fails(5)
    assert "302" in line and len(portal.log) == 1


WRONG = {
    "empty": dict(status=200, body=""),
    "no content": dict(status=204),
    "HTML": dict(status=200, body="<html><body>Sign in</body></html>"),
    "a list": dict(status=200, body=[]),
    "null": dict(status=200, body="null"),
    "a string": dict(status=200, body='"x"'),
    "half a document": dict(status=200, body='{"AccessKeyId":"ASIA'),
    "two documents": dict(status=200, body="{}{}"),
    "no keys": dict(status=200, body={"Region": "us-west-2"}),
    "numbers for keys": dict(status=200, body={"AccessKeyId": 1, "SecretAccessKey": 2,
                                               "SessionToken": 3, "Validity": 3600}),
    "bad UTF-8": dict(status=200, body=b'{"AccessKeyId":"\xff\xfe"}'),
    "a NUL": dict(status=200, body=b'{"AccessKeyId":"\0"}'),
    "deep": dict(status=200, body="[" * 5000 + "]" * 5000),
    "a byte order mark": dict(status=200, body="\ufeff{}"),
    "binary": dict(status=200, body=bytes(range(256)) * 16),
}


@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG)
def test_an_answer_with_wrong_content(portal, fetch, fault, run):
    portal.faults.add(**fault)
    fetch().fails(5)
    assert len(portal.log) == 1
    assert run.entries() == []


def test_an_error_text_cannot_control_the_terminal(portal, fetch):
    portal.faults.add(status=403, body={"Message": "no \x1b[31mred\x07 \x9b1m\r\nSecond line"})
    fetch().fails(3, "no")  # fails() checks that the line is printable


def test_a_long_error_text_is_truncated(portal, fetch):
    portal.faults.add(status=403, body="x" * 100_000)
    assert len(fetch().fails(3)) < 2000


def test_a_server_that_does_not_speak_http(portal, fetch):
    portal.faults.add(stage="connect", body=b"SSH-2.0-OpenSSH_9.2\r\n")
    fetch().fails(5, "127.0.0.1")


# Addresses

@pytest.mark.parametrize("host", ("localhost.evil.example", "127.0.0.1.evil.example",
                                  "127.0.0.1@evil.example", "evil.example#127.0.0.1",
                                  "128.0.0.1", "[::2]", "portal.test", "0.0.0.0"))
def test_plain_http_is_refused_by_the_parsed_host(run, host):
    done = run("aws", "--admin", "--host", f"http://{host}", "--token", "a-token-for-nobody")
    done.fails(2, "--host")


@pytest.mark.parametrize("host", ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"))
def test_plain_http_on_loopback(run, host):
    with Portal(plain=True) as portal:
        if host == "[::1]" and not portal.has_ipv6:
            pytest.skip("no IPv6 on this machine's loopback")
        done = run("aws", "--admin", env={"DUPLO_HOST": portal.url_for(host),
                                          "DUPLO_TOKEN": portal.token("admin")})
        assert portal.state.issue_of(key_of(done)).scope == "admin"


def test_the_loopback_of_ipv6(run, portal):
    if not portal.has_ipv6:
        pytest.skip("no IPv6 on this machine's loopback")
    done = run("aws", "--admin", env=identity(portal, "admin") | {
        "DUPLO_HOST": portal.url_for("[::1]")})
    assert portal.state.issue_of(key_of(done))


@pytest.mark.parametrize("address", ("127.0.0.1", "::1", "[::1]"))
def test_resolve(run, portal, address):
    if ":" in address and not portal.has_ipv6:
        pytest.skip("no IPv6 on this machine's loopback")
    env = identity(portal, "admin") | {"DUPLO_HOST": portal.url_for("portal.test")}
    done = run("aws", "--admin", "--no-cache", "--resolve", f"portal.test:{address}", env=env)
    assert portal.state.issue_of(key_of(done))
    done = run("aws", "--admin", "--no-cache",
               env=env | {"DUPLO_RESOLVE": f"portal.test:{address}"})
    assert portal.state.issue_of(key_of(done))


@pytest.mark.parametrize("value", ("portal.test", ":127.0.0.1", "portal.test:", "portal.test:x",
                                   "portal.test:127.0.0.1.1", "portal.test:[::1", "a:443:1.2.3.4"))
def test_invalid_resolve_values(run, portal, value):
    run("aws", "--admin", "--resolve", value, env=identity(portal)).fails(2, "--resolve")
    assert portal.log.connections == 0


def test_many_resolves(run, portal):
    env = identity(portal, "admin") | {"DUPLO_HOST": portal.url_for("portal.test")}
    done = run("aws", "--admin", "--resolve", "other.test:192.0.2.1",
               "--resolve", "portal.test:127.0.0.1", env=env)
    assert portal.state.issue_of(key_of(done))


# Requests, and the output of --debug

def test_the_request(run, portal, fetch):
    version = run("version").ok().split()[1]
    key_of(fetch())
    (request,) = portal.log
    assert request.headers["user-agent"] == f"duplojit/{version}"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["authorization"] == "Bearer <user user>"
    assert set(request.headers) == {"host", "accept", "user-agent", "content-type",
                                    "authorization"}


def test_one_connection(portal, ask):
    ask("aws", "--tenant", "dev01").ok()
    assert portal.log.connections == 1 and len(portal.log) == 2
    portal.log.clear()
    ask("aws", "--admin", user="admin").ok()
    assert portal.log.connections == 1 and len(portal.log) == 1


def test_debug_reports_every_step(portal, fetch):
    portal.faults.add(status=503, times=1)
    done = fetch("--debug")
    json.loads(done.out)
    for words in (f"trust anchors: {portal.ca}", f"GET {portal.url}/subscriptions/", "status 503",
                  "status 200", "TLSv1.3, peer 127.0.0.1", 'root "CN=test portal ca"'):
        assert words in done.err
    assert re.search(r"lookup \d+ us, connected \d+ us, TLS \d+ us, response \d+ us", done.err)
    assert all(line.startswith("duplojit: debug: ") for line in done.err.splitlines())
    assert fetch("--debug", env={"DUPLO_DEBUG": "0"}).err
    assert fetch(env={"DUPLO_DEBUG": "1"}).err
    assert fetch().err == ""

