# SPDX-License-Identifier: MIT
"""The editor of kubeconfig files against PyYAML, on generated files in many forms.

Subject: kubeconfig_tool.c, which runs the editor between two pipes; make compiles it with
sanitizers.
"""
from __future__ import annotations

import copy
import json
import os
import subprocess

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from conftest import BIN

KEYS = {"clusters": "cluster", "users": "user", "contexts": "context"}
MANAGED = {
    "clusters": {"certificate-authority", "certificate-authority-data",
                 "insecure-skip-tls-verify"},
    "users": {"client-certificate", "client-key", "token", "username", "password", "exec",
              "auth-provider"},
    "contexts": set(),
}
EXEC = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/usr/bin/duplojit",
        "args": ["k8s", "--host", "https://portal.example", "--tenant", "yes"],
        "interactiveMode": "IfAvailable", "provideClusterInfo": False}


class Rejected(Exception):
    """The editor reported an error; the argument is its message."""


class Editor:
    def __init__(self):
        program = os.environ.get("KUBECONFIG_TOOL") or BIN.parent / "host/kubeconfig_tool"
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, text: str, wanted: dict) -> str:
        for part in (text, json.dumps(wanted)):
            self.process.stdin.write(part.encode() + b"\0")
        self.process.stdin.flush()
        kind, answer = self._read(), self._read()
        if kind != "0":
            raise Rejected(answer)
        return answer

    def _read(self) -> str:
        data = bytearray()
        while (byte := self.process.stdout.read(1)) != b"\0":
            assert byte, "kubeconfig_tool ended"
            data += byte
        return data.decode()


@pytest.fixture(scope="module")
def edit():
    editor = Editor()
    yield editor
    editor.process.stdin.close()
    assert editor.process.wait() == 0
    editor.process.stdout.close()


def wanted_state(name="dev", user=None, **cluster) -> dict:
    return {"clusters": [{"name": name, "cluster": {"server": "https://k8s.example"} | cluster}],
            "users": [{"name": name, "user": user or {"exec": EXEC}}],
            "contexts": [{"name": name, "context": {
                "cluster": name, "user": name, "namespace": "duploservices-dev"}}],
            "current-context": name}


def removal(name="dev") -> dict:
    return {key: [{"name": name}] for key in KEYS}


def merge(present: dict, wanted: dict, managed: set) -> dict:
    """A field that is a mapping in both is merged, any other is replaced."""
    result = {k: v for k, v in present.items() if k not in managed or k in wanted}
    for key, value in wanted.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merge(result[key], value, set()) if both else value
    return result


def expected(document: dict | None, wanted: dict) -> dict:
    """What the file must say after the edit."""
    result = copy.deepcopy(document) or {"apiVersion": "v1", "kind": "Config"}
    for section, key in KEYS.items():
        entry = wanted[section][0]
        entries = result.get(section) or []
        if section in result or key in entry:
            result[section] = entries
        found = next((e for e in entries if e.get("name") == entry["name"]), None)
        if key not in entry:
            result[section] = [e for e in entries if e is not found]
        elif found is None:
            entries.append(entry)
        else:
            found[key] = merge(found.get(key) or {}, entry[key], MANAGED[section])
    if "current-context" in wanted:
        result["current-context"] = wanted["current-context"]
    return result


# Files

NAMES = st.sampled_from(["dev", "prod", "a b", "1.31.2.3", "x: y"])
FIELDS = {
    "clusters": {"server": "https://old.example", "certificate-authority": "/ca.pem",
                 "proxy-url": "http://proxy", "insecure-skip-tls-verify": True},
    "users": {"token": "t0", "client-key": "/key", "as": "someone",
              "exec": {"apiVersion": "v", "command": "c", "args": ["-x"], "env": [
                  {"name": "A", "value": "1"}]}},
    "contexts": {"cluster": "q", "user": "q", "namespace": "default"},
}


