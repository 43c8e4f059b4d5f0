# SPDX-License-Identifier: MIT
"""The container image: skopeo and podman read it, and it runs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile

import pytest

from conftest import (ARCH, ARCHES, DIST, IMAGE, TOP, VERSION, artefact, call, members,
                      readme_command)

sys.path.insert(0, str(TOP / "tests/sdk"))
from pods import find_runtime  # noqa: E402

SKOPEO = ("skopeo", "--insecure-policy")
HEALTHCHECK = {"Test": ["CMD", "/duplojit", "healthcheck"], "Interval": 30_000_000_000,
               "Timeout": 3_000_000_000, "StartPeriod": 10_000_000_000}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The files of the layout."""
    with tarfile.open(IMAGE) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def blob(files: dict[str, bytes], descriptor: dict) -> bytes:
    data = files["blobs/" + descriptor["digest"].replace(":", "/")]
    assert len(data) == descriptor["size"]
    return data


@pytest.fixture
def load() -> list[str]:
    """README's command without the program's name, and the file that its last word finds among all
    files of the release."""
    _, *words, name = readme_command("docker load").split()
    (file,) = DIST.glob(name)
    return [*words, str(file)]


@pytest.fixture
def manifests(files) -> dict[str, dict]:
    """The manifest of each architecture, found from index.json."""
    top, = json.loads(files["index.json"])["manifests"]
    assert top["annotations"]["org.opencontainers.image.ref.name"] == VERSION
    index = json.loads(blob(files, top))
    assert {entry["platform"]["os"] for entry in index["manifests"]} == {"linux"}
    return {entry["platform"]["architecture"]: json.loads(blob(files, entry))
            for entry in index["manifests"]}


def test_layout(files, manifests):
    """Each blob has its checksum as its name, and one index lists all architectures."""
    members(IMAGE)
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    for name, data in files.items():
        if name.startswith("blobs/"):
            assert name == "blobs/sha256/" + hashlib.sha256(data).hexdigest()
    assert sorted(manifests) == ARCHES


@pytest.mark.parametrize("arch", ARCHES)
def test_one_layer_with_one_file(files, manifests, arch):
    layer, = manifests[arch]["layers"]
    found = members(io.BytesIO(blob(files, layer)))
    assert list(found) == ["duplojit"]
    assert (found["duplojit"].mode, found["duplojit"].uid) == (0o755, 0)
    with tarfile.open(fileobj=io.BytesIO(blob(files, layer))) as tar:
        assert tar.extractfile("duplojit").read() == artefact(arch).read_bytes()
    config = json.loads(blob(files, manifests[arch]["config"]))
    checksum = hashlib.sha256(gzip.decompress(blob(files, layer))).hexdigest()
    assert config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{checksum}"]}


@pytest.mark.parametrize("arch", ARCHES)
def test_configuration(files, manifests, arch):
    config = json.loads(blob(files, manifests[arch]["config"]))
    assert (config["architecture"], config["os"]) == (arch, "linux")
    assert config["config"]["User"] == "65532:65532"
    assert config["config"]["Entrypoint"] == ["/duplojit"]
    assert config["config"]["Healthcheck"] == HEALTHCHECK
    labels = {name.removeprefix("org.opencontainers.image."): text
              for name, text in config["config"]["Labels"].items()}
    assert {"title", "description", "licenses", "vendor", "version", "created"} <= set(labels)
    assert (labels["version"], labels["created"]) == (VERSION, config["created"])


def test_agrees_with_the_dockerfile(files, manifests):
    """docker build makes the same image, but for the labels."""
    config = json.loads(blob(files, manifests[ARCH]["config"]))["config"]
    last = (TOP / "docker/Dockerfile").read_text().rpartition("FROM scratch")[2]
    assert f"USER {config['User']}\n" in last
    assert f"ENTRYPOINT {json.dumps(config['Entrypoint'])}\n" in last
    assert ("HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD "
            + json.dumps(HEALTHCHECK["Test"][1:])) in last


@pytest.mark.parametrize("arch", ARCHES)
def test_skopeo_copies_each_architecture(tmp_path, manifests, arch):
    call(*SKOPEO, "--override-arch", arch, "copy", f"oci-archive:{IMAGE}", f"dir:{tmp_path}")
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifests[arch]


def test_skopeo_copies_the_index(tmp_path, files):
    """With the digest that a registry would have."""
    call(*SKOPEO, "copy", "--all", f"oci-archive:{IMAGE}", f"oci:{tmp_path}:all")
    top, = json.loads((tmp_path / "index.json").read_text())["manifests"]
    assert top["digest"] == json.loads(files["index.json"])["manifests"][0]["digest"]


@pytest.mark.parametrize("arch", ARCHES)
def test_docker_format(files, manifests, arch, load):
    """docker load reads manifest.json; skopeo reads the same format."""
    tag = f"duplojit:{VERSION}-{arch}"
    assert tag in [name for entry in json.loads(files["manifest.json"])
                   for name in entry["RepoTags"]]
    raw = call(*SKOPEO, "inspect", "--config", "--raw", f"docker-archive:{load[-1]}:{tag}")
    assert json.loads(raw) == json.loads(blob(files, manifests[arch]["config"]))


def test_conversion_to_docker_format_keeps_the_health_check(tmp_path):
    out = f"docker-archive:{tmp_path}/docker.tar"
    call(*SKOPEO, "copy", f"oci-archive:{IMAGE}", f"{out}:duplojit:{VERSION}")
    config = json.loads(call(*SKOPEO, "inspect", "--config", "--raw", out))
    assert config["config"]["Healthcheck"] == HEALTHCHECK


def test_podman_loads_and_runs_it(tmp_path_factory, portal, load):
    folder = tmp_path_factory.mktemp("podman")
    runtime = find_runtime(folder, artefact(ARCH))
    if isinstance(runtime, str):
        pytest.skip(runtime)
    done = runtime(*load)
    assert done.returncode == 0, done.stderr
    assert f"duplojit:{VERSION}" in done.stdout
    token = folder / "token"
    token.write_text(portal.token("user"))
    token.chmod(0o644)
    done = runtime.run("--rm", "--network", "host", "--read-only", "--volume",
                       f"{portal.ca}:/ca.pem:ro", "--volume", f"{token}:/token:ro",
                       f"duplojit:{VERSION}", "aws", "--tenant", "dev01", "--host", portal.url,
                       "--ca-file", "/ca.pem", "--token-file", "/token", "--no-cache")
    assert done.returncode == 0, done.stderr
    assert portal.state.issue_of(json.loads(done.stdout)["AccessKeyId"]).tenant
