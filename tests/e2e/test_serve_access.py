# SPDX-License-Identifier: MIT
"""serve: access rules. The token file, Host and forwarding headers, and limits of HTTP."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import tempfile

import pytest

from conftest import identity, umask
from endpoint import AUTH_FILE, serve  # noqa: F401


# The token file

def test_a_token_file_is_created(serve, run):
    endpoint = serve("--tenant", "dev01")
    path = run.home / AUTH_FILE
    assert re.fullmatch(rb"[A-Za-z0-9_-]{43}", path.read_bytes())  # without a newline
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in run.home.iterdir() if "auth" in p.name] == [AUTH_FILE]
    assert endpoint.key()
    first = endpoint.auth
    endpoint.end()
    assert serve("--tenant", "dev01").auth == first  # the file is reused


def test_tokens_are_unique(serve, run):
    found = set()
    for _ in range(3):
        found.add(serve("--tenant", "dev01").auth)
        (run.home / AUTH_FILE).unlink()
    assert len(found) == 3


def test_mode_of_the_token_file(serve, run):
    with umask(0o077):
        serve("--tenant", "dev01", "--mode", "0440")
    assert stat.S_IMODE((run.home / AUTH_FILE).stat().st_mode) == 0o440


def test_owner_of_the_token_file(serve, run, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    written = tmp_path / "credentials"
    endpoint = serve("--tenant", "dev01", "--owner", "1234:5678", "--also-write", written)
    endpoint.wait_ready()
    for path in (run.home / AUTH_FILE, written):
        info = path.stat()
        assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (1234, 5678, 0o600)


def test_an_owner_that_cannot_be_set(run, portal):
    """No file is left."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        words = [run.bin, "serve", "--tenant", "dev01", "--listen", "127.0.0.1:0",
                 "--auth-token-file", f"{folder}/token", "--owner", "0"]
        if os.geteuid() == 0:
            tool = shutil.which("setpriv")
            if tool is None:
                pytest.skip("setpriv is not installed")
            words = [tool, "--reuid=65532", "--clear-groups", *words]
        env = identity(portal) | {"DUPLO_CA_FILE": None}
        run(*words[1:], program=words[0], env=env).fails(6, "--auth-token-file", "mode and owner")
        assert os.listdir(folder) == []


def test_an_existing_token_is_used(serve, run, canaries):
    path = run.home / AUTH_FILE
    path.write_text("of-somebody-else.0123456789/+=")
    path.chmod(0o444)
    canaries.append("of-somebody-else.0123456789/+=")
    endpoint = serve("--tenant", "dev01", "--mode", "0600")
    assert endpoint.ask(auth="of-somebody-else.0123456789/+=").key()
    assert stat.S_IMODE(path.stat().st_mode) == 0o444  # the mode of a mounted Secret is not changed
    path.chmod(0o600)


@pytest.mark.parametrize("content, words", (
    ("x" * 43 + "\n", "newline"), ("x" * 43 + "\r\n", "newline"), ("", "too short"),
    ("x" * 15, "too short"), ("two words and more of them", "not a token"),
    ("\x00" * 40, "not a token"), ("x" * 1025, "larger than 1024"),
    ("caf\u00e9" * 8, "not a token"),
))
def test_files_without_a_valid_token(run, portal, content, words, canaries):
    path = run.home / AUTH_FILE
    path.write_text(content)
    path.chmod(0o600)
    canaries += [content[:15]] if len(content) > 15 else []
    done = run("serve", "--tenant", "dev01", "--listen", "127.0.0.1:0", "--auth-token-file", path,
               env=identity(portal), limit_s=10)
    done.fails(6, "--auth-token-file", str(path), words)
    assert path.read_text() == content.replace("\r\n", "\n")


def test_a_token_file_that_cannot_be_created(run, portal):
    base = ["serve", "--tenant", "dev01", "--listen", "127.0.0.1:0"]
    run(*base, "--auth-token-file", run.home, env=identity(portal)).fails(6, str(run.home))
    (run.home / "file").touch(0o600)
    run(*base, "--auth-token-file", run.home / "file/x", env=identity(portal)).fails(6, "file")
    run(*base, env=identity(portal)).fails(2, "--auth-token-file FILE")


@pytest.mark.parametrize("mode, warns", ((0o600, False), (0o640, False), (0o644, True),
                                         (0o604, True)))
def test_a_token_file_that_every_user_can_read(serve, run, mode, warns):
    """A warning names the file and the mode, and the endpoint works."""
    path = run.home / AUTH_FILE
    path.write_text("a-token-of-the-user")
    path.chmod(mode)
    endpoint = serve("--tenant", "dev01").wait_ready()
    assert ("warning: every user can read the client token in" in endpoint.log) == warns
    assert (str(path) in endpoint.log and f"(mode {mode:04o})" in endpoint.log) == warns


def test_the_longest_token(serve, run):
    (run.home / AUTH_FILE).write_text("t" * 1024)
    (run.home / AUTH_FILE).chmod(0o600)
    assert serve("--tenant", "dev01").key()


