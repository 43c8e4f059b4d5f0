# SPDX-License-Identifier: MIT
"""A copy of the program in which one built-in root is the CA of the test portal.

A root is built in as validity, subject and public key. The CA has the subject of a real root and a
key of the same size, so the copy has other bytes only in that key, and runs the same code.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.certs import Certs

NAME = "/C=US/O=Amazon/CN=Amazon Root CA 1"  # RSA with 2048 bits, like the CA of the test portal


def certificates(folder: Path) -> Certs:
    return Certs(folder, ca_name=NAME)


def rooted_copy(program: Path, certs: Certs, folder: Path) -> Path:
    """The path of the copy."""
    ca = x509.load_pem_x509_certificate(certs.ca.read_bytes())
    subject = ca.subject.public_bytes()
    key = ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    data = program.read_bytes()
    at = data.find(subject + key[:4])
    if at < 0:
        raise RuntimeError(f"{program} has no built-in root {NAME} with a key of {len(key)} bytes: "
                           "name another one in tests/bench/roots.py")
    at += len(subject)
    copy = Path(shutil.copy(program, folder / "rooted"))
    copy.write_bytes(data[:at] + key + data[at + len(key):])
    return copy
