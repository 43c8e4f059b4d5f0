# SPDX-License-Identifier: MIT
"""`duplojit serve --interactive`: a login when it starts, and never again."""

from __future__ import annotations

import os
import signal

import pytest

from conftest import wait_until
from endpoint import serve  # noqa: F401 fixture
from test_login_terminal import in_terminal

PERSON = {"DUPLO_TOKEN": None}
DEV01 = ("--tenant", "dev01", "-I")


@pytest.fixture
def start(serve, browser):  # noqa: F811
    """Starts an endpoint whose browser acts as the mode says."""
    def call(mode: str, *args, env=None, **more):
        return serve(*args, env=PERSON | browser.env(mode) | (env or {}), **more)
    return call


def user_of(portal, endpoint, path: str = "/") -> str:
    return portal.state.issue_of(endpoint.wait_key(path=path)).user


def test_login_at_the_start_and_not_at_renewals(start, run, portal, browser):
    endpoint = start("redirect", *DEV01)
    first = endpoint.wait_key()
    assert portal.state.issue_of(first).user == "user" and len(browser.opened()) == 1
    endpoint.kill(signal.SIGHUP)
    endpoint.wait_key(other_than=first)
    assert len(browser.opened()) == 1
    again = start("fail", *DEV01)
    again.wait_key()
    assert len(browser.opened()) == 1, "a saved login is used"


def test_a_login_that_the_portal_rejects_later(start, with_browser, portal, browser):
    """The renewal reports what to do; the next one uses a new login without a restart."""
    endpoint = start("redirect", *DEV01)
    first = endpoint.wait_key()
    portal.state.rotate("user")
    endpoint.kill(signal.SIGHUP)
    wait_until(lambda: "not logged in" in endpoint.log and "duplojit login" in endpoint.log)
    assert len(browser.opened()) == 1, "no browser is opened"
    assert endpoint.key() == first, "the old credentials are still valid"
    assert with_browser("redirect", "login").code == 0
    endpoint.kill(signal.SIGHUP)
    endpoint.wait_key(other_than=first)
    assert len(browser.opened()) == 2


def test_for_an_administrator_among_others(start, portal, browser):
    browser.user = "admin"
    endpoint = start("redirect", "-I", "--profile", "a=tenant:dev01", "--profile", "b=admin")
    assert user_of(portal, endpoint, "/p/a") == user_of(portal, endpoint, "/p/b") == "admin"
    (opened,) = browser.opened()
    assert "&isAdmin=true&" in opened


def test_a_cancel_ends_serve_before_it_listens(start, browser):
    endpoint = start("redirect-cancel", *DEV01, wait=0)
    result = endpoint.end(None)
    assert result.code == 7 and "cancelled in the browser" in result.err
    assert "listening" not in result.err and result.err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_while_it_waits(start, browser, number):
    endpoint = start("nothing", *DEV01, wait=0, start_new_session=True)
    browser.wait()
    os.killpg(endpoint.process.pid, number)
    result = endpoint.end(None)
    assert result.code == 7 and "interrupted" in result.err


def test_sigterm_to_the_process_alone(start, browser):
    """As a container runtime sends it."""
    endpoint = start("nothing", *DEV01, wait=0)
    browser.wait()
    result = endpoint.end(signal.SIGTERM)
    assert result.code == 7 and "interrupted" in result.err


def test_no_answer(start):
    result = start("nothing", *DEV01, "--login-timeout", "2s", wait=0).end(None)
    assert result.code == 7 and "no answer from the browser" in result.err


def test_without_a_cache_renewals_use_the_saved_login(start, run, browser):
    endpoint = start("redirect", *DEV01, "--no-cache")
    first = endpoint.wait_key()
    endpoint.kill(signal.SIGHUP)
    endpoint.wait_key(other_than=first)
    assert len(browser.opened()) == 1 and run.entries() == []


def test_without_a_directory_for_the_login(start, browser):
    result = start("redirect", *DEV01, wait=0, env={"HOME": None}).end(None)
    assert result.code == 6 and "--interactive needs a directory" in result.err
    assert browser.opened() == []


def test_a_token_comes_first(serve, portal, browser):  # noqa: F811
    endpoint = serve(*DEV01, env=browser.env("fail"))
    assert user_of(portal, endpoint) == "user" and browser.opened() == []


def test_in_a_terminal(run, portal):
    """Pasting a token, Ctrl-C, and the mode of the terminal afterwards."""
    words = ("serve", *DEV01, "--listen", "127.0.0.1:0", "--auth-token-file",
             str(run.home / "auth-token"))
    terminal = in_terminal(run, portal, *words)
    terminal.read(b"left (Ctrl-C cancels)")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, f"http://localhost:1/?t={portal.token()}\n".encode())
    terminal.read(b"listening on")
    assert terminal.echoes()
    os.write(terminal.master, b"\x03")
    assert terminal.ended()[0] == 0
    run("logout")
    terminal = in_terminal(run, portal, *words)
    terminal.read(b"left (Ctrl-C cancels)")
    wait_until(lambda: not terminal.echoes())
    os.write(terminal.master, b"\x03")
    code, _, shown = terminal.ended()
    assert code == 7 and "interrupted" in shown
