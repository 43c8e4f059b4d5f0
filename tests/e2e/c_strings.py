# SPDX-License-Identifier: MIT
"""Which texts an expression in src/ can have.

Follows variables, parameters to the calls, returned values, tables, fields of structs, and buffers
that snprintf or text_copy writes. A text has DATA for what is not known (a path, a name from a
file, a text of a library), NUMBER for a number and HINT for a text of HINT_SOURCES. It does not
follow pointers to functions, text that is built with loops, and copies of whole structs."""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

from conftest import TESTS

SRC = TESTS.parent / "src"
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|\w+|->|'
                   r'[=!<>+|&-]=|\.\.\.|\s+|.', re.S)
CONVERSION = re.compile(r"%[-+ #0]*(\*|\d+)?(?:\.(\*|\d+))?(?:hh|h|ll|l|z|j|t)?([a-zA-Z%])")
DATA, NUMBER, HINT, NAME_START, NAME_END, REST = "\1", "\2", "\3", "\4", "\5", "\6"
NAME = re.compile(r"[A-Za-z_]\w*$")
# Functions and fields with the end of a message: what to do, or when it happened.
HINT_SOURCES = {"advice", "effect", "effect_of", "http_phase_text", "missing_hint", "timeout_hint"}
# Variables whose texts share one row.
DATA_SOURCES = {"constructs": "parts of JMESPath, which the row names"}
# Names of inputs and outputs that have several words.
NAMES = {"standard input", "standard output", "standard error", "the token on standard input",
         "the MFA code on standard input", "the help", "the masks", "the pipe", "built-in roots",
         "a variable", "an entry", "the file"}
COMBINATIONS_MAX = 20000


def tokens(text: str) -> list[tuple[str, int]]:
    found, line = [], 1
    for match in TOKEN.finditer(text):
        if not match[0].isspace() and not match[0].startswith(("/*", "//")):
            found.append((match[0], line))
        line += match[0].count("\n")
    return found


def match_brackets(words: list[str]) -> dict[int, int]:
    """The position of the closing bracket for that of the opening one, and the reverse."""
    found, opened = {}, []
    for at, word in enumerate(words):
        if word in ("(", "[", "{"):
            opened.append(at)
        elif word in (")", "]", "}"):
            start = opened.pop()
            found[start], found[at] = at, start
    return found


def split(words: list[str], separator: str = ",") -> list[list[str]]:
    """The parts between separators that are in no brackets."""
    brackets, parts, start, at = match_brackets(words), [], 0, 0
    while at < len(words):
        if words[at] == separator:
            parts.append(words[start:at])
            start = at + 1
        at = brackets.get(at, at) + 1
    return [*parts, words[start:]] if start < len(words) else parts


def last_name(words: list[str]) -> str:
    """The name that a declaration or the left side of an assignment ends with."""
    while words and words[-1] == "]":
        words = words[:match_brackets(words)[len(words) - 1]]
    return words[-1] if words and NAME.match(words[-1]) else ""


@dataclass
class Function:
    name: str
    parameters: list[str]
    start: int
    end: int
    is_variadic: bool


