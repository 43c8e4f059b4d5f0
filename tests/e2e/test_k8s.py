# SPDX-License-Identifier: MIT
"""Access to Kubernetes: the credential plugin, its cache, and what kubectl asks of it."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone

import pytest

K8S = ("k8s", "--tenant", "dev01")
GROUP = "client.authentication.k8s.io/"


def access(out: str) -> dict:
    credential = json.loads(out)
    assert credential["kind"] == "ExecCredential"
    return credential


def info(version: str = "v1", **spec) -> dict[str, str]:
    return {"KUBERNETES_EXEC_INFO": json.dumps(
        {"kind": "ExecCredential", "apiVersion": GROUP + version, "spec": spec})}


def paths(portal) -> list[str]:
    return [entry.path for entry in portal.log]


def test_of_a_tenant(ask, portal):
    credential = access(ask(*K8S).ok())
    tenant = portal.state.tenants["dev01"]
    assert credential["apiVersion"] == GROUP + "v1beta1"
    assert credential["status"]["token"] == portal.state.kubernetes_tokens[-1]
    cluster = credential["spec"]["cluster"]
    assert cluster["server"] == f"https://{tenant.plan}.k8s.example.com"
    assert cluster["certificate-authority-data"] == "dGhyb3ctYXdheQ=="
    assert paths(portal)[-1] == f"/v3/subscriptions/{tenant.id}/k8s/jitAccess"


def test_formats_and_queries(ask, portal):
    """kubectl passes the environment on, so the variable for the format does not count."""
    words = "k8s", "--tenant", "dev01"
    assert ask(*words, "-q", "kind").ok() == '"ExecCredential"\n'
    token = ask(*words, "-q", "status.token", "-o", "string").ok()
    assert token == portal.state.kubernetes_tokens[0] + "\n"
    assert ask(*words, "-o", "yaml").ok().startswith("kind: ExecCredential\n")
    assert json.loads(ask(*words, env={"DUPLO_OUTPUT": "yaml"}).ok())["kind"] == "ExecCredential"
    ask(*words, "-o", "table").fails(2, "--output")


def test_of_a_tenant_by_id_takes_one_request(ask, portal):
    ask("k8s", "--tenant-id", portal.state.tenants["dev01"].id).ok()
    assert len(portal.log) == 1


def test_of_a_plan(ask, portal):
    plan = portal.state.tenants["dev01"].plan
    ask("k8s", "--plan", plan, user="admin").ok()
    assert paths(portal) == [f"/v3/admin/plans/{plan}/k8sConfig"]
    ask("k8s", "--plan", plan).fails(3)
    ask("k8s", "--plan", "no-such-plan", user="admin").fails(4)


def test_expires_with_its_token(ask, portal):
    """In UTC, from the claim exp; 55 minutes for a token without one."""
    for validity, token in ((1800, None), (3300, "opaque")):
        portal.state.kubernetes_validity = validity
        portal.state.kubernetes_fields = {"Token": token} if token else {}
        before = time.time()
        text = access(ask(*K8S, "--no-cache").ok())["status"]["expirationTimestamp"]
        when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        assert before + validity - 2 <= when.timestamp() <= time.time() + validity + 2


def test_a_token_that_has_expired(ask, portal):
    portal.state.kubernetes_validity = -10
    ask(*K8S).fails(5, "has already expired")


def test_a_cluster_without_a_certificate_authority(ask, portal):
    portal.state.kubernetes_fields = {"CertificateAuthorityDataBase64": None}
    cluster = access(ask(*K8S).ok())["spec"]["cluster"]
    assert cluster["insecure-skip-tls-verify"] is True
    assert "certificate-authority-data" not in cluster


@pytest.mark.parametrize("field, value", [
    ("Token", None), ("Token", ""), ("Token", "two words"), ("Token", 'a"b\n'),
    ("ApiServer", None), ("ApiServer", "not a url"), ("ApiServer", "https://a\nb"),
    ("CertificateAuthorityDataBase64", "-----BEGIN"), ("DefaultNamespace", "a b"),
    ("Token", "x" * 20000)])
def test_answers_that_are_refused(ask, run, portal, field, value):
    portal.state.kubernetes_fields = {field: value}
    assert field in ask(*K8S).fails(5)
    assert run.entries() == []


def test_second_run_needs_no_network(ask, run, portal):
    first = ask(*K8S).ok()
    requests = len(portal.log)
    assert ask(*K8S).ok() == first
    assert len(portal.log) == requests
    (entry,) = run.entries()
    assert entry.stat().st_mode & 0o777 == 0o600
    assert "Kubernetes, tenant dev01" in run("cache", "list").ok()


def test_a_stale_entry_is_replaced(ask, run, portal):
    """With less than half of its short lifetime left: the clock of the entry is moved back."""
    portal.state.kubernetes_validity = 400
    ask(*K8S).ok()
    (entry,) = run.entries()
    fields = json.loads(entry.read_text())
    for age, requests in ((190, 0), (205, 1)):
        entry.write_text(json.dumps(fields | {"ObtainedAt": int(time.time()) - age}))
        before = len(portal.log)
        ask(*K8S).ok()
        assert len(portal.log) == before + requests


def test_aws_and_kubernetes_have_different_entries(ask, run):
    ask("aws", "--tenant", "dev01").ok()
    ask(*K8S).ok()
    assert len(run.entries()) == 2
    assert "AccessKeyId" in ask("aws", "--tenant", "dev01").ok()
    assert "ExecCredential" in ask(*K8S).ok()


def test_older_portals(ask, portal):
    tenant = portal.state.tenants["dev01"]
    portal.faults.missing("/v3/*")
    ask(*K8S).ok()
    assert paths(portal)[-1] == f"/subscriptions/{tenant.id}/GetK8ClusterConfigByTenant"
    ask("k8s", "--plan", tenant.plan, user="admin").ok()
    assert paths(portal)[-1] == f"/adminproxy/{tenant.plan}/GetEksClusterByInfra"


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_answers_in_the_version_that_kubectl_asks_for(ask, version):
    assert access(ask(*K8S, env=info(version)).ok())["apiVersion"] == GROUP + version
    assert access(ask(*K8S, "--api-version", version).ok())["apiVersion"] == GROUP + version
    answer = ask(*K8S, env={"DUPLO_API_VERSION": version}).ok()
    assert access(answer)["apiVersion"] == GROUP + version


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"apiVersion": 1}',
                                  '{"apiVersion": "client.authentication.k8s.io/v1alpha1"}',
                                  '{"apiVersion": "client.authentication.k8s.io/v1", "spec": 1}'])
def test_exec_info_that_is_refused(ask, portal, text):
    ask(*K8S, env={"KUBERNETES_EXEC_INFO": text}).fails(2, "KUBERNETES_EXEC_INFO")
    assert len(portal.log) == 0


def test_a_login_only_if_kubectl_allows_it(run, portal, browser):
    env = browser.env("redirect")
    run(*K8S, "-I", env=env | info(interactive=False)).fails(3, "duplojit login")
    assert browser.opened() == []
    assert access(run(*K8S, "-I", env=env | info(interactive=True)).ok())
    assert len(browser.opened()) == 1


def test_a_plan_asks_for_an_administrators_login(run, portal, browser):
    env = browser.env("redirect")
    run("k8s", "--plan", portal.state.tenants["dev01"].plan, "-I", env=env)
    assert "isAdmin=true" in browser.opened()[0]


def test_which_cluster(ask, portal):
    tenant = portal.state.tenants["dev01"]
    ask("k8s").fails(2, "--plan NAME")
    ask("k8s", "--admin", user="admin").fails(2, "--plan NAME")
    ask("k8s", "--tenant", "dev01", "--plan", "p").fails(2, "only one of")
    ask("k8s", "--plan", "a b").fails(2, "--plan")
    assert len(portal.log) == 0
    ask("k8s", env={"DUPLO_TENANT": "dev01", "DUPLO_PLAN": "other"}).ok()
    assert paths(portal)[-1] == f"/v3/subscriptions/{tenant.id}/k8s/jitAccess"
    ask("k8s", "--plan", tenant.plan, env={"DUPLO_TENANT": "dev01"}, user="admin").ok()
    assert paths(portal)[-1] == f"/v3/admin/plans/{tenant.plan}/k8sConfig"
