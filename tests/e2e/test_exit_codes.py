# SPDX-License-Identifier: MIT
"""Every exit code, and that its message says what to do. (2: see test_help.)"""

from __future__ import annotations

import json

import pytest

from conftest import identity
from portal import Portal

CREDENTIALS = "*/GetAwsConsoleTokenUrl"
ADMIN = "/v3/admin/aws/jitAccess/*"
DEV01 = ("aws", "--tenant", "dev01")


# 3: refused

@pytest.mark.parametrize("words", [DEV01, ("aws", "--admin"), ("tenants",), ("token",)],
                         ids=" ".join)
def test_an_unknown_token(ask, run, words):
    ask(*words, env={"DUPLO_TOKEN": "stranger"}).fails(
        3, "127.0.0.1 rejects the token (401): ", "not valid or has expired",
        "; log in with `duplojit login` or use a new token")
    assert run.entries() == []


def test_a_user_who_is_not_an_administrator(ask):
    for option in ("--admin", "--duplo-ops"):
        ask("aws", option).fails(3, "403", "Administrator access is needed",
                                 "ask an administrator of the portal for access")


def test_another_users_tenant(ask, portal):
    """The portal refuses the ID; the name is not in the user's list."""
    ask("aws", "--tenant-id", portal.state.tenants["prod01"].id).fails(3, "403")
    ask("aws", "--tenant", "prod01").fails(4, '"prod01"', "the tenants are dev01, dev02")


def test_access_that_an_administrator_disabled(ask, portal):
    portal.state.settings[("Flags", "DisableNonAdminAwsJIT")] = "true"
    portal.state.settings[("Flags", "EnableAwsAdminJIT")] = "false"
    portal.state.duplo_ops_enabled = False
    ask(*DEV01).fails(3, "disabled for non-administrators")
    ask("aws", "--admin", user="admin").fails(3, "disabled for administrators")
    ask("aws", "--duplo-ops", user="admin").fails(3, "disabled")


@pytest.mark.parametrize("option", ["--admin", "--duplo-ops"])
def test_an_mfa_code(ask, portal, option):
    portal.state.otp_needed = True
    ask("aws", option, user="admin").fails(
        3, "127.0.0.1 requires an MFA code for administrators (403): use --otp CODE or log in")
    ask("aws", option, "--otp", "000000", user="admin").fails(
        3, "the MFA code may be wrong or already used")
    out = ask("aws", option, "--otp", portal.state.otp_code, user="admin").ok()
    assert portal.state.issue_of(json.loads(out)["AccessKeyId"]).user == "admin"
    assert portal.log[-1].headers["otpcode"] == "<otp>"
    ask(*DEV01).ok()  # a user's call needs no code


def test_an_mfa_code_with_any_refusal_text(ask, portal):
    """The features say that a code is needed if the refusal does not."""
    portal.state.otp_needed = True
    portal.faults.add(path=ADMIN, status=403, body="")
    ask("aws", "--admin", user="admin").fails(
        3, "requires an MFA code for administrators (403): use --otp CODE")
    portal.state.otp_needed = False
    assert "MFA" not in ask("aws", "--admin", user="admin").fails(3)


def test_an_mfa_code_on_an_older_portal(ask, portal):
    portal.state.otp_needed = True
    portal.faults.missing(ADMIN)
    ask("aws", "--admin", user="admin").fails(3, "(403): use --otp CODE")
    ask("aws", "--admin", "--otp", portal.state.otp_code, user="admin").ok()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_retried(ask, portal, status):
    portal.faults.add(path=CREDENTIALS, status=status)
    ask(*DEV01, "--wait", "20s").fails(3, str(status))
    assert len(portal.log) == 2


# 4: not found, or not for this user

def test_an_unknown_tenant(ask, run):
    ask("aws", "--tenant", "dev1").fails(4, '"dev1"', "the tenants are dev01, dev02")
    ask("aws", "--tenant-id", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70").fails(
        4, "0f3c9a52", "400", "`duplojit tenants` lists")
    assert run.entries() == []


def test_a_user_without_tenants(ask, portal):
    portal.state.users["user"].tenants.clear()
    ask(*DEV01).fails(4, "the portal lists none")


@pytest.mark.parametrize("status", [400, 404])
def test_older_endpoints_report_not_found_in_two_ways(ask, portal, status):
    portal.faults.add(path=CREDENTIALS, status=status, body={"Message": "Tenant not found"})
    ask(*DEV01).fails(4, str(status), "Tenant not found")


def test_a_portal_without_a_list_of_tenants(ask, portal):
    """The message does not advise the command that has failed."""
    portal.faults.add(path="/admin/GetTenantsForUser", status=404, body="<html>not here</html>")
    line = ask("tenants").fails(
        4, "127.0.0.1 has no /admin/GetTenantsForUser (404); check DUPLO_HOST")
    assert "duplojit tenants" not in line