@dataclass
class File:
    place: str
    words: list[str] = field(repr=False)
    lines: list[int] = field(repr=False)
    functions: list[Function] = field(default_factory=list, repr=False)

    def function_at(self, at: int) -> Function | None:
        found = bisect.bisect_right(self.starts, at) - 1
        return self.functions[found] if found >= 0 and at < self.functions[found].end else None

    @functools.cached_property
    def starts(self) -> list[int]:
        return [function.start for function in self.functions]

    @functools.cached_property
    def brackets(self) -> dict[int, int]:
        return match_brackets(self.words)

    @functools.cached_property
    def assignments(self) -> list[tuple[int, list[str], list[str]]]:
        """(position, left side, right side) of each =."""
        found = []
        for at, word in enumerate(self.words):
            if word == "=":
                start = at
                while start > 0 and (self.words[start - 1] in (".", "->", "]", "*", "const") or
                                     NAME.match(self.words[start - 1])):
                    start = self.brackets.get(start - 1, start - 1)
                if 0 < start < at and self.words[start - 1] == "}" and self.words[start] != ".":
                    # struct NAME {...} variable[] = {
                    start = self.brackets[start - 1]
                    start -= 2 if self.words[start - 2] == "struct" else 0
                found.append((at, self.words[start:at], self.expression(at + 1)))
        return found

    @functools.cached_property
    def by_name(self) -> dict[str, list[tuple[int, list[str], list[str]]]]:
        """The assignments to each variable."""
        found = {}
        for assignment in self.assignments:
            if "." not in assignment[1] and "->" not in assignment[1]:
                found.setdefault(last_name(assignment[1]), []).append(assignment)
        return found

    def expression(self, at: int) -> list[str]:
        """From here to a comma, a semicolon or the bracket around it."""
        end = at
        while self.words[end] not in (",", ";", ")", "]", "}"):
            end = self.brackets.get(end, end) + 1
        return self.words[at:end]

    @functools.cached_property
    def calls(self) -> list[tuple[int, str, list[list[str]]]]:
        starts = {function.start for function in self.functions}
        return [(at, word, split(self.words[at + 2:self.brackets[at + 1]]))
                for at, word in enumerate(self.words[:-1])
                if self.words[at + 1] == "(" and NAME.match(word) and
                self.brackets[at + 1] + 2 not in starts]


