# SPDX-License-Identifier: MIT
"""The agent with a real API server: real projected tokens, what it accepts and what it refuses."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent import POLICY, agent  # noqa: F401
from conftest import wait_until

AUDIENCE = "duplojit"


class Cluster:
    """The API server, and the files that a kubelet mounts into the agent's pod."""

    def __init__(self, server, folder: Path):
        self.server, self.dir = server, folder
        address = urlsplit(server.url)
        self.environment = {"KUBERNETES_SERVICE_HOST": address.hostname,
                            "KUBERNETES_SERVICE_PORT": str(address.port)}

    def __getattr__(self, name: str):
        return getattr(self.server, name)

    def mount(self, token: str, ca: Path | None = None) -> None:
        """Replaces the files, as a kubelet does."""
        for name, text in (("token", token), ("ca.crt", Path(ca or self.ca).read_text())):
            (self.dir / f".{name}").write_text(text)
            (self.dir / f".{name}").rename(self.dir / name)

    def agent_token(self) -> str:
        return self.token("reviewers", "agent")


@pytest.fixture
def cluster(api_server, tmp_path):
    """The API server with the namespaces of the policy, and the agent's own service account, which
    may review tokens and nothing else."""
    for namespace in ("reviewers", "batch", "ops", "other"):
        api_server.add_namespace(namespace, {})
    for namespace, name in (("reviewers", "agent"), ("batch", "worker"), ("ops", "root")):
        api_server.add_account(namespace, name)
    api_server.add_role("review-tokens", "authentication.k8s.io", "tokenreviews", ["create"])
    api_server.bind("review-tokens", "reviewers", "agent")
    folder = tmp_path / "account"
    folder.mkdir()
    found = Cluster(api_server, folder)
    found.mount(found.agent_token())
    return found


def audit(endpoint, count: int) -> list[dict]:
    """The audit log, which must have this many lines."""
    wait_until(lambda: len(endpoint.audit()) >= count)
    assert len(endpoint.audit()) == count, endpoint.log
    return endpoint.audit()


def issue(portal, answer) -> tuple[str, str | None]:
    found = portal.state.issue_of(answer.key())
    return found.scope, found.tenant


def test_each_service_account_gets_its_scope(agent, cluster, portal):
    endpoint = agent(cluster)
    for namespace, name, expected in (("duploservices-dev01", "user", ("tenant", "dev01")),
                                      ("batch", "worker", ("tenant", "dev02")),
                                      ("ops", "root", ("admin", None))):
        token = cluster.token(namespace, name, audience=AUDIENCE)
        assert issue(portal, endpoint.get(token)) == expected
    lines = [(line["namespace"], line["verdict"], line["rule"]) for line in audit(endpoint, 3)]
    assert lines == [("duploservices-dev01", "granted", "default"), ("batch", "granted", "batch"),
                     ("ops", "granted", "boss")]


def test_an_account_without_a_rule_is_denied(agent, cluster):
    endpoint = agent(cluster)
    token = cluster.token("other", "default", audience=AUDIENCE)
    endpoint.get(token).fails(403, "AccessDenied", "other/default")
    line, = audit(endpoint, 1)
    assert (line["verdict"], line["reason"], line["rule"]) == ("refused", "denied by the policy",
                                                               "no rule")


def test_the_pod_is_named(agent, cluster):
    pod = cluster.add_pod("batch", "worker-1", "worker")
    token = cluster.token("batch", "worker", audience=AUDIENCE, pod=pod)
    endpoint = agent(cluster)
    assert endpoint.get(token).status == 200
    assert audit(endpoint, 1)[0]["pod"] == "worker-1"


def test_tokens_that_are_refused(agent, cluster):
    """Those with a wrong form cost no review."""
    endpoint = agent(cluster)
    good = cluster.token("batch", "worker", audience=AUDIENCE)
    head, body, signature = good.split(".")
    other = "A" if signature[9] != "A" else "B"
    forged = ".".join((head, body, signature[:9] + other + signature[10:]))
    for token, status, code in (
            (cluster.token("batch", "worker"), 403, "AccessDenied"),  # of the API server
            (cluster.token("batch", "worker", audience="vault"), 403, "AccessDenied"),
            (cluster.legacy_token("batch", "worker"), 403, "AccessDenied"),
            (cluster.admin_token, 403, "AccessDenied"), ("x" * 3000, 403, "AccessDenied"),
            (None, 401, "Unauthorized"), ("", 401, "Unauthorized")):
        endpoint.get(token).fails(status, code)
    assert endpoint.metrics()['duplojit_agent_reviews_total{result="rejected"}'] == 0
    endpoint.get(forged).fails(403, "AccessDenied", "rejected by the API server")
    assert endpoint.metrics()['duplojit_agent_reviews_total{result="rejected"}'] == 1
    assert endpoint.get(good).status == 200


