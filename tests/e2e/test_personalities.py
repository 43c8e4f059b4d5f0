# SPDX-License-Identifier: MIT
"""What this program prints under the names of duplo-jit and duploctl. The rows of tests/compat
compare it with the real tools; here are the cases that one command line cannot show."""

from __future__ import annotations

import json

import pytest

from test_public_clients import duploctl  # noqa: F401: a fixture

PROCESS = {"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
FIELDS = PROCESS | {"Region", "ConsoleUrl"}
CTL_FIELDS = FIELDS | {"Validity"}
TENANT = "--tenant", "dev01"


@pytest.fixture
def link(run, tmp_path):
    def make(name: str):
        path = tmp_path / name
        if not path.exists():
            path.symlink_to(run.bin)
        return path
    return make


def check_answer(portal, answer: dict) -> None:
    """The fields of the portal's answer have its values."""
    issued = portal.state.issue_of(answer["AccessKeyId"]).answer
    for name in answer.keys() & issued.keys() - {"Expiration"}:
        assert answer[name] == issued[name], name
    assert answer["Version"] == 1


# aws

@pytest.mark.parametrize("program, words, fields", [
    ("duplojit", ["aws"], PROCESS),
    ("duplojit", ["aws", "-o", "process"], PROCESS),
    ("duplojit", ["aws", "-o", "json"], FIELDS),
    ("duploctl", ["jit", "aws"], CTL_FIELDS),
    ("duploctl", ["jit", "aws", "-o", "process"], PROCESS),
    ("duplo-jit", ["aws"], FIELDS),
])
def test_fields(ask, portal, link, program, words, fields):
    path = None if program == "duplojit" else link(program)
    for _ in range(2):
        answer = json.loads(ask(*words, *TENANT, program=path).ok())
        assert set(answer) == fields
        check_answer(portal, answer)
    assert len(portal.state.issued) == 1, "the second run used the cache"


def test_the_region_of_a_tenant_beside_admin(ask, run, portal, link):
    """Under the name duplo-jit. The cache keeps it apart from credentials with other regions."""
    def region(*words, name="duplo-jit"):
        words = words if name == "duplo-jit" else ("jit", *words)
        return json.loads(ask(*words, "-admin" if name == "duplo-jit" else "--admin",
                              user="admin", program=link(name)).ok())["Region"]
    names = "dev01", "dev02", portal.state.tenants["dev02"].id
    for _ in range(2):
        assert region("aws") == "us-west-2"
        assert [region("aws", "-tenant", name) for name in names] == [
            "us-west-2", "us-east-1", "us-east-1"]
        assert region("aws", "--tenant", "dev02", name="duploctl") == "us-west-2"
    assert [issue.scope for issue in portal.state.issued] == ["admin"] * 4
    assert len(portal.log.find("/subscriptions/*/GetAwsRegionId")) == 3
    assert "  administrator, region of dev02\n    expires " in run("cache", "list").ok()


def test_a_region_that_cannot_be_had_beside_admin(ask, portal, link):
    """The credentials are printed with the portal's region, and a warning."""
    portal.faults.add(path="/subscriptions/*/GetAwsRegionId", status=404)
    for name in ("dev02", "no-such-tenant"):
        done = ask("aws", "-admin", "-tenant", name, user="admin", program=link("duplo-jit"))
        assert done.code == 0 and json.loads(done.out)["Region"] == "us-west-2"
        assert f"cannot get the region of tenant {name}" in done.err


def test_the_recipe_for_the_console(with_browser, browser, portal, link):
    """duplo-jit aws --admin --host H --interactive | jq -r .ConsoleUrl"""
    browser.user = "admin"
    out = with_browser("redirect", "aws", "--admin", "--interactive",
                       program=link("duplo-jit")).ok()
    assert json.loads(out)["ConsoleUrl"] == portal.state.issued[0].answer["ConsoleUrl"]
    out = with_browser("redirect", "aws", "--admin", "-I", "-o", "string", "-q", "ConsoleUrl").ok()
    assert out == portal.state.issued[0].answer["ConsoleUrl"] + "\n"


def age_link(run, seconds: int) -> None:
    entry, = run.entries()
    fields = json.loads(entry.read_text())
    assert entry.stat().st_mode & 0o777 == 0o600
    fields["ConsoleUrlObtainedAt"] -= seconds
    entry.write_text(json.dumps(fields))


def test_an_old_link_is_replaced(ask, portal, run):
    first = json.loads(ask("aws", "-o", "json", *TENANT).ok())
    age_link(run, 500)
    assert json.loads(ask("aws", "-o", "json", *TENANT).ok()) == first
    age_link(run, 200)
    assert json.loads(ask("aws", *TENANT).ok())["AccessKeyId"] == first["AccessKeyId"]
    ask("aws", "-q", "AccessKeyId", *TENANT).ok()
    assert len(portal.state.issued) == 1, "only the link is too old"
    second = json.loads(ask("aws", "-o", "json", *TENANT).ok())
    assert second["ConsoleUrl"] != first["ConsoleUrl"] and len(portal.state.issued) == 2
    check_answer(portal, second)


def test_no_new_link_without_the_portal(ask, portal, run):
    first = json.loads(ask("jit", "aws", *TENANT).ok())
    age_link(run, 700)
    portal.stop()
    result = ask("jit", "aws", *TENANT)
    assert result.code == 0 and result.err.startswith("duplojit: warning: no ConsoleUrl: ")
    del first["ConsoleUrl"]
    assert json.loads(result.out) == first


@pytest.mark.parametrize("program", ["duplojit", "duploctl"])
def test_the_variable_for_the_format_and_credential_process(ask, link, program):
    """DUPLO_OUTPUT is meant for other commands; -o and -q are meant."""
    words = ["aws"] if program == "duplojit" else ["jit", "aws"]
    path = None if program == "duplojit" else link(program)
    fields = PROCESS if program == "duplojit" else CTL_FIELDS
    for form in ("yaml", "csv", "string", "json"):
        out = ask(*words, *TENANT, env={"DUPLO_OUTPUT": form}, program=path).ok()
        assert set(json.loads(out)) == fields, form
    assert ask(*words, *TENANT, "-q", "{a: Version}", env={"DUPLO_OUTPUT": "yaml"},
               program=path).ok() == "a: 1\n"
    assert ask(*words, *TENANT, env={"DUPLO_OUTPUT": "env"}, program=path).ok()[0] != "{"


# k8s

def test_the_cluster_of_a_plan_beside_a_tenant_as_duploctl(ask, portal, duploctl):  # noqa: F811
    """duploctl writes --plan, --admin and --tenant into one command line of a kubeconfig."""
    plan = "--plan", "nonprod"
    for user, words in (("admin", ["--admin", *plan, *TENANT]), ("admin", ["--admin", *plan]),
                        ("user", [*plan, *TENANT]), ("user", list(TENANT)),
                        ("admin", ["--admin", *TENANT])):
        theirs = duploctl.json("jit", "k8s", "--no-cache", *words, *duploctl.as_user(user))
        asked = [r.path for r in portal.log][-1]
        ours = json.loads(ask("jit", "k8s", "--no-cache", *words, user=user).ok())
        assert ours["kind"] == theirs["kind"] and ours["apiVersion"] == theirs["apiVersion"]
        assert ours["status"].keys() == theirs["status"].keys()
        if words != ["--admin", *TENANT]:  # there it asks for the tenant's plan
            assert [r.path for r in portal.log][-1] == asked
    ask("k8s", *plan, *TENANT).fails(2, "use only one of --tenant, --tenant-id and --plan")


# The portal's own JSON

def test_documents_for_users_whom_the_portal_refuses_the_long_list(ask, portal):
    """The real duploctl fails here."""
    portal.state.names_for_users = False
    rows = json.loads(ask("tenant", "list").ok())
    assert [row["AccountName"] for row in rows] == ["dev01", "dev02"]
    assert json.loads(ask("tenant", "find", "dev02").ok()) == rows[1]
    portal.faults.missing("/adminproxy/GetTenantNames")
    assert json.loads(ask("tenant", "list", user="admin").ok())[:2] == rows


def test_documents_that_do_not_exist(ask, run):
    ask("tenant", "find", "prod01").fails(4, 'this user has no tenant "prod01"')
    ask("tenant", "find").fails(2, "no tenant given")
    ask("tenant", "list", "dev01").fails(2, "unexpected argument")
    ask("tenant", "delete", "dev01").fails(2, "unknown argument", "use list, find, ls or get")
    ask("system").fails(2, "missing argument: use info")
    ask("system", "info", env={"DUPLO_TOKEN": "stranger"}).fails(3)
    ask("tenant", "list", env={"DUPLO_TOKEN": "stranger"}).fails(3)


# Masks in GitHub Actions

def masks(*secrets: str) -> str:
    return "".join(f"::add-mask::{secret}\n" for secret in secrets)


def test_secrets_are_masked_in_github_actions(ask, run, portal, duploctl):  # noqa: F811
    env = {"GITHUB_ACTIONS": "true"}
    for words in (["jit", "aws"], ["aws", "-o", "json"]):
        result = ask(*words, *TENANT, env=env, masks=True)
        answer = json.loads(result.out)
        assert result.code == 0 and result.err == masks(
            *(answer[n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken", "ConsoleUrl")))
    done = duploctl.run("jit", "aws", *TENANT, *duploctl.as_user("user"), **env)
    theirs = json.loads(done.stdout)
    assert done.stderr == masks(
        *(theirs[n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken", "ConsoleUrl")))
    keys = masks(*(answer[n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken")))
    for words in (["aws"], ["aws", "-o", "shell"], ["aws", "-o", "env"],
                  ["aws", "-o", "string", "-q", "SecretAccessKey"]):
        assert ask(*words, *TENANT, env=env, masks=True).err == keys, words
    result = ask("k8s", *TENANT, env=env, masks=True)
    assert result.err == masks(json.loads(result.out)["status"]["token"])
    for words in (["token"], ["jit", "token"]):
        assert ask(*words, env=env, masks=True).err == masks(portal.token())
    link = ask("web", *TENANT, "--print-url", env=env, masks=True)
    assert link.err == masks(link.out.strip())
    for value in ("false", "", None):
        assert ask("aws", *TENANT, env={"GITHUB_ACTIONS": value}).err == ""


@pytest.mark.parametrize("words", [
    ("aws", *TENANT, "--write-env", "FILE"), ("aws", *TENANT, "--write-credentials", "FILE"),
    ("aws", *TENANT, "--write-credentials", "FILE", "--write-env", "FILE.env"),
    ("exec", *TENANT, "--", "/bin/true")], ids=" ".join)
def test_secrets_that_are_not_printed_are_masked_once(ask, portal, tmp_path, words):
    words = [word.replace("FILE", str(tmp_path / "file")) for word in words]
    err = ask(*words, env={"GITHUB_ACTIONS": "true"}, masks=True).err
    issued = portal.state.issued[-1].answer
    for key in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
        assert err.count(f"::add-mask::{issued[key]}\n") == 1
    assert ask(*words).err == ""
