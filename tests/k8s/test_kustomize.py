# SPDX-License-Identifier: MIT
"""docker/kubernetes with kubectl and a real API server: each overlay is built, and accepted in a
namespace that enforces the Pod Security Standard "restricted"."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

import kustomize
from cluster import ApiServer
from conftest import TESTS, VERSION

GUIDE = (TESTS.parent / "docs/kubernetes.md").read_text()
NAMESPACE = "restricted"
OVERLAY = pytest.mark.parametrize("overlay", kustomize.OVERLAYS, ids=lambda path: path.name)


@pytest.fixture
def namespace(api_server: ApiServer, tools) -> str:
    """A namespace for pods without rights. Pod Security refuses other pods, and warns about
    Deployments and Jobs that would make them."""
    mode = "pod-security.kubernetes.io"
    api_server.add_namespace(NAMESPACE, {f"{mode}/enforce": "restricted",
                                         f"{mode}/warn": "restricted"})
    tools.write_kubeconfig(api_server, {"token": api_server.token("default", "admin")})
    return NAMESPACE


def dry_run(tools, namespace: str, *words: str | Path):
    return tools.kubectl("create", "--dry-run=server", "-o", "name", "-n", namespace, *words)


def pod_of(documents: list[dict]) -> dict:
    (spec,) = filter(None, map(kustomize.pod_of, documents))
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"},
            "spec": {"restartPolicy": "Always"} | copy.deepcopy(spec)}


def built(tools, folder: Path) -> list[dict]:
    done = tools.kubectl("kustomize", folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return list(yaml.safe_load_all(done.stdout))


def comparable(value):
    """Lists of named things in the order of the names, and names without the hash of a content."""
    if isinstance(value, dict):
        return {k: sorted(map(comparable, v), key=lambda each: each[kustomize.KEYS[k]])
                if k in kustomize.KEYS else comparable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [comparable(each) for each in value]
    return re.sub(r"^(duplojit(-agent)?)-[a-z0-9]{10}$", r"\1", value) if isinstance(
        value, str) else value


def by_kind(documents: list[dict]) -> list[dict]:
    return sorted(map(comparable, documents),
                  key=lambda document: (document["kind"], document["metadata"]["name"]))


@pytest.mark.parametrize("overlay", kustomize.ALL, ids=lambda path: path.name)
def test_kubectl_builds_what_other_tests_read(tools, overlay):
    assert by_kind(built(tools, overlay)) == by_kind(kustomize.build(overlay))


@OVERLAY
def test_the_server_accepts_an_overlay(namespace, tools, overlay):
    """Without a warning, also about Pod Security."""
    done = dry_run(tools, namespace, "-k", overlay)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    names = done.stdout.split()
    assert re.fullmatch(r"configmap/duplojit-\w{10}", names[0]) and len(names) == 2


@OVERLAY
def test_the_server_accepts_the_pod(namespace, tools, overlay, tmp_path):
    """Controllers would make it. Enforcement concerns pods only."""
    path = tmp_path / "pod.json"
    path.write_text(json.dumps(pod_of(built(tools, overlay))))
    done = dry_run(tools, namespace, "-f", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "pod/pod\n", "")


# Each makes a pod that the standard does not allow.
WEAKER = {
    "no seccomp": lambda spec: spec["securityContext"].pop("seccompProfile"),
    "root": lambda spec: spec["securityContext"].update(runAsUser=0),
    "a privilege": lambda spec: spec["initContainers"][0]["securityContext"].pop(
        "allowPrivilegeEscalation"),
    "a capability": lambda spec: spec["containers"][0]["securityContext"].pop("capabilities"),
    "a folder of the node": lambda spec: spec["volumes"].append(
        {"name": "node", "hostPath": {"path": "/"}}),
}


@pytest.mark.parametrize("weaken", WEAKER.values(), ids=WEAKER)
@OVERLAY
def test_the_server_refuses_a_weaker_pod(namespace, tools, overlay, weaken, tmp_path):
    """So the tests above would notice a setting that is missing."""
    pod = pod_of(kustomize.build(overlay))
    weaken(pod["spec"])
    path = tmp_path / "pod.json"
    path.write_text(json.dumps(pod))
    done = dry_run(tools, namespace, "-f", path)
    assert done.returncode == 1 and 'violates PodSecurity "restricted' in done.stderr, done


# The guide

def chapters() -> dict[str, dict[str, str]]:
    """The files of each chapter that has some; the first line of a file is its name."""
    found = {}
    for chapter in GUIDE.split("\n## ")[1:]:
        files = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```", chapter, re.M | re.S)
        assert len(files) == chapter.count("```") // 2, "a fragment without a name is not tested"
        if "kustomization.yaml" in dict(files):
            found[chapter.partition("\n")[0]] = dict(files)
    return found


@pytest.fixture
def guide(request, tmp_path) -> Path:
    """A folder with the files of a chapter, and this repository beside them."""
    shutil.copytree(kustomize.FOLDER, tmp_path / "own/duplojit/docker/kubernetes")
    for name, text in chapters()[request.param].items():
        (tmp_path / "own" / name).write_text(text)
    (tmp_path / "own/ca.pem").write_text("certificates\n")
    return tmp_path / "own"


CHAPTERS = pytest.mark.parametrize("guide", chapters(), indirect=True)


@CHAPTERS
def test_the_server_accepts_the_guide(namespace, tools, guide, tmp_path):
    """And the pod, under Pod Security."""
    done = dry_run(tools, namespace, "-k", guide)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    path = tmp_path / "pod.json"
    path.write_text(json.dumps(pod_of(built(tools, guide))))
    done = dry_run(tools, namespace, "-f", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "pod/pod\n", "")


def only(documents: list[dict], kind: str, name: str = "") -> dict:
    (found,) = [d for d in documents
                if d["kind"] == kind and d["metadata"]["name"].startswith(name)]
    return found


@pytest.mark.parametrize("guide", ["First steps"], indirect=True)
def test_the_first_steps(tools, guide):
    """Image, portal and tenant are those of the user's file."""
    documents = built(tools, guide)
    assert only(documents, "ConfigMap")["data"] == {"DUPLO_HOST": "https://PORTAL",
                                                    "DUPLO_TENANT": "dev01"}
    sidecar, _ = kustomize.containers(pod_of(documents)["spec"])
    assert sidecar["image"] == f"registry.example.com/duplojit:{VERSION}"
    assert sidecar["envFrom"][0]["configMapRef"]["name"] == only(documents,
                                                                 "ConfigMap")["metadata"]["name"]