def test_an_expired_token(agent, cluster):
    token = cluster.token("batch", "worker", 3, audience=AUDIENCE)
    endpoint = agent(cluster)
    assert endpoint.get(token).status == 200
    wait_until(lambda: endpoint.get(token).status != 200, 20)
    endpoint.get(token).fails(403, "AccessDenied", "expired")


def test_a_deleted_service_account(agent, cluster):
    """The verdict counts for a minute at most; here a new agent asks at once. The API server
    itself remembers a token for 10 seconds."""
    cluster.add_account("batch", "gone")
    token = cluster.token("batch", "gone", audience=AUDIENCE)
    policy = POLICY.replace("serviceAccount: worker", "serviceAccount: gone")
    assert agent(cluster, policy).get(token).status == 200
    cluster.request("DELETE", "/api/v1/namespaces/batch/serviceaccounts/gone")
    wait_until(lambda: not cluster.accepts(token, AUDIENCE), 60)
    agent(cluster, policy).get(token).fails(403, "AccessDenied", "rejected by the API server")


def test_the_agent_may_not_review(agent, cluster):
    """Its own token is refused, or it has no right: pods are refused, and the log says why."""
    cluster.add_account("reviewers", "weak")
    cluster.mount(cluster.token("reviewers", "weak"))
    endpoint = agent(cluster)
    token = cluster.token("batch", "worker", audience=AUDIENCE)
    endpoint.get(token).fails(503, "ServiceUnavailable", "API server")
    wait_until(lambda: "(403)" in endpoint.log and "tokenreviews" in endpoint.log)
    cluster.mount("not-a-token")
    wait_until(lambda: endpoint.get(token).status == 503 and "(401)" in endpoint.log, 30)
    cluster.mount(cluster.agent_token())  # it has rotated
    wait_until(lambda: endpoint.get(token).status == 200, 30)


def test_another_ca(agent, cluster, portal):
    """The CA file is replaced, as a kubelet does it; the agent reads it for each batch."""
    endpoint = agent(cluster)
    cluster.mount(cluster.agent_token(), portal.ca)
    token = cluster.token("batch", "worker", audience=AUDIENCE)
    endpoint.get(token).fails(503, "ServiceUnavailable")
    cluster.mount(cluster.agent_token())
    wait_until(lambda: endpoint.get(token).status == 200, 30)


def test_the_api_server_restarts(agent, cluster):
    """A verdict in memory counts meanwhile; a new token is refused with 503."""
    endpoint = agent(cluster)
    token = cluster.token("batch", "worker", audience=AUDIENCE)
    other = cluster.token("ops", "root", audience=AUDIENCE)
    key = endpoint.get(token).key()
    with cluster.stopped():
        assert endpoint.get(token).key() == key
        endpoint.get(other).fails(503, "ServiceUnavailable")
    wait_until(lambda: endpoint.get(other).status == 200, 60)


def test_the_policy_is_reloaded(agent, cluster, portal):
    endpoint = agent(cluster)
    token = cluster.token("batch", "worker", audience=AUDIENCE)
    assert issue(portal, endpoint.get(token)) == ("tenant", "dev02")
    endpoint.policy.write_text("rules: [what\n")
    wait_until(lambda: endpoint.ask("/readyz", auth=False).status == 503, 30)
    assert endpoint.metrics()["duplojit_agent_policy_valid"] == 0
    assert issue(portal, endpoint.get(token)) == ("tenant", "dev02")
    endpoint.policy.write_text(POLICY.replace("tenant: dev02", "tenant: dev01"))
    wait_until(lambda: endpoint.ask("/readyz", auth=False).status == 200, 30)
    assert issue(portal, endpoint.get(token)) == ("tenant", "dev01")
    assert [line["scope"] for line in audit(endpoint, 2)] == ["tenant:dev02", "tenant:dev01"]


def test_no_token_is_logged(agent, cluster):
    endpoint = agent(cluster)
    token = cluster.token("batch", "worker", audience=AUDIENCE)
    endpoint.get(token)
    endpoint.get(token[:-4] + "AAAA")
    audit(endpoint, 2)
    own = (cluster.dir / "token").read_text()
    text = endpoint.log + endpoint.ask("/metrics", auth=False).text
    assert '"verdict":"granted"' in text and '"verdict":"refused"' in text
    for secret in (token, token.split(".")[2], own, own.split(".")[2]):
        assert secret not in text
