# SPDX-License-Identifier: MIT
"""The AWS console: which links are opened, how, and that no other program sees them."""

from __future__ import annotations

import html
import json
import os
import re
import sys
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from conftest import identity, wait_until
from browsers import send

WEB = ("web", "--tenant", "dev01")


def link(portal) -> str:
    return portal.state.issued[-1].answer["ConsoleUrl"]


def test_print_url(ask, run, portal):
    out = ask(*WEB, "--print-url").ok()
    assert out == link(portal) + "\n"
    assert ask("console", "--admin", "--print-url", user="admin").ok() == link(portal) + "\n"
    assert run.entries() == [], "the link was cached"
    assert ask(*WEB, "--print-url", "--debug").out == link(portal) + "\n"


def test_opens_the_console(run, portal, browser):
    env = identity(portal) | browser.env("load")
    run(*WEB, env=env).ok()
    (opened,) = browser.opened()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[0-9a-f]{32}", opened), "no secret in arguments"
    # The command may end before the browser has written what it loaded.
    wait_until(lambda: browser.loaded.exists() and browser.loaded.read_text().endswith("</p>"))
    page = browser.loaded.read_text()
    target = re.search(r'http-equiv="refresh" content="0;url=([^"]*)"', page)
    assert html.unescape(target[1]) == link(portal)


LOOKER = """#!{python} -IS
import json, os
seen = {{"variables": dict(os.environ), "files": [f for f in range(3, 1000)
                                                 if os.path.lexists(f"/proc/self/fd/{{f}}")]}}
with open({out!r} + "-new", "w") as file:
    json.dump(seen, file)
os.rename({out!r} + "-new", {out!r})
"""


def test_what_the_browser_inherits(run, portal, tmp_path):
    """The environment without token and code, and no descriptor of a connection or lock."""
    program, out = tmp_path / "looks", tmp_path / "seen"
    program.write_text(LOOKER.format(python=os.path.realpath(sys.executable), out=str(out)))
    program.chmod(0o755)
    env = identity(portal) | {"DUPLO_BROWSER": str(program), "DUPLO_OTP": "123456",
                              "duplo_token": portal.token(), "DUPLO_TOKENS": "another", "LANG": "C"}
    process = run.start(*WEB, env=env)
    wait_until(out.exists)
    process.terminate()
    assert run.ended(process).code == 7
    seen = json.loads(out.read_text())
    kept = run.environment(env)
    for name in ("DUPLO_TOKEN", "duplo_token", "DUPLO_OTP"):
        del kept[name]
    assert {name: seen["variables"].get(name) for name in kept} == kept
    assert set(seen["variables"]) <= {*kept, "LC_CTYPE"}, "the interpreter may add one"
    assert seen["files"] == []


def test_debug_prints_no_link(run, portal, browser):
    """The fixture searches the output for the link."""
    result = run(*WEB, "--debug", env=identity(portal) | browser.env("load"))
    assert result.code == 0 and "browser: " in result.err


def test_the_page_is_for_one_browser_once(run, portal, browser):
    env = identity(portal) | browser.env("nothing")
    process = run.start(*WEB, env=env)
    address = urlsplit(browser.wait())
    assert send(address.port, path="/").status == 404
    assert send(address.port, path="/" + "0" * 32).status == 404
    assert send(address.port, path=address.path, Host="evil.example").status == 404
    assert send(address.port, "HEAD", address.path).status == 404
    assert send(address.port, path=address.path, Sec_Fetch_Mode="no-cors").status == 404
    assert send(address.port, path=address.path, Sec_Fetch_Mode="navigate",
                Sec_Fetch_Dest="iframe").status == 404
    answer = send(address.port, path=address.path)
    assert answer.status == 200 and answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert run.ended(process).code == 0


@pytest.mark.parametrize("place, path", [
    ("s3", "/s3/home?region=us-west-2"), ("/dynamodbv2", "/dynamodbv2"),
    ("/ecs/v2/clusters?a=b&c=d", "/ecs/v2/clusters?a=b&c=d"),
])
def test_destination(ask, portal, place, path):
    out = ask(*WEB, "--print-url", "--destination", place).ok().strip()
    asked, given = urlsplit(out), urlsplit(link(portal))
    assert (asked.scheme, asked.netloc, asked.path) == (given.scheme, given.netloc, given.path)
    query = parse_qs(asked.query)
    assert query["Destination"] == ["https://us-west-2.console.aws.amazon.com" + path]
    assert query["SigninToken"] == parse_qs(given.query)["SigninToken"]


def test_logout_first(ask, portal):
    out = ask(*WEB, "--print-url", "--logout-first").ok().strip()
    head, _, tail = out.partition("redirect_uri=")
    assert head == "https://signin.aws.amazon.com/oauth?Action=logout&"
    assert unquote(tail) == link(portal) and "&" not in tail


def test_variables(ask, portal):
    env = {"DUPLO_PRINT_URL": "1", "DUPLO_TENANT": "dev01"}
    assert ask("web", env=env).ok() == link(portal) + "\n"
    out = ask("web", env=env | {"DUPLO_LOGOUT_FIRST": "true", "DUPLO_DESTINATION": "s3"}).ok()
    assert "Action=logout" in out and "s3" in out
    assert ask("web", "--logout-first=no",
               env=env | {"DUPLO_LOGOUT_FIRST": "true"}).ok() == link(portal) + "\n"


@pytest.mark.parametrize("bad", [
    "http://signin.aws.amazon.com/federation?x", "https://signin.aws.amazon.com.evil.example/",
    "https://evil.example/", "https://signin.aws.amazon.com@evil.example/", "javascript:alert(1)",
    "--version", "https://signin.aws.amazon.com/\n", None, "", "x" * 20000,
])
def test_other_links_are_refused(run, portal, browser, bad):
    portal.state.credential_fields["ConsoleUrl"] = bad
    for more in ([], ["--print-url"]):
        result = run(*WEB, *more, env=identity(portal) | browser.env("load"))
        assert result.code in (4, 5) and result.out == "" and browser.opened() == []


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "two words", "",
                                   "https://console.amazonaws.cn/", "S3"])
def test_bad_destinations(ask, place):
    ask(*WEB, "--print-url", "--destination", place).fails(2, "--destination")


def test_with_a_login(with_browser, portal, browser):
    out = with_browser("redirect", "web", "-I", "--tenant", "dev01", "--print-url").ok()
    assert out == link(portal) + "\n" and len(browser.opened()) == 1


def test_without_a_scope(ask):
    ask("web").fails(2, "no tenant given")


def test_the_page_is_not_loaded(run, portal, browser):
    env = identity(portal) | browser.env("load") | {"DUPLO_BROWSER": "none"}
    result = run(*WEB, "--login-timeout", "2s", env=env)
    assert (result.code, result.out) == (7, "")
    assert "http://127.0.0.1:" in result.err and "--print-url" in result.err
