# SPDX-License-Identifier: MIT
"""What a run may cost: system calls, time beside a program that does nothing, and memory.

Times are compared, never taken for themselves: both programs run in turn, and the fastest tenth of
each counts. What else the machine does makes runs slower, never faster.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import BIN, LIMIT_S, TESTS

CACHED_TIMES_NOTHING = 2        # beside what `cc -static` of this machine makes
CACHED_TIMES_BARE_NOTHING = 2.7  # beside the same in musl; 2.15 at the time of writing
COLD_TIMES_CURL = 0.5
CACHED_KIB = 512
COLD_KIB = 1536


def compiler() -> list[str]:
    """The one that the binary was built with, else the machine's."""
    own = BIN.parent / "vendor/sysroot/bin/musl-gcc"
    found = str(own) if own.exists() else shutil.which("cc")
    if found is None:
        pytest.skip("no C compiler")
    return [found, "-static", "-O2"]


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> dict[str, str]:
    """measure, and a static program that does nothing."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "nothing.c").write_text("int main(void) { return 0; }\n")
    made = {}
    bare = compiler()
    usual = [shutil.which("cc") or bare[0], *bare[1:]]
    for name, cc, source in (("measure", bare, TESTS / "e2e/measure.c"),
                             ("nothing", usual, folder / "nothing.c"),
                             ("bare nothing", bare, folder / "nothing.c")):
        made[name] = str(folder / name)
        subprocess.run([*cc, "-o", made[name], str(source)], check=True, timeout=60)
    return made


@pytest.fixture
def world(portal, tmp_path):
    """Environment and command line of a run as a profile makes it."""
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    command = [str(BIN), "aws", "--token-file", str(token), "--ca-file", portal.ca, "--tenant-id",
               portal.state.tenants["dev01"].id, "--host", portal.url]
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}, command


def run(command: list[str], env: dict[str, str]) -> str:
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True,
                          timeout=LIMIT_S).stdout


def fastest(values: list[int]) -> float:
    """The mean of the fastest tenth."""
    best = sorted(values)[:max(1, len(values) // 10)]
    return sum(best) / len(best)


def ratio(tools, env, first: list[str], second: list[str], limit: float, pairs: int) -> float:
    """How long the first takes beside the second. Further rounds only when the bar is missed."""
    rows: list[tuple[int, int]] = []
    for _ in range(4):
        out = run([tools["measure"], "pairs", str(pairs), *first, "--", *second], env)
        rows += [tuple(map(int, line.split())) for line in out.splitlines()]
        found = fastest([a for a, _ in rows]) / fastest([b for _, b in rows])
        if found <= limit:
            break
    return found


def peak(tools, env, command: list[str]) -> list[int]:
    """Of several runs: where the program lies in memory decides which pages come along."""
    return [int(run([tools["measure"], "peak", *command], env)) for _ in range(9)]


def test_a_cached_run_makes_no_network_call(world, portal, tmp_path):
    tool = shutil.which("strace")
    if tool is None:
        pytest.skip("strace is not installed")
    env, command = world
    traced = [tool, "-f", "-qq", "-o", str(tmp_path / "trace"), *command]
    network = r"^\d+ +(socket|connect|sendto|sendmsg|recvfrom|clone)\("

    def calls() -> list[str]:
        run(traced, env)
        return re.findall(network, (tmp_path / "trace").read_text(), re.M)
    assert {"socket", "connect"} <= set(calls())
    assert portal.log.connections == 1
    assert calls() == []
    assert portal.log.connections == 1


def test_a_cached_run_makes_few_calls(world, tmp_path):
    """46 at the time of writing. Nothing is read but the token, the cache's key and the entry."""
    tool = shutil.which("strace")
    if tool is None:
        pytest.skip("strace is not installed")
    env, command = world
    run(command, env)
    run([tool, "-qq", "-o", str(tmp_path / "trace"), *command], env)
    trace = (tmp_path / "trace").read_text()
    assert len(trace.splitlines()) < 60
    opened = [Path(p).name for p in re.findall(r'^open(?:at)?\((?:AT_FDCWD, )?"([^"]+)"', trace,
                                                re.M)]
    assert opened[:2] == ["token", "key"] and opened[2].endswith(".credentials")
    assert len(opened) == 3


def test_a_cached_run_takes_hardly_longer_than_nothing(tools, world):
    env, command = world
    run(command, env)
    for name, limit in (("nothing", CACHED_TIMES_NOTHING),
                        ("bare nothing", CACHED_TIMES_BARE_NOTHING)):
        assert ratio(tools, env, command, [tools[name]], limit, 200) <= limit


def test_a_cold_run_beside_curl(tools, world, portal):
    """The same one request, over loopback, with a new connection and handshake each time."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    env, command = world
    path = f"/subscriptions/{portal.state.tenants['dev01'].id}/GetAwsConsoleTokenUrl"
    other = [curl, "-sS", "--fail", "--cacert", portal.ca, "-H",
             f"Authorization: Bearer {portal.token()}", portal.url + path]
    found = ratio(tools, env, [*command, "--no-cache"], other, COLD_TIMES_CURL, 60)
    assert found <= COLD_TIMES_CURL
    requests = {(r.path, r.status) for r in portal.log}
    assert requests == {(path, 200)}


def test_memory_of_a_cached_run(tools, world):
    env, command = world
    run(command, env)
    assert max(peak(tools, env, command)) <= CACHED_KIB


@pytest.mark.parametrize("how", ("by its id", "by its name"))
def test_memory_of_a_cold_run(tools, world, how):
    env, command = world
    if how == "by its name":
        at = command.index("--tenant-id")
        command[at:at + 2] = ["--tenant", "dev01"]
    assert max(peak(tools, env, [*command, "--no-cache"])) <= COLD_KIB


def test_memory_with_the_largest_answer(tools, world, portal):
    """The cap bounds what a portal can make the program keep."""
    env, command = world
    portal.faults.add(pad_to=1 << 20)
    assert max(peak(tools, env, [*command, "--no-cache"])) <= 8 << 10


def test_the_launcher_measures(tools, world):
    """A program that does nothing takes as long as itself, and has almost no memory."""
    env, _ = world
    nothing = [tools["nothing"]]
    assert 0.5 < ratio(tools, env, nothing, nothing, 1.1, 100) < 2
    assert 0 < max(peak(tools, env, [tools["bare nothing"]])) < 100
