# SPDX-License-Identifier: MIT
"""Administrators' settings: each documented procedure and its effect on the next credentials, and
what happens if the portal or another administrator interferes."""

from __future__ import annotations

import datetime
import json
import os

import pytest

from conftest import identity
from portal import Portal

SYSTEM = "/v3/admin/systemSettings/config"


@pytest.fixture
def settings(ask):
    """`duplojit settings ...` as an administrator."""
    def call(*args, user="admin", **more):
        return ask("settings", *args, user=user, **more)
    return call


@pytest.fixture
def change(settings):
    """The same, and it must succeed. Returns the lines of stdout."""
    def call(*args, **more):
        return settings(*args, **more).ok().splitlines()
    return call


def lifetime(ask, *args, user="user") -> int:
    """Seconds that the next credentials last, to the nearest minute."""
    answer = json.loads(ask("aws", *args, user=user).ok())
    end = datetime.datetime.fromisoformat(answer["Expiration"].replace("Z", "+00:00"))
    left = (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    return round(left / 60) * 60


def writes(portal) -> list[tuple[str, str]]:
    return [(r.method, r.path) for r in portal.log if r.method != "GET"]


def metadata(portal, tenant="dev01") -> str:
    return f"/v3/admin/tenant/{portal.state.tenants[tenant].id}/metadata"


# The documented procedures and their effects

def test_token_validity(portal, ask, change, settings):
    assert lifetime(ask, "-T", "dev01") == 3600
    settings("set", "token-validity", "7200", "-T", "dev01").fails(
        4, "7200 (2 h)", "3600 (1 h)", "raise tenant-role-max-session-duration",
        "--raise-role-max")
    assert writes(portal) == []
    done = change("set", "token-validity", "7200", "-T", "dev01", "--raise-role-max")
    assert done[-2:] == ["done: tenant-role-max-session-duration of tenant dev01: "
                         "not set -> 7200 (2 h)",
                         "done: token-validity of tenant dev01: not set -> 7200 (2 h)"]
    assert portal.state.tenants["dev01"].metadata == {
        "MaximumSessionDuration": "7200", "AwsAccessTokenValidity": "7200"}
    assert lifetime(ask, "-T", "dev01", "--no-cache") == 7200
    assert lifetime(ask, "-T", "dev02") == 3600


def test_the_next_session_of_the_administrator_is_new(ask, change):
    assert lifetime(ask, "-T", "dev01", user="admin") == 3600
    change("set", "token-validity", "30m", "-T", "dev01")
    assert lifetime(ask, "-T", "dev01", user="admin") == 1800


def test_role_max_session_duration(ask, change, settings):
    assert change("set", "role-max-session-duration", "2h") == [
        "done: role-max-session-duration: not set -> 7200 (2 h)"]
    change("set", "token-validity", "2h", "-T", "dev01")
    assert lifetime(ask, "-T", "dev01") == 7200
    done = settings("set", "role-max-session-duration", "3600")
    assert done.code == 0 and "3600 (1 h)" in done.out
    assert "token-validity 7200 (2 h) of tenant dev01 is above" in done.err
    assert "dev02" not in done.err and done.err.count("\n") == 1
    ask("aws", "-T", "dev01", "--no-cache").fails(4, "DurationSeconds exceeds")


def test_tenant_role_max_session_duration(ask, change, settings):
    change("set", "tenant-role-max-session-duration", "2h", "-T", "dev01")
    change("set", "token-validity", "2h", "-T", "dev01")
    assert lifetime(ask, "-T", "dev01") == 7200
    done = settings("unset", "tenant-role-max-session-duration", "-T", "dev01")
    assert done.code == 0 and "of tenant dev01 is above the role's maximum, 3600" in done.err
    change("unset", "token-validity", "-T", "dev01")
    assert lifetime(ask, "-T", "dev01", "--no-cache") == 3600


def test_non_admin_jit_ui(portal, ask, change):
    change("set", "non-admin-jit-ui", "off")
    assert portal.state.settings["Flags", "DisableNonAdminAwsJIT"] == "true"
    message = ask("aws", "-T", "dev01").fails(3)
    assert "AWS JIT access is disabled for non-administrators; " in message
    assert lifetime(ask, "-T", "dev01", user="admin") == 3600
    assert lifetime(ask, "--admin", user="admin") == 3600
    change("set", "non-admin-jit-ui", "true")
    assert portal.state.settings["Flags", "DisableNonAdminAwsJIT"] == "false"
    assert lifetime(ask, "-T", "dev01") == 3600


def test_admin_jit_ui(ask, change):
    assert change("set", "admin-jit-ui", "off") == ["done: admin-jit-ui: on -> off"]
    ask("aws", "--admin", user="admin").fails(3, "disabled for administrators")
    assert change("set", "admin-jit-ui", "on") == ["done: admin-jit-ui: off -> on"]
    assert lifetime(ask, "--admin", user="admin") == 3600
    change("unset", "admin-jit-ui")
    ask("aws", "--admin", "--no-cache", user="admin").fails(3)


def test_admin_session_duration(portal, run, ask, change):
    assert lifetime(ask, "--admin", user="admin") == 3600
    change("set", "admin-session-duration", "900")
    assert lifetime(ask, "--admin", user="admin") == 900
    assert lifetime(ask, "--admin", user="admin") == 900
    assert len(portal.state.issued) == 2  # the second credentials are cached
    entry = json.loads(run.entries()[0].read_text())
    assert 900 in entry.values()


# Plans, conditions, and concurrent changes

def test_nothing_to_change(portal, change):
    change("set", "admin-session-duration", "2h")
    before = writes(portal)
    assert change("set", "admin-session-duration", "7200") == [
        "nothing to change: admin-session-duration is 7200 (2 h)"]
    assert change("unset", "role-max-session-duration") == [
        "nothing to change: role-max-session-duration is not set"]
    change("set", "--type", "X", "--key", "k", "v")
    assert change("set", "--type", "X", "--key", "k", "v") == ['nothing to change: X/k is "v"']
    assert writes(portal)[:-1] == before


def test_dry_run(portal, change, settings):
    assert change("set", "token-validity", "2h", "-T", "dev01", "--raise-role-max",
                  "--dry-run") == [
        "plan: tenant-role-max-session-duration of tenant dev01: not set -> 7200 (2 h)",
        "plan: token-validity of tenant dev01: not set -> 7200 (2 h)"]
    assert change("unset", "admin-jit-ui", "--dry-run") == ["plan: admin-jit-ui: on -> not set"]
    settings("set", "token-validity", "2h", "-T", "dev01", "--dry-run").fails(4, "above")
    assert writes(portal) == []


def test_variables(settings, change, tmp_path):
    """Variables that a pipeline may set once for all its commands."""
    env = {"DUPLO_TENANT": "dev01", "DUPLO_RAISE_ROLE_MAX": "1", "DUPLO_DRY_RUN": "yes"}
    plan = ["plan: tenant-role-max-session-duration of tenant dev01: not set -> 7200 (2 h)",
            "plan: token-validity of tenant dev01: not set -> 7200 (2 h)"]
    assert change("set", "token-validity", "2h", env=env) == plan
    assert len(change("set", "token-validity", "2h", "--dry-run=false", env=env)) == 4
    env = {"DUPLO_SETTING_TYPE": "X", "DUPLO_SETTING_KEY": "k"}
    change("set", "v", env=env)
    assert settings("get", env=env).ok() == "v\n"
    settings("set", "w", env=env | {"DUPLO_IF_VALUE": "u"}).fails(4, "as --if-value requires")
    change("set", "w", env=env | {"DUPLO_IF_VALUE": "v"})
    file = settings("export").ok()
    path = tmp_path / "settings.json"
    path.write_text(file)
    done = change("apply", env={"DUPLO_SETTINGS_FILE": str(path)})
    assert done[0].startswith("nothing to change")


def test_if_value(portal, change, settings):
    change("set", "admin-session-duration", "1h", "--if-value", "")
    settings("set", "admin-session-duration", "2h", "--if-value", "").fails(4, "is 3600 (1 h)")
    change("set", "admin-session-duration", "2h", "--if-value", "60m")
    portal.state.settings["AppConfig", "AdminJitSessionDuration"] = "1800"
    before = writes(portal)
    settings("set", "admin-session-duration", "3h", "--if-value", "2h").fails(
        4, "is 1800 (30 min)", '"2h"', "as --if-value requires", "nothing was written")
    settings("unset", "admin-session-duration", "--if-value", "2h").fails(
        4, "as --if-value requires")
    settings("set", "--type", "X", "--key", "k", "v", "--if-value", "w").fails(4, "X/k is not set")
    settings("set", "admin-session-duration", "3h", "--if-value", "soon").fails(2, "--if-value")
    assert writes(portal) == before
    # The new value is not a conflict: a pipeline may run twice.
    change("set", "admin-session-duration", "30m", "--if-value", "2h")


def test_a_concurrent_change_between_two_steps(portal, settings):
    """Another administrator changes the validity after the first of two steps."""
    tenant = portal.state.tenants["dev01"]

    def meanwhile(_):
        tenant.metadata["AwsAccessTokenValidity"] = "1800"

    portal.faults.add(path="*/metadata", method="GET", skip=1, times=1, call=meanwhile)
    done = settings("set", "token-validity", "2h", "-T", "dev01", "--raise-role-max")
    assert done.code == 4 and "1 of 2 changes are done" in done.err
    assert "changed by another user" in done.err
    assert tenant.metadata["AwsAccessTokenValidity"] == "1800"


def test_a_concurrent_change_while_apply_runs(portal, settings):
    """Each value is read again before it is changed."""
    tenant = portal.state.tenants["dev01"]

    def meanwhile(_):
        tenant.metadata["AwsAccessTokenValidity"] = "1800"

    portal.faults.add(path=SYSTEM, method="POST", times=1, call=meanwhile)
    done = settings("apply", "-f", "-", stdin=json.dumps({
        "system": {"admin-session-duration": 900}, "tenants": {"dev01": {"token-validity": 900}}}))
    assert done.code == 4 and "1 of 2 changes are done" in done.err
    assert "token-validity has been changed by another user" in done.err
    assert tenant.metadata == {"AwsAccessTokenValidity": "1800"}


def test_get(change, settings):
    assert settings("get", "admin-jit-ui").ok() == "on\n"
    settings("get", "token-validity", "-T", "dev01").fails(4, "not set", "3600 (1 h)")
    change("set", "token-validity", "45m", "-T", "dev01")
    assert settings("get", "token-validity", "-T", "dev01").ok() == "2700\n"
    assert settings("get", "-T", "dev01", "--key", "AwsAccessTokenValidity").ok() == "2700\n"
    change("set", "non-admin-jit-ui", "off")
    assert settings("get", "non-admin-jit-ui").ok() == "off\n"
    assert settings("get", "--type", "Flags", "--key", "DisableNonAdminAwsJIT").ok() == "true\n"


def test_get_on_a_terminal(portal, run):
    """A program gets the exact value; on a terminal control characters are replaced."""
    portal.state.tenants["dev01"].metadata["k"] = "red\x1b[31m\u20ac\nx"
    args = ("settings", "get", "-T", "dev01", "--key", "k")
    env = identity(portal, "admin")
    assert run(*args, env=env).ok() == "red\x1b[31m\u20ac\nx\n"
    ours, theirs = os.openpty()
    try:
        run(*args, env=env, stdout=theirs)
        assert os.read(ours, 1000).decode() == "red?[31m\u20ac?x\r\n"
    finally:
        os.close(ours)
        os.close(theirs)


def test_tenant_by_id(portal, change, settings):
    tenant = portal.state.tenants["dev02"]
    change("set", "token-validity", "1800", "--tenant-id", tenant.id)
    assert tenant.metadata == {"AwsAccessTokenValidity": "1800"}
    change("set", "token-validity", "900", env={"DUPLO_TENANT": "dev02"})
    assert tenant.metadata == {"AwsAccessTokenValidity": "900"}
    settings("set", "token-validity", "900", "-T", "dev09").fails(4, "dev09", "prod01")


@pytest.mark.parametrize("args, words", [
    (("set", "token-validity", "7200"), ["needs a tenant", "--tenant"]),
    (("set", "role-max-session-duration", "7200", "-T", "dev01"),
     ["setting of the system", "leave out --tenant"]),
    (("set", "token-validity", "5m", "-T", "dev01"), ['"5m"', "900", "43200"]),
    (("set", "token-validity", "13h", "-T", "dev01"), ['"13h"', "12h"]),
    (("set", "admin-jit-ui", "maybe"), ['"maybe"', "on or off"]),
    (("set", "no-such", "1"), ['"no-such"', "use admin-jit-ui,"]),
    (("get", "admin-jit-uu"), ["Did you mean admin-jit-ui?"]),
    (("get", "S3cret.Word"), ["not shown: it may be a secret"]),
    (("set", "admin-jit-ui"), ["which setting?"]),
    (("set", "--key", "k", "v"), ["--type", "--tenant"]),
    (("set", "--type", "T", "v"), ["--key"]),
    (("set", "--type", "T", "--key", "k", "v", "-T", "dev01"),
     ["keys of the system", "leave out --type"]),
    (("set",), ["NAME VALUE"]),
    (("get",), ["which setting?"]),
    (("get", "a", "b"), ["unexpected argument"]),
    (("list", "admin-jit-ui"), ["unexpected argument"]),
    (("list", "--if-value", "1"), ["has no option --if-value"]),
    (("apply", "--if-value", "1"), ["has no option --if-value"]),
    (("unset", "admin-jit-ui", "--raise-role-max"), ["has no option --raise-role-max"]),
    (("apply",), ["-f FILE"]),
    (("lisst",), ["use list, get, set, unset, apply or export. Did you mean list?"]),
    ((), ["missing argument: use list"]),
], ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_bad_usage(portal, settings, args, words):
    settings(*args).fails(2, *words)
    assert writes(portal) == []


def test_not_an_administrator(portal, settings):
    for args in (["list"], ["export"], ["get", "admin-jit-ui"], ["set", "admin-jit-ui", "off"],
                 ["set", "token-validity", "900", "-T", "dev01"]):
        settings(*args, user="user").fails(
            3, "denies access to the settings (403)", "an administrator's token")
    portal.state.otp_needed = True
    settings("list").fails(3, "requires an MFA code", "--otp")
    settings("list", "--otp", portal.state.otp_code).ok()
    assert writes(portal) == []


def test_a_refused_write(portal, settings):
    portal.faults.add(path=SYSTEM, method="POST", status=403, body={"Message": "Read only."})
    settings("set", "admin-jit-ui", "off").fails(3, "Read only", "administrator's token")


# Types and keys

HARD_KEYS = ["a/b c%", "../../x", "k?v=1&w#f", "sch\u00f6n", "a+b;c", '"quoted"\\']


@pytest.mark.parametrize("key", HARD_KEYS)
def test_special_characters_in_keys(portal, change, settings, key):
    tenant = portal.state.tenants["dev01"]
    for value in ("1", "two\nlines \u20ac \"quoted\"", "1"):
        change("set", "-T", "dev01", "--key", key, value)
        assert tenant.metadata == {key: value}
    assert settings("get", "-T", "dev01", "--key", key).ok() == "1\n"
    change("unset", "-T", "dev01", "--key", key)
    assert tenant.metadata == {}
    change("set", "--type", "T y/p", "--key", key, "1")
    assert portal.state.settings["T y/p", key] == "1"
    change("unset", "--type", "T y/p", "--key", key)
    assert ("T y/p", key) not in portal.state.settings
    assert all(" " not in r.path and ".." not in r.path.split("/") for r in portal.log)


def test_a_duration_set_by_its_key_is_checked_too(portal, settings, change):
    settings("set", "-T", "dev01", "--key", "AwsAccessTokenValidity", "7200").fails(4, "above")
    settings("set", "-T", "dev01", "--key", "AwsAccessTokenValidity", "5").fails(2, "900")
    assert writes(portal) == []


def test_other_keys(portal, change, settings):
    tenant = portal.state.tenants["dev01"]
    change("set", "token-validity", "1800", "-T", "dev01", "--key", "AwsJitValidity")
    assert tenant.metadata == {"AwsJitValidity": "1800"}
    env = {"DUPLO_KEY_TOKEN_VALIDITY": "OtherKey"}
    change("set", "token-validity", "900", "-T", "dev01", env=env)
    assert tenant.metadata == {"AwsJitValidity": "1800", "OtherKey": "900"}
    assert settings("get", "token-validity", "-T", "dev01", env=env).ok() == "900\n"
    listed = settings("list", "--keys", env=env).ok()
    assert "OtherKey" in listed and "AwsAccessTokenValidity" not in listed
    settings("list", env={"DUPLO_KEY_TOKEN_VALIDITY": ".."}).fails(2, "DUPLO_KEY_TOKEN_VALIDITY")


def test_a_key_of_two_types_is_not_deleted(portal, change, settings):
    """The portal's DELETE has only the key."""
    change("set", "--type", "A", "--key", "k", "1")
    change("set", "--type", "B", "--key", "k", "2")
    settings("unset", "--type", "A", "--key", "k").fails(4, "type B", "web interface")
    assert portal.state.settings["A", "k"] == "1" and portal.state.settings["B", "k"] == "2"
    change("set", "admin-session-duration", "900")
    change("set", "--type", "B", "--key", "AdminJitSessionDuration", "2")
    before = writes(portal)
    settings("unset", "admin-session-duration").fails(4, "type B")
    file = json.dumps({"system": {"admin-jit-ui": "off", "admin-session-duration": None}})
    settings("apply", "-f", "-", stdin=file).fails(4, "type B")
    settings("apply", "-f", "-", "--dry-run", stdin=file).fails(4, "type B")
    assert writes(portal) == before, "a plan that cannot be completed was started"


def test_keys_need_no_portal(run):
    lines = run("settings", "list", "--keys").ok().splitlines()
    assert run("settings", "list", env={"DUPLO_KEYS": "1"}).ok().splitlines() == lines
    pairs = zip(lines[2::2], lines[3::2])
    rows = {row.split()[0]: row.split() + below.split() for row, below in pairs}
    assert rows["admin-session-duration"][1:4] == ["AppConfig", "AdminJitSessionDuration",
                                                   "documented"]
    assert rows["token-validity"][1:4] == ["(tenant)", "AwsAccessTokenValidity", "unverified"]
    assert rows["admin-jit-ui"][4] == "DUPLO_KEY_ADMIN_JIT_UI" and len(rows) == 6


def test_keys_as_json(run):
    env = {"DUPLO_KEY_ADMIN_SESSION_DURATION": 'a"b', "DUPLO_KEY_TOKEN_VALIDITY": "other"}
    rows = json.loads(run("settings", "list", "--keys", "-o", "json", env=env).ok())
    by_name = {row.pop("Name"): row for row in rows}
    assert by_name["role-max-session-duration"] == {
        "Type": "AppConfig", "Key": "MaximumSessionDuration", "Verified": True,
        "Variable": "DUPLO_KEY_ROLE_MAX_SESSION_DURATION"}
    assert by_name["token-validity"]["Type"] is None
    assert by_name["token-validity"]["Key"] == "other"
    assert by_name["admin-session-duration"]["Key"] == 'a"b'
    assert not by_name["admin-session-duration"]["Verified"], "that key is not documented"
    run("settings", "list", "--keys", "-o", "shell").fails(2, "table, json, yaml")


def test_list(portal, change, settings):
    change("set", "token-validity", "900", "-T", "dev01")
    portal.state.settings["AppConfig", "Odd"] = "two\nlines\x1b[31m"
    portal.state.settings["AppConfig", "MaximumSessionDuration"] = "for ever"
    portal.state.tenants["dev01"].metadata["Colour"] = "blue"
    out = settings("list", "-T", "dev01").ok()
    named, rows = out.split("\n\n")
    assert "token-validity                    900 (15 min)" in named
    assert 'role-max-session-duration         "for ever"' in named
    assert "two?lines?[31m" in rows and "(tenant)   Colour" in rows
    assert [line.split()[0] for line in named.splitlines()[1:] if line[0] != " "] == [
        "admin-jit-ui", "non-admin-jit-ui", "admin-session-duration",
        "role-max-session-duration", "token-validity", "tenant-role-max-session-duration"]
    answer = json.loads(settings("list", "-T", "dev01", "-o", "json").ok())
    by_name = {row["Name"]: row for row in answer["Settings"]}
    assert by_name["admin-jit-ui"]["Value"] is True
    assert by_name["token-validity"]["Value"] == 900
    assert by_name["token-validity"]["Default"] == 3600
    assert by_name["token-validity"]["Verified"] is False
    assert by_name["admin-session-duration"]["Value"] is None
    assert by_name["role-max-session-duration"]["Value"] == "for ever"
    assert {"Type": "AppConfig", "Key": "Odd", "Value": "two\nlines\x1b[31m"} in answer["System"]
    assert {"Key": "Colour", "Value": "blue"} in answer["Tenant"]
    answer = json.loads(settings("list", "-o", "json").ok())
    assert "Tenant" not in answer
    assert {row["Scope"] for row in answer["Settings"]} == {"system"}, "null would be \"not set\""
    assert len(answer["Settings"]) == 4


# Portals that differ

def test_an_older_portal_without_put(portal, ask, change):
    portal.state.old_settings = True
    change("set", "token-validity", "1800", "-T", "dev01")
    change("set", "token-validity", "2700", "-T", "dev01")
    assert ("PUT", metadata(portal) + "/AwsAccessTokenValidity") in writes(portal)
    assert writes(portal)[-1] == ("POST", metadata(portal))
    assert lifetime(ask, "-T", "dev01") == 2700
    portal.state.old_settings = False
    for status in (500, 405):
        portal.faults.add(method="PUT", status=status, times=1)
        portal.state.old_settings = True
        portal.state.tenants["dev01"].metadata["AwsAccessTokenValidity"] = "1800"
        change("set", "token-validity", "2700", "-T", "dev01")


def test_put_with_a_newer_portal(portal, change):
    change("set", "token-validity", "1800", "-T", "dev01")
    change("set", "token-validity", "2700", "-T", "dev01")
    assert writes(portal) == [("POST", metadata(portal)),
                              ("PUT", metadata(portal) + "/AwsAccessTokenValidity")]


@pytest.mark.parametrize("args", [
    ("set", "admin-jit-ui", "off"), ("set", "non-admin-jit-ui", "off"),
    ("set", "admin-session-duration", "900"), ("set", "role-max-session-duration", "2h"),
    ("set", "token-validity", "900", "-T", "dev01"),
    ("set", "tenant-role-max-session-duration", "2h", "-T", "dev01"),
    ("set", "--type", "T", "--key", "k", "v"), ("unset", "admin-jit-ui"),
], ids=" ".join)
def test_a_write_without_effect(portal, settings, args):
    portal.state.drops_writes = True
    settings(*args).fails(1, "the portal accepted the change", "report the old value", "DUPLO_KEY_")
    assert len(writes(portal)) == 1


@pytest.mark.parametrize("body, words", [
    ([1], "an entry that is not a setting"), ([[]], "an entry that is not a setting"),
    ([None], "an entry that is not a setting"),
    ({}, "not a JSON array"), ("[", SYSTEM),
    ("", "not a JSON array"),
    ([{"Key": "k", "Value": {}}], "a setting's Value"), ('[{"Key": "a", "Key": "b"}]', "Key"),
], ids=repr)
def test_invalid_lists(portal, settings, body, words):
    portal.faults.add(path=SYSTEM, method="GET", status=200, body=body)
    for args in (["list"], ["set", "admin-jit-ui", "off"], ["export"]):
        settings(*args).fails(5, words)
    assert writes(portal) == []


def test_features_that_contradict_the_setting(portal, settings, change):
    """The setting is stored, but the features say that it has no effect."""
    portal.state.features = {"IsAwsAdminJITEnabled": True}
    settings("set", "admin-jit-ui", "off").fails(1, "IsAwsAdminJITEnabled", "DUPLO_KEY_")
    portal.state.features = {"EnabledFlags": []}
    settings("set", "non-admin-jit-ui", "off").fails(1, "EnabledFlags", "DUPLO_KEY_")
    portal.state.features = {"EnabledFlags": None, "IsAwsAdminJITEnabled": None}
    for name in ("admin-jit-ui", "non-admin-jit-ui"):
        change("set", name, "on")
        change("set", name, "off")


def test_a_portal_that_fails_when_a_change_is_read_back(portal, settings):
    portal.faults.add(path=SYSTEM, method="GET", skip=1, status=501)
    settings("set", "admin-session-duration", "900").fails(5, "was written", "read back")


def test_a_write_whose_answer_is_lost(portal, settings, change):
    """The connection breaks after the change: reading back confirms it."""
    def lose(path, method):
        return portal.faults.add(path=path, method=method, reset_at=0)

    fault = lose(SYSTEM, "POST")
    assert change("set", "admin-session-duration", "900") == [
        "done: admin-session-duration: not set -> 900 (15 min)"]
    assert fault.hits > 0 and portal.state.settings["AppConfig", "AdminJitSessionDuration"] == "900"
    fault = lose(SYSTEM + "/*", "DELETE")
    change("unset", "admin-session-duration")
    assert fault.hits > 0 and ("AppConfig", "AdminJitSessionDuration") not in portal.state.settings


def test_a_write_that_is_sent_twice(portal, change):
    """libcurl repeats a request on a reused connection: the portal already has the setting."""
    portal.faults.add(path=metadata(portal), method="POST", reset_at=0, times=1)
    assert change("set", "token-validity", "1800", "-T", "dev01") == [
        "done: token-validity of tenant dev01: not set -> 1800 (30 min)"]
    assert [r.status for r in portal.log.find(metadata(portal), method="POST")] == [200, 400]


def test_a_write_that_never_arrives(portal, settings):
    portal.faults.add(path=SYSTEM, method="POST", status=503)
    settings("set", "admin-session-duration", "900", "--timeout", "1s").fails(
        5, "still reports the old value of AdminJitSessionDuration", "503")
    portal.faults.add(path=SYSTEM, method="GET", skip=1, status=501)
    settings("set", "admin-session-duration", "900", "--timeout", "1s").fails(
        5, "AdminJitSessionDuration may have been written", "503")


def test_a_delete_that_is_refused(portal, settings):
    """Only 404 means that the setting does not exist."""
    fault = portal.faults.add(path=SYSTEM + "/*", method="DELETE", status=500,
                              body={"Message": "Oh"})
    settings("unset", "admin-jit-ui").fails(5, "500", "Oh")
    portal.faults.clear()
    assert fault.hits > 0
    portal.faults.add(path=SYSTEM + "/*", method="DELETE", times=1, status=404, call=lambda _: (
        portal.state.settings.pop(("Flags", "EnableAwsAdminJIT"))))
    assert settings("unset", "admin-jit-ui").ok() == "done: admin-jit-ui: on -> not set\n"


def test_features_of_any_type(portal, settings):
    portal.state.features = {"IsAwsAdminJITEnabled": True}
    settings("set", "admin-jit-ui", "off", "--type", "AppConfig").fails(1, "IsAwsAdminJITEnabled")


# Files

def test_apply(portal, ask, change, tmp_path):
    tenants = portal.state.tenants
    tenants["dev01"].metadata = {"AwsAccessTokenValidity": "3600"}
    tenants["dev02"].metadata = {"AwsAccessTokenValidity": "7200", "MaximumSessionDuration": "7200"}
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({
        "tenants": {"dev01": {"token-validity": "2h"},
                    tenants["dev02"].id: {"tenant-role-max-session-duration": 1800,
                                          "token-validity": 1800},
                    "PROD01": {"token-validity": None}},
        "system": {"non-admin-jit-ui": False, "admin-session-duration": "15m",
                   "role-max-session-duration": 7200}}))
    plan = change("apply", "-f", path, "--dry-run")
    assert writes(portal) == []
    done = change("apply", "--file", path)
    steps = ["non-admin-jit-ui: not set -> off",
             "admin-session-duration: not set -> 900 (15 min)",
             "role-max-session-duration: not set -> 7200 (2 h)",
             "token-validity of tenant dev01: 3600 (1 h) -> 7200 (2 h)",
             "token-validity of tenant dev02: 7200 (2 h) -> 1800 (30 min)",
             "tenant-role-max-session-duration of tenant dev02: 7200 (2 h) -> 1800 (30 min)"]
    assert plan == [f"plan: {step}" for step in steps]
    assert done == plan + [f"done: {step}" for step in steps]
    assert lifetime(ask, "-T", "dev01", user="admin") == 7200
    assert lifetime(ask, "-T", "dev02", user="admin") == 1800
    assert change("apply", "-f", path) == [
        f"nothing to change: the portal has all settings of {path}"]
    assert change("apply", "-f", "-", stdin='{"system": {"admin-session-duration": 1800}}') == [
        f"{word}: admin-session-duration: 900 (15 min) -> 1800 (30 min)"
        for word in ("plan", "done")], "a plan of one step is a plan"
    assert change("apply", "-f", "-", stdin="{}") == [
        "nothing to change: the portal has all settings of -"]


def test_apply_checks_everything_first(portal, settings, change):
    file = json.dumps({"system": {"admin-jit-ui": "off"},
                       "tenants": {"dev01": {"token-validity": 7200}}})
    settings("apply", "-f", "-", stdin=file).fails(4, "above", "dev01")
    assert writes(portal) == []
    change("apply", "-f", "-", "--raise-role-max", stdin=file)
    assert portal.state.tenants["dev01"].metadata["MaximumSessionDuration"] == "7200"


def test_apply_stops_at_the_first_failure(portal, settings):
    portal.faults.add(path=metadata(portal), method="POST", status=400, times=1,
                      body={"Message": "No, not this."})
    done = settings("apply", "-f", "-", stdin=json.dumps({
        "system": {"admin-session-duration": 900},
        "tenants": {"dev01": {"token-validity": 900}, "dev02": {"token-validity": 900}}}))
    assert done.code == 4 and done.err.count("\n") == 1
    assert "1 of 3 changes are done" in done.err and "No, not this" in done.err
    assert done.out.splitlines()[3:] == [
        "done: admin-session-duration: not set -> 900 (15 min)",
        "failed: token-validity of tenant dev01: not set -> 900 (15 min)",
        "not done: token-validity of tenant dev02: not set -> 900 (15 min)"]
    assert portal.state.settings["AppConfig", "AdminJitSessionDuration"] == "900"
    assert portal.state.tenants["dev02"].metadata == {}


@pytest.mark.parametrize("text, words", [
    ('{"system": {"admin-jit-ui": "on", "admin-jit-ui": "off"}}', ["twice"]),
    ('{"system": {"token-validity": 900}}', ["token-validity", "not a setting of the system"]),
    ('{"tenants": {"dev01": {"admin-jit-ui": "on"}}}', ["dev01", "not a setting of a tenant"]),
    ('{"tenants": {"dev01": {"token-validity": 7.5}}}', ['"7.5"', "dev01"]),
    ('{"tenants": {"dev01": {"token-validity": []}}}', ["token-validity"]),
    ('{"tenants": {"dev01": 7}}', ["dev01", "not an object"]),
    ('{"tenants": []}', ["not an object"]),
    ('{"tenant": {}}', ['"tenant" is neither']),
    ('{"system": {}} x', ["--file -"]),
    ("", ["--file -"]),
], ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_bad_files(portal, settings, text, words):
    """Reported before the first request."""
    settings("apply", "-f", "-", stdin=text).fails(6, *words)
    assert len(portal.log) == 0


def test_a_tenant_twice_in_the_file(portal, settings):
    tenant_id = portal.state.tenants["dev01"].id
    file = json.dumps({"tenants": {"dev01": {"token-validity": 900},
                                   tenant_id: {"token-validity": 1800}}})
    settings("apply", "-f", "-", stdin=file).fails(6, "twice")
    settings("apply", "-f", "-", stdin='{"tenants": {"no": {}}}').fails(4, '"no"', "dev01")
    assert writes(portal) == []


def test_export_and_apply_elsewhere(portal, run, settings, change):
    change("set", "token-validity", "2h", "-T", "dev01", "--raise-role-max")
    change("set", "non-admin-jit-ui", "off")
    change("set", "admin-session-duration", "90m")
    file = settings("export").ok()
    assert json.loads(file) == {
        "system": {"admin-jit-ui": "on", "non-admin-jit-ui": "off",
                   "admin-session-duration": 5400, "role-max-session-duration": None},
        "tenants": {"dev01": {"token-validity": 7200, "tenant-role-max-session-duration": 7200}}}
    assert json.loads(settings("export", "-T", "dev02").ok())["tenants"] == {
        "dev02": {"token-validity": None, "tenant-role-max-session-duration": None}}
    assert change("apply", "-f", "-", stdin=file) == [
        "nothing to change: the portal has all settings of -"]
    with Portal() as other:
        run("settings", "apply", "-f", "-", stdin=file, env=identity(other, "admin")).ok()
        assert run("settings", "export", env=identity(other, "admin")).ok() == file


def test_export_omits_values_that_a_file_cannot_hold(portal, settings):
    portal.state.settings["AppConfig", "MaximumSessionDuration"] = "for ever"
    done = settings("export")
    assert "role-max-session-duration" in done.err and done.code == 0
    assert "role-max-session-duration" not in json.loads(done.out)["system"]
