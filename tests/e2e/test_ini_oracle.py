# SPDX-License-Identifier: MIT
"""Compares the editor of AWS files with the programs that read those files.

Judges: Python's configparser, botocore's config loader, and a second, independent implementation of
the rules that the SDKs share (below). Subject: ini_tool.c, which runs the editor between two pipes;
make compiles it with sanitizers. Files: the corpus, and random files made of tokens that parsers
often get wrong. INI_ORACLE_FILES sets the number of random files, INI_ORACLE_SEED the first seed,
and INI_TOOL another program to test.
"""
import configparser
import io
import json
import os
import pathlib
import random
import re
import subprocess

import pytest

from conftest import BIN

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests/unit/corpus/ini"
FILES = int(os.environ.get("INI_ORACLE_FILES", "2000"))
SEED = int(os.environ.get("INI_ORACLE_SEED", "1"))

loader = pytest.importorskip("botocore.configloader", reason="botocore is not installed")

KEYS = ["region", "output", "s3", "credential_process", "aws_session_token"]
VALUES = ["us-west-2", "json", "/opt/duplojit aws --tenant dev01", "a=b:c", "x"]

# Why the editor may refuse a file that both judges read: other tools disagree about it.
STRICTER = ("NUL byte", "carriage return", "precedes the section header")
# Faults that concern every profile of a file.
WHOLE_FILE = ("NUL byte", "header follows a carriage return")
# Why it may refuse one edit of a valid file.
DECLINED = (
    "some AWS tools read the line",
    "only some AWS tools read",
    "[DEFAULT] sets",
    "after adding profile",
)


# --- the subject ---------------------------------------------------------------------------------


def to_hex(text):
    return text.hex() if text else "-"


def from_hex(text):
    return None if text is None else bytes.fromhex(text).decode(errors="surrogateescape")


