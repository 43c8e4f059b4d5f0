# SPDX-License-Identifier: MIT
"""Which names a server's certificate may have: the host (RFC 9525), and the names that its
authorities permit (RFC 5280). The verdicts of the tables are also Python's.
"""

from __future__ import annotations

import json
import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from authority import authority, constraints, python_accepts, server
from conftest import identity
from namespaces import run_in, with_etc


@pytest.fixture
def ask_server(run, portal, tmp_path):
    """Requests credentials from the portal under the name host; the portal has this certificate."""
    def call(host: str, root, leaf, tls: str = "1.3"):
        (tmp_path / "root.pem").write_text(root.pem)
        portal.tls = leaf.context(tmp_path)
        portal.tls.maximum_version = getattr(ssl.TLSVersion, f"TLSv{tls.replace('.', '_')}")
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


# Name constraints (RFC 5280, section 4.2.1.10)

HOST = "portal.corp.test"
CONSTRAINTS = {  # permitted, excluded, names of the server, whether they are accepted
    "the name": ([f"DNS:{HOST}"], [], [f"DNS:{HOST}"], True),
    "the domain": (["DNS:corp.test"], [], [f"DNS:{HOST}"], True),
    "the domain in another case": (["DNS:CORP.Test"], [], [f"DNS:{HOST}"], True),
    "a leading dot": (["DNS:.corp.test"], [], [f"DNS:{HOST}"], True),
    "one of two": (["DNS:other.test", "DNS:corp.test"], [], [f"DNS:{HOST}"], True),
    "another domain": (["DNS:other.test"], [], [f"DNS:{HOST}"], False),
    "a name below": (["DNS:a.portal.corp.test"], [], [f"DNS:{HOST}"], False),
    "the end of a label": (["DNS:tal.corp.test"], [], [f"DNS:{HOST}"], False),
    "a leading dot needs a name below": ([f"DNS:.{HOST}"], [], [f"DNS:{HOST}"], False),
    "every name counts": (["DNS:corp.test"], [], [f"DNS:{HOST}", "DNS:other.test"], False),
    "a wildcard": (["DNS:corp.test"], [], ["DNS:*.corp.test"], True),
    "a wildcard above": ([f"DNS:{HOST}"], [], ["DNS:*.corp.test"], False),
    "only addresses are constrained": (["IP:10.0.0.0/8"], [], [f"DNS:{HOST}"], True),
    "excluded": ([], ["DNS:corp.test"], [f"DNS:{HOST}"], False),
    "excluded among permitted": (["DNS:test"], ["DNS:corp.test"], [f"DNS:{HOST}"], False),
    "another one excluded": ([], ["DNS:other.test"], [f"DNS:{HOST}"], True),
    "the end of a label excluded": ([], ["DNS:tal.corp.test"], [f"DNS:{HOST}"], True),
    "all names excluded": ([], ["DNS:"], [f"DNS:{HOST}"], False),
    "the address": (["IP:127.0.0.1/32"], [], ["IP:127.0.0.1"], True),
    "the network": (["IP:127.0.0.0/8"], [], ["IP:127.0.0.1"], True),
    "another network": (["IP:10.0.0.0/8"], [], ["IP:127.0.0.1"], False),
    "only an IPv6 network": (["IP:::/0"], [], ["IP:127.0.0.1"], False),
    "the network excluded": ([], ["IP:127.0.0.0/8"], ["IP:127.0.0.1"], False),
    "an IPv6 network excluded": ([], ["IP:::/0"], ["IP:127.0.0.1"], True),
    "only names are constrained": (["DNS:corp.test"], [], ["IP:127.0.0.1"], True),
    "the organization": (["DIR:corp"], [], [f"DNS:{HOST}"], True),
    "another organization": (["DIR:other"], [], [f"DNS:{HOST}"], False),
    "the organization excluded": ([], ["DIR:corp"], [f"DNS:{HOST}"], False),
}


def chain(place: str, critical: bool, extension, names):
    """A root and a server; the root or an intermediate between them has the extension."""
    here = [(extension, critical)]
    if place == "root":
        root = authority(*here)
        return root, server(root, names, organization="corp")
    root = authority()
    middle = authority(*here, issuer=root, name="test middle", organization="corp")
    return root, server(middle, names, organization="corp")


@pytest.mark.parametrize("critical", (True, False), ids=("critical", "not critical"))
@pytest.mark.parametrize("place", ("root", "middle"))
@pytest.mark.parametrize("row", CONSTRAINTS)
def test_name_constraints(ask_server, portal, tmp_path, row, place, critical):
    permitted, excluded, names, accepted = CONSTRAINTS[row]
    root, leaf = chain(place, critical, constraints(permitted, excluded), names)
    host = "127.0.0.1" if names[0].startswith("IP:") else HOST
    done = ask_server(host, root, leaf)
    if accepted:
        works(done, portal)
    else:
        done.fails(5, f"{host}: the name constraints of the authority \"",
                   f"CN=test {place}\" do not permit its certificate's ",
                   str(tmp_path / "root.pem"))
        assert len(portal.log) == 0
    assert python_accepts(root, leaf.context(tmp_path), host) == accepted


