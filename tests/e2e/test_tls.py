# SPDX-License-Identifier: MIT
"""TLS: trusted certificates, versions, and messages about refused certificates.

System bundles are tested in a mount namespace with its own /etc.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from conftest import identity
from portal import Portal
from namespaces import run_in, with_etc

VARIABLES = ("DUPLO_CA_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
SYSTEM_BUNDLES = ("ssl/certs/ca-certificates.crt", "pki/tls/certs/ca-bundle.crt",
                  "ssl/ca-bundle.pem", "pki/tls/cacert.pem",
                  "pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "ssl/cert.pem")


def admin(run, portal, *args, env=None, **more):
    return run("aws", "--admin", "--no-cache", *args, env=identity(portal, "admin") | (env or {}),
               **more)


def works(done, portal):
    assert portal.state.issue_of(json.loads(done.ok())["AccessKeyId"])


# Certificates

REFUSED = {
    "expired": "its certificate has expired (or the clock of this machine is wrong)",
    "wrong-host": "its certificate is for another name",
    "unknown-ca": "; name the authority's certificate with --ca-file",
    "missing-intermediate": "signed by an authority that is not trusted",
    "self-signed": "signed by an authority that is not trusted",
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("tls", ("1.2", "1.3"))
def test_a_bad_certificate_is_refused_and_reported(run, kind, tls):
    with Portal(cert=kind, tls_min=tls, tls_max=tls) as portal:
        admin(run, portal).fails(5, "127.0.0.1: ", REFUSED[kind], f"(trusted: {portal.ca})")
        assert len(portal.log) == 0
        assert portal.log.connections == 1  # no retry


@pytest.mark.parametrize("kind", ("good", "intermediate", "p-256"))
@pytest.mark.parametrize("tls", ("1.2", "1.3"))
def test_a_good_certificate(run, kind, tls):
    with Portal(cert=kind, tls_min=tls, tls_max=tls) as portal:
        works(admin(run, portal), portal)
        assert portal.log[0].tls == f"TLSv{tls}"


def test_the_newest_common_version_is_used(run, portal):
    works(admin(run, portal), portal)
    assert portal.log[0].tls == "TLSv1.3"


def test_tls_1_1_is_refused_and_reported(run):
    with Portal(tls_min="1.1", tls_max="1.1") as portal:
        admin(run, portal).fails(5, "no common TLS version or cipher (TLS 1.2 and 1.3 are "
                                    "supported)")
        assert portal.log.connections == 1 and len(portal.log) == 0


def test_a_self_signed_certificate_in_the_ca_file(run):
    with Portal(cert="self-signed") as portal:
        works(admin(run, portal, "--ca-file", portal.certs.pair("self-signed").cert), portal)


def test_the_name_is_checked_not_only_the_address(run, portal):
    env = {"DUPLO_HOST": portal.url_for("other.test"), "DUPLO_RESOLVE": "other.test:127.0.0.1"}
    admin(run, portal, env=env).fails(5, "other.test: its certificate is for another name")


@pytest.mark.parametrize("what", ("key", "hash"))
@pytest.mark.parametrize("tls", ("1.2", "1.3"))
def test_weak_certificates_are_refused(run, tmp_path, what, tls):
    """RSA with 1024 bits, and a SHA-1 signature. curl's defaults would accept both."""
    ca, server = tmp_path / "ca", tmp_path / "server"

    def openssl(*args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, timeout=60)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=weak ca", "-days", "9",
            "-keyout", f"{ca}.key", "-out", f"{ca}.pem")
    openssl("req", "-newkey", "rsa:1024" if what == "key" else "rsa:2048", "-nodes", "-subj",
            "/CN=weak", "-keyout", f"{server}.key", "-out", f"{server}.csr")
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", f"{server}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
            "-CAcreateserial", "-days", "9", "-extfile", tmp_path / "names",
            "-sha1" if what == "hash" else "-sha256", "-out", f"{server}.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion,
                                                                f"TLSv{tls.replace('.', '_')}")
    context.load_cert_chain(f"{server}.pem", f"{server}.key")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands, args=(listener, context), daemon=True)
        thread.start()
        done = run("aws", "--admin", "--no-cache", "--host",
                   f"https://127.0.0.1:{listener.getsockname()[1]}", "--token", "any-token",
                   "--ca-file", f"{ca}.pem")
        done.fails(5, "too weak", "key" if what == "key" else "hash")
        thread.join(10)


def shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    """One handshake, which the client aborts."""
    listener.settimeout(10)
    try:
        sock, _ = listener.accept()
        with context.wrap_socket(sock, server_side=True) as tls:
            tls.recv(1)
    except OSError:
        pass


# --ca-file and its variables

@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_for_a_ca_file(run, portal, name):
    works(admin(run, portal, env={"DUPLO_CA_FILE": None, name: portal.ca}), portal)