def test_a_portal_without_duplo_ops(ask, portal):
    portal.faults.missing(ADMIN)
    ask("aws", "--duplo-ops", user="admin").fails(4, "404")


def test_a_validity_that_aws_refuses(ask, portal):
    """The message quotes the portal."""
    portal.state.tenants["dev01"].metadata["AwsAccessTokenValidity"] = "7200"
    ask(*DEV01).fails(4, "exceeds the MaxSessionDuration", "a setting of the portal")


# 5: the network or the portal, after retries

def test_a_refused_connection(run):
    with Portal() as portal:
        env = identity(portal)
    run(*DEV01, env=env).fails(5, "127.0.0.1: cannot connect")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_temporary_errors_are_retried(ask, portal, status):
    fault = portal.faults.add(path=CREDENTIALS, status=status, times=2)
    ask(*DEV01, "--no-cache").ok()
    fault.times = None
    before = len(portal.log)
    ask(*DEV01, "--no-cache").fails(5, f"status {status}", "--wait 2m")
    assert len(portal.log) - before > 3


@pytest.mark.parametrize("status", [500, 501, 599, 418, 204, 101])
def test_other_statuses(ask, portal, status):
    portal.faults.add(path=CREDENTIALS, status=status)
    ask(*DEV01, "--timeout", "1s").fails(5, "127.0.0.1")


def test_retry_after_is_honoured(ask, portal):
    portal.faults.add(path=CREDENTIALS, status=429, retry_after=1, times=1)
    ask(*DEV01).ok()
    first, second = portal.log.find(CREDENTIALS)
    assert second.time - first.time >= 0.95
    portal.faults.add(path=CREDENTIALS, status=503, retry_after=600)
    ask(*DEV01, "--no-cache", "--timeout", "2s").fails(5, "503")
    assert len(portal.log.find(CREDENTIALS)) == 3


def test_a_portal_that_does_not_answer(ask, portal):
    portal.faults.add(hang=True)
    result = ask(*DEV01, "--timeout", "3s")
    result.fails(5, "timed out after", "while waiting for the response")
    assert 2.9 < result.seconds < 15, "without the option it would be 20 s"


def test_a_redirect_is_not_followed(ask, portal):
    with Portal(portal.state) as other:
        for status in (301, 302, 303, 307, 308):
            portal.faults.add(path="*", redirect=other.url + "/admin/GetTenantsForUser",
                              status=status, times=1)
            ask(*DEV01).fails(5, f"redirect ({status})", "check DUPLO_HOST")
        assert other.log.connections == 0


# Text from the portal in messages

@pytest.mark.parametrize("body, words", [
    ({"Message": "The words."}, ": The words; ask"),
    ("The words.\nMore of them", ": The words; ask"),
    ("  \r\n The words.", ": The words; ask"),
    ('"The words."', ": The words; ask"),
    ({"message": "lower case", "Message": None}, "(403);"),
    ("<html><body>The words.</body></html>", "(403);"),
    ('{"Message": "cut', "(403);"),
    ("", "(403);"),
    (b"\xff\xfe\x00", ""),
    ({"Message": "red \x1b[31m, bell \x07, new\nline"}, "red ?[31m, bell ?, new?line"),
    ({"Message": "x" * 5000}, "(403)"),
    ("y" * 5000, "yyy"),
    ({"Message": "caf\u00e9 \u202e"}, ""),
], ids=range(13))
def test_text_from_the_portal(ask, portal, body, words):
    portal.faults.add(status=403, body=body)
    result = ask("tenants")
    assert result.code == 3 and result.out == "" and result.err.count("\n") == 1
    assert words in result.err and len(result.err) < 800
    assert not any(ord(c) < 32 for c in result.err[:-1])


# 6: files

def test_files(ask, portal, tmp_path):
    token = tmp_path / "token"
    ask(*DEV01, "--token-file", token).fails(6, str(token), "No such file")
    ask(*DEV01, "--ca-file", token).fails(6, "--ca-file", str(token))
    for variable in ("DUPLO_CA_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"):
        ask(*DEV01, env={"DUPLO_CA_FILE": None, variable: str(token)}).fails(6, variable)
    ask("update-aws-config", "--admin", env={"HOME": None}).fails(6, "--config-file")
    assert not portal.log


# Success is silent

def test_success_is_silent(ask, run, portal):
    token = run.home / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    for words in (DEV01, DEV01, ("tenants",), ("token",), ("version",), ("help",),
                  ("cache", "list"), ("cache", "path"), ("cache", "clear"),
                  ("update-aws-config", "p", "--admin", "--token-file", token),
                  ("update-aws-config", "p", "--admin", "--token-file", token)):
        assert ask(*words).ok()
