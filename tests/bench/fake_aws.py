# SPDX-License-Identifier: MIT
"""A simulated AWS for the programs that ask it instead of a portal: GetSessionToken of STS, for an
access key, and CreateSession of IAM Roles Anywhere, for a certificate.

It answers only if the signature of the request is correct, so that a program cannot be measured
while it fails. The names of both services resolve to this server in the namespace of the group.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import time
import urllib.parse
from typing import Any, Mapping

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from portal import Certs, Portal, sts

PORT = 443
REGION = "us-east-1"
HOSTS = ("127.0.0.1 localhost " +
         " ".join(f"{name}.{REGION}.amazonaws.com" for name in ("sts", "rolesanywhere")) + "\n")
ACCESS_KEY, SECRET = "AKIABENCHMARK0000000", "a-secret-key-of-the-benchmark"
ROLE = "arn:aws:iam::123456789012:role/bench"
SESSION = {"AccessKeyId": "ASIABENCHMARK0000000", "SecretAccessKey": "s" * 40,
           "SessionToken": "t" * 800}
AUTHORIZATION = re.compile(r"(AWS4\S+) Credential=([^/,]+)/([^,]+), ?SignedHeaders=([^,]+), ?"
                           r"Signature=([0-9a-f]+)")


class FakeAws:
    """session_s: for how long the sessions are valid. If it is negative, a program must ask each
    time."""

    def __init__(self, session_s: int):
        self.session_s = session_s

    def listen(self, certs: Certs) -> Portal:
        return Portal(port=PORT, cert="aws", certs=certs, ipv6=False, handler=self.answer)

    def answer(self, _: Any, method: str, path: str, headers: Mapping[str, str],
               body: bytes) -> tuple[int, bytes]:
        found = AUTHORIZATION.match(headers.get("Authorization", ""))
        if found is None:
            return refusal("MissingAuthenticationToken")
        algorithm, owner, scope, names, signature = found.groups()
        text = sts.text_to_sign(algorithm, scope, method, path, names, headers, body)
        if path == "/" and algorithm == "AWS4-HMAC-SHA256":
            action = urllib.parse.parse_qs(body.decode()).get("Action")
            expected = sts.sign(SECRET, scope, text)
            if action == ["GetSessionToken"] and owner == ACCESS_KEY and \
                    hmac.compare_digest(expected, signature):
                return 200, self.session_token()
        if path.startswith("/sessions?") and algorithm == "AWS4-X509-RSA-SHA256" and \
                signed_with(headers.get("X-Amz-X509", ""), text, signature):
            return 201, self.session_of_role()
        return refusal("AccessDenied")

    def expiration(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.session_s))

    def session_token(self) -> bytes:
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in
                         {**SESSION, "Expiration": self.expiration()}.items())
        return ('<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<GetSessionTokenResult><Credentials>{fields}</Credentials>"
                "</GetSessionTokenResult><ResponseMetadata><RequestId>0</RequestId>"
                "</ResponseMetadata></GetSessionTokenResponse>").encode()

    def session_of_role(self) -> bytes:
        credentials = {name[0].lower() + name[1:]: value for name, value in SESSION.items()}
        return json.dumps({"credentialSet": [{
            "assumedRoleUser": {"arn": ROLE, "assumedRoleId": "AROATEST:bench"},
            "credentials": {**credentials, "expiration": self.expiration()},
            "packedPolicySize": 10, "roleArn": ROLE, "sourceIdentity": "CN=bench",
        }], "subjectArn": "arn:aws:rolesanywhere:us-east-1:123456789012:subject/bench"}).encode()


def signed_with(certificate: str, text: str, signature: str) -> bool:
    """Whether the key of the certificate has signed the text."""
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
        key.verify(bytes.fromhex(signature), text.encode(), PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        return False
    return True


def refusal(code: str) -> tuple[int, bytes]:
    _, text = sts.refusal(code, "The request is not one that this server expects.")
    return 403, text.encode()