def test_the_order_of_the_variables(run, portal, tmp_path):
    missing = str(tmp_path / "missing.pem")
    for i, name in enumerate(VARIABLES):
        env = {each: missing for each in VARIABLES[i + 1:]} | {name: portal.ca}
        env = {each: None for each in VARIABLES[:i]} | env
        works(admin(run, portal, env=env), portal)
    works(admin(run, portal, "--ca-file", portal.ca, env=dict.fromkeys(VARIABLES, missing)), portal)


@pytest.mark.parametrize("name", ("--ca-file", *VARIABLES))
@pytest.mark.parametrize("kind", ("missing", "empty", "text", "folder", "half"))
def test_the_message_names_a_file_without_certificates(run, portal, tmp_path, name, kind):
    path = tmp_path / "ca.pem"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_text({"empty": "", "text": "no certificate\n",
                         "half": Path(portal.ca).read_text()[:300]}[kind])
    option = ["--ca-file", path] if name == "--ca-file" else []
    env = {"DUPLO_CA_FILE": None} | ({} if option else {name: str(path)})
    admin(run, portal, *option, env=env).fails(6, name, str(path))
    assert portal.log.connections == 0


def test_a_file_with_two_authorities_and_other_text(run, portal):
    other = portal.certs.pair("self-signed").cert.read_text()
    both = run.home / "both.pem"
    both.write_text(f"# two\n{other}\nsome words\n{Path(portal.ca).read_text()}")
    works(admin(run, portal, "--ca-file", both), portal)


def test_only_the_authority_of_the_option_is_trusted(run, portal, tmp_path):
    """The system's bundle trusts the portal, the file does not."""
    prefix = with_etc(tmp_path, {SYSTEM_BUNDLES[0]: Path(portal.ca).read_text()})
    other = portal.certs.pair("self-signed").cert
    run_in(run, prefix, "aws", "--admin", "--ca-file", other, env=identity(portal, "admin")).fails(
        5, "not trusted", str(other))


# The system's bundle and the built-in roots

@pytest.mark.parametrize("place", SYSTEM_BUNDLES)
def test_every_system_bundle(run, portal, tmp_path, place):
    mozilla = Path("/etc/ssl/certs/ca-certificates.crt")
    others = mozilla.read_text() if mozilla.exists() else ""
    prefix = with_etc(tmp_path, {place: others + Path(portal.ca).read_text()})
    done = run_in(run, prefix, "aws", "--admin", "--no-cache",
                  env=identity(portal, "admin") | {"DUPLO_CA_FILE": None})
    works(done, portal)
    done = run_in(run, prefix, "aws", "--admin", "--no-cache", "--debug",
                  env=identity(portal, "admin") | {"DUPLO_CA_FILE": None})
    assert f"trust anchors: /etc/{place}\n" in done.err


def test_an_unparsable_certificate_does_not_hide_another_of_the_same_subject(run, portal, tmp_path):
    good = Path(portal.ca).read_text()
    key_types = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a8648ce3d0201")
    der = ssl.PEM_cert_to_DER_cert(good)
    damaged = der
    for oid in key_types:
        damaged = damaged.replace(oid, oid[:-1] + b"\x7f")
    assert damaged != der
    bundle = ssl.DER_cert_to_PEM_cert(damaged) + good
    prefix = with_etc(tmp_path, {SYSTEM_BUNDLES[0]: bundle})
    works(run_in(run, prefix, "aws", "--admin", "--no-cache",
                 env=identity(portal, "admin") | {"DUPLO_CA_FILE": None}), portal)


def test_a_system_that_does_not_trust_the_portal(run, tmp_path):
    with Portal(cert="unknown-ca") as portal:
        prefix = with_etc(tmp_path, {SYSTEM_BUNDLES[0]: Path(portal.ca).read_text()})
        done = run_in(run, prefix, "aws", "--admin",
                      env=identity(portal, "admin") | {"DUPLO_CA_FILE": None})
        done.fails(5, "not trusted", f"(trusted: /etc/{SYSTEM_BUNDLES[0]})")


@pytest.mark.parametrize("files", ({}, {SYSTEM_BUNDLES[0]: ""}), ids=("none", "empty"))
def test_the_built_in_roots_without_a_system_bundle(run, portal, tmp_path, files):
    prefix = with_etc(tmp_path, files)
    env = identity(portal, "admin") | {"DUPLO_CA_FILE": None}
    run_in(run, prefix, "aws", "--admin", env=env).fails(5, "not trusted",
                                                         "(trusted: built-in roots)")
    env["DUPLO_CA_FILE"] = portal.ca
    works(run_in(run, prefix, "aws", "--admin", env=env), portal)


def test_an_unreadable_bundle_is_skipped(run, portal, tmp_path):
    prefix = with_etc(tmp_path, {f"{SYSTEM_BUNDLES[0]}/folder": "",
                                 SYSTEM_BUNDLES[1]: Path(portal.ca).read_text()})
    done = run_in(run, prefix, "aws", "--admin",
                  env=identity(portal, "admin") | {"DUPLO_CA_FILE": None})
    works(done, portal)
