# SPDX-License-Identifier: MIT
"""FROM scratch: a root directory with only the binary, and an unknown user.

No HOME, no /dev, no /proc, no /etc, and nothing is writable. Also standard descriptors that are
closed or full, with and without such a root.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import BIN, LIMIT_S, identity
from portal import Portal

UID = 65532  # "nonroot" of common minimal images


@pytest.fixture
def scratch(tmp_path) -> Path:
    """The root directory."""
    if os.geteuid() != 0 or not shutil.which("chroot"):
        pytest.skip("only root can change the root directory")
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(BIN, root / "duplojit")
    (root / "duplojit").chmod(0o555)
    root.chmod(0o555)
    return root


def inside(root: Path) -> list[str]:
    return [shutil.which("chroot"), f"--userspec=+{UID}:+{UID}", "--groups=", str(root),
            "/duplojit"]


@pytest.fixture
def go(run, scratch):
    """Runs the binary in that root, without HOME."""
    def call(*args, env=None, **more):
        tool, *rest = inside(scratch)
        return run(*rest, *args, program=tool, env={"HOME": None} | (env or {}), **more)
    return call


def add(root: Path, name: str, text: str) -> str:
    """Adds a file, as a volume would."""
    (root / name).write_text(text)
    (root / name).chmod(0o444)
    return f"/{name}"


def test_with_only_the_binary(go, scratch):
    assert [p.name for p in scratch.iterdir()] == ["duplojit"]
    with Portal(plain=True) as portal:
        for args in (("--tenant", "dev02"), ("--tenant-id", portal.state.tenants["dev01"].id)):
            done = go("aws", *args, env={"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token()})
            assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])
    assert [p.name for p in scratch.iterdir()] == ["duplojit"]


def test_over_tls_with_a_ca_file(go, scratch, portal):
    ca = add(scratch, "ca.pem", Path(portal.ca).read_text())
    token = add(scratch, "token", portal.token())
    done = go("aws", "--host", portal.url, "--ca-file", ca, "--token-file", token, "--tenant",
              "dev01", "-o", "env")
    assert done.ok().startswith("AWS_ACCESS_KEY_ID=ASIA")
    done = go("tenants", env=identity(portal) | {"DUPLO_CA_FILE": ca})
    assert "dev02" in done.ok()


def test_the_built_in_roots_are_used(go, portal):
    go("aws", "--admin", env=identity(portal) | {"DUPLO_CA_FILE": None}).fails(
        5, "not trusted", "(trusted: built-in roots)")


def test_a_name_without_a_name_server(go):
    done = go("aws", "--admin", "--timeout", "2s", "--token", "some-token", "--host",
              "portal.example")
    done.fails(5, "portal.example")
    assert done.seconds < 10


def test_a_cache_on_a_volume(go, scratch, portal):
    ca = add(scratch, "ca.pem", Path(portal.ca).read_text())
    volume = scratch / "cache"
    volume.mkdir()
    os.chown(volume, UID, UID)
    for _ in range(2):
        done = go("aws", "--admin", "--cache-dir", "/cache",
                  env=identity(portal, "admin") | {"DUPLO_CA_FILE": ca})
        done.ok()
    assert len(portal.log) == 1
    entries = [p for p in volume.rglob("*") if p.is_file()]
    assert entries and all(p.stat().st_mode & 0o777 == 0o600 for p in entries)
    assert all(p.stat().st_uid == UID for p in entries)


def test_help_and_version(go):
    assert "update-aws-config" in go("help").ok()
    assert go("version").ok().startswith("duplojit ")
    assert "Usage: duplojit aws" in go("aws", "--help").ok()


def test_errors(go, portal):
    go("aws", "--admin").fails(2, "--host")
    go("no-such").fails(2)
    go("aws", "--admin", env={"DUPLO_HOST": portal.url, "DUPLO_TOKEN": "x",
                              "DUPLO_CA_FILE": "/no.pem"}).fails(6, "DUPLO_CA_FILE", "/no.pem")
    go("update-aws-config", "--admin", "--host", portal.url, "--region", "x-y-1").fails(
        6, "HOME is not set")
    go("update-aws-config", "--admin", "--host", portal.url, "--region", "x-y-1", "--config-file",
       "/config").fails(6, "/")


def test_a_profile_in_a_volume(go, scratch, portal):
    """Without /proc the program knows its path only if it was started by its absolute path."""
    volume = scratch / "aws"
    volume.mkdir()
    os.chown(volume, UID, UID)
    go("update-aws-config", "p", "--admin", "--host", portal.url, "--region", "x-y-1",
       "--config-file", "/aws/config").ok()
    text = (volume / "config").read_text()
    assert f"credential_process = /duplojit aws --admin --host {portal.url}\n" in text


# Descriptors 0 to 2

def closed(command: list[str], env: dict[str, str], *descriptors: int) -> tuple[int, str, str]:
    """Exit code, and stdout and stderr if they are open."""
    def close() -> None:
        for each in descriptors:
            os.close(each)
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          preexec_fn=close, timeout=LIMIT_S)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


CLOSED = [(0,), (2,), (0, 2)]
WITHOUT_STDOUT = [(1,), (0, 1), (1, 2), (0, 1, 2)]


@pytest.fixture(params=("plain", "scratch"))
def command(request, portal, tmp_path):
    """The binary and its environment: on this machine, and in an empty root."""
    env = identity(portal, "admin")
    if request.param == "plain":
        return [str(BIN)], env | {"HOME": str(tmp_path)}
    root = request.getfixturevalue("scratch")
    return inside(root), env | {"DUPLO_CA_FILE": add(root, "ca.pem", Path(portal.ca).read_text())}


@pytest.mark.parametrize("descriptors", CLOSED, ids=str)
def test_closed_descriptors(command, portal, descriptors):
    start, env = command
    code, out, _ = closed([*start, "aws", "--admin", "--debug"], env, *descriptors)
    assert code == 0 and portal.state.issue_of(json.loads(out)["AccessKeyId"])
    assert [r.status for r in portal.log] == [200]
    assert portal.log.handshake_errors == []


@pytest.mark.parametrize("descriptors", WITHOUT_STDOUT, ids=str)
def test_credentials_without_an_open_stdout_are_an_error(command, portal, descriptors):
    """They also do not go to a file or connection that has descriptor 1."""
    start, env = command
    code, _, err = closed([*start, "aws", "--admin", "--no-cache"], env, *descriptors)
    assert code == 6
    if 2 not in descriptors:
        assert err == "duplojit: cannot write standard output: Bad file descriptor\n"
    assert [r.status for r in portal.log] == [200]


def test_a_token_from_a_closed_stdin(command):
    start, env = command
    code, out, _ = closed([*start, "aws", "--admin", "--token", "-"], env, 0)
    assert code in (2, 6) and out == ""


@pytest.mark.parametrize("args", (("aws", "--admin"), ("tenants",), ("token",), ("help",),
                                  ("version",)), ids=lambda args: args[0])
def test_a_full_disk_as_stdout(ask, args):
    with open("/dev/full", "wb") as full:
        done = ask(*args, user="admin", stdout=full)
    done.fails(6, "cannot write", "No space left on device")


def test_a_closed_pipe_as_stdout(run, portal):
    """The result is an error, not SIGPIPE."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        run("aws", "--admin", env=identity(portal, "admin"), stdout=pipe).fails(
            6, "standard output", "Broken pipe")
