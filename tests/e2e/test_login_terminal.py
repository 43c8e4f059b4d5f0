# SPDX-License-Identifier: MIT
"""Login at a terminal: what is shown, pasting the token, and Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import sys
import time

import pytest

from conftest import BIN, wait_until, who
from browsers import send
from terminal import Terminal

AWS = ("aws", "--interactive", "--tenant", "dev01")


def pump(terminal: Terminal) -> bytes:
    """Reads what was shown until now."""
    while select.select([terminal.master], [], [], 0)[0]:
        terminal.shown += os.read(terminal.master, 4096)
    return terminal.shown


def in_terminal(run, portal, *args, browser="none", **more) -> Terminal:
    return Terminal(run, *args, env={"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca,
                                     "DUPLO_BROWSER": browser, "TERM": "xterm"}, **more)


def test_the_user_is_shown_before_the_login_is_kept(run, portal, browser):
    terminal = in_terminal(run, portal, *AWS, browser=browser.command("redirect"))
    code, out, shown = terminal.ended()
    assert code == 0 and who(out, portal) == ("user", "dev01")
    assert "duplojit: logged in as user" in shown


def test_paste(run, portal):
    terminal = in_terminal(run, portal, *AWS)
    shown = terminal.read(b"left (Ctrl-C cancels)")
    assert "paste here the URL that the browser ends on" in shown
    assert re.search(r"(3:00|2:\d\d) left", shown)
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, b"nonsense, and more of it\n")
    terminal.read(b"this is not the URL")
    address = f"http://localhost:1/?t={portal.token()}\n".encode()
    os.write(terminal.master, address[:100])
    os.write(terminal.master, address[100:])
    code, out, shown = terminal.ended()
    assert code == 0 and who(out, portal) == ("user", "dev01")
    assert portal.token() not in shown and "nonsense" not in shown


def test_a_truncated_paste(run, with_browser, portal):
    """The message says so, and the saved login is kept."""
    assert with_browser("redirect", "login").code == 0
    terminal = in_terminal(run, portal, "login")
    terminal.read(b"left (Ctrl-C cancels)")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()[:40]}\n".encode())
    code, out, shown = terminal.ended()
    assert (code, out) == (3, "") and "perhaps not all of it was pasted" in shown
    assert who(with_browser("nothing", *AWS).ok(), portal) == ("user", "dev01")


def test_a_second_terminal_shows_what_it_waits_for(run, portal):
    first = in_terminal(run, portal, *AWS)
    first.read(b"left (Ctrl-C cancels)")
    second = in_terminal(run, portal, *AWS)
    second.read(b"waiting for the login in another process: 3:")
    os.write(first.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    for terminal in (first, second):
        code, out, shown = terminal.ended()
        assert code == 0 and who(out, portal) == ("user", "dev01")
    assert shown.endswith("\r\x1b[K") and "localhost" not in shown, "the line was not removed"


def test_waiting_for_another_process_can_be_interrupted(run, portal):
    """Ctrl-C ends it in the same way as the process that opened the page."""
    first = in_terminal(run, portal, *AWS)
    first.read(b"left (Ctrl-C cancels)")
    second = in_terminal(run, portal, *AWS)
    second.read(b"waiting for the login in another process: 3:")
    for terminal in (second, first):
        os.write(terminal.master, b"\x03")
        code, out, shown = terminal.ended()
        assert (code, out) == (7, "") and "interrupted" in shown


def test_waiting_is_silent_without_a_terminal(run, portal, browser):
    browser.delay = 1.5
    env = browser.env("redirect")
    for process in [run.start(*AWS, env=env) for _ in range(2)]:
        run.ended(process).ok()


def test_a_paste_longer_than_a_terminal_line(run, portal):
    portal.state.users["user"].token = "x" * 9000
    terminal = in_terminal(run, portal, *AWS)
    terminal.read(b"left (Ctrl-C cancels)")
    wait_until(lambda: not terminal.echoes())
    text = b"http://localhost:1/?t=" + b"x" * 9000 + b"\n"
    for at in range(0, len(text), 1000):
        os.write(terminal.master, text[at:at + 1000])
        time.sleep(0.01)
    assert terminal.ended()[0] == 0


@pytest.mark.parametrize("key", [b"\x03", b"\x1c"], ids=["Ctrl-C", "Ctrl-backslash"])
def test_keys_that_end_a_login(run, portal, key):
    terminal = in_terminal(run, portal, *AWS)
    terminal.read(b"left (Ctrl-C cancels)")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, key)
    code, out, shown = terminal.ended()
    assert (code, out) == (7, "")
    assert "interrupted" in shown


# A shell with job control and without line editing: it does not change the terminal's mode.
SHELL = r"""
import os, signal, subprocess, sys

def job():
    os.setpgid(0, 0)
    os.tcsetpgrp(2, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)

