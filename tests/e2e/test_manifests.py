# SPDX-License-Identifier: MIT
"""docker/: the binary has every command and flag, and every container is restricted.

test_pod.py runs some of them in real containers if there is a container runtime.
"""

from __future__ import annotations

import functools
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml  # a part of awscli, see requirements.txt

import help_parser
import kustomize
from conftest import BIN, TESTS, VERSION, identity, wait_until

DOCKER = TESTS.parent / "docker"
MANIFESTS = kustomize.OVERLAYS
KUBERNETES = pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda p: p.name)


# Content of the files

def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, with continued lines joined."""
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", " ").splitlines()
    return [tuple(line.split(None, 1)) for line in lines if line.strip()]


@functools.cache
def dockerfile() -> list[tuple[str, str]]:
    return instructions((DOCKER / "Dockerfile").read_text())


def last_stage() -> list[tuple[str, str]]:
    start = max(i for i, (word, _) in enumerate(dockerfile()) if word == "FROM")
    return dockerfile()[start:]


ENTRYPOINT = json.loads(dict(last_stage())["ENTRYPOINT"])


def compose() -> dict:
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


def pod(manifest: Path) -> dict:
    return kustomize.pod(manifest)


def containers(manifest: Path) -> list[dict]:
    return kustomize.containers(pod(manifest))


def words_of(container: dict) -> list[str] | None:
    """Its command line if it runs this program; args without a command go to the entry point."""
    ours = container["image"].startswith("duplojit:")
    words = container.get("command", ENTRYPOINT if ours else []) + container.get("args", [])
    return words if words and Path(words[0]).name == "duplojit" else None


def command_lines() -> list[tuple[str, list[str], list[str]]]:
    """Each command line: its place, its arguments, and its DUPLO_ variables."""
    found = []
    for path in kustomize.ALL:
        for container in containers(path):
            words = words_of(container)
            variables = [e["name"] for e in container.get("env", []) if e["name"][:6] == "DUPLO_"]
            if words is None:
                assert not variables
                continue
            found.append((f"{path.name} {container['name']}", words[1:], variables))
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if "exec" in container.get(probe, {}):
                    command = container[probe]["exec"]["command"]
                    assert command[0] == ENTRYPOINT[0]
                    found.append((f"{path.name} {probe}", command[1:], []))
    service = compose()["services"]["duplojit"]
    found.append(("compose", service["command"],
                  [name for name in service["environment"] if name[:6] == "DUPLO_"]))
    assert service["healthcheck"]["test"][:2] == ["CMD", ENTRYPOINT[0]]
    found.append(("compose healthcheck", service["healthcheck"]["test"][2:], []))
    health = json.loads(dict(last_stage())["HEALTHCHECK"].split(" CMD ")[1])
    assert health[0] == ENTRYPOINT[0]
    found.append(("Dockerfile HEALTHCHECK", health[1:], []))
    return found


# Commands and flags

@pytest.mark.parametrize("where, words, variables", command_lines(), ids=lambda v: str(v)[:40])
def test_the_binary_has_all_commands_and_flags(run, where, words, variables):
    command, *rest = words
    assert command in help_parser.commands()
    known = {f"--{o.name}": o for o in help_parser.options(command)}
    program = rest[rest.index("--"):] if "--" in rest else []
    rest = rest[:len(rest) - len(program)]
    while rest:
        name, equals, _ = rest.pop(0).partition("=")
        if name.startswith("-"):
            assert name in known, f"{where}: {command} has no {name}"
            assert not equals or known[name].value
            if known[name].value and not equals:
                rest.pop(0)
    taken = {v for o in help_parser.options(command) for v in o.variables}
    assert set(variables) <= taken, f"{where}: {command} does not read {set(variables) - taken}"
    # The parser accepts all of them: it complains only about the last one, which does not exist.
    end = len(words) - len(program)
    run(*words[:end], "--no-such", *program).fails(2, "unknown option --no-such")


def test_all_files_are_found():
    found = command_lines()
    assert {words[0] for _, words, _ in found} >= {"aws", "serve", "exec", "install", "healthcheck",
                                               "agent"}
    assert [p.name for p in MANIFESTS] == ["cronjob", "init-container", "job", "sidecar"]


# Kubernetes

@KUBERNETES
def test_a_pod_is_restricted(manifest):
    """By the strictest Pod Security Standard ("restricted"), with a read-only root."""
    spec = pod(manifest)
    context = spec["securityContext"]
    assert context["runAsNonRoot"] is True and context["runAsUser"] == 65532
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    for container in containers(manifest):
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"] is True
        assert own["runAsNonRoot"] is True and own["capabilities"] == {"drop": ["ALL"]}
        assert "privileged" not in own
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert not any("hostPath" in volume for volume in spec["volumes"])


@KUBERNETES
def test_the_token_is_a_mounted_secret(manifest):
    spec = pod(manifest)
    (volume,) = [v for v in spec["volumes"] if "secret" in v]
    assert volume["secret"]["defaultMode"] == 0o440 and spec["securityContext"]["fsGroup"]
    users = [c for c in containers(manifest) if words_of(c) and words_of(c)[1] != "install"]
    for container in containers(manifest):
        mounts = [m for m in container["volumeMounts"] if m["name"] == volume["name"]]
        assert len(mounts) == (1 if container in users else 0)
        assert "DUPLO_TOKEN" not in [e["name"] for e in container.get("env", [])]
        for mount in mounts:
            assert mount["readOnly"] is True
            assert f"--token-file={mount['mountPath']}/token" in words_of(container)
    assert users


@KUBERNETES
def test_every_mount_is_a_volume_and_applications_mount_read_only(manifest):
    names = {v["name"] for v in pod(manifest)["volumes"]}
    for container in containers(manifest):
        assert {m["name"] for m in container["volumeMounts"]} <= names
    for container in pod(manifest)["containers"]:
        assert all(m["readOnly"] for m in container["volumeMounts"])


@KUBERNETES
def test_three_names_must_be_edited(manifest):
    marked = [line for path in (DOCKER / "kubernetes/base", manifest)
              for line in (path / "kustomization.yaml").read_text().splitlines()
              if "# CHANGE: " in line]
    assert len(marked) == 3
    for line, name in zip(marked, ("DUPLO_HOST=", "DUPLO_TENANT=", "newName: ")):
        assert name in line
    ours = [c["image"] for c in containers(manifest)
            if words_of(c) and c["image"][:8] == "duplojit"]
    assert ours == [f"duplojit:{VERSION}"]


def test_no_file_contains_a_secret():
    """The token is only in a Secret that users create; nothing makes one from a file or literal."""
    for path in (DOCKER / "kubernetes").rglob("*.yaml"):
        text = path.read_text()
        assert "kind: Secret" not in text and "secretGenerator" not in text, path
        assert "DUPLO_TOKEN" not in text.replace("DUPLO_TOKEN_FILE", ""), path


@pytest.mark.parametrize("name", ("sidecar", "job"))
def test_an_application_finds_the_endpoint(name):
    manifest = DOCKER / f"kubernetes/overlays/{name}"
    sidecar, application = containers(manifest)
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar in pod(manifest)["initContainers"]
    flags = dict(w[2:].split("=", 1) for w in words_of(sidecar) if "=" in w)
    env = {e["name"]: e["value"] for e in application["env"]}
    assert env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == f"http://{flags['listen']}/"
    assert env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] == flags["auth-token-file"]
    probes = {"startupProbe": "readyz", "readinessProbe": "readyz", "livenessProbe": "healthz"}
    for probe, path in probes.items():
        words = sidecar[probe]["exec"]["command"]
        assert words == ["/duplojit", "healthcheck", f"--url=http://{flags['listen']}/{path}"]
        assert sidecar[probe]["timeoutSeconds"] > 2  # longer than healthcheck's own limit


def test_the_credentials_file_is_where_the_application_reads_it():
    writer, application = containers(DOCKER / "kubernetes/overlays/init-container")
    (file,) = [e["value"] for e in application["env"] if e["name"] == "AWS_SHARED_CREDENTIALS_FILE"]
    assert f"--write-credentials={file}" in words_of(writer)
    assert any(w.startswith("--wait=") for w in words_of(writer))


def test_the_installed_program_is_where_the_job_starts_it():
    installer, work = containers(DOCKER / "kubernetes/overlays/cronjob")
    assert words_of(installer)[1:] == ["install", work["command"][0]]


def kib(text: str) -> int:
    return int(text.removesuffix("Mi")) * 1024


def test_memory_requests_are_sufficient(run, portal, tmp_path):
    """The peak memory of `serve`, plus the binary on a memory volume, fits into the request."""
    if "asan" in BIN.name:
        pytest.skip("sanitizers need memory of their own")
    resources = [c["resources"] for m in MANIFESTS for c in containers(m)
                 if c["image"].startswith("duplojit:")]
    process = run.start("serve", "--listen", "127.0.0.1:0", "--auth-token-file", tmp_path / "auth",
                        "--tenant", "dev01", env=identity(portal))
    try:
        wait_until(lambda: portal.log.find("*GetAwsConsoleTokenUrl"))
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.terminate()
        run.ended(process)
    most = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    assert len(resources) == 4
    for each in resources:
        assert most < kib(each["requests"]["memory"]) < kib(each["limits"]["memory"])
        assert each["requests"]["cpu"].endswith("m")


# The agent of a node

@pytest.fixture(params=kustomize.AGENTS, ids=lambda path: path.name)
def agent(request) -> dict:
    """The spec of the agent's pod."""
    return kustomize.pod(request.param)


