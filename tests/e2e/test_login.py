# SPDX-License-Identifier: MIT
"""Login through the browser: the three callbacks, other requests, sharing, and no browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import help_parser
from conftest import BIN, LIMIT_S, Result, wait_until, who
from browsers import send

CALLBACKS = ("redirect", "post", "otp")
AWS = ("aws", "--interactive", "--tenant", "dev01")


def logins(run) -> list:
    return sorted(run.cache.glob("*.login"))


# Successful and cancelled logins

@pytest.mark.parametrize("mode", CALLBACKS)
def test_the_first_call_logs_in_and_later_calls_do_not(with_browser, run, portal, browser, mode):
    assert who(with_browser(mode, *AWS).ok(), portal) == ("user", "dev01")
    assert len(browser.opened()) == 1
    assert browser.opened()[0].startswith(
        f"{portal.url}/app/user/verify-token?localAppName=duplojit&localPort=")
    assert browser.opened()[0].endswith("&redirect=true") and "isAdmin" not in browser.opened()[0]
    (kept,) = logins(run)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = len(portal.log)
    with_browser(mode, *AWS).ok()
    assert len(portal.log) == before, "cached credentials need no login and no network"
    assert who(with_browser(mode, "aws", "-I", "-T", "dev02").ok(), portal) == ("user", "dev02")
    assert "dev01" in with_browser(mode, "tenants", "-I").ok()
    assert len(browser.opened()) == 1


@pytest.mark.parametrize("mode", CALLBACKS)
def test_a_cancel(with_browser, run, browser, mode):
    with_browser(f"{mode}-cancel", *AWS).fails(7, "cancelled in the browser")
    assert len(browser.opened()) == 1 and run.entries() == []


def test_no_answer(with_browser):
    result = with_browser("nothing", *AWS, "--login-timeout", "2s")
    result.fails(7, "no answer from the browser within 2 s; use --login-timeout")
    assert result.seconds < 10


def test_login_reports_the_user_and_the_expiration(with_browser, run, portal, browser):
    result = with_browser("redirect", "login")
    assert (result.code, result.out) == (0, "")
    assert f"logged in to {portal.url} as user; the token expires at 20" in result.err
    with_browser("nothing", *AWS).ok()
    with_browser("redirect", "login")
    assert len(browser.opened()) == 2, "the login command always starts a new login"


def test_a_cancel_keeps_the_saved_login(with_browser, run, browser):
    assert with_browser("redirect", "login").code == 0
    with_browser("post-cancel", "login").fails(7, "cancelled")
    with_browser("nothing", *AWS).ok()
    assert len(browser.opened()) == 2


def test_a_login_that_cannot_be_saved(with_browser, run, portal, browser):
    """The login command fails; a command that only needs a login continues."""
    assert with_browser("redirect", "login").code == 0
    (kept,) = logins(run)
    kept.unlink()
    kept.mkdir()
    with_browser("redirect", "login").fails(6, "cannot save the login: ", str(kept))
    assert who(with_browser("redirect", *AWS).ok(), portal) == ("user", "dev01")


def test_a_login_as_administrator_is_separate(with_browser, run, portal, browser):
    browser.user = "admin"
    assert with_browser("redirect", "login", "--admin").code == 0
    assert "&isAdmin=true&" in browser.opened()[0]
    assert who(with_browser("nothing", "aws", "-I", "--admin").ok(), portal) == ("admin", None)
    with_browser("redirect", *AWS).ok()
    assert len(browser.opened()) == 2 and len(logins(run)) == 2


def test_login_reports_a_token_in_the_environment(with_browser, portal):
    for name, value in (("DUPLO_TOKEN", portal.token()), ("DUPLO_TOKEN_FILE", "/nonexistent")):
        result = with_browser("redirect", "login", env={name: value})
        assert result.code == 0 and "has priority over this login" in result.err


def test_every_command_that_needs_a_token_accepts_a_login():
    """But agent: no person is on a node."""
    by_command: dict[str, set[str]] = {}
    for option in help_parser.all_options():
        by_command.setdefault(option.command, set()).add(option.name)
    assert len([c for c, names in by_command.items() if "token" in names]) >= 9
    for command, names in by_command.items():
        if command == "agent":
            assert "interactive" not in names
            continue
        assert ("token" in names) == ("interactive" in names), command


def test_exec_with_a_login(with_browser, portal, browser):
    out = with_browser("redirect", "exec", "-I", "-T", "dev01", "--", "/usr/bin/env").ok()
    key = next(line for line in out.splitlines() if line.startswith("AWS_ACCESS_KEY_ID="))
    assert portal.state.issue_of(key.partition("=")[2]).user == "user"
    assert len(browser.opened()) == 1


def test_a_token_comes_first(with_browser, run, portal, browser):
    with_browser("fail", *AWS, env={"DUPLO_TOKEN": portal.token()}).ok()
    assert browser.opened() == [] and logins(run) == []


def test_without_interactive_no_browser_is_opened(with_browser, browser):
    with_browser("redirect", "aws", "--tenant", "dev01").fails(2, "no token")
    assert browser.opened() == []


def test_without_a_cache_the_login_is_saved_but_no_credentials(with_browser, run, portal, browser):
    for _ in range(2):
        with_browser("redirect", *AWS, "--no-cache").ok()
        assert run.entries() == [] and len(logins(run)) == 1
    assert len(browser.opened()) == 1 and len(portal.state.issued) == 2


def test_no_cache_after_a_login_does_not_ask_again(with_browser, browser):
    assert with_browser("redirect", "login").code == 0
    with_browser("nothing", *AWS, "--no-cache").ok()
    assert len(browser.opened()) == 1


def test_without_a_directory_nothing_is_saved(with_browser, run, browser):
    for _ in range(2):
        with_browser("redirect", *AWS, env={"HOME": None}).ok()
    assert len(browser.opened()) == 2 and not run.cache.exists()
    with_browser("redirect", "login", env={"HOME": None}).fails(6, "cannot save the login: ")
    assert len(browser.opened()) == 2


def test_an_expired_login_is_renewed(with_browser, run, portal, browser):
    with_browser("redirect", *AWS).ok()
    portal.state.rotate("user")
    with_browser("nothing", *AWS).ok()  # the credentials are still valid
    renewed = with_browser("redirect", "aws", "-I", "-T", "dev02").ok()
    assert who(renewed, portal) == ("user", "dev02")
    assert len(browser.opened()) == 2
    count = len(portal.state.issued)
    with_browser("nothing", *AWS).ok()  # and still belong to this login
    assert len(portal.state.issued) == count


def test_another_user_gets_other_credentials(with_browser, portal, browser):
    assert who(with_browser("redirect", *AWS).ok(), portal)[0] == "user"
    portal.state.add_user("second", tenants=("dev01",))
    browser.user = "second"
    assert with_browser("redirect", "login").code == 0
    assert who(with_browser("nothing", *AWS).ok(), portal)[0] == "second"


def test_status_uses_a_saved_login_and_opens_no_browser(with_browser, portal, browser):
    with_browser("redirect", "status").fails(3, "not logged in", "duplojit login")
    assert browser.opened() == []
    with_browser("redirect", *AWS).ok()
    out = with_browser("nothing", "status").ok()
    assert "name           user\n" in out
    for line in (r"token          from the login, expires 20\S+Z \((23 h \d+ min|24 h) left\)",
                 r"cached         tenant dev01, expires \S+Z \((59 min|1 h) left of 1 h\)"):
        assert re.search(f"^{line}$", out, re.M)
    assert "MFA            not required\n" in out
    portal.state.rotate("user")
    with_browser("redirect", "status").fails(3, "not logged in")
    assert len(browser.opened()) == 1


def test_json_of_a_login_has_no_token(with_browser, portal, browser):
    answer = with_browser("redirect", "login", "-o", "json").out
    seen = json.loads(answer)
    assert seen.pop("Expiration").endswith("Z")
    assert seen == {"Portal": portal.url, "User": "user", "Administrator": False}
    assert portal.token("user") not in answer
    assert with_browser("redirect", "login", "-q", "User").out == '"user"\n'
    assert with_browser("redirect", "login").out == ""


def test_status_uses_a_saved_login_of_an_administrator(with_browser, portal, browser):
    browser.user = "admin"
    assert with_browser("redirect", "login", "--admin").code == 0
    out = with_browser("nothing", "status", "-T", "dev01").ok()
    assert "user           administrator\n" in out
    assert "token          from the administrator login, expires" in out
    assert len(browser.opened()) == 1


def test_a_profile_gets_the_tenants_region_with_a_saved_login(with_browser, run, portal, browser):
    """A saved login opens no browser; without one and without a terminal, the command fails."""
    words = ("update-aws-config", "p", "-I", "-T", "prod01")
    browser.user = "admin"
    result = with_browser("redirect", *words)
    result.fails(3, "not logged in", "--offline writes it unchecked")
    assert browser.opened() == [] and not (run.home / ".aws/config").exists()
    for login in (["login"], ["login", "--admin"]):
        assert with_browser("redirect", *login).code == 0
        assert "warning" not in with_browser("nothing", *words).err
        assert "region = eu-central-1" in (run.home / ".aws/config").read_text()
        (run.home / ".aws/config").unlink()
        run("logout")
    assert len(browser.opened()) == 2


def test_logout_removes_the_login_and_its_credentials(with_browser, run, portal, browser):
    with_browser("redirect", *AWS).ok()
    other = {"DUPLO_HOST": "https://other.example.com"}
    result = with_browser("nothing", "logout", env=other)
    assert result.code == 0 and "logins removed: 0; cached credentials removed: 0" in result.err
    result = with_browser("nothing", "logout")
    assert (result.code, result.out) == (0, "")
    assert "logins removed: 1; cached credentials removed: 1" in result.err
    assert logins(run) == [] == run.entries()
    with_browser("redirect", *AWS).ok()
    assert len(browser.opened()) == 2
    assert "all portals: logins removed: 1;" in run("logout").err


def test_an_outage_with_valid_credentials(with_browser, run, portal, browser):
    portal.state.forced_validity = 3600
    with_browser("redirect", *AWS).ok()
    (entry,) = run.entries()
    stale = json.loads(entry.read_text())
    stale["ObtainedAt"] -= 3000  # ten minutes are left
    entry.write_text(json.dumps(stale))
    portal.faults.add(status=503)
    with_browser("redirect", *AWS).ok()
    assert len(browser.opened()) == 1


def test_debug_output_of_a_login_has_no_secret(with_browser, portal):
    """The fixture searches the output for the token and the code."""
    portal.state.otp_needed = True
    for mode in ("redirect", "post", "otp"):
        result = with_browser(mode, "login", "--debug")
        assert result.code == 0 and re.search(r"login: (GET|POST) /\S*: status", result.err)


# Sharing

def start_many(run, browser, mode: str, count: int = 20) -> list[Result]:
    browser.delay = 0.5
    env = browser.env(mode)
    processes = [run.start(*AWS, env=env) for _ in range(count)]
    return [run.ended(process) for process in processes]


def sleeps(process: subprocess.Popen) -> int:
    """How often it has slept until now."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", text, re.M)[1])


