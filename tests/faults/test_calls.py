# SPDX-License-Identifier: MIT
"""Each system call of each operation fails in turn, or the process is killed before it.

After an error: files are old or new, byte for byte, there are no temporary files and no locks, the
exit code is documented, stderr has one line, and no secret. After a KILL: the same command
succeeds, and the files are new.

FAULTS=all injects every fault, FAULTS=N at most N for each operation.
"""

from __future__ import annotations

import re
import signal
from collections import Counter
from dataclasses import dataclass, replace

import pytest

from errors import ERRORS, KEEPS_FILES, KILL_FREE, MEMORY, NEVER_FAIL, REFUSALS
from operations import OPERATIONS, Operation
from sampling import sample
from world import KUBECTL_LOCK, Files, Outcome, World, mask

PARTS = 4  # tests for each operation, so that two workers share it
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
# The kernel removes a descriptor without memory; libmicrohttpd aborts if that fails.
IMPOSSIBLE = re.compile(r"EPOLL_CTL_DEL.*INJECTED")
ADDRESS = ("bind", "listen")  # the address that the user has chosen may be at fault: exit code 2
CALL = re.compile(r"^(?:(\d+) +)?([a-z_0-9]+)\(", re.M)


@dataclass
class Reference:
    """The operation without a fault."""

    calls: Counter
    old: Files
    new: Files
    done: Outcome
    unknown: list[str]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("faults"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def references() -> dict[str, Reference]:
    return {}


def count_calls(trace: str) -> Counter:
    """How often each call occurs, in the process that makes most of them."""
    of_process = Counter(CALL.findall(trace))
    most = Counter()
    for (_, call), count in of_process.items():
        most[call] = max(most[call], count)
    return most


def refer(world: World, operation: Operation, known: dict[str, Reference]) -> Reference:
    if operation.name not in known:
        world.prepare(operation)
        old = world.files()
        done = world.once(operation)
        calls = count_calls(world.trace_text())
        unknown = [call for call in calls if call not in ERRORS and call not in NEVER_FAIL]
        known[operation.name] = Reference(calls, old, world.files(), done, unknown)
        assert world.leftovers() == []
    return known[operation.name]


def list_faults(operation: Operation, calls: Counter) -> list[str]:
    """Every fault of an operation, in the order of strace's names. A server that never gets memory
    again cannot serve, so for servers memory fails only once."""
    serves = operation.name.startswith(("serve", "exec"))
    faults = []
    for call in sorted(calls):
        for when in range(1, calls[call] + 1):
            faults += [f"{call}:error={error}:when={when}" for error in ERRORS.get(call, ())]
            if call in MEMORY and not serves:
                faults.append(f"{call}:error=ENOMEM:when={when}+")
            if call not in KILL_FREE:
                faults.append(f"{call}:signal=KILL:when={when}")
    return faults


def check_lines(reference: Reference, done: Outcome, failed: bool, speaks: bool) -> list[str]:
    """One line for an error; other lines are warnings, or those of a run without a fault. `speaks`:
    lines for a person may come first."""
    usual = {mask(line.encode()) for line in reference.done.err.splitlines()}
    lines = [line for line in done.err.splitlines() if mask(line.encode()) not in usual]
    problems = [f"not printable: {line!r}" for line in lines if not line.isprintable()]
    problems += [f"not a line of duplojit: {line}" for line in lines
                 if not line.startswith("duplojit: ") and not speaks]
    errors = [line for line in lines if "warning:" not in line]
    if failed and len(errors) != 1 and not speaks:
        problems.append(f"{len(errors)} lines for one error: {done.err}")
    return problems


def check_files(operation: Operation, reference: Reference, now: Files, ok: bool,
                err: str = "") -> list[str]:
    problems = []
    for name in sorted(reference.old.keys() | reference.new.keys() | now.keys()):
        found, old, new = now.get(name), reference.old.get(name), reference.new.get(name)
        optional = name.startswith(operation.optional)
        unlinked = "the others keep the old content" in err and name.endswith("/twin")
        if found == new or (found == old and (not ok or optional or unlinked)):
            continue
        if not ok and found is not None and operation.third.search(found):
            continue
        problems.append(f"{name} is neither old nor new" if found not in (old, new)
                        else f"{name} is old after success")
    return problems


def check_error(world: World, operation: Operation, reference: Reference, fault: str,
                done: Outcome) -> list[str]:
    usual = reference.done.code
    ok = done.code == usual
    serves = operation.name.startswith("serve")
    problems = list(done.problems)
    codes = operation.codes | ({2} if fault.startswith(ADDRESS) else set())
    # A login without memory for its browser still waits for a person, and a program that `exec` has
    # started has an exit code of its own.
    no_memory = fault.startswith(REFUSALS) and not ok and done.code not in (7, 9)
    if not ok and done.code not in codes:
        problems.append(f"exit code {done.code}")
    if ok and mask(done.out) != mask(reference.done.out):
        problems.append("success, but other output")
    if no_memory and (done.code != 1 or "out of memory" not in done.err.lower()):
        problems.append("memory that runs out is not reported as such")
    if not serves or not ok:
        problems += check_lines(reference, done, not ok,
                                operation.speaks or done.code == 9)
    problems += check_files(operation, reference, world.files(), ok, done.err)
    if world.leftovers() and not fault.startswith(KEEPS_FILES):
        problems.append(f"left: {world.leftovers()}")
    return problems


def check_again(world: World, operation: Operation, reference: Reference,
                keeps_lock: bool, err: str) -> list[str]:
    """The same command without a fault, after the user has removed kubectl's lock file. A lock file
    that was left may stay if its lock is not needed any more."""
    for path in world.home.rglob(KUBECTL_LOCK):
        path.unlink()
    again = world.once(operation, traced=False)
    problems = [f"the next run: {problem}" for problem in again.problems]
    if again.code != reference.done.code:
        problems.append(f"the next run: exit {again.code}: {again.err}")
    problems += [f"the next run: {problem}"
                 for problem in check_files(operation, reference, world.files(), True, err)]
    left = [name for name in world.leftovers() if not (keeps_lock and name.endswith("-lock"))]
    return problems + ([f"the next run left: {left}"] if left else [])


def inject(world: World, operation: Operation, reference: Reference,
           fault: str) -> tuple[bool, list[str]]:
    """Whether the fault took place, and what was wrong after it."""
    world.restore(operation)
    done = world.once(operation, fault)
    killed = done.code in KILLED
    if done.code is None and fault.startswith("close:"):
        return False, []  # the kernel closes a descriptor also then, strace does not
    if done.code is None:
        return True, [f"{fault}: hangs"]
    if not done.fired or IMPOSSIBLE.search(world.trace_text()):
        return False, []
    problems = []
    if any(secret in done.err for secret in world.secrets()):
        problems.append("a secret on stderr")
    if not killed:
        problems += check_error(world, operation, reference, fault, done)
    else:
        in_place = operation.name.endswith("in-place")  # the next run completes it
        problems += [] if in_place else check_files(operation, reference, world.files(), False)
    if operation.restarts:
        keeps_lock = killed or fault.startswith(KEEPS_FILES)
        problems += check_again(world, operation, reference, keeps_lock, done.err)
    shown = done.err.strip().splitlines()[-1:] if problems else []
    return True, [f"{fault}: exit {done.code}: {problem} {shown}" for problem in problems]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_call(world, references, record_property, operation, part):
    reference = refer(world, operation, references)
    assert not reference.unknown, "errors.py has no errors for these calls"
    faults = sample(list_faults(operation, reference.calls))[part::PARTS]
    reached, problems, failed = 0, [], 0
    for fault in faults:
        fired, found = inject(world, operation, reference, fault)
        reached += fired
        failed += bool(found)
        problems += found
    record_property("faults", (operation.name, sum(reference.calls.values()), reached,
                               len(faults) - reached, failed))
    assert not problems, "\n".join(problems)
    assert reached or not faults


COLD = next(operation for operation in OPERATIONS if operation.name == "aws-cold")


def test_each_refusal_of_memory(world, references):
    """In a cold run all of them, with any FAULTS: each library reports them in its own way."""
    reference = refer(world, COLD, references)
    faults = [f"{refusal}:when={when}" for refusal in REFUSALS
              for when in range(1, reference.calls[refusal.partition(":")[0]] + 1)]
    results = [inject(world, COLD, reference, fault) for fault in faults]
    problems = [problem for _, found in results for problem in found]
    assert not problems, "\n".join(problems)
    assert any(fired for fired, _ in results)


def test_no_memory_for_a_thread(world):
    """libcurl looks up names in threads. The first mprotect is the program's own."""
    world.prepare(COLD)
    done = world.once(replace(COLD, env={"DUPLO_HOST": "https://portal.invalid"}),
                      "mprotect:error=ENOMEM:when=2+")
    assert (done.code, done.fired) == (1, True)
    assert "portal.invalid: out of memory" in done.err
