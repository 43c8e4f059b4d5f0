# SPDX-License-Identifier: MIT
"""Reads the help of the binary: its commands, their options and the options' variables.

Tests take their rows from here, so that a new option that no test covers makes a test fail.
"""

from __future__ import annotations

import functools
import re
import subprocess
from dataclasses import dataclass

from conftest import BIN

OPTION = re.compile(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z:|/[\]]+))?(?: +|$)", re.M)
END = re.compile(r"\n(?=\S)|\n\n")  # an option's text ends before the next heading


@dataclass(frozen=True)
class Option:
    command: str
    name: str
    letter: str
    value: str  # "" for a switch
    aliases: tuple[str, ...]
    variables: tuple[str, ...]
    text: str  # what it does, without aliases and variables

    @property
    def id(self) -> str:
        return f"{self.command} --{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@functools.cache
def text(*args: str) -> str:
    return subprocess.run([BIN, *args], env={}, capture_output=True, text=True, check=True).stdout


@functools.cache
def commands() -> tuple[str, ...]:
    listing = text("help").split("Commands:\n")[1].split("\n\n")[0]
    return tuple(line.split()[0] for line in listing.splitlines())


@functools.cache
def options(command: str) -> tuple[Option, ...]:
    """Those of the command, or of every command if it is ""."""
    listing = text("help", *filter(None, [command]))
    heads = list(OPTION.finditer(listing))
    ends = [head.start() for head in heads[1:]] + [len(listing)]
    found = []
    for head, end in zip(heads, ends):
        words = " ".join(END.split(listing[head.end():end])[0].split())
        names = re.search(r"\[(\$[\w$, ]+)\]$", words)
        found.append(Option(command, head[2], head[1] or "", head[3] or "",
                            tuple(re.findall(r"also --([\w-]+)", words)),
                            tuple(re.findall(r"\w+", names[1])) if names else (),
                            re.sub(r"(; also --[\w-]+)? ?(\[\$[\w$, ]+\])?$", "", words)))
    return tuple(found)


def all_options() -> list[Option]:
    return [option for command in commands() for option in options(command)]


def one_of_each() -> list[Option]:
    """Each option once, of the first command that has it."""
    return list({option.name: option for option in reversed(all_options())}.values())[::-1]
