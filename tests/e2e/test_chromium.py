# SPDX-License-Identifier: MIT
"""Login through a real browser: all three generations of the portal's page, other pages that try
the same, and the first call of the AWS CLI."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import LIMIT_S, identity, wait_until, who
from browsers import CHROMIUM, DRIVER, Chromium, site
from portal import Portal

CALLBACKS = ("redirect", "post", "otp")
AWS = ("aws", "--interactive", "--tenant", "dev01")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="chromium and chromium-driver are not installed")


@pytest.fixture(scope="module")
def chromium():
    real = Chromium()
    yield real
    real.close()


@pytest.mark.parametrize("callback", CALLBACKS)
def test_authorize(waiting, run, with_browser, portal, browser, chromium, callback):
    portal.state.login_callback = callback
    chromium.open(browser.wait())
    assert chromium.text("#prompt") == ("The duplojit application on your computer wants to access "
                                        "your Duplo credentials")
    chromium.click("#authorize")
    if callback == "redirect":
        chromium.wait_text("#success", "Done")
        assert chromium.address().startswith(portal.url) and "success=true" in chromium.address()
    else:
        chromium.wait_text("#result", "done")
    waiting(0)
    assert who(with_browser("nothing", *AWS).ok(), portal) == ("user", "dev01")


@pytest.mark.parametrize("callback", CALLBACKS)
def test_a_token_that_the_portal_rejects(waiting, portal, browser, chromium, callback):
    portal.state.login_callback = callback
    fault = portal.faults.add(path="/v3/features/system", status=401)
    chromium.open(browser.wait())
    chromium.click("#authorize")
    if callback == "redirect":  # any page can send the browser there: the wait continues
        chromium.wait_text("h1", "Login failed")
        assert "success=true" not in chromium.address()
        portal.faults.remove(fault)
        chromium.open(browser.wait())
        chromium.click("#authorize")
        chromium.wait_text("#success", "Done")
        waiting(0)
    else:
        chromium.wait_text("#result", "failed")
        waiting(3)


@pytest.mark.parametrize("callback", CALLBACKS)
def test_cancel(waiting, portal, browser, chromium, callback):
    portal.state.login_callback = callback
    chromium.open(browser.wait())
    chromium.click("#cancel")
    if callback == "redirect":
        chromium.wait_text("h1", "Cancelled")
    else:
        chromium.wait_text("#result", "done")
    assert "cancelled in the browser" in waiting(7).err


def test_timeout(run, portal, browser, chromium):
    process = run.start("login", "--login-timeout", "2s", env=browser.env("nothing"))
    chromium.open(browser.wait())
    assert "no answer from the browser" in run.ended(process).err and process.returncode == 7
    portal.state.login_callback = "post"
    chromium.open(browser.opened()[0])
    chromium.click("#authorize")
    chromium.wait_text("#result", "failed")


def test_mfa(run, portal, browser, chromium):
    portal.state.otp_needed = True
    portal.state.login_callback, portal.state.login_user = "otp", "admin"
    process = run.start("aws", "-I", "--admin", env=browser.env("nothing"))
    chromium.open(browser.wait())
    chromium.type("#otp", portal.state.otp_code)
    chromium.click("#authorize")
    assert who(run.ended(process).ok(), portal)[0] == "admin"


def test_two_tabs(waiting, portal, browser, chromium):
    portal.state.login_callback = "post"
    address, first = browser.wait(), chromium.handle()
    chromium.open(address)
    chromium.tab()
    chromium.open(address)
    chromium.click("#authorize")
    chromium.wait_text("#result", "done")
    waiting(0)
    chromium.switch(first)
    chromium.click("#authorize")
    chromium.wait_text("#result", "failed")


def test_favicon_first(waiting, portal, browser, chromium):
    """A request reaches the listener before the portal's, as from a browser that restores tabs."""
    chromium.open(f"http://localhost:{waiting.port}/")
    assert "Nothing here" in chromium.text()
    chromium.open(f"http://localhost:{waiting.port}/favicon.ico")
    assert "Nothing here" in chromium.text()
    chromium.open(browser.wait())
    chromium.click("#authorize")
    chromium.wait_text("#success", "Done")
    waiting(0)


