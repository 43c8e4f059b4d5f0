# SPDX-License-Identifier: MIT
"""The agent with the arguments and the rights of its DaemonSet, in a network namespace of its own:
it adds its addresses and keeps no right."""

from __future__ import annotations

import shutil
import subprocess

import pytest

import kustomize

CONTAINER = kustomize.containers(kustomize.pod(kustomize.AGENTS[0]))[0]
# $1: the program, then its arguments. Prints what a test looks at, one thing per line.
SCRIPT = r"""
ip link set lo up || exit 70
bin=$1
setpriv --no-new-privs --bounding-set=-all$RIGHTS --inh-caps=-all "$@" 2>"$LOG" &
agent=$!
for url in http://169.254.170.23:9911/readyz "http://[fd00:ec2::23]:9911/healthz"; do
    tries=300
    while ! "$bin" healthcheck --url "$url" && kill -0 "$agent" && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done 2>/dev/null
    "$bin" healthcheck --url "$url" 2>/dev/null && echo "answers $url"
done
grep -E '^Cap(Prm|Eff|Inh|Amb)' "/proc/$agent/status"
kill "$agent"
wait "$agent"
"""


def namespace() -> list[str]:
    """A prefix for a command, so that it is root of a network of its own."""
    tools = [shutil.which(name) for name in ("unshare", "setpriv", "ip")]
    for more in ((), ("--map-root-user",)):
        command = [tools[0], "--net", *more]
        if all(tools) and subprocess.run(
                [*command, "setpriv", "--bounding-set=-all", "ip", "link", "show", "lo"],
                capture_output=True, timeout=20, check=False).returncode == 0:
            return command
    pytest.skip("this machine allows no network namespace, or has no unshare, setpriv or ip")


@pytest.fixture
def agent(run, tmp_path):
    """Runs the script with rights such as ",+net_admin". Returns what it prints, and the log."""
    (tmp_path / "token").write_text("token")
    (tmp_path / "service-account").mkdir()
    (tmp_path / "service-account/token").write_text("x.y.z")
    (tmp_path / "service-account/ca.crt").write_text("")
    (config,) = [d for d in kustomize.build(kustomize.AGENTS[0])
                 if d["metadata"]["name"] == "duplojit-policy"]
    (tmp_path / "policy.yaml").write_text(config["data"]["policy.yaml"])
    places = {"/policy": tmp_path, "/duplo": tmp_path, "/cache": tmp_path / "cache"}

    def text(value: str) -> str:
        for place, path in places.items():
            value = value.replace(f"{place}/", f"{path}/")
        return value

    def start(rights: str) -> tuple[list[str], str]:
        env = {e["name"]: text(e["value"] + "/").rstrip("/") for e in CONTAINER["env"]}
        log = tmp_path / "log"
        done = subprocess.run(
            [*namespace(), "sh", "-c", SCRIPT, "sh", run.bin, *map(text, CONTAINER["args"]),
             "--service-account-dir", str(tmp_path / "service-account")],
            env=env | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "RIGHTS": rights, "LOG": str(log),
                       "KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "443"},
            capture_output=True, text=True, timeout=120, check=False)
        if done.returncode == 70:
            pytest.skip("the network of a namespace cannot be started")
        return done.stdout.splitlines(), log.read_text()
    return start


def test_it_adds_its_addresses_and_keeps_no_right(agent):
    (right,) = CONTAINER["securityContext"]["capabilities"]["add"]
    lines, log = agent(f",+{right.lower()}")
    assert "answers http://169.254.170.23:9911/readyz" in lines, log
    if "[fd00:ec2::23]" in log:  # the machine has IPv6
        assert "answers http://[fd00:ec2::23]:9911/healthz" in lines, log
    states = [line.split() for line in lines if line.startswith("Cap")]
    assert len(states) == 4 and all(int(value, 16) == 0 for _, value in states)


def test_without_the_right_it_says_what_to_do(agent):
    lines, log = agent("")
    assert lines == [] and "CAP_NET_ADMIN" in log and "169.254.170.23:9911" in log