class Emitter:
    """Writes a document in a form that the draws choose: block or flow style, quotes, indentation,
    comments."""

    def __init__(self, draw):
        self.draw = draw
        self.comments = 0

    def choose(self, *values):
        return self.draw(st.sampled_from(values))

    def comment(self) -> str:
        if self.choose(True, False, False, False):
            self.comments += 1
            return f" # c{self.comments};"
        return ""

    def lines(self, indent: int) -> str:
        """A comment on a line of its own, or an empty line."""
        if self.choose(True, False, False, False):
            self.comments += 1
            return self.choose("", "\n") + " " * indent + f"# c{self.comments};\n"
        return ""

    def scalar(self, value) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        plain = value[:1].isalpha() and value not in ("yes",) and ": " not in value
        return self.choose(json.dumps(value), "'" + value + "'", *[value] * 3 * plain)

    def flow(self, value) -> str:
        blank = self.choose("", " ", "\n        ")
        if isinstance(value, dict):
            inner = ("," + (blank or " ")).join(f"{json.dumps(k)}: {self.flow(v)}"
                                                for k, v in value.items())
            return "{" + blank + inner + blank + "}"
        if isinstance(value, list):
            comma = self.choose(",", "") if value else ""
            return "[" + blank + ", ".join(map(self.flow, value)) + comma + blank + "]"
        return json.dumps(value)

    def member(self, value, indent: int) -> str:
        """What follows `key:` up to the end of the line that ends the value."""
        if value is None:
            return self.choose("", " null", " ~") + self.comment() + "\n"
        if not isinstance(value, (dict, list)):
            return " " + self.scalar(value) + self.comment() + "\n"
        if not value or self.choose(True, False, False, False):
            return " " + self.flow(value) + self.comment() + "\n"
        start = self.comment() + "\n"
        if isinstance(value, dict):
            return start + self.mapping(value, indent + self.choose(1, 2, 4))
        return start + self.sequence(value, indent + self.choose(0, 2))

    def mapping(self, value: dict, indent: int, begun: bool = False) -> str:
        text = ""
        for key, item in value.items():
            text += "" if begun else self.lines(indent) + " " * indent
            text += self.choose(key, key, json.dumps(key)) + ":" + self.member(item, indent)
            begun = False
        return text

    def sequence(self, value: list, indent: int) -> str:
        text = ""
        for item in value:
            text += self.lines(indent) + " " * indent + "-"
            if isinstance(item, dict) and item:
                gap = self.choose(1, 1, 3)
                text += " " * gap + self.mapping(item, indent + 1 + gap, True)
            else:
                text += self.member(item, indent)
        return text


@st.composite
def documents(draw):
    """A text, what it says, and the number of its comments."""
    emitter = Emitter(draw)
    document = {"apiVersion": "v1", "kind": "Config", "preferences": {}, "other": ["x"]}
    for section, key in KEYS.items():
        form = emitter.choose("missing", None, "list", "list", "list", "list")
        names = draw(st.lists(NAMES, unique=True, max_size=3))
        document[section] = form if form != "list" else [
            {"name": name, key: {field: FIELDS[section][field] for field in draw(st.lists(
                st.sampled_from(sorted(FIELDS[section])), unique=True))}} for name in names]
    document["current-context"] = "dev"
    order = draw(st.permutations(sorted(k for k, v in document.items() if v != "missing")))
    document = {key: document[key] for key in order}
    text = emitter.mapping(document, 0) if emitter.choose(True, True, False) \
        else emitter.flow(document) + "\n"
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text, document, emitter.comments


SETTINGS = settings(deadline=None, max_examples=150,
                    suppress_health_check=[HealthCheck.function_scoped_fixture])


def comments(text: str) -> list[str]:
    return [part.split(";")[0] for part in text.split("# c")[1:]]


@SETTINGS
@given(documents(), st.booleans())
def test_the_file_says_what_is_wanted_and_the_rest_as_before(edit, drawn, token):
    text, document, _ = drawn
    assert yaml.safe_load(text) == document  # else the generator is wrong
    wanted = wanted_state(user={"token": "new"} if token else None,
                          **{"certificate-authority-data": "LS0t"})
    result = edit(text, wanted)
    assert yaml.safe_load(result) == expected(document, wanted)
    assert edit(result, wanted) == result
    removed = edit(result, removal())
    assert yaml.safe_load(removed) == expected(expected(document, wanted), removal())
    assert ("\r" in result) == ("\r" in text)
    assert result.count("\r\n") in (0, result.count("\n"))


@SETTINGS
@given(documents())
def test_a_new_entry_changes_nothing_else(edit, drawn):
    """All comments stay in their order, and removing the entry yields the old bytes."""
    text, document, count = drawn
    result = edit(text, wanted_state("new"))
    assert comments(result) == comments(text) and len(comments(text)) == count
    if all(document.get(section) for section in KEYS):
        back = edit(result, removal("new") | {"current-context": "dev"})
        quoted = json.dumps(yaml.safe_load(back)["current-context"])
        assert normal(back, quoted) == normal(text, quoted)


def normal(text: str, quoted: str) -> str:
    """The text with one spelling of the value that was changed and changed back."""
    value = quoted.strip('"')
    for key in ('"current-context"', "current-context"):
        for spelling in (quoted, f"'{value}'"):
            text = text.replace(f"{key}: {spelling}", f"{key}: {value}")
    return text


# What is written where

EMPTY = ["", "# c1;\n", "# c1; without a newline", "---\n", "--- # c1;\n", "~\n", "{}\n", "{}",
         "\ufeff# c1;\n", "apiVersion: v1\nkind: Config\n"]


@pytest.mark.parametrize("text", EMPTY)
def test_a_file_without_entries(edit, text):
    result = edit(text, wanted_state())
    assert yaml.safe_load(result) == wanted_state() | (
        {} if text.startswith("{") else {"apiVersion": "v1", "kind": "Config"})
    assert comments(result) == comments(text)


def test_the_form_of_a_new_file(edit):
    assert edit("", wanted_state(user={"token": "12"})) == """\
apiVersion: v1
kind: Config
clusters:
- name: dev
  cluster:
    server: https://k8s.example
users:
- name: dev
  user:
    token: '12'
contexts:
- name: dev
  context:
    cluster: dev
    user: dev
    namespace: duploservices-dev
current-context: dev
"""


