# SPDX-License-Identifier: MIT
"""A model of a disk that loses power: which files a recorded run leaves if it ends early.

Only a sync is reliable. Before it, each change of a file or a directory may reach the disk or not,
in any order: a write may be lost, leave zeros, or a part of its bytes. A rename is all or nothing.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = ("open,openat,creat,close,write,writev,pwrite64,lseek,ftruncate,truncate,fsync,fdatasync,"
         "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir")
LINE = re.compile(r"^([a-z0-9_]+)\((.*)\) += (\d+)$")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
DATA = ("write", "truncate")  # changes of a file, not of a directory
WRITTEN = {"lost": lambda data: None, "zeros": lambda data: bytes(len(data)),
           "half": lambda data: data[:len(data) // 2],
           "most": lambda data: data[:len(data) * 7 // 8]}


@dataclass(frozen=True)
class Change:
    """kind: write, truncate, create, mkdir, link, rename, unlink or sync."""

    kind: str
    node: int = 0
    path: str = ""
    source: str = ""  # of a rename
    offset: int = 0
    data: bytes = b""

    def synced_by(self, other: "Change") -> bool:
        if other.kind != "sync" or self.kind == "sync":
            return False
        if self.kind in DATA:
            return other.node == self.node
        return other.path in {os.path.dirname(p) for p in (self.path, self.source) if p}


@dataclass
class Disk:
    top: str  # the directory that holds all
    names: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)  # not those of directories

    def copy(self) -> "Disk":
        return Disk(self.top, dict(self.names), dict(self.files))

    def apply(self, change: Change) -> None:
        node = change.node
        if change.kind == "write":
            text = self.files[node].ljust(change.offset, b"\0")
            end = change.offset + len(change.data)
            self.files[node] = text[:change.offset] + change.data + text[end:]
        elif change.kind == "truncate":
            self.files[node] = self.files[node][:change.offset].ljust(change.offset, b"\0")
        elif change.kind in ("create", "mkdir", "link", "rename"):
            self.names.pop(change.source, None)
            self.names[change.path] = node
        elif change.kind == "unlink":
            self.names.pop(change.path, None)

    def key(self) -> tuple:
        """Equal for equal content, with the same names for the same file."""
        found = sorted(self.visible())
        first = {node: path for path, node in reversed(found)}
        return tuple((path, first[node], self.files.get(node)) for path, node in found)

    def visible(self) -> Iterator[tuple[str, int]]:
        """Not those in directories that are missing."""
        for path, node in self.names.items():
            parent = os.path.dirname(path)
            while parent in self.names:
                parent = os.path.dirname(parent)
            if parent == self.top:
                yield path, node

    def store(self) -> None:
        """Creates the files, in an empty directory."""
        first: dict[int, str] = {}
        for path, node in sorted(self.visible()):
            if node not in self.files:
                os.mkdir(path, 0o700)
            elif node in first:
                os.link(first[node], path)
            else:
                first[node] = path
                with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                    file.write(self.files[node])


def load(home: Path) -> Disk:
    disk = Disk(str(home))
    for path in home.rglob("*"):
        node = path.stat().st_ino
        disk.names[str(path)] = node
        if path.is_file():
            disk.files[node] = path.read_bytes()
    return disk


class Recorder:
    """Reads a trace of CALLS, with strings as hexadecimal numbers, into changes below home."""

    def __init__(self, disk: Disk, home: Path):
        self.disk, self.home = disk, str(home)
        self.now = disk.copy()
        self.open: dict[str, list] = {}  # descriptor: node, path, offset
        self.changes: list[Change] = []

    def add(self, kind: str, **fields) -> None:
        change = Change(kind, **fields)
        self.now.apply(change)
        self.changes.append(change)

    def create(self, kind: str, path: str) -> None:
        node = -1 - len(self.changes)
        if kind == "create":
            self.disk.files[node] = self.now.files[node] = b""
        self.add(kind, node=node, path=path)

    def read(self, trace: str) -> list[Change]:
        for line in trace.splitlines():
            if found := LINE.match(line):
                call, words, result = found.groups()
                strings = [bytes.fromhex(s.replace("\\x", "")) for s in STRING.findall(words)]
                self.call(call, words, strings, result)
        return self.changes

    def call(self, call: str, words: str, strings: list[bytes], result: str) -> None:
        number = re.match(r"\d*", words)[0]
        if call in ("open", "openat"):
            self.opened(strings[0].decode(), words, result)
        elif call == "close":
            self.open.pop(number, None)
        elif number in self.open:
            self.changed(call, self.open[number], words, strings, int(result))
        elif strings and strings[-1].startswith(self.home.encode()):
            self.named(call, [s.decode() for s in strings])

    def opened(self, path: str, words: str, result: str) -> None:
        if not path.startswith(self.home):
            return
        if path not in self.now.names and "O_CREAT" in words:
            self.create("create", path)
        self.open[result] = [self.now.names.get(path, 0), path, 0]
        if "O_TRUNC" in words:
            self.add("truncate", node=self.open[result][0])

    def changed(self, call: str, file: list, words: str, strings: list[bytes],
                result: int) -> None:
        node, path, offset = file
        if call == "write":
            self.add("write", node=node, offset=offset, data=strings[0][:result])
            file[2] += result
        elif call == "lseek":
            file[2] = result
        elif call == "ftruncate":
            self.add("truncate", node=node, offset=int(words.split(", ")[1]))
        elif call in ("fsync", "fdatasync"):
            self.add("sync", node=node, path=path)
        else:
            raise ValueError(f"the model does not know {call}")

    def named(self, call: str, paths: list[str]) -> None:
        if call.startswith("rename"):
            self.add("rename", node=self.now.names[paths[0]], path=paths[1], source=paths[0])
        elif call.startswith("unlink") or call == "rmdir":
            self.add("unlink", path=paths[0])
        elif call.startswith("mkdir"):
            self.create("mkdir", paths[0])
        elif call.startswith("link"):
            self.add("link", node=self.now.names[paths[0]], path=paths[1])
        else:
            raise ValueError(f"the model does not know {call}")


def list_unsynced(changes: list[Change]) -> list[int]:
    return [i for i, change in enumerate(changes) if change.kind != "sync"
            and not any(change.synced_by(later) for later in changes[i + 1:])]


def replay(disk: Disk, changes: list[Change], lost: dict[int, str]) -> Disk:
    """The disk after the changes, without those that are lost."""
    now = disk.copy()
    for i, change in enumerate(changes):
        data = WRITTEN[lost[i]](change.data) if i in lost else change.data
        if data is not None:
            now.apply(Change(change.kind, change.node, change.path, change.source, change.offset,
                             data))
    return now


def list_losses(changes: list[Change]) -> Iterator[dict[int, str]]:
    """None, each, each two, and all of the changes that no sync has made safe."""
    unsynced = list_unsynced(changes)
    single = [(i, how) for i in unsynced
              for how in (WRITTEN if changes[i].kind == "write" else ("lost",))]
    yield {}
    yield from ({i: how} for i, how in single)
    yield from (dict(two) for two in itertools.combinations(single, 2) if two[0][0] != two[1][0])
    yield {i: "lost" for i in unsynced}


def list_states(disk: Disk, changes: list[Change]) -> tuple[dict[tuple, tuple[Disk, str]], int]:
    """The different disks after each prefix of the changes, each with a description; and how many
    losses lead to them."""
    states: dict[tuple, tuple[Disk, str]] = {}
    count = 0
    for end in range(len(changes) + 1):
        for lost in list_losses(changes[:end]):
            count += 1
            found = replay(disk, changes[:end], lost)
            last = changes[end - 1] if end else None
            without = ", ".join(f"{changes[i].kind} {i} {how}" for i, how in lost.items())
            states.setdefault(found.key(), (found, f"after {end} changes (the last: "
                              f"{last and last.kind}), without [{without}]"))
    return states, count
