# SPDX-License-Identifier: MIT
"""A copy of the program in which one built-in root is the CA of the test portal.

Of a root, the program has a hash of the subject, the validity and the modulus of its key. The CA
has the subject of a real root and a key of the same size, so the copy has other bytes only in that
modulus, and runs the same code. The modulus of the real root is from the system's bundle.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from portal.certs import Certs

NAME = "/C=US/O=Amazon/CN=Amazon Root CA 1"  # RSA with 2048 bits, like the CA of the test portal


def certificates(folder: Path) -> Certs:
    return Certs(folder, ca_name=NAME)


def modulus(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.public_numbers().e != 65537:
        raise RuntimeError(f"the key of {NAME} is not RSA with the exponent 65537")
    return key.public_numbers().n.to_bytes(key.key_size // 8, "big")


def rooted_copy(program: Path, certs: Certs, folder: Path, mozilla: Path) -> Path:
    """The path of the copy; mozilla is a bundle with the real root."""
    ca = x509.load_pem_x509_certificate(certs.ca.read_bytes())
    roots = [each for each in x509.load_pem_x509_certificates(mozilla.read_bytes())
             if each.subject.public_bytes() == ca.subject.public_bytes()]
    data = program.read_bytes()
    if len(roots) != 1 or data.count(modulus(roots[0])) != 1 or \
            len(modulus(ca)) != len(modulus(roots[0])):
        raise RuntimeError(f"{program} has no built-in root {NAME} with a key of the CA's size: "
                           "name another one in tests/bench/roots.py")
    copy = Path(shutil.copy(program, folder / "rooted"))
    copy.write_bytes(data.replace(modulus(roots[0]), modulus(ca)))
    return copy
