# SPDX-License-Identifier: MIT
"""exec --endpoint: the program runs next to an endpoint that renews its credentials."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from conftest import LIMIT_S, identity, wait_until
from terminal import Terminal
from test_exec import REMOVED
from namespaces import as_pid_1

EXEC = ("exec", "--endpoint", "--tenant", "dev01")
CREDENTIALS = "*GetAwsConsoleTokenUrl"

ASK = """
import json, os, signal, sys, time, urllib.error, urllib.request
def ask(path="", method="GET"):
    request = urllib.request.Request(
        os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] + path, method=method,
        headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return json.load(opener.open(request, timeout=10))
    except urllib.error.HTTPError as error:
        return error.code
"""


def python(text: str) -> tuple[str, ...]:
    return "--", os.path.realpath(sys.executable), "-IS", "-c", ASK + text


@pytest.fixture
def base_env(portal):
    return identity(portal) | {"PATH": os.environ["PATH"]}


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def state(pid: int) -> str:
    """The process state as one letter; "" if the process has ended."""
    try:
        return re.search(r"^State:\s+(\w)", Path(f"/proc/{pid}/status").read_text(), re.M)[1]
    except (FileNotFoundError, ProcessLookupError):
        return ""


# What the program gets

def test_the_program_gets_the_endpoint_and_no_keys(run, portal, base_env):
    inherited = {name: "old" for name in REMOVED} | {"AWS_SECRET_ACCESS_KEY": "old", "KEPT": "x"}
    out = run(*EXEC, *python("print(json.dumps([ask(), dict(os.environ)]))"),
              env=base_env | inherited).ok()
    answer, found = json.loads(out)
    assert portal.state.issue_of(answer["AccessKeyId"]).tenant == "dev01"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", found["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    assert len(found["AWS_CONTAINER_AUTHORIZATION_TOKEN"]) >= 43
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-west-2"
    assert found["KEPT"] == "x" and "old" not in found.values()
    assert not [v for v in found.values() if answer["SecretAccessKey"] in v]
    assert len(portal.log.find(CREDENTIALS)) == 1


def test_variable_for_the_option(run, base_env):
    out = run("exec", "--tenant", "dev01", "--", "env", env=base_env | {"DUPLO_ENDPOINT": "1"}).ok()
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI=" in out and "AWS_SECRET_ACCESS_KEY=" not in out


def test_the_requested_region(run, base_env):
    out = run(*EXEC, "--region", "eu-west-1", *python("print(os.environ['AWS_REGION'])"),
              env=base_env).ok()
    assert out == "eu-west-1\n"


def test_one_request_without_a_cache(run, portal, base_env):
    run(*EXEC, "--no-cache", *python("ask()"), env=base_env).ok()
    assert len(portal.log.find(CREDENTIALS)) == 1
    assert run.entries() == []


def test_variables_of_serve_are_ignored(run, base_env):
    """They may be set for a sidecar in the same pod."""
    out = run(*EXEC, *python("print(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])"),
              env=base_env | {"DUPLO_LISTEN": "127.0.0.1:1", "DUPLO_PROFILE": "x"}).ok()
    assert not out.endswith(":1/\n")


def test_the_program_inherits_only_three_descriptors(run, base_env):
    out = run(*EXEC, "--", "ls", "/proc/self/fd", env=base_env).ok()
    assert out.split() == ["0", "1", "2", "3"], "descriptor 3 is opened by ls"


def test_the_program_gets_the_usual_signals_and_limits(run, base_env):
    grep = ("grep", "-hE", "Sig(Ign|Blk)|open files|core file", "/proc/self/status",
            "/proc/self/limits")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))}
    out = run(*EXEC, "--", *grep, env=base_env, **few).ok()
    assert out == run(*grep, program=Path("/usr/bin/env"), env=base_env, **few).ok()
    assert len(out.splitlines()) == 4


def test_credentials_are_renewed_while_it_runs(run, portal, base_env):
    portal.state.forced_validity = 4
    out = run(*EXEC, *python("""
