# SPDX-License-Identifier: MIT
"""Which names a server's certificate may have: the host (RFC 9525)."""

from __future__ import annotations

import json

import pytest

from authority import authority, python_accepts, server
from conftest import identity


@pytest.fixture
def ask_server(run, portal, tmp_path):
    """Requests credentials from the portal under the name host; the portal has this certificate."""
    def call(host: str, root, leaf):
        (tmp_path / "root.pem").write_text(root.pem)
        portal.tls = leaf.context(tmp_path)
        resolve = ["--resolve", f"{host}:127.0.0.1"] if host[0].isalpha() else []
        return run("aws", "--admin", "--no-cache", "--ca-file", tmp_path / "root.pem", "--host",
                   portal.url_for(f"[{host}]" if ":" in host else host), *resolve,
                   env=identity(portal, "admin"))
    return call


def works(done, portal):
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])


# The host

ANOTHER = "its certificate is for another name"
NONE = "its certificate has no subjectAltName (a common name does not count)"
HOSTS = {
    "the same name": ("portal.test", ["DNS:portal.test"], None),
    "another case": ("Portal.Test", ["DNS:PORTAL.test"], None),
    "the last of many": ("portal.test", ["IP:127.0.0.1", "URI:https://x", "DNS:portal.test"], None),
    "a wildcard": ("a.portal.test", ["DNS:*.portal.test"], None),
    "a host with a final dot": ("portal.test.", ["DNS:portal.test"], None),
    "an address": ("127.0.0.1", ["DNS:portal.test", "IP:127.0.0.1"], None),
    "an IPv6 address": ("::1", ["IP:::1"], None),
    "another name": ("portal.test", ["DNS:other.test"], ANOTHER),
    "a name below": ("a.portal.test", ["DNS:portal.test"], ANOTHER),
    "a wildcard, the name above": ("portal.test", ["DNS:*.portal.test"], ANOTHER),
    "a wildcard, two labels": ("a.b.portal.test", ["DNS:*.portal.test"], ANOTHER),
    "a wildcard in a label": ("aportal.test", ["DNS:a*.test", "DNS:*portal.test"], ANOTHER),
    "a wildcard in the second label": ("a.portal.test", ["DNS:a.*.test"], ANOTHER),
    "only a wildcard": ("portal.test", ["DNS:*", "DNS:*.*"], ANOTHER),
    "an address as text": ("127.0.0.1", ["DNS:127.0.0.1"], ANOTHER),
    "an IPv6 address as text": ("::1", ["DNS:::1"], ANOTHER),
    "an address and a wildcard": ("127.0.0.1", ["DNS:*.0.0.1"], ANOTHER),
    "another address": ("127.0.0.1", ["IP:127.0.0.2"], ANOTHER),
    "an IPv4 address in IPv6": ("127.0.0.1", ["IP:::ffff:127.0.0.1"], ANOTHER),
    "the name as a URI": ("portal.test", ["URI:portal.test"], ANOTHER),
    "the common name beside others": ("portal.test", ["DNS:other.test"], ANOTHER),
    "the common name alone": ("portal.test", None, NONE),
    "an address in the common name": ("127.0.0.1", None, NONE),
}


@pytest.mark.parametrize("row", HOSTS)
def test_the_host_is_matched_as_in_rfc_9525(ask_server, portal, tmp_path, row):
    host, names, message = HOSTS[row]
    root = authority()
    leaf = server(root, names, common_name=host)
    done = ask_server(host, root, leaf)
    if message is None:
        works(done, portal)
    else:
        done.fails(5, f"{host.lower()}: {message}")
        assert len(portal.log) == 0
    assert python_accepts(root, leaf.context(tmp_path), host.rstrip(".")) == (message is None)