@pytest.mark.parametrize("callback", ["post", "otp"])
def test_wrong_origin(waiting, portal, browser, chromium, callback):
    """Another site has a page that acts like the portal's, with frames and images."""
    with Portal() as other:
        other.state.login_callback = callback
        page = browser.wait().partition("/app/")[2]
        chromium.open(f"{other.url}/app/{page}")
        chromium.click("#authorize")
        chromium.wait_text("#result", "failed")
        chromium.click("#cancel")
        chromium.wait_text("#result", "failed")
    here = f"http://localhost:{waiting.port}/?t="
    events = 'onload="count()" onerror="count()"'
    loads = "".join(f'<{element} src="{here}{token}" {events}></{element}>'
                    for element in ("iframe", "img", "script") for token in ("evil", ""))
    script = "<script>let n = 0; function count() { document.title = ++n; }</script>"
    with site(f"<!doctype html>{script}{loads}") as address:
        chromium.open(address)
        wait_until(lambda: chromium.title() == "6")
    assert waiting.process.poll() is None
    portal.state.login_callback = callback
    chromium.open(browser.wait())
    chromium.click("#authorize")
    chromium.wait_text("#result", "done")
    waiting(0)


def test_dns_rebinding(waiting, portal, browser, chromium):
    """A foreign name that resolves to this machine."""
    chromium.open(f"http://rebound.example:{waiting.port}/?t={portal.token()}")
    assert "This address does not belong to this computer" in chromium.text()
    chromium.open(f"http://rebound.example:{waiting.port}/?t=")
    assert "This address does not belong to this computer" in chromium.text()
    chromium.open(browser.wait())
    chromium.click("#authorize")
    waiting(0)


@pytest.mark.parametrize("callback, flags, permissions", [
    # Today's browsers ask the user whether the page may connect to this machine.
    ("redirect", [], []),
    ("post", [], ["local-network-access", "loopback-network"]),
    ("otp", [], ["local-network-access", "loopback-network"]),
    # Older browsers send a preflight request.
    ("post", ["--disable-features=LocalNetworkAccessChecks",
              "--enable-features=PrivateNetworkAccessSendPreflights,"
              "PrivateNetworkAccessRespectPreflightResults"], []),
], ids=["redirect", "post, allowed", "otp, allowed", "post, by preflight"])
def test_from_a_portal_on_the_internet(waiting, portal, browser, callback, flags,
                                                permissions):
    public = f"--ip-address-space-overrides=127.0.0.1:{portal.port}=public"
    portal.state.login_callback = callback
    chromium = Chromium(public, *flags)
    try:
        chromium.open(browser.wait())
        if permissions:
            chromium.click("#authorize")
            chromium.wait_text("#result", "failed")
        for permission in permissions:
            with contextlib.suppress(LookupError):  # the permission's name depends on the version
                chromium.allow(permission)
        chromium.click("#authorize")
        chromium.wait_text(*(("#success", "Done") if callback == "redirect" else
                             ("#result", "done")))
    finally:
        chromium.close()
    waiting(0)


def test_first_call_of_the_aws_cli(run, with_browser, portal, browser, chromium):
    """As documented: a profile, then an AWS CLI command that opens the page and continues."""
    aws = shutil.which("aws")
    if aws is None:
        pytest.skip("the AWS CLI is not installed")
    command = browser.command("nothing")
    with_browser("nothing", "update-aws-config", "dev", "--offline", "--region", "us-west-2",
                 "--interactive", "--tenant", "dev01",
                 "--host", portal.url, "--ca-file", portal.ca, "--browser", command,
                 "--region", "us-west-2").ok()
    env = {"HOME": str(run.home), "PATH": os.environ["PATH"], "AWS_PROFILE": "dev",
           "AWS_EC2_METADATA_DISABLED": "true", "PYENV_ROOT": os.environ.get("PYENV_ROOT", "")}
    call = subprocess.Popen([aws, "sts", "get-caller-identity", "--endpoint-url",
                             portal.control_url, "--output", "json"], env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    chromium.open(browser.wait())
    chromium.click("#authorize")
    chromium.wait_text("#success", "Done")
    out, err = call.communicate(timeout=LIMIT_S)
    assert (call.returncode, err) == (0, "")
    assert "dev01" in json.loads(out)["Arn"] and len(browser.opened()) == 1


def test_the_console(run, portal, browser, chromium):
    """The link reaches the browser's address bar and no other program."""
    env = identity(portal) | browser.env("nothing")
    process = run.start("web", "--tenant", "dev01", "--destination", "s3", env=env)
    with contextlib.suppress(LookupError):  # AWS is not reachable here
        chromium.open(browser.wait())
    link = "https://signin.aws.amazon.com/federation?"
    wait_until(lambda: chromium.address().startswith(link))
    asked = parse_qs(urlsplit(chromium.address()).query)
    issued = parse_qs(urlsplit(portal.state.issued[-1].answer["ConsoleUrl"]).query)
    assert asked["SigninToken"] == issued["SigninToken"]
    assert asked["Destination"] == ["https://us-west-2.console.aws.amazon.com/s3/home"
                                    "?region=us-west-2"]
    run.ended(process).ok()
