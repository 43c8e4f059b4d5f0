# SPDX-License-Identifier: MIT
"""docs/troubleshooting.md has a row for each error text of the exit codes 2 to 7 in src/."""

from __future__ import annotations

import functools
import re
import textwrap

import c_strings
import composed_texts
import messages
from conftest import TESTS

DOCUMENT = (TESTS.parent / "docs/troubleshooting.md").read_text()


def rows_of(chapter: str) -> list[str]:
    """The messages in the first column."""
    rows = re.findall(r"^\| (`+) ?(.*?) ?\1 \| .+ \| .+ \|$", chapter, re.M)
    return [text.replace("\\|", "|") for _, text in rows]


def listed() -> list[str]:
    return rows_of(DOCUMENT.split("\n## Messages\n")[1])


@functools.cache
def chapters() -> dict[int, list[str]]:
    """The rows of each exit code; of "With any exit code" with 0."""
    found = {}
    for chapter in DOCUMENT.split("\n## Messages\n")[1].split("\n### ")[1:]:
        code = re.match(r"Exit code (\d): |With any exit code", chapter)[1]
        found[int(code or composed_texts.UNKNOWN)] = rows_of(chapter)
    return found


@functools.cache
def rows_for(text: composed_texts.Composed) -> set[tuple[int, str]]:
    """(exit code, row) of each row for a text: in the chapter of its exit code, if that is known.
    """
    pattern = re.compile(text.pattern)
    return {(code, row) for code, rows in chapters().items() for row in rows
            if text.code in (code, composed_texts.UNKNOWN) and pattern.fullmatch(row)}


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


def test_messages_are_composed():
    """With the words of a table, of parameters, of a function in another file, of a field of
    structs, of a field of tables, of a macro, and with the kind of a caller."""
    texts = composed_texts.messages()
    found = {(text.code, text.example) for text in texts}
    assert {(5, '"AccessKeyId" is not a string'),
            (6, "line N: kind is not Config"),
            (2, "the value of X contains a non-ASCII character"),
            (6, "line N: the line contains a NUL byte; HINT. HINT"),
            (5, "the response is not valid HTTP/1.1 (invalid status line)"),
            (5, "the server's certificate cannot be parsed"),
            (2, "the JSON ends too early, at byte N"),
            (6, "the JSON ends too early, at byte N")} <= found
    assert len(texts) > 1200


def test_a_new_message_is_composed(tmp_path):
    """In each form that c_strings.py follows."""
    (tmp_path / "new.c").write_text(textwrap.dedent("""
        #define SHORT "too short"
        struct rule { int code; const char *what; };
        static const struct rule rules[] = {{1, "by a table"}, {2, SHORT}};
        static const char *say(bool loud) { return loud ? "loud" : "not so loud"; }
        static int fail(const char *why, struct err *err)
        {
            return err_set(err, ERR_FILE, "it is %s", why);
        }
        int check(const struct rule *rule, int code, struct err *err)
        {
            static const char *const words[] = {"the first", [2] = "the third"};
            char text[20];
            snprintf(text, sizeof(text), "line %d of %s", code, path());
            const char *why = code > 1 ? words[code] : rule->what;
            enum err_kind kind = code ? ERR_USAGE : ERR_UNAVAILABLE;
            err_set(err, kind, "said %s in %s", say(code), text);
            return code ? fail(why, err) : fail("wrong" " twice", err);
        }
        """))
    found = {(text.code, text.example)
             for text in composed_texts.composed_texts(c_strings.Sources(tmp_path))}
    assert found == {(code, f"said {say} in line N of X") for code in (2, 5)
                     for say in ("loud", "not so loud")} | {
        (6, f"it is {why}") for why in ("the first", "the third", "by a table", "too short",
                                        "wrong twice")}


def test_functions_that_print_or_change_errors_are_known():
    """All with a format, and all that set the kind of an error."""
    sources = c_strings.sources()
    printers = {function.name for file in sources.files for function in file.functions
                if function.is_variadic}
    assert printers - set(composed_texts.PRINTERS) - set(composed_texts.OTHER_PRINTERS) - \
        set(messages.OTHER_CALLS) == set()
    places = {f"{file.place} {file.function_at(at).name}" for file in sources.files
              for at, left, _ in file.assignments if left[-3:] == ["err", "->", "kind"]}
    assert places - {"base/err.c err_fill", "base/err.c err_fill_errno"} == \
        set(composed_texts.RECODED)
    for _, names in composed_texts.RECODED.values():
        assert all(composed_texts.reached([name], sources) for name in names)


def test_every_exception_of_composed_texts_is_needed():
    texts = composed_texts.composed_texts(c_strings.sources())
    shown = [f"{text.code}: {text.example}" for text in texts]
    for pattern in composed_texts.IMPOSSIBLE:
        assert any(re.search(pattern, text) for text in shown), pattern
    rows = [row for rows in chapters().values() for row in rows]
    for text in composed_texts.APPENDED:
        assert any(row.endswith(text) for row in rows), text
    marked = "".join(text.text for text in texts)
    for name in c_strings.NAMES:
        assert f"{c_strings.NAME_START}{name}{c_strings.NAME_END}" in marked, name
    words = {word for file in c_strings.sources().files for word in file.words}
    assert c_strings.HINT_SOURCES | set(c_strings.DATA_SOURCES) <= words


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


def test_every_message_has_a_row_of_its_exit_code():
    """Each message as a whole, with the texts of tables, parameters and variables in it."""
    missing = {f"exit code {text.code or 'unknown'}: {text.place}: {text.example}"
               for text in composed_texts.messages()
               if text.code != composed_texts.INTERNAL and not rows_for(text)}
    assert not missing, "no row in docs/troubleshooting.md:\n" + "\n".join(sorted(missing))


def test_every_row_has_a_message_of_its_exit_code():
    """Except for rows that c_strings.py cannot derive."""
    others = {"element N: WHY": "is only put before another message",
              "credentials for SCOPE, region of TENANT: WHY": "a buffer gets the tenant later"}
    used = {row for text in composed_texts.messages() for row in rows_for(text)}
    stale = [f"exit code {code}: {row}" for code, rows in chapters().items() for row in rows
             if (code, row) not in used and row not in others]
    assert not stale, "no such message in src/:\n" + "\n".join(stale)


def test_no_row_occurs_twice():
    """In one chapter: the same words may have two causes and exit codes."""
    for chapter in DOCUMENT.split("\n### "):
        rows = re.findall(r"^\| (`.*)$", chapter, re.M)
        heads = [row.split(" | ")[0] for row in rows]
        assert len(heads) == len(set(heads)), chapter.splitlines()[0]
