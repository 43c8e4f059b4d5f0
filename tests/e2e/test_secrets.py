# SPDX-License-Identifier: MIT
"""Canaries: no secret on stderr, in a file name, or in a file that other users can read.

The fixture `run` searches the output of every run; these tests provoke output with secrets.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from conftest import identity, umask

DEV01 = ("aws", "--tenant", "dev01")
ODD_TOKEN = "canary/%41+=token." + "0123456789" * 4 + "/end~!*'()"  # JSON and URLs escape these


def escaped(text: str) -> str:
    """Every character as a JSON escape."""
    return "".join(f"\\u{ord(c):04x}" for c in text)


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(params=["jwt", "odd"])
def token(request, portal, canaries):
    if request.param == "odd":
        portal.state.users["user"].token = ODD_TOKEN
    canaries.append(portal.token())
    return portal.token()


# The canary check itself

def test_the_check_finds_a_secret(run, portal):
    from conftest import Result, check_canaries
    for secret in ("canary", "can/ary"):
        for shown in (secret, secret.replace("/", "\\/"), quote(secret, safe="")):
            run.history = [Result(["x"], 1, "", f"duplojit: {shown}\n", 0)]
            with pytest.raises(AssertionError):
                check_canaries(run, [lambda: [secret]])
    run.history = []
    (run.home / "open").write_text("a canary")
    with pytest.raises(AssertionError):
        check_canaries(run, ["canary"])
    (run.home / "open").chmod(0o600)
    check_canaries(run, ["canary"])
    (run.home / "canary").mkdir()
    with pytest.raises(AssertionError):
        check_canaries(run, ["canary"])
    (run.home / "canary").rmdir()


# Debugging

def test_debug_reports_every_step_and_no_secret(ask, run, portal, token):
    portal.state.otp_needed = True
    portal.state.users["user"].admin = True
    words = ["--debug", "--otp", portal.state.otp_code]
    for command in (DEV01, ("aws", "--admin"), ("tenants",), ("token",),
                    ("update-aws-config", "p", "--tenant", "dev01"), ("cache", "list")):
        more = ["--debug"] if command[0] == "cache" else words
        result = ask(*command, *more, user="user")
        heads = ("duplojit: debug: ", "duplojit: the profile")
        assert all(line.startswith(heads) for line in result.err.splitlines())
        if command[0] in ("aws", "tenants", "token"):
            assert all(w in result.err for w in ("GET https://127.0.0.1", "status ", "TLSv1.3",
                                                 "root ", " bytes"))
    cached = ask(*DEV01, *words)
    assert "from the cache" in cached.err and "GET" not in cached.err


def test_debug_of_a_failing_run(ask, portal, token):
    portal.faults.add(status=503, body=f"no: {token}", times=9)
    result = ask(*DEV01, "--debug", "--timeout", "2s")
    assert result.code == 5 and "status 503" in result.err
    portal.faults.clear()
    portal.faults.add(body={"AccessKeyId": "a", "SecretAccessKey": token, "SessionToken": token})
    assert ask(*DEV01, "--debug").code == 5


# A portal or a proxy that echoes the request

def echoes(secret: str) -> list:
    """Bodies that contain the secret in various spellings."""
    slashes = secret.replace("/", "\\/")
    return [
        {"Message": f"Bad token {secret}."}, {"Message": secret}, {"Message": f"{secret}{secret}"},
        f"Bad token {secret}", f"Bearer {secret}\r\nmore", secret, f"\n\n  {secret}",
        json.dumps(f"Bad token {secret}"), f'{{"Message":"no {escaped(secret)}"}}',
        f'"{escaped(secret)}"', f'{{"Message":"no {slashes}"}}', f'"{slashes}"',
        f'Error: {{"token":"{slashes}"}}', f"Error: token={quote(secret, safe='')}",
        "x" * 200 + secret, "x" * (238 - len(secret)) + secret + "y" * 50,
        {"Message": "x" * 220 + secret}, {"Message": "x" * 230 + " " + secret},
        f"<html><body>{secret}</body></html>", f'{{"Message":"cut {secret}', [secret],
        {"Message": [secret]}, {"message": secret}, {"Error": {"Message": secret}},
        {secret: secret}, f"Authorization: Bearer {secret}",
    ]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_an_echoed_token(ask, portal, token, status):
    half = token[:len(token) // 2]
    for body in [*echoes(token), f"Bad token {half}...", {"Message": f"{half}..."}]:
        fault = portal.faults.add(status=status, body=body)
        result = ask("tenants", "--debug")
        assert result.code in (3, 4, 5) and str(status) in result.err
        # A part of the token must not appear either.
        shown = flat(result.err)
        assert not any(token[i:i + 24] in shown for i in range(0, len(token) - 24)), body
        portal.faults.remove(fault)


def test_an_echoed_mfa_code(ask, portal):
    code = portal.state.otp_code
    for body in echoes(code):
        fault = portal.faults.add(status=403, body=body)
        assert ask("aws", "--admin", "--otp", code, user="admin").code == 3
        portal.faults.remove(fault)


def test_an_echo_in_other_places(ask, portal, token):
    """In a redirect, a header, the value of a field, and the ID of a tenant."""
    portal.faults.add(redirect=f"https://example.com/?t={token}", times=1)
    assert ask("tenants", "--debug").code == 5
    portal.faults.add(headers={"Date": token, "X-Echo": token}, times=1)
    assert ask("tenants", "--debug").code == 0
    for field in ("AccessKeyId", "Expiration", "Region", "Validity"):
        body = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c", field: token + " "}
        fault = portal.faults.add(path="*/GetAwsConsoleTokenUrl", body=body)
        assert ask(*DEV01, "--debug").code == 5
        portal.faults.remove(fault)
    portal.faults.add(body=[{"AccountName": token, "TenantId": token, "PlanID": token}], times=1)
    assert ask("tenants", "--debug").code == 5


# Secrets in the wrong option or variable

def test_an_invalid_token_is_not_quoted(run, portal, canaries, tmp_path):
    """From every source of a token."""
    canaries.append("canary-token")
    path = tmp_path / "token"
    path.write_text("canary-token two")
    env = identity(portal) | {"DUPLO_TOKEN": None}
    run("tenants", "--token", "canary-token two", env=env).fails(2)
    run("tenants", "--token-file", path, env=env).fails(2)
    run("tenants", "--token", "-", stdin="canary-token\ttwo", env=env).fails(2)
    run("tenants", env=env | {"DUPLO_TOKEN": "canary-token two"}).fails(2)
    run("tenants", "--otp", "canary-token two", env=env).fails(2)
    run("tenants", "--tokn=canary-token", env=env).fails(2)
    run("tenants", "--debug=canary-token", env=env).fails(2)
    run("version", "--token=canary-token", env=env).fails(2)


def test_a_token_as_the_value_of_another_option(run, portal, canaries):
    """Variables of a CI are easily mixed up, and many users can read its log."""
    env = identity(portal) | {"DUPLO_TOKEN": None}
    token = portal.token()
    canaries.append(token[:30])
    for long in (token, "eyJ" + token * 100):
        run("tenants", "--token-file", long, env=env).fails(6, "it may be a token")
        run("tenants", env=env | {"DUPLO_TOKEN_FILE": long}).fails(6, "it may be a token")
        run("aws", "--tenant", long, "--token", "x", env=env).fails(2, "is not a tenant ID")
        run("aws", env=env | {"DUPLO_TENANT_ID": long, "DUPLO_TOKEN": "x"}).fails(
            2, "DUPLO_TENANT_ID")


@pytest.mark.parametrize("command", [("aws",), ("update-aws-config", "p"), ("tenants",), ("login",),
                                     ("settings", "list"), ("settings", "a", "b", "c"),
                                     ("cache", "list"), ("cache",), ("settings",), ("help",),
                                     ("jit",), ()], ids=" ".join)
def test_a_token_without_its_option(run, portal, canaries, command):
    canaries.append("canary-Token-1")
    run(*command, "canary-Token-1", env=identity(portal)).fails(2)


@pytest.mark.parametrize("host", [
    "https://user:canary-word@portal.example.com", "user:canary-word@portal.example.com",
    "https://user:canary-word@bad host", "https://user:canary-word@", "canary-word@x/y",
    "https://user:canary-word@portal.example.com:99999",
    "ftp://user:canary-word@portal.example.com", "http://user:canary-word@portal.example.com/path"])
def test_a_password_in_a_url(run, portal, canaries, host):
    canaries.append("canary-word")
    run("tenants", "--host", host, env=identity(portal)).fails(2, "--host")
    run("tenants", "--api-host", host, env=identity(portal)).fails(2, "--api-host")
    run("update-aws-config", "--admin", "--host", host, env=identity(portal)).fails(2)


@pytest.mark.parametrize("proxy", [
    "http://user:canary-word@127.0.0.1:1", "http://user:canary-word@bad host:1",
    "nonsense://user:canary-word@127.0.0.1:1", "http://user:canary-word@127.0.0.1:99999",
    "http://user:canary-word@[::1", "user:canary-word@127.0.0.1:1", "http://canary-word@:x"])
def test_a_proxys_password(run, portal, canaries, proxy):
    canaries.append("canary-word")
    env = identity(portal) | {"DUPLO_HOST": "https://portal.example.com", "HTTPS_PROXY": proxy}
    for words in ((), ("--debug",)):
        assert run("tenants", "--timeout", "300ms", *words, env=env).code in (2, 5)


# Files

def test_no_readable_file_is_left(ask, run, portal):
    """With umask 0; the fixture checks the files."""
    with umask(0):
        ask(*DEV01).ok()
        ask("update-aws-config", "p", "--tenant", "dev01", "--token", portal.token())
        ask("aws", "--admin", user="admin").ok()
    assert portal.token() in (run.home / ".aws/config").read_text()
    assert {p.stat().st_mode & 0o777 for p in run.home.rglob("*") if p.is_file()} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in run.home.rglob("*") if p.is_dir()} == {0o700}


def test_the_cache_holds_no_token_and_no_link(ask, run, portal):
    ask(*DEV01).ok()
    ask("aws", "--admin", "--otp", portal.state.otp_code, user="admin").ok()
    kept = b"".join(p.read_bytes() for p in run.cache.iterdir())
    for secret in (portal.token("user"), portal.token("admin"), portal.state.otp_code, "signin"):
        assert secret.encode() not in kept
        assert base64.b64encode(secret.encode())[:-4] not in kept


def test_github_never_prints_a_value_before_its_mask(ask, portal):
    out = ask(*DEV01, "-o", "github").ok()
    issued = portal.state.issued[-1].answer
    for name in ("SecretAccessKey", "SessionToken"):
        assert out.index(issued[name]) == out.index(f"::add-mask::{issued[name]}") + 12
