# SPDX-License-Identifier: MIT
"""serve: how it ends, signals, and PID 1."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

from conftest import identity, unused_port, wait_until
from endpoint import AUTH_FILE, Endpoint, serve  # noqa: F401
from namespaces import as_pid_1
from strace import find_strace

CREDENTIALS = "*GetAwsConsoleTokenUrl"


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT))
def test_signals_that_end_serve(serve, number):
    assert serve("--tenant", "dev01").wait_ready().end(number).code == 0


def test_ends_while_everything_hangs(serve, portal):
    """With idle, half-open and waiting clients, and a renewal that never ends."""
    portal.faults.add(hang=True)
    endpoint = serve("--tenant", "dev01")
    wait_until(lambda: endpoint.children())
    child = endpoint.children()[0]
    idle = [endpoint.connect() for _ in range(50)]
    for sock in idle[:25]:
        sock.sendall(b"GET / HT")
    result = endpoint.end()
    assert result.code == 0
    assert result.seconds < 10, "the renewal would end after 20 s"
    wait_until(lambda: not os.path.exists(f"/proc/{child}") or
               " Z " in open(f"/proc/{child}/stat").read())
    for sock in idle:
        sock.close()


def test_waiting_requests_are_answered_before_the_end(serve, portal):
    portal.faults.add(hang=True)
    endpoint = serve("--tenant", "dev01")
    request = (f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
               f"Authorization: {endpoint.auth}\r\n\r\n").encode()
    with endpoint.connect() as sock:
        sock.sendall(request)
        wait_until(lambda: endpoint.metrics()["duplojit_requests_total"] >= 2)
        endpoint.kill(signal.SIGTERM)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b'"Code":"CredentialsUnavailable"' in answer


def test_an_answer_that_is_read_slowly_is_complete(serve, portal):
    """The metrics of 512 profiles do not fit into one segment, and the client reads slowly."""
    words = [f"--profile=p{i}=tenant:dev01" for i in range(100)]
    endpoint = serve(*words)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    sock.connect(endpoint.address)
    sock.sendall(f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n\r\n".encode())
    answer = sock.recv(100)
    endpoint.kill(signal.SIGTERM)
    while chunk := sock.recv(4096):
        answer += chunk
    sock.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body)
    assert endpoint.end().code == 0


def test_quit(serve):
    endpoint = serve("--tenant", "dev01")
    answer = endpoint.ask("/quit", "POST")
    assert (answer.status, answer.text) == (200, "bye\n")
    assert endpoint.end(None).code == 0


def test_the_port_is_closed_at_the_end(serve):
    endpoint = serve("--tenant", "dev01")
    endpoint.end()
    with pytest.raises(ConnectionRefusedError):
        endpoint.connect()


def test_sighup_renews(serve, portal):
    endpoint = serve("--tenant", "dev01", "--profile", "b=tenant:dev02").wait_ready()
    first = endpoint.key("/"), endpoint.key("/p/b")
    endpoint.kill(signal.SIGHUP)
    assert endpoint.wait_key(first[0]) != first[0]
    assert endpoint.wait_key(first[1], "/p/b") != first[1]
    assert len(portal.state.issued) == 4


def test_sighup_reads_the_new_token(serve, portal, tmp_path, canaries):
    """A mounted Secret is rotated, and the portal rejects the old token."""
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    canaries.append(portal.token())
    endpoint = serve("--tenant", "dev01", "--token-file", token, env={"DUPLO_TOKEN": None})
    first = endpoint.key()
    portal.state.rotate("user")
    endpoint.kill(signal.SIGHUP)
    wait_until(lambda: "401" in endpoint.log)
    assert endpoint.key() == first  # still valid
    token.write_text(portal.token() + "\n")
    assert endpoint.wait_key(first) != first


def test_sigusr1_is_not_handled(serve):
    """Signals that serve does not handle have their usual effect."""
    assert serve("--tenant", "dev01").end(signal.SIGUSR1).code == -signal.SIGUSR1


# --exit-with

def test_ends_with_a_process(serve):
    other = subprocess.Popen(["sleep", "60"])
    endpoint = serve("--tenant", "dev01", "--exit-with", str(other.pid)).wait_ready()
    other.kill()  # a zombie counts as ended
    assert endpoint.end(None).code == 0
    other.wait()


def test_ends_with_a_file(serve, tmp_path):
    done = tmp_path / "done"
    endpoint = serve("--tenant", "dev01", "--exit-with", done).wait_ready()
    done.touch()
    assert endpoint.end(None).code == 0


def test_a_process_that_has_already_ended(serve, tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    for what in (str(gone.pid), str(tmp_path)):
        assert serve("--tenant", "dev01", "--exit-with", what, wait=0).end(None).code == 0


@pytest.mark.parametrize("value", ("0", "99999999999", ""))
def test_invalid_values_of_exit_with(run, portal, value):
    run("serve", "--tenant", "dev01", "--imds", "--imds-open", "--listen", "127.0.0.1:0",
        "--exit-with", value, env=identity(portal), limit_s=10).fails(2, "--exit-with")


# PID 1 and child processes

def test_as_pid_1(run, portal):
    """Signals are handled, and orphans are reaped."""
    pid_namespace = as_pid_1()
    words = [*pid_namespace[1:], run.bin, "serve", "--tenant", "dev01", "--listen", "127.0.0.1:0",
             "--auth-token-file", run.home / AUTH_FILE]
    runner_bin, run.bin = run.bin, pid_namespace[0]
    process = run.start(*words, env=identity(portal))
    run.bin = runner_bin
    endpoint = Endpoint(process, run, run.home).wait_listening()
    endpoint.wait_ready()
    [inner] = endpoint.children()
    assert re.search(r"^NSpid:\s+\d+\s+1$", open(f"/proc/{inner}/status").read(), re.M)
    first = endpoint.key()
    os.kill(inner, signal.SIGHUP)
    assert endpoint.wait_key(first) != first
    os.kill(inner, signal.SIGTERM)
    assert endpoint.end(None).code == 0


def test_no_zombies(serve):
    endpoint = serve("--tenant", "dev01").wait_ready()
    key = endpoint.key()
    for _ in range(5):
        endpoint.kill(signal.SIGHUP)
        key = endpoint.wait_key(key)
    wait_until(lambda: endpoint.children() == [])


def test_a_log_that_is_not_read(run, portal):
    """Standard error is a full pipe: serve continues."""
    read_end, write_end = os.pipe()
    size = fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write_end, False)
    assert os.write(write_end, b"x" * size) == size
    os.set_blocking(write_end, True)
    port = unused_port()
    process = run.start("serve", "--tenant", "dev01", "--listen", f"127.0.0.1:{port}", "--imds",
                        "--imds-open", "--debug", env=identity(portal), stderr=write_end)
    try:
        url = f"http://127.0.0.1:{port}/readyz"
        wait_until(lambda: run("healthcheck", "--url", url).code == 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.stdout.close()
        os.close(read_end)
        os.close(write_end)


def test_a_log_that_is_closed(run, portal):
    """Standard error is a pipe whose read end is closed."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = run.start("serve", "--tenant", "dev01", "--listen", "127.0.0.1:0", "--imds",
                        "--imds-open", env=identity(portal), stderr=write_end)
    os.close(write_end)
    wait_until(lambda: len(portal.log) or process.poll() is not None)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def test_a_file_is_completed_before_the_end(serve, run, portal, tmp_path):
    """SIGTERM as soon as credentials arrive: the file is complete, or unchanged."""
    folder = tmp_path / "aws"
    for _ in range(8):
        endpoint = serve("--tenant", "dev01", "--no-cache", "--also-write", folder / "credentials")
        wait_until(lambda: endpoint.ask("/").status == 200)
        assert endpoint.end().code == 0
        assert "aws_session_token" in (folder / "credentials").read_text()
        assert [p.name for p in folder.iterdir()] == ["credentials"]
        shutil.rmtree(folder)


