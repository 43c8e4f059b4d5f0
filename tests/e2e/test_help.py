# SPDX-License-Identifier: MIT
"""Help, version, and bad input for every option. The rows come from the help of the binary.

All commands share one parser and one option table, so a rule of the parser is tested once. What a
command does with the value of an option is tested for each command, in loops within few tests.
"""

from __future__ import annotations

import re

import pytest

import help_parser
from conftest import identity
from help_parser import Option

EXIT_CODES = "0 success, 1 internal error, 2 usage error, 3 refused, 4 not found or rejected, " \
             "5 network or portal unavailable, 6 local file, 7 cancelled or timed out"


# Help

def test_the_overview_lists_commands_and_exit_codes(run):
    out = run("help").ok()
    assert {"aws", "update-aws-config", "login", "logout", "web", "tenants", "token", "cache",
            "settings", "status", "version", "help"} <= set(help_parser.commands())
    assert EXIT_CODES in " ".join(out.split())
    assert run("--help").ok() == run("-h").ok() == out


def test_help_of_every_command(run):
    for command in help_parser.commands():
        out = run("help", command).ok()
        summary, _, usage, _, examples = out.splitlines()[:5]
        assert re.fullmatch(r"[A-Z].*\.", summary) and examples == "Examples:"
        assert usage.startswith(f"Usage: duplojit {command}")
        for args in ((command, "--help"), (command, "-h"), ("--help", command)):
            assert run(*args).ok() == out, args
        assert max(map(len, out.splitlines())) <= 100, command


def test_the_help_parser_reads_every_option():
    """The tests below rely on this."""
    for command in help_parser.commands():
        dashed = re.findall(r"^ {2,6}(?:-\w, )?--[\w-]+", help_parser.text("help", command), re.M)
        assert len(dashed) == len(help_parser.options(command)), command


def test_the_common_options(run):
    """The overview and each command list the same ones, from one table."""
    names = [option.name for option in help_parser.options("")]
    assert names == ["color", "quiet", "debug", "version", "help"]
    assert [o.letter for o in help_parser.options("")] == ["", "q", "", "V", "h"]
    for command in help_parser.commands():
        assert set(names) <= {option.name for option in help_parser.options(command)}, command


def test_help_is_printed_despite_bad_values(run):
    assert run("aws", "--timeout", "never", "--help").ok() == run("help", "aws").ok()


def test_version(run):
    out = run("version").ok()
    assert re.fullmatch(r"duplojit \d+\.\d+\.\d+\S*\n", out)
    assert run("--version").ok() == run("-version").ok() == run("aws", "--version").ok() == out
    assert run("-V").ok() == run("aws", "-V").ok() == out


def test_option_names_are_unique_within_a_command():
    for command in help_parser.commands():
        options = help_parser.options(command)
        names = [name for option in options for name in option.names]
        letters = [option.letter for option in options if option.letter]
        assert len(set(names)) == len(names) and len(set(letters)) == len(letters), command


def test_every_option_has_a_variable():
    """Except --query, whose result is not what programs expect that read the answer, --man, --help
    and --version, which select what is printed, and that update-aws-config and k8s do not read
    DUPLO_OUTPUT, the format of other commands."""
    without = [o.id for o in help_parser.all_options()
               if not o.variables and o.name not in ("query", "man", "help", "version")]
    assert without == ["update-aws-config --output", "k8s --output"]


# A command accepts the options of its help, by name, letter and alias, and no others

GOOD = {
    "host": "https://portal.example.com", "api-host": "https://api.example.com",
    "token-file": "token", "token": "x", "otp": "123456", "tenant": "dev01",
    "tenant-id": "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70", "output": "json", "query": "a",
    "region": "us-west-2", "profile": "p", "cache-dir": "c", "config-file": "f",
    "command": "duplojit", "ca-file": "ca",
    "resolve": "portal.example.com:127.0.0.1", "timeout": "1s", "wait": "1s",
    "listen": "127.0.0.1:0", "auth-token-file": "t", "also-write": "c", "mode": "0600",
    "owner": "0:0", "exit-with": "1", "url": "http://127.0.0.1:9911/readyz",
    "browser": "none", "port": "4711", "login-timeout": "1s", "destination": "s3",
    "write-credentials": "f", "write-env": "f", "plan": "nonprod", "kubeconfig": "f",
    "api-version": "v1", "type": "Flags", "key": "K", "if-value": "1h", "file": "f",
    "context": "main", "context-file": "f", "color": "never", "as": "payments/worker",
    "policy": "f", "audience": "a", "scopes-max": "50", "service-account-dir": "d",
}