def test_an_entry_takes_the_form_of_its_neighbours(edit):
    text = ('users:\n  - name: a\n    user: {}  # mine\n    # about a\n# about contexts\n'
            'contexts: [{"name": "a"}]  # flow\n')
    result = edit(text, wanted_state(user={"token": "x"}))
    assert ('users:\n  - name: a\n    user: {}  # mine\n    # about a\n'
            '  - name: dev\n    user:\n      token: x\n# about contexts\n'
            'contexts: [{"name": "a"}, {"name": "dev", "context": {') in result


def test_json_stays_json(edit):
    document = {"clusters": [{"name": "o", "cluster": {"server": "x"}}], "users": [],
                "contexts": None}
    for indent in (None, 2, "\t"):
        result = edit(json.dumps(document, indent=indent), wanted_state())
        assert json.loads(result) == expected(document, wanted_state())
    assert '\n\t\t},\n\t\t{"name": "dev", "cluster": {' in result


def test_text_blocks_keep_their_value(edit):
    text = "users:\n- name: z\n  user:\n    password: |+\n      one\n\n"
    result = edit(text, wanted_state())
    assert yaml.safe_load(result)["users"][0]["user"]["password"] == "one\n\n"
    result = edit(text.replace("name: z", "name: dev"), wanted_state())
    assert yaml.safe_load(result)["users"] == wanted_state()["users"]


def test_fields_of_an_entry_that_are_not_wanted_stay(edit):
    text = ("users:\n- name: dev\n  user:\n    token: old # t\n    # about\n    as: me\n"
            "    exec:\n      env:\n      - {name: A, value: b}\n")
    result = edit(text, wanted_state())
    user = yaml.safe_load(result)["users"][0]["user"]
    assert user == {"as": "me", "exec": EXEC | {"env": [{"name": "A", "value": "b"}]}}
    assert "    # about\n    as: me\n" in result and "old" not in result


# What is left alone

REJECTED = {
    "a: [\n": "line 2: ",
    "kind: Config\n---\nkind: Config\n": "line 2: a second document",
    "- a\n": "line 1: the file is not a mapping",
    "kind: Pod\n": "line 1: kind is not Config",
    "# x\napiVersion: v2\n": "line 2: apiVersion is not v1",
    "current-context: 3\n": "line 1: current-context is not a string",
    "clusters: {a: b}\n": "line 1: clusters is not a list",
    "users:\n- a\n": "line 2: an entry is not a mapping",
    "users:\n- name: 1\n": "line 2: name is not a string: put it in quotes",
    "users:\n- name: yes\n": "line 2: name is not a string: put it in quotes",
    "users:\n- name: a\n  user: x\n": "line 3: user is not a mapping",
    "users:\n- name: a\n- name: b\n- name: a\n":
        "line 4: a second entry with the name of line 2",
    "users:\n- name: a\n  user:\n    exec:\n      args: [1]\n":
        "line 5: args is not a list of strings",
    "users:\n- name: a\n  user:\n    exec: {env: [x]}\n": "line 4: a variable is not a mapping",
    "clusters:\n- name: a\n  cluster: {insecure-skip-tls-verify: 'true'}\n":
        "line 3: insecure-skip-tls-verify is not true or false",
    "x: &x {kind: Config}\n<<: *x\n": "line 1: << cannot be edited",
    "x: &x {server: a}\nclusters:\n- name: dev\n  cluster: *x\n":
        "line 4: an alias for what would change",
    "clusters: &c\n- name: o\nx: *c\n": "line 3: an alias for what would change",
    "users:\n- &u\n  name: dev\n  user: {token: &t x}\n- name: b\n  user: {token: *t}\n":
        "line 6: an alias for what would change",
    "? clusters\n: []\n": "line 1: a key without a colon after it cannot be edited",
}


@pytest.mark.parametrize("text", REJECTED)
def test_what_is_rejected(edit, text):
    with pytest.raises(Rejected, match="^" + REJECTED[text].replace("<", "[<]")):
        edit(text, wanted_state())


def test_aliases_elsewhere_stay(edit):
    text = ("x: &x {server: a}\nclusters:\n- &a\n  name: a\n  cluster: *x\n"
            "users: [&u {name: u, user: {token: &t x, username: *t}}]\n")
    result = edit(text, wanted_state())
    assert result.startswith(text.rstrip("]\n").rsplit("\nusers", 1)[0])
    assert yaml.safe_load(result)["users"][0] == {"name": "u",
                                                  "user": {"token": "x", "username": "x"}}


def test_a_missing_last_newline_stays_missing(edit):
    text = 'clusters: [{"name": "a"}]\ncontexts: [{"name": "a"}]\nusers:\n- name: a'
    wanted = wanted_state()
    del wanted["current-context"]
    result = edit(text, wanted)
    assert not result.endswith("\n") and edit(result, removal()) == text
