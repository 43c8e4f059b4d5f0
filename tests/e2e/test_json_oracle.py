# SPDX-License-Identifier: MIT
"""Compares the JSON reader and writer with Python's.

Subject: value_tool.c with the output format json. value_tool.py describes how many examples are
generated. Python is stricter in nothing, and accepts more in what LIMITS names.
"""
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from value_tool import Refused, ValueTool, thorough

SEEDS = Path(__file__).resolve().parent.parent / "fuzz/corpus"
TEXTS = [
    text
    for folder in ("json", "yaml_output", "cache_entry", "saved_login", "exec_info")
    for path in sorted((SEEDS / folder).iterdir())
    if "\0" not in (text := path.read_bytes().decode())
]
DEPTH_MAX = 32


@pytest.fixture(scope="module")
def tool():
    subject = ValueTool()
    yield subject
    subject.close()


def reject_constant(name):
    raise ValueError(name)


def read(text):
    """Members as pairs, in their order and with names that occur twice; numbers as written."""
    return json.loads(text, object_pairs_hook=lambda pairs: ("object", pairs), parse_int=str,
                      parse_float=str, parse_constant=reject_constant)


def depth(text):
    """Brackets outside strings; text is JSON."""
    level = deepest = 0
    for mark in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text):
        level += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0)
        deepest = max(deepest, level)
    return deepest


def is_beyond_limits(text):
    """What Python accepts and this program does not: deep nesting, NULs, and half of a surrogate
    pair."""
    try:
        read(text)
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return depth(text) > DEPTH_MAX or re.search(r"\\u0000", text) is not None


def compare(tool, text):
    """Whether the text is accepted."""
    try:
        expected = read(text)
    except (ValueError, RecursionError):
        with pytest.raises(Refused):
            tool.ask(text)
        return False
    try:
        assert read(tool.ask(text)) == expected
    except Refused:
        assert is_beyond_limits(text), text
        return False
    return True


def test_seeds(tool):
    assert sum(compare(tool, text) for text in TEXTS) > len(TEXTS) / 2


pieces = st.sampled_from(
    list('{}[]:,"\\/ \t\n\r01.eE+-atb\x01\x7fé\u2028😀\ufeff')
    + ["true", "false", "null", "NaN", "Infinity", '"a"', "\\u00e9", "\\ud83d\\ude00", "\\ud83d"]
    + ["\\u0000", "\\x", "1e5", "-0", "01", "1.", ".5", "[" * 33, "]" * 33, "//", "'"]
)


@thorough
@given(text=st.lists(pieces, max_size=12).map("".join))
def test_pieces(tool, text):
    compare(tool, text)


@thorough
@given(seed=st.sampled_from(TEXTS), at=st.floats(0, 1), drop=st.integers(0, 3), piece=pieces)
def test_changed_seeds(tool, seed, at, drop, piece):
    start = int(at * len(seed))
    compare(tool, seed[:start] + piece + seed[start + drop :])


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(),
              st.floats(allow_nan=False, allow_infinity=False),
              st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))),
    lambda inner: st.one_of(st.lists(inner, max_size=5),
                            st.dictionaries(st.text("abc\"\\é", max_size=3), inner, max_size=5)),
    max_leaves=30,
)


@thorough
@given(value=values, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 2]))
def test_values(tool, value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert compare(tool, text) or depth(text) > DEPTH_MAX
