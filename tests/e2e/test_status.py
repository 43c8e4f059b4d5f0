# SPDX-License-Identifier: MIT
"""`duplojit status`: how long the next session lasts, what limits it, and why it is refused."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def status(ask):
    """Runs it. Returns the lines of stdout as names and values."""
    def call(*args, user="user", **more) -> dict[str, str]:
        lines = ask("status", *args, user=user, **more).ok().replace("\n  ", " ").splitlines()
        return {line.split()[0]: " ".join(line.split()[1:]) for line in lines}
    return call


DEFAULT = "3600 (1 h): admin-session-duration is not set, this is the default"


def test_administrator(portal, status):
    seen = status(user="admin")
    assert (seen["portal"], seen["user"]) == (portal.url, "administrator")
    assert seen["administrator"] == DEFAULT and "tenant" not in seen
    assert seen["admin"] == "JIT enabled" and seen["MFA"] == "not required"
    assert seen["name"] == "admin" and seen["token"].startswith("from the environment, expires ")
    portal.state.settings["AppConfig", "AdminJitSessionDuration"] = "900"
    assert status(user="admin")["administrator"] == "900 (15 min): admin-session-duration"
    portal.state.settings["AppConfig", "AdminJitSessionDuration"] = "long"
    assert "is invalid" in status(user="admin")["administrator"]


def test_access_of_administrators_is_off(portal, status):
    portal.state.settings["Flags", "EnableAwsAdminJIT"] = "false"
    assert status(user="admin")["administrator"] == "refused: admin-jit-ui is off"
    assert status()["admin"] == "JIT disabled", "every user sees this"
    portal.state.features = {"IsAwsAdminJITEnabled": None}
    assert status(user="admin")["administrator"] == "refused: admin-jit-ui is off"
    assert status()["admin"] == "JIT unknown: the portal does not report it"
    del portal.state.settings["Flags", "EnableAwsAdminJIT"]
    assert status(user="admin")["administrator"] == (
        DEFAULT + "; the portal does not report whether admin-jit-ui is off")
    portal.state.features = {"IsAwsAdminJITEnabled": True}
    assert status(user="admin")["administrator"] == DEFAULT


def test_user(portal, status):
    seen = status("-T", "dev01")
    assert seen["user"] == "not an administrator"
    assert seen["administrator"] == "refused: the user is not an administrator"
    assert seen["tenant"] == "dev01 3600 (1 h): token-validity is not set, this is the default"
    assert not portal.log.find("/v3/admin/tenant/*")


def test_the_validity_of_a_tenant_as_a_user_sees_it(portal, status):
    """From the tenant's features."""
    tenant = portal.state.tenants["dev01"]
    tenant.metadata["AwsAccessTokenValidity"] = "1800"
    assert status("-T", "dev01")["tenant"] == "dev01 1800 (30 min): token-validity"
    tenant.metadata["AwsAccessTokenValidity"] = "soon"
    assert "token-validity is invalid, this is the default" in status("-T", "dev01")["tenant"]
    tenant.metadata["AwsAccessTokenValidity"] = "7200"
    assert status("-T", "dev01")["tenant"] == (
        "dev01 7200 (2 h): token-validity AWS refuses that if it is above the role's maximum, "
        "which only administrators can read")


@pytest.mark.parametrize("rows", [None, "x", {}, 1])
def test_a_portal_without_the_features_of_a_tenant(portal, status, rows):
    portal.state.tenants["dev01"].metadata["AwsAccessTokenValidity"] = "1800"
    portal.state.tenant_features = {"TenantMetadata": rows}
    seen = status("-T", "dev01")["tenant"]
    assert seen.startswith("dev01 3600 (1 h) unless the tenant's token-validity is set")
    assert seen.endswith("only administrators can read")


@pytest.mark.parametrize("answer", [404, 403, 400])
def test_a_portal_that_denies_the_features_of_a_tenant(portal, status, answer):
    portal.faults.add(path="/v3/features/tenant/*", status=answer)
    assert status("-T", "dev01")["tenant"].startswith("dev01 3600 (1 h) unless")


def test_features_of_a_tenant_that_fail(portal, ask):
    portal.faults.add(path="/v3/features/tenant/*", status=501)
    ask("status", "-T", "dev01").fails(5, "501")
    portal.faults.clear()
    portal.state.tenant_features = {"TenantMetadata": [1]}
    ask("status", "-T", "dev01").fails(5, "not a setting")


def test_access_of_users_is_off(portal, status):
    portal.state.settings["Flags", "DisableNonAdminAwsJIT"] = "true"
    assert status("-T", "dev01")["tenant"] == "dev01 refused: non-admin-jit-ui is off"
    assert "3600 (1 h)" in status("-T", "dev01", user="admin")["tenant"]
    portal.state.features = {"EnabledFlags": None}
    assert "does not report whether non-admin-jit-ui is off" in status("-T", "dev01")["tenant"]