def start_waiting(run, browser, count: int) -> list[subprocess.Popen]:
    """Starts logins. One of them has opened a page; the others sleep again and again until they
    get its lock: a process that starts after the answer would open a page."""
    env = browser.env("nothing")
    processes = [run.start(*AWS, "--login-timeout", "50s", env=env) for _ in range(count)]
    browser.wait()
    others = [process for process in processes if process.pid != browser.started_by()]
    assert len(others) == count - 1
    before = [sleeps(process) for process in others]
    wait_until(lambda: all(sleeps(process) >= some + 20
                           for process, some in zip(others, before)))
    return processes


def test_many_at_once_open_one_page(run, portal, browser):
    for result in start_many(run, browser, "redirect"):
        assert who(result.ok(), portal) == ("user", "dev01")
    assert len(browser.opened()) == 1
    assert len(portal.log.find("*/GetAwsConsoleTokenUrl")) == 1


def test_clearing_the_cache_leaves_a_login_in_progress_alone(run, browser):
    """If it removed the lock, a second process would open the browser again."""
    browser.delay = 2
    env = browser.env("redirect")
    first = run.start(*AWS, env=env)
    browser.wait()
    run("cache", "clear").ok()
    second = run.start(*AWS, env=env)
    for process in (first, second):
        run.ended(process).ok()
    assert len(browser.opened()) == 1


