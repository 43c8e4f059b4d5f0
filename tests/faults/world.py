# SPDX-License-Identifier: MIT
"""A home directory that is restored before each fault, a portal, and the binary under strace.

The portal gives the same credentials each time, and what depends on the time or on chance is
masked, so that files can be compared byte for byte.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from conftest import BIN, identity
from namespaces import with_file
from portal import Portal
from portal.state import make_jwt
from strace import FIRED, strace_words

HANG_S = 40  # more than any deadline of the operations

CREDENTIALS = {"AccessKeyId": "ASIAFAULTSFAULTSFAUL", "SecretAccessKey": "secret/of+the/faults" * 2,
               "SessionToken": "session+token/of/the/faults" * 20}
VARYING = [(re.compile(pattern), mask) for pattern, mask in (
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"TIME"), (rb"\b1\d{9}\b", b"SECONDS"),
    (rb'("CacheOwner": ?")[0-9a-f]+', rb"\1ID"),
    (rb'("Generation": ?)\d+', rb"\1N"), (rb"(localPort=|127\.0\.0\.1:|PORT )\d+", rb"\1N"))]

NEVER_S = 4_102_444_800  # 2100
KUBECTL_LOCK = "config.lock"
RANDOM = ("key", "auth")  # files with random bytes

Files = dict[str, bytes]


@dataclass
class Outcome:
    """What one run did. `code` is negative if a signal ended it; None: it did not end."""

    code: int | None
    out: bytes
    err: str
    fired: bool = False
    problems: list[str] = field(default_factory=list)


def mask(text: bytes) -> bytes:
    for pattern, replacement in VARYING:
        text = pattern.sub(replacement, text)
    return text


def is_leftover(path: Path) -> bool:
    return ".duplojit-" in path.name or path.name == KUBECTL_LOCK


class World:
    def __init__(self, folder: Path):
        self.folder, self.home = folder, folder / "home"
        self.trace = folder / "trace"
        self.portal = Portal()
        self.portal.state.credential_fields = dict(CREDENTIALS)
        self.portal.state.kubernetes_fields = {"Token": make_jwt({"sub": "user", "exp": NEVER_S})}
        self.env = identity(self.portal) | {"HOME": str(self.home), "DUPLO_TIMEOUT": "3s"}
        self.templates: dict[str, Path] = {}

    def close(self) -> None:
        self.portal.stop()

    def secrets(self) -> list[str]:
        return [self.portal.token(), self.portal.token("admin"), CREDENTIALS["SecretAccessKey"],
                CREDENTIALS["SessionToken"]]

    # The home directory

    def prepare(self, operation) -> None:
        """Makes the home directory of an operation, and keeps a copy for `restore`."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        operation.prepare(self)
        template = Path(tempfile.mkdtemp(dir=self.folder)) / "home"
        subprocess.run(["cp", "-a", self.home, template], check=True)
        self.templates[operation.name] = template

    def restore(self, operation) -> None:
        shutil.rmtree(self.home)
        subprocess.run(["cp", "-a", self.templates[operation.name], self.home], check=True)

    def files(self) -> Files:
        """The content of all files. Names of cache entries and random files are masked."""
        found: Files = {}
        for path in sorted(self.home.rglob("*")):
            if path.is_file() and not is_leftover(path):
                name = re.sub("[0-9a-f]{32}", "HEX", str(path.relative_to(self.home)))
                text = path.read_bytes()
                text = b"%d random bytes" % len(text) if path.name in RANDOM else mask(text)
                found[name] = found.get(name, b"") + text
        return found

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.home.rglob("*") if is_leftover(path))

    # Runs

    def words(self, operation) -> list[str]:
        return [word.format(home=self.home) for word in operation.words]

    def run(self, *words: str) -> Outcome:
        """A run without strace, which must end."""
        done = subprocess.run([BIN, *words], env=self.env, capture_output=True, timeout=HANG_S,
                              stdin=subprocess.DEVNULL)
        return Outcome(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def command(self, operation, fault: str | None, traced: bool) -> list[str]:
        mounted = str(self.home / operation.mounted)
        prefix = with_file(mounted, mounted) if operation.mounted else []
        if not traced:
            return [*prefix, str(BIN), *self.words(operation)]
        self.trace.unlink(missing_ok=True)
        calls = fault.partition(":")[0] if fault else ""
        return [*prefix, *strace_words(self.trace, calls, fault, operation.follow, detached=True),
                str(BIN), *self.words(operation)]

    def start(self, operation, fault: str | None = None, traced: bool = True) -> subprocess.Popen:
        env = self.env | {k: v.format(home=self.home) for k, v in operation.env.items()}
        return subprocess.Popen(self.command(operation, fault, traced), env=env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd=self.folder)

    def once(self, operation, fault: str | None = None, traced: bool = True) -> Outcome:
        """One run of the operation; with `traced` under strace."""
        outcome = operation.drive(self, operation, fault, traced)
        if fault:
            outcome.fired = bool(FIRED.search(self.trace_text()))
        return outcome

    def trace_text(self) -> str:
        return self.trace.read_text(errors="replace") if self.trace.exists() else ""


def drive_command(world: World, operation, fault: str | None, traced: bool) -> Outcome:
    """Runs a command to its end."""
    process = world.start(operation, fault, traced)
    try:
        out, err = process.communicate(timeout=HANG_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Outcome(None, out, err.decode(errors="replace"))
    return Outcome(process.returncode, out, err.decode(errors="replace"))
