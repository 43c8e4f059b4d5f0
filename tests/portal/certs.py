# SPDX-License-Identifier: MIT
"""A temporary certificate authority, and valid and invalid certificates.

The `openssl` command creates each when it is first needed. Keys are RSA with 2048 bits, the default
of AWS's certificate manager.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

NAMES = "DNS:localhost,DNS:portal.test,IP:127.0.0.1,IP:::1,IP:192.0.2.2"
AWS_NAMES = "DNS:*.us-east-1.amazonaws.com"

# Certificates of a server. All but "unknown-ca" and "self-signed" are issued by the same CA.
KINDS = ("good", "expired", "wrong-host", "unknown-ca", "intermediate", "missing-intermediate",
         "self-signed", "p-256", "aws")
EC = ("p-256", "ec-ca")  # these have a key on the curve P-256

CONFIG = """
[ca]
default_ca = here
[here]
database = {dir}/index.txt
new_certs_dir = {dir}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
countryName = optional
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
[req]
distinguished_name = name
string_mask = default
[name]
"""


@dataclass(frozen=True)
class Pair:
    cert: Path  # followed by the intermediate certificate, if there is one
    key: Path


class Certs:
    """Certificates in one directory, each created once. ca_name: the subject of the CA that clients
    trust, if it must be another one."""

    def __init__(self, folder: str | Path, ca_name: str = "/CN=test portal ca"):
        self.ca_name = ca_name
        self.dir = Path(folder).resolve()
        self.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._made: dict[str, Pair] = {}

    @property
    def ca(self) -> Path:
        """The CA that clients trust."""
        return self._authority("ca").cert

    def pair(self, kind: str = "good") -> Pair:
        """A certificate and key of one of KINDS."""
        with self._lock:
            if kind not in self._made:
                self._made[kind] = self._make(kind)
            return self._made[kind]

    def _make(self, kind: str) -> Pair:
        if kind == "expired":
            return self._leaf(kind, self._authority("ca"), days=(-20, -10))
        if kind == "wrong-host":
            return self._leaf(kind, self._authority("ca"), names="DNS:elsewhere.test")
        if kind == "unknown-ca":
            return self._leaf(kind, self._authority("other-ca"))
        if kind == "self-signed":
            return self._sign(kind, None, "leaf", NAMES)
        if kind == "missing-intermediate":
            return self._leaf(kind, self._authority("sub-ca", self._authority("ca")))
        if kind == "intermediate":
            sub = self._authority("sub-ca", self._authority("ca"))
            leaf = self._leaf(kind, sub)
            leaf.cert.write_bytes(leaf.cert.read_bytes() + sub.cert.read_bytes())
            return leaf
        if kind == "p-256":  # as in a public EC hierarchy
            sub = self._authority("ec-ca", self._authority("ca"))
            leaf = self._leaf(kind, sub)
            leaf.cert.write_bytes(leaf.cert.read_bytes() + sub.cert.read_bytes())
            return leaf
        if kind == "aws":
            return self._leaf(kind, self._authority("ca"), names=AWS_NAMES)
        if kind == "good":
            return self._leaf(kind, self._authority("ca"))
        raise ValueError(f"no certificate of the kind {kind!r}; there are {', '.join(KINDS)}")

    def _authority(self, name: str, issuer: Pair | None = None) -> Pair:
        with self._lock:
            if name not in self._made:
                self._made[name] = self._sign(name, issuer, "root", NAMES)
            return self._made[name]

    def _leaf(self, name: str, issuer: Pair, names: str = NAMES,
              days: tuple[int, int] = (-1, 30)) -> Pair:
        return self._sign(name, issuer, "leaf", names, days)

    def _sign(self, name: str, issuer: Pair | None, section: str, names: str,
              days: tuple[int, int] = (-1, 30)) -> Pair:
        """Creates key, request and certificate; with `openssl ca`, which can set both dates."""
        made = Pair(self.dir / f"{name}.pem", self.dir / f"{name}.key")
        request, config = self.dir / f"{name}.csr", self.dir / f"{name}.cnf"
        config.write_text(CONFIG.format(dir=self.dir, names=names))
        (self.dir / "index.txt").touch()
        key = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if name in EC else ["rsa:2048"]
        subject = self.ca_name if name == "ca" else f"/CN=test portal {name}"
        openssl("req", "-new", "-config", config, "-newkey", *key, "-nodes", "-subj", subject,
                "-keyout", made.key, "-out", request)
        signer = (["-cert", issuer.cert, "-keyfile", issuer.key] if issuer
                  else ["-selfsign", "-keyfile", made.key])
        openssl("ca", "-batch", "-notext", "-config", config, "-extensions", section, *signer,
                "-startdate", utc(days[0]), "-enddate", utc(days[1]),
                "-in", request, "-out", made.cert)
        return made


def utc(days: int) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


def openssl(*args: object) -> None:
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]} failed: {done.stderr.strip()}")


_shared: Certs | None = None
_shared_lock = threading.Lock()


def shared() -> Certs:
    """One set for all portals of this process; removed when the process ends."""
    global _shared
    with _shared_lock:
        if _shared is None:
            folder = tempfile.mkdtemp(prefix="portal-certs-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            _shared = Certs(folder)
        return _shared