found = []
while len(found) < 3:
    answer = ask()
    if answer["AccessKeyId"] not in found:
        found.append(answer["AccessKeyId"])
    time.sleep(0.05)
print(json.dumps(found))
"""), env=base_env).ok()
    assert len({portal.state.issue_of(key).access_key_id for key in json.loads(out)}) == 3


def test_the_program_cannot_end_the_endpoint(run, base_env):
    out = run(*EXEC, *python("print(ask('quit', 'POST')); print(len(ask()))"), env=base_env).ok()
    status, fields = map(int, out.split())
    assert status in (403, 404, 405) and fields >= 4


def test_the_browser_is_opened_once(with_browser, browser, portal):
    portal.state.forced_validity = 4
    out = with_browser("redirect", *EXEC, "-I", *python("""
first = ask()["AccessKeyId"]
while ask()["AccessKeyId"] == first:
    time.sleep(0.05)
print(first)
""")).ok()
    assert portal.state.issue_of(out.strip()).user == "user"
    assert len(browser.opened()) == 1


# How it ends

@pytest.mark.parametrize("text, code", (("exit 0", 0), ("exit 42", 42), ("kill -TERM $$", 143),
                                        ("kill -KILL $$", 137)))
def test_exit_code_of_the_program(run, base_env, text, code):
    done = run(*EXEC, "--", "sh", "-c", text, env=base_env)
    assert (done.code, done.err) == (code, "")


def test_exit_codes_if_the_program_cannot_be_started(run, base_env, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("no program\n")
    for program, code in (("no-such-program", 127), (tmp_path / "none", 127), (plain, 126),
                          (tmp_path, 126)):
        run(*EXEC, "--", program, env=base_env).fails(code, str(program))


@pytest.mark.parametrize("words, code", ((["--tenant", "elsewhere"], 4),
                                         (["--token", "wrong", "--no-cache"], 3),
                                         (["--endpoint=perhaps"], 2)))
def test_the_program_is_not_started_without_credentials(run, base_env, words, code):
    run("exec", "--endpoint", "--tenant", "dev01", *words, "--", "echo", "ran",
        env=base_env).fails(code)


def test_a_missing_program(run, portal, base_env):
    run(*EXEC, env=base_env).fails(2, "--")
    assert portal.log.connections == 0


def test_a_portal_that_hangs(run, portal, base_env):
    portal.faults.add(hang=True)
    done = run(*EXEC, "--timeout", "1s", "--", "echo", "ran", env=base_env)
    done.fails(5)
    assert done.seconds < 10


def test_wait_works_as_for_aws(run, portal, base_env):
    portal.faults.add(status=503, times=3, retry_after=1)
    done = run(*EXEC, "--timeout", "1s", "--wait", "40s", "--", "echo", "ran", env=base_env)
    assert (done.code, done.out) == (0, "ran\n")
    assert done.err.count("\n") == 1 and "waiting for the portal" in done.err


def test_signals_are_forwarded_to_the_program(run, base_env):
    """Each signal once: a second one may make a program end at once."""
    process = run.start(*EXEC, *python("""
seen = []
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT):
    signal.signal(number, lambda number, _: (seen.append(number), os.write(1, b"seen\\n")))
signal.signal(signal.SIGUSR2, lambda *_: (os.write(1, str(seen).encode()), os._exit(9)))
os.write(1, b"up\\n")
while True:  # pause would sleep on if a signal came just before it
    time.sleep(0.01)
