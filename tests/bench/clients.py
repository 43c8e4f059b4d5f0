# SPDX-License-Identifier: MIT
"""The command lines of the programs that are compared, and what they need on disk."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from portal import Portal

from . import aws_clients
from .cost import LIMIT_S

# Prints the bytes of duploctl's distribution, of those that it needs, and of the standard library.
CLOSURE = """
import importlib.metadata as m, os, pathlib, re, sysconfig
wanted, seen, total = ["duplocloud-client"], set(), 0
while wanted:
    name = wanted.pop().lower().replace("_", "-")
    if name in seen:
        continue
    seen.add(name)
    try:
        found = m.distribution(name)
    except m.PackageNotFoundError:
        continue
    paths = [pathlib.Path(found.locate_file(f)) for f in found.files or []]
    total += sum(p.stat().st_size for p in paths if p.is_file())
    wanted += [re.match(r"[\\w.-]+", r)[0] for r in found.requires or [] if "extra ==" not in r]
without = {"site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib", "ensurepip"}
for folder, folders, files in os.walk(sysconfig.get_path("stdlib")):
    folders[:] = [name for name in folders if name not in without]
    total += sum(os.path.getsize(f"{folder}/{name}") for name in files if not name.endswith(".a"))
print(total)
"""


def find(name: str) -> str | None:
    """A public client, installed by pip (tests/requirements.txt) or found in PATH; or named by a
    variable: DUPLO_JIT. Those that ask AWS are built."""
    if name in aws_clients.PROGRAMS:
        return aws_clients.find(name)
    folders = [str(Path(sys.executable).parent), str(Path.home() / "go/bin"), os.environ["PATH"]]
    return (os.environ.get(name.upper().replace("-", "_"))
            or shutil.which(name, path=os.pathsep.join(folders)))


@dataclass
class Clients:
    portal: Portal
    url: str
    folder: Path
    tools: Path
    binary: Path  # the program, or a copy with another root
    ca_option: str  # the file with the CA for curl and for the program; "": they find it themselves
    ca_file: str  # the same for the others
    binary_needs_option: bool

    def __post_init__(self) -> None:
        self.tenant_id = self.portal.state.tenants["dev01"].id
        self.token_file = self.folder / "token"
        self.token_file.write_text(self.portal.token())
        self.token_file.chmod(0o600)

    def commands(self, cached: bool) -> dict[str, list[str]]:
        """Those that are installed."""
        no_cache = [] if cached else ["--no-cache"]
        known = {
            "nothing": [str(self.tools / "nothing")],
            "read": [str(self.tools / "read_one"), str(self.token_file)],
            "id": [*self.ours("--tenant-id", self.tenant_id), *no_cache],
            "name": [*self.ours("--tenant", "dev01"), *no_cache],
            "curl": self.curl(),
            "curl-jq": ["/bin/sh", "-c", '"$@" | jq -c "{Version: 1, AccessKeyId, SecretAccessKey, '
                        'SessionToken}"', "sh", *self.curl()],
            "duploctl-id": self.peer("duploctl", "jit", "aws", "--tenant-id", self.tenant_id,
                                     "--host", self.url, "--token", self.portal.token(), *no_cache),
            "duploctl": self.peer("duploctl", "jit", "aws", "--tenant", "dev01", "--host", self.url,
                                  "--token", self.portal.token(), *no_cache),
            "duplo-jit": self.peer("duplo-jit", "aws", "--tenant", "dev01", "--host", self.url,
                                   "--token", self.portal.token(), *no_cache),
        }
        return {name: command for name, command in known.items() if command}

    def ours(self, *scope: str) -> list[str]:
        named = ["--ca-file", self.ca_option] if self.binary_needs_option else []
        return [str(self.binary), "aws", "--token-file", str(self.token_file), *named,
                "--host", self.url, *scope]

    def curl(self) -> list[str]:
        tool = shutil.which("curl")
        if tool is None:
            return []
        named = ["--cacert", self.ca_option] if self.ca_option else []
        return [tool, "-sS", "--fail", *named, "-H", f"Authorization: Bearer {self.portal.token()}",
                f"{self.url}/subscriptions/{self.tenant_id}/GetAwsConsoleTokenUrl"]

    def peer(self, name: str, *words: str) -> list[str]:
        tool = find(name)
        return ["/usr/bin/env", f"REQUESTS_CA_BUNDLE={self.ca_file}",
                f"SSL_CERT_FILE={self.ca_file}", tool, *words] if tool else []


@functools.cache
def duploctl_size() -> int:
    done = subprocess.run([sys.executable, "-c", CLOSURE], check=True, timeout=LIMIT_S,
                          capture_output=True, text=True)
    return int(done.stdout) + size_with_libraries(sys.executable)


def bytes_on_disk(name: str, command: list[str]) -> int:
    """Of the program, its shared libraries, and what else it must have installed."""
    if name.startswith("duploctl"):
        return duploctl_size()
    if name == "curl-jq":
        return size_with_libraries("/bin/sh", shutil.which("curl"), shutil.which("jq"))
    return size_with_libraries(find(name) if name == "duplo-jit" else command[0])


def size_with_libraries(*programs: str) -> int:
    paths = {os.path.realpath(program) for program in programs}
    for program in list(paths):
        done = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=LIMIT_S)
        paths |= {os.path.realpath(word) for word in done.stdout.split() if word.startswith("/")}
    return sum(os.path.getsize(path) for path in paths)
