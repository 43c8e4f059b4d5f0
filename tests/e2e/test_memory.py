# SPDX-License-Identifier: MIT
"""Memory that runs out at each point of a call: strace makes mmap and brk fail from there on.

The message must say so. It must not blame TLS, the certificate, the network or a file.
"""
import re
import shutil

from conftest import identity
from strace import run_traced

STEPS_MAX = 200  # more than a call has; a call makes about 90


def run_short(run, portal, step: int):
    """A call whose step-th request for memory fails, and all after it."""
    trace = run.home / "trace"
    done = run_traced(run, trace, "aws", "--tenant", "dev01", calls="mmap,brk", follow=True,
                      fault=f"mmap,brk:error=ENOMEM:when={step}+", env=identity(portal))
    return done, "INJECTED" in trace.read_text()


def test_each_step_without_memory(run, portal):
    cache = run.home / ".cache/duplojit"
    failed = 0
    for step in range(1, STEPS_MAX):
        done, injected = run_short(run, portal, step)
        if done.code == 0:
            assert '"Version":1' in done.out
        else:
            failed += 1
            message = done.fails(1)
            assert "out of memory" in message.lower(), f"step {step}: {message}"
        assert [path.name for path in cache.glob("*.tmp*")] == []
        shutil.rmtree(cache, ignore_errors=True)
        if not injected:
            break
    assert not injected and failed > 5
    run("aws", "--tenant", "dev01", env=identity(portal)).ok()
