# SPDX-License-Identifier: MIT
"""The error messages of src/: each format with each text that its arguments can have.

c_strings.py says what it cannot follow. The exit code is also unknown here for a message around
another one ("CONTEXT: " before it) and for an error that another function stored."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import c_strings
from c_strings import DATA, HINT, NAME_END, NAME_START, NUMBER, REST
from messages import EXIT_CODES, SETTERS

UNKNOWN, INTERNAL = 0, 1  # beside exit codes

# Functions with a format: the positions of the kind (or the exit code) and of the format.
PRINTERS = {"err_set": (1, 2), "err_fill": (1, 2), "err_set_errno": (1, 2),
            "err_fill_errno": (1, 2), "err_wrap": (UNKNOWN, 1), "set_text": (5, 2),
            "complain": (5, 2), "add_why": (2, 1)}
# What they append.
ENDS = {"err_wrap": f": {HINT}", "err_set_errno": f": {DATA}", "err_fill_errno": f": {DATA}"}
# Other functions with a format, beside those of messages.OTHER_CALLS.
OTHER_PRINTERS = {
    "err_prepend": "err_wrap calls it", "add": "what the user can do, after the cause",
    "buf_add_args": "output",
}
# Functions that give an error of others another exit code: this code, and the functions whose
# errors get it, with those of the functions that they call.
RECODED = {
    "aws/credentials.c aws_credentials_check": (5, ["aws_region_check"]),
    "portal/call.c portal_check_region": (5, ["aws_region_check"]),
    "session/region.c use": (6, ["aws_region_check"]),
    "serve/policy_file.c blame_line": (6, ["policy_name_check", "scope_set_tenant"]),
    "settings/settings_file.c settings_file_read":
        (6, ["json_parse", "json_string", "json_scalar", "setting_value_parse"]),
    "base/fs_lock.c fs_lock_target": (6, ["base/fs_lock.c take"]),
    "kube/exec_credential.c exec_info_read":
        (2, ["json_parse", "json_get_string", "json_member", "json_get_bool"]),
}
# Combinations that the program never prints, because its parts depend on the same condition.
IMPOSSIBLE = {
    r" is not null$": "null counts as missing",
    r"^2: \"(?!spec)\S+\" is not (a number|a list|an object)$":
        "KUBERNETES_EXEC_INFO has texts and a switch",
    r"^[26]: not a JSON string$": "the type was checked before",
    r"line N: .*already; HINT": "the message about a duplicate names the other line",
    r"line N: .*(?<!already) on line N; HINT": "other messages name one line",
    r"line N: (?!name).* is not a string: put it in quotes|line N: (?!kind).* is not Config|"
    r"line N: (?!apiVersion).* is not v1": "of one field",
    r"^0: perhaps not all of it was pasted": "the terminal",
    r"AWS config file .* AWS_SHARED|AWS credentials file .* AWS_CONFIG": "the other variable",
    r": (unexpected|invalid|the expression).* is not supported": "only parts of JMESPath",
    r": (function|slice|wildcard|X) \"?X\"? at column N$": "a part of JMESPath is not supported",
    r": (unexpected|function|slice|wildcard|X) X at column|: XX|: X\"X": "as \"X\", after a blank",
    r": (invalid quoted name|the expression ends too early,)\"": "the text is left out",
    r"is not a rule name: .*(\. and|may be \*)|is not a namespace: .*\. and|"
    r"is not a service account: .*digits and": "only names of accounts have dots",
    r"^2: .*( is not a rule name: |may be \*$)|^6: .* (namespace|account): .*both ends$":
        "a policy has patterns and names of rules, --as has not",
}
# Texts that other functions append to a message.
APPENDED = ["; end that process, or use --no-cache", ", or use --raise-role-max",
            ", which DUPLO_KEY_... can name", " PROXY; check VARIABLE", " (trusted: SOURCE)"]
# In rows: the placeholder for DATA, and for further text before and after the message.
PLACEHOLDER = r"(?:[A-Z][A-Z0-9]*(?:[-/:=*.][A-Z]+)*|\.\.\.)"
BEFORE = rf"(?:(?:{PLACEHOLDER}|line N|element N): )*"
AFTER = (rf"(?:(?:; |: |\. )(?:HINT|WORDS|WHY|\.\.\.|use \.\.\.)| \.\.\.|"
         rf"{'|'.join(map(re.escape, APPENDED))})?")


@dataclass(frozen=True)
class Composed:
    place: str
    code: int
    text: str

    @property
    def example(self) -> str:
        names = {DATA: "X", REST: "X", NUMBER: "N", HINT: "HINT", NAME_START: "", NAME_END: ""}
        return "".join(names.get(character, character) for character in self.text)

    @property
    def is_message(self) -> bool:
        """Whether it is more than the name of an option or file before another message. Texts with
        "" or an odd number of quotes come from arguments that are not composed together."""
        own = re.sub(rf"{NAME_START}.*?{NAME_END}|[{DATA}{REST}{NUMBER}{HINT}]", "", self.text)
        words = r"[a-z]+ +[a-z]+" if self.text.endswith(ENDS["err_wrap"]) else r"\w{3}"
        return self.text.count('"') % 2 == 0 and '""' not in self.text and \
            re.search(words, own) is not None

    @property
    def reason(self) -> str | None:
        """Why the program does not print it."""
        return next((reason for pattern, reason in IMPOSSIBLE.items()
                     if re.search(pattern, f"{self.code}: {self.example}")), None)

    @property
    def pattern(self) -> str:
        """Of a row for it."""
        text, hint, _ = self.text.partition(HINT)
        end = ": .+" if self.text.endswith(ENDS["err_wrap"]) else ".*" if hint else AFTER
        return f"{BEFORE}{as_pattern(text.rstrip(' ;:') if hint else text)}{end}"


def as_pattern(text: str) -> str:
    found = ""
    option = re.match(rf"{NAME_START}?([-A-Z_]+):{NAME_END}? ", text)
    if re.match(rf"{DATA}(?:[;.,]| \()", text):  # another message
        found, text = ".+", text[1:]
    elif option:
        found, text = f"(?:(?:{option[1]}|{PLACEHOLDER}): )?", text[option.end():]
    for match in re.finditer(rf"{NAME_START}(.*?){NAME_END}|.", text):
        if match[1]:
            found += f"(?:{as_pattern(match[1])}|{PLACEHOLDER})"
        elif match[0] == DATA and re.search(rf"[\w){NUMBER}]$", text[:match.start()]):
            # It may be empty.
            found += rf"(?:[:;]? ?{PLACEHOLDER})?"
        else:
            found += {DATA: PLACEHOLDER, REST: f"(?:{PLACEHOLDER})?",
                      NUMBER: r"(?:[A-Z]+|\d+)"}.get(match[0], re.escape(match[0]))
    return found


def exit_codes(words: list[str], file: c_strings.File, at: int) -> set[int]:
    """Those of a kind. 126 and 127 have no rows: they are those of a program."""
    kinds = [word for word in words if word.startswith("ERR_")]
    if kinds:
        return {EXIT_CODES.get(kind, INTERNAL) for kind in kinds if "COMMAND" not in kind}
    function = file.function_at(at)
    for place, _, right in file.by_name.get(words[-1], []):
        if file.function_at(place) == function:
            return exit_codes(right, file, place)
    return {UNKNOWN}


def reached(names: list[str], sources: c_strings.Sources) -> set[tuple[str, str]]:
    """(file, name) of functions, and of those that they call."""
    found = set()
    open_ = [pair for name in names for pair in sources.functions.get(name.split()[-1], [])
             if len(name.split()) == 1 or pair[0].place == name.split()[0]]
    while open_:
        file, function = open_.pop()
        if (file.place, function.name) in found:
            continue
        found.add((file.place, function.name))
        for at, name, _ in file.calls:
            if function.start <= at < function.end:
                pairs = sources.functions.get(name, [])
                open_ += ([pair for pair in pairs if pair[0] is file] or
                          [pair for pair in pairs if not sources.is_static(*pair)])
    return found


@functools.cache
def composed_texts(sources: c_strings.Sources) -> list[Composed]:
    recoded = [(code, reached(names, sources)) for code, names in RECODED.values()]
    found = set()
    for file in sources.files:
        for at, name, arguments in file.calls:
            function = file.function_at(at)
            if name not in PRINTERS or function is None:
                continue
            kind, form = PRINTERS[name]
            codes = exit_codes(arguments[kind], file, at) if name in SETTERS else {kind}
            if codes - {UNKNOWN, INTERNAL}:
                codes |= {code for code, functions in recoded
                          if (file.place, function.name) in functions}
            texts = sources.composed(arguments[form], arguments[form + 1:], file, at)
            found |= {Composed(f"{file.place}:{file.lines[at]}", code, text + ENDS.get(name, ""))
                      for text in texts for code in codes}
    return sorted((text for text in found if text.is_message),
                  key=lambda text: (text.place, text.code, text.text))


def messages() -> list[Composed]:
    """Those that the program can print."""
    return [text for text in composed_texts(c_strings.sources()) if text.reason is None]
