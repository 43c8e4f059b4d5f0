# SPDX-License-Identifier: MIT
"""The error texts in src/, for docs/troubleshooting.md."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from c_strings import SRC, tokens

CONVERSION = re.compile(r"%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]")
SETTERS = {"err_set", "err_set_errno", "err_fill", "err_fill_errno"}
EXIT_CODES = {"ERR_USAGE": 2, "ERR_REFUSED": 3, "ERR_REJECTED": 4, "ERR_UNAVAILABLE": 5,
              "ERR_FILE": 6, "ERR_CANCELLED": 7}

# Errors also consist of parts that are set in other places: arguments, tables, returned texts. Each
# string in src/ with two words in a row is a part, except what follows, which is in no error.
PROSE = re.compile(r"[a-z]{2,},? [a-z]{2,}|[a-z]{2,} %[^%]|%[a-z]+ [a-z]{2,}")
OTHER_CALLS = {
    "_Static_assert": "for the compiler",
    "strstr": "compared", "strcasestr": "compared",
    "log_debug": "the log", "log_warn": "the log", "log_warn_once": "the log",
    "log_note": "the log",
    "buf_add_str": "output", "buf_add_fmt": "output", "say": "output",
    "output_message_write": "output",
    "add_head": "a manual page", "status_add": "status", "add_duration": "status", "use": "status",
    "json_put_string": "a kubeconfig",
    "metrics_add_head": "metrics", "metrics_add_number": "metrics",
    "exchange_fail": "a response of serve", "page_show": "a page in the browser",
    "refuse": "a page in the browser", "browser_wait_tell": "the terminal",
    "link_page_open": "the terminal",
    "fs_write_fd": "names what is written", "fs_read_fd": "names what is read",
    "check_token": "names a source of the token", "profile_process_note_variables": "names a file",
    "fail_ignored": "names what the portal did not change",
}
HELP_FIELDS = {"help", "summary", "examples", "details", "text", "exit_codes", "files", "security"}
# Fields with the end of a message: what to do, after the cause.
HINT_FIELDS = {"aws/ini/ini_rules.c advice", "aws/ini/ini_dup.c advice", "effect", "ca_file",
               "token", "otp", "admin", "tenants", "wait", "missing_hint", "lock_hint",
               "timeout_hint"}
OTHER_FIELDS = HELP_FIELDS | HINT_FIELDS | {"meaning", "rule", "source",
                                           "base/value/query_token.c constructs"}
OTHER_FILES = {
    "cli/help.c": "help", "cli/output_value.h": "help", "cmd/help/": "help",
    "cmd/completion/": "scripts of shells", "cmd/status/": "the output of status",
    "cmd/cache.c": "the output of cache", "aws/format.c": "text for PowerShell",
    "base/log.c": "the log", "session/wait_line.c": "the terminal",
    "session/hints.c": "hints: what to do, after the cause",
    "net/http_progress.c": "when a failure happened; the cause follows",
    "login/browser_environment.c": "the terminal", "login/page.c": "a page in the browser",
    "serve/metrics.c": "metrics", "serve/agent.c": "responses to pods and the log",
    "serve/agent_counters.c": "labels of metrics", "serve/exchange.c": "responses of serve",
    "serve/verdicts.c": "responses to pods",
    "settings/settings_list.c": "the output of settings",
}
OTHER_STRINGS = {
    "not done": "the output of settings",
    "context %s in %s: %s": "the output of update-kubeconfig",
    "waiting for the browser: %lld:%02lld left (Ctrl-C cancels)": "the terminal",
    "waiting for the login in another process: %d:%02d left (Ctrl-C cancels)": "the terminal",
    "to log in to %s": "the terminal",
    "its subject": "is the name in a message about name constraints",
    "the SDKs for Rust and Java reject the file": "after the cause: who is affected",
    "the AWS CLI and boto3 reject the file": "after the cause: who is affected",
    "the AWS CLI, boto3 and the SDKs for Rust and Java reject the file":
        "after the cause: who is affected",
    ". Did you mean `%s`?": "after the cause", ". Did you mean --%s?": "after the cause",
    ". Did you mean --tenant%s%s?": "after the cause",
    "no landlock": "the log", "is outside the validity of its certificate": "the log",
    "is not between 2020 and 2099": "the log",
    "perhaps not all of it was pasted": "the terminal",
}


@dataclass(frozen=True)
class Text:
    place: str  # file:line
    code: int  # 0 for a part of another error, or if the kind is that of another error
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


def is_part(place: str, call: str, field: str, text: str) -> bool:
    """Whether a string outside the setters can be in an error."""
    return not (call in OTHER_CALLS or {field, f"{place} {field}"} & OTHER_FIELDS or
                text in OTHER_STRINGS or any(place.startswith(name) for name in OTHER_FILES) or
                not PROSE.search(text))


def file_strings(path: Path):
    """(line, call, field, text) of each string: the function that gets it, and the field or
    variable that it initializes, or "". Adjacent strings are one, with %s for a macro between them;
    a list with NULs between its texts is several."""
    words = [*tokens(re.sub(r"^#include .*", "", path.read_text(), flags=re.M)), ("", 0)]
    calls_open, at = [], 0
    while at < len(words):
        word, line = words[at]
        if word in ("(", "["):
            calls_open.append(words[at - 1][0] if word == "(" else "")
        elif word in (")", "]"):
            calls_open.pop()
        elif word.startswith('"'):
            end = at
            while re.match(r'"|[A-Z][A-Z0-9_]+', words[end][0]):
                end += 1
            literals = ['"%s"' if re.match(r"(?!PRI)\w", w) else w for w, _ in words[at:end]]
            call = next((name for name in reversed(calls_open) if re.match(r"\w", name)), "")
            before = [w for w, _ in words[max(0, at - 5):at] if w not in "[]"]
            field = before[-2] if before[-1:] == ["="] else ""
            for text in strings(literals)[0].split("\\0"):
                yield line, call, field, text
            at = end - 1
        at += 1


@functools.cache
def all_strings() -> list[tuple[str, int, str, str, str]]:
    """(file, line, call, field, text) of each string in src/ that is not in a call of a setter."""
    return [(path.relative_to(SRC).as_posix(), *string) for path in sorted(SRC.rglob("*.[ch]"))
            for string in file_strings(path) if string[1] not in SETTERS]


def part_texts() -> list[Text]:
    """Texts that become a part of an error."""
    return [Text(f"{place}:{line}", 0, text) for place, line, call, field, text in all_strings()
            if is_part(place, call, field, text)]


@functools.cache
def all_texts() -> list[Text]:
    """Those with at least five letters. "%s: %s" has none, and consists of other texts."""
    return [text for text in error_texts() + part_texts() if text.letters >= 5]
