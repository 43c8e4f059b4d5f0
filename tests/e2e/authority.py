# SPDX-License-Identifier: MIT
"""Certificate authorities and server certificates with any names and extensions, made in memory."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


def general_name(text: str) -> x509.GeneralName:
    """DNS:name, IP:address, IP:network/bits, URI:text or DIR:organization."""
    kind, _, value = text.partition(":")
    if kind == "IP":
        return x509.IPAddress(ipaddress.ip_network(value) if "/" in value
                              else ipaddress.ip_address(value))
    if kind == "DIR":
        return x509.DirectoryName(subject(organization=value))
    return {"DNS": x509.DNSName, "URI": x509.UniformResourceIdentifier}[kind](value)


def subject(name: str = "", organization: str = "") -> x509.Name:
    parts = ((NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def constraints(permitted=(), excluded=()) -> x509.NameConstraints:
    return x509.NameConstraints([general_name(each) for each in permitted] or None,
                                [general_name(each) for each in excluded] or None)


@dataclass
class Certificate:
    """A certificate, its key, and the certificates that a server sends with it."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        return self.cert.public_bytes(PEM).decode()

    def context(self, folder: Path) -> ssl.SSLContext:
        """For a server with this certificate."""
        path = folder / "server.pem"
        path.write_bytes(b"".join(each.public_bytes(PEM) for each in (self.cert, *self.above)) +
                         self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8,
                                                serialization.NoEncryption()))
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(path)
        return made


def issue(issuer: Certificate | None, name: x509.Name, *extensions, ca: bool = False,
          names=None) -> Certificate:
    """Signs a certificate with the issuer's key, or its own. extensions: pairs of an extension and
    whether it is critical. names: of the subjectAltName, as in general_name(); None for no such
    extension."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(name).public_key(key.public_key())
               .issuer_name(issuer.cert.subject if issuer else name)
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=1))
               .not_valid_after(now + datetime.timedelta(days=9))
               .add_extension(x509.BasicConstraints(ca, None), True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    if issuer:
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
            issuer.key.public_key()), False)
    if ca:
        builder = builder.add_extension(x509.KeyUsage(False, False, False, False, False, True, True,
                                                      False, False), True)
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [general_name(each) for each in names]), False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    above = (issuer.cert, *issuer.above) if issuer and issuer.cert.issuer != issuer.cert.subject \
        else ()
    return Certificate(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key, above)


def authority(*extensions, issuer: Certificate | None = None, name: str = "test root",
              organization: str = "") -> Certificate:
    return issue(issuer, subject(name, organization), *extensions, ca=True)


def server(issuer: Certificate, names, *extensions, common_name: str = "a server",
           organization: str = "") -> Certificate:
    return issue(issuer, subject(common_name, organization), *extensions, names=names)


def python_accepts(root: Certificate, context: ssl.SSLContext, host: str) -> bool:
    """The verdict of Python with OpenSSL, without the common name."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=root.pem)
    client.hostname_checks_common_name = False
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname=host),
            context.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
    assert ends[0].version()
    return True
