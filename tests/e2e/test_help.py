# SPDX-License-Identifier: MIT
"""Help, version, and bad input for every option: the rows come from the binary's own help."""

from __future__ import annotations

import re

import pytest

import manual
from conftest import identity

EXIT_CODES = "0 done, 1 internal, 2 usage, 3 refused, 4 not found, 5 network or portal, " \
             "6 local file, 7 cancelled"


# Help

def test_the_overview_lists_commands_and_exit_codes(run):
    out = run("help").ok()
    assert {"aws", "update-aws-config", "login", "logout", "web", "tenants", "token", "cache",
            "settings", "status", "version", "help"} <= set(manual.commands())
    assert EXIT_CODES in " ".join(out.split())
    assert run("--help").ok() == run("-h").ok() == out


@pytest.mark.parametrize("command", manual.commands())
def test_every_command_explains_itself(run, command):
    out = run("help", command).ok()
    assert out.startswith(f"Usage: duplojit {command}")
    assert run(command, "--help").ok() == run(command, "-h").ok() == out
    assert run("--help", command).ok() == out
    assert max(map(len, out.splitlines())) <= 100


def test_the_parser_of_the_help_sees_every_line():
    """What the tests below rely on: no option of the help is missed."""
    for command in manual.commands():
        dashed = re.findall(r"^ {2,6}(?:-\w, )?--[\w-]+", manual.text("help", command), re.M)
        assert len(dashed) == len(manual.options(command))


def test_help_wins_over_bad_values(run):
    assert run("aws", "--timeout", "never", "--help").ok().startswith("Usage: duplojit aws")


def test_version(run):
    out = run("version").ok()
    assert re.fullmatch(r"duplojit \d+\.\d+\.\d+\S*\n", out)
    assert run("--version").ok() == run("-version").ok() == run("aws", "--version").ok() == out


def test_names_no_option_twice():
    for command in manual.commands():
        names = [n for o in manual.options(command) for n in (o.name, *o.aliases)]
        letters = [o.letter for o in manual.options(command) if o.letter]
        assert len(set(names)) == len(names) and len(set(letters)) == len(letters)


# Every option of the help takes its name, its letter and its aliases, and no others

GOOD = {
    "host": "https://portal.example.com", "api-host": "https://api.example.com",
    "token-file": "token", "token": "x", "otp": "123456", "tenant": "dev01",
    "tenant-id": "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70", "output": "json", "region": "us-west-2",
    "profile": "p", "cache-dir": "c", "config-file": "f", "command": "duplojit", "ca-file": "ca",
    "resolve": "portal.example.com:127.0.0.1", "timeout": "1s", "wait": "1s",
    "listen": "127.0.0.1:0", "auth-token-file": "t", "also-write": "c", "mode": "0600",
    "owner": "0:0", "exit-with": "1", "url": "http://127.0.0.1:9911/readyz",
    "browser": "none", "port": "4711", "login-timeout": "1s", "destination": "s3",
    "write-credentials": "f", "write-env": "f", "type": "Flags", "key": "K", "if-value": "1h", "file": "f",
}


@pytest.mark.parametrize("option", manual.all_options(), ids=lambda o: o.id)
def test_every_spelling_is_taken(run, option):
    """Ended by an unknown option: a message about that one means that the first was read."""
    value = [GOOD[option.name]] if option.value else []
    spellings = [[f"--{n}", *value] for n in (option.name, *option.aliases)]
    spellings += [[f"-{n}", *value] for n in (option.name, *option.aliases)]
    if option.value:
        spellings += [[f"--{option.name}={value[0]}"], [f"-{option.name}={value[0]}"]]
    if option.letter:
        spellings += [[f"-{option.letter}", *value], [f"-{option.letter}{''.join(value)}"]]
    for words in spellings:
        run(option.command, *words, "--no-such").fails(2, "no option --no-such")
        run(*words, option.command, "--no-such").fails(2, "no option --no-such")


@pytest.mark.parametrize("option", manual.all_options(), ids=lambda o: o.id)
def test_a_missing_or_needless_value(run, option):
    if option.value.startswith("["):  # it may be left out
        run(option.command, f"--{option.name}", "--no-such").fails(2, "no option --no-such")
    elif option.value:
        run(option.command, f"--{option.name}").fails(2, f"--{option.name} needs a value")
    else:
        run(option.command, f"--{option.name}=maybe").fails(
            2, f"--{option.name} takes no value but true or false")