def test_many_at_once_share_a_cancel(run, portal, browser):
    processes = start_waiting(run, browser, 20)
    send(browser.port(), "POST", "/", "", Origin=portal.url)
    for process in processes:
        run.ended(process).fails(7, "cancelled in the browser")
    assert len(browser.opened()) == 1
    person_again = run(*AWS, env=browser.env("redirect"))
    person_again.ok()
    assert len(browser.opened()) == 2, "a later process opens a page again"


def test_the_process_with_the_page_is_killed(run, portal, browser):
    """Its lock ends with it: one of the waiting processes opens a page."""
    env = browser.env("nothing")
    processes = [run.start(*AWS, "--login-timeout", "40s", env=env) for _ in range(6)]
    browser.wait()
    asking = next(p for p in processes if p.pid == browser.started_by())
    asking.kill()
    asking.communicate()
    wait_until(lambda: len(browser.opened()) == 2)
    send(browser.port(), "POST", "/", portal.token(), Origin=portal.url)
    processes.remove(asking)
    for process in processes:
        assert who(run.ended(process).ok(), portal) == ("user", "dev01")
    assert len(browser.opened()) == 2 and not list(run.cache.glob(".*-lock"))


@pytest.mark.parametrize("harm", ["broken", "open", "a link", "a lock left over"])
def test_an_invalid_login_file(with_browser, run, portal, browser, harm):
    """A new login starts, and its file is valid."""
    with_browser("redirect", "login")
    (kept,) = logins(run)
    if harm == "broken":
        kept.write_text("{")
    elif harm == "open":
        kept.write_text(kept.read_text().replace(portal.token(), "another"))
        kept.chmod(0o644)
    elif harm == "a link":
        kept.symlink_to(kept.rename(run.home / "elsewhere"))
    else:
        kept.rename(kept.with_name(f".{kept.name}.duplojit-lock"))
    assert who(with_browser("redirect", *AWS).ok(), portal) == ("user", "dev01")
    assert len(browser.opened()) == 2 and not list(run.cache.glob(".*-lock"))
    assert kept.is_file() and not kept.is_symlink() and stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_signal_ends_a_login_while_the_portal_tries_the_token(waiting, portal):
    asked = portal.faults.add(path="/v3/features/system", hang=True)
    with socket.create_connection(("127.0.0.1", waiting.port)) as client:
        client.sendall(f"GET /?t={portal.token()} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_until(lambda: asked.hits > 0)
        waiting.process.send_signal(signal.SIGINT)
        waiting(-signal.SIGINT)


def test_many_at_once_share_a_token_that_the_portal_rejects(run, portal, browser):
    """Another page could send such a token. It is not saved, and each process reports it once."""
    processes = start_waiting(run, browser, 6)
    page = send(browser.port(), path="/?t=not-a-token-of-this-portal")
    assert page.status == 403 and "Login failed" in page.text and "Location" not in page.headers
    for process in processes:
        run.ended(process).fails(3, "rejects the token")
    assert len(browser.opened()) == 1
    (kept,) = logins(run)
    assert "not-a-token" not in kept.read_text()


def test_many_at_once_renew_an_expired_login(run, portal, browser):
    run(*AWS, env=browser.env("redirect")).ok()
    for entry in run.entries():
        entry.unlink()
    portal.state.rotate("user")
    for result in start_many(run, browser, "redirect", 10):
        result.ok()
    assert len(browser.opened()) == 2


def test_the_cooldown_of_the_public_client_is_not_needed(with_browser, run, browser):
    env = {"DUPLO_JIT_AUTH_COOLDOWN": "30", "DUPLO_AUTH_COOLDOWN": "never"}
    with_browser("post-cancel", *AWS, env=env).fails(7, "cancelled")
    with_browser("post", *AWS, env=env).ok()
    assert len(browser.opened()) == 2
    assert all(name in run("help", "login").ok() for name in env)


# MFA

ADMIN = ("aws", "-I", "--admin")


@pytest.fixture
def mfa(portal, browser):
    portal.state.otp_needed = True
    browser.user = "admin"


def test_mfa_from_the_browser(with_browser, mfa, portal, browser):
    assert who(with_browser("otp", *ADMIN).ok(), portal)[0] == "admin"
    assert portal.log[-1].headers["otpcode"] == "<otp>"


def test_mfa_without_a_code_from_the_browser(with_browser, mfa, browser):
    with_browser("redirect", *ADMIN).fails(3, "MFA code", "--otp")
    assert len(browser.opened()) == 1


def test_mfa_on_the_command_line_and_standard_input(with_browser, mfa, portal, browser):
    code = portal.state.otp_code
    with_browser("redirect", *ADMIN, "--otp", code, "--no-cache").ok()
    with_browser("redirect", *ADMIN, "--otp", "-", "--no-cache", stdin=code + "\n").ok()
    with_browser("redirect", *ADMIN, "--otp", "-", stdin="two words\n").fails(2, "not an MFA code")
    with_browser("redirect", *ADMIN, "--otp", "-", "--token", "-", stdin="x\n").fails(
        2, "standard input")


def test_mfa_a_used_code_opens_the_page_again_for_settings(with_browser, mfa, portal, browser,
                                                              canaries):
    with_browser("otp", "settings", "list", "-I").ok()
    for number, command in enumerate((["settings", "get", "admin-jit-ui"],
                                      ["web", "--admin", "--print-url"])):
        with_browser("nothing", *command, "-I").ok()
        canaries.append(portal.state.otp_code)
        portal.state.otp_code = f"55012{number}-canary"
        seen = with_browser("nothing", "status", "--admin").ok()
        assert "refused: a new MFA code is required (--otp)" in seen
        with_browser("otp", *command, "-I").ok()
        assert len(browser.opened()) == 2 + number


def test_mfa_a_used_code_opens_the_page_again(with_browser, run, mfa, portal, browser, canaries):
    with_browser("otp", *ADMIN).ok()
    canaries.append(portal.state.otp_code)
    portal.state.otp_code = "550127-canary"
    for entry in run.entries():
        entry.unlink()
    with_browser("otp", *ADMIN).ok()
    assert len(browser.opened()) == 2


# Requests that are not callbacks

def test_requests_that_do_not_end_a_login(waiting, portal):
    port, page = waiting.port, {"Origin": portal.url}
    token = portal.token()
    assert send(port, path="/favicon.ico").status == 404
    assert send(port).status == 404
    assert send(port, "HEAD", f"/?t={token}").status == 405
    assert send(port, path=f"/?t={token}", Host="evil.example").status == 403
    assert send(port, path=f"/?t={token}", Host=f"localhost.evil.example:{port}").status == 403
    assert send(port, path=f"/?t={token}", Origin="https://evil.example").status == 403
    assert send(port, path=f"/?t={token}", Sec_Fetch_Mode="no-cors").status == 403
    assert send(port, "POST", "/", token).status == 403
    assert send(port, "POST", "/", token, Origin="null").status == 403
    assert send(port, "POST", "/", token, Origin=portal.url + ".evil.example").status == 403
    assert send(port, "POST", "/", "two words", **page).status == 400
    assert send(port, "POST", "/v2/callbackWithOtp", "{", **page).status == 400
    assert send(port, "POST", "/", "x" * 40000, **page).status == 413
    assert send(port, path="/?t=a%0d%0ab").status == 400
    answer = send(port, path=f"/?t={token}")
    assert answer.status == 302
    assert answer.headers["Location"] == (f"{portal.url}/app/user/verify-token?localAppName="
                                          f"duplojit&localPort={port}&success=true")
    waiting(0)


def test_a_navigation_with_a_token_that_the_portal_rejects_does_not_end_a_login(waiting, portal):
    """Any web page can make a browser send it."""
    page = send(waiting.port, path="/?t=not-a-token-of-this-portal", Sec_Fetch_Mode="navigate",
                Sec_Fetch_Dest="document", Sec_Fetch_Site="cross-site")
    assert page.status == 403 and "Login failed" in page.text and "Location" not in page.headers
    assert waiting.process.poll() is None
    assert send(waiting.port, path=f"/?t={portal.token()}").status == 302
    assert "rejects the token" in waiting(0).err


@pytest.fixture
def waiting_user(run, portal):
    """`duplojit login` of an ordinary user. Yields the address of the page that it opens."""
    place = tempfile.TemporaryDirectory()  # pytest's own folders are closed to other users
    program, roots, home = (Path(place.name) / name for name in ("duplojit", "ca.pem", "home"))
    shutil.copy(BIN, program)
    shutil.copy(portal.ca, roots)
    home.mkdir()
    os.chown(home, OWNER, OWNER)
    for path in (program, roots, place.name):
        os.chmod(path, 0o555)
    base = run.environment({"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": str(roots),
                            "HOME": str(home)})

    def start(*words: str, **env: str):
        process = subprocess.Popen([str(program), *words, "--browser", "none"],
                                   env=base | env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, user=OWNER, group=OWNER,
                                   extra_groups=[], start_new_session=True)
        started.append(process)
        for line in process.stderr:
            if "://" in line and "open this" not in line:
                return process, line.split()[-1]
        raise AssertionError("no page was opened")
    started: list[subprocess.Popen] = []
    yield start
    for process in started:
        process.kill()
        process.communicate()
    place.cleanup()


OWNER, STRANGER = 65532, 65533
SENDER = """
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
s.sendall(f"GET {sys.argv[3]} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
if sys.argv[4] == "half":
    s.shutdown(socket.SHUT_WR)
print(s.recv(20).decode().split()[1])
"""


def send_as(user: int, port: int, path: str, how: str = "", address: str = "127.0.0.1") -> str:
    """The status of the response to another user's request."""
    done = subprocess.run(["/usr/bin/python3", "-IS", "-c", SENDER, address, str(port), path, how],
                          capture_output=True, text=True, user=user, group=user, extra_groups=[],
                          check=False)
    return done.stdout.strip() or done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")
@pytest.mark.parametrize("user", [OWNER, 0])
def test_requests_of_other_users_do_not_end_a_login(waiting_user, portal, user):
    process, page = waiting_user("login")
    port = int(parse_qs(urlsplit(page).query)["localPort"][0])
    good = f"/?t={portal.token()}"
    addresses = ["127.0.0.1"] + (["::1"] if portal.has_ipv6 else [])
    for path in ("/?t=", good):
        for address in addresses:
            assert send_as(STRANGER, port, path, address=address) == "403"
        assert send_as(STRANGER, port, path, "half") == "403"
    assert process.poll() is None
    assert send_as(user, port, good) == "302"
    assert process.wait(20) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")
def test_the_page_of_web_is_not_for_other_users(waiting_user, portal):
    process, page = waiting_user("web", "--tenant", "dev01", DUPLO_TOKEN=portal.token())
    url = urlsplit(page)
    assert send_as(STRANGER, url.port, url.path) == "404"
    assert send_as(OWNER, url.port, url.path) == "200"
    assert process.wait(20) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")
def test_root_accepts_requests_of_all_users(waiting, portal):
    assert send_as(STRANGER, waiting.port, f"/?t={portal.token()}") == "302"
    waiting(0)


def test_a_login_of_another_user_is_reported(with_browser, portal, browser):
    assert "changes" not in with_browser("redirect", "login").err
    portal.state.add_user("second", tenants=("dev01",))
    browser.user = "second"
    assert "the login changes from user to second\n" in with_browser("redirect", "login").err
    assert "changes" not in with_browser("redirect", "login").err


def test_preflight(waiting, portal):
    asked = {"Access_Control_Request_Method": "POST"}
    refused = send(waiting.port, "OPTIONS", Origin="https://evil.example", **asked)
    assert refused.status == 403 and "Access-Control-Allow-Origin" not in refused.headers
    answer = send(waiting.port, "OPTIONS", Origin=portal.url,
                  Access_Control_Request_Private_Network="true", **asked)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == portal.url
    assert answer.headers["Access-Control-Allow-Private-Network"] == "true"
    plain = send(waiting.port, "OPTIONS", Origin=portal.url, **asked)
    assert "Access-Control-Allow-Private-Network" not in plain.headers
    done = send(waiting.port, "POST", "/", portal.token(), Origin=portal.url)
    assert (done.status, done.text) == (200, '"done"')
    assert done.headers["Access-Control-Allow-Origin"] == portal.url
    waiting(0)


def listening_addresses(port: int) -> set[str]:
    """The addresses that the kernel accepts connections on."""
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        file = Path("/proc/net") / table
        for line in file.read_text().splitlines()[1:] if file.exists() else []:
            _, local, _, state = line.split()[:4]
            address, hex_port = local.split(":")
            if int(hex_port, 16) == port and state == "0A":
                words = [int(address[i:i + 8], 16) for i in range(0, len(address), 8)]
                found.add(socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words)))
    return found