def test_the_message_names_the_certificate_s_name(ask_server):
    root, leaf = chain("root", True, constraints(["DNS:other.test"]), [f"DNS:{HOST}"])
    ask_server(HOST, root, leaf).fails(5, f'"CN=test root" do not permit its certificate\'s name '
                                       f'"{HOST}"')


def test_a_wildcard_that_may_be_an_excluded_name(ask_server):
    """It is valid for the excluded host, so it is refused."""
    root, leaf = chain("root", True, constraints([], [f"DNS:{HOST}"]), ["DNS:*.corp.test"])
    ask_server(HOST, root, leaf).fails(5, 'name "*.corp.test"')


def test_constraints_on_other_names(ask_server, portal):
    """They are not understood, so they exclude certificates with such a name, and no others."""
    only_uris = constraints(["URI:.corp.test"])
    works(ask_server(HOST, *chain("root", True, only_uris, [f"DNS:{HOST}"])), portal)
    names = [f"DNS:{HOST}", "URI:https://www.corp.test/"]
    ask_server(HOST, *chain("root", True, only_uris, names)).fails(5, '"https://www.corp.test/"')


@pytest.mark.parametrize("value", (b"", b"\x30\x00\x00", b"\x04\x00", b"\x30\x04\xa0\x02\x30\x01",
                                   b"\x30\x08\xa0\x06\x30\x04\x82\x05test",
                                   b"\x30\x0c\xa0\x0a\x30\x08\x82\x01a\x80\x03\x01\x02\x03"))
def test_malformed_constraints_are_refused(ask_server, portal, value):
    broken = x509.UnrecognizedExtension(ExtensionOID.NAME_CONSTRAINTS, value)
    root, leaf = chain("root", False, broken, [f"DNS:{HOST}"])
    ask_server(HOST, root, leaf).fails(5, 'the authority "CN=test root" are not valid')
    assert len(portal.log) == 0


@pytest.mark.parametrize("good", (True, False))
def test_constraints_of_an_authority_in_the_system_bundle(run, portal, tmp_path, good):
    root, leaf = chain("root", True, constraints(["DNS:corp.test" if good else "DNS:other.test"]),
                       [f"DNS:{HOST}"])
    portal.tls = leaf.context(tmp_path)
    prefix = with_etc(tmp_path, {"ssl/certs/ca-certificates.crt": root.pem})
    done = run_in(run, prefix, "aws", "--admin", "--no-cache", "--host", portal.url_for(HOST),
                  "--resolve", f"{HOST}:127.0.0.1",
                  env=identity(portal, "admin") | {"DUPLO_CA_FILE": None})
    if good:
        works(done, portal)
    else:
        done.fails(5, "do not permit", "(trusted: /etc/ssl/certs/ca-certificates.crt)")


# Critical extensions

@pytest.mark.parametrize("tls", ("1.2", "1.3"))
@pytest.mark.parametrize("place", ("root", "middle", "server"))
def test_an_unknown_critical_extension_is_named(ask_server, portal, place, tls):
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.7"), b"\x05\x00")
    root, leaf = chain(place, True, unknown, [f"DNS:{HOST}"])
    if place == "server":
        root = authority()
        leaf = server(root, [f"DNS:{HOST}"], (unknown, True), common_name="test server")
    ask_server(HOST, root, leaf, tls).fails(
        5, f'CN=test {place}" has an unknown critical extension: 1.3.6.1.4.1.99999.7')
    assert len(portal.log) == 0
    root, leaf = chain("root", False, unknown, [f"DNS:{HOST}"])
    works(ask_server(HOST, root, leaf, tls), portal)


def test_critical_policies_do_not_matter(ask_server, portal):
    """No policy is required, so nothing about policies but policyConstraints can refuse a chain."""
    policies = x509.CertificatePolicies([x509.PolicyInformation(
        x509.ObjectIdentifier("1.3.6.1.4.1.99999.8"), None)])
    works(ask_server(HOST, *chain("middle", True, policies, [f"DNS:{HOST}"])), portal)
    works(ask_server(HOST, *chain("middle", True, x509.InhibitAnyPolicy(0), [f"DNS:{HOST}"])),
          portal)
    required = x509.PolicyConstraints(0, None)
    ask_server(HOST, *chain("middle", True, required, [f"DNS:{HOST}"])).fails(5, "2.5.29.36")
