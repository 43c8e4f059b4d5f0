# SPDX-License-Identifier: MIT
"""Linux namespaces for tests: another /etc for a program, or PID 1.

A test that needs one is skipped if the machine does not allow it.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

BIND = 'mount --bind "$0" /etc && exec "$@"'
BIND_FILE = 'mount --bind "$0" "$1" && shift && exec "$@"'


@functools.cache
def unshare() -> tuple[str, ...] | None:
    """The command that starts a program in a mount namespace: as root, else in a user namespace."""
    tool = shutil.which("unshare")
    for more in ((), ("--map-root-user",)):
        command = (tool, "--mount", "--propagation", "private", *more)
        if tool and subprocess.run([*command, "sh", "-c", BIND, "/etc", "true"],
                                   capture_output=True, timeout=20).returncode == 0:
            return command
    return None


def with_etc(folder: Path, files: dict[str, str | bytes]) -> list[str]:
    """A prefix for a command so that /etc contains these files and no others."""
    command = unshare()
    if command is None:
        pytest.skip("this machine allows no mount namespace")
    for name, text in files.items():
        path = folder / "etc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "etc").mkdir(exist_ok=True)
    return [*command, "sh", "-c", BIND, str(folder / "etc")]


def with_file(source: Path, target: Path) -> list[str]:
    """A prefix for a command so that target, a file, is a mount point that shows source."""
    command = unshare()
    if command is None:
        pytest.skip("this machine allows no mount namespace")
    return [*command, "sh", "-c", BIND_FILE, str(source), str(target)]


def as_pid_1() -> list[str]:
    """A prefix for a command so that it is PID 1, as in a container."""
    tool = shutil.which("unshare")
    command = [tool, "--pid", "--fork", "--kill-child"]
    for more in ([], ["--user", "--map-root-user"]):
        if tool and subprocess.run([*command, *more, "true"], capture_output=True,
                                   timeout=20).returncode == 0:
            return command + more
    pytest.skip("this machine allows no PID namespace")


def run_in(run, prefix: list[str], *args, **more):
    """`run` with a prefix of with_etc() or as_pid_1()."""
    return run(*prefix[1:], run.bin, *args, program=prefix[0], **more)
