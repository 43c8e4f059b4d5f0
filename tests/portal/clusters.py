# SPDX-License-Identifier: MIT
"""Access to the Kubernetes cluster of a plan.

A plan without an entry in `state.clusters` gets access to a cluster that does not exist. A test
that runs an API server adds a Cluster, whose `token` function returns tokens of that server.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any, Callable

from .state import State, User, make_jwt, override

ADMIN_NAMESPACE = "default"
TOKEN_AGE_S = 600  # the portal keeps a token and returns it again


@dataclass
class Cluster:
    api_server: str
    ca: bytes = field(repr=False)  # PEM; empty: none in the answer, as on Azure
    token: Callable[[User, str], str] | None = None  # of a user and namespace; None: a made-up JWT


def access(state: State, user: User, plan: str, region: str, namespace: str) -> dict[str, Any]:
    """The answer with a token. LastTokenRefreshTime is the time when the token was issued. The time
    when it expires is only in its claim `exp`."""
    cluster = state.clusters.get(plan) or Cluster(f"https://{plan}.k8s.example.com", b"throw-away")
    now = state.clock()
    token = (cluster.token(user, namespace) if cluster.token else make_jwt(
        {"sub": user.name, "iat": int(now), "exp": int(now) + state.kubernetes_validity}))
    answer: dict[str, Any] = {
        "Name": f"duploinfra-{plan}",
        "ApiServer": cluster.api_server,
        "Token": token,
        "K8Provider": 0,
        "AwsRegion": region,
        "K8sVersion": "1.34",
        "CertificateAuthorityDataBase64": base64.b64encode(cluster.ca).decode(),
        "LastTokenRefreshTime": utc(now - TOKEN_AGE_S),
        "DefaultNamespace": namespace,
    }
    if not cluster.ca:
        del answer["CertificateAuthorityDataBase64"]
    override(answer, state.kubernetes_fields)
    state.kubernetes_tokens.append(answer.get("Token", ""))
    return answer


def utc(when: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
