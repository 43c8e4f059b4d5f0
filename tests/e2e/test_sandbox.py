# SPDX-License-Identifier: MIT
"""The sandbox: which processes are in it, and that those which start programs are not.

tests/unit/test_sandbox.c tries what it forbids.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from conftest import identity, wait_until
from endpoint import serve  # noqa: F401
from strace import find_strace
from test_exec_endpoint import children, python

AWS = ("aws", "--tenant", "dev01", "--timeout", "50s")


def status(pid: int | str) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in
                Path(f"/proc/{pid}/status").read_text().splitlines())


@pytest.fixture(scope="module", autouse=True)
def needs_seccomp():
    if "Seccomp" not in status("self"):
        pytest.skip("this kernel has no seccomp")


def filters(pid: int | str) -> int:
    """The number of seccomp filters more than those of this test."""
    if "Seccomp_filters" not in status("self"):
        pytest.skip("this kernel does not count filters")
    return int(status(pid)["Seccomp_filters"]) - int(status("self")["Seccomp_filters"])


def is_sandboxed(pid: int) -> None:
    found = status(pid)
    assert (found["Seccomp"], found["NoNewPrivs"]) == ("2", "1")
    assert filters(pid) == 1


@pytest.fixture
def hanging(run, portal):
    """Starts a command that waits for an answer that never arrives."""
    started = []

    def start(*words, env=None):
        portal.faults.add(hang=True)
        started.append(run.start(*words, env=identity(portal) | (env or {})))
        wait_until(lambda: len(portal.log) > 0)
        return started[-1]
    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("words", [AWS, ("tenants",), ("token",), ("status",), ("settings", "list"),
                                   ("update-aws-config", "p", "--tenant", "dev01"),
                                   ("web", "--tenant", "dev01", "--print-url")],
                         ids=lambda words: words[0])
def test_while_it_waits_for_the_portal(hanging, words):
    is_sandboxed(hanging(*words).pid)


def test_before_the_first_byte(run):
    """A server that accepts the connection and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = run.start(*AWS, env={"DUPLO_HOST": f"http://127.0.0.1:{server.getsockname()[1]}",
                                       "DUPLO_TOKEN": "canary-token"})
        client, _ = server.accept()
        with client:
            is_sandboxed(process.pid)
        process.kill()
        process.communicate()


def test_serve_and_its_renewals(serve, portal):
    endpoint = serve("--tenant", "dev01", "--allow-remote", wait=0)
    wait_until(lambda: filters(endpoint.process.pid) == 1)
    is_sandboxed(endpoint.process.pid)
    endpoint.wait_key()
    portal.faults.add(hang=True)
    endpoint.process.send_signal(1)
    wait_until(lambda: len(children(endpoint.process.pid)) == 1)
    is_sandboxed(children(endpoint.process.pid)[0])


def test_debug_names_its_parts(run, portal):
    env = identity(portal)
    result = run(*AWS, "--debug", env=env)
    lines = re.findall(r"sandbox: .*", result.err)
    assert len(lines) == 1
    assert re.fullmatch(r"sandbox: no new privileges, (no landlock|landlock ABI \d+), seccomp",
                        lines[0])
    assert result.err.index("sandbox: ") < result.err.index("GET https")
    assert "sandbox" not in run(*AWS, "--debug", env=env).err, "a cached run needs none"


def test_without_kernel_support(run, portal, tmp_path):
    """As on an old kernel and under qemu."""
    tool = find_strace()
    for error in ("ENOSYS", "EINVAL", "EPERM"):
        result = run("-f", "-qq", "-o", tmp_path / "trace", "-e",
                     "trace=prctl,landlock_create_ruleset", "-e",
                     f"inject=prctl,landlock_create_ruleset:error={error}", run.bin, *AWS,
                     "--debug", "--no-cache", env=identity(portal), program=tool)
        assert "sandbox: new privileges possible, no landlock, no seccomp" in result.err
        assert result.code == 0 and '"Version":1' in result.out


SHOW = 'print(open("/proc/self/status").read())'


@pytest.mark.parametrize("more", [[], ["--endpoint"]])
def test_exec_starts_its_program_outside(run, portal, more):
    out = run("exec", "--tenant", "dev01", *more, *python(SHOW),
              env=identity(portal) | {"PATH": os.environ["PATH"]}).ok()
    own = status("self")
    for name in ("Seccomp", "Seccomp_filters", "NoNewPrivs"):
        assert f"{name}:\t{own[name]}\n" in out


def test_exec_with_an_endpoint(run, portal):
    """The parent is in a sandbox after the program has started."""
    out = run("exec", "--endpoint", "--tenant", "dev01", *python("""
ask()
print(open(f"/proc/{os.getppid()}/status").read())"""),
              env=identity(portal) | {"PATH": os.environ["PATH"]}).ok()
    assert "Seccomp:\t2\n" in out and "NoNewPrivs:\t1\n" in out


def test_a_browser_is_outside(run, portal, tmp_path):
    program, seen = tmp_path / "looks", tmp_path / "seen"
    program.write_text(f"#!/bin/sh\ncat /proc/self/status > {seen}-new; mv {seen}-new {seen}\n")
    program.chmod(0o755)
    own = status("self")
    for words in (("web", "--tenant", "dev01"), ("login",)):
        process = run.start(*words, env=identity(portal) | {"DUPLO_BROWSER": str(program)})
        wait_until(seen.exists)
        wait_until(lambda: filters(process.pid) == 1)  # no other program will be started
        is_sandboxed(process.pid)
        process.terminate()
        run.ended(process)
        text = seen.read_text()
        seen.unlink()
        for name in ("Seccomp", "Seccomp_filters", "NoNewPrivs"):
            assert f"{name}:\t{own[name]}\n" in text
