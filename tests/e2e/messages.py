# SPDX-License-Identifier: MIT
"""The error texts in src/, for docs/troubleshooting.md."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from conftest import TESTS

SRC = TESTS.parent / "src"
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|\w+|\s+|.', re.S)
CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]")
SETTERS = {"err_set", "err_set_errno", "err_fill", "err_fill_errno"}
EXIT_CODES = {"ERR_USAGE": 2, "ERR_REFUSED": 3, "ERR_REJECTED": 4, "ERR_UNAVAILABLE": 5,
              "ERR_FILE": 6, "ERR_CANCELLED": 7}

# Files whose texts become a part of an error of this kind: the function that gets a format, or ""
# for the strings of a table.
PARTS = {"net/failure.c": ("set_text", 5), "net/failure.c ": ("", 5), "net/tls_error.c": ("", 5),
         "net/chain.c": ("complain", 5), "net/chain.c ": ("", 5), "cli/usage.c": ("begin", 2),
         "base/value/query_token.c": ("fail_at", 2),
         "aws/ini/ini_rules.c": ("what", 6), "aws/ini/ini_dup.c": ("what", 6)}


@dataclass(frozen=True)
class Text:
    place: str  # file:line
    code: int  # 0 if the kind is that of another error
    format: str

    @property
    def pieces(self) -> list[str]:
        """What is between the conversions."""
        return [re.sub(r"\\(.)", r"\1", piece).replace("\0", "%") for piece in
                CONVERSION.split(self.format.replace("%%", "\0"))]

    @property
    def letters(self) -> int:
        """How many it has of its own, beside those of other texts."""
        return len(re.sub(r"\W", "", "".join(self.pieces)))

    @property
    def pattern(self) -> str:
        ends = (0, len(self.pieces) - 1)
        return ".*".join(re.escape(piece.strip("; .") if i in ends else piece)
                         for i, piece in enumerate(self.pieces) if piece)


def tokens(text: str) -> list[tuple[str, int]]:
    found, line = [], 1
    for match in TOKEN.finditer(text):
        if not match[0].isspace() and not match[0].startswith(("/*", "//")):
            found.append((match[0], line))
        line += match[0].count("\n")
    return found


def strings(words: list[str]) -> list[str]:
    """The string literals, adjacent ones and those beside PRId64 joined."""
    found, joins = [], False
    for word in words:
        if word.startswith('"'):
            if joins:
                found[-1] += word[1:-1]
            else:
                found.append(word[1:-1])
            joins = True
        elif joins and word.startswith("PRI"):
            found[-1] += "d"
        else:
            joins = False
    return found


def calls(path: Path, names: set[str]):
    """(line, words) of each call of a function with one of these names."""
    words = tokens(path.read_text())
    for at, (word, line) in enumerate(words[:-1]):
        if word in names and words[at + 1][0] == "(":
            depth, end = 0, at + 1
            while True:
                depth += {"(": 1, ")": -1}.get(words[end][0], 0)
                if depth == 0:
                    break
                end += 1
            yield line, [w for w, _ in words[at + 2:end]]


def error_texts() -> list[Text]:
    """Those of the exit codes 2 to 7."""
    found = []
    for path in sorted(SRC.rglob("*.c")):
        place = path.relative_to(SRC).as_posix()
        for line, words in calls(path, SETTERS):
            kinds = [word for word in words if word.startswith("ERR_")]
            codes = [EXIT_CODES[kind] for kind in kinds if kind in EXIT_CODES]
            if words[:2] == ["struct", "err"] or (kinds and not codes):
                continue
            found += [Text(f"{place}:{line}", codes[0] if codes else 0, text)
                      for text in strings(words)]
    return found


def part_texts() -> list[Text]:
    """Texts that become a part of an error."""
    found = []
    for name, (function, code) in PARTS.items():
        path = SRC / name.strip()
        source = path.read_text()
        if function == "what":
            texts = re.findall(r'\.what = "((?:[^"\\]|\\.)*)"', source)
        elif function:
            texts = [s for _, words in calls(path, {function}) for s in strings(words)]
        else:
            texts = re.findall(r'(?:^#define \w+|\{\w+,(?: \w+, \w+, \w+,)?)\s+'
                               r'(?:NOT_HTTP |BROKE )?"((?:[^"\\]|\\.)*)"', source, re.M)
        assert texts, name
        found += [Text(name.strip(), code, text) for text in texts]
    return found


@functools.cache
def all_texts(letters: int = 5) -> list[Text]:
    """Those with at least so many letters. "%s: %s" has none, and consists of other texts."""
    return [text for text in error_texts() + part_texts() if text.letters >= letters]
