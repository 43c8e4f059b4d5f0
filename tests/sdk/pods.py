# SPDX-License-Identifier: MIT
"""A very small kubelet: starts the pod of a manifest in real containers with podman.

It supports what docker/kubernetes uses: init containers, native sidecars with their probes,
emptyDir, Secrets, fsGroup and the security context. The pod uses the machine's network, where the
test portal listens, and every image is built here FROM scratch.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000")
# A machine that is itself a container may allow only some of these.
WAYS = tuple((runtime, cgroups) for runtime in ("crun", "runc")
             for cgroups in ("enabled", "no-conmon", "disabled"))
COMMAND_S = 60


class Runtime:
    """podman with its own storage."""

    def __init__(self, folder: Path, runtime: str, cgroups: str):
        self.words = [shutil.which("podman"), "--root", str(folder / "root"), "--runroot",
                      str(folder / "run"), "--storage-driver", "vfs", "--cgroup-manager",
                      "cgroupfs", "--runtime", shutil.which(runtime)]
        self.cgroups = cgroups
        self.name = f"podman with {runtime}"

    def __call__(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess:
        return subprocess.run([*self.words, *args], capture_output=True, text=True, input=stdin,
                              timeout=COMMAND_S)

    def run(self, *args: str, stdin: str = "") -> subprocess.CompletedProcess:
        """Runs a container. As in Kubernetes, the HEALTHCHECK of the image is ignored."""
        return self("run", f"--cgroups={self.cgroups}", "--no-healthcheck", *LIMITS, *args,
                    stdin=stdin)

    def memory(self, limit: str | None) -> list[str]:
        limited = limit is not None and self.cgroups != "disabled"
        return ["--memory", limit.removesuffix("Mi") + "m"] if limited else []

    def image(self, name: str, context: Path, dockerfile: str) -> None:
        (context / "Dockerfile").write_text(dockerfile)
        done = self("build", "--isolation", "chroot", "--format", "docker", *LIMITS, "-t", name,
                    str(context))
        assert done.returncode == 0, done.stderr


@functools.cache
def find_runtime(folder: Path, program: Path) -> Runtime | str:
    """A runtime that starts containers here, or the reason why there is none."""
    if os.geteuid() != 0:
        return "containers are tried by root alone"
    if not shutil.which("podman"):
        return "podman is not installed"
    why = "neither crun nor runc is installed"
    for runtime, cgroups in WAYS:
        if not shutil.which(runtime):
            continue
        found = Runtime(folder, runtime, cgroups)
        context = folder / "probe"
        context.mkdir(exist_ok=True)
        shutil.copy(program, context / "duplojit")
        try:
            found.image("probe", context, "FROM scratch\nCOPY duplojit /duplojit\n")
            done = found.run("--rm", *found.memory("64Mi"), "--network", "host", "probe",
                             "/duplojit", "version")
        except (AssertionError, subprocess.TimeoutExpired) as error:
            why = f"podman cannot make an image: {str(error)[-200:]}"
            continue
        if done.returncode == 0:
            return found
        why = f"podman starts no container: {done.stderr.strip()[-200:]}"
    return why


@dataclass
class Pod:
    runtime: Runtime
    folder: Path
    spec: dict
    images: dict[str, str]  # image in the manifest: image to start
    more: list[str]  # arguments of `podman run` for every container
    secret: str
    started: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        group = self.spec["securityContext"]["fsGroup"]
        for volume in self.spec["volumes"]:
            place = self.folder / volume["name"]
            place.mkdir()
            if "secret" in volume:
                (place / "token").write_text(self.secret)
                os.chown(place / "token", 0, group)
                (place / "token").chmod(volume["secret"]["defaultMode"])
            os.chown(place, 0, group)
            place.chmod(0o2770)

    def words(self, container: dict) -> list[str]:
        context, own = self.spec["securityContext"], container["securityContext"]
        words = ["--network", "host", "--user", f"{context['runAsUser']}:{context['runAsGroup']}",
                 "--group-add", str(context["fsGroup"]), *self.more]
        words += [word for name in own["capabilities"]["drop"] for word in ("--cap-drop", name)]
        limits = container.get("resources", {}).get("limits", {})
        words += self.runtime.memory(limits.get("memory"))
        if own["readOnlyRootFilesystem"]:
            words += ["--read-only", "--read-only-tmpfs=false"]
        if not own["allowPrivilegeEscalation"]:
            words += ["--security-opt", "no-new-privileges"]
        for mount in container["volumeMounts"]:
            end = ":ro" if mount.get("readOnly") else ""
            words += ["-v", f"{self.folder / mount['name']}:{mount['mountPath']}{end}"]
        for variable in container.get("env", []):
            words += ["-e", f"{variable['name']}={variable['value']}"]
        if "command" in container:
            words += ["--entrypoint", container["command"][0]]
        return [*words, self.images[container["image"]], *container.get("command", [])[1:],
                *container.get("args", [])]

    def probe(self, name: str, probe: dict) -> bool:
        return self.runtime("exec", name, *probe["exec"]["command"]).returncode == 0

    def start_sidecar(self, container: dict) -> None:
        name = f"{self.folder.name}-{container['name']}"
        done = self.runtime.run("--detach", "--name", name, *self.words(container))
        assert done.returncode == 0, done.stderr
        self.started.append(name)
        probe = container["startupProbe"]
        end = time.monotonic() + probe["periodSeconds"] * probe["failureThreshold"]
        while not self.probe(name, probe):
            assert time.monotonic() < end, self.runtime("logs", name).stderr
            time.sleep(0.1)
        for other in ("readinessProbe", "livenessProbe"):
            assert other not in container or self.probe(name, container[other])

    def run(self, stdin: str) -> list[str]:
        """Runs the pod. Returns the output of each container."""
        for container in self.spec.get("initContainers", []):
            if container.get("restartPolicy") == "Always":
                self.start_sidecar(container)
                continue
            done = self.runtime.run("--rm", *self.words(container))
            assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
        outputs = []
        for container in self.spec["containers"]:
            done = self.runtime.run("--rm", "--interactive", *self.words(container),
                                    stdin=stdin)
            assert done.returncode == 0, done
            outputs.append(done.stdout)
        return outputs

    def stop(self) -> list[int]:
        """Sends SIGTERM to the sidecars, as after the end of a Job. Returns their exit codes."""
        codes = []
        while self.started:
            name = self.started.pop()
            self.runtime("stop", "--time", "10", name)
            codes.append(int(self.runtime("wait", name).stdout))
            self.runtime("rm", "--force", name)
        return codes


def need_runtime(folder: Path, program: Path) -> Runtime:
    found = find_runtime(folder, program)
    if isinstance(found, str):
        pytest.skip(found)
    return found