def value_of(option: Option) -> list[str]:
    return [GOOD[option.name]] if option.value else []


def spellings(option: Option) -> list[list[str]]:
    value = value_of(option)
    found = [[dashes + name, *value] for name in option.names for dashes in ("--", "-")]
    if option.value:
        found += [[f"{dashes}{option.name}={value[0]}"] for dashes in ("--", "-")]
    if option.letter:
        found += [[f"-{option.letter}", *value], [f"-{option.letter}{''.join(value)}"]]
    return found


def test_every_spelling_of_an_option(run):
    """An unknown option ends the line: the parser reports it only if it accepted what comes
    before."""
    for option in help_parser.one_of_each():
        for words in spellings(option):
            run(option.command, *words, "--no-such").fails(2, "unknown option --no-such")


def test_every_command_accepts_its_options(run):
    """All options of a command in one line, before and after the command. Before it, -q is the
    letter of --quiet."""
    for command in help_parser.commands():
        lines = [(o, each) for o in help_parser.options(command) for each in spellings(o)]
        words = [w for _, each in lines for w in each]
        before = [w for o, each in lines for w in each
                  if o.name != "query" or not each[0].startswith("-q") or each[0][:6] == "-query"]
        for args in ((command, *words), (*before, command)):
            run(*args, "--no-such").fails(
                2, "unknown option --no-such", f"`duplojit {command} --help`")


def test_a_missing_or_needless_value(run):
    for option in help_parser.one_of_each():
        if option.value.startswith("["):  # the value is optional
            run(option.command, f"--{option.name}", "--no-such").fails(
                2, "unknown option --no-such")
        elif option.value:
            run(option.command, f"--{option.name}").fails(2, f"--{option.name} needs a value")
        else:
            run(option.command, f"--{option.name}=maybe").fails(
                2, f"--{option.name} accepts only true or false")


def test_options_of_other_commands_are_refused(run):
    for command in help_parser.commands():
        own = {option.name for option in help_parser.options(command)}
        for option in help_parser.one_of_each():
            if option.name not in own:
                run(command, f"--{option.name}", *value_of(option)).fails(
                    2, f"`duplojit {command}` has no option --{option.name}",
                    f"See `duplojit {command} --help`")


# Bad values

LONG = "x" * 20000

