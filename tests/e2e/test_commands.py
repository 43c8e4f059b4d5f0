# SPDX-License-Identifier: MIT
"""What every command does, also with older portals."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from conftest import identity
from portal import Portal, State

ADMIN_NEW = "/v3/admin/aws/jitAccess/admin"
ADMIN_OLD = "/adminproxy/GetJITAwsConsoleAccessUrl"


def scope(portal, result) -> tuple:
    issue = portal.state.issue_of(json.loads(result.ok())["AccessKeyId"])
    return issue.user, issue.scope, issue.tenant


# aws

def test_aws_for_every_scope(ask, portal):
    tenants = portal.state.tenants
    assert scope(portal, ask("aws", "--tenant", "dev01")) == ("user", "tenant", "dev01")
    assert scope(portal, ask("aws", "--tenant-id", tenants["dev02"].id)) == \
        ("user", "tenant", "dev02")
    assert scope(portal, ask("aws", "--tenant", "prod01", user="admin")) == \
        ("admin", "tenant", "prod01")
    assert scope(portal, ask("aws", "--admin", user="admin")) == ("admin", "admin", None)
    assert scope(portal, ask("aws", "--duplo-ops", user="admin")) == ("admin", "duplo-ops", None)


def test_requests_that_are_sent(ask, portal, run):
    ask("aws", "--tenant", "dev01").ok()
    for request in portal.log:
        headers = request.headers
        assert request.method == "GET" and request.query == "" and request.body is None
        assert headers["authorization"] == "Bearer <user user>"
        assert headers["content-type"] == "application/json; charset=utf-8"
        assert headers["user-agent"] == run("version").ok().replace(" ", "/").strip()
        assert "otpcode" not in headers and "cookie" not in headers
    assert [r.path for r in portal.log] == [
        "/admin/GetTenantsForUser",
        f"/subscriptions/{portal.state.tenants['dev01'].id}/GetAwsConsoleTokenUrl"]
    assert portal.log[0].connection == portal.log[1].connection


@pytest.mark.parametrize("status", [404, 500])
def test_an_older_portal(ask, portal, status):
    portal.faults.missing("/v3/admin/aws/*", status=status)
    assert scope(portal, ask("aws", "--admin", user="admin"))[1] == "admin"
    assert [r.path for r in portal.log] == [ADMIN_NEW, ADMIN_OLD]
    assert portal.log.connections == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_does_not_count_as_a_missing_endpoint(ask, portal, status):
    portal.faults.add(path=ADMIN_NEW, status=status)
    ask("aws", "--admin", user="admin").fails(3)
    assert portal.log.find(ADMIN_OLD) == []


def test_an_api_on_another_name(ask, portal, run):
    with Portal(portal.state) as api:
        assert scope(portal, ask("aws", "--tenant", "dev01", "--api-host", api.url))
        assert len(portal.log) == 0 and len(api.log) == 2


def test_options_anywhere_on_the_command_line(ask, portal):
    assert scope(portal, ask("--tenant", "dev01", "aws"))[2] == "dev01"
    assert scope(portal, ask("-Tdev02", "aws", "--no-cache"))[2] == "dev02"
    assert scope(portal, ask("aws", "--tenant=dev01", "--tenant=dev02"))[2] == "dev02"
    assert scope(portal, ask("aws", "--tenant", "dev01", "--"))[2] == "dev01"


def test_without_standard_streams(run, portal):
    """Descriptors 0 to 2 are closed: no credentials go to a file or connection in their place."""
    done = subprocess.run(["/bin/sh", "-c", 'exec 0<&- 1>&- 2>&-; exec "$@"', "sh", run.bin, "aws",
                           "--tenant", "dev01"], env=run.environment(identity(portal)), timeout=20)
    assert done.returncode == 6
    assert json.loads(run.entries()[0].read_text())["Version"] == 1
    assert len(portal.log) == 2


# tenants

def test_tenants(ask, portal):
    out = ask("tenants").ok()
    assert [line.split() for line in out.splitlines()] == [["NAME", "ID", "PLAN"]] + [
        [name, portal.state.tenants[name].id, "nonprod"] for name in ("dev01", "dev02")]
    assert ask("tenants", "-o", "table").ok() == out
    assert len({line.index(word) for line, word in
                zip(out.splitlines(), ["PLAN", "nonprod", "nonprod"])}) == 1
    assert ask("tenants", user="admin").ok().count("\n") == 4
    assert counts(portal) == (3, 3)


def counts(portal) -> tuple[int, int]:
    return portal.log.connections, len(portal.log)


def test_tenants_as_json(ask, portal):
    rows = json.loads(ask("tenants", "-o", "json").ok())
    assert rows == [{"Name": t.name, "TenantId": t.id, "Plan": t.plan}
                    for t in (portal.state.tenants["dev01"], portal.state.tenants["dev02"])]


def test_tenants_are_sorted_and_odd_names_are_printed(run):
    state = State()
    names = ["zeta", "alpha", 'quo"te', "back\\slash", "caf\u00e9", "x" * 30]
    for name in names:
        state.add_tenant(name, "a plan", "us-west-2")
    state.add_user("user", tenants=tuple(names))
    with Portal(state) as portal:
        rows = json.loads(run("tenants", "-o", "json", env=identity(portal)).ok())
        assert [row["Name"] for row in rows] == sorted(names, key=str.encode)
        table = run("tenants", env=identity(portal)).ok().splitlines()
        assert all(len(line.split(maxsplit=2)[1]) == 36 for line in table[1:])
        assert len(table) == 1 + len(names)


def test_no_tenants(ask, portal):
    portal.state.users["user"].tenants.clear()
    assert ask("tenants").ok().split() == ["NAME", "ID", "PLAN"]
    assert json.loads(ask("tenants", "-o", "json").ok()) == []


# token

@pytest.mark.parametrize("name", ["token", "duplo"])
def test_token(ask, portal, name):
    out = ask(name).ok()
    assert json.loads(out) == {"Version": 1, "DuploToken": portal.token(), "NeedOTP": False}
    assert out.startswith('{"Version":1,"DuploToken":"') and out.count("\n") == 1
    portal.state.otp_needed = True
    assert json.loads(ask(name).ok())["NeedOTP"] is True
    assert counts(portal) == (2, 2)


def test_token_is_checked_with_the_portal_first(ask, portal, run):
    ask("token", env={"DUPLO_TOKEN": "stranger"}).fails(3)
    portal.stop()
    ask("token").fails(5)
    assert not run.cache.exists() or not run.entries()


def test_token_with_odd_characters(ask, portal):
    portal.state.users["user"].token = 'a"b\\c/d\'e$f'
    assert json.loads(ask("token").ok())["DuploToken"] == 'a"b\\c/d\'e$f'


def test_features_with_missing_fields(ask, portal):
    portal.state.features = {"IsOtpNeeded": None}
    assert json.loads(ask("token").ok())["NeedOTP"] is False


# update-aws-config (the file itself: test_config_file)

def test_a_profile_gets_credentials(ask, run, portal):
    """The profile's line, split by a shell, is a command line that `aws` accepts."""
    folder = run.home / "a folder; with $signs & 'quotes'"
    folder.mkdir(mode=0o700)
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(portal.token())
    ask("update-aws-config", "p", "--tenant", "dev02", "--token-file", token, "--ca-file",
        portal.ca, env={"DUPLO_TOKEN": None, "DUPLO_CA_FILE": None}).ok()
    text = (run.home / ".aws/config").read_text()
    line = next(l.partition("= ")[2] for l in text.splitlines() if "credential_process" in l)
    done = subprocess.run(["/bin/sh", "-c", line], env={"HOME": str(run.home)}, cwd="/",
                          capture_output=True, check=True)
    assert portal.state.issue_of(json.loads(done.stdout)["AccessKeyId"]).tenant == "dev02"
    assert "region = us-east-1\n" in text and portal.token() not in text


