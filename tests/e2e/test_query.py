# SPDX-License-Identifier: MIT
"""Compares --query with the reference implementation of JMESPath, PyPI's jmespath.

Subject: value_tool.c, which runs the parser and the evaluator between two pipes; make compiles it
with sanitizers. value_tool.py describes how many examples are generated.
"""
import json

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from value_tool import Refused, ValueTool, thorough

# The parts of the reference's syntax tree that this program has, too.
SHARED = {
    "field",
    "identity",
    "index",
    "index_expression",
    "key_val_pair",
    "multi_select_dict",
    "multi_select_list",
    "pipe",
    "projection",
    "subexpression",
}


@pytest.fixture(scope="module")
def tool():
    subject = ValueTool()
    yield subject
    subject.close()


# Few names, so that most expressions find something in most documents.
NAMES = ["a", "b", "c", "_d1", "é", 'x "y"\n', ""]
names = st.sampled_from(NAMES)


def quote(name, escape):
    return json.dumps(name, ensure_ascii=escape)


spelled_names = st.one_of(
    st.sampled_from(["a", "b", "c", "_d1"]), st.builds(quote, names, st.booleans())
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "s", "é\n", 1.5, 1e30])
)
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)
    ),
    max_leaves=25,
)


def selections(inner):
    values = st.lists(inner, min_size=1, max_size=3)
    pairs = st.lists(st.builds("{}: {}".format, spelled_names, inner), min_size=1, max_size=3)
    return st.one_of(
        values.map(lambda items: f"[{', '.join(items)}]"),
        pairs.map(lambda items: f"{{{', '.join(items)}}}"),
    )


def chains(inner):
    index = st.integers(-4, 4).map("[{}]".format)
    firsts = st.one_of(spelled_names, index, st.just("[*]"), selections(inner))
    steps = st.one_of(
        spelled_names.map(".{}".format),
        index,
        st.just("[*]"),
        selections(inner).map(".{}".format),
        inner.map(" | {}".format),
    )
    return st.builds(lambda first, rest: first + "".join(rest), firsts,
                     st.lists(steps, max_size=4))


expressions = st.recursive(spelled_names, chains, max_leaves=8)


def reference(expression, text):
    return json.dumps(jmespath.compile(expression).search(json.loads(text)))


def normal(text):
    return json.dumps(json.loads(text))


@thorough
@given(expression=expressions, document=documents)
def test_results_are_those_of_jmespath(tool, expression, document):
    text = json.dumps(document)
    assert normal(tool.ask(text, expression)) == reference(expression, text), expression


tokens = st.lists(
    st.sampled_from(
        "a b \"a\" . . [ ] [0] [-1] [*] * { } {a: :  , | [] [? || && & ( ) @ ! < = ' ` - 7 1:2 é"
        .split()
    ),
    min_size=1,
    max_size=9,
)


def parts_of(tree):
    yield tree["type"]
    for child in tree["children"]:
        if isinstance(child, dict):
            yield from parts_of(child)


def parse(expression):
    try:
        return jmespath.compile(expression).parsed
    except jmespath.exceptions.JMESPathError:
        return None


@thorough
@given(words=tokens, blank=st.sampled_from(["", " "]))
def test_the_grammar_is_a_part_of_that_of_jmespath(tool, words, blank):
    expression = blank.join(words)
    text = '{"a": [{"a": 1, "b": [2, 3]}, {"b": null}], "b": [[1], [2]]}'
    tree = parse(expression)
    try:
        answer = tool.ask(text, expression)
    except Refused as refused:
        message = str(refused)
        # The reference forgets to demand a comma between the pairs of {...}.
        shared = tree is not None and set(parts_of(tree)) <= SHARED and "(" not in words
        assert not shared or message.startswith("unexpected "), (expression, message)
        assert " column " in message
        return
    assert tree is not None, expression
    assert normal(answer) == reference(expression, text), expression
