# SPDX-License-Identifier: MIT
"""The first seconds of a pod: --wait retries until the network is up, and reports the reason.

Other tests cover name servers (test_dns.py), an empty root (test_scratch.py), volumes and a
read-only root (test_write_files.py), and a portal that starts later (test_network.py).
"""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest

from conftest import identity, wait_until
from namespaces import as_pid_1

NOTE = re.compile(r"^duplojit: waiting for the portal, (\d+) s left: (.*)$", re.M)

# Each happens twice, as while a mesh, a proxy or the portal is not ready.
PASSING = {
    "500": dict(status=500), "502": dict(status=502), "503": dict(status=503),
    "504": dict(status=504), "429": dict(status=429),
    "429, later": dict(status=429, retry_after=1),
    "a page of a proxy": dict(status=503, body="<html>no healthy upstream</html>",
                              headers={"Content-Type": "text/html"}),
    "a reset": dict(stage="connect", reset_at=0),
    "a close": dict(stage="connect", truncate_at=0),
    "a handshake cut short": dict(stage="connect", truncate_at=800),
    "an answer cut short": dict(truncate_at=60),
}


def credentials(done, portal) -> list[tuple[str, str]]:
    """Checks that it succeeded. Returns its notes: seconds left, and the reason."""
    assert done.code == 0, str(done)
    assert portal.state.issue_of(json.loads(done.out)["AccessKeyId"])
    notes = NOTE.findall(done.err)
    assert len(notes) == len(done.err.splitlines()), done.err
    return notes


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_retries_and_reports_it_once(ask, portal, fault):
    portal.faults.add(**fault, times=2)
    done = ask("aws", "--tenant", "dev01", "--wait", "30s")
    ((left, why),) = credentials(done, portal)
    assert int(left) in range(25, 31) and "127.0.0.1" in why
    assert str(fault.get("status", "127.0.0.1")) in why


def test_a_connection_without_an_answer(ask, portal):
    """As with a mesh whose sidecar accepts connections before it can forward them."""
    portal.faults.add(stage="connect", hang=True, times=1)
    notes = credentials(ask("aws", "--tenant", "dev01", "--wait", "40s"), portal)
    assert len(notes) == 1


def test_one_note_for_several_requests(ask, portal):
    """The list of tenants, then the credentials: one wait for the portal."""
    portal.faults.add(path="/admin/GetTenantsForUser", status=503, times=2)
    portal.faults.add(path="*/GetAwsConsoleTokenUrl", status=503, times=2)
    assert len(credentials(ask("aws", "--tenant", "dev01", "--wait", "30s"), portal)) == 1
    assert len(portal.log.find("*", status=503)) == 4


def test_a_note_every_ten_seconds(ask, portal):
    """Pauses grow to 5 seconds, so there are two notes within 21 seconds, and never three."""
    portal.faults.add(status=503)
    done = ask("aws", "--tenant", "dev01", "--wait", "21s")
    assert done.code == 5 and done.out == ""
    notes = NOTE.findall(done.err)
    assert len(notes) == 2 and all("503" in why for _, why in notes), done.err
    assert int(notes[0][0]) - int(notes[1][0]) in range(9, 16)
    assert len(done.err.splitlines()) == 3 and "503" in done.err.splitlines()[-1]


@pytest.mark.parametrize("status", (401, 403))
def test_a_refusal_ends_the_wait(ask, portal, status):
    """The refusal comes after two temporary errors."""
    portal.faults.add(status=503, times=2)
    portal.faults.add(status=status)
    done = ask("aws", "--tenant", "dev01", "--wait", "60s")
    assert done.code == 3 and len(NOTE.findall(done.err)) == 1
    assert str(status) in done.err.splitlines()[-1] and len(portal.log) == 3


@pytest.mark.parametrize("fault, code", ((dict(status=400), 4), (dict(body="nonsense"), 5),
                                         (dict(redirect="https://elsewhere.example/"), 5)))
def test_permanent_errors_end_the_wait(ask, portal, fault, code):
    portal.faults.add(path="*/GetAwsConsoleTokenUrl", **fault)
    ask("aws", "--tenant", "dev01", "--wait", "60s").fails(code)
    assert len(portal.log) == 2


def test_retries_without_wait_are_silent(ask, portal):
    portal.faults.add(status=503, times=2)
    ask("aws", "--tenant", "dev01").ok()


@pytest.mark.parametrize("words", (("--write-credentials", "FILE"), ("--write-env", "FILE"),
                                   ("exec",)), ids=lambda w: w[0])
def test_every_command_for_pods_waits(ask, portal, tmp_path, words):
    portal.faults.add(status=503, times=2)
    scope = ("--tenant", "dev01", "--wait", "30s")
    if words == ("exec",):
        done = ask("exec", *scope, "--", "/bin/echo", "ran")
        assert done.out == "ran\n"
    else:
        done = ask("aws", words[0], tmp_path / "file", *scope)
        assert done.out == "" and (tmp_path / "file").exists()
    assert done.code == 0 and len(NOTE.findall(done.err)) == 1


@pytest.mark.parametrize("words", (("aws",), ("exec", "--", "true"),
                                   ("exec", "--endpoint", "--", "true")), ids=" ".join)
def test_pid_1_can_be_stopped_while_it_waits(run, portal, words):
    """PID 1 ignores signals that it does not handle."""
    portal.faults.add(hang=True)
    prefix, run.bin = [*as_pid_1(), run.bin], Path("/usr/bin/env")
    process = run.start(*prefix, words[0], "--admin", "--wait", "10m", *words[1:],
                        env=identity(portal, "admin"))
    wait_until(lambda: len(portal.log) == 1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    os.kill(int(children.read_text()), signal.SIGTERM)
    done = run.ended(process)
    assert done.code == 128 + signal.SIGTERM