@pytest.mark.parametrize("fault, left", (("delay_enter=200000", ["credentials"]),
                                         ("signal=STOP:when=1", [])))
def test_sigterm_leaves_no_temporary_file(serve, run, tmp_path, fault, left):
    """A slow disk: the file is completed. A disk that hangs: it is unchanged, here missing."""
    tool = find_strace()
    script, folder = tmp_path / "duplojit", tmp_path / "aws"
    script.write_text(f"#!/bin/sh\nexec {tool} -D -f -qq -o {tmp_path}/trace -e trace=fsync "
                      f'-e inject=fsync:{fault} {run.bin} "$@"\n')
    script.chmod(0o755)
    (run.home / AUTH_FILE).write_text("a-token-of-the-user")
    run.bin = script
    endpoint = serve("--tenant", "dev01", "--no-cache", "--also-write", folder / "credentials")
    wait_until(lambda: (folder / ".credentials.duplojit-new").exists())
    assert endpoint.end().code == 0
    assert [p.name for p in folder.iterdir()] == left


def test_sigterm_leaves_no_lock(serve, run, portal):
    """A renewal that waits for the portal holds the lock of a cache entry."""
    portal.faults.add(path=CREDENTIALS, delay_s=60)
    endpoint = serve("--tenant", "dev01")
    wait_until(lambda: list(run.cache.glob(".*.credentials.duplojit-lock")))
    assert endpoint.end().code == 0
    assert [p.name for p in run.cache.iterdir()] == ["key"]