"""), env=base_env)
    assert process.stdout.readline() == b"up\n"
    sent = [signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]
    for number in sent:
        process.send_signal(number)
        assert process.stdout.readline() == b"seen\n"
    process.send_signal(signal.SIGUSR2)
    done = run.ended(process)
    assert (done.code, done.err) == (9, "")
    assert json.loads(done.out) == sent


def test_the_program_dies_with_duplojit(run, base_env):
    process = run.start(*EXEC, *python("print('up', flush=True); time.sleep(60)"), env=base_env)
    assert process.stdout.readline() == b"up\n"
    [program] = children(process.pid)
    process.kill()
    process.wait()
    wait_until(lambda: state(program) in ("", "Z"))
    process.communicate()


def test_as_pid_1(run, portal, base_env):
    """Orphans are reaped, and the signal that stops a container reaches the program."""
    prefix, run.bin = [*as_pid_1(), run.bin], Path("/usr/bin/env")
    process = run.start(*prefix, *EXEC, "--", "sh", "-c",
                        "trap 'exit 5' TERM; (sleep 0.1 & sleep 0.1 &); echo up; "
                        "for _ in $(seq 600); do sleep 0.05; done", env=base_env)
    assert process.stdout.readline() == b"up\n"
    [inner] = children(process.pid)
    assert re.search(r"^NSpid:\s+\d+\s+1$", Path(f"/proc/{inner}/status").read_text(), re.M)
    # Only the program is left, and no zombie.
    wait_until(lambda: [state(pid) for pid in children(inner)] == ["S"])
    os.kill(inner, signal.SIGTERM)
    assert run.ended(process).code == 5


# At a terminal

def test_ctrl_c_reaches_the_program(run, portal, base_env):
    """It arrives once, and it does not end a renewal."""
    portal.state.forced_validity = 6
    portal.faults.add(path=CREDENTIALS, skip=1, delay_s=0.7)
    terminal = Terminal(run, *EXEC, "--no-cache", *python("""
import threading
count = 0
def note():  # a handler would wait for the next line if the signal came just before read()
    global count
    while True:
        signal.sigwait({signal.SIGINT})
        count += 1
        os.write(2, b"interrupted %d " % count)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
threading.Thread(target=note, daemon=True).start()
first = ask()["AccessKeyId"]
print("up", file=sys.stderr, flush=True)
for line in sys.stdin:
    print("count", count, ask()["AccessKeyId"] != first, file=sys.stderr, flush=True)
"""), env=base_env)
    terminal.read(b"up")
    typed = 0
    end = time.monotonic() + LIMIT_S
    while b"True" not in terminal.shown and time.monotonic() < end:
        os.write(terminal.master, b"\x03")
        typed += 1
        terminal.read(b"interrupted %d " % typed)
        os.write(terminal.master, b"x\n")
        terminal.read(b"count %d " % typed)
    os.write(terminal.master, b"\x04")
    code, _, shown = terminal.ended()
    assert code == 0 and f"count {typed} True" in shown
    assert "duplojit:" not in shown, "no renewal failed"


def test_ctrl_z_stops_both_and_fg_continues(run, portal, base_env):
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("bash is not installed")
    terminal = Terminal(run, "--norc", "-c", 'set -m; "$@"; echo "stopped $?" >&2; fg >&2; '
                        'echo "ended $?" >&2', "sh", str(run.bin), *EXEC, *python("""
print("up", file=sys.stderr, flush=True)
print("line", input(), len(ask()), file=sys.stderr, flush=True)
sys.exit(6)
"""), env=base_env, program=shell)
    terminal.read(b"up")
    os.write(terminal.master, b"\x1a")
    terminal.read(b"stopped 14")
    os.write(terminal.master, b"typed\n")
    terminal.read(b"line typed")
    terminal.read(b"ended 6")
    assert terminal.ended()[0] == 0


def test_a_pipeline_keeps_its_terminal(run, base_env):
    """Another program of the pipeline reads the input."""
    terminal = Terminal(run, "-c", '"$@" | { read word < /dev/tty; echo "read $word" >&2; cat; }',
                        "sh", str(run.bin), *EXEC, *python("print(len(ask()))"), env=base_env,
                        program="/bin/sh")
    time.sleep(0.5)
    os.write(terminal.master, b"typed\n")
    terminal.read(b"read typed")
    code, out, _ = terminal.ended()
    assert code == 0 and int(out) >= 4
