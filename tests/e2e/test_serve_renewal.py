# SPDX-License-Identifier: MIT
"""serve: credentials are renewed in the background; outages and invalid answers do not affect
valid credentials.

Lifetimes are seconds here: a renewal is due when more than half of the lifetime is left.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time

import pytest

from conftest import LIMIT_S, identity, wait_until
from endpoint import AT_ONCE_S, Endpoint, serve  # noqa: F401
from portal import Portal

CREDENTIALS = "*GetAwsConsoleTokenUrl"
LEFT = 'duplojit_credentials_left_seconds{profile="default"}'


def valid(portal, key: str) -> bool:
    issue = portal.state.issue_of(key)
    return issue.time + issue.validity > time.time()


def watch(endpoint: Endpoint, portal, seconds: float, count: int = 0) -> list[str]:
    """Sends requests for some seconds, and until so many keys came: every answer is 200, fast, and
    valid at that moment. Returns the keys."""
    keys: list[str] = []
    begin = time.monotonic()
    while time.monotonic() < begin + seconds or len(keys) < count:
        assert time.monotonic() < begin + LIMIT_S
        answer = endpoint.ask("/")
        key = answer.key()
        assert answer.seconds < AT_ONCE_S
        assert valid(portal, key)
        if not keys or keys[-1] != key:
            keys.append(key)
        time.sleep(0.02)
    return keys


def test_renewals_come_before_the_expiration(serve, portal):
    portal.state.forced_validity = 4
    endpoint = serve("--tenant", "dev01")
    keys = watch(endpoint, portal, 10)
    # Each key is used for 1.4 to 1.8 s of its 4 s, longer on a busy machine, and requested once.
    assert 3 <= len(keys) <= 8
    assert len(set(keys)) == len(keys)
    assert len(portal.log.find(CREDENTIALS)) - len(keys) in (0, 1)
    assert len(portal.log.find("*GetTenantsForUser")) == 1
    assert endpoint.metrics()['duplojit_renewals_total{profile="default"}'] >= len(keys)


def test_without_a_cache(serve, portal):
    portal.state.forced_validity = 3
    endpoint = serve("--tenant", "dev01", "--no-cache")
    watch(endpoint, portal, 5, count=3)
    assert not (endpoint.home / ".cache").exists()


def test_the_renewals_of_a_fleet_are_spread(serve, portal):
    """Twelve endpoints that started together renew at different times."""
    portal.state.forced_validity = 20
    fleet = [serve("--tenant", "dev01", "--no-cache", auth=False, wait=1,
                   env={"DUPLO_IMDS": "1", "DUPLO_IMDS_OPEN": "1"})
             for _ in range(12)]
    wait_until(lambda: len(portal.state.issued) == 2 * len(fleet), 30)
    took = sorted(i.time - portal.state.issued[0].time for i in portal.state.issued[len(fleet):])
    assert took[-1] - took[0] > 0.5
    assert len(fleet) == 12


def test_a_slow_response(serve, portal):
    """The lifetime counts from when the portal issued the credentials, not from when the last byte
    of its response has come; also in the cache."""
    portal.faults.add(path=CREDENTIALS, drip_s=0.005)
    for _ in range(2):
        endpoint = serve("--tenant", "dev01")
        issue = portal.state.issue_of(endpoint.key())
        left_s = issue.time + issue.validity - time.time()
        assert endpoint.metrics()[LEFT] < left_s + 2
        endpoint.end()
        portal.faults.clear()
        portal.faults.add(hang=True)


def test_a_cached_start_needs_no_portal(serve, run, portal):
    run("aws", "--tenant", "dev01", env=identity(portal)).ok()
    portal.faults.add(hang=True)
    endpoint = serve("--tenant", "dev01")
    assert endpoint.key() == portal.state.issued[0].access_key_id


# Outages

def test_valid_credentials_until_they_expire_then_an_error(serve, portal):
    portal.state.forced_validity = 4
    portal.faults.add(path=CREDENTIALS, status=503, skip=1)
    endpoint = serve("--tenant", "dev01")
    key = endpoint.key()
    issue = portal.state.issue_of(key)
    wait_until(lambda: "503" in endpoint.log)
    while True:
        answer, ready = endpoint.ask("/"), endpoint.ask("/readyz", auth=False)
        if time.time() > issue.time + 2:
            break
        assert answer.key() == key and ready.status == 200
        time.sleep(0.05)
    wait_until(lambda: endpoint.ask("/").status != 200)
    answer = endpoint.ask("/")
    answer.fails(503, "CredentialsUnavailable", "503")
    assert answer.seconds < AT_ONCE_S
    assert endpoint.ask("/readyz", auth=False).text == "not ready: default\n"
    assert endpoint.metrics()[LEFT] == 0
    portal.faults.clear()
    assert endpoint.wait_key(key) != key
    assert endpoint.ask("/readyz", auth=False).status == 200
    assert endpoint.log.count("503") == 1  # one line for the outage, not one for each attempt
    wait_until(lambda: len(re.findall(r"credentials for \d+ s", endpoint.log)) >= 2)  # its end


def test_a_portal_that_was_down(serve, run):
    """Connections are refused until the portal listens on the same port again."""
    portal = Portal()
    state, port = portal.state, portal.port
    state.forced_validity = 6
    endpoint = serve("--tenant", "dev01", env=identity(portal))
    first = endpoint.key()
    portal.stop()
    wait_until(lambda: "Connection refused" in endpoint.log or "connect" in endpoint.log)
    assert endpoint.key() == first
    with Portal(state, port=port) as again:
        assert endpoint.wait_key(first) != first
        assert again.log.find(CREDENTIALS, status=200)


WRONG = {
    "no JSON": {"body": "<html>Sign in</html>"},
    "nothing": {"body": ""},
    "a list": {"body": []},
    "empty keys": {"body": {"AccessKeyId": "", "SecretAccessKey": "", "SessionToken": "",
                            "Validity": 3600}},
    "no keys": {"body": {"Validity": 3600}},
    "a key with a quote": {"body": {"AccessKeyId": "A\"B", "SecretAccessKey": "x",
                                    "SessionToken": "y", "Validity": 3600}},
    "half an answer": {"truncate_at": 200},
    "too much": {"pad_to": 2 << 20},
    "a redirect": {"redirect": "https://evil.example/"},
    "a server error": {"status": 500, "body": {"Message": "no"}},
    "expired": {"body": {"AccessKeyId": "A", "SecretAccessKey": "x", "SessionToken": "y",
                         "Expiration": "2001-01-01T00:00:00Z"}},
    "a second to live": {"body": {"AccessKeyId": "A", "SecretAccessKey": "x", "SessionToken": "y",
                                  "Validity": 1}},
}


@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG)
def test_invalid_answers_do_not_replace_valid_credentials(serve, portal, fault):
    """The old credentials are kept until the next valid answer."""
    endpoint = serve("--tenant", "dev01")
    first = endpoint.key()
    portal.faults.add(path=CREDENTIALS, **fault)
    endpoint.kill(signal.SIGHUP)
    failures = 'duplojit_renewal_failures_total{profile="default"}'
    wait_until(lambda: endpoint.metrics()[failures] >= 1, 30)
    assert endpoint.key() == first
    assert endpoint.ask("/readyz", auth=False).status == 200
    portal.faults.clear()
    endpoint.kill(signal.SIGHUP)
    assert endpoint.wait_key(first) != first


@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG)
def test_invalid_answers_are_never_served(serve, portal, fault):
    fault = portal.faults.add(path=CREDENTIALS, **fault)
    endpoint = serve("--tenant", "dev01")
    wait_until(lambda: fault.hits >= 1)
    for _ in range(5):
        answer = endpoint.ask("/")
        assert answer.status != 200 or answer.json["AccessKeyId"] == "A"  # for one second
        time.sleep(0.02)
    portal.faults.clear()
    wait_until(lambda: endpoint.ask("/").status == 200 and
               portal.state.issue_of(endpoint.key()) is not None, 30)


def test_refusals_have_the_form_that_ends_retries(serve, portal):
    portal.faults.add(path=CREDENTIALS, status=403, body={"Message": "nobody may"})
    endpoint = serve("--tenant", "dev01")
    wait_until(lambda: endpoint.ask("/").status == 403)
    endpoint.ask("/").fails(403, "PortalRefused", "403")


# The token file

def test_the_token_file_is_read_at_every_renewal(serve, portal, tmp_path, canaries):
    """The kubelet replaces a link to a directory."""
    portal.state.forced_validity = 5
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "old/token").write_text(portal.token())
    (tmp_path / "..data").symlink_to("old")
    (tmp_path / "token").symlink_to("..data/token")
    canaries.append(portal.token())
    endpoint = serve("--tenant", "dev01", "--token-file", tmp_path / "token",
                     env={"DUPLO_TOKEN": None})
    first = endpoint.key()
    (tmp_path / "new/token").write_text(portal.state.rotate("user") + "\n")
    for name in ("old", "new"):
        (tmp_path / name / "token").chmod(0o600)
    (tmp_path / "..next").symlink_to("new")
    os.replace(tmp_path / "..next", tmp_path / "..data")
    assert watch(endpoint, portal, 6, count=3)[0] == first
    assert not portal.log.find(status=401)


def test_a_token_file_that_is_missing_for_a_while(serve, portal, tmp_path):
    portal.state.forced_validity = 5
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    endpoint = serve("--tenant", "dev01", "--token-file", token, env={"DUPLO_TOKEN": None})
    first = endpoint.key()
    token.rename(tmp_path / "away")
    wait_until(lambda: "--token-file: " in endpoint.log)
    assert endpoint.key() == first
    (tmp_path / "away").rename(token)
    assert endpoint.wait_key(first) != first


def test_a_shorter_lifetime_is_served(serve, portal):
    """After credentials for an hour, credentials for six minutes replace them."""
    endpoint = serve("--tenant", "dev01")
    first = endpoint.key()
    portal.state.forced_validity = 360
    endpoint.kill(signal.SIGHUP)
    second = endpoint.wait_key(first)
    assert portal.state.issue_of(second).validity == 360
    left = endpoint.metrics()[LEFT]
    assert 300 < left <= 360


def test_random_days(serve, portal):
    """Outages and invalid answers with short-lived credentials: a client gets valid credentials as
    long as there are any."""
    portal.state.forced_validity = 4
    endpoint = serve("--tenant", "dev01", "--profile", "b=tenant:dev02").wait_ready()
    rolls = random.Random(20260102)
    kinds = [{"status": 503}, {"status": 500}, {"body": "x"}, {"reset_at": 10}, {"status": 401}]
    for _ in range(24):
        portal.faults.clear()
        end = time.monotonic() + rolls.uniform(0.5, 1.5)
        if rolls.random() < 0.5:
            portal.faults.add(**rolls.choice(kinds))
            end = time.monotonic() + rolls.uniform(0.2, 0.8)
        while time.monotonic() < end:
            for path, tenant in (("/", "dev01"), ("/p/b", "dev02")):
                # What was issued just now may be on its way.
                best = max((i.time + i.validity for i in list(portal.state.issued)
                            if i.tenant == tenant and i.time < time.time() - 1), default=0)
                answer = endpoint.ask(path)
                if answer.status == 200:
                    assert valid(portal, answer.key())
                else:  # Date has whole seconds: up to one second of a lifetime is lost
                    assert time.time() > best - 1.5, answer
                assert answer.seconds < AT_ONCE_S
            time.sleep(0.02)
    portal.faults.clear()
    wait_until(lambda: endpoint.ask("/readyz", auth=False).status == 200)
