# SPDX-License-Identifier: MIT
"""The agent of a node with a real API server: its overlays are applied, the rights of its service
account are asked for, and pods get its variables from the admission policy."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import re
import shutil
import urllib.error
from pathlib import Path

import pytest
import yaml

import kustomize
from cluster import SERVER, TOOLS, VERSIONS, ApiServer, Tools, why_missing
from conftest import TESTS, VERSION, wait_until
from test_kustomize import built, dry_run, pod_of

AGENT, KYVERNO = kustomize.AGENTS
SYSTEM = "duplojit-system"
ACCOUNT = f"system:serviceaccount:{SYSTEM}:duplojit-agent"
MODE = "pod-security.kubernetes.io"
FOLDER = "/var/run/secrets/duplojit/serviceaccount"
URI, FILE = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
ADDED = [{"name": URI, "value": "http://169.254.170.23:9911/"},
         {"name": FILE, "value": f"{FOLDER}/token"}]
MOUNT = {"name": "duplojit-token", "mountPath": FOLDER, "readOnly": True}
VOLUME = {"name": "duplojit-token", "projected": {"defaultMode": 0o644, "sources": [
    {"serviceAccountToken": {"audience": "duplojit", "expirationSeconds": 3600, "path": "token"}}]}}
OWN = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE",
       "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", URI,
       "AWS_CONTAINER_AUTHORIZATION_TOKEN", FILE)
numbers = itertools.count()
having_agent: list[ApiServer] = []


@pytest.fixture
def tools(tmp_path) -> Tools:
    """kubectl of the API server's version."""
    reason = why_missing(SERVER)
    if reason:
        pytest.skip(reason)
    return Tools(SERVER, tmp_path)


def install(tools: Tools, server: ApiServer) -> list[str]:
    """Applies the overlay. Returns the lines that kubectl prints. The only warning is that later
    versions have another version of the admission policy."""
    tools.write_kubeconfig(server, {"token": server.token("default", "admin")})
    done = tools.kubectl("apply", "-k", AGENT)
    others = [line for line in done.stderr.splitlines()
              if "v1beta1 MutatingAdmissionPolicy" not in line]
    assert (done.returncode, others) == (0, []), done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def installed(api_server: ApiServer, tools):
    """The API server with the overlay `agent`, and three namespaces: with the label, with it and
    under Pod Security, and without it."""
    tools.write_kubeconfig(api_server, {"token": api_server.token("default", "admin")})
    if api_server in having_agent:
        return api_server
    install(tools, api_server)
    having_agent.append(api_server)
    label = {"duplojit/inject": "enabled"}
    api_server.add_namespace("with-label", label)
    api_server.add_namespace("restricted-label", label | {f"{MODE}/enforce": "restricted"})
    api_server.add_namespace("without-label", {})
    wait_until(lambda: volumes(created(api_server, "with-label", pod(), dry=True)), 60)
    return api_server


# Objects

def pod(**spec) -> dict:
    return {"metadata": {"name": f"pod-{next(numbers)}"},
            "spec": {"containers": [{"name": "first", "image": "image"}]} | spec}


def created(server: ApiServer, namespace: str, body: dict, dry: bool = False) -> dict:
    """The pod as the API server has stored it."""
    path = f"/api/v1/namespaces/{namespace}/pods"
    answer = server.request("POST", path + ("?dryRun=All" if dry else ""), body)
    return answer if dry else server.request("GET", f"{path}/{answer['metadata']['name']}")


def volumes(pod_made: dict) -> list[dict]:
    """Without the one of the API server itself."""
    return [v for v in pod_made["spec"]["volumes"] if not v["name"].startswith("kube-api-access-")]


def mounts(container: dict) -> list[dict]:
    return [m for m in container["volumeMounts"] if "kubernetes.io" not in m["mountPath"]]


def injected(container: dict) -> bool:
    """All of it, or nothing."""
    found = [e for e in container.get("env", []) if e in ADDED]
    assert found in ([], ADDED) and mounts(container).count(MOUNT) == (1 if found else 0)
    return bool(found)


def agent_pod(tools) -> dict:
    return pod_of([d for d in built(tools, AGENT) if d["kind"] == "DaemonSet"])


# The overlay