def test_listens_on_both_loopback_addresses_only(waiting, portal):
    assert listening_addresses(waiting.port) - {"::1"} == {"127.0.0.1"}
    if portal.has_ipv6:
        assert send(waiting.port, address="::1").status == 404
    send(waiting.port, "POST", "/", "", Origin=portal.url)
    assert "cancelled" in waiting(7).err


def test_pages_that_the_listener_serves(waiting):
    nothing = send(waiting.port)
    assert "text/html" in nothing.headers["Content-Type"] and "Nothing here" in nothing.text
    cancelled = send(waiting.port, path="/?t=")
    assert "Cancelled" in cancelled.text and "color-scheme:light dark" in cancelled.text
    assert "default-src 'none'" in cancelled.headers["Content-Security-Policy"]
    assert cancelled.headers["Cache-Control"] == "no-store"
    assert cancelled.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"(src|href)=", cancelled.text), "the page loads other files"
    waiting(7)


def test_the_port_option(with_browser, browser):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with_browser("redirect", *AWS, "--port", port).fails(2, port)
        assert browser.opened() == []
    with_browser("redirect", *AWS, "--port", port).ok()
    assert f"localPort={port}&" in browser.opened()[0]


def test_ctrl_c_without_a_terminal(waiting):
    waiting.process.send_signal(signal.SIGINT)
    assert "interrupted" in waiting(7).err


