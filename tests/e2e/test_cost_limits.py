# SPDX-License-Identifier: MIT
"""Limits for the cost of a run, in counts that do not depend on the load of the machine: system
calls, page faults, instructions, requests, and memory. tests/bench/ measures times.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import cost
from conftest import BIN, LIMIT_S, TESTS
from namespaces import with_etc
from strace import find_strace

CACHED_CALLS = 40        # 37 at the time of writing
CACHED_FAULTS = 33       # 26 to 31 at the time of writing; a program that does nothing has 5
CACHED_INSTRUCTIONS = 200_000  # 141,000 at the time of writing
EDIT_INSTRUCTIONS = 120_000  # for each profile of a config file; 96,000 at the time of writing
CACHED_KIB = 512
COLD_KIB = 1024          # 840 at the time of writing


def compiler() -> list[str]:
    return cost.compiler() or pytest.skip("no C compiler")


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> dict[str, str]:
    """Paths of measure.c, compiled, and of a static program that does nothing."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "nothing.c").write_text("int main(void) { return 0; }\n")
    made = {}
    for name, source in (("measure", TESTS / "e2e/measure.c"), ("nothing", folder / "nothing.c")):
        made[name] = str(folder / name)
        subprocess.run([*compiler(), "-o", made[name], str(source)], check=True, timeout=60)
    return made


@pytest.fixture
def profile_run(portal, tmp_path):
    """Environment and command line of a run as a profile starts it."""
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    command = [str(BIN), "aws", "--token-file", str(token), "--ca-file", portal.ca, "--tenant-id",
               portal.state.tenants["dev01"].id, "--host", portal.url]
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}, command


def run(command: list[str], env: dict[str, str]) -> str:
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True,
                          timeout=LIMIT_S).stdout


def instructions(command: list[str], env: dict[str, str], prefix=()) -> int:
    """The number of instructions that the program executes, without the kernel's. prefix: of
    with_etc()."""
    return cost.instructions(command, env, prefix) or pytest.skip("valgrind is not installed")


def peak(tools, env, command: list[str]) -> float:
    return cost.peak_kib(tools["measure"], command, env)


def test_a_cached_run_makes_no_network_call(profile_run, portal, tmp_path):
    tool = find_strace()
    env, command = profile_run
    traced = [tool, "-f", "-qq", "-o", str(tmp_path / "trace"), *command]
    network = r"^\d+ +(socket|connect|sendto|sendmsg|recvfrom|clone)\("

    def calls() -> list[str]:
        run(traced, env)
        return re.findall(network, (tmp_path / "trace").read_text(), re.M)
    assert {"socket", "connect"} <= set(calls())
    assert portal.log.connections == 1
    assert calls() == []
    assert portal.log.connections == 1


@pytest.mark.parametrize("what", ("aws", "k8s"))
def test_a_cached_run_makes_few_system_calls(profile_run, tmp_path, what):
    """It reads only the token, the key of the cache and the entry."""
    tool = find_strace(strings=True)
    env, command = profile_run
    command[1] = what
    run(command, env)
    run([tool, "-qq", "-o", str(tmp_path / "trace"), *command], env)
    trace = (tmp_path / "trace").read_text()
    assert len(trace.splitlines()) <= CACHED_CALLS
    opened = [Path(p).name for p in re.findall(r'^open(?:at)?\((?:AT_FDCWD, )?"([^"]+)"', trace,
                                                re.M)]
    assert opened[:2] == ["token", "key"] and opened[2].endswith(".credentials")
    assert len(opened) == 3


def test_a_cached_run_has_few_page_faults(tools, profile_run):
    env, command = profile_run
    run(command, env)
    faults = [int(run([tools["measure"], "faults", *command], env)) for _ in range(9)]
    assert 5 < min(faults) <= max(faults) <= CACHED_FAULTS


def test_a_cached_run_executes_few_instructions(profile_run):
    env, command = profile_run
    run(command, env)
    assert instructions(command, env) <= CACHED_INSTRUCTIONS


def test_a_cold_run_compared_with_curl(profile_run, portal):
    """At most 0.55 of curl's instructions for the same request on a new connection."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    env, command = profile_run
    path = f"/subscriptions/{portal.state.tenants['dev01'].id}/GetAwsConsoleTokenUrl"
    other = [curl, "-sS", "--fail", "--cacert", portal.ca, "-H",
             f"Authorization: Bearer {portal.token()}", portal.url + path]
    ours = instructions([*command, "--no-cache"], env)
    assert 0 < ours <= 0.55 * instructions(other, env)
    assert [(r.path, r.status) for r in portal.log] == [(path, 200)] * 2


def test_a_system_bundle_adds_few_instructions(profile_run, portal, tmp_path):
    """Compared with a file of one certificate: 9 % with 144 certificates."""
    mozilla = Path("/etc/ssl/certs/ca-certificates.crt")
    if not mozilla.exists():
        pytest.skip("there is no system bundle")
    prefix = with_etc(tmp_path, {"ssl/certs/ca-certificates.crt":
                                 mozilla.read_text() + Path(portal.ca).read_text()})
    env, command = profile_run
    at = command.index("--ca-file")
    bundle = [*command[:at], *command[at + 2:], "--no-cache"]
    one = instructions([*command, "--no-cache"], env)
    assert one < instructions(bundle, env, prefix) < 1.2 * one
    assert [r.status for r in portal.log] == [200] * 2


def test_an_edit_of_a_large_config_file(tmp_path):
    """Ten times the profiles cost about ten times the instructions."""
    def edit(count: int) -> int:
        config = tmp_path / f"config-{count}"
        config.write_text("".join(
            f"[profile team-{i:05d}]\nregion = us-west-2\noutput = json\n"
            f"sso_account_id = {i:012d}\n\n" for i in range(count)))
        used = instructions([str(BIN), "update-aws-config", "new", "--tenant", "dev01", "--host",
                             "https://portal.test", "--offline", "--config-file", str(config)],
                            {"HOME": str(tmp_path), "PATH": os.environ["PATH"]})
        assert config.read_text().count("[profile ") == count + 1
        return used
    small, large = edit(1_000), edit(10_000)
    assert large <= 10_000 * EDIT_INSTRUCTIONS
    assert large <= 11 * small


def test_memory_of_a_cached_run(tools, profile_run):
    env, command = profile_run
    run(command, env)
    assert peak(tools, env, command) <= CACHED_KIB


@pytest.mark.parametrize("how", ("by its id", "by its name"))
def test_memory_of_a_cold_run(tools, profile_run, how):
    env, command = profile_run
    if how == "by its name":
        at = command.index("--tenant-id")
        command[at:at + 2] = ["--tenant", "dev01"]
    assert peak(tools, env, [*command, "--no-cache"]) <= COLD_KIB


def test_memory_with_the_largest_answer(tools, profile_run, portal):
    """The size limit bounds the memory that a portal can make the program use."""
    env, command = profile_run
    portal.faults.add(pad_to=1 << 20)
    assert peak(tools, env, [*command, "--no-cache"]) <= 8 << 10


def test_the_measuring_program_works(tools, profile_run):
    """A program that does nothing has almost no memory."""
    env, _ = profile_run
    assert 0 < peak(tools, env, [tools["nothing"]]) < 100
    assert 0 < int(run([tools["measure"], "faults", tools["nothing"]], env)) < 20