@pytest.mark.parametrize("version", VERSIONS)
def test_the_server_accepts_all_of_it(api_server, tmp_path, version):
    """A second time nothing changes."""
    tools = Tools(version, tmp_path)
    first, second = (install(tools, api_server) for _ in range(2))
    kinds = {line.split("/")[0].split(".")[0] for line in first}
    assert kinds == {"namespace", "serviceaccount", "clusterrole", "clusterrolebinding",
                     "configmap", "daemonset", "networkpolicy", "mutatingadmissionpolicy",
                     "mutatingadmissionpolicybinding"}
    assert len(first) == len(second) == 10
    assert [line for line in second if not line.endswith(" unchanged")] == []


def test_the_agents_pod(installed, tools, tmp_path):
    """A controller would make it: the API server accepts it in its own namespace only."""
    path = tmp_path / "pod.json"
    path.write_text(json.dumps(agent_pod(tools)))
    done = dry_run(tools, SYSTEM, "-f", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "pod/pod\n", "")
    installed.add_namespace("baseline", {f"{MODE}/enforce": "baseline"})
    pod_made = agent_pod(tools)
    pod_made["spec"]["serviceAccountName"] = "default"
    path.write_text(json.dumps(pod_made))
    done = dry_run(tools, "baseline", "-f", path)
    assert done.returncode == 1 and 'violates PodSecurity "baseline' in done.stderr


def test_only_the_network_and_the_user_need_rights(installed, tools, tmp_path):
    """Without them the pod is one of the standard "restricted"."""
    installed.add_namespace("strict", {f"{MODE}/enforce": "restricted"})
    pod_made = agent_pod(tools)
    spec = pod_made["spec"]
    (container,) = spec["containers"]
    spec["serviceAccountName"] = "default"
    del spec["hostNetwork"], container["ports"][0]["hostPort"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        del container[probe]["httpGet"]["host"]
    assert container["securityContext"]["capabilities"].pop("add") == ["NET_ADMIN"]
    container["securityContext"].update(runAsUser=65532, runAsNonRoot=True)
    path = tmp_path / "pod.json"
    path.write_text(json.dumps(pod_made))
    done = dry_run(tools, "strict", "-f", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "pod/pod\n", "")


def test_the_agent_may_only_review_tokens(installed, tools):
    def may(*words: str) -> bool:
        return tools.kubectl("auth", "can-i", *words, "--as", ACCOUNT).stdout == "yes\n"

    assert may("create", "tokenreviews.authentication.k8s.io")
    for words in (("get", "secrets"), ("list", "pods"), ("get", "configmaps"), ("get", "nodes"),
                  ("create", "serviceaccounts/token"), ("create", "pods"), ("impersonate", "users"),
                  ("list", "serviceaccounts"), ("get", "tokenreviews.authentication.k8s.io")):
        for namespace in (("-n", SYSTEM), ("-A",)):
            assert not may(*words, *namespace), words


def test_the_review_of_a_pods_token(installed):
    """What the agent asks, with its own token: whose token is this? A token for another audience
    is refused."""
    installed.add_namespace("of-the-pod", {})

    def review(audience: str) -> dict:
        path = "/api/v1/namespaces/of-the-pod/serviceaccounts/default/token"
        token = installed.request("POST", path, {"spec": {
            "audiences": [audience], "expirationSeconds": 3600}})["status"]["token"]
        return installed.request(
            "POST", "/apis/authentication.k8s.io/v1/tokenreviews",
            {"spec": {"token": token, "audiences": ["duplojit"]}},
            token=installed.token(SYSTEM, "duplojit-agent"))["status"]

    good = review("duplojit")
    assert good["authenticated"] and good["audiences"] == ["duplojit"]
    assert good["user"]["username"] == "system:serviceaccount:of-the-pod:default"
    assert not review("other").get("authenticated")
    with pytest.raises(urllib.error.HTTPError) as failed:
        installed.request("GET", "/api/v1/secrets",
                          token=installed.token(SYSTEM, "duplojit-agent"))
    assert failed.value.code == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_the_guide(installed, version, tmp_path):
    """docs/agent.md: image, portal and policy are those of the user's files, and the server accepts
    all of it."""
    (text,) = re.findall(r"^```yaml\n# kustomization.yaml\n(.*?)^```",
                         (TESTS.parent / "docs/agent.md").read_text(), re.M | re.S)
    shutil.copytree(kustomize.FOLDER, tmp_path / "own/duplojit/docker/kubernetes")
    (tmp_path / "own/kustomization.yaml").write_text(text)
    policy = "apiVersion: duplojit/v1\ndefaultRule: deny\n"
    (tmp_path / "own/policy.yaml").write_text(policy)
    tools = Tools(version, tmp_path)
    tools.write_kubeconfig(installed, {"token": installed.token("default", "admin")})
    documents = built(tools, tmp_path / "own")
    (daemon_set,) = [d for d in documents if d["kind"] == "DaemonSet"]
    spec = kustomize.pod_of(daemon_set)
    (container,) = spec["containers"]
    assert container["image"] == f"registry.example.com/duplojit:{VERSION}"
    data = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
    assert data[container["envFrom"][0]["configMapRef"]["name"]] == {"DUPLO_HOST": "https://PORTAL"}
    (volume,) = [v for v in spec["volumes"] if v["name"] == "policy"]
    assert data[volume["configMap"]["name"]] == {"policy.yaml": policy} and len(data) == 2
    done = tools.kubectl("apply", "--dry-run=server", "-k", tmp_path / "own")
    assert done.returncode == 0, done.stderr


# Injection

def test_every_container_gets_the_variables(installed):
    """Those of the user are kept, in their order."""
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)"}]
    mine = {"name": "data", "mountPath": "/data"}
    made = created(installed, "with-label", pod(
        volumes=[{"name": "data", "emptyDir": {}}],
        initContainers=[{"name": "prepare", "image": "image"},
                        {"name": "sidecar", "image": "image", "restartPolicy": "Always"}],
        containers=[{"name": "first", "image": "image", "env": env, "volumeMounts": [mine]},
                    {"name": "second", "image": "image", "args": ["-x"]}]))
    spec = made["spec"]
    assert [c["name"] for c in spec["initContainers"]] == ["prepare", "sidecar"]
    assert [c["name"] for c in spec["containers"]] == ["first", "second"]
    assert spec["containers"][0]["env"] == env + ADDED
    assert mounts(spec["containers"][0]) == [mine, MOUNT]
    for container in (spec["containers"][1], *spec["initContainers"]):
        assert container["env"] == ADDED and mounts(container) == [MOUNT]
    assert spec["containers"][1]["args"] == ["-x"]
    assert spec["initContainers"][1]["restartPolicy"] == "Always"
    assert volumes(made) == [{"name": "data", "emptyDir": {}}, VOLUME]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kind", ("containers", "initContainers"))
