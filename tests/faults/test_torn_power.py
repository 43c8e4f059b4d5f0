# SPDX-License-Identifier: MIT
"""The power fails: after each change that a run makes to its files, with what no sync made safe
lost.

A file is then old or new, byte for byte; one that is written in place is so after the next run. The
next run of the same command succeeds and leaves the new file. disk.py is the model.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest

import disk
from conftest import BIN
from operations import OPERATIONS, PROFILE, Operation, write
from strace import strace_words
from test_calls import Reference, check_again, check_files, refer
from world import HANG_S, World

LONG = "[profile mine]\nregion = " + "long" * 100 + "\n[profile other]\n" + "# kept\n" * 200
NAMES = ("config-new", "config-edit", "config-replace", "config-in-place", "credentials-new",
         "credentials-edit", "credentials-in-place", "env-file", "aws-first", "aws-cold", "login",
         "logout", "cache-clear", "install-replace", "kubeconfig-new", "kubeconfig-edit",
         "kubeconfig-in-place", "context-use", "context-use-in-place")
RECORDED = (
    *(operation for operation in OPERATIONS if operation.name in NAMES),
    # The new content is shorter.
    Operation("config-shorter-in-place", PROFILE, write(".aws/config", LONG, link=True)),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("power"))
    yield made
    made.close()


def record(world: World, operation: Operation) -> tuple[disk.Disk, list[disk.Change]]:
    """The files before a run, and what the run changes."""
    world.restore(operation)
    before = disk.load(world.home)
    words = strace_words(world.trace, disk.CALLS, text_max=1 << 24)
    words[1:1] = ["-xx"]  # all strings as hexadecimal numbers
    env = world.env | {k: v.format(home=world.home) for k, v in operation.env.items()}
    done = subprocess.run([*words, BIN, *world.words(operation)], env=env, cwd=world.folder,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=HANG_S)
    assert done.returncode == 0, done.stderr
    return before, disk.Recorder(before, world.home).read(world.trace_text())


def check_order(changes: list[disk.Change]) -> list[str]:
    """A file is synced before its rename, and the directory after it."""
    problems = []
    for i, change in enumerate(changes):
        if change.kind == "rename":
            unsynced = disk.list_unsynced(changes[:i])
            if any(changes[j].node == change.node and changes[j].kind in disk.DATA
                   for j in unsynced):
                problems.append(f"{change.path}: the rename comes before the sync of the file")
            if i in disk.list_unsynced(changes):
                problems.append(f"{change.path}: the directory is not synced after the rename")
    return problems


def check_state(world: World, operation: Operation, reference: Reference,
                state: disk.Disk) -> list[str]:
    shutil.rmtree(world.home)
    world.home.mkdir(mode=0o700)
    state.store()
    in_place = operation.name.endswith("in-place")
    problems = [] if in_place else check_files(operation, reference, world.files(), False)
    return problems + check_again(world, operation, reference, True, "")


@pytest.mark.parametrize("operation", RECORDED, ids=lambda operation: operation.name)
def test_the_power_fails(world, record_property, operation):
    reference = refer(world, operation, {})
    before, changes = record(world, operation)
    assert changes, "nothing was recorded"
    problems = check_order(changes)
    states, count = disk.list_states(before, changes)
    failed = 0
    for state, description in states.values():
        found = check_state(world, operation, reference, state)
        failed += bool(found)
        problems += [f"{description}: {problem}" for problem in found]
    record_property("faults", (f"power-{operation.name}", len(changes), count, 0, failed))
    assert not problems, "\n".join(problems)
