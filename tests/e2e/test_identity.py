# SPDX-License-Identifier: MIT
"""Token, portal and scope: every source, and which source comes first."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

import help_parser
from conftest import identity, wait_until
from namespaces import with_file
from portal import Portal
from terminal import Terminal

NO_TOKEN = {"DUPLO_TOKEN": None}


def whose(portal) -> str:
    """The user of the last request."""
    return portal.log[-1].user


def token_file(folder: Path, text: str, name: str = "token") -> Path:
    path = folder / name
    path.touch(mode=0o600)
    path.write_bytes(text.encode())
    return path


# Sources of a token

@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"], ids=repr)
def test_a_token_file(ask, portal, tmp_path, end):
    path = token_file(tmp_path, portal.token("admin") + end)
    ask("tenants", "--token-file", path, env=NO_TOKEN).ok()
    assert whose(portal) == "admin"


def test_a_token_file_is_read_at_each_use(ask, portal, tmp_path):
    path = token_file(tmp_path, portal.token("user"))
    words = ("aws", "--tenant", "dev01", "--no-cache", "--token-file", path)
    ask(*words, env=NO_TOKEN).ok()
    path.write_text(portal.state.rotate("user") + "\n")
    ask(*words, env=NO_TOKEN).ok()
    path.write_text("old\n")
    ask(*words, env=NO_TOKEN).fails(3)


def test_a_token_file_by_relative_path_and_by_link(ask, portal, tmp_path):
    token_file(tmp_path, portal.token())
    (tmp_path / "link").symlink_to("token")
    ask("tenants", "--token-file", "token", cwd=tmp_path, env=NO_TOKEN).ok()
    ask("tenants", "--token-file", tmp_path / "link", env=NO_TOKEN).ok()


def test_a_token_on_standard_input(ask, portal):
    for end in ("", "\n", "\r\n"):
        ask("tenants", "--token", "-", stdin=portal.token("admin") + end, env=NO_TOKEN).ok()
        assert whose(portal) == "admin"
    ask("tenants", "--token=-", stdin=portal.token("user"), env=NO_TOKEN).ok()
    assert whose(portal) == "user"
    ask("tenants", "--token", "-", stdin="", env=NO_TOKEN).fails(2, "empty")
    ask("tenants", "--token", "-", stdin="two words", env=NO_TOKEN).fails(2, "blank at byte 4")
    ask("tenants", "--token", "-", stdin="x" * 20000, env=NO_TOKEN).fails(6, "16384 bytes")


def test_tokens_of_any_size(ask, portal, tmp_path):
    portal.state.users["user"].token = "x" * 16384
    ask("tenants", "--token-file", token_file(tmp_path, "x" * 16384 + "\n", "huge"),
        env=NO_TOKEN).fails(6, "16384 bytes")
    path = token_file(tmp_path, "x" * 16384)
    ask("tenants", "--token-file", path, env=NO_TOKEN).ok()
    ask("aws", "--tenant", "dev01").ok()
    portal.state.users["user"].token = "x"
    ask("aws", "--tenant", "dev01").ok()


def test_a_tilde_that_no_shell_expanded(ask, run, portal, tmp_path):
    """--token-file=~/x, which bash does not expand, and variables from a file."""
    whole = "use an absolute path"
    ask("tenants", "--token-file=~/token", cwd=tmp_path).fails(2, "--token-file", whole)
    dev01 = ("aws", "--tenant", "dev01")
    ask(*dev01, "--cache-dir", "~/c", cwd=tmp_path).fails(2, "--cache-dir", whole)
    ask(*dev01, env={"DUPLO_CACHE": "~/c"}, cwd=tmp_path).fails(2, "DUPLO_CACHE", whole)
    ask("update-aws-config", "p", "--admin", "--region", "x-1", "--ca-file", "~/ca",
        cwd=tmp_path).fails(2, "--ca-file", whole)
    assert not list(tmp_path.rglob("~"))
    ask("aws", "--help", env={"DUPLO_CACHE": "~/c"}).ok()
    ask(*dev01, "--write-env", "~/env", "--cache-dir", run.home / "~/c", cwd=tmp_path).ok()
    assert (run.home / "env").exists(), "a path with ~ is read as AWS tools read it"
    assert (run.home / "~/c").is_dir()


def test_no_token_anywhere(ask):
    for command in ("aws --admin", "tenants", "token"):
        ask(*command.split(), env=NO_TOKEN).fails(2, "--token-file", "DUPLO_TOKEN")


# Which source comes first

SOURCES = ["--token-file", "--token", "DUPLO_TOKEN_FILE", "DUPLO_TOKEN", "duplo_token"]


def give(source: str, token: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    value = token
    if "file" in source.lower():
        value = str(token_file(folder, token, source))
    return ([source, value], {}) if source.startswith("--") else ([], {source: value})


@pytest.mark.parametrize("first, second", list(zip(SOURCES, SOURCES[1:])))
def test_order_of_tokens(ask, portal, tmp_path, first, second):
    words, env = give(first, portal.token("admin"), tmp_path)
    more_words, more_env = give(second, portal.token("user"), tmp_path)
    ask("tenants", *more_words, *words, env=NO_TOKEN | env | more_env).ok()
    assert whose(portal) == "admin"
    ask("tenants", *more_words, env=NO_TOKEN | more_env).ok()
    assert whose(portal) == "user"


def test_sources_that_do_not_count_are_not_read(ask, portal, tmp_path):
    path = token_file(tmp_path, portal.token())
    ask("tenants", "--token-file", path, "--token", "bad token",
        env={"DUPLO_TOKEN_FILE": "/nonexistent", "DUPLO_TOKEN": "bad token"}).ok()
    ask("tenants", "--token", portal.token(), env={"DUPLO_TOKEN_FILE": "/nonexistent"}).ok()


def test_the_last_of_two_tokens_counts(ask, portal):
    ask("tenants", "-t", portal.token("user"), "--token", portal.token("admin")).ok()
    assert whose(portal) == "admin"


def test_order_of_hosts(run, portal):
    with Portal(portal.state) as other:
        env = identity(portal) | {"DUPLO_HOST": None}

        def asked(*words, **more) -> str:
            portal.log.clear(), other.log.clear()
            run("tenants", *words, env=env | more).ok()
            assert len(portal.log) + len(other.log) == 1
            return "first" if len(portal.log) else "second"

        assert asked("--host", portal.url, DUPLO_HOST=other.url) == "first"
        assert asked(DUPLO_HOST=portal.url, duplo_host=other.url) == "first"
        assert asked(DUPLO_HOST="", duplo_host=other.url) == "second"
        assert asked("-H", other.url, duplo_host=portal.url) == "second"
        assert asked("--host", other.url, "--api-host", portal.url) == "first"
    run("tenants", env=env).fails(2, "--host", "DUPLO_HOST")


@pytest.mark.parametrize("spelling", ["https://127.0.0.1:{}", "https://127.0.0.1:{}///",
                                      "127.0.0.1:{}", "HTTPS://LocalHost:{}", "localhost:{}"])
def test_spellings_of_a_host(ask, portal, run, spelling):
    ask("aws", "--tenant", "dev01", "--host", spelling.format(portal.port)).ok()
    assert len(run.entries()) == 1


def test_plain_http_to_loopback_only(run):
    with Portal(plain=True) as plain:
        env = {"DUPLO_TOKEN": plain.token()}
        run("tenants", "--host", plain.url, env=env).ok()
        run("tenants", "--host", plain.url_for("localhost"), env=env).ok()
        run("tenants", "--host", f"http://localhost.evil.example:{plain.port}", env=env).fails(
            2, "never sent unencrypted")
        assert plain.log.connections == 2


# Scope: from the command line, else from the environment

def test_order_of_scopes(ask, portal):
    def scope(*words, **env) -> str | None:
        out = ask("aws", *words, user="admin", env={"DUPLO_NO_CACHE": "1"} | env).ok()
        issue = portal.state.issue_of(json.loads(out)["AccessKeyId"])
        return issue.tenant or issue.scope

    dev01, dev02 = (portal.state.tenants[n].id for n in ("dev01", "dev02"))
    assert scope("--admin", DUPLO_TENANT="dev01", DUPLO_TENANT_ID=dev01) == "admin"
    assert scope("--tenant", "dev02", DUPLO_TENANT="dev01", DUPLO_ADMIN="1") == "dev02"
    assert scope("--tenant-id", dev02, DUPLO_TENANT="dev01") == "dev02"
    assert scope("--duplo-ops", DUPLO_ADMIN="1") == "duplo-ops"
    assert scope(DUPLO_TENANT="dev01", DUPLO_TENANT_ID=dev02) == "dev02"
    assert scope("--tenant", dev02.upper()) == scope("-TDEV02") == "dev02"
    assert scope(DUPLO_ADMIN="true") == scope(DUPLO_ADMIN="YES", DUPLO_DUPLO_OPS="0") == "admin"
    assert scope(DUPLO_ADMIN="0", DUPLO_DUPLO_OPS="on") == "duplo-ops"


def test_contradicting_scopes(ask, portal):
    words = ["--tenant", "dev01"], ["--tenant-id", portal.state.tenants["dev01"].id], \
        ["--admin"], ["--duplo-ops"]
    for first in words:
        for second in words:
            if first != second:
                ask("aws", *first, *second).fails(2, "use only one of")
    ask("aws").fails(2, "--tenant NAME", "--admin")
    ask("aws", env={"DUPLO_ADMIN": "no"}).fails(2, "--tenant NAME")


# A token on the command line

@pytest.mark.parametrize("words", ["--token {}", "--token={}", "-token {}", "-token={}",
                                   "-t {}", "-t{}", "-It{}", "-It {}"])
def test_a_token_is_wiped_from_the_command_line(run, portal, words):
    """Checked while the program waits for the answer."""
    portal.faults.add(hang=True)
    env = identity(portal) | NO_TOKEN
    secrets = portal.token(), portal.state.otp_code
    process = run.start("tenants", *words.format(secrets[0]).split(), "--otp", secrets[1], env=env)
    wait_until(lambda: len(portal.log))
    seen = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
    assert whose(portal) == "user" and "tenants" in seen
    assert not any(s[:8] in seen for s in secrets)
    process.kill()
    run.ended(process)


@pytest.mark.parametrize("words", [
    "--token {}", "-t{}", "--nope --token={}", "--otp={}", "-otp {}"])
def test_a_token_is_wiped_before_a_file_is_opened(run, portal, tmp_path, words):
    """/dev/null, which replaces a closed standard input, is a pipe here: opening it blocks."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    tool, *prefix = with_file(pipe, Path("/dev/null"))
    line = [tool, *prefix, "sh", "-c", 'exec "$@" <&-', "sh", str(run.bin), "tenants",
            *words.format("canary-token").split()]
    process = subprocess.Popen(line, env=run.environment(identity(portal) | NO_TOKEN),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    folder = Path(f"/proc/{process.pid}")
    try:
        wait_until(lambda: os.path.samefile(folder / "exe", run.bin) and
                   re.search(r"^State:\s+S", (folder / "status").read_text(), re.M))
        seen = (folder / "cmdline").read_bytes().decode()
        assert "tenants" in seen and "canary" not in seen
    finally:
        process.kill()
        process.communicate(timeout=20)


@pytest.mark.parametrize("words, source, warned", [
    (["--token", "{}"], {}, True), (["-t{}"], {}, True), (["--token", "-"], {}, False),
    ([], {"DUPLO_TOKEN": "{}"}, False)], ids=["--token", "-t", "standard input", "variable"])
def test_a_terminal_shows_that_other_ways_are_safer(run, portal, words, source, warned):
    """Once, and only to a person: a script that gives --token has no warning in its log."""
    token = portal.token()
    env = identity(portal) | NO_TOKEN | {k: v.format(token) for k, v in source.items()}
    words = ["tenants", *(word.format(token) for word in words)]
    if "-" in words:
        assert run(*words, env=env, stdin=token + "\n").ok()
        return
    code, out, shown = Terminal(run, *words, env=env).ended()
    assert code == 0 and "dev01" in out
    assert (shown.count("--token-file FILE or --token -"), shown.count("\n")) == (warned, warned)
    assert run(*words, env=env).ok() == out


def test_a_token_is_wiped_first(run, portal, tmp_path):
    """Also while the program waits for a token file, which comes first."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = run.start("tenants", "--token", portal.token(), "--token-file", pipe,
                        env=identity(portal) | NO_TOKEN)
    with pipe.open("w") as end:  # opens when the other end is opened
        assert portal.token()[:8] not in Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        end.write(portal.token("admin"))
    assert run.ended(process).ok()
    assert whose(portal) == "admin"


def test_no_core_dump(run, portal):
    portal.faults.add(hang=True)
    process = run.start("tenants", env=identity(portal))
    wait_until(lambda: len(portal.log))
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if "core file" in line).split()[4] == "0"
    process.kill()
    run.ended(process)


# The variable of every option

def test_every_variable_of_the_help_is_tested_below():
    named = {variable for option in help_parser.all_options() for variable in option.variables
             if option.command not in ("serve", "healthcheck", "install")}  # tested elsewhere
    names = ("test_identity.py", "test_write_files.py", "test_settings.py", "test_web.py",
             "test_exec.py", "test_exec_endpoint.py", "test_k8s.py", "test_contexts.py",
             "test_update_kubeconfig.py", "test_color.py", "test_agent_policy.py", "test_agent.py")
    here = "".join(Path(__file__).with_name(name).read_text() for name in names)
    assert [v for v in sorted(named) if f'"{v}"' not in here and f"{v}=" not in here] == []


@pytest.fixture
def aws(ask):
    """Requests credentials for dev01 as an administrator, with these variables."""
    def call(*words, **env) -> str:
        return ask("aws", *words, user="admin", env={"DUPLO_TENANT": "dev01"} | env).ok()
    return call


def test_variables_of_the_output(aws):
    assert "AWS_REGION=us-west-2\n" in aws(DUPLO_OUTPUT="env")
    assert "AWS_REGION=eu-north-1\n" in aws(DUPLO_OUTPUT="env", DUPLO_REGION="eu-north-1")
    assert aws(DUPLO_OUTPUT="ini", DUPLO_PROFILE="work").startswith("[work]\n")
    assert aws("-o", "process", DUPLO_OUTPUT="env").startswith("{")
    assert aws("-o", "ini", "--profile", "p", DUPLO_PROFILE="q").startswith("[p]\n")


def test_variables_of_the_cache(aws, run, tmp_path):
    aws(DUPLO_NO_CACHE="1")
    assert not run.cache.exists()
    aws(DUPLO_CACHE=str(tmp_path / "elsewhere"), DUPLO_NO_CACHE="0")
    assert not run.cache.exists() and list((tmp_path / "elsewhere").glob("*.credentials"))


def test_variables_of_the_network(run, portal):
    env = identity(portal) | {"DUPLO_HOST": f"https://portal.test:{portal.port}"}
    run("tenants", env=env | {"DUPLO_RESOLVE": "portal.test:127.0.0.1"}).ok()
    run("tenants", env=env | {"DUPLO_HOST": "https://portal.invalid",
                              "DUPLO_API_HOST": portal.url}).ok()
    run("tenants", env=identity(portal) | {"DUPLO_CA_FILE": None}).fails(5, "certificate")
    portal.faults.add(hang=True, times=3)
    result = run("tenants", env=identity(portal) | {"DUPLO_TIMEOUT": "300ms"})
    result.fails(5, "timed out after")
    assert result.seconds < 15, "without the variable it would be 20 s"


def test_the_variable_for_waiting(run, portal):
    """Without it the command fails after a few attempts if the portal is down."""
    env = identity(portal) | {"DUPLO_TIMEOUT": "1s"}
    fault = portal.faults.add(status=500, times=1)
    run("tenants", env=env).fails(5, "500")
    fault.times = 1
    assert "dev01" in run("tenants", env=env | {"DUPLO_WAIT": "20s"}).out


def test_the_variable_for_debugging(run, portal):
    assert run("tenants", env=identity(portal)).err == ""
    assert "debug:" in run("tenants", env=identity(portal) | {"DUPLO_DEBUG": "1"}).err


def test_the_variable_for_an_mfa_code(ask, portal):
    portal.state.otp_needed = True
    ask("aws", "--admin", user="admin", env={"DUPLO_OTP": portal.state.otp_code}).ok()


def test_variables_of_a_profile(ask, tmp_path):
    path = tmp_path / "config"
    ask("update-aws-config", "p", "--admin", user="admin",
        env={"AWS_CONFIG_FILE": str(path), "DUPLO_COMMAND": "/opt/tool"}).out
    assert "credential_process = /opt/tool aws --ca-file /" in path.read_text()
    assert " --admin --host https://" in path.read_text()


def test_variables_for_printing_a_profile(run):
    words = ("update-aws-config", "p", "--admin", "--host", "portal.example.com")
    assert "region" not in run(*words, env={"DUPLO_OFFLINE": "1", "DUPLO_PRINT": "1"}).ok()
    words += ("--region", "eu-west-1")
    assert run(*words, env={"DUPLO_PRINT": "1"}).ok().startswith("[profile p]\n")
    assert "prefer no other keys" in run(*words, env={"DUPLO_CHECK": "yes"}).ok()
    assert not (run.home / ".aws").exists()
    run(*words, "--print=false", env={"DUPLO_PRINT": "1"}).ok()
    config = run.home / ".aws/config"
    config.write_text("[profile p]\nlogin_session = s\n")
    run(*words, env={"DUPLO_REPLACE": "1"}).ok()
    assert config.read_text().startswith("[profile p]\n# login_session = s\n")


def test_variables_of_the_login(run, portal):
    env = {"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca, "DUPLO_INTERACTIVE": "1",
           "DUPLO_BROWSER": "none", "DUPLO_LOGIN_TIMEOUT": "2s"}
    result = run("tenants", env=env)
    assert result.code == 7 and f"{portal.url}/app/user/verify-token" in result.err
    assert result.seconds < 10
    run("tenants", env=env | {"DUPLO_PORT": "http"}).fails(2, "DUPLO_PORT: ")
    run("tenants", env=env | {"DUPLO_BROWSER": "/nonexistent/browser"}).fails(2, "DUPLO_BROWSER: ")
    run("tenants", env=env | {"DUPLO_INTERACTIVE": "0"}).fails(2, "no token")


def test_the_variable_for_a_page_of_the_console(ask):
    out = ask("web", "--tenant", "dev01", "--print-url", env={"DUPLO_DESTINATION": "/s3"}).ok()
    assert "console.aws.amazon.com%2Fs3&" in out