def test_a_container_with_its_own_credentials_is_left_alone(installed, name, kind):
    """The other containers of its pod get the variables."""
    own = {"name": "own", "image": "image", "env": [{"name": name, "value": "x"}]}
    other = {"name": "other", "image": "image"}
    made = created(installed, "with-label", pod(**{
        "containers": [{"name": "first", "image": "image"}], kind: [own, other]}))
    found, second = made["spec"][kind]
    assert found["env"] == own["env"] and not mounts(found)
    assert injected(second) and volumes(made) == [VOLUME]


def test_a_container_with_its_own_mount_is_left_alone(installed):
    own = {"name": "data", "mountPath": FOLDER}
    made = created(installed, "with-label", pod(
        volumes=[{"name": "data", "emptyDir": {}}],
        containers=[{"name": "first", "image": "image", "volumeMounts": [own]}]))
    (container,) = made["spec"]["containers"]
    assert mounts(container) == [own] and "env" not in container
    assert volumes(made) == [{"name": "data", "emptyDir": {}}]


def test_without_a_container_that_needs_it_there_is_no_volume(installed):
    made = created(installed, "with-label", pod(containers=[
        {"name": "first", "image": "image", "env": [{"name": "AWS_PROFILE", "value": "x"}]}]))
    assert volumes(made) == []


@pytest.mark.parametrize("where", ("labels", "annotations"))
@pytest.mark.parametrize("value", ("disabled", "enabled"))
def test_a_pod_can_opt_out(installed, where, value):
    body = pod()
    body["metadata"][where] = {"duplojit/inject": value, "other": "x"}
    made = created(installed, "with-label", body)
    assert injected(made["spec"]["containers"][0]) == (value == "enabled") == bool(volumes(made))


