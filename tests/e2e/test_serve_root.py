# SPDX-License-Identifier: MIT
"""serve as root: it keeps only the capabilities that its options need."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from conftest import wait_until
from endpoint import Endpoint, serve  # noqa: F401

CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
UID = 65532
SHORT_S = 4  # renewed after two seconds

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities")


def sets(pid: int) -> dict[str, int]:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.findall(r"^(?:Cap)?(Inh|Prm|Eff|Bnd|Amb|NoNewPrivs):\s+(\w+)$", text, re.M)
    return {name: int(value, 16) for name, value in found}


def keeps(endpoint: Endpoint, rights: int) -> None:
    """Checks all sets, also of a program that the process could start."""
    own = sets(os.getpid())["Prm"]
    if rights & DAC_READ_SEARCH & ~own:
        rights |= DAC_OVERRIDE
    kept = own & rights
    want = {"NoNewPrivs": 1, "Inh": 0, "Prm": kept, "Eff": kept, "Bnd": kept, "Amb": 0}
    wait_until(lambda: sets(endpoint.process.pid) == want)


def renews(endpoint: Endpoint) -> None:
    endpoint.wait_key(endpoint.wait_key())


@pytest.fixture
def token_file(portal, tmp_path) -> Path:
    """It belongs to another user."""
    path = tmp_path / "private/token"
    path.parent.mkdir(0o700)
    path.write_text(portal.token())
    path.chmod(0o600)
    for owned in (path, path.parent):
        os.chown(owned, UID, UID)
    return path


def test_nothing_is_kept(serve):
    keeps(serve("--tenant", "dev01", env={"DUPLO_CA_FILE": None}), 0)


def test_files_of_other_users_are_read(serve, portal, token_file):
    portal.state.forced_validity = SHORT_S
    endpoint = serve("--tenant", "dev01", "--token-file", token_file, env={"DUPLO_TOKEN": None})
    keeps(endpoint, DAC_READ_SEARCH)
    renews(endpoint)


def limit(run, tmp_path, capabilities: str) -> None:
    """Makes the binary start with other capabilities, in the form of setpriv."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    script = tmp_path / "duplojit"
    script.write_text(f"#!/bin/sh\nexec setpriv --bounding-set={capabilities} --inh-caps=-all "
                      f'--ambient-caps=-all {run.bin} "$@"\n')
    script.chmod(0o755)
    run.bin = script


def test_files_of_other_users_are_read_in_docker(serve, run, portal, tmp_path, token_file):
    """Docker's root has CAP_DAC_OVERRIDE, but not CAP_DAC_READ_SEARCH."""
    limit(run, tmp_path, "-all,+setpcap,+dac_override")
    portal.state.forced_validity = SHORT_S
    endpoint = serve("--tenant", "dev01", "--token-file", token_file, env={"DUPLO_TOKEN": None})
    keeps(endpoint, DAC_OVERRIDE)
    renews(endpoint)


def test_files_of_other_users_are_written(serve, portal, tmp_path):
    portal.state.forced_validity = SHORT_S
    folder = tmp_path / "aws"
    folder.mkdir(0o700)
    os.chown(folder, UID, UID)
    file = folder / "credentials"
    endpoint = serve("--tenant", "dev01", "--also-write", file, "--owner", f"{UID}:{UID}",
                     "--mode", "0640")
    keeps(endpoint, CHOWN | DAC_OVERRIDE | DAC_READ_SEARCH | FOWNER)
    renews(endpoint)
    assert (file.stat().st_uid, file.stat().st_mode & 0o777) == (UID, 0o640)


def test_a_cache_in_a_directory_of_another_user(serve, run, portal):
    os.chown(run.home, UID, UID)
    run.home.chmod(0o700)
    endpoint = serve("--tenant", "dev01")
    keeps(endpoint, DAC_OVERRIDE | DAC_READ_SEARCH)
    wait_until(lambda: len(run.entries()) == 1)


def test_a_low_port(serve, portal):
    """The port is opened before the capabilities are dropped."""
    for port in range(1023, 900, -1):
        endpoint = serve("--tenant", "dev01", listen=f"127.0.0.1:{port}", wait=0)
        wait_until(lambda: "listening on" in endpoint.log or endpoint.process.poll() is not None)
        if endpoint.process.poll() is None:
            keeps(endpoint, DAC_READ_SEARCH)
            return
    pytest.fail("no free port below 1024")


def test_without_capabilities(serve, run, portal, tmp_path):
    """As in a container that drops all. Renewals work."""
    limit(run, tmp_path, "-all")
    portal.state.forced_validity = SHORT_S
    endpoint = serve("--tenant", "dev01", "--also-write", tmp_path / "aws/credentials")
    keeps(endpoint, 0)
    renews(endpoint)
