# SPDX-License-Identifier: MIT
"""serve: a portal that asks clients to wait (Retry-After) is left alone by the renewals of all
profiles; valid credentials are served meanwhile."""

from __future__ import annotations

import json
import signal

import pytest

from conftest import wait_until
from endpoint import AT_ONCE_S, Endpoint, serve  # noqa: F401

PROFILES = 40
RENEWALS_AT_ONCE = 8


def profiles(portal, count: int) -> list[str]:
    tenants = [portal.state.add_tenant(f"t{i}", "p", "us-west-2") for i in range(count)]
    return [f"--profile=p{i}=tenant-id:{tenant.id}" for i, tenant in enumerate(tenants)]


def renewals(endpoint: Endpoint) -> int:
    return sum(int(value) for name, value in endpoint.metrics().items()
               if name.startswith("duplojit_renewals_total{"))


def wait_until_paused(endpoint: Endpoint) -> None:
    wait_until(lambda: "(Retry-After)" in endpoint.log and not endpoint.children())


@pytest.mark.parametrize("status", [429, 503])
def test_no_renewal_starts_before_the_portal_allows_it(serve, portal, status):
    fault = portal.faults.add(status=status, retry_after=300)
    endpoint = serve(*profiles(portal, PROFILES), user="admin")
    wait_until_paused(endpoint)
    hits = fault.hits
    assert 1 <= hits <= RENEWALS_AT_ONCE
    endpoint.kill(signal.SIGHUP)
    for i in range(PROFILES):
        answer = endpoint.ask(f"/p/p{i}")
        answer.fails(503, "CredentialsUnavailable", "the portal allows the next request in ")
    answer = endpoint.ask("/p/p0")
    answer.fails(503, "CredentialsUnavailable", "the portal allows the next request in ")
    assert answer.seconds < AT_ONCE_S
    wait_until(lambda: not endpoint.children())
    assert fault.hits == hits == len(portal.log)
    assert endpoint.log.count("Retry-After") == 1


def test_valid_credentials_are_served_while_the_portal_wants_a_pause(serve, portal):
    count = 6
    endpoint = serve(*profiles(portal, count), user="admin").wait_ready()
    keys = [endpoint.key(f"/p/p{i}") for i in range(count)]
    portal.log.clear()
    fault = portal.faults.add(status=503, retry_after=300)
    endpoint.kill(signal.SIGHUP)
    wait_until_paused(endpoint)
    hits = fault.hits
    portal.faults.clear()
    endpoint.kill(signal.SIGHUP)
    assert [endpoint.key(f"/p/p{i}") for i in range(count)] == keys
    assert endpoint.ask("/readyz", auth=False).status == 200
    assert endpoint.children() == [] and len(portal.log) == hits <= count


def test_renewals_go_on_after_the_pause(serve, portal):
    fault = portal.faults.add(status=503, retry_after=1, times=1)
    endpoint = serve(*profiles(portal, PROFILES), user="admin").wait_ready()
    assert fault.hits == 1 and "(Retry-After)" in endpoint.log
    assert renewals(endpoint) == PROFILES == len(portal.state.issued)


def test_cached_credentials_are_served_while_the_portal_wants_a_pause(serve, run, portal):
    """After a restart: the credentials of most profiles are fresh in the cache, those of some have
    less than 20 minutes left."""
    args = profiles(portal, PROFILES)
    serve(*args, user="admin").wait_ready().end()
    entries = run.entries()
    assert len(entries) == PROFILES
    for path in entries[::4]:
        entry = json.loads(path.read_text())
        entry["ObtainedAt"] -= 45 * 60
        path.write_text(json.dumps(entry))
    portal.log.clear()
    fault = portal.faults.add(status=503, retry_after=300)
    endpoint = serve(*args, user="admin")
    wait_until_paused(endpoint)
    keys = {endpoint.wait_key(path=f"/p/p{i}") for i in range(PROFILES)}
    assert keys == {issue.access_key_id for issue in portal.state.issued}
    assert 1 <= fault.hits == len(portal.log) <= RENEWALS_AT_ONCE
    assert endpoint.ask("/readyz", auth=False).status == 200
