# SPDX-License-Identifier: MIT
"""What the binary's own help says: its commands, their options and variables.

Tests take their rows from here, so that a new option that no test knows makes one fail.
"""

from __future__ import annotations

import functools
import re
import subprocess
from dataclasses import dataclass

from conftest import BIN

OPTION = re.compile(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z:|[\]]+))?(?: +|$)", re.M)


@dataclass(frozen=True)
class Option:
    command: str
    name: str
    letter: str
    value: str  # "" for a switch
    aliases: tuple[str, ...]
    variables: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.command} --{self.name}"


@functools.cache
def text(*args: str) -> str:
    return subprocess.run([BIN, *args], env={}, capture_output=True, text=True, check=True).stdout


@functools.cache
def commands() -> tuple[str, ...]:
    listing = text("help").split("Commands:\n")[1].split("\n\n")[0]
    return tuple(line.split()[0] for line in listing.splitlines())


@functools.cache
def options(command: str) -> tuple[Option, ...]:
    _, _, listing = text("help", command).partition("in their place]:\n")
    heads = list(OPTION.finditer(listing))
    ends = [head.start() for head in heads[1:]] + [len(listing)]
    found = []
    for head, end in zip(heads, ends):
        words = " ".join(listing[head.end():end].split())
        names = re.search(r"\[([\w, ]+)\]$", words)
        found.append(Option(command, head[2], head[1] or "", head[3] or "",
                            tuple(re.findall(r"also --([\w-]+)", words)),
                            tuple(names[1].split(", ")) if names else ()))
    return tuple(found)


def all_options() -> list[Option]:
    return [option for command in commands() for option in options(command)]
