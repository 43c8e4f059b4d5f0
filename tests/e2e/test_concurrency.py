# SPDX-License-Identifier: MIT
"""Many runs at once: one asks the portal, all print the same, and none waits for a killed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time

import pytest

from conftest import LIMIT_S, identity, wait_until

MANY = 50
CREDENTIALS = "*/GetAwsConsoleTokenUrl"
DEV01 = ("aws", "--tenant", "dev01")


def at_once(run, env, count: int, *words) -> list:
    """Starts `count` runs together: each begins when its standard input ends."""
    read, write = os.pipe()
    processes = [subprocess.Popen(["/bin/sh", "-c", 'cat; exec "$@"', "sh", run.bin, *words],
                                  env=run.environment(env) | {"PATH": os.environ["PATH"]},
                                  stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                 for _ in range(count)]
    os.close(read)
    os.close(write)
    return [run.ended(process) for process in processes]


@pytest.mark.parametrize("words", [["--tenant", "dev01"], ["--admin"]], ids=" ".join)
def test_cold_runs_make_one_request(run, portal, words):
    portal.faults.add(path="*", delay_s=0.2)
    results = at_once(run, identity(portal, "admin"), MANY, "aws", *words)
    assert len({result.ok() for result in results}) == 1
    assert len(portal.state.issued) == 1
    assert len(portal.log.find(CREDENTIALS) + portal.log.find("/v3/admin/aws/*")) == 1
    assert len(run.entries()) == 1


def test_different_scopes_do_not_wait_for_each_other(run, portal):
    """The portal answers after it has received both requests."""
    both = threading.Barrier(2)
    portal.faults.add(path=CREDENTIALS, call=lambda request: both.wait(LIMIT_S))
    env = identity(portal) | {"DUPLO_TIMEOUT": f"{LIMIT_S}s"}
    processes = [run.start("aws", "--tenant", name, env=env) for name in ("dev01", "dev02")]
    keys = {json.loads(run.ended(p).ok())["AccessKeyId"] for p in processes}
    assert {portal.state.issue_of(key).tenant for key in keys} == {"dev01", "dev02"}


def test_without_a_cache_every_run_makes_a_request(run, portal):
    results = at_once(run, identity(portal), 10, *DEV01, "--no-cache")
    assert len({result.ok() for result in results}) == len(portal.state.issued) == 10


def stale(run, portal) -> str:
    """Creates an entry that has ten minutes left."""
    out = run(*DEV01, env=identity(portal)).ok()
    (path,) = run.entries()
    entry = json.loads(path.read_text())
    entry["ObtainedAt"] -= 3000
    path.write_text(json.dumps(entry))
    return out


def test_while_one_run_renews_the_others_use_valid_credentials(run, portal):
    old = stale(run, portal)
    answer = threading.Event()
    portal.faults.add(path=CREDENTIALS, call=lambda request: answer.wait(LIMIT_S))
    renewing = run.start(*DEV01, env=identity(portal))
    wait_until(lambda: len(portal.log.find(CREDENTIALS)) == 2)
    result = run(*DEV01, env=identity(portal))
    assert result.ok() == old and renewing.poll() is None
    answer.set()
    new = run.ended(renewing).ok()
    assert new != old
    assert run(*DEV01, env=identity(portal)).ok() == new
    assert len(portal.state.issued) == 2


def test_stale_runs_make_one_request(run, portal):
    old = stale(run, portal)
    portal.faults.add(path=CREDENTIALS, delay_s=0.3)
    answers = {result.ok() for result in at_once(run, identity(portal), MANY, *DEV01)}
    assert len(portal.state.issued) == 2
    assert old in answers and len(answers) <= 2


def test_the_next_run_continues_after_a_killed_one(run, portal):
    portal.faults.add(path="*", hang=True, times=1)
    env = identity(portal)
    first = run.start(*DEV01, env=env)
    wait_until(lambda: len(portal.log) == 1)
    second = run.start(*DEV01, env=env)
    first.kill()
    assert run.ended(first).code == -9
    assert run.ended(second).ok()
    assert len(portal.state.issued) == 1


@pytest.mark.parametrize("state", ["waits", "is stopped"])
def test_waiting_for_another_run_ends_at_the_deadline(run, portal, state):
    """The other run may wait for minutes; --timeout counts from the start of this one."""
    portal.faults.add(path="*", hang=True)
    env = identity(portal)
    first = run.start(*DEV01, "--wait", f"{LIMIT_S}s", env=env)
    wait_until(lambda: len(portal.log) == 1)
    if state == "is stopped":
        first.send_signal(signal.SIGSTOP)
    result = run(*DEV01, "--timeout", "500ms", env=env)
    result.fails(5, "another process holds", "end that process, or use --no-cache")
    assert 0.4 < result.seconds < LIMIT_S / 2
    assert len(portal.log) == 1
    first.kill()
    run.ended(first)


def test_a_refusal_is_reported_by_every_run(run, portal):
    env = identity(portal) | {"DUPLO_TOKEN": "stranger"}
    for result in at_once(run, env, 20, *DEV01):
        result.fails(3, "401")
    assert run.entries() == []


def test_a_kill_at_any_moment_leaves_a_usable_cache(run, portal):
    """Each kill comes a little later; after each, the next run succeeds and leaves one entry."""
    env = identity(portal)
    for step in range(12):
        process = run.start(*DEV01, env=env)
        time.sleep(step * 0.001)
        process.kill()
        run.ended(process)
        run(*DEV01, env=env).ok()
        assert len(run.entries()) == 1
        run.entries()[0].unlink()
    run("cache", "clear").ok()
    assert {p.name for p in run.cache.iterdir()} <= {"key"}


def test_clearing_while_others_fill(run, portal):
    env = identity(portal)
    processes = [run.start("cache", "clear") if i % 3 == 0 else
                 run.start("aws", "--tenant", f"dev0{1 + i % 2}", env=env) for i in range(30)]
    for process in processes:
        run.ended(process).ok()
