# SPDX-License-Identifier: MIT
"""A small part of AWS: GetCallerIdentity for requests signed with credentials of this portal.

It recomputes Signature Version 4, so that an answer proves that access key, secret key and session
token are correct. Use: aws sts get-caller-identity --endpoint-url CONTROL_URL
"""

from __future__ import annotations

import hashlib
import hmac
import re
import urllib.parse
from typing import Mapping

from .state import State


def answer(state: State, method: str, path: str, headers: Mapping[str, str],
           body: bytes) -> tuple[int, str]:
    match = re.match(r"AWS4-HMAC-SHA256 Credential=([^/,]+)/([^,]+), ?SignedHeaders=([^,]+), ?"
                     r"Signature=([0-9a-f]+)", headers.get("Authorization", ""))
    if not match:
        return refusal("MissingAuthenticationToken", "The request is not signed.")
    key, scope, names, signature = match.groups()
    issue = state.issue_of(key)
    if issue is None:
        return refusal("InvalidClientTokenId", "The security token in the request is invalid.")
    if headers.get("X-Amz-Security-Token") != issue.answer.get("SessionToken"):
        return refusal("InvalidClientTokenId", "The session token is not the key's.")
    if state.clock() > issue.time + issue.validity:
        return refusal("ExpiredToken", "The security token in the request is expired.")
    expected = sign(issue.answer["SecretAccessKey"], scope,
                    text_to_sign("AWS4-HMAC-SHA256", scope, method, path, names, headers, body))
    if not hmac.compare_digest(expected, signature):
        return refusal("SignatureDoesNotMatch", "The signature does not match the secret key.")
    state.signed.append(issue)
    name = f"duploservices-{issue.tenant}" if issue.tenant else f"duplomaster-{issue.scope}"
    return 200, f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/{name}/{issue.user}</Arn>
<UserId>AROATEST:{issue.user}</UserId><Account>123456789012</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


def text_to_sign(algorithm: str, scope: str, method: str, path: str, names: str,
                 headers: Mapping[str, str], body: bytes) -> str:
    """The text of Signature Version 4 for a request."""
    place, _, query = path.partition("?")
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    quote = urllib.parse.quote
    canonical = "\n".join([
        method, quote(place or "/", safe="/-_.~"),
        "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs),
        *(f"{n}:{' '.join(headers.get(n, '').split())}" for n in names.split(";")),
        "", names, headers.get("X-Amz-Content-Sha256") or hashlib.sha256(body).hexdigest(),
    ])
    return "\n".join([algorithm, headers.get("X-Amz-Date", ""), scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])


def sign(secret: str, scope: str, text: str) -> str:
    """The signature with a secret access key."""
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def refusal(code: str, message: str) -> tuple[int, str]:
    return 403, (f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
                 f"<Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>")
