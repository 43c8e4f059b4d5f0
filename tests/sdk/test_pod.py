# SPDX-License-Identifier: MIT
"""docker/kubernetes in real containers: from the token's Secret to a signed request.

The images are the last stage of docker/Dockerfile with this binary, and an image with only the Go
client, which replaces the application of the manifests.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

import kustomize
from clients import CLIENTS
from conftest import BIN, TESTS
from pods import Pod, need_runtime

DOCKER = TESTS.parent / "docker"
VERSION = re.search(r"^VERSION = (\S+)", (TESTS.parent / "Makefile").read_text(), re.M)[1]
GO = next(client for client in CLIENTS if client.id == "go")
APPLICATION = "amazon/aws-cli"


pytestmark = pytest.mark.xdist_group("containers")  # the images are built once


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    if GO.missing:
        pytest.skip(GO.missing)
    folder = Path(tempfile.mkdtemp(prefix="pods-"))  # podman needs a short path
    try:
        yield made(need_runtime(folder, BIN), tmp_path_factory)
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)  # faster than shutil.rmtree()


def made(runtime, tmp_path_factory):
    """The runtime with both images."""
    image = tmp_path_factory.mktemp("image")
    shutil.copy(BIN, image / "duplojit")
    text = (DOCKER / "Dockerfile").read_text()
    last = text[text.rindex("\nFROM "):].replace("--from=build /image/duplojit", "duplojit")
    runtime.image("duplojit", image, last)
    shutil.copy(GO.command[0], image / "client")
    runtime.image("client", image, 'FROM scratch\nCOPY client /client\nENTRYPOINT ["/client"]\n')
    return runtime


@pytest.fixture(autouse=True)
def name(record_property) -> None:
    record_property("client", f"{GO.name}, in a pod")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def start(runtime, portal, tmp_path):
    """The pod of a manifest with its three names edited and the test's application."""
    made = []
    ca = tmp_path / "ca.pem"
    shutil.copy(portal.ca, ca)
    ca.chmod(0o444)

    def call(manifest: Path, secret: str) -> Pod:
        text = json.dumps(kustomize.pod(manifest)).replace("https://duplo.example.com", portal.url)
        spec = json.loads(text.replace(":9911", f":{free_port()}"))
        for container in spec["containers"]:
            container.pop("args", None)
            command = container.pop("command", [])
            if "--" in command:  # exec of the program on the volume
                container["command"] = [*command[:command.index("--") + 1], "/client"]
        folder = tmp_path / manifest.name
        folder.mkdir()
        more = ["-v", f"{ca}:/ca.pem:ro", "-e", "DUPLO_CA_FILE=/ca.pem", "-e",
                f"STS_URL={portal.control_url}", "-e", "AWS_EC2_METADATA_DISABLED=true"]
        images = {f"duplojit:{VERSION}": "duplojit", APPLICATION: "client"}
        made.append(Pod(runtime, folder, spec, images, more, secret))
        return made[-1]

    yield call
    for pod in made:
        pod.stop()


def test_the_image(runtime):
    (found,) = json.loads(runtime("inspect", "duplojit").stdout)
    assert found["Config"]["User"] == "65532:65532"
    assert found["Config"]["Entrypoint"] == ["/duplojit"]
    health = found.get("HealthCheck") or found.get("Healthcheck") or found["Config"]["Healthcheck"]
    assert health["Test"] == ["CMD", "/duplojit", "healthcheck"]
    done = runtime.run("--rm", "--network", "none", "duplojit", "version")
    assert done.stdout.startswith("duplojit ") and done.returncode == 0


@pytest.mark.parametrize("manifest", kustomize.OVERLAYS, ids=lambda p: p.name)
def test_a_manifest(start, portal, manifest):
    pod = start(manifest, portal.token())
    (output,) = pod.run(stdin="\n")  # one question for the client
    assert json.loads(output).get("arn", "").endswith("/duploservices-dev01/user"), output
    assert len(portal.state.signed) == 1
    for path in (p for p in pod.folder.rglob("*") if p.is_file() and p.name != "duplojit"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0
    sidecars = len(pod.started)
    assert pod.stop() == [0] * sidecars


@pytest.mark.parametrize("manifest", kustomize.OVERLAYS, ids=lambda p: p.name)
def test_a_rejected_token_ends_the_pod(start, portal, manifest):
    """At once, without waiting for the network; only the endpoint tries again."""
    pod = start(manifest, "no-such-token")
    for container in pod.spec.get("initContainers", []):
        if "startupProbe" in container:
            container["startupProbe"]["failureThreshold"] = 2
    with pytest.raises(AssertionError) as caught:
        pod.run(stdin="\n")
    assert "401" in str(caught.value)
    assert portal.state.issued == [] and portal.state.signed == []