@pytest.mark.parametrize("command", manual.commands())
def test_options_of_other_commands_are_refused(run, command):
    own = {o.name for o in manual.options(command)}
    for option in {o.name: o for o in manual.all_options() if o.name not in own}.values():
        value = [GOOD[option.name]] if option.value else []
        run(command, f"--{option.name}", *value).fails(
            2, f"`duplojit {command}` has no option --{option.name}",
            f"see `duplojit {command} --help`")


# Bad values

LONG = "x" * 20000

# Values that are wrong for the option, whichever command takes it; a file's content as bytes.
BAD = {
    "host": ["", "http://portal.example.com", "ftp://portal.example.com", "https://", "https://a b",
             "https://portal.example.com/path", "https://portal.example.com?q",
             "https://user:word@portal.example.com", "http://localhost.example.com",
             "https://portal.example.com:0", "portal.example.com:00",
             "http://127.0.0.1.example.com", "https://portal.example.com:99999", "a\nb", LONG],
    "token": ["", "two words", "tab\there", "new\nline", "b\x7fb", "caf\u00e9", LONG],
    "token-file": ["/nonexistent/token", "", "/", b"", b"\n", b"two words\n", b"two\nlines\n",
                   b"nul\0byte"],
    "otp": ["", "12\r\nX-Evil: 1", "12 34", LONG],
    "tenant": ["", "a/b", "two words", "new\nline", "x" * 32, LONG],
    "tenant-id": ["", "dev01", "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a7", LONG,
                  "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a7g", "0f3c9a52x7d1e-4b8a-9c55-2e6d8b1f4a70"],
    "aws --output": ["", "yaml", "JSON", "process ", LONG],
    "tenants --output": ["", "yaml", "process", LONG],
    "update-aws-config --output": ["a\nb", "a\n[profile x]", LONG],
    "region": ["", "us west 2", "us-west-2\n", "us_west_2", "'", LONG],
    "profile": ["", "a]b", "a\nb", "a b#", LONG],
    "config-file": ["/", b"[profile x\n", b"key = value\n", b"[p]\nno equals\n"],
    "command": ["a\nb", "a #b", "a ;b", "", LONG],
    "ca-file": ["/nonexistent/ca", "", "/", b"", b"no PEM\n"],
    "resolve": ["", "nonsense", ":127.0.0.1", "portal.example.com:", "portal.example.com:localhost",
                "portal.example.com:127.0.0.256", "portal.example.com:[::1", LONG],
    "timeout": ["", "0", "0s", "-1", "soon", "1 s", "1.5s", "25h", "1d", "9" * 30, LONG],
}
BAD |= {
    "serve --profile": ["", "a", "a=", "=admin", "a=nobody", "a=tenant:", "a=tenant-id:dev01", LONG],
    "listen": ["", "9911", "127.0.0.1", "127.0.0.1:99999", "localhost:x", "0.0.0.0:0", LONG],
    "mode": ["", "rw", "0999", "10000", LONG],
    "owner": ["", "root", "1:", "-1", "1:2:3", LONG],
    "url": ["", "nonsense", "https://127.0.0.1/", "http://portal.example.com/", LONG],
    "browser": ["", LONG],
    "port": ["", "0", "-1", "65536", "http", "80 ", LONG],
    "destination": ["", "two words", "//evil.example", "https://evil.example/", LONG],
}
BAD["api-host"] = BAD["host"]
BAD["login-timeout"] = BAD["timeout"]
BAD["wait"] = BAD["timeout"]
BAD["type"] = BAD["key"] = ["", ".", "..", "a\nb", "b\x7fb", LONG]
BAD["settings --output"] = BAD["tenants --output"]
BAD["write-credentials"] = BAD["write-env"] = ["", "-"]
BAD["file"] = ["/nonexistent/file", "", "/", b"", b"[]", b"{", b'{"users": {}}',
               b'{"system": {"token-validity": 900}}', b'{"system": {"admin-jit-ui": "maybe"}}']

# What a command does not do without.
OPERANDS = {"settings": ["list"], "settings --type": ["get"], "settings --key": ["get"],
            "settings --file": ["apply"]}

# A directory that cannot be used is no error: it works uncached. What `cache` says is below.
# Files that are made, what ends when another thing does, what a setting may be: their own tests
# know them.
TAKES_ANYTHING = {"cache-dir", "if-value", "auth-token-file", "also-write", "exit-with"}

FILES = {"token-file", "config-file", "ca-file", "file"}  # exit 6 where the file cannot be used


def bad_values(option: manual.Option) -> list:
    return BAD.get(option.id, BAD.get(option.name, []))


def test_every_option_has_a_row_of_bad_values():
    rows = [o.id for o in manual.all_options()
            if o.value and not bad_values(o) and o.name not in TAKES_ANYTHING]
    assert rows == []