signal.signal(signal.SIGTTOU, signal.SIG_IGN)
pid = subprocess.Popen(sys.argv[1:], preexec_fn=job).pid
status = os.waitpid(pid, os.WUNTRACED)[1]
while os.WIFSTOPPED(status):
    os.tcsetpgrp(2, os.getpgrp())
    print("stopped", file=sys.stderr)
    word = sys.stdin.readline()
    if word == "fg\n":
        os.tcsetpgrp(2, pid)
    os.kill(pid, signal.SIGCONT)
    if word == "bg\n":
        print("goes on", file=sys.stderr)
        sys.stdin.readline()
        os.tcsetpgrp(2, pid)
    status = os.waitpid(pid, os.WUNTRACED)[1]
sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.parametrize("word", ["fg", "bg"])
def test_ctrl_z(run, portal, word):
    """The shell gets a terminal that echoes; back in the foreground, a paste is not shown."""
    terminal = in_terminal(run, portal, "-c", SHELL, BIN, *AWS,
                           program=sys.executable)
    terminal.read(b"left (Ctrl-C cancels)")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, b"\x1a")
    terminal.read(b"stopped")
    assert terminal.echoes()
    os.write(terminal.master, word.encode() + b"\n")
    if word == "bg":
        terminal.read(b"goes on")
        terminal.shown = b""
        terminal.read(b"left (Ctrl-C cancels)")
        assert terminal.echoes(), "in the background it changed the terminal"
        os.write(terminal.master, b"\n")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    code, out, shown = terminal.ended()
    assert code == 0 and who(out, portal) == ("user", "dev01")
    assert portal.token() not in shown


def test_two_logins_in_one_terminal(run, portal):
    """As under a program with two profiles: the first process to end restores the echo, although
    the second has turned it off."""
    terminal = in_terminal(run, portal, "-c", '"$0" login & "$0" login --admin; wait', BIN,
                           program="/bin/sh")
    wait_until(lambda: len(re.findall(rb"localPort=\d+&", pump(terminal))) == 2, 20)
    ports = list(map(int, re.findall(rb"localPort=(\d+)", terminal.shown)))
    wait_until(lambda: not terminal.echoes())
    for count, port in enumerate(ports, 1):
        send(port, "POST", "/", portal.token(), Origin=portal.url)
        wait_until(lambda: pump(terminal).count(b"logged in to") == count, 20)
    assert terminal.ended()[0] == 0


def test_a_narrow_terminal(run, portal):
    """The status line must not wrap."""
    terminal = in_terminal(run, portal, *AWS, columns=30)
    terminal.read(b"waiting for the browser: 2:")
    os.write(terminal.master, b"\x03")
    lines = [part.partition("\r")[0] for part in terminal.ended()[2].split("\x1b[K")]
    assert [len(line) for line in lines if line.startswith("waiting")][:2] == [29, 29]


def test_a_cancel_is_reported_on_the_terminal(run, portal, browser):
    terminal = in_terminal(run, portal, *AWS, browser=browser.command("redirect-cancel"))
    code, out, shown = terminal.ended()
    assert (code, out) == (7, "") and "cancelled in the browser" in shown
    assert "noise" not in shown, "the browser's output is shown"


def test_a_failing_browser_leaves_the_other_methods(run, portal):
    terminal = in_terminal(run, portal, *AWS, browser="/bin/false")
    shown = terminal.read(b"paste here the URL that the browser ends on")
    assert "cannot open a browser here (/bin/false failed); to log in to" in shown
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    assert terminal.ended()[0] == 0


def test_under_the_aws_cli_without_a_browser(run, portal):
    """The AWS CLI captures the stderr of credential_process; the user sees the prompt anyway and
    can paste the token."""
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not installed")
    run("update-aws-config", "dev", "--offline", "--region", "us-west-2",
        "--interactive", "--tenant", "dev01", "--host", portal.url,
        "--ca-file", portal.ca, "--region", "us-west-2").ok()
    env = {"PATH": os.environ["PATH"], "AWS_PROFILE": "dev", "AWS_EC2_METADATA_DISABLED": "true",
           "PYENV_ROOT": os.environ.get("PYENV_ROOT", ""), "TERM": "xterm",
           "SSH_CONNECTION": "192.0.2.1 5000 192.0.2.7 22"}
    terminal = Terminal(run, "sts", "get-caller-identity", "--endpoint-url", portal.control_url,
                        "--output", "json", env=env, program=aws)
    shown = terminal.read(b"left (Ctrl-C cancels)")
    assert f"{portal.url}/app/user/verify-token" in shown and "192.0.2.7" in shown
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    code, out, shown = terminal.ended()
    assert code == 0 and "dev01" in json.loads(out)["Arn"]
    assert portal.token() not in shown
