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


def test_parts_are_found_in_each_form():
    """Arguments, returned texts, texts of a variable and of a table. The next test relies on it."""
    parts = {(text.place.partition(":")[0], text.format) for text in messages.part_texts()}
    assert {("login/browser.c", '%sthere is no program \\"%.100s\\"'),
            ("aws/ini/ini_name.c", "begins or ends with a blank, which AWS tools remove"),
            ("base/value/json_format.c", "is a list or an object"),
            ("aws/ini/ini_rules.c", "the file begins with a byte order mark"),
            ("net/tls_error.c", "the server's TLS messages are not valid")} <= parts
    assert len(parts) > 120


def test_every_exception_is_needed():
    """What is_part leaves out exists, with two words in a row."""
    found = [string for string in messages.all_strings() if messages.PROSE.search(string[4])]
    calls, texts = {string[2] for string in found}, {string[4] for string in found}
    fields = {name for string in found for name in (string[3], f"{string[0]} {string[3]}")}
    assert set(messages.OTHER_CALLS) - calls == set()
    assert messages.OTHER_FIELDS - fields == set()
    assert set(messages.OTHER_STRINGS) - texts == set()
    for name in messages.OTHER_FILES:
        assert any(string[0].startswith(name) for string in found), name


def test_words_of_the_yaml_library_have_a_row(run, tmp_path):
    """They are not in src/."""
    path = tmp_path / "config"
    for content, shown in ((b"contexts: [\n", "line"), (b"contexts: \xff\n", "byte")):
        path.write_bytes(content)
        message = run("context", "list", "--context-file", path).fails(6, f"{path}")
        assert re.search(rf": {shown} \d+: \w+ \w+", message), message
        assert f"{shown} N: WORDS" in listed()


def test_every_message_has_a_row():
    """Each message, and each part that is set in another place."""
    rows = listed()
    missing = [f"{text.place}: {f'exit code {text.code}' if text.code else 'a part'}: {text.format}"
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
