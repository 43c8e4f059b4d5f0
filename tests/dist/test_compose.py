# SPDX-License-Identifier: MIT
"""docker/compose.yaml: docker-compose 1.29 and podman-compose read it as it is meant."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from conftest import LIMIT_S, TOP, call

FILE = TOP / "docker/compose.yaml"
TOOLS = Path(os.environ["O"]).resolve() / "venv-compose/bin"

# Notes what it is asked, and succeeds. A volume does not exist before it is created.
PODMAN = """\
#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $2" in
--version*) echo "podman version 5.4.0" ;;
ps*) echo "[]" ;;
"volume create") touch "$CALLS.volume" ;;
"volume inspect") [ -e "$CALLS.volume" ] ;;
esac
"""


def tool(name: str) -> Path:
    path = TOOLS / name
    if not path.exists():
        pytest.skip(f"{name} cannot be installed here")
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=LIMIT_S)
    if "Traceback" in done.stderr:  # docker-compose 1.29 needs a module that Python 3.13 removed
        pytest.skip(f"{name} cannot run here: {done.stderr.strip().splitlines()[-1]}")
    return path


def config(program: Path, file: Path) -> dict:
    return yaml.safe_load(call(program, "-f", file, "config"))


@pytest.mark.parametrize("name", ("docker-compose", "podman-compose"))
def test_reads_every_field(name):
    found, written = config(tool(name), FILE), yaml.safe_load(FILE.read_text())
    assert set(found["services"]) == set(written["services"])
    for service, fields in written["services"].items():
        assert set(found["services"][service]) == set(fields)
        for field in ("image", "command", "environment", "network_mode", "user", "read_only",
                      "cap_drop", "security_opt", "depends_on", "mem_limit", "restart"):
            assert found["services"][service].get(field) == fields.get(field), field
    check = found["services"]["duplojit"]["healthcheck"]
    assert check["test"] == written["services"]["duplojit"]["healthcheck"]["test"]
    assert found["volumes"] == written["volumes"]
    assert set(found["secrets"]) == set(written["secrets"])


def test_docker_compose_refuses_an_unknown_field(tmp_path):
    """As it does with fields that only its successor has."""
    program = tool("docker-compose")
    file = tmp_path / "compose.yaml"
    file.write_text(FILE.read_text().replace("timeout:", "start_interval: 1s\n      timeout:", 1))
    done = subprocess.run([program, "-f", file, "config"], capture_output=True, text=True,
                          timeout=LIMIT_S)
    assert done.returncode == 1 and "start_interval" in done.stderr


def option(line: str, name: str) -> list[str]:
    words = line.replace("=", " ").split()
    return [words[i + 1] for i, word in enumerate(words) if word == name]


def test_podman_compose_starts_restricted_containers(tmp_path):
    """The command lines that podman gets."""
    program, podman, calls = tool("podman-compose"), tmp_path / "podman", tmp_path / "calls"
    podman.write_text(PODMAN)
    podman.chmod(0o755)
    call(program, "--podman-path", podman, "-f", FILE, "up", "--detach",
         env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CALLS": str(calls)})
    lines = calls.read_text().splitlines()
    assert any("volume create" in line and "type=tmpfs" in line and "uid=65532" in line
               for line in lines)
    made = [line for line in lines if line.split()[0] in ("create", "run")]
    assert len(made) == 2
    for line in made:
        assert "--read-only" in line.split() and option(line, "--cap-drop") == ["ALL"]
        assert option(line, "--security-opt") == ["no-new-privileges:true"]
        assert option(line, "-u") == ["65532:65532"]
    ours, application = made
    assert "/run/secrets/duplo-token" in ours and "/run/secrets" not in application
    (network,), (name,) = option(application, "--network"), option(ours, "--name")
    assert network == f"container:{name}"
    # The application starts when the endpoint is ready.
    assert lines[-3:] == [f"start {name}", f"wait --condition=healthy {name}",
                          f"start {option(application, '--name')[0]}"]
