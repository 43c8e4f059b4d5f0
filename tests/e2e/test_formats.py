# SPDX-License-Identifier: MIT
"""Every output format, read by the programs it is made for."""

from __future__ import annotations

import configparser
import datetime
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from conftest import identity

KEYS = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
        "AWS_SESSION_TOKEN": "SessionToken"}
PRINT = f"'{sys.executable}' -c 'import json, os; print(json.dumps(dict(os.environ)))'"


@pytest.fixture
def wanted(ask, portal):
    """The variables that a format must print; all runs use the same cache entry."""
    out = json.loads(ask("aws", "--tenant", "dev02").ok())
    return {k: out[v] for k, v in KEYS.items()} | {
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CREDENTIAL_EXPIRATION": out["Expiration"]}


@pytest.fixture
def printed(ask, wanted):
    """Runs `duplojit aws -o FORMAT`."""
    def call(name: str, *words) -> str:
        return ask("aws", "--tenant", "dev02", "-o", name, *words).ok()
    return call


def evaluate(shell: list[str], text: str, more: dict[str, str] | None = None) -> dict[str, str]:
    """The AWS variables of a program that this shell starts; `text` is in $TEXT."""
    env = {"TEXT": text, "PATH": os.environ["PATH"], "HOME": "/"} | (more or {})
    done = subprocess.run(shell, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return {k: v for k, v in json.loads(done.stdout).items() if k.startswith("AWS_")}


# credential_process

@pytest.mark.parametrize("words", [[], ["-o", "process"], ["--output=process"]])
def test_process(ask, portal, words):
    out = ask("aws", "--tenant", "dev01", *words).ok()
    answer = json.loads(out)
    issued = portal.state.issued[-1].answer
    assert list(answer) == ["Version", *KEYS.values(), "Expiration"]
    assert {k: answer[k] for k in KEYS.values()} == {k: issued[k] for k in KEYS.values()}
    assert out.startswith('{"Version":1,') and out.endswith('"}\n') and out.count("\n") == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["Expiration"])
    assert len(out) < 8192


def test_the_expiration_is_the_validity_after_now(ask, portal):
    portal.state.forced_validity = 900
    answer = json.loads(ask("aws", "--tenant", "dev01").ok())
    end = datetime.datetime.fromisoformat(answer["Expiration"].replace("Z", "+00:00")).timestamp()
    assert abs(end - portal.state.issued[-1].time - 900) <= 1


def test_the_largest_answer_stays_under_8_kib(ask, portal):
    portal.state.credential_fields = {"AccessKeyId": "A" * 128, "SecretAccessKey": "s" * 256,
                                      "SessionToken": "t" * 6144}
    assert len(ask("aws", "--tenant", "dev01").ok()) < 8192
    portal.state.credential_fields["SessionToken"] += "t"
    ask("aws", "--tenant", "dev02").fails(5, "SessionToken")


@pytest.mark.parametrize("name", ["process", "env", "shell", "fish", "powershell", "ini", "github"])
def test_no_format_prints_the_sign_in_link(printed, portal, name):
    out = printed(name)
    link = portal.state.issued[-1].answer["ConsoleUrl"]
    assert "signin" not in out and "ConsoleUrl" not in out and link[-40:] not in out


def test_botocore_reads_the_process(run, ask, portal, tmp_path, monkeypatch):
    credentials = boto_session(run, portal, tmp_path, monkeypatch,
                               f"[default]\nregion = us-west-2\ncredential_process = {run.bin} aws "
                               "--tenant dev01\n").get_credentials()
    issued = portal.state.issued[-1].answer
    frozen = credentials.get_frozen_credentials()
    assert (frozen.access_key, frozen.secret_key, frozen.token) == tuple(
        issued[k] for k in KEYS.values())
    assert credentials.method == "custom-process"
    assert credentials.refresh_needed() is False


def boto_session(run, portal, tmp_path, monkeypatch, config: str, credentials: str = ""):
    from botocore.session import Session
    for name, text in (("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)):
        path = tmp_path / name
        path.touch(mode=0o600)
        path.write_text(text)
        monkeypatch.setenv(name, str(path))
    for name in [n for n in os.environ if n.startswith(("AWS_", "DUPLO_"))]:
        if not name.endswith("_FILE"):
            monkeypatch.delenv(name)
    for name, value in {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token(),
                        "DUPLO_CA_FILE": portal.ca, "HOME": str(run.home)}.items():
        monkeypatch.setenv(name, value)
    return Session()


@pytest.mark.skipif(not shutil.which("aws"), reason="aws is not installed")
@pytest.mark.parametrize("kind", ["process", "ini", "env"])
def test_the_aws_cli_signs_with_it(ask, run, portal, tmp_path, kind):
    """The portal's STS endpoint checks access key, secret key and session token at once."""
    words = ("aws", "--tenant", "dev02")
    env = {"PATH": os.environ["PATH"], "HOME": str(run.home), "AWS_DEFAULT_REGION": "us-west-2",
           "AWS_MAX_ATTEMPTS": "1"}
    if kind == "process":
        line = f"{run.bin} aws --tenant dev02"
        (tmp_path / "c").write_text(f"[profile p]\ncredential_process = {line}\n")
        env |= {"AWS_CONFIG_FILE": str(tmp_path / "c"), "AWS_PROFILE": "p",
                "DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token(), "DUPLO_CA_FILE": portal.ca}
    elif kind == "ini":
        (tmp_path / "c").write_text(ask(*words, "-o", "ini", "--profile", "p").ok())
        env |= {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "c"), "AWS_PROFILE": "p"}
    else:
        env |= dotenv(ask(*words, "-o", "env").ok())
    done = subprocess.run(["aws", "sts", "get-caller-identity", "--output", "text", "--query",
                           "Arn", "--endpoint-url", portal.control_url], env=env,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("duploservices-dev02/user")


# Shells

# What `exec` removes: SDKs use these variables instead of the credentials.
CONFLICTING = {name: "inherited" for name in (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")}
SHELLS = ("sh", "dash", "bash", "busybox sh", "zsh")


def program(shell: str) -> list[str]:
    """The command that starts a shell with a script in its next argument, and no settings."""
    name, *more = shell.split()
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    words = {"fish": ["-N", "-c"], "pwsh": ["-NoProfile", "-Command"]}
    return [name, *more, *words.get(name, ["-c"])]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("more", [{}, CONFLICTING], ids=["alone", "with other variables"])
@pytest.mark.parametrize("options", ["", "set -eu;"])
def test_shell(printed, wanted, shell, more, options):
    assert evaluate([*program(shell), f'{options} eval "$TEXT"; {PRINT}'], printed("shell"),
                    more) == wanted


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_env_by_export(printed, wanted, shell):
    """export $(duplojit aws ... -o env)"""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    assert evaluate([shell, "-c", f"export $TEXT; {PRINT}"], printed("env")) == wanted


def test_env_by_the_env_command(printed, wanted):
    assert evaluate(["sh", "-c", f"env $TEXT {PRINT}"], printed("env")) == wanted


def dotenv(text: str) -> dict[str, str]:
    """Reads as `docker --env-file` and GitLab's dotenv reports do: without quoting."""
    lines = text.splitlines()
    assert all(re.fullmatch(r"[A-Z_]+=[^\s'\"\\$#]+", line) for line in lines)
    return dict(line.split("=", 1) for line in lines)


def test_env_as_a_dotenv_file(printed, wanted, tmp_path):
    assert dotenv(printed("env")) == wanted
    if importlib.util.find_spec("dotenv"):
        import io

        from dotenv import dotenv_values
        assert dotenv_values(stream=io.StringIO(printed("env"))) == wanted
    (tmp_path / "file").write_text(printed("env"))
    assert evaluate(["sh", "-c", f"set -a; . {tmp_path}/file; {PRINT}"], "") == wanted


@pytest.mark.parametrize("more", [{}, CONFLICTING], ids=["alone", "with other variables"])
@pytest.mark.parametrize("read", ["printf %s $TEXT | source; or exit 9", "eval $TEXT; or exit 9"])
def test_fish(printed, wanted, more, read):
    """The status is 0, so that a script can check it."""
    assert evaluate([*program("fish"), f"{read}; {PRINT}"], printed("fish"), more) == wanted


@pytest.mark.parametrize("more", [{}, CONFLICTING], ids=["alone", "with other variables"])
def test_powershell(printed, wanted, more):
    assert evaluate([*program("pwsh"), f"$Env:TEXT | Invoke-Expression; & {PRINT}"],
                    printed("powershell"), more) == wanted


def test_powershell_syntax(printed, wanted):
    """Without PowerShell: its single-quoted strings are verbatim, and $null removes a variable."""
    lines = [re.fullmatch(r"\$Env:(\w+) = (?:\$null|'([^']*)')", line)
             for line in printed("powershell").splitlines()]
    assert {m[1]: m[2] for m in lines} == wanted | dict.fromkeys(CONFLICTING)


# Failures in a shell

EVAL = {"sh": "set -e; eval \"$({0})\"; echo went on",
        "fish": "{0} | source; or exit 9; echo went on",
        "pwsh": "{0} | Out-String | Invoke-Expression; echo 'went on'"}
FORMAT = {"sh": "shell", "fish": "fish", "pwsh": "powershell"}
FAILURES = {
    "refused": ("--tenant dev01 -o {0}", {"DUPLO_TOKEN": "refused"}),
    "an unknown tenant": ("--tenant elsewhere -o {0}", {}),
    "no network": ("--tenant dev01 -o {0} --timeout 100ms", {"DUPLO_HOST": "https://127.0.0.1:1"}),
    "no token": ("--tenant dev01 -o {0}", {"DUPLO_TOKEN": ""}),
    "no tenant": ("-o {0}", {}),
    "the format in a variable": ("--tenant elsewhere", {"DUPLO_OUTPUT": "{0}"}),
    "an unknown option before the format": ("--nope --tenant dev01 -o {0}", {}),
    "an unknown option after the format": ("--output={0} --tenant dev01 --nope", {}),
    "an option without its value": ("-o{0} --tenant", {}),
    "an unexpected argument": ("dev01 -o {0}", {}),
    "a wrong value of a variable": ("--tenant dev01 -o {0}", {"DUPLO_DEBUG": "maybe"}),
    "a file, which prints nothing": ("--tenant dev01 -o {0} --write-env x", {}),
}


@pytest.mark.parametrize("words, more", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("shell", [*SHELLS, "fish", "pwsh"])
def test_a_failure_ends_the_script(run, portal, shell, words, more):
    """With set -e, as `or exit` in fish, and as an exception in PowerShell."""
    kind = shell if shell in EVAL else "sh"
    name = FORMAT[kind]
    env = run.environment(identity(portal) | {k: v.format(name) for k, v in more.items()})
    line = EVAL[kind].format(f"{run.bin} aws {words.format(name)}")
    done = subprocess.run([*program(shell), line], capture_output=True, text=True, timeout=60,
                          env=env | {"PATH": os.environ["PATH"]})
    assert done.returncode != 0 and done.stdout == "" and "duplojit: " in done.stderr


@pytest.mark.parametrize("words, printed", [
    (("aws", "-o", "shell"), "false\n"), (("jit", "aws", "-o", "shell"), "false\n"),
    (("awz", "-o", "shell"), "false\n"), (("-o", "fish", "--admin"), "false;\n"),
    (("aws", "-o", "bash"), "false\n"),  # the output format is unknown
    (("aws", "-o", "process"), ""), (("aws", "-o", "env"), ""), (("aws",), ""),
    (("tenants", "-o", "shell"), ""), (("tenantz", "-o", "table"), ""),
    (("update-aws-config", "-o", "shell"), "")], ids=lambda w: " ".join(w))
def test_what_a_failure_prints(run, portal, words, printed):
    result = run(*words, env={"DUPLO_HOST": portal.url})
    assert (result.code, result.out) == (2, printed)


def test_a_failure_of_a_run_that_writes_files_prints_nothing(ask):
    """The format in the environment is for other runs."""
    ask("aws", "--tenant", "elsewhere", "--write-env", "x",
        env={"DUPLO_OUTPUT": "shell"}).fails(4, "elsewhere")


# A credentials file

def test_ini(printed, wanted):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(printed("ini"))
    assert parser.sections() == ["default"]
    assert dict(parser["default"]) == {
        "aws_access_key_id": wanted["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": wanted["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": wanted["AWS_SESSION_TOKEN"],
        "x_security_token_expires": wanted["AWS_CREDENTIAL_EXPIRATION"]}
    assert printed("ini", "--profile", "my.team/prod@eu").startswith("[my.team/prod@eu]\n")


def test_botocore_reads_ini(run, ask, portal, tmp_path, monkeypatch, printed, wanted):
    found = boto_session(run, portal, tmp_path, monkeypatch, "", printed("ini")).get_credentials()
    assert (found.access_key, found.secret_key, found.token) == tuple(wanted[k] for k in KEYS)


# GitHub Actions

def masks_of(wanted) -> str:
    return "".join(f"::add-mask::{wanted[k]}\n" for k in
                   ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))


def test_github_without_a_file(printed, wanted):
    out = printed("github")
    assert out.startswith(masks_of(wanted))
    assert dotenv(out.removeprefix(masks_of(wanted))) == wanted


def test_github_appends_to_the_file(ask, wanted, tmp_path):
    path = tmp_path / "env"
    path.write_text("BEFORE=1\n")
    out = ask("aws", "--tenant", "dev02", "-o", "github", env={"GITHUB_ENV": str(path)}).ok()
    assert out == masks_of(wanted)
    assert dotenv(path.read_text()) == {"BEFORE": "1"} | wanted


def test_github_redirected_into_the_file(ask, wanted, tmp_path):
    """duplojit aws -o github >> "$GITHUB_ENV": each line once, masks on stderr."""
    path = tmp_path / "env"
    path.write_text("BEFORE=1\n")
    with path.open("a") as file:
        result = ask("aws", "--tenant", "dev02", "-o", "github", env={"GITHUB_ENV": str(path)},
                     stdout=file, masks=True)
    assert result.code == 0 and result.err == masks_of(wanted)
    assert dotenv(path.read_text()) == {"BEFORE": "1"} | wanted
    assert path.read_text().count("AWS_REGION=") == 1


@pytest.mark.parametrize("before", ["BEFORE=1", "A=0\nBEFORE=1"])
def test_a_last_line_without_a_newline_stays_a_line(ask, wanted, tmp_path, before):
    """GITHUB_ENV, and a dotenv file or GITHUB_OUTPUT that the shell redirects to."""
    path = tmp_path / "env"
    path.write_text(before)
    ask("aws", "--tenant", "dev02", "-o", "github", env={"GITHUB_ENV": str(path)}).ok()
    assert path.read_text().startswith(before + "\nAWS_ACCESS_KEY_ID=")
    assert wanted.items() <= dotenv(path.read_text().removeprefix("A=0\n")).items()
    for name in ("env", "github"):
        path.write_text(before)
        with path.open("a") as file:
            env = {"GITHUB_ENV": str(path)} if name == "github" else {}
            ask("aws", "--tenant", "dev02", "-o", name, env=env, stdout=file, masks=True)
        assert path.read_text().startswith(before + "\nAWS_ACCESS_KEY_ID=")
    path.write_text(before)
    with path.open("r+") as file:  # not appended to: the file is overwritten from its start
        ask("aws", "--tenant", "dev02", "-o", "env", stdout=file)
    assert path.read_text().startswith("AWS_ACCESS_KEY_ID=")


def test_github_masks_come_first(run, portal, ask, tmp_path):
    """If the file cannot be written, no value is printed."""
    ask("aws", "--tenant", "dev01", "-o", "github",
        env={"GITHUB_ENV": str(tmp_path)}).fails(6, "GITHUB_ENV", str(tmp_path))


# Regions

def test_without_a_region(ask, portal):
    portal.state.credential_fields = {"Region": None}
    found = dotenv(ask("aws", "--tenant", "dev01", "-o", "env").ok())
    assert set(found) == {*KEYS, "AWS_CREDENTIAL_EXPIRATION"}
    found = dotenv(ask("aws", "--tenant", "dev01", "-o", "env", "--region", "eu-west-1").ok())
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-west-1"


# Output that cannot be written

@pytest.mark.parametrize("name", ["process", "env", "github"])
def test_a_full_disk(ask, name):
    with open("/dev/full", "w") as full:
        result = ask("aws", "--tenant", "dev01", "-o", name, stdout=full)
    assert result.fails(6, "No space left")


def test_a_closed_pipe(ask, run):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as end:
        assert ask("aws", "--tenant", "dev01", stdout=end).fails(6, "Broken pipe")
