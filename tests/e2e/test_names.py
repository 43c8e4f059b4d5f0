# SPDX-License-Identifier: MIT
"""Compatible names: commands, options and profiles of duplo-jit and duploctl."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import identity, public_client


@pytest.fixture(params=["symlink", "hard link", "copy"])
def link(request, run, tmp_path):
    """Creates a link with another name to the binary."""
    def make(name: str) -> Path:
        path = tmp_path / name
        if path.exists():
            return path
        if request.param == "symlink":
            path.symlink_to(run.bin)
        elif request.param == "copy" or os.stat(run.bin).st_dev != os.stat(tmp_path).st_dev:
            shutil.copy(run.bin, path)
        else:
            os.link(run.bin, path)
        return path
    return make


def scope(portal, result) -> str:
    issue = portal.state.issue_of(json.loads(result.ok())["AccessKeyId"])
    return issue.tenant or issue.scope


def test_commands_of_other_tools(ask, portal, run):
    assert scope(portal, ask("jit", "aws", "--tenant", "dev01")) == "dev01"
    assert scope(portal, ask("--admin", "jit", "aws", user="admin")) == "admin"
    assert json.loads(ask("duplo").ok())["DuploToken"] == portal.token()
    assert json.loads(ask("jit", "token").ok()) == {"token": portal.token()}
    assert run("clear-cache").ok() == "removed 2 cached credentials\n"
    assert ask("jit", "update_aws_config", "p", "--tenant", "dev01").code == 0
    assert ask("update_aws_config", "p", "--tenant", "dev01").code == 0
    assert "[profile p]" in (run.home / ".aws/config").read_text()
    run("aws", "jit").fails(2)
    assert run("jit", "jit").code == 2


def test_as_duplo_jit(run, portal, link):
    """Long options with one or two dashes, and no environment variables."""
    words = f"-host {portal.url} -token {portal.token('admin')} -cacert {portal.ca}"
    for dash in ("-", "--"):
        flags = words.replace(" -", f" {dash}").split()

        def duplo_jit(command: str, *more: str):
            return run(command, *(w.replace("^", dash) for w in more), *flags,
                       program=link_once)
        link_once = link("duplo-jit")
        assert scope(portal, duplo_jit("aws", "^admin")) == "admin"
        assert scope(portal, duplo_jit("aws", "^duplo-ops", "^no-cache")) == "duplo-ops"
        assert scope(portal, duplo_jit("aws", "^tenant", "dev02")) == "dev02"
        assert scope(portal, duplo_jit("aws", "^tenant=dev01")) == "dev01"
        tenant = portal.state.tenants["dev02"].id
        assert scope(portal, duplo_jit("aws", "^tenant", tenant, "^no-cache")) == "dev02"
        answer = json.loads(duplo_jit("duplo").ok())
        assert answer == {"Version": 1, "DuploToken": portal.token("admin"), "NeedOTP": False}
        assert run("version", f"{dash}host", "h", program=link_once).ok().startswith("duplojit ")
        assert run("version", program=link_once).ok().startswith("duplojit ")
        assert "debug:" in duplo_jit("aws", "^admin", "^debug").err


def test_switches_in_the_form_of_go_programs(ask, portal, run):
    assert scope(portal, ask("aws", "-admin=true", "-no-cache=true", user="admin")) == "admin"
    assert run.entries() == []
    assert scope(portal, ask("aws", "--admin=false", "--tenant=dev01")) == "dev01"
    env = {"DUPLO_ADMIN": "1", "DUPLO_NO_CACHE": "1"}
    assert scope(portal, ask("aws", "-admin=0", "-no-cache=f", "-tenant=dev02", env=env)) == "dev02"
    assert len(run.entries()) == 2, "--no-cache=f overrides the variable"
    ask("aws", "--admin=false").fails(2, "no tenant given")
    ask("aws", "--admin=maybe").fails(2, "--admin accepts only true or false")


def test_as_duploctl(run, portal, link):
    program = link("duploctl")
    env = {"DUPLO_CA_FILE": portal.ca}
    flags = ["-H", portal.url, "-t", portal.token("admin")]

    def duploctl(*words):
        return run(*words, program=program, env=env)

    assert scope(portal, duploctl(*flags, "-T", "dev01", "jit", "aws")) == "dev01"
    assert scope(portal, duploctl("jit", "aws", *flags, "--isadmin")) == "admin"
    assert scope(portal, duploctl("jit", "aws", *flags, "--admin", "--nocache")) == "admin"
    tenant = portal.state.tenants["dev02"].id
    assert scope(portal, duploctl("--tid", tenant, *flags, "jit", "aws", "-o", "json")) == "dev02"
    assert "AccessKeyId=" in duploctl("jit", "aws", *flags, "--admin", "-o", "env").ok()
    result = duploctl("jit", "update_aws_config", "mine", *flags, "--admin")
    assert result.code == 0 and "mine" in result.out
    env |= {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token("admin"), "DUPLO_TENANT": "dev01"}
    assert scope(portal, duploctl("jit", "aws")) == "dev01"


# Profiles as the two tools document them, with the program's name replaced

PROFILES = {
    "duplo-jit": "duplo-jit aws --admin --host {url} --token {token}",
    "duplo-jit, a tenant": "duplo-jit aws --tenant dev01 --host {url} --token {token}",
    "duplo-jit, one dash": "duplo-jit aws -tenant dev01 -host {url}/ -token={token} -no-cache",
    "duploctl": "duploctl jit aws --host {url} --admin --token {token}",
    "duploctl, a tenant": "duploctl jit aws --host {url} --tenant dev01 --token {token}",
    "duploctl, a tenant's ID": "duploctl jit aws --host {url} --tenant-id {id} --token {token}",
}


@pytest.mark.parametrize("name", PROFILES)
def test_documented_profiles(run, portal, monkeypatch, tmp_path, name):
    """botocore runs the profile as every SDK does."""
    from botocore.session import Session
    line = PROFILES[name].format(url=portal.url, token=portal.token("admin"),
                                 id=portal.state.tenants["dev01"].id)
    words = shlex.split(line)
    (tmp_path / "config").touch(mode=0o600)
    (tmp_path / "config").write_text(f"[profile p]\nregion=us-west-2\ncredential_process="
                                     f"{line.replace(words[0], str(run.bin), 1)}\n")
    for variable in [v for v in os.environ if v.startswith(("AWS_", "DUPLO_"))]:
        monkeypatch.delenv(variable)
    for variable, value in {"AWS_CONFIG_FILE": tmp_path / "config", "HOME": run.home,
                            "DUPLO_CA_FILE": portal.ca}.items():
        monkeypatch.setenv(variable, str(value))
    credentials = Session(profile="p").get_credentials().get_frozen_credentials()
    issue = portal.state.issue_of(credentials.access_key)
    assert (issue.tenant or issue.scope) == ("admin" if "admin" in line else "dev01")
    assert credentials.token == issue.answer["SessionToken"]


@pytest.mark.parametrize("scope_words", [["--admin"], ["--tenant", "dev01"]], ids=" ".join)
def test_a_profile_that_duploctl_wrote(run, portal, tmp_path, scope_words):
    """duploctl writes it, and `duploctl` is replaced by this binary."""
    path = tmp_path / "config"
    env = {"AWS_CONFIG_FILE": str(path), "HOME": str(tmp_path), "PATH": os.environ["PATH"],
           "REQUESTS_CA_BUNDLE": portal.ca}
    subprocess.run([public_client("duploctl"), "jit", "update_aws_config", "p",
                    "--host", portal.url, "--token", portal.token("admin"), *scope_words],
                   env=env, check=True, capture_output=True, timeout=60)
    line = next(line.partition("= ")[2] for line in path.read_text().splitlines()
                if line.startswith("credential_process"))
    program, *words = shlex.split(line)
    assert program == "duploctl"
    result = run(*words, env={"DUPLO_CA_FILE": portal.ca})
    assert scope(portal, result) == ("admin" if "--admin" in scope_words else "dev01")


def test_variables_of_both_tools(run, portal):
    env = {"duplo_host": portal.url, "duplo_token": portal.token(), "DUPLO_CA_FILE": portal.ca}
    assert scope(portal, run("aws", "--tenant", "dev01", env=env)) == "dev01"
    assert scope(portal, run("aws", env=identity(portal) | {"DUPLO_TENANT": "dev02"})) == "dev02"


# Differences between the grammars

def test_admin_and_a_tenant_in_our_grammar(ask):
    ask("aws", "--admin", "--tenant", "dev01").fails(2, "use only one of --tenant")


def test_options_of_duploctl_are_unknown_in_our_grammar(ask):
    for word in ("-w", "-L", "--validate", "--auth-cooldown", "--home-dir", "--wait-timeout"):
        ask("aws", word, "--tenant", "dev01").fails(2, "unknown option")


def test_a_page_as_host_and_a_tenant_with_blanks(run, portal):
    env = identity(portal) | {"DUPLO_HOST": portal.url + "/app/user/profile?tab=1#x"}
    assert scope(portal, run("aws", "--tenant", " DEV02 ", env=env)) == "dev02"
    tenant = portal.state.tenants["dev01"].id
    assert scope(portal, run("aws", "--tenant-id", f" {tenant.upper()} ", env=env)) == "dev01"


def test_the_profile_without_a_name(ask, run, portal):
    ask("jit", "update_aws_config", "--tenant", "dev01", "--offline")
    ask("update_aws_config", "--tenant", "dev01", "--offline")
    text = (run.home / ".aws/config").read_text()
    assert "[profile duplo]" in text and "[profile 127.0.0.1]" in text


def test_duplo_logs_in_as_an_administrator(with_browser, browser, portal, link):
    browser.user = "admin"
    for program, command in ((None, "duplo"), (link("duplo-jit"), "duplo")):
        answer = json.loads(with_browser("redirect", command, "-interactive", program=program).ok())
        assert answer == {"Version": 1, "DuploToken": portal.token("admin"), "NeedOTP": False}
    assert len(browser.opened()) == 1 and "&isAdmin=true&" in browser.opened()[0]
    answer = json.loads(with_browser("redirect", "jit", "token", "-I", "--admin").ok())
    assert answer == {"token": portal.token("admin")} and len(browser.opened()) == 1


def test_clear_cache_as_duplo_jit_forgets_logins(with_browser, run, link):
    with_browser("redirect", "aws", "-I", "--tenant", "dev01").ok()
    assert run("clear-cache").ok() == "removed 1 cached credentials\n"
    assert len(list(run.cache.glob("*.login"))) == 1
    program = link("duplo-jit")
    assert run("clear-cache", program=program).ok() == (
        "removed 0 cached credentials\nremoved 1 saved logins\n")
    assert list(run.cache.glob("*.login")) == []


def test_a_refused_token_of_the_environment_and_interactive(with_browser, browser, portal):
    """The login replaces the token; a token on the command line is an error as before."""
    note = "duplojit: the portal refuses the token of the environment: using the browser login\n"
    for command in (["aws", "--tenant", "dev01", "--no-cache"], ["tenants"]):
        result = with_browser("redirect", *command, "-I", env={"DUPLO_TOKEN": "old"})
        assert (result.code, result.err) == (0, note)
    assert len(browser.opened()) == 1, "the second command uses the saved login"
    with_browser("redirect", "tenants", "-I", "--token", "old").fails(3)
    with_browser("redirect", "tenants", env={"DUPLO_TOKEN": "old"}).fails(3)
    with_browser("fail", "tenants", "-I", env={"DUPLO_TOKEN": portal.token()}).ok()
    assert len(browser.opened()) == 1
