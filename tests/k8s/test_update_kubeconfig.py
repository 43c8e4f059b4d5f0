# SPDX-License-Identifier: MIT
"""update-kubeconfig: real kubectl and client-go work through the file that it writes."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

TENANTS = {"duploservices-dev01", "duploservices-dev02", "duploservices-prod01"}
SHORT_S = 4


@pytest.fixture
def update(ask, portal, tools):
    """Runs update-kubeconfig on the kubeconfig of the tools. The plugin reads the token from a
    file."""
    def run(*words, user="user", **variables):
        token = tools.home / f"{user}-token"
        token.write_text(portal.token(user))
        return ask("update-kubeconfig", *words, "--token-file", token, env={
            "DUPLO_TOKEN": None, "HOME": str(tools.home),
            "KUBECONFIG": str(tools.kubeconfig)} | variables)
    return run


def accesses(portal) -> int:
    return len(portal.log.find("*/k8s/*"))


def state(tools) -> dict:
    return yaml.safe_load(tools.kubeconfig.read_text())


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_kubectl_lists_namespaces(api_server, tools, update, portal, version):
    update("--tenant", "dev01", "--use", "--api-version", version).ok()
    assert TENANTS <= set(tools.namespaces())
    assert accesses(portal) == 1  # the plugin finds the access in the cache
    config = state(tools)
    assert config["users"][0]["user"]["exec"]["apiVersion"].endswith("/" + version)
    assert config["contexts"][0]["context"]["namespace"] == "duploservices-dev01"
    assert tools.kubeconfig.stat().st_mode & 0o777 == 0o600
    shown = tools.kubectl("config", "view", "--minify", "-o", "jsonpath={..namespace}")
    assert shown.stdout == "duploservices-dev01"


def test_an_administrator_of_a_plan(api_server, tools, update, portal):
    update("ops", "--plan", "nonprod", "--use", user="admin").ok()
    assert tools.kubectl("get", "secrets", "-A").returncode == 0
    assert {entry["name"] for entry in state(tools)["contexts"]} == {"ops"}


def test_kubectl_passes_the_cluster_to_the_plugin(api_server, tools, update):
    update("--tenant", "dev01", "--use").ok()
    text = tools.kubeconfig.read_text()
    tools.kubeconfig.write_text(text.replace("provideClusterInfo: false",
                                             "provideClusterInfo: true"))
    assert TENANTS <= set(tools.namespaces())


def test_client_go_renews_an_expired_token(api_server, tools, update, portal):
    portal.state.clusters["nonprod"] = api_server.cluster(SHORT_S)
    update("--tenant", "dev01", "--use").ok()
    with tools.client() as ask_client:
        assert TENANTS <= set(ask_client()["namespaces"])
        first = portal.state.kubernetes_tokens[-1]
        time.sleep(SHORT_S + 1)
        assert TENANTS <= set(ask_client()["namespaces"])
    assert portal.state.kubernetes_tokens[-1] != first


def test_another_ca_and_none(api_server, tools, update, portal):
    """Without a CA the certificate is not verified. An update repairs both."""
    update("--tenant", "dev01", "--use").ok()
    good = tools.kubeconfig.read_text()
    portal.state.kubernetes_fields = {"CertificateAuthorityDataBase64": ""}
    update("--tenant", "dev01", "--no-cache").ok()
    cluster = state(tools)["clusters"][0]["cluster"]
    assert cluster == {"server": api_server.url, "insecure-skip-tls-verify": True}
    assert TENANTS <= set(tools.namespaces())
    other = base64.b64encode(Path(portal.ca).read_bytes()).decode()
    portal.state.kubernetes_fields = {"CertificateAuthorityDataBase64": other}
    update("--tenant", "dev01", "--no-cache").ok()
    done = tools.kubectl("get", "ns")
    assert done.returncode == 1 and "certificate" in done.stderr
    portal.state.kubernetes_fields = {}
    update("--tenant", "dev01", "--no-cache").ok()
    assert TENANTS <= set(tools.namespaces())
    assert yaml.safe_load(good)["clusters"] == state(tools)["clusters"]


def test_a_token_in_the_file(api_server, tools, update, portal):
    done = update("--tenant", "dev01", "--use", "--embed-token")
    assert done.code == 0 and "contains a token" in done.err
    assert state(tools)["users"][0]["user"] == {"token": portal.state.kubernetes_tokens[-1]}
    assert TENANTS <= set(tools.namespaces())
    update("--tenant", "dev01").ok()
    assert portal.state.kubernetes_tokens[-1] not in tools.kubeconfig.read_text()
    assert TENANTS <= set(tools.namespaces())


def test_kubectl_rewrites_the_file_and_nothing_changes(api_server, tools, update):
    """kubectl sorts the keys and drops comments. The entries say the same, so they stay."""
    update("--tenant", "dev01", "--use").ok()
    assert tools.kubectl("config", "set-context", "other", "--cluster=nonprod").returncode == 0
    text = tools.kubeconfig.read_text()
    assert update("--tenant", "dev01", "--use").ok().endswith("nothing to change\n")
    assert tools.kubeconfig.read_text() == text
    update("--remove", "--tenant", "dev01").ok()
    config = state(tools)
    assert [entry["name"] for entry in config["contexts"]] == ["other"]
    assert [entry["name"] for entry in config["clusters"]] == ["nonprod"]  # other uses it
    assert config["users"] == [] and config["current-context"] == ""
    assert tools.kubectl("config", "view").returncode == 0


# Several files: the same file as kubectl

@pytest.mark.parametrize("existing, has_it", [
    ((), None), ((0,), None), ((0,), 0), ((1,), None), ((1,), 1), ((0, 1), None), ((0, 1), 1),
    ((1, 2), None), ((1, 2), 2)])
def test_entries_go_where_kubectl_writes_them(api_server, tools, update, existing, has_it):
    def files(folder: str) -> list:
        paths = [tools.home / folder / str(i) for i in range(3)]
        paths[0].parent.mkdir()
        for i in existing:
            paths[i].write_text(json.dumps({
                "contexts": [{"name": "dev01", "context": {"cluster": "old", "user": "old"}}]
                if i == has_it else []}))
        return paths

    def holders(paths: list, section: str) -> list[int]:
        documents = [yaml.safe_load(p.read_text()) if p.exists() else {} for p in paths]
        return [i for i, d in enumerate(documents)
                if any(e["name"] == "dev01" for e in d.get(section) or [])]

    ours, theirs = files("ours"), files("theirs")
    update("--tenant", "dev01", "--use", KUBECONFIG=":".join(map(str, ours))).ok()
    chain = ":".join(map(str, theirs))
    for words in (("set-context", "dev01", "--cluster=nonprod", "--user=dev01"),
                  ("set-credentials", "dev01", "--token=x"), ("use-context", "dev01")):
        assert tools.kubectl("config", *words, KUBECONFIG=chain).returncode == 0
    for section in ("contexts", "users"):
        assert holders(ours, section) == holders(theirs, section)
    current = [[(yaml.safe_load(p.read_text()) or {}).get("current-context") if p.exists() else None
                for p in paths] for paths in (ours, theirs)]
    assert [c == "dev01" for c in current[0]] == [c == "dev01" for c in current[1]]
    assert TENANTS <= set(tools.namespaces(KUBECONFIG=":".join(map(str, ours))))


def test_the_lock_of_kubectl(tools, update, api_server):
    """A kubectl that starts meanwhile fails; ours waits for one that runs, and leaves no lock."""
    lock = tools.home / "kubeconfig.lock"
    update("--tenant", "dev01").ok()
    assert not lock.exists()
    lock.touch()
    update("--tenant", "dev01", "--use").fails(5, "kubeconfig.lock exists")
    assert lock.exists()
    lock.unlink()
    update("--tenant", "dev01", "--use").ok()


# What kubectl rejects

SCALARS = st.sampled_from(["x", "1", "1.5", "yes", "~", "'1'", "[]", "{}", "[x]", "{a: b}",
                           "1.2.3.4", "2020-01-01", "0x1", "1_0", "True", "nO", "1e3"])


@settings(deadline=None, max_examples=60,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from([
    "apiVersion", "kind", "current-context", "preferences", "clusters", "users", "contexts",
    "clusters/name", "clusters/cluster", "clusters/server", "clusters/insecure-skip-tls-verify",
    "users/user", "users/token", "users/as-groups", "users/exec", "users/args", "users/env",
    "users/command", "contexts/context", "contexts/cluster", "contexts/namespace", "unknown"]),
    value=SCALARS)
def test_rejects_the_types_that_kubectl_rejects(tools, update, field, value):
    section, _, name = field.rpartition("/")
    key = section.rstrip("s")
    if not section:
        text = f"{name}: {value}\n"
    elif name in ("name", key):
        text = f"{section}:\n- {name}: {value}\n"
    elif name in ("args", "env", "command"):
        text = f"{section}:\n- name: a\n  {key}:\n    exec:\n      {name}: {value}\n"
    else:
        text = f"{section}:\n- name: a\n  {key}:\n    {name}: {value}\n"
    tools.kubeconfig.write_text(text)
    done = tools.kubectl("config", "view")
    result = update("--remove", "none")
    if done.returncode == 0:
        result.fails(4, "no context none")
    else:
        result.fails(6, "line ")
    assert tools.kubeconfig.read_text() == text
