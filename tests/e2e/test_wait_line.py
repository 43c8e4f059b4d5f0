# SPDX-License-Identifier: MIT
"""The line on a terminal that says what a request waits for: after two seconds, and never before.

Times are not checked, only what a terminal shows and that nothing else gets a byte.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import time

import pytest

from conftest import BIN, identity
from namespaces import with_etc
from terminal import Terminal
from test_dns import NAME, responder  # noqa: F401

REMOVED = "\r\x1b[K"
SLOW_S = 3.5  # longer than the two silent seconds and libcurl's second between two reports
CREDENTIALS = "*/GetAwsConsoleTokenUrl"


@pytest.fixture
def terminal(run, portal):
    """Starts the binary at a terminal, for a tenant's credentials and nothing from the cache."""
    def start(*args, prefix=(), columns=80, **env) -> Terminal:
        words = [*prefix, str(BIN), "aws", "--tenant-id", portal.state.tenants["dev01"].id,
                 "--no-cache", *args]
        return Terminal(run, *words[1:], program=words[0], columns=columns,
                        env=identity(portal) | env)
    return start


def works(terminal: Terminal, portal) -> str:
    """Checks that the run succeeded and left an empty line. Returns what was shown before."""
    code, out, shown = terminal.ended()
    assert code == 0, shown
    assert portal.state.issue_of(json.loads(out)["AccessKeyId"])
    assert shown == "" or shown.endswith(REMOVED), repr(shown)
    return shown.removesuffix(REMOVED)


def lines(shown: str) -> list[str]:
    """The texts that the line had one after the other."""
    return shown.split(REMOVED)[1:]


def test_a_fast_portal_shows_nothing(portal, terminal):
    assert works(terminal(), portal) == ""


def test_the_response(portal, terminal):
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S, times=1)
    found = lines(works(terminal(), portal))
    assert len(found) >= 2, found
    assert all(re.fullmatch(r"duplojit: waiting for the response of 127\.0\.0\.1, \d+ s", line)
               for line in found), found
    seconds = [int(re.search(r"(\d+) s", line)[1]) for line in found]
    assert seconds[0] >= 2 and seconds == sorted(set(seconds))


def test_the_tls_handshake(portal, terminal):
    portal.faults.add(stage="connect", delay_s=SLOW_S, times=1)
    shown = works(terminal(), portal)
    assert "duplojit: waiting for the TLS handshake with 127.0.0.1, " in shown


def test_the_connection(run, portal, terminal):
    """A listener whose queue is full: the kernel ignores further clients."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        clients = [socket.socket() for _ in range(3)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        started = terminal("--timeout", "4s",
                           DUPLO_HOST=f"https://127.0.0.1:{server.getsockname()[1]}")
        code, out, shown = started.ended()
        for client in clients:
            client.close()
    assert (code, out) == (5, "")
    assert "duplojit: waiting for a connection to 127.0.0.1, " in shown
    assert re.search(r"\r\x1b\[Kduplojit: [^\r]*timed out after [^\r]*\r\n$", shown), repr(shown)


def test_the_name_server(portal, terminal, responder, tmp_path):  # noqa: F811
    responder.a = responder.aaaa = None
    conf = f"nameserver {responder.address}\n"
    prefix = with_etc(tmp_path, {"resolv.conf": conf, "hosts": "127.0.0.1 localhost\n"})
    started = terminal("--timeout", "4s", prefix=prefix, DUPLO_HOST=portal.url_for(NAME))
    code, out, shown = started.ended()
    assert (code, out) == (5, "")
    assert f"duplojit: waiting for the name server to find {NAME}, " in shown


def test_the_next_attempt(portal, terminal):
    portal.faults.add(path=CREDENTIALS, status=503, retry_after=4, times=1)
    shown = works(terminal(), portal)
    assert "duplojit: waiting for the next attempt to reach 127.0.0.1, " in shown


def test_a_failure_is_on_a_line_of_its_own(portal, terminal):
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S, status=403)
    code, out, shown = terminal().ended()
    assert (code, out) == (3, "")
    assert "waiting for the response" in shown
    error = shown.rsplit(REMOVED, 1)[1]
    assert error.startswith("duplojit: credentials for") and error.count("\r\n") == 1


def test_notes_of_wait_are_on_lines_of_their_own(portal, terminal):
    """--wait logs why it waits; the line is removed before."""
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S, status=503, times=1)
    code, out, shown = terminal("--wait", "30s").ended()
    assert code == 0
    notes = re.findall(r"(\r\x1b\[K|\r\n|^)(duplojit: waiting for the portal, [^\r]*)\r\n", shown)
    assert len(notes) == 1 and notes[0][0] == REMOVED, repr(shown)


def test_a_narrow_terminal_gets_a_shorter_line(portal, terminal):
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S, times=1)
    found = lines(works(terminal(columns=30), portal))
    assert found and all(line == "duplojit: waiting for the resp"[:29] for line in found), found


def test_a_pipe_gets_nothing(ask, portal):
    """As for credential_process."""
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S, times=1)
    ask("aws", "--tenant-id", portal.state.tenants["dev01"].id, "--no-cache").ok()


def test_debug_shows_steps_and_no_line(portal, terminal):
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S, times=1)
    code, _, shown = terminal("--debug").ended()
    assert code == 0 and REMOVED not in shown and "waiting for" not in shown


def test_an_endpoint_shows_none(run, portal, tmp_path):
    """Renewals run beside its own log."""
    portal.faults.add(path=CREDENTIALS, delay_s=SLOW_S)
    started = Terminal(run, "serve", "--tenant-id", portal.state.tenants["dev01"].id, "--listen",
                       "127.0.0.1:0", "--auth-token-file", str(tmp_path / "auth"),
                       env=identity(portal))
    started.read(b"listening on")
    time.sleep(SLOW_S)
    started.process.send_signal(signal.SIGTERM)
    shown = started.ended()[2]
    assert REMOVED not in shown and "waiting for" not in shown, repr(shown)
