# SPDX-License-Identifier: MIT
"""Compares the output formats with Python's json and csv, and with PyYAML.

Subject: value_tool.c, which formats values between two pipes; make compiles it with sanitizers.
"""
import csv
import io
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from value_tool import Refused, ValueTool, thorough


@pytest.fixture(scope="module")
def tool():
    subject = ValueTool()
    yield subject
    subject.close()


# What readers of YAML and CSV give a meaning: alone, and inside a longer text.
SPECIAL = """
    yes No on OFF y N true null Null ~ = << 1 -1 .5 1. 1e5 1.0e+5 0x1F 0o7 010 1_0 1:30 .inf .NaN
    2020-01-01 2020-01-01T00:00:00Z - -- --- ... ? : , ; & * ! | > % @ ` ' " # [ ] { } \\ /
""".split() + ["", " ", "\t", "\n", "\r", "\r\n", ": ", " #", "- ", "? ", "\x1b", "\x7f", "\x85",
               "\xa0", "é", "\u2028", "\ufeff", "\ufffe", "\U0001f600", "x" * 130]
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
texts = st.one_of(
    st.sampled_from(SPECIAL),
    st.text(characters, max_size=8),
    st.lists(st.one_of(st.sampled_from(SPECIAL), st.just("a")), max_size=4).map("".join),
)


class Number:
    """A number with the text that JSON has for it."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


numbers = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.builds("{}{}{}{}{}".format, st.sampled_from(["0", "-0", "7", "-12"]),
              st.sampled_from(["", ".0", ".25"]), st.sampled_from("eE"),
              st.sampled_from(["", "+", "-"]), st.integers(0, 30)),
).map(Number)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)


def dump(value, comma=", ", colon=": ", escape=True):
    """As json.dumps, but numbers keep their text."""
    again = (comma, colon, escape)
    if isinstance(value, Number):
        return value.text
    if isinstance(value, list):
        return f"[{comma.join(dump(item, *again) for item in value)}]"
    if isinstance(value, dict):
        pairs = (dump(key, *again) + colon + dump(item, *again) for key, item in value.items())
        return f"{{{comma.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=escape)


blanks = st.sampled_from(["", " ", " \n\t"])


@thorough
@given(value=values, before=blanks, after=blanks, escape=st.booleans())
def test_json_is_that_of_python(tool, value, before, after, escape):
    text = dump(value, f"{before},{after}", f"{before}:{after}", escape)
    assert tool.ask(before + text + after) == dump(value, escape=escape) + "\n"


@thorough
@given(value=values, escape=st.booleans())
def test_yaml_is_read_by_pyyaml(tool, value, escape):
    text = dump(value, escape=escape)
    answer = tool.ask(text, output="yaml")
    # As JSON, so that 1, 1.0 and true differ, and lists keep the order of keys.
    assert json.dumps(yaml.safe_load(answer)) == json.dumps(json.loads(text)), answer
    assert all(" " <= c <= "~" or c == "\n" for c in answer)


def cell(value):
    return "" if value is None else value if isinstance(value, str) else dump(value)


MISSING = "not in the row"
names = st.one_of(st.sampled_from("abcd"), texts)
heads = st.lists(names, max_size=4, unique=True)


@thorough
@given(head=heads, cells=st.lists(st.one_of(st.just(MISSING), values), max_size=12))
def test_csv_is_that_of_python(tool, head, cells):
    first = {name: cells[i] if i < len(cells) and cells[i] != MISSING else None
             for i, name in enumerate(head)}
    rows = [first]
    for start in range(len(head), len(cells), max(len(head), 1)):
        pairs = zip(head, cells[start:start + len(head)])
        rows.append({name: value for name, value in pairs if value != MISSING})
    expected = io.StringIO(newline="")
    writer = csv.writer(expected)
    writer.writerow(head)
    writer.writerows([cell(row.get(name)) for name in head] for row in rows)
    answer = tool.ask(dump(rows), output="csv")
    assert answer == expected.getvalue()
    assert list(csv.reader(io.StringIO(answer, newline=""), strict=True))[:1] == [head]
    if len(rows) == 1:
        assert tool.ask(dump(first), output="csv") == answer


@thorough
@given(head=heads, extra=names, value=values)
def test_csv_refuses_a_member_without_a_column(tool, head, extra, value):
    row = {name: None for name in head} | {extra: value}
    if extra in head:
        tool.ask(dump([dict.fromkeys(head), row]), output="csv")
        return
    with pytest.raises(Refused, match="^csv: a row has a member"):
        tool.ask(dump([dict.fromkeys(head), row]), output="csv")


@thorough
@given(value=values)
def test_string_has_no_quotes(tool, value):
    assert tool.ask(dump(value), output="string") == cell(value) + "\n"
