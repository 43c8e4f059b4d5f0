# SPDX-License-Identifier: MIT
"""Linux namespaces of a group: other files in /etc, and a network with a delay or only loopback."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .cost import LIMIT_S

BIND = 'mount --bind "$1" "$0" && shift && exec "$@"'
SERVER, CLIENT = "192.0.2.1", "192.0.2.2"  # see relay.c: clients connect to their own side
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # of linux/sockios.h and linux/if.h
LIFE_S = 2 * LIMIT_S  # of the relay


class NotHere(Exception):
    """This machine cannot measure the group; the text is the reason."""


def prefix(places: dict[str, Path], network: bool) -> list[str]:
    """For a command that sees other files and folders at some places: as root, else in a user
    namespace. network: it has a network of its own."""
    tool = shutil.which("unshare")
    if tool is None:
        raise NotHere("unshare is not installed")
    for more in ((), ("--map-root-user",)):
        command = [tool, "--mount", "--propagation", "private", *(["--net"] if network else []),
                   *more]
        for place, path in places.items():
            command += ["sh", "-c", BIND, place, str(path)]
        if subprocess.run([*command, "true"], capture_output=True, timeout=LIMIT_S).returncode == 0:
            return command
    raise NotHere("this machine allows no " + ("network" if network else "mount") + " namespace")


def raise_loopback() -> None:
    """In a new network namespace, loopback is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


@contextlib.contextmanager
def network(relay: Path, delay_ms: int) -> Iterator[tuple[str, str]]:
    """The addresses at which the server listens and the clients connect. Without a delay loopback,
    else a network in this process's own namespace."""
    if delay_ms == 0:
        yield "127.0.0.1", "127.0.0.1"
        return
    with subprocess.Popen([relay, str(500 * delay_ms), str(LIFE_S)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout.readline() != "ready\n":
                raise NotHere("no network with a delay: " + process.stderr.read().strip())
            yield SERVER, CLIENT
        finally:
            process.stdin.close()
