# SPDX-License-Identifier: MIT
"""Logging in at a terminal: what is shown, what can be pasted, and Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import termios
import time

import pytest

from conftest import BIN, LIMIT_S, Result, wait_until, who

AWS = ("aws", "--interactive", "--tenant", "dev01")


class Terminal:
    """The binary with a controlling terminal; stdout is a pipe, as for credential_process."""

    def __init__(self, run, *args, env, program=BIN):
        self.master, slave = pty.openpty()
        self.slave_name = os.ttyname(slave)
        self.slave = slave
        self.history = run.history
        self.process = subprocess.Popen(
            [str(program), *args], env=run.environment(env), stdin=slave, stdout=subprocess.PIPE,
            stderr=slave, start_new_session=True, preexec_fn=self.control)
        self.shown = b""

    def control(self) -> None:
        os.close(os.open(self.slave_name, os.O_RDWR))  # a session leader's first one is its own

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read(self, until: bytes, limit_s: float = 20) -> str:
        end = time.monotonic() + limit_s
        while until not in self.shown and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 4096)
        assert until in self.shown, self.shown
        return self.shown.decode()

    def ended(self) -> tuple[int, str, str]:
        out = self.process.communicate(timeout=LIMIT_S)[0].decode()
        while select.select([self.master], [], [], 0.05)[0]:
            self.shown += os.read(self.master, 4096)
        echoed = self.echoes()
        os.close(self.slave)
        os.close(self.master)
        assert echoed, "the terminal's echo is back"
        self.history.append(Result(self.process.args[1:], self.process.returncode, out,
                                   self.shown.decode(), 0))
        return self.process.returncode, out, self.shown.decode()


def in_terminal(run, portal, *args, browser="none") -> Terminal:
    return Terminal(run, *args, env={"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca,
                                     "DUPLO_BROWSER": browser, "TERM": "xterm"})


def test_paste(run, portal):
    terminal = in_terminal(run, portal, *AWS)
    shown = terminal.read(b"left (Ctrl-C ends it)")
    assert "paste here the address" in shown and "2:59 left" in shown or "3:00 left" in shown
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, b"nonsense, and more of it\n")
    terminal.read(b"that is not the address")
    address = f"http://localhost:1/?t={portal.token()}\n".encode()
    os.write(terminal.master, address[:100])
    os.write(terminal.master, address[100:])
    code, out, shown = terminal.ended()
    assert code == 0 and who(out, portal) == ("user", "dev01")
    assert portal.token() not in shown and "nonsense" not in shown


def test_a_second_terminal_shows_what_it_waits_for(run, portal):
    first = in_terminal(run, portal, *AWS)
    first.read(b"left (Ctrl-C ends it)")
    second = in_terminal(run, portal, *AWS)
    second.read(b"waiting for the login in another process: 3:")
    os.write(first.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    for terminal in (first, second):
        code, out, shown = terminal.ended()
        assert code == 0 and who(out, portal) == ("user", "dev01")
    assert shown.endswith("\r\x1b[K") and "localhost" not in shown, "the line is away again"


def test_waiting_is_silent_without_a_terminal(run, portal, browser):
    browser.delay = 1.5
    env = browser.env("redirect")
    for process in [run.start(*AWS, env=env) for _ in range(2)]:
        run.ended(process).ok()


def test_a_paste_longer_than_a_terminal_line(run, portal):
    portal.state.users["user"].token = "x" * 9000
    terminal = in_terminal(run, portal, *AWS)
    terminal.read(b"left (Ctrl-C ends it)")
    wait_until(lambda: not terminal.echoes())
    text = b"http://localhost:1/?t=" + b"x" * 9000 + b"\n"
    for at in range(0, len(text), 1000):
        os.write(terminal.master, text[at:at + 1000])
        time.sleep(0.01)
    assert terminal.ended()[0] == 0


def test_ctrl_c_in_a_terminal(run, portal):
    terminal = in_terminal(run, portal, *AWS)
    terminal.read(b"left (Ctrl-C ends it)")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, b"\x03")
    code, out, shown = terminal.ended()
    assert (code, out) == (7, "")
    assert "interrupted" in shown


def test_a_cancel_is_told_in_the_terminal(run, portal, browser):
    terminal = in_terminal(run, portal, *AWS, browser=browser.command("redirect-cancel"))
    code, out, shown = terminal.ended()
    assert (code, out) == (7, "") and "cancelled in the browser" in shown
    assert "noise" not in shown, "nothing of the browser's output"


def test_a_browser_that_fails_leaves_the_other_ways(run, portal):
    terminal = in_terminal(run, portal, *AWS, browser="/bin/false")
    shown = terminal.read(b"paste here the address")
    assert "/bin/false failed; to log in to" in shown and "ssh -L" in shown
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    assert terminal.ended()[0] == 0


def test_below_the_aws_cli_without_a_browser(run, portal):
    """It keeps what its credential_process writes to standard error; the person sees it anyway,
    and pastes."""
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not installed")
    run("update-aws-config", "dev", "--interactive", "--tenant", "dev01", "--host", portal.url,
        "--ca-file", portal.ca, "--region", "us-west-2").ok()
    env = {"PATH": os.environ["PATH"], "AWS_PROFILE": "dev", "AWS_EC2_METADATA_DISABLED": "true",
           "PYENV_ROOT": os.environ.get("PYENV_ROOT", ""), "TERM": "xterm",
           "SSH_CONNECTION": "192.0.2.1 5000 192.0.2.7 22"}
    terminal = Terminal(run, "sts", "get-caller-identity", "--endpoint-url", portal.control_url,
                        "--output", "json", env=env, program=aws)
    shown = terminal.read(b"left (Ctrl-C ends it)")
    assert f"{portal.url}/app/user/verify-token" in shown and "192.0.2.7" in shown
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    code, out, shown = terminal.ended()
    assert code == 0 and "dev01" in json.loads(out)["Arn"]
    assert portal.token() not in shown
