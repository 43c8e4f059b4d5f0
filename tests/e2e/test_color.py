# SPDX-License-Identifier: MIT
"""Warnings and errors in color (--color, NO_COLOR, TERM), and without warnings (--quiet)."""

from __future__ import annotations

import pytest

from conftest import identity
from terminal import Terminal

RED, YELLOW, PLAIN = "\033[1;31m", "\033[1;33m", "\033[0m"
XTERM = {"TERM": "xterm-256color"}
WARNING = "other users may read the token in"

# Words, variables, and whether lines are in color: on a terminal, and elsewhere.
CASES = {
    "a terminal": ((), XTERM, True, False),
    "auto": (("--color", "auto"), XTERM, True, False),
    "never": (("--color=never",), XTERM, False, False),
    "always": (("--color", "always"), XTERM, True, True),
    "always for a dumb terminal": (("--color", "always"), {"TERM": "dumb"}, True, True),
    "always despite NO_COLOR": (("--color", "always"), XTERM | {"NO_COLOR": "1"}, True, True),
    "the variable": ((), XTERM | {"DUPLO_COLOR": "always"}, True, True),
    "the option overrides it": (("--color", "never"), XTERM | {"DUPLO_COLOR": "always"},
                                False, False),
    "NO_COLOR": ((), XTERM | {"NO_COLOR": "0"}, False, False),
    "NO_COLOR is empty": ((), XTERM | {"NO_COLOR": ""}, True, False),
    "a dumb terminal": ((), {"TERM": "dumb"}, False, False),
    "no TERM": ((), {}, False, False),
    "an empty TERM": ((), {"TERM": ""}, False, False),
}
EACH = pytest.mark.parametrize("words, env, on_terminal, elsewhere", CASES.values(), ids=CASES)


def error(text: str, colored: bool) -> str:
    return f"{RED}duplojit:{PLAIN} {text}" if colored else f"duplojit: {text}"


def warning(text: str, colored: bool) -> str:
    return f"duplojit: {YELLOW}warning:{PLAIN} {text}" if colored else f"duplojit: warning: {text}"


@pytest.fixture
def readable_token(portal, tmp_path):
    """A context whose token other users may read. Returns the environment."""
    file = tmp_path / "contexts"
    file.write_text(f"current-context: a\ncontexts:\n- name: a\n  host: {portal.url}\n"
                    f"  token: {portal.token()}\n")
    file.chmod(0o644)
    return {"DUPLO_CA_FILE": portal.ca, "DUPLO_CONFIG": str(file)}


@EACH
def test_errors(run, words, env, on_terminal, elsewhere):
    """A command line that cannot be read has its error in color, too."""
    for line, text in ((("aws",), "no tenant given"), (("aws", "--no-such"), "unknown option")):
        code, _, shown = Terminal(run, *words, *line, env=env).ended()
        assert code == 2 and shown.startswith(error(text, on_terminal))
        assert shown.count("\033") == (2 if on_terminal else 0)
        result = run(*words, *line, env=env)
        assert result.code == 2 and result.err.startswith(error(text, elsewhere))
        assert result.err.count("\033") == (2 if elsewhere else 0)


@EACH
def test_warnings(run, readable_token, words, env, on_terminal, elsewhere):
    code, _, shown = Terminal(run, "tenants", *words, env=readable_token | env).ended()
    assert code == 0 and shown.startswith(warning(WARNING, on_terminal))
    assert shown.count("\033") == (2 if on_terminal else 0) and shown.count("\n") == 1
    result = run("tenants", *words, env=readable_token | env)
    assert result.code == 0 and result.err.startswith(warning(WARNING, elsewhere))
    assert result.err.count("\033") == (2 if elsewhere else 0)


def test_other_lines_have_no_color(run, portal):
    code, out, shown = Terminal(run, "tenants", "--debug", "--color", "always",
                                env=XTERM | identity(portal)).ended()
    assert code == 0 and "debug: " in shown and "\033" not in shown + out


def test_quiet(run, readable_token):
    """It prints no warnings. Errors and the lines of --debug stay."""
    assert WARNING in run("tenants", env=readable_token).err
    out = run("tenants", "--quiet", env=readable_token).ok()
    assert out == run("tenants", env=readable_token | {"DUPLO_QUIET": "1"}).ok()
    assert WARNING in run("tenants", "--quiet=false", env=readable_token | {"DUPLO_QUIET": "1"}).err
    run("tenants", "--quiet", env={"DUPLO_HOST": "nonsense nonsense"}).fails(2, "DUPLO_HOST")
    debug = run("tenants", "--quiet", "--debug", env=readable_token)
    assert "debug: " in debug.err and "warning: " not in debug.err


def test_the_letter_of_quiet(run, readable_token):
    """-q is --query for commands that have it; else, and before the command, it is --quiet."""
    line = ("exec", "--tenant", "dev01", "--no-cache")
    assert WARNING in run(*line, "--", "true", env=readable_token).err
    run(*line, "-q", "--", "true", env=readable_token).ok()
    assert run("tenants", "--quiet", "-q", "[0].Name", env=readable_token).ok().startswith('"')
    run("tenants", "-q").fails(2, "--query needs a value")
    assert WARNING not in run("-q", "tenants", "-q", "[0].Name", env=readable_token).err
    assert run("-q", "tenants", env=readable_token).ok() == run("tenants", env=readable_token).out
    run("-q", "[0].Name", "tenants").fails(2, "unknown command")
