# SPDX-License-Identifier: MIT
"""Fixtures for the tests of the binary: a portal, the binary in a clean environment, and canaries.

`run("aws", "--admin")` starts BIN with an empty environment but HOME; `ask` is `run` with host,
token and CA of the test's portal in the environment. After a test, the output of everything that it
ran is searched for secrets.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from portal import Portal  # noqa: E402

BIN = Path(os.environ.get("BIN") or TESTS.parent / "build/duplojit").resolve()
# In an emulator BIN is a program that starts the emulator with this file.
BIN_FILE = Path(os.environ.get("BIN_FILE") or BIN).resolve()
VERSION = re.search(r"^VERSION = (\S+)", (TESTS.parent / "Makefile").read_text(), re.M)[1]
LIMIT_S = 60  # the longest time that a program may run

# A script's background jobs and nohup ignore these signals, and programs would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGTSTP):
    signal.signal(number, signal.SIG_DFL)


@dataclass(repr=False)
class Result:
    """What one run of the binary did."""

    args: list[str]
    code: int
    out: str
    err: str
    seconds: float
    masks: bool = False  # this run must print secrets on stderr

    def __str__(self) -> str:
        words = " ".join(a if len(a) < 100 else a[:100] + "..." for a in self.args)
        return f"{words}: exit {self.code}\n{self.err[:2000]}"

    def ok(self) -> str:
        """Checks that it succeeded and printed nothing on stderr. Returns stdout."""
        assert (self.code, self.err) == (0, ""), str(self)
        return self.out

    def fails(self, code: int, *words: str, printed: str = "") -> str:
        """Checks that it failed with this exit code, with one line on stderr that contains the
        words, and printed nothing else on stdout. Returns the line."""
        assert self.code == code, f"not {code}: {self}"
        assert self.out == printed, str(self)
        assert self.err.startswith("duplojit: ") and self.err.endswith("\n"), str(self)
        assert self.err.count("\n") == 1, str(self)
        assert self.err[:-1].isprintable(), repr(self.err)
        for word in words:
            assert word in self.err, f"no {word!r}: {self}"
        return self.err


class Runner:
    """Starts the binary with the environment that the test passes, and no other."""

    def __init__(self, home: Path):
        self.home = home
        self.bin = BIN
        self.history: list[Result] = []

    def __call__(self, *args: str | Path, env: dict[str, str | None] | None = None,
                 stdin: str = "", cwd: Path | None = None, program: Path | None = None,
                 limit_s: float = LIMIT_S, stdout=None, masks: bool = False, **more) -> Result:
        """`env` is added to HOME; None removes a variable. `stdout` is a file that replaces the
        pipe; `more` is passed to subprocess.run."""
        command = [str(program or self.bin), *map(str, args)]
        start = time.monotonic()
        done = subprocess.run(command, env=self.environment(env), input=stdin.encode(), cwd=cwd,
                              stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=limit_s, check=False, **more)
        result = Result(command[1:], done.returncode, (done.stdout or b"").decode(),
                        done.stderr.decode(), time.monotonic() - start, masks)
        self.history.append(result)
        return result

    def start(self, *args: str | Path, env: dict[str, str | None] | None = None,
              **more) -> subprocess.Popen:
        """Starts the binary in the background; `ended` collects its output."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                 "stderr": subprocess.PIPE} | more
        return subprocess.Popen([str(self.bin), *map(str, args)], env=self.environment(env),
                                **pipes)

    def ended(self, process: subprocess.Popen) -> Result:
        out, err = process.communicate(timeout=LIMIT_S)
        self.history.append(Result(process.args[1:], process.returncode, (out or b"").decode(),
                                   (err or b"").decode(), 0))
        return self.history[-1]

    def environment(self, env: dict[str, str | None] | None) -> dict[str, str]:
        given = {"HOME": str(self.home)} | (env or {})
        return {k: v for k, v in given.items() if v is not None}

    @property
    def cache(self) -> Path:
        return self.home / ".cache/duplojit"

    def entries(self) -> list[Path]:
        """The cached credentials."""
        return sorted(self.cache.glob("*.credentials"))


def identity(portal: Portal, user: str = "user") -> dict[str, str]:
    """Environment variables for a portal and one of its users."""
    return {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token(user), "DUPLO_CA_FILE": portal.ca}


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    """Sets the umask for programs that start inside the block."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def unused_port() -> int:
    """A port for a program that cannot choose one itself. It is below the range of ports that the
    kernel assigns, so that no other test gets it before the program starts."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def public_client(name: str) -> str:
    """The path of another client of the portal, installed by pip (tests/requirements.txt) or go."""
    folders = [str(Path(sys.executable).parent), str(Path.home() / "go/bin"), os.environ["PATH"]]
    found = (os.environ.get(name.upper().replace("-", "_"))
             or shutil.which(name, path=os.pathsep.join(folders)))
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def who(out: str, portal) -> tuple[str, str | None]:
    issue = portal.state.issue_of(json.loads(out)["AccessKeyId"])
    return issue.user, issue.tenant


def wait_until(true, limit_s: float = 30) -> None:
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.005)


@pytest.fixture
def canaries() -> list:
    """Secrets, or functions that return a list of secrets: none may appear on stderr."""
    return []


@pytest.fixture
def portal(canaries):
    with Portal() as running:
        running.state.otp_code = "731904-canary"  # six digits alone could appear in a time
        canaries.append(running.state.secrets)
        yield running


@pytest.fixture
def run(tmp_path, canaries):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    runner = Runner(home)
    yield runner
    check_canaries(runner, canaries)


@pytest.fixture
def ask(run, portal):
    """`run` as a user of the portal: ask("aws", "--tenant", "dev01", user="admin")."""
    def call(*args, user: str = "user", env=None, **more) -> Result:
        return run(*args, env=identity(portal, user) | (env or {}), **more)
    return call


# Browsers: browsers.py

@pytest.fixture
def browser(tmp_path, portal):
    folder = tmp_path / "browser"
    folder.mkdir(mode=0o700)
    from browsers import Browser
    return Browser(folder, portal)


@pytest.fixture
def with_browser(run, browser):
    """`run` with a browser that acts as the mode says."""
    def call(mode: str, *args, env=None, **more) -> Result:
        return run(*args, env=browser.env(mode) | (env or {}), **more)
    return call


@pytest.fixture
def waiting(run, browser):
    """`duplojit login` that has opened its page and waits; ended(CODE) checks its exit code."""
    process = run.start("login", "--login-timeout", "50s", env=browser.env("nothing"))
    port = browser.port()

    def ended(code: int) -> Result:
        result = run.ended(process)
        assert result.code == code, result.err
        return result
    ended.port, ended.process = port, process
    yield ended
    if process.poll() is None:
        process.kill()
        process.communicate()


def check_canaries(runner: Runner, canaries: list) -> None:
    """Checks that no secret is on stderr, in a file name, or in a file that others can read."""
    secrets = [text for c in canaries for text in (c() if callable(c) else [c])]
    spellings = {form for s in secrets for form in (s, s.replace("/", "\\/"), quote(s, safe=""))}
    for result in runner.history:
        if not result.masks:
            assert not any(s in result.err for s in spellings), f"a secret on stderr: {result.args}"
    for path in runner.home.rglob("*"):
        assert not any(s in path.name for s in spellings), "a secret in a file's name"
        if path.is_file() and path.stat().st_mode & 0o077:
            text = path.read_bytes()
            assert not any(s.encode() in text for s in spellings), f"other users can read {path}"