# Without a browser

IN_DOCKER = os.path.exists("/.dockerenv")
NO_FORWARD = "can reach this program only if the container uses the host's network"


@pytest.mark.parametrize("env, words", [
    ({}, ["cannot open a browser here (no display); to log in to",
          NO_FORWARD if IN_DOCKER else "ssh -L {p}:127.0.0.1:{p} THIS-MACHINE"]),
    ({"container": "podman"}, [NO_FORWARD]),
    ({"container": "oci", "KUBERNETES_SERVICE_HOST": "::1"},
     ["kubectl port-forward pod/POD {p}:{p}"]),
    ({"SSH_CONNECTION": "192.0.2.1 5000 192.0.2.7 2222", "container": "podman"},
     ["ssh -p 2222 -L {p}:127.0.0.1:{p} 192.0.2.7"]),
    ({"SSH_CONNECTION": "odd"}, ["ssh -L {p}:127.0.0.1:{p} THIS-MACHINE"]),
    ({"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 5000 192.0.2.7 22"},
     ["(SSH session)", "ssh -L {p}:127.0.0.1:{p} 192.0.2.7"]),
    ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "HOSTNAME": "tools-0"},
     ["kubectl port-forward pod/tools-0 {p}:{p}"]),
    ({"DUPLO_BROWSER": "none", "DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"},
     ["duplojit: to log in to", ", open this URL in a browser:"]),
    ({"DUPLO_BROWSER": "/bin/false"}, []),
])
def test_no_browser(run, portal, env, words):
    base = {"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca, "PATH": os.environ["PATH"]}
    result = run("login", "--login-timeout", "500ms", env=base | env)
    assert (result.code, result.out) == (7, "")
    port = re.search(r"/app/user/verify-token\?localAppName=duplojit&localPort=(\d+)&redirect=true",
                     result.err)
    assert port, result.err
    for word in words:
        assert word.format(p=port[1]) in result.err


def test_a_browser_that_does_not_exist(with_browser, run, portal, browser):
    run(*AWS, "--browser", "/nonexistent/browser",
        env=browser.env("redirect")).fails(
            2, '--browser: there is no program "/nonexistent/browser"')


def test_no_shell_starts_the_browser(run, portal, browser, tmp_path):
    """The page's address contains &, and the command characters that a shell would interpret."""
    touched = tmp_path / "touched"
    command = browser.command("redirect") + f" ;touch {touched} $(touch${{IFS}}{touched})"
    run(*AWS, env=browser.env("redirect") | {"DUPLO_BROWSER": command}).ok()
    assert len(browser.opened()) == 1 and browser.opened()[0].endswith("&redirect=true")
    assert not touched.exists()


def test_the_browser_option_comes_before_variables(run, portal, browser):
    env = browser.env("redirect")
    command = env.pop("DUPLO_BROWSER")
    run(*AWS, "--browser", command,
        env=env | {"DUPLO_BROWSER": "/bin/false", "BROWSER": "/bin/false"}).ok()
    run("logout")
    run(*AWS, env=env | {"DUPLO_BROWSER": command, "BROWSER": "/bin/false"}).ok()
    assert len(browser.opened()) == 2


def test_browsers_named_in_the_environment(run, portal, browser):
    env = browser.env("redirect")
    env["BROWSER"] = "/nonexistent/browser:" + env.pop("DUPLO_BROWSER") + " %s"
    run(*AWS, env=env).ok()
    assert len(browser.opened()) == 1


def test_a_browser_that_fails_is_followed_by_the_next(run, portal, browser):
    """By its exit code, as in Python's webbrowser."""
    env = browser.env("redirect")
    del env["DUPLO_BROWSER"]
    script = browser.path.with_name("with blank")
    script.symlink_to(browser.path)
    env["BROWSER"] = f"/bin/false %s:{browser.path} fail %s:'{script}' redirect '%s'"
    run(*AWS, env=env).ok()
    assert len(browser.opened()) == 2


def test_all_browsers_that_fail_are_named(run, portal):
    env = {"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca, "PATH": os.environ["PATH"],
           "BROWSER": "absent %s:/bin/false"}
    result = run("login", "--login-timeout", "1500ms", env=env)
    assert result.code == 7
    assert '(BROWSER: there is no program "absent"; /bin/false failed; no display)' in result.err


# The documented first call

def test_the_first_call_of_the_aws_cli(run, with_browser, portal, browser, canaries):
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not installed")
    command = browser.command("redirect")
    with_browser("nothing", "update-aws-config", "dev", "--offline", "--region", "us-west-2",
                 "--interactive", "--tenant", "dev01",
           "--host", portal.url, "--ca-file", portal.ca, "--browser", command).code == 0
    config = (run.home / ".aws/config").read_text()
    assert " --interactive " in config and "--browser" in config
    env = {"HOME": str(run.home), "PATH": os.environ["PATH"], "AWS_PROFILE": "dev",
           "AWS_EC2_METADATA_DISABLED": "true", "PYENV_ROOT": os.environ.get("PYENV_ROOT", "")}
    for _ in range(2):
        done = subprocess.run([aws, "sts", "get-caller-identity", "--endpoint-url",
                               portal.control_url, "--output", "json"],
                              env=env, capture_output=True, text=True, timeout=LIMIT_S)
        assert done.returncode == 0, done.stderr
    assert len(browser.opened()) == 1 and len(portal.state.issued) == 1