# cache (the rest: test_cache) and version (test_help)

def test_commands_that_need_no_portal(run):
    """They also need no token, no home directory and no environment."""
    for words in (["version"], ["help"], ["help", "aws"], ["aws", "--help"]):
        assert run(*words, env={"HOME": None}).ok()
    assert run("cache", "path", env={"HOME": "/h"}).ok() == "/h/.cache/duplojit\n"


def test_in_an_empty_root(run, portal, tmp_path):
    """FROM scratch: only the binary, an unknown UID, no HOME."""
    if os.getuid() != 0:
        pytest.skip("chroot needs root")
    root = tmp_path / "root"
    root.mkdir(mode=0o755)
    program = root / "duplojit"
    program.write_bytes(run.bin.read_bytes())
    program.chmod(0o755)
    with Portal(portal.state, plain=True) as plain:
        env = {"DUPLO_HOST": plain.url, "DUPLO_TOKEN": portal.token()}
        done = subprocess.run(["/duplojit", "aws", "--tenant", "dev01"], env=env, cwd="/",
                              capture_output=True, timeout=20, check=False,
                              preexec_fn=lambda: (os.chroot(root), os.setgroups([]),
                                                  os.setgid(54321), os.setuid(54321)))
    assert done.returncode == 0 and done.stderr == b""
    assert json.loads(done.stdout)["Version"] == 1
    assert [p.name for p in root.iterdir()] == ["duplojit"]