class Tool:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, kind, text, profile=None, edits=()):
        words = [kind, to_hex(text)]
        if profile is not None:
            words.append(to_hex(profile.encode()))
            for key, value in edits:
                word = to_hex(key.encode())
                words.append(word if value is None else f"{word}={to_hex(value.encode())}")
        self.process.stdin.write(" ".join(words).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "ini_tool ended"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.process.stdout.close()


@pytest.fixture(scope="module")
def tool():
    subject = Tool(os.environ.get("INI_TOOL") or BIN.parent / "host/ini_tool")
    yield subject
    subject.close()


# --- the judges ----------------------------------------------------------------------------------


def python_reads(text):
    """The raw sections and the defaults as configparser reads them, or None."""
    parser = configparser.RawConfigParser()
    try:
        with io.TextIOWrapper(io.BytesIO(text), encoding="utf-8") as stream:
            parser.read_file(stream)
    except (configparser.Error, UnicodeDecodeError):
        return None
    return {name: dict(parser.items(name)) for name in parser.sections()}, dict(parser.defaults())


def botocore_reads(path, text):
    """What the AWS CLI reads from the file; None if it refuses the file."""
    path.write_bytes(text)
    try:
        return loader.raw_config_parse(str(path))
    except loader.botocore.exceptions.ConfigParseError:
        return None


class Refused(Exception):
    pass


def content(line, comment):
    """A line without its comment; the pattern matches the start of a comment."""
    line = line.strip(" \t")
    found = re.search(comment, line)
    return (line[: found.start()] if found else line).strip(" \t")


# White space before a comment by Rust's definition; Python's \s has four more characters.
SPACE = "[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
BEHIND_HEADER = "[#;]"
BEHIND_VALUE = f"(?<={SPACE})[#;]"


def split_property(line):
    key, equals, value = content(line, BEHIND_VALUE).partition("=")
    key = key.strip(" \t")
    if not equals or not key:
        raise Refused(line)
    lowered = "".join(c.lower() if c.isascii() else c for c in key)
    return lowered, value.strip(" \t")


def standard_sections(text):
    """Sections by the standard rules: (text of the header, {key: value}) in the file's order."""
    sections = []
    current = key = None
    for line in text.decode().removesuffix("\n").split("\n") if text else []:
        line = line.removesuffix("\r")
        if not line.strip(" \t") or line[0] in "#;":
            continue
        if line[0] == "[":
            header = content(line, BEHIND_HEADER)
            if not header.endswith("]") or len(header) < 2:
                raise Refused(line)
            current, key = {}, None
            sections.append((header[1:-1], current))
        elif line[0] in " \t":
            if key is None:
                raise Refused(line)
            if grouped:
                split_property(line)
            current[key] += "\n" + line.strip(" \t")
        else:
            if current is None:
                raise Refused(line)
            key, value = split_property(line)
            grouped = value == ""
            current[key] = value
    return sections


def standard_name(kind, header):
    """The profile's name and whether "profile" comes before it, or None."""
    words = re.split("[ \t]", header.strip(" \t"), maxsplit=1)
    words = [re.sub(f"^{SPACE}+|{SPACE}+$", "", word) for word in words]
    if not re.fullmatch(r"[A-Za-z0-9_\-/.%@:+]+", words[-1]):
        return None
    if kind == "credentials":
        return None if len(words) == 2 else (words[0], False)
    if len(words) == 2:
        return (words[1], True) if words[0] == "profile" else None
    return (words[0], False) if words[0] == "default" else None


def standard_reads(kind, text):
    """{profile: {key: value}} by the standard rules; None if they refuse the file."""
    try:
        sections = standard_sections(text)
    except (Refused, UnicodeDecodeError):
        return None
    names = [(standard_name(kind, header), keys) for header, keys in sections]
    replaced = (("default", True) in [name for name, _ in names]) and kind == "config"
    profiles = {}
    for name, keys in names:
        if name is not None and not (replaced and name == ("default", False)):
            profiles.setdefault(name[0], {}).update(keys)
    return profiles


# --- comparing -----------------------------------------------------------------------------------


def last_wins(pairs):
    return {from_hex(key): from_hex(value) for key, value in pairs}


def subject_standard(kind, answer):
    sections = answer["sections"]
    replaced = kind == "config" and any(
        s["prefixed"] and from_hex(s["std"]) == "default" for s in sections
    )
    profiles = {}
    for section in sections:
        name = from_hex(section["std"])
        if name is None or (replaced and name == "default" and not section["prefixed"]):
            continue
        keys = {
            "".join(c.lower() if c.isascii() else c for c in key): value
            for key, value in last_wins(section["std_keys"]).items()
        }
        profiles.setdefault(name, {}).update(keys)
    return profiles


def subject_python(answer):
    sections, defaults = {}, {}
    for section in answer["sections"]:
        keys = {key.lower(): value for key, value in last_wins(section["py_keys"]).items()}
        if from_hex(section["raw"]) == "DEFAULT":
            defaults.update(keys)
        else:
            sections[from_hex(section["raw"])] = keys
    return {name: {**defaults, **keys} for name, keys in sections.items()}, defaults


def subject_python_profiles(answer):
    return {from_hex(s["py"]) for s in answer["sections"]} - {None}


def botocore_profiles(kind, sections):
    return set(loader.build_profile_map(sections)["profiles"] if kind == "config" else sections)


def may_be_stricter(text, message):
    """Duplicates that only older Pythons report, or that only Unicode case tables distinguish."""
    if any(reason in message for reason in STRICTER):
        return True
    lines = text.decode(errors="surrogateescape").split("\n")
    lines = [lines[int(n) - 1] for n in re.findall(r"line (\d+)", message)]
    if "the key is already" in message:
        return len(lines) == 2 and not any(line.isascii() for line in lines)
    if "the section is already" in message:
        return len(lines) == 2 and any(line.count("]") > 1 for line in lines)
    return False


def check_file(tool, path, kind, text):
    """Checks the verdict and both readings. Returns the editor's answer."""
    answer = tool.ask(kind, text)
    botocore = botocore_reads(path, text)
    standard = standard_reads(kind, text)
    message = from_hex(answer.get("refused", ""))
    if answer["ok"]:
        assert botocore is not None, "botocore refuses it"
        assert standard is not None, "the standard rules refuse it"
        assert subject_python(answer) == python_reads(text)
        assert subject_python_profiles(answer) == botocore_profiles(kind, botocore)
        assert subject_standard(kind, answer) == standard
    else:
        assert answer["refused_kind"] == 6, message
        assert re.match(r"line \d+: ", message), message
        if not may_be_stricter(text, message):
            rejecting = re.search("; (.*) reject the file[.]", message).group(1)
            assert botocore is None or "the AWS CLI" not in rejecting, message
            assert standard is None or "the SDK" not in rejecting, message
    return answer


def is_own(section, profile):
    return profile in (from_hex(section["std"]), from_hex(section["py"]))


def chunks(text, answer, profile):
    """The text split at its headers: the parts of other sections, and those of the profile."""
    lines = text.decode(errors="surrogateescape").split("\n")
    ends = [s["line"] - 1 for s in answer["sections"]] + [len(lines)]
    others, own = ["\n".join(lines[: ends[0]]).rstrip("\r\n")], []
    for section, start, end in zip(answer["sections"], ends, ends[1:]):
        piece = "\n".join(lines[start:end])
        # Line ends at the end of a part may change if something is appended there.
        own.append(piece) if is_own(section, profile) else others.append(piece.rstrip("\r\n"))
    return others, own


def concerns(answer, profile, message):
    """Whether the fault in a message concerns the profile: a line of its sections, or the header
    after one of them, which some tools do not see."""
    for number in re.findall(r"line (\d+)", message):
        before = [s for s in answer["sections"] if s["line"] <= int(number)]
        if before and is_own(before[-1], profile):
            return True
        if len(before) > 1 and before[-1]["line"] == int(number) and is_own(before[-2], profile):
            return True
    return any(reason in message for reason in WHOLE_FILE)


def is_subsequence(few, many):
    rest = iter(many)
    return all(line in rest for line in few)


def own_python_names(answer, kind, profile):
    """Botocore's names of the sections that form the profile by the standard rules."""
    name = "raw" if kind == "credentials" else "py"
    return {from_hex(s[name]) for s in answer["sections"] if from_hex(s["std"]) == profile}


def untouched(keys, touched):
    """Without the keys that Python reads as an edited one, such as `region : x`."""
    return {k: v for k, v in keys.items() if k.split(":")[0].strip().lower() not in touched}


def python_profiles(path, kind, text):
    sections = botocore_reads(path, text)
    if sections is None or kind == "credentials":
        return sections
    return loader.build_profile_map(sections)["profiles"]


def check_reader(read, text, edited, own_now, profile, own_names, edits):
    """One reader sees the requested values, and no other change. If it rejects the file because of
    another section, it must read the sections of the profile alone."""
    before, now = read(text), read(edited)
    touched = {key for key, _ in edits}
    if before is None:
        assert now is None
        now = read("\n".join(own_now).encode())
    else:
        others = {name: keys for name, keys in before.items() if name not in own_names}
        assert {name: keys for name, keys in now.items() if name not in own_names} == others
        if profile in before:
            assert untouched(now[profile], touched) == untouched(before[profile], touched)
    assert profile in now or all(value is None for _, value in edits)
    for key, value in edits:
        assert now.get(profile, {}).get(key) == value


def check_edit(tool, path, kind, text, profile, edits):
    """Checks one edit: every reader sees the requested values, and nothing else has changed."""
    answer = tool.ask(kind, text, profile, edits)
    if "edit" not in answer:
        message = from_hex(answer["edit_refused"])
        assert answer["edit_refused_kind"] == 6, message
        declined = any(reason in message for reason in DECLINED)
        assert declined or (not answer["ok"] and concerns(answer, profile, message)), message
        return False
    edited = bytes.fromhex(answer["edit"])
    after = check_file(tool, path, kind, edited)
    assert after["ok"] or not answer["ok"]
    others, own = chunks(text, answer, profile)
    others_now, own_now = chunks(edited, after, profile)
    own_names = {profile, *own_python_names(answer, kind, profile)}
    for read in (
        lambda text: standard_reads(kind, text),
        lambda text: python_profiles(path, kind, text),
    ):
        check_reader(read, text, edited, own_now, profile, own_names, edits)
    # Bytes: other sections are unchanged; this one keeps every comment and blank line.
    assert others_now == others
    for old, new in zip(own, own_now):
        lines = [line.rstrip("\r") for line in old.split("\n")]
        kept = [line for line in lines if re.match(r"[ \t]*$|[#;]", line)]
        assert is_subsequence(kept, [line.rstrip("\r") for line in new.split("\n")])
    again = tool.ask(kind, edited, profile, edits)
    assert bytes.fromhex(again["edit"]) == edited, "the second edit changes the file again"
    assert [from_hex(value) for value in again["get"]] == [value for _, value in edits]
    return True


def names_in(answer):
    names = {from_hex(s["std"]) for s in answer["sections"]}
    return {n for n in names if n is not None and n not in ("DEFAULT", "__proto__")}


# --- the tests -----------------------------------------------------------------------------------


def expectations():
    rows = []
    for line in (CORPUS / "expect.txt").read_text().splitlines():
        if line and line[0] != "#":
            rows.append(line.split()[:3])
    return rows


@pytest.mark.parametrize("name, line, who", expectations())
def test_corpus(tool, tmp_path, name, line, who):
    text = (CORPUS / name).read_bytes()
    kind = "credentials" if name.startswith("cred-") else "config"
    answer = check_file(tool, tmp_path / "file", kind, text)
    refusing = {
        "botocore": botocore_reads(tmp_path / "file", text) is None,
        "standard": standard_reads(kind, text) is None,
    }
    expected = {
        "none": {"botocore": False, "standard": False},
        "botocore": {"botocore": True, "standard": False},
        "standard": {"botocore": False, "standard": True},
        "both": {"botocore": True, "standard": True},
        "tool": {"botocore": False, "standard": False},
    }[who]
    assert refusing == expected
    assert answer["ok"] == (who == "none")
    if who != "none":
        assert from_hex(answer["refused"]).startswith(f"line {line}: ")
    for profile in sorted(names_in(answer) | {"default", "brand-new"}):
        for edits in (
            [("region", "us-west-2"), ("output", "json")],
            [("region", None)],
            [("s3", None), ("credential_process", "/opt/x y")],
            [],
        ):
            check_edit(tool, tmp_path / "file", kind, text, profile, edits)


def test_corpus_is_complete():
    listed = [row[0] for row in expectations()]
    assert sorted(listed) == sorted(path.name for path in CORPUS.glob("*.ini"))
    assert len(listed) >= 60


LINES = (
    ["[default]", "[profile default]", "[profile a]", "[profile b]", "[a]", "[b]", "[DEFAULT]"]
    + ["[ profile a ]", "[profile  a]", "[profile\ta]", '[profile "a"]', "[profile 'b']"]
    + ["[profiles a]", "[profile a b]", "[services a]", "[profile a] # [1]", "[profile b]#", "[a]]"]
    + ["[ a ]", "[ default ]", "[profile \\a]", '[profile "a]', "[]", "[ ]", "[a", "[profile a] x"]
    + ["region = x", "region=us-west-2", "Region = y", "region: x", "region:a = b", "region =", "x"]
    + ["output = json", "output = json # c", "output = json#c", "OUTPUT = text ;c", "output =json;"]
    + ["s3 =", "s3 = # c", "s3 =\u00a0", "k = v", "k2 = v", "k\u00a0= v", "= v", ": v", "=", ":"]
    + ["credential_process = a b", "credential_process = a #b", "aws_session_to\u212aen = z"]
    + ["aws_session_token = y", "\u00e9 = 1", "\u00c9 = 1", "r\u00e9 = 1", "\u0130x = 1", "ix = 1"]
    + ["", "", "", " ", "\t", "# c", "; c", "#", " # c", "  ; c", "# [profile a]", "#region = x"]
    + ["  a = b", " more", "  [profile b]", "\tregion = y", " =", " = x", "  s3 =", "   # a = b"]
    + ["\u00a0", "\u00a0k = v", "\u00a0[profile b]", "\u00a0# c", "\x0cregion = x", "\x1cr = x"]
    + ["\u2028", "  a = b\u2028c", " a\u0085= b", " \x0b", "region = x\x0c", "region = x\u00a0# c"]
    + ["\u00a0[x = y]", " \u00a0more = x", "# c\r# d", "# c\rx", "k3 = a\rb", "k3\x1f = v"]
)


def random_file(rng):
    plain = rng.random() < 0.6
    lines = []
    for _ in range(rng.randint(0, 12)):
        line = rng.choice(LINES)
        # Mostly valid lines: one fault is enough to hide everything else.
        while plain and (not line.isascii() or line in ("[]", "[a", "=", "x", ": v", "= v")):
            line = rng.choice(LINES)
        lines.append(line)
    if rng.random() < 0.8:
        lines.insert(0, rng.choice(LINES[:14]))
    eol = rng.choice(["\n", "\n", "\n", "\r\n"])
    text = eol.join(lines) + (eol if rng.random() < 0.7 else "")
    text = text.encode()
    if rng.random() < 0.05:
        at = rng.randint(0, len(text))
        bad = rng.choice([b"\xff", b"\0", b"\r", b"\n", b"[", b"\xef\xbb\xbf"])
        text = text[:at] + bad + text[at:]
    return text


def tidy_file(rng):
    """A file that tools accept: names and keys are not repeated."""
    headers = rng.sample(LINES[:20], rng.randint(1, 5))
    lines = []
    for header in headers:
        lines.append(header)
        pairs = [line for line in LINES[26:] if "=" in line and line[0].isalpha()]
        for line in rng.sample(pairs, rng.randint(0, 4)):
            lines.append(line)
            follow = ["", "# c", "  more = x", "  # a = b", " [x]= 1", "\t", "  a = b"]
            lines.extend(rng.choices(follow, k=rng.choice([0, 0, 1, 2])))
    eol = rng.choice(["\n", "\r\n"])
    return (eol.join(lines) + (eol if rng.random() < 0.7 else "")).encode()


def random_edits(rng):
    keys = rng.sample(KEYS, rng.randint(1, 3))
    return [(key, rng.choice(VALUES) if rng.random() < 0.7 else None) for key in keys]


def test_random_files(tool, tmp_path):
    accepted = edited = 0
    for seed in range(SEED, SEED + FILES):
        rng = random.Random(seed)
        text = tidy_file(rng) if rng.random() < 0.6 else random_file(rng)
        kind = rng.choice(["config", "config", "credentials"])
        profile = rng.choice(["a", "b", "default", "new"])
        edits = random_edits(rng)
        try:
            accepted += check_file(tool, tmp_path / "file", kind, text)["ok"]
            edited += check_edit(tool, tmp_path / "file", kind, text, profile, edits)
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}: {kind} {text!r} {profile} {edits}") from failure
    # If most files were refused, the test would prove little.
    assert accepted > FILES / 5
    assert edited > FILES / 6