def test_the_agents_are_found():
    assert [path.name for path in kustomize.AGENTS] == ["agent", "agent-kyverno"]


def test_the_agent_has_one_right(agent):
    """It adds an address to the node; its user is root for that only."""
    (container,) = kustomize.containers(agent)
    context = container["securityContext"]
    assert context == {"runAsUser": 0, "runAsGroup": 0, "allowPrivilegeEscalation": False,
                       "readOnlyRootFilesystem": True,
                       "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}
    assert agent["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    assert agent["hostNetwork"] is True and not {"hostPID", "hostIPC"} & set(agent)
    assert not any("hostPath" in volume for volume in agent["volumes"])


def test_the_token_is_in_the_agent_only(agent):
    (container,) = kustomize.containers(agent)
    volume, = [v for v in agent["volumes"] if "secret" in v]
    assert volume["secret"] == {"secretName": "duplo-token", "defaultMode": 0o400}
    mounts = {m["name"]: m for m in container["volumeMounts"]}
    assert f"--token-file={mounts[volume['name']]['mountPath']}/token" in container["args"]
    assert {name for name, mount in mounts.items() if not mount.get("readOnly")} == {"cache"}
    assert {e["name"]: e["value"] for e in container["env"]} == {
        "DUPLO_CACHE": mounts["cache"]["mountPath"], "DUPLO_HOST": "https://duplo.example.com"}


def test_the_probes_ask_the_agents_address(agent):
    (container,) = kustomize.containers(agent)
    paths = {"startupProbe": "/healthz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    for probe, path in paths.items():
        assert container[probe]["httpGet"] == {"host": "169.254.170.23", "port": 9911, "path": path}
    (port,) = container["ports"]
    assert port["containerPort"] == port["hostPort"] == 9911


@pytest.mark.parametrize("overlay", kustomize.AGENTS, ids=lambda path: path.name)
def test_two_names_of_the_agent_must_be_edited(overlay):
    marked = [line for line in (overlay / "kustomization.yaml").read_text().splitlines()
              if "# CHANGE: " in line]
    assert len(marked) == 2 and "DUPLO_HOST=" in marked[0] and "newName: " in marked[1]
    (container,) = kustomize.containers(kustomize.pod(overlay))
    assert container["image"] == f"duplojit:{VERSION}"


def test_the_policy_is_mounted_as_a_folder(agent):
    """A file that is mounted with subPath never changes."""
    documents = kustomize.build(kustomize.AGENTS[0])
    (config,) = [d for d in documents if d["metadata"]["name"] == "duplojit-policy"]
    (container,) = kustomize.containers(agent)
    (mount,) = [m for m in container["volumeMounts"] if m["name"] == "policy"]
    (file,) = config["data"]
    assert "subPath" not in mount and f"--policy={mount['mountPath']}/{file}" in container["args"]
    assert yaml.safe_load(config["data"][file]) == {"apiVersion": "duplojit/v1",
                                                    "defaultRule": "namespace", "rules": []}


# The image and compose

def test_the_image_contains_only_the_binary():
    stage = last_stage()
    assert stage[0] == ("FROM", "scratch")
    assert [rest for word, rest in stage if word in ("COPY", "ADD")] == [
        "--from=build /image/duplojit /duplojit"]
    assert not any(word == "RUN" for word, _ in stage)
    assert dict(stage)["USER"] == "65532:65532"
    assert ENTRYPOINT == ["/duplojit"]
    labels = shlex.split(dict(stage)["LABEL"])
    names = {label.split("=")[0].removeprefix("org.opencontainers.image.") for label in labels}
    assert names >= {"title", "description", "licenses", "version", "revision", "created"}
    assert ("ARG", f"VERSION={VERSION}") in stage


def test_the_build_stage_builds_the_project():
    stage = dockerfile()[:-len(last_stage())]
    (start,) = [rest for word, rest in stage if word == "FROM"]
    assert start == "--platform=linux/${ARCH} ${BASE} AS build"
    assert {("ARG", "ARCH=amd64"), ("ARG", "BASE=debian:trixie-slim")} <= set(stage)
    assert any(word == "RUN" and rest.startswith("make ") for word, rest in stage)
    sources = [name for word, rest in stage if word == "COPY" for name in rest.split()[:-1]]
    assert all((TESTS.parent / name).exists() for name in sources)
    assert {"Makefile", "src", "vendor"} <= set(sources)


def test_the_build_gets_only_what_it_copies():
    lines = [line for line in (TESTS.parent / ".dockerignore").read_text().splitlines()
             if line[0] != "#"]
    copied = {name for word, rest in dockerfile()[:-len(last_stage())] if word == "COPY"
              for name in rest.split()[:-1]}
    assert lines[0] == "*" and {line.removeprefix("!") for line in lines[1:]} == copied


def test_compose():
    services = compose()["services"]
    ours, application = services["duplojit"], services["application"]
    for service in (ours, application):
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["user"] == "65532:65532"
    assert application["network_mode"] == "service:duplojit"
    assert application["depends_on"]["duplojit"] == {"condition": "service_healthy"}
    assert ours["image"] == f"duplojit:{VERSION}"
    flags = dict(zip(ours["command"][1::2], ours["command"][2::2]))
    env = application["environment"]
    assert env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == f"http://{flags['--listen']}/"
    assert env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] == flags["--auth-token-file"]
    (secret,) = ours["secrets"]
    assert ours["environment"]["DUPLO_TOKEN_FILE"] == f"/run/secrets/{secret}"
    assert secret in compose()["secrets"]
    assert (DOCKER / "compose.yaml").read_text().count("# CHANGE: ") == 3