# Values that every command refuses for the option; bytes are the content of a file.
BAD = {
    "kubeconfig": ["/", "/dev/null"], "update-kubeconfig --command": ["", "a\nb"],
    "host": ["", "http://portal.example.com", "ftp://portal.example.com", "https://", "https://a b",
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
    "aws --output": ["", "yml", "JSON", "process ", LONG],
    "tenants --output": ["", "yml", "process ", LONG],
    "query": ["a[", "length(@)", " ", "a" * 2048],
    "update-aws-config --output": ["a\nb", "a\n[profile x]", LONG],
    "region": ["", "us west 2", "us-west-2\n", "us_west_2", "'", LONG],
    "profile": ["", "a]b", "a\nb", "a b#", LONG],
    "config-file": ["/", b"[profile x]\nregion = \0\n"],
    "command": ["a\nb", "a #b", "a ;b", "", LONG],
    "ca-file": ["/nonexistent/ca", "", "/", b"", b"no PEM\n"],
    "resolve": ["", "nonsense", ":127.0.0.1", "portal.example.com:", "portal.example.com:localhost",
                "portal.example.com:127.0.0.256", "portal.example.com:[::1", LONG],
    "timeout": ["", "0", "0s", "-1", "soon", "1 s", "1.5s", "25h", "1d", "9" * 30, LONG],
}
BAD |= {
    "serve --profile": ["", "a", "a=", "=admin", "a=nobody", "a=tenant:", "a=tenant-id:dev01",
                        LONG],
    "listen": ["", "9911", "127.0.0.1", "127.0.0.1:99999", "localhost:x", "0.0.0.0:0", LONG],
    "mode": ["", "rw", "0999", "10000", LONG],
    "owner": ["", "root", "1:", "-1", "1:2:3", LONG],
    "url": ["", "nonsense", "https://127.0.0.1/", "http://portal.example.com/", LONG],
    "browser": ["", LONG],
    "color": ["", "red", "Never", LONG],
    "as": ["", "a", "/", "a/", "/b", "A/b", "a.b/c", "a*/b", "a/b*", "a/b/c", "a/-b", "a/b\n",
           "x" * 64 + "/b", "a/" + "x" * 254, LONG],
    "audience": ["", "a b", "x" * 254, LONG],
    "scopes-max": ["", "0", "-1", "10001", "x", LONG],
    "port": ["", "0", "-1", "65536", "http", "80 ", LONG],
    "destination": ["", "two words", "//evil.example", "https://evil.example/", LONG],
}
BAD["api-host"] = [*BAD["host"], "https://portal.example.com/path", "https://portal.example.com?q"]
BAD |= {"plan": ["", "a b", "a/b", "a\nb", LONG], "api-version": ["", "v2", "v1alpha1", "V1", LONG]}
BAD["login-timeout"] = BAD["timeout"]
BAD["wait"] = BAD["timeout"]
BAD["type"] = BAD["key"] = ["", ".", "..", "a\nb", "b\x7fb", LONG]
for command in ("settings", "token", "cache", "context", "version", "tenant", "system", "k8s",
                "status", "login"):
    BAD[f"{command} --output"] = BAD["tenants --output"]
BAD["write-credentials"] = BAD["write-env"] = ["", "-"]
BAD["file"] = ["/nonexistent/file", "", "/", b"", b"[]", b"{", b'{"users": {}}',
               b'{"system": {"token-validity": 900}}', b'{"system": {"admin-jit-ui": "maybe"}}']

# What a command needs before its options.
OPERANDS = {"settings": ["list"], "settings --type": ["get"], "settings --key": ["get"],
            "settings --file": ["apply"], "agent --as": ["check-policy", "policy.yaml"],
            "tenant": ["find"], "system": ["info"], "cache": ["list"], "context": ["list"]}

# A cache directory that cannot be used is not an error: the command works without a cache. A file
# of contexts is read only if it is needed. The others are files to write, a program to watch, and
# values of settings: their own tests cover them.
ANY_VALUE = {"cache-dir", "context", "context-file", "if-value", "auth-token-file", "also-write",
             "exit-with", "policy", "service-account-dir"}

# Exit code 6 if the file cannot be used.
FILES = {"token-file", "kubeconfig", "config-file", "ca-file", "file"}


def bad_values(option: Option) -> list:
    return BAD.get(option.id, BAD.get(option.name, []))


def bad_text(option: Option) -> str | None:
    """One that is not empty."""
    return next((v for v in bad_values(option) if isinstance(v, str) and v), None)


def test_every_option_has_a_row_of_bad_values():
    rows = [o.id for o in help_parser.all_options()
            if o.value and not bad_values(o) and o.name not in ANY_VALUE]
    assert rows == []


def command_line(option: Option, *words: str) -> list[str]:
    """The option's command with these words."""
    operands = OPERANDS.get(option.id, OPERANDS.get(option.command, []))
    program = ["--", "true"] if option.command == "exec" else []
    return [option.command, *operands, *words, *program]


def complete(portal, run, option: Option) -> dict[str, str]:
    """An environment in which the command succeeds except for this option."""
    env = identity(portal) | {"DUPLO_TENANT": "dev01"}
    if option.command == "serve":
        env |= {"DUPLO_LISTEN": "127.0.0.1:0", "DUPLO_AUTH_TOKEN_FILE": str(run.home / "auth")}
    if option.id in ("aws --mode", "aws --owner"):
        env["DUPLO_WRITE_ENV"] = str(run.home / "env")
    return env


def message_names(option: Option) -> str:
    """A pattern for how a message names the option. A message about a profile may name its key."""
    words = option.name.replace("-", "[- ]")
    return words + ("|credential_process" if option.command == "update-aws-config" else "")


def failure_line(option: Option) -> str:
    """An unknown output format may be meant for a shell that evaluates it."""
    return "false\n" if (option.command, option.name) == ("aws", "output") else ""


def refuses(run, portal, option: Option, value: str | bytes) -> str:
    """An empty string if the command refuses the value as it should, else what it did instead."""
    content = isinstance(value, bytes)
    if content:
        path = run.home.parent / "bad"
        path.write_bytes(value)
        value = str(path)
    # A token file that can be read but holds no token is a usage error, not a file error.
    is_file = option.name in FILES and not (option.name == "token-file" and content)
    result = run(*command_line(option, f"--{option.name}", value),
                 env=complete(portal, run, option), limit_s=10)
    (run.home / ".aws/config").unlink(missing_ok=True)
    try:
        message = result.fails(6 if is_file else 2, printed=failure_line(option))
        assert re.search(f"{message_names(option)}|{re.escape(value[:200] or 'no')}", message)
        assert len(message) < 700
    except AssertionError as error:
        return f"{option.id} {value[:60]!r}: {str(error).splitlines()[0]} {result.err[:300]}"
    return ""


@pytest.mark.parametrize("command", help_parser.commands())
def test_bad_values(run, portal, command):
    wrong = [refuses(run, portal, option, value) for option in help_parser.options(command)
             for value in bad_values(option)]
    assert not any(wrong), "\n".join(filter(None, wrong))
    if command != "web":  # the console's address depends on the partition that the portal names
        assert not portal.log.find("*GetAwsConsoleTokenUrl")


@pytest.mark.parametrize("command", help_parser.commands())
def test_bad_values_in_variables(run, portal, command):
    """The same from the environment. An empty variable counts as not set."""
    for option in help_parser.options(command):
        value = bad_text(option)
        if value is None or not option.value:
            continue
        for variable in option.variables:
            env = complete(portal, run, option)
            for other in option.variables:
                env.pop(other, None)
            result = run(*command_line(option), env=env | {variable: value}, limit_s=10)
            result.fails(6 if option.name in FILES else 2, printed=failure_line(option))


def test_switches_in_variables(run, portal):
    switches = [o for o in help_parser.all_options()
                if not o.value and o.variables and o.command != "cache"]
    assert len(switches) > 50
    for option in switches:
        env = complete(portal, run, option)
        if option.name in ("admin", "duplo-ops"):
            del env["DUPLO_TENANT"]
        run(*command_line(option), env=env | {option.variables[0]: "maybe"}).fails(
            2, option.variables[0], "use 1 or 0")


# Words

def test_no_command(run):
    """The overview, as an error."""
    for words in ((), ("--debug",), ("jit",)):
        result = run(*words)
        assert (result.code, result.out, result.err) == (2, "", run("help").ok())


def test_unknown_words(run):
    run("awz").fails(2, 'unknown command "awz". Did you mean `aws`? See `duplojit --help`')
    run("help", "awz").fails(2, 'unknown command "awz". Did you mean `aws`?')
    run("aws", "dev01").fails(2, 'unexpected argument "dev01". Did you mean --tenant dev01? '
                                 "See `duplojit aws --help`")
    run("aws", "Secret01").fails(2, "unexpected argument (not shown: it may be a secret). "
                                    "Did you mean --tenant?")
    run("version", "now").fails(2, 'unexpected argument "now". See `duplojit version --help`')
    run("tenants", "a").fails(2, "unexpected argument")
    run("token", "a").fails(2, "unexpected argument")
    run("update-aws-config", "a", "b").fails(2, "unexpected argument")
    run("cache").fails(2, "missing argument: use clear, list or path. See `duplojit cache --help`")
    run("cache", "empty").fails(2, 'unknown argument "empty": use clear, list or path')
    run("settings", "exprt").fails(2, "Did you mean export?")
    run("tenants", "--output", "jsno").fails(2, "--output: unknown value", "Did you mean json?")
    run("aws", "--output", "bad").fails(2, "use process, env, shell, fish, powershell, ini, "
                                           "github, json, yaml, csv or string", printed="false\n")
    run("cache", "list", "all").fails(2, "unexpected argument")
    run("aws", "--tennant").fails(2, "unknown option --tennant. Did you mean --tenant?")
    run("aws", "-Z").fails(2, "unknown option -Z")
    run("aws", "--\x1b[31mred").fails(2)
    run("aws", "--" + "x" * 5000).fails(2)
    run("aws", *["--debug"] * 11_001).fails(2, "more than 11000 options")