@pytest.mark.parametrize("path", ("/", "/p/default", "/p/nothing"))
def test_without_the_token(serve, portal, path):
    endpoint = serve("--tenant", "dev01").wait_ready()
    good = endpoint.auth
    for wrong in (None, good[:-1], good + "x", "Bearer " + good, good.swapcase(), good * 2,
                  "x" * len(good), '"' + good + '"', " "):
        answer = endpoint.ask(path, auth=wrong)
        answer.fails(403, "AccessDenied", "token file")
        assert not any(secret in answer.text for secret in portal.state.secrets() + [good])
    assert endpoint.ask("/").key()


def test_quit_needs_the_token(serve):
    endpoint = serve("--tenant", "dev01")
    endpoint.ask("/quit", "POST", auth=None).fails(403, "AccessDenied")
    endpoint.ask("/quit", "POST", auth="x" * 43).fails(403, "AccessDenied")
    endpoint.ask("/quit").fails(405, "MethodNotAllowed")
    assert endpoint.process.poll() is None


# Addresses

@pytest.mark.parametrize("listen", ("0.0.0.0:0", "[::]:0", "10.1.2.3:80", "169.254.170.2:80",
                                    "128.0.0.1:0", "[::ffff:127.0.0.1]:0", "[fd00:ec2::23]:80"))
def test_other_addresses_than_loopback_are_refused(run, portal, listen):
    path = run.home / AUTH_FILE
    done = run("serve", "--tenant", "dev01", "--listen", listen, "--auth-token-file", path,
               env=identity(portal), limit_s=10)
    done.fails(2, "--listen", "other machines", "--allow-remote")
    assert not path.exists()


def test_one_remote_address_among_several(run, portal):
    run("serve", "--tenant", "dev01", "--listen", "127.0.0.1:0", "--listen", "0.0.0.0:0", "--imds",
        "--imds-open", env=identity(portal), limit_s=10).fails(2, "0.0.0.0:0", "--allow-remote")


def own_address() -> str | None:
    """An address of this machine other than loopback. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        found = probe.getsockname()[0]
    return None if found.startswith(("127.", "0.")) else found


def test_a_remote_address_with_the_option(serve):
    endpoint = serve("--tenant", "dev01", "--allow-remote", "--print-env", listen="0.0.0.0:0")
    port = endpoint.port
    assert f"URI=http://127.0.0.1:{port}/\n" in endpoint.process.stdout.read().decode()
    assert endpoint.ask(at=("127.0.0.1", port)).key()
    endpoint.ask(at=("127.0.0.1", port), host=f"rebound.example:{port}").fails(403, "Forbidden")
    endpoint.ask(at=("127.0.0.1", port), auth=None).fails(403, "AccessDenied")
    address = own_address()
    if address is not None:
        assert endpoint.ask(at=(address, port)).key()


# Web pages and proxies

def test_host(serve):
    endpoint = serve("--tenant", "dev01").wait_ready()
    port = endpoint.port
    for good in (f"127.0.0.1:{port}", f"localhost:{port}", f"LocalHost:{port}", f"[::1]:{port}",
                 f"127.1.2.3:{port}"):
        assert endpoint.ask(host=good).key()
    for bad in ("", "evil.example", f"evil.example:{port}", f"localhost.evil.example:{port}",
                f"127.0.0.1.nip.io:{port}", f"10.0.0.1:{port}", f"127.0.0.1:{port + 1}",
                "127.0.0.1", "localhost", f"0.0.0.0:{port}", f"user@127.0.0.1:{port}",
                f"127.0.0.1:{port}:80", f"evil.example#127.0.0.1:{port}"):
        for path in ("/", "/healthz", "/metrics"):
            answer = endpoint.ask(path, host=bad or "evil")
            answer.fails(403, "Forbidden", "Host")


def test_a_page_whose_name_resolves_to_loopback(serve):
    """DNS rebinding: the browser sends the request as one to the page's own server."""
    endpoint = serve("--tenant", "dev01", "--imds").wait_ready()
    host = f"rebound.example:{endpoint.port}"
    ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    endpoint.ask("/latest/api/token", "PUT", host=host, headers=ttl).fails(403, "Forbidden")
    endpoint.ask("/quit", "POST", host=host).fails(403, "Forbidden")


@pytest.mark.parametrize("header, value", (
    ("X-Forwarded-For", "127.0.0.1"), ("x-forwarded-for", ""), ("Forwarded", "for=127.0.0.1"),
    ("Origin", "http://127.0.0.1"), ("origin", "null"), ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Site", "none"),
))
def test_proxies_and_browsers(serve, header, value):
    endpoint = serve("--tenant", "dev01", "--imds").wait_ready()
    for path, method in (("/", "GET"), ("/healthz", "GET"), ("/quit", "POST"),
                         ("/latest/api/token", "PUT")):
        answer = endpoint.ask(path, method, headers={
            header: value, "X-aws-ec2-metadata-token-ttl-seconds": "60"})
        answer.fails(403, "Forbidden", "browsers and proxies")
        assert not [h for h in answer.headers if h.startswith("access-control")]
    endpoint.ask("/", "OPTIONS", headers={header: value}).fails(403, "Forbidden")
    assert endpoint.process.poll() is None