@pytest.mark.parametrize("guide", ["Your own workload"], indirect=True)
def test_an_own_workload_is_like_the_overlay(tools, guide):
    """It gets the same sidecar, and the same settings of the pod."""
    own = pod_of(built(tools, guide))["spec"]
    ours = pod_of(built(tools, kustomize.FOLDER / "overlays/sidecar"))["spec"]
    own["initContainers"][0]["image"] = ours["initContainers"][0]["image"]
    mine, theirs = own.pop("containers")[0], ours.pop("containers")[0]
    assert own == ours
    for key in ("env", "volumeMounts"):
        assert mine[key] == theirs[key]


@pytest.mark.parametrize("guide", ["exec with renewal"], indirect=True)
def test_exec_with_renewal(tools, guide):
    _, work = kustomize.containers(pod_of(built(tools, guide))["spec"])
    assert work["command"][:3] == ["/tools/duplojit", "exec", "--endpoint"]


@pytest.mark.parametrize("guide", ["A certificate authority of your own"], indirect=True)
def test_an_authority(tools, guide):
    documents = built(tools, guide)
    spec = pod_of(documents)["spec"]
    data = only(documents, "ConfigMap", "duplojit-")["data"]
    sidecar = kustomize.containers(spec)[0]
    mounts = {m["mountPath"]: m["name"] for m in sidecar["volumeMounts"]}
    folder, _, file = data["DUPLO_CA_FILE"].rpartition("/")
    volume = next(v for v in spec["volumes"] if v["name"] == mounts[folder])
    certificates = only(documents, "ConfigMap", "portal-ca-")
    assert volume["configMap"]["name"] == certificates["metadata"]["name"]
    assert file in certificates["data"] and "DUPLO_HOST" in data


def test_the_guide_is_short():
    assert len(GUIDE.splitlines()) <= 250
    assert len(chapters()) == 4