class Sources:
    def __init__(self, root: Path = SRC) -> None:
        self.macros: dict[str, list[str]] = {}
        self.structs: dict[str, dict[str, dict[str, str | None]]] = {}  # by name and file
        self.files = [self.read(path.relative_to(root).as_posix(), path.read_text())
                      for path in sorted(root.rglob("*.[ch]"))]
        self.functions: dict[str, list[tuple[File, Function]]] = {}
        self.calls: dict[str, list[tuple[File, int, list[list[str]]]]] = {}
        for file in self.files:
            for function in file.functions:
                self.functions.setdefault(function.name, []).append((file, function))
            for at, name, arguments in file.calls:
                self.calls.setdefault(name, []).append((file, at, arguments))
        self.index_fields()
        self.known: dict[tuple[str, int, tuple[str, ...]], set[str]] = {}

    def read(self, place: str, text: str) -> File:
        for name, value in re.findall(r"^#define (\w+) +((?:.*\\\n)*.*)$", text, re.M):
            self.macros[name] = [word for word, _ in tokens(value.replace("\\\n", " "))]
        found = tokens(re.sub(r"^#(?:.*\\\n)*.*$", lambda m: "\n" * m[0].count("\n"), text,
                              flags=re.M))
        file = File(place, [word for word, _ in found], [line for _, line in found])
        depth = 0
        for at, word in enumerate(file.words):
            if word == "{" and depth == 0 and file.words[at - 1] == ")":
                head = file.brackets[at - 1]
                parameters = [last_name(part) for part in split(file.words[head + 1:at - 1])]
                file.functions.append(Function(file.words[head - 1], parameters, at + 1,
                                               file.brackets[at], file.words[at - 2] == "..."))
            elif word == "{" and file.words[at - 2] == "struct":
                names = self.field_names(file.words[at + 1:file.brackets[at]])
                self.structs.setdefault(file.words[at - 1], {})[place] = names
            depth += (word == "{") - (word == "}")
        return file

    def elements(self, rows: list[str], column: int | None, name: str) -> list[list[str]]:
        """Those of an initializer in braces, or of one column if its elements are structs."""
        found = []
        for at, part in enumerate(split(rows[1:-1])):
            designated = "=" in part and part[0] in ("[", ".") and part.index("=")
            value = part[designated + 1:] if designated else part
            if value[:1] == ["{"]:
                found += self.elements(value, column, name)
            elif name == "" or (part[1] == name if part[0] == "." else at == column):
                found.append(value)
        return found

    def texts(self, words: list[str], file: File, at: int, seen: frozenset = frozenset()
              ) -> set[str]:
        """Those of an expression at this position of the file."""
        key = (file.place, at, tuple(words))
        if key in seen:
            return set()
        if key not in self.known:
            self.known[key] = self.texts_of(words, file, at, seen | {key})
        return self.known[key]

    def texts_of(self, words: list[str], file: File, at: int, seen: frozenset) -> set[str]:
        while words and (words[0] in ("&", "*") or
                         (words[0] == "(" and match_brackets(words)[0] == len(words) - 1)):
            words = words[1:-1] if words[0] == "(" else words[1:]
        if words[:1] == ["("] and match_brackets(words)[0] < len(words) - 1 and \
                "?" not in split(words, "?")[0][len(words):] and len(split(words, "?")) == 1:
            return self.texts(words[match_brackets(words)[0] + 1:], file, at, seen)  # a cast
        choice = split(words, "?")
        if len(choice) > 1:
            rest = words[len(choice[0]) + 1:]
            first = self.first_choice(rest)
            return (self.texts(rest[:first], file, at, seen) |
                    self.texts(rest[first + 1:], file, at, seen))
        if any(word.startswith('"') for word in words) and \
                all(word.startswith('"') or word in self.macros or word.startswith("PRI")
                    for word in words):
            return {unescape(self.literal(words))}
        if len(words) == 1:
            return self.texts_of_name(words[0], file, at, seen)
        if words[-1:] == [")"] and NAME.match(words[0]) and match_brackets(words).get(1) == \
                len(words) - 1:
            return self.texts_of_call(words[0], file, seen)
        while words and words[-1] == "]":
            words = words[:match_brackets(words)[len(words) - 1]]
        if len(words) == 1:
            return self.texts_of_name(words[0], file, at, seen)
        if len(words) > 2 and words[-2] in (".", "->"):
            return self.texts_of_field(words, file, at, seen)
        return {DATA}

    @staticmethod
    def first_choice(words: list[str]) -> int:
        """The position of the : of a ?"""
        depth = at = 0
        brackets = match_brackets(words)
        while True:
            depth += (words[at] == "?") - (words[at] == ":")
            if depth < 0:
                return at
            at = brackets.get(at, at) + 1

    def literal(self, words: list[str]) -> str:
        found = ""
        for word in words:
            if word.startswith('"'):
                found += word[1:-1]
            elif word.startswith("PRI"):
                found += "d"
            else:
                found += self.literal(self.macros[word])
        return found

    def texts_of_name(self, name: str, file: File, at: int, seen: frozenset) -> set[str]:
        if name == "NULL" or not NAME.match(name):
            return set()
        if name in HINT_SOURCES:
            return {HINT}
        if name in DATA_SOURCES:
            return {f"{DATA} "}
        if name in self.macros:
            return self.texts(self.macros[name], file, at, seen)
        function = file.function_at(at)
        found, known = set(), False
        for scope in (function, None):
            for place, _, right in file.by_name.get(name, []):
                if file.function_at(place) == scope:
                    known = True
                    values = self.elements(right, None, "") if right[:1] == ["{"] else [right]
                    for value in values:
                        found |= self.texts(value, file, place, seen)
            if scope is not None:
                written = self.texts_written(name, file, function, seen)
                found |= written
                known |= bool(written)
                if name in function.parameters:
                    return found | self.texts_of_parameter(function, name, file, seen) or {DATA}
            if known:
                break
        return found if known else {DATA}

    def texts_written(self, variable: str, file: File, function: Function, seen: frozenset
                      ) -> set[str]:
        """What snprintf and text_copy write to a variable of the function."""
        found = set()
        for at, name, arguments in file.calls:
            if name in ("snprintf", "text_copy") and arguments[0] == [variable] and \
                    file.function_at(at) == function:
                found |= (self.composed(arguments[2], arguments[3:], file, at, seen)
                          if name == "snprintf" else self.texts(arguments[2], file, at, seen))
        return found

    def texts_of_parameter(self, function: Function, name: str, file: File, seen: frozenset
                           ) -> set[str]:
        index, found = function.parameters.index(name), set()
        own = [other for other, f in self.functions[function.name] if f is not function]
        for caller, at, arguments in self.calls.get(function.name, []):
            if len(arguments) > index and (caller is file or (
                    caller not in own and not self.is_static(file, function))):
                found |= self.texts(arguments[index], caller, at, seen)
        return found

    @staticmethod
    def is_static(file: File, function: Function) -> bool:
        head = file.brackets[function.start - 2]
        return "static" in file.words[max(0, head - 6):head]

    def texts_of_call(self, name: str, file: File, seen: frozenset) -> set[str]:
        if name in HINT_SOURCES:
            return {HINT}
        if name in ("_", "strerror"):
            return {DATA}
        functions = self.functions.get(name, [])
        own = [pair for pair in functions if pair[0] is file]
        found = set()
        for other, function in own or functions:
            for at in range(function.start, function.end):
                if other.words[at] == "return":
                    found |= self.texts(other.expression(at + 1), other, at, seen)
        return found if functions else {DATA}

    def texts_of_field(self, words: list[str], file: File, at: int, seen: frozenset) -> set[str]:
        """Of a table with this name in this file, or of each place that sets the field."""
        name, owner = words[-1], words[0]
        if name in HINT_SOURCES:
            return {HINT}
        own = [(place, value) for place, left, right in file.by_name.get(owner, [])
               if right[:1] == ["{"]
               for value in self.elements(right, self.column(left, name, file), name)]
        if own and len(words) == 3 + len([w for w in words if w == "["]) * 3:
            return {text for place, value in own for text in self.texts(value, file, place, seen)}
        struct = self.struct_of(words[:-2], file, at)
        if struct is None:
            return {DATA}
        found = set()
        for other, place, value in self.written.get((struct, name), []):
            found |= self.texts(value, other, place, seen)
        for other, place, arguments in self.copied.get((struct, name), []):
            found |= (self.composed(arguments[2], arguments[3:], other, place, seen)
                      if other.words[place] == "snprintf"
                      else self.texts(arguments[2], other, place, seen))
        return found or {DATA}

    def struct_of(self, words: list[str], file: File, at: int) -> str | None:
        """The struct that an expression is, or points to."""
        while words and words[-1] == "]":
            words = words[:match_brackets(words)[len(words) - 1]]
        if len(words) > 2 and words[-2] in (".", "->"):
            owner = self.struct_of(words[:-2], file, at)
            return self.fields(owner, file).get(words[-1])
        if len(words) != 1:
            return None
        function = file.function_at(at)
        spans = [(0, len(file.words))]
        if function is not None:
            spans.insert(0, (file.brackets[function.start - 2], function.end))
        for start, end in spans:
            for place in range(start, end):
                if file.words[place] == words[0] and file.words[place + 1] in "),;=[":
                    before = [w for w in file.words[max(0, place - 4):place]
                              if w not in ("*", "const")]
                    if before[-2:-1] == ["struct"]:
                        return before[-1]
        return None

    def index_fields(self) -> None:
        """Where each field of each struct is set."""
        self.written: dict[tuple[str, str], list[tuple[File, int, list[str]]]] = {}
        self.copied: dict[tuple[str, str], list[tuple[File, int, list[list[str]]]]] = {}
        for file in self.files:
            for place, left, right in file.assignments:
                if left[-2:-1] in (["."], ["->"]):
                    struct = (self.struct_of(left[:-2], file, place) if len(left) > 2
                              else self.initialized(file, place))
                    if struct is not None:
                        self.written.setdefault((struct, left[-1]), []).append((file, place, right))
                elif right[:1] == ["{"] and "struct" in left[:-1]:
                    struct = left[left.index("struct") + 1]
                    for column, name in enumerate(self.fields(struct, file)):
                        self.written.setdefault((struct, name), []).extend(
                            (file, place, value) for value in self.elements(right, column, name)
                            if not any(word == name for word in right))
            for place, called, arguments in file.calls:
                if called in ("snprintf", "text_copy") and \
                        arguments[0][-2:-1] in (["."], ["->"]):
                    struct = self.struct_of(arguments[0][:-2], file, place)
                    if struct is not None:
                        self.copied.setdefault((struct, arguments[0][-1]), []).append(
                            (file, place, arguments))

    def initialized(self, file: File, at: int) -> str | None:
        """The struct of the initializer with a .field = at this position."""
        depth, place = 0, at
        while place > 0:
            place -= 1
            if file.words[place] in ("}", ")", "]"):
                place = file.brackets[place]
            elif file.words[place] == "{":
                before = file.words[max(0, place - 12):place]
                if before[-1:] == ["="]:
                    start = max((i for i, w in enumerate(before) if w in (";", "{", "}")),
                                default=-1)
                    before = before[start + 1:]
                elif before[-1:] == [")"]:
                    before = file.words[file.brackets[place - 1]:place]
                elif before[-1:] in ([","], ["{"]):
                    continue
                return before[before.index("struct") + 1] if "struct" in before else None
            elif file.words[place] == ";":
                return None
        return None

    def column(self, left: list[str], name: str, file: File) -> int | None:
        """The position of a field in the struct of which a table is declared."""
        if left[:1] == ["{"]:
            names = self.field_names(left[1:match_brackets(left)[0]])
        elif "struct" in left[:-1]:
            names = self.fields(left[left.index("struct") + 1], file)
        else:
            return None
        return list(names).index(name) if name in names else None

    def fields(self, struct: str | None, file: File) -> dict[str, str | None]:
        """Those of a struct, and which struct each of them is."""
        found = self.structs.get(struct, {})
        return found.get(file.place) or next(iter(found.values()), {})

    @staticmethod
    def field_names(words: list[str]) -> dict[str, str | None]:
        return {last_name(part): part[part.index("struct") + 1] if "struct" in part[:-2] else None
                for part in split(words, ";")}

    def composed(self, form: list[str], arguments: list[list[str]], file: File, at: int,
                 seen: frozenset = frozenset()) -> set[str]:
        """The texts that a call of a printf function makes. Arguments that depend on the same
        condition get their values together."""
        values = [form, *arguments]
        conditions = {tuple(choice[0]): None for value in values
                      if len(choice := split(value, "?")) > 1}
        found = set()
        for results in itertools.product((True, False), repeat=len(conditions)):
            decided = dict(zip(conditions, results))
            chosen = [self.chosen(value, decided) for value in values]
            found |= self.printed(chosen[0], chosen[1:], file, at, seen)
        return found

    def chosen(self, words: list[str], decided: dict[tuple[str, ...], bool]) -> list[str]:
        condition = split(words, "?")[0]
        if tuple(condition) not in decided or len(condition) == len(words):
            return words
        rest = words[len(condition) + 1:]
        first = self.first_choice(rest)
        return rest[:first] if decided[tuple(condition)] else rest[first + 1:]

    def printed(self, form: list[str], arguments: list[list[str]], file: File, at: int,
                seen: frozenset) -> set[str]:
        found = set()
        for text in self.texts(form, file, at, seen):
            parts, rest, end = [], iter(arguments), 0
            for match in CONVERSION.finditer(text):
                parts.append({text[end:match.start()]})
                end = match.end()
                for width in (match[1], match[2]):
                    if width == "*":
                        next(rest, None)
                if match[3] == "%":
                    parts.append({"%"})
                elif match[3] == "s":
                    value = next(rest, ["NULL"])
                    texts = self.texts(value, file, at, seen)
                    if not texts or (texts == {""} and value != ['""']):
                        texts = {DATA}
                    parts.append({REST if match[2] == "*" and text == DATA else text
                                  for text in as_names(texts)})
                else:
                    next(rest, None)
                    parts.append({DATA if match[3] == "c" else NUMBER})
            parts.append({text[end:]})
            found |= {"".join(p).replace(f"{DATA}/{DATA}", DATA) for p in
                      itertools.islice(itertools.product(*parts), COMBINATIONS_MAX)}
        return found


def as_names(texts: set[str]) -> set[str]:
    """Marks single words. A row may have a placeholder for them, but not for longer texts. An empty
    text beside others that are not known is the initial value of a buffer."""
    found = set()
    for text in texts - ({""} if DATA in texts else set()):
        text = text.replace(NAME_START, "").replace(NAME_END, "")
        word = text.strip(" ")
        is_word = re.search(f"[A-Za-z0-9?{DATA}]", word) and " " not in word and word != DATA
        found.add(text.replace(word, NAME_START + word + NAME_END) if is_word or word in NAMES
                  else text)
    return found


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t", "0": "\0"}.get(m[1], m[1]), text)


@functools.cache
def sources() -> Sources:
    return Sources()