# HTTP

def raw(endpoint, request: bytes, timeout: float = 5) -> bytes:
    """Sends these bytes. Returns the answer until the connection ends or `timeout` seconds pass."""
    with endpoint.connect(timeout=timeout) as sock:
        found = b""
        try:
            sock.sendall(request)
            while chunk := sock.recv(65536):
                found += chunk
        except OSError:
            pass
        return found


def test_invalid_requests(serve):
    """None gets credentials, and none ends the endpoint."""
    endpoint = serve("--tenant", "dev01").wait_ready()
    host = f"Host: 127.0.0.1:{endpoint.port}\r\n"
    auth = f"Authorization: {endpoint.auth}\r\n"
    good = f"GET / HTTP/1.1\r\n{host}{auth}Connection: close\r\n\r\n"
    assert b"AccessKeyId" in raw(endpoint, good.encode())
    strange = (
        "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01",
        good.replace(host, ""), good.replace(host, host * 2), good.replace(auth, auth * 2),
        good.replace(auth, auth + "Authorization: x\r\n"),
        good.replace(auth, "Authorization : " + endpoint.auth + "\r\n"),
        good.replace(auth, "Authorization:\r\n " + endpoint.auth + "x\r\n"),
        good.replace("GET / ", "GET http://evil.example/ "),
        good.replace("GET / ", "get / "), good.replace("GET / ", "GET /%00 "),
        good.replace("GET / ", "GET /../ "), good.replace("GET / ", "CONNECT 127.0.0.1:80 "),
        good.replace("GET / ", "GET /p/%2e%2e/ "), good.replace("GET / ", "GET /\xff "),
        good.replace("Connection: close", "Content-Length: -1"),
        good.replace("Connection: close", "Content-Length: 5\r\nContent-Length: 6"),
        good.replace("Connection: close", "Content-Length: 99999999999999999999"),
        good.replace("Connection: close", "X: " + "y" * 10000),
        good.replace("GET / ", "GET /" + "y" * 10000 + " "),
        good.replace("Connection: close", "\r\n".join(f"H{i}: v" for i in range(2000))),
    )
    for request in strange:
        found = raw(endpoint, request.encode("latin-1"), 1)
        assert b"AccessKeyId" not in found, request[:80]
        assert endpoint.auth.encode() not in found
        assert endpoint.key()


def test_a_header_that_is_too_large(serve):
    endpoint = serve("--tenant", "dev01")
    for request in (b"GET / HTTP/1.1\r\nX: " + b"y" * 100000, b"GET /" + b"y" * 100000):
        assert re.match(rb"HTTP/1\.[01] 4(31|14|13) ", raw(endpoint, request))


def test_an_argument_without_value_before_a_head_without_fields(serve):
    """With every amount of memory that is left to the connection, and bytes after the head."""
    endpoint = serve("--tenant", "dev01").wait_ready()
    for length in range(0, 4300, 100):
        for version in (b"1.0", b"1.1"):
            request = b"GET /" + b"a" * length + b"?q HTTP/" + version + b"\r\n\r\nx"
            assert re.match(rb"HTTP/1\.[01] 4|$", raw(endpoint, request)), length
    assert endpoint.process.poll() is None and endpoint.key()


def test_a_body_that_is_too_large(serve):
    endpoint = serve("--tenant", "dev01")
    head = f"POST /quit HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
    found = raw(endpoint, (head + "Content-Length: 5000\r\n\r\n").encode())
    assert found.startswith(b"HTTP/1.1 413")
    chunk = b"1000\r\n" + b"y" * 0x1000 + b"\r\n"
    found = raw(endpoint, (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunk * 100)
    assert b" 200 " not in found and endpoint.process.poll() is None


def test_pipelined_requests_are_answered_in_order(serve):
    endpoint = serve("--tenant", "dev01").wait_ready()
    one = (f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
           f"Authorization: {endpoint.auth}\r\n")
    found = raw(endpoint, ((one + "\r\n") * 20 + one + "Connection: close\r\n\r\n").encode())
    assert found.count(b"HTTP/1.1 200 ") == found.count(b'"AccessKeyId"') == 21


def test_old_clients_and_half_closed_connections(serve):
    endpoint = serve("--tenant", "dev01").wait_ready()
    request = (f"GET / HTTP/1.0\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
               f"Authorization: {endpoint.auth}\r\n\r\n").encode()
    assert b"AccessKeyId" in raw(endpoint, request)
    with endpoint.connect() as sock:
        sock.sendall(request.replace(b"1.0", b"1.1"))
        sock.shutdown(socket.SHUT_WR)
        assert b"AccessKeyId" in sock.recv(65536)


def test_no_secret_in_the_debug_log(serve, portal):
    endpoint = serve("--tenant", "dev01", "--debug").wait_ready()
    endpoint.key()
    endpoint.ask(auth="x" * 43)
    result = endpoint.end()
    assert "debug:" in result.err
    for secret in [*portal.state.secrets(), endpoint.auth]:
        assert secret not in result.err
