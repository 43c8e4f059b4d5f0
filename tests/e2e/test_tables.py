# SPDX-License-Identifier: MIT
"""The commands that print tables: lines of at most 80 columns with long but realistic data, and no
value that is cut."""

from __future__ import annotations

import pytest

from conftest import identity
from portal import Portal
from portal.state import State

WIDTH = 80
HOST = "https://portal-of-the-customer.example.com"
TENANT = "production-eu-west-01"
PLAN = "production-europe-west"
VALUE = "https://logs.production-eu-west-01.example.com/collect"
KEY = "MaximumSessionDurationOfAllRoles"


@pytest.fixture
def long_portal():
    state = State()
    tenant = state.add_tenant(TENANT, PLAN, "eu-west-1")
    tenant.metadata["enable_host_other_tenants"] = VALUE
    tenant.metadata["AwsAccessTokenValidity"] = "43200"
    state.settings["AppConfig", "MaximumSessionDuration"] = "43200"
    state.settings["AppConfig", "LogCollectorEndpointOfAllTenants"] = VALUE
    state.add_user("user", tenants=(TENANT,))
    state.add_user("admin", admin=True)
    with Portal(state) as portal:
        yield portal


@pytest.fixture
def ask_long(run, long_portal):
    def call(*words, user="user", env=None) -> str:
        return run(*words, env=identity(long_portal, user) | (env or {})).ok()
    return call


@pytest.fixture
def table(ask_long):
    """Runs a command as a user. Returns its output, after a check of the widths."""
    def call(*words, **more) -> str:
        text = ask_long(*words, **more)
        assert [line for line in text.splitlines() if len(line) > WIDTH] == []
        assert [line for line in text.splitlines() if line != line.rstrip()] == []
        return text
    return call


def test_tenants(table, long_portal):
    lines = table("tenants").splitlines()
    tenant = long_portal.state.tenants[TENANT]
    assert lines[1:] == [f"{TENANT}  {tenant.id}", f"    {PLAN}"]


@pytest.fixture
def filled_cache(ask_long, long_portal):
    ask_long("aws", "-T", TENANT)
    ask_long("aws", "--tenant-id", long_portal.state.tenants[TENANT].id)


@pytest.mark.parametrize("user", ["user", "admin"])
@pytest.mark.usefixtures("filled_cache")
def test_status(table, long_portal, user):
    long_portal.state.features = {"EnabledFlags": None, "IsAwsAdminJITEnabled": None}
    text = table("status", "-T", TENANT, user=user)
    assert long_portal.url in text and TENANT in text
    for rows in ({}, {"TenantMetadata": None}):
        long_portal.state.tenant_features = rows
        table("status", "-T", TENANT, user=user)
    table("status", "-T", "no-such-tenant", user=user)


def test_status_continues_below_the_text(table, long_portal):
    long_portal.state.tenant_features = {"TenantMetadata": None}
    lines = table("status", "-T", TENANT).splitlines()
    assert lines[-2:] == [
        "               3600 (1 h) unless the tenant's token-validity is set, which only",
        "               administrators can read"]


def test_settings_list(table):
    for words in ([], ["-T", TENANT]):
        lines = table("settings", "list", *words, user="admin").splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("admin-session-duration "))
        assert lines[at + 1] == "    length of an administrator's session"
        row = lines.index("AppConfig  LogCollectorEndpointOfAllTenants")
        assert lines[row + 1] == f"    {VALUE}"


def test_settings_list_of_keys(table):
    for env in ({}, {"DUPLO_KEY_ROLE_MAX_SESSION_DURATION": KEY}):
        lines = table("settings", "list", "--keys", env=env).splitlines()
        rows = [line for line in lines if not line.startswith(" ")]
        below = [line.split()[-1] for line in lines if line.startswith("    ")]
        assert len(rows) == len(below) == 7
        assert sum("DUPLO_KEY_" in word for word in below) == 6
        assert any(KEY in line for line in rows) == bool(env)


@pytest.mark.usefixtures("filled_cache")
def test_cache_list(table, run, long_portal):
    for entry in run.entries():
        entry.write_text(entry.read_text().replace(long_portal.url, HOST))
    lines = table("cache", "list").splitlines()
    assert lines[0] == HOST
    assert f"  tenant {long_portal.state.tenants[TENANT].id}" in lines
    assert sum(line.startswith("    expires 20") for line in lines) == 2


def test_version(table):
    assert table("version")
