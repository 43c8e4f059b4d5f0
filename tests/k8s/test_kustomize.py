# SPDX-License-Identifier: MIT
"""docker/kubernetes with kubectl and a real API server: each overlay is built, and accepted in a
namespace that enforces the Pod Security Standard "restricted"."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
import yaml

import kustomize
from cluster import ApiServer

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
    return re.sub(r"^(duplojit)-[a-z0-9]{10}$", r"\1", value) if isinstance(value, str) else value


def by_kind(documents: list[dict]) -> list[dict]:
    return sorted(map(comparable, documents), key=lambda document: document["kind"])


@OVERLAY
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
