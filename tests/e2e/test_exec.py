# SPDX-License-Identifier: MIT
"""exec: the program replaces duplojit in the same process. install: copies the binary."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from conftest import BIN

REMOVED = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN",
           "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
           "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
           "AWS_WEB_IDENTITY_TOKEN_FILE")


@pytest.fixture
def base_env(portal, tmp_path):
    """Environment variables with the portal, the token and the tenant."""
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "DUPLO_HOST": portal.url,
            "DUPLO_TOKEN_FILE": str(token), "DUPLO_CA_FILE": portal.ca, "DUPLO_TENANT": "dev01"}


def call(env, *words, **more):
    return subprocess.run([str(BIN), *words], env=env, capture_output=True, text=True, timeout=30,
                          **more)


def test_the_program_gets_credentials_and_no_conflicting_variables(base_env, portal):
    env = base_env | {name: "inherited" for name in REMOVED} | {"AWS_ACCESS_KEY_ID": "old",
                                                              "KEPT": "as it was"}
    done = call(env, "exec", "--", "env", "-0")
    assert (done.returncode, done.stderr) == (0, "")
    found = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
    answer = portal.state.issue_of(found["AWS_ACCESS_KEY_ID"]).answer
    assert found["AWS_SECRET_ACCESS_KEY"] == answer["SecretAccessKey"]
    assert found["AWS_SESSION_TOKEN"] == answer["SessionToken"]
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == answer["Region"]
    assert found["AWS_CREDENTIAL_EXPIRATION"].endswith("Z")
    assert found["KEPT"] == "as it was"
    assert not set(REMOVED) & set(found)


SECRETS = {"DUPLO_TOKEN": "canary-1", "duplo_token": "canary-2", "DUPLO_OTP": "canary3",
           "duplo_otp": "canary4"}


@pytest.mark.parametrize("options", [[], ["--endpoint"]])
@pytest.mark.parametrize("keep", [[], ["--keep-token"], ["--keep-token=false"]])
def test_the_program_does_not_get_the_token(base_env, options, keep):
    """It could get credentials of any scope. Names that only look like one of these stay."""
    others = {"DUPLO_TOKEN_X": "a", "XDUPLO_TOKEN": "b", "DUPLO_OTPS": "c", "DUPLO_TENANT": "dev01",
              "DUPLO_TOKEN_FILE": base_env["DUPLO_TOKEN_FILE"]}
    words = [*options, *keep, "--", "env", "-0"]
    done = call(base_env | SECRETS | others, "exec", *words)
    assert (done.returncode, done.stderr) == (0, "")
    found = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
    assert others.items() <= found.items()
    kept = SECRETS if keep == ["--keep-token"] else {}
    assert {name: value for name, value in found.items() if name in SECRETS} == kept
    assert ("canary" in done.stdout) == bool(kept)


def test_a_variable_keeps_the_token(base_env):
    env = base_env | SECRETS | {"DUPLO_KEEP_TOKEN": "1"}
    assert "DUPLO_TOKEN=canary-1\n" in call(env, "exec", "--", "env").stdout


def test_the_program_has_the_same_pid_and_its_own_exit_code(base_env):
    child = subprocess.Popen([str(BIN), "exec", "--", "sh", "-c", "echo $$; exit 42"], env=base_env,
                             stdout=subprocess.PIPE, text=True)
    out, _ = child.communicate(timeout=30)
    assert int(out) == child.pid
    assert child.returncode == 42


def test_a_signal_kills_the_program(base_env):
    child = subprocess.Popen([str(BIN), "exec", "--", "sh", "-c", "echo up; exec sleep 30"],
                             env=base_env, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "up\n"
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=10) == -signal.SIGTERM


def test_the_program_gets_the_usual_signals_and_limits(base_env):
    """duplojit ignores SIGPIPE, and the program must not."""
    done = call(base_env, "exec", "--", "sh", "-c", "ulimit -c; grep SigIgn /proc/self/status")
    plain = subprocess.run(["sh", "-c", "ulimit -c; grep SigIgn /proc/self/status"],
                           capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == plain.stdout.splitlines()[0]
    ignored = int(done.stdout.split("SigIgn:")[1], 16)
    assert not ignored >> (signal.SIGPIPE - 1) & 1


@pytest.mark.parametrize("words", (["--tenant", "dev01", "--", "echo", "--tenant", "x"],
                                   ["--tenant", "dev01", "echo", "--tenant", "x"]))
def test_arguments_after_the_program_belong_to_it(base_env, words):
    assert call(base_env, "exec", *words).stdout == "--tenant x\n"


def test_exit_codes_if_the_program_cannot_be_started(base_env, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("no program\n")
    for program, code in (("no-such-program", 127), (str(tmp_path / "none"), 127),
                          (str(plain), 126), (str(tmp_path), 126)):
        done = call(base_env, "exec", "--", program)
        assert done.returncode == code
        assert len(done.stderr.splitlines()) == 1 and program in done.stderr


def test_the_program_is_not_started_without_credentials(base_env):
    done = call(base_env | {"DUPLO_TENANT": "elsewhere"}, "exec", "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (4, "")
    assert call(base_env, "exec").returncode == 2


def test_install_copies_this_binary(tmp_path):
    target = tmp_path / "bin"
    target.mkdir()
    for place, copy in ((target, target / "duplojit"), (tmp_path / "new/x", tmp_path / "new/x")):
        done = call({}, "install", str(place))
        assert (done.returncode, done.stderr) == (0, "")
        assert copy.read_bytes() == BIN.read_bytes()
        assert stat.S_IMODE(copy.stat().st_mode) == 0o755
    again = call({}, "install", "--mode", "0500", str(target))
    assert again.returncode == 0
    assert stat.S_IMODE((target / "duplojit").stat().st_mode) == 0o500
    assert sorted(p.name for p in target.iterdir()) == ["duplojit"]
    assert subprocess.run([target / "duplojit", "version"], check=True, capture_output=True).stdout


def test_install_into_a_missing_folder(tmp_path):
    (tmp_path / "file").write_text("")
    done = call({}, "install", str(tmp_path / "file/x"))
    assert done.returncode == 6 and len(done.stderr.splitlines()) == 1
    assert call({}, "install").returncode == 2
    assert Path(tmp_path / "file").read_text() == ""
