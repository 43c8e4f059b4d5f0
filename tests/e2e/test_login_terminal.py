# SPDX-License-Identifier: MIT
"""Logging in at a terminal: what is shown, what can be pasted, and Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest

from conftest import wait_until, who
from terminal import Terminal

AWS = ("aws", "--interactive", "--tenant", "dev01")


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