def test_a_namespace_without_the_label(installed):
    """Also if the pod asks for it."""
    body = pod()
    body["metadata"]["labels"] = {"duplojit/inject": "enabled"}
    for each in (pod(), body):
        made = created(installed, "without-label", each)
        assert not injected(made["spec"]["containers"][0]) and volumes(made) == []


def test_static_pods_are_left_alone(installed):
    """The API server refuses a token of a service account in them."""
    body = pod(nodeName="node")
    body["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    made = created(installed, "with-label", body)
    assert "volumes" not in made["spec"] and "env" not in made["spec"]["containers"][0]


def test_a_restricted_pod_stays_one(installed):
    """Pod Security judges the pod after the change."""
    made = created(installed, "restricted-label", pod(
        securityContext={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        containers=[{"name": "first", "image": "image", "securityContext": {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]))
    assert injected(made["spec"]["containers"][0]) and volumes(made) == [VOLUME]


# Kyverno

@functools.cache
def crd() -> Path:
    reason = why_missing("kyverno")
    if reason:
        pytest.skip(reason)
    return TOOLS / "kyverno-clusterpolicies.yaml"


@pytest.fixture
def kyverno(api_server, tools):
    """An API server that knows the kind of Kyverno's policies."""
    tools.write_kubeconfig(api_server, {"token": api_server.token("default", "admin")})
    done = tools.kubectl("apply", "--server-side", "-f", crd())
    assert done.returncode == 0, done.stderr
    wait_until(lambda: tools.kubectl("get", "clusterpolicies.kyverno.io").returncode == 0, 60)
    return tools


def kyverno_policy(tools) -> dict:
    (policy,) = [d for d in built(tools, KYVERNO) if d["kind"] == "ClusterPolicy"]
    return policy


def apply_policy(tools, policy: dict, folder: Path):
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(policy))
    return tools.kubectl("create", "--dry-run=server", "-o", "name", "-f", path)


def test_kyvernos_schema_accepts_its_policy(kyverno, tmp_path):
    done = apply_policy(kyverno, kyverno_policy(kyverno), tmp_path)
    assert (done.returncode, done.stdout) == (0, "clusterpolicy.kyverno.io/duplojit-inject\n"), done


@pytest.mark.parametrize("change", (
    lambda policy: policy["spec"]["rules"][0].update(mutated={}),
    lambda policy: policy["spec"]["rules"][0]["mutate"]["foreach"][0].update(list=[]),
    lambda policy: policy["spec"].update(failurePolicy="Sometimes"),
), ids=("an unknown field", "a wrong type", "a wrong value"))
def test_kyvernos_schema_refuses_a_wrong_policy(kyverno, change, tmp_path):
    policy = copy.deepcopy(kyverno_policy(kyverno))
    change(policy)
    assert apply_policy(kyverno, policy, tmp_path).returncode == 1


def test_both_policies_add_the_same(tools):
    """The same variables, mount and volume, and the same exceptions."""
    (cel,) = [d for d in built(tools, AGENT) if d["kind"] == "MutatingAdmissionPolicy"]
    rules = kyverno_policy(tools)["spec"]["rules"]
    expression = cel["spec"]["mutations"][1]["applyConfiguration"]["expression"]
    for rule, kind in zip(rules, ("containers", "initContainers")):
        (each,) = rule["mutate"]["foreach"]
        (container,) = each["patchStrategicMerge"]["spec"][kind]
        text = json.dumps(container).replace("{{ folder }}", FOLDER)
        assert json.loads(text) == {"name": "{{ element.name }}", "env": ADDED,
                                    "volumeMounts": [MOUNT]}
        values = {c["name"]: c["variable"]["value"] for c in rule["context"]}
        assert values == {"own": list(OWN), "folder": FOLDER}
    (volume,) = rules[2]["mutate"]["patchStrategicMerge"]["spec"]["volumes"]
    assert volume == {"name": VOLUME["name"],
                      "projected": {"sources": VOLUME["projected"]["sources"]}}
    assert all(f'"{name}"' in cel["spec"]["variables"][0]["expression"] for name in OWN)
    assert expression.count(ADDED[0]["value"]) == 2
