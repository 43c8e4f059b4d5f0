# SPDX-License-Identifier: MIT
"""Builds docker/kubernetes as kustomize does, on machines that have no kubectl.

It supports what these files use: resources, components, patches (strategic merge) of kinds,
ConfigMaps from literals without the hash in their names, and images. tests/k8s/test_manifests.py
compares its result with that of kubectl.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path

import yaml  # a part of awscli, see requirements.txt

from conftest import TESTS

FOLDER = TESTS.parent / "docker/kubernetes"
ALL = sorted(path.parent for path in FOLDER.glob("overlays/*/kustomization.yaml"))
AGENTS = [path for path in ALL if path.name.startswith("agent")]  # of nodes
OVERLAYS = [path for path in ALL if path not in AGENTS]  # each has one pod, which has the token
KEYS = {"containers": "name", "initContainers": "name", "volumes": "name", "env": "name",
        "volumeMounts": "mountPath"}


def merge(into: dict, patch: dict) -> None:
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        elif isinstance(value, list) and key in KEYS and key in into:
            merge_list(into[key], value, KEYS[key])
        else:
            into[key] = copy.deepcopy(value)


def merge_list(into: list[dict], patch: list[dict], key: str) -> None:
    for value in patch:
        found = [each for each in into if each[key] == value[key]]
        if found:
            merge(found[0], value)
        else:
            into.append(copy.deepcopy(value))


def apply(folder: Path, documents: list[dict]) -> list[dict]:
    """What the kustomization of the folder makes, added to documents that exist already."""
    rules = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(rules) <= {"apiVersion", "kind", "resources", "components", "patches",
                          "configMapGenerator", "images"}
    for name in rules.get("resources", []):
        path = folder / name
        documents = documents + (apply(path, []) if path.is_dir()
                                 else list(yaml.safe_load_all(path.read_text())))
    for config in rules.get("configMapGenerator", []):
        documents = [*documents, {
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {k: config[k] for k in ("name", "namespace") if k in config},
            "data": dict(literal.split("=", 1) for literal in config["literals"])}]
    for name in rules.get("components", []):
        documents = apply(folder / name, documents)
    for patch in rules.get("patches", []):
        content = yaml.safe_load((folder / patch["path"]).read_text())
        for document in documents:
            if re.fullmatch(patch["target"]["kind"], document["kind"]):
                merge(document, {"spec": content["spec"]})
    for image in rules.get("images", []):
        for container in (c for document in documents for c in containers(pod_of(document))):
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
    return documents


def build(overlay: Path) -> list[dict]:
    return apply(overlay, [])


def pod_of(document: dict) -> dict:
    """The spec of the pod, for every kind; empty if the document has none."""
    spec = document.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    return spec.get("template", {}).get("spec", {})


def containers(spec: dict) -> list[dict]:
    return spec.get("initContainers", []) + spec.get("containers", [])


def pod(overlay: Path) -> dict:
    """The spec of the overlay's pod. As a kubelet does, it replaces envFrom by the variables."""
    documents = build(overlay)
    (spec,) = filter(None, map(pod_of, documents))
    config = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
    for container in containers(spec):
        for source in container.pop("envFrom", []):
            values = config[source["configMapRef"]["name"]]
            container.setdefault("env", []).extend(
                {"name": name, "value": value} for name, value in values.items())
    return spec
