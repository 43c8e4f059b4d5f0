# SPDX-License-Identifier: MIT
"""The API server itself, and kubectl and client-go with an exec plugin that is a small script.

The plugin is not this program: if a test fails here, other results cannot be trusted.
"""

from __future__ import annotations

import json
import sys
import time

import pytest

TENANTS = {"duploservices-dev01", "duploservices-dev02", "duploservices-prod01"}
SHORT_S = 4

# Requests access from the portal and prints it as kubectl asks for it.
PLUGIN = """
import base64, json, os, ssl, time, urllib.request
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
request = urllib.request.Request(os.environ["ACCESS_URL"],
                                 headers={"Authorization": "Bearer " + os.environ["TOKEN"]})
trust = ssl.create_default_context(cafile=os.environ["CA"])
with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
    token = json.load(answer)["Token"]
part = token.split(".")[1]
end = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["exp"]
with open(os.environ["INFO"], "w") as file:
    json.dump(info, file)
print(json.dumps({"kind": "ExecCredential", "apiVersion": info["apiVersion"], "status": {
    "token": token,
    "expirationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))}}))
"""


@pytest.fixture
def plugin(portal, tmp_path):
    """Returns a user for a kubeconfig."""
    script = tmp_path / "plugin.py"
    script.write_text(PLUGIN)

    def user(version: str = "v1beta1", **more) -> dict:
        tenant = portal.state.tenants["dev01"].id
        variables = {"ACCESS_URL": f"{portal.url}/v3/subscriptions/{tenant}/k8s/jitAccess",
                     "TOKEN": portal.token(), "CA": portal.ca, "INFO": str(tmp_path / "info")}
        return {"exec": {
            "apiVersion": f"client.authentication.k8s.io/{version}", "command": sys.executable,
            "args": ["-IS", str(script)], "interactiveMode": "Never",
            "env": [{"name": k, "value": v} for k, v in variables.items()]} | more}

    user.info = tmp_path / "info"
    return user


def accesses(portal) -> int:
    return len(portal.log.find("*/k8s/jitAccess"))


# kubectl

@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_kubectl_lists_namespaces(api_server, tools, plugin, portal, version):
    tools.write_kubeconfig(api_server, plugin(version))
    assert TENANTS <= set(tools.namespaces())
    assert accesses(portal) == 1
    info = json.loads(plugin.info.read_text())
    assert info["apiVersion"].endswith("/" + version) and "cluster" not in info["spec"]


def test_kubectl_describes_the_cluster_to_the_plugin(api_server, tools, plugin):
    tools.write_kubeconfig(api_server, plugin("v1", provideClusterInfo=True))
    assert TENANTS <= set(tools.namespaces())
    assert json.loads(plugin.info.read_text())["spec"]["cluster"]["server"] == api_server.url


def test_kubectl_refuses_another_ca(api_server, tools, plugin, portal):
    tools.write_kubeconfig(api_server, plugin(), **{"certificate-authority": portal.ca})
    done = tools.kubectl("get", "ns")
    assert done.returncode == 1 and "certificate" in done.stderr
    tools.write_kubeconfig(api_server, plugin(), **{"certificate-authority": None,
                                                    "insecure-skip-tls-verify": True})
    assert TENANTS <= set(tools.namespaces())


def test_the_versions_of_kubectl_differ(tools):
    version = json.loads(tools.kubectl("version", "--client", "-o", "json").stdout)
    assert version["clientVersion"]["gitVersion"].startswith(f"v{tools.version}.")


# Tokens

def test_rights_of_a_service_account(api_server, tools):
    tools.write_kubeconfig(api_server, {"token": api_server.token("duploservices-dev01", "user")})
    done = tools.kubectl("auth", "whoami", "-o", "json")
    name = json.loads(done.stdout)["status"]["userInfo"]["username"]
    assert name == "system:serviceaccount:duploservices-dev01:user"
    done = tools.kubectl("get", "secrets")
    assert done.returncode == 1 and "Forbidden" in done.stderr
    tools.write_kubeconfig(api_server, {"token": api_server.token("default", "admin")})
    assert tools.kubectl("get", "secrets").returncode == 0


@pytest.mark.parametrize("validity_s", [60, 3600])
def test_tokens_signed_here_and_there_are_the_same_to_the_server(api_server, tools, validity_s):
    token = api_server.token("duploservices-dev02", "user", validity_s)
    tools.write_kubeconfig(api_server, {"token": token})
    assert TENANTS <= set(tools.namespaces())
    tools.write_kubeconfig(api_server, {"token": token[:-8] + "AAAAAAAA"})
    assert "Unauthorized" in tools.kubectl("get", "ns").stderr


def test_client_go_renews_an_expired_token(api_server, tools, plugin, portal):
    portal.state.clusters["nonprod"] = api_server.cluster(SHORT_S)
    tools.write_kubeconfig(api_server, plugin())
    with tools.client() as ask:
        assert TENANTS <= set(ask()["namespaces"]) and TENANTS <= set(ask()["namespaces"])
        first = portal.state.kubernetes_tokens[-1]
        time.sleep(SHORT_S + 1)
        assert TENANTS <= set(ask()["namespaces"])
    assert portal.state.kubernetes_tokens[-1] != first