def test_tenant_as_an_administrator_sees_it(portal, status):
    tenant = portal.state.tenants["dev01"]
    not_set = "dev01 3600 (1 h): token-validity is not set, this is the default"
    assert status("-T", "dev01", user="admin")["tenant"] == not_set
    tenant.metadata["AwsAccessTokenValidity"] = "1800"
    assert status("-T", "dev01", user="admin")["tenant"] == "dev01 1800 (30 min): token-validity"
    assert status("--tenant-id", tenant.id, user="admin")["tenant"].endswith(
        " 1800 (30 min): token-validity")
    tenant.metadata["AwsAccessTokenValidity"] = "7200"
    assert status("-T", "dev01", user="admin")["tenant"] == (
        "dev01 refused by AWS: token-validity 7200 (2 h) is above the role's maximum, 3600 (1 h)")
    portal.state.settings["AppConfig", "MaximumSessionDuration"] = "7200"
    assert status("-T", "dev01", user="admin")["tenant"] == "dev01 7200 (2 h): token-validity"


def test_a_tenant_of_others(portal, status):
    assert status("-T", "prod01")["tenant"] == (
        'prod01 refused: this user has no tenant "prod01"; the tenants are dev01, dev02')
    prod_id = portal.state.tenants["prod01"].id
    assert "refused: this user has no tenant" in status("--tenant-id", prod_id)["tenant"]


def test_mfa(portal, ask, status):
    portal.state.otp_needed = True
    seen = status(user="admin")
    assert seen["user"] == "not an administrator, or without a new MFA code (use --otp)"
    assert seen["administrator"] == (
        "refused: a new MFA code is required (--otp), or the user is not an administrator")
    assert seen["MFA"] == "required for administrators"
    assert status("--otp", portal.state.otp_code, user="admin")["user"] == "administrator"


def test_requests_no_credentials(portal, status):
    status("-T", "dev01", user="admin")
    assert portal.state.issued == []


def test_failures(portal, ask, run):
    portal.state.rotate("user")
    ask("status", env={"DUPLO_TOKEN": "x.y.z"}).fails(3, "rejects the token")
    portal.faults.add(path="/v3/admin/systemSettings/config", status=501)
    ask("status").fails(5, "501")
    ask("status", "-T", "a/b").fails(2, "--tenant")
    run("status").fails(2, "--host")


@pytest.mark.parametrize("flags", [None, [], "x", [1, None, {}], ["y" * 5000]],
                         ids=lambda value: repr(value)[:20])
def test_features_of_any_shape(portal, status, flags):
    portal.state.features = {"EnabledFlags": flags}
    assert status("-T", "dev01")["tenant"].startswith("dev01 3600")


# JSON

def as_json(ask, *args, user="admin", **more):
    return json.loads(ask("status", "-o", "json", *args, user=user, **more).ok())


def test_json_of_an_administrator(ask, portal):
    portal.state.settings["AppConfig", "AdminJitSessionDuration"] = "900"
    portal.state.tenants["dev01"].metadata["AwsAccessTokenValidity"] = "1800"
    ask("aws", "--admin", user="admin").ok()
    seen = as_json(ask, "-T", "dev01")
    assert seen["Portal"] == portal.url and seen["User"] == "admin"
    assert (seen["Administrator"], seen["MfaRequired"], seen["AdminJit"]) == (True, False, True)
    assert seen["Token"]["Source"] == "environment" and seen["Token"]["Expiration"].endswith("Z")
    assert seen["AdministratorSession"] == {"Seconds": 900, "Refused": None}
    assert seen["TenantSession"] == {"Tenant": "dev01", "Seconds": 1800, "Refused": None}
    [entry] = seen["Cached"]
    assert entry.keys() == {"Scope", "Expiration", "SecondsLeft"} and entry["SecondsLeft"] > 0


def test_json_of_an_invalid_duration_has_the_default(ask, portal):
    portal.state.settings["AppConfig", "AdminJitSessionDuration"] = "long"
    assert as_json(ask)["AdministratorSession"]["Seconds"] == 3600


def test_json_says_why_a_session_is_refused(ask, portal):
    seen = as_json(ask, "-T", "dev01", user="user")
    assert seen["AdministratorSession"] == {"Seconds": None,
                                            "Refused": "the user is not an administrator"}
    assert seen["TenantSession"] == {"Tenant": "dev01", "Seconds": 3600, "Refused": None}
    assert "nowhere" in as_json(ask, "-T", "nowhere")["TenantSession"]["Refused"]
    portal.state.tenants["dev01"].metadata["AwsAccessTokenValidity"] = "7200"
    seen = as_json(ask, "-T", "dev01")["TenantSession"]
    assert seen["Seconds"] is None and "above the role's maximum" in seen["Refused"]
    assert "TenantSession" not in as_json(ask)


def test_json_of_a_portal_that_reports_little(ask, portal):
    portal.state.features = {"IsAwsAdminJITEnabled": None}
    portal.faults.add(path="/v3/features/tenant/*", status=404)
    seen = as_json(ask, "-T", "dev01", user="user")
    assert seen["AdminJit"] is None
    assert seen["TenantSession"] == {"Tenant": "dev01", "Seconds": None, "Refused": None}


def test_a_query_of_the_status(ask, portal):
    words = ("-T", "dev01", "-q", "TenantSession.Seconds")
    assert ask("status", *words, user="admin").ok() == "3600\n"
    assert portal.token("admin") not in ask("status", "-o", "yaml", user="admin").ok()
