# SPDX-License-Identifier: MIT
"""docs/troubleshooting.md has a row for each error text of the exit codes 2 to 7 in src/."""

from __future__ import annotations

import re

import messages
from conftest import TESTS

DOCUMENT = (TESTS.parent / "docs/troubleshooting.md").read_text()


def listed() -> list[str]:
    """The messages in the first column."""
    rows = re.findall(r"^\| (`+) ?(.*?) ?\1 \| .+ \| .+ \|$", DOCUMENT.split("\n## Messages\n")[1],
                      re.M)
    return [text.replace("\\|", "|") for _, text in rows]


def test_the_sources_are_read():
    """The test below relies on this."""
    texts = messages.all_texts()
    assert len(texts) > 330
    for code in range(2, 8):
        assert any(text.code == code for text in texts), code
    calls = sum(len(re.findall(r"\b(?:err_set|err_set_errno|err_fill|err_fill_errno)\(",
                               path.read_text()))
                for path in messages.SRC.rglob("*.c"))
    found = sum(len(list(messages.calls(path, messages.SETTERS)))
                for path in messages.SRC.rglob("*.c"))
    assert found == calls


def test_every_message_has_a_row():
    rows = listed()
    missing = [f"{text.place}: exit code {text.code}: {text.format}"
               for text in messages.all_texts()
               if not any(re.search(text.pattern, row) for row in rows)]
    assert not missing, "no row in docs/troubleshooting.md:\n" + "\n".join(missing)


def test_every_row_has_a_message():
    """A row whose message was changed or removed is reported."""
    patterns = [text.pattern for text in messages.all_texts(letters=3)]
    stale = [row for row in listed() if not any(re.search(pattern, row) for pattern in patterns)]
    assert not stale, "no such message in src/:\n" + "\n".join(stale)


def test_no_row_occurs_twice():
    """In one chapter: the same words may have two causes and exit codes."""
    chapters = DOCUMENT.split("\n### ")
    for chapter in chapters:
        rows = re.findall(r"^\| (`.*)$", chapter, re.M)
        heads = [row.split(" | ")[0] for row in rows]
        assert len(heads) == len(set(heads)), chapter.splitlines()[0]
