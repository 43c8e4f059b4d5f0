# SPDX-License-Identifier: MIT
"""An image FROM scratch with only this binary, one static client, and a volume.

Most SDKs start credential_process with /bin/sh, which is missing: `exec`, the endpoint and a
credentials file work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import islice
from pathlib import Path

import pytest

from clients import CLIENTS
from conftest import BIN, identity
from test_sdk import renews, signs

UID = 65532
GO = next(client for client in CLIENTS if client.id == "go")


@pytest.fixture
def root(tmp_path, portal, record_property) -> Path:
    record_property("client", f"{GO.name}, in an empty root")
    if GO.missing:
        pytest.skip(GO.missing)
    if os.geteuid() != 0 or not shutil.which("chroot"):
        pytest.skip("only root can change the root directory")
    made = tmp_path / "root"
    (made / "volume").mkdir(parents=True)
    os.chown(made / "volume", UID, UID)
    for source, name, mode in ((BIN, "duplojit", 0o555), (GO.command[0], "client", 0o555),
                               (portal.ca, "ca.pem", 0o444)):
        shutil.copy(source, made / name)
        (made / name).chmod(mode)
    made.chmod(0o555)
    return made


@pytest.fixture
def inside(root) -> tuple[str, ...]:
    return (shutil.which("chroot"), f"--userspec=+{UID}:+{UID}", "--groups=", str(root))


@pytest.fixture
def base_env(portal) -> dict[str, str]:
    return identity(portal) | {"DUPLO_CA_FILE": "/ca.pem", "DUPLO_TENANT": "dev01",
                               "STS_URL": portal.control_url, "AWS_REGION": "us-west-2",
                               "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def client(inside):
    """Starts the Go client in that root; `before` is the command that starts it."""
    def start(env: dict[str, str], *before: str):
        return GO.__class__(GO.id, GO.name, ("/client",)).start(env, (*inside, *before))
    return start


def test_exec(portal, client, base_env):
    with client(base_env, "/duplojit", "exec", "--") as running:
        signs(portal, running)


def test_the_endpoint(portal, client, inside, base_env):
    portal.state.forced_validity = 10
    with subprocess.Popen([*inside, "/duplojit", "serve", "--listen", "127.0.0.1:0",
                           "--auth-token-file", "/volume/auth", "--print-env"], env=base_env,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as endpoint:
        try:
            found = dict(line.rstrip().split("=", 1) for line in islice(endpoint.stdout, 2))
            with client({k: v for k, v in base_env.items() if k[:3] != "DUP"} | found) as running:
                renews(portal, running)
        finally:
            endpoint.terminate()
    assert endpoint.returncode == 0


def test_a_credentials_file(portal, client, inside, base_env):
    done = subprocess.run([*inside, "/duplojit", "aws", "--write-credentials"], capture_output=True,
                          env=base_env | {"AWS_SHARED_CREDENTIALS_FILE": "/volume/credentials"})
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    with client({"STS_URL": base_env["STS_URL"], "AWS_REGION": "us-west-2",
                 "AWS_SHARED_CREDENTIALS_FILE": "/volume/credentials"}) as running:
        signs(portal, running)


def test_credential_process_needs_a_shell(portal, client, inside, base_env):
    """The command works by itself, but the SDK cannot start it."""
    env = base_env | {"AWS_CONFIG_FILE": "/volume/config", "AWS_PROFILE": "p"}
    for words in (("update-aws-config", "p"), ("aws",)):
        assert subprocess.run([*inside, "/duplojit", *words], env=env, timeout=60,
                              capture_output=True).returncode == 0
    with client(env) as running:
        error = running.ask().get("error", "")
    assert "credential_process" in error or "process" in error
    assert "sh" in error and "not found" in error or "no such file" in error
    assert portal.state.signed == []