def words_of(option: manual.Option) -> list[str]:
    return [option.command, *OPERANDS.get(option.id, OPERANDS.get(option.command, []))]


def program(option: manual.Option) -> list[str]:
    """What exec needs behind its options."""
    return ["--", "true"] if option.command == "exec" else []


def usable(portal, run, option: manual.Option) -> dict[str, str]:
    """An environment in which the command would work, but for this option."""
    env = identity(portal) | {"DUPLO_TENANT": "dev01"}
    if option.command == "serve":
        env |= {"DUPLO_LISTEN": "127.0.0.1:0", "DUPLO_AUTH_TOKEN_FILE": str(run.home / "auth")}
    if option.id in ("aws --mode", "aws --owner"):
        env["DUPLO_WRITE_ENV"] = str(run.home / "env")
    return env


@pytest.mark.parametrize("option", [o for o in manual.all_options() if bad_values(o)],
                         ids=lambda o: o.id)
def test_bad_values(run, portal, tmp_path, option):
    env = usable(portal, run, option)
    wrong = []
    for value in bad_values(option):
        content = isinstance(value, bytes)
        if content:
            path = tmp_path / "bad"
            path.write_bytes(value)
            value = str(path)
        # A token file that can be read but holds no token is bad usage, not a bad file.
        is_file = option.name in FILES and not (option.name == "token-file" and content)
        result = run(*words_of(option), f"--{option.name}", value, *program(option), env=env,
                     limit_s=10)
        (run.home / ".aws/config").unlink(missing_ok=True)
        try:
            message = result.fails(6 if is_file else 2)
            assert re.search(f"{words_for(option)}|{re.escape(value[:200] or 'no')}", message)
            assert len(message) < 700
        except AssertionError as error:
            wrong.append(f"{value[:60]!r}: {str(error).splitlines()[0]} {result.err[:300]}")
    assert not wrong, "\n".join(wrong)
    if option.id != "web --destination":  # the link tells which partition's consoles count
        assert not portal.log.find("*GetAwsConsoleTokenUrl")


def words_for(option: manual.Option) -> str:
    """How a message may name the option; what a profile is made of is known by its key too."""
    words = option.name.replace("-", "[- ]")
    return words + ("|credential_process" if option.command == "update-aws-config" else "")


@pytest.mark.parametrize("option", [o for o in manual.all_options() if o.value and o.variables],
                         ids=lambda o: o.id)
def test_bad_values_in_variables(run, portal, option):
    """The same from the environment, where an empty variable counts as not set."""
    value = next((v for v in bad_values(option) if isinstance(v, str) and v), None)
    for variable in option.variables if value else ():
        env = usable(portal, run, option)
        for other in option.variables:
            env.pop(other, None)
        if option.id == "update-aws-config --output":
            continue  # `output` of a profile is not that of the commands
        result = run(*words_of(option), *program(option), env=env | {variable: value}, limit_s=10)
        result.fails(6 if option.name in FILES else 2)


def test_every_option_has_a_variable():
    assert [o.id for o in manual.all_options() if not o.variables] == []


SWITCHES = [o for o in manual.all_options()
            if not o.value and o.variables and o.command != "cache"]


@pytest.mark.parametrize("option", SWITCHES, ids=lambda o: o.id)
def test_switches_in_variables(run, portal, option):
    env = usable(portal, run, option)
    if option.name in ("admin", "duplo-ops"):
        del env["DUPLO_TENANT"]
    run(*words_of(option), *program(option), env=env | {option.variables[0]: "maybe"}).fails(
        2, option.variables[0], "write 1 or 0")


# Words

def test_no_command(run):
    run().fails(2, "duplojit help")
    run("--debug").fails(2)
    run("jit").fails(2)


def test_unknown_words(run):
    run("awz").fails(2, '"awz"', "duplojit --help")
    run("help", "awz").fails(2, '"awz"', "duplojit help")
    run("aws", "dev01").fails(2, "one word too many", "duplojit aws --help")
    run("version", "now").fails(2, "one word too many")
    run("tenants", "a").fails(2)
    run("token", "a").fails(2)
    run("update-aws-config", "a", "b").fails(2, "one word too many")
    run("cache").fails(2, "cache clear")
    run("cache", "empty").fails(2, '"empty"', "clear, list or path")
    run("cache", "list", "all").fails(2, "one word too many")
    run("aws", "-Z").fails(2, "-Z")
    run("aws", "--\x1b[31mred").fails(2)
    run("aws", "--" + "x" * 5000).fails(2)
    run("aws", *["--debug"] * 260).fails(2, "256 options")
