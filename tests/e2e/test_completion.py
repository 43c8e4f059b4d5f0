# SPDX-License-Identifier: MIT
"""Completion: which words the program offers, and that bash, zsh and fish insert them."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

import help_parser
from conftest import BIN, LIMIT_S

SHELLS = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"], "fish": ["-N"]}

CONFIG = "[default]\nregion = us-west-2\n[profile dev]\nregion = us-west-2\n[profile prod]\n"
CONTEXTS = "contexts:\n- {name: main, host: 'https://portal.example.com'}\n- name: spare\n"


@pytest.fixture
def home(run):
    """The HOME of run with AWS profiles and contexts, and a working directory."""
    home = run.home
    for name, text in {".aws/config": CONFIG, ".duplo/config": CONTEXTS, "work/token.txt": "",
                       "work/tokens/a": "", "work/other": ""}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home


def offered(home, *words: str, program: str = "duplojit", **env: str) -> list[str]:
    """What the program offers in the place of the last word."""
    done = subprocess.run([BIN, "__words"], input="".join(f"{w}\0" for w in (program, *words)),
                          env={"HOME": str(home), **env}, capture_output=True, text=True,
                          timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (0, ""), words
    return [line.split("\t")[0] for line in done.stdout.splitlines() if line]


# Words

def test_commands(home):
    commands = list(help_parser.commands())
    assert offered(home, "") == offered(home, "help", "") == commands
    assert offered(home, "update-") == [c for c in commands if c.startswith("update-")] != []
    assert offered(home, "--debug", "ver") == ["version"]
    assert "__words" not in help_parser.text("help")


def test_every_option_of_every_command(home):
    for command in help_parser.commands():
        names = {f"--{option.name}" for option in help_parser.options(command)}
        assert set(offered(home, command, "-")) == names >= {"--help", "--version"}, command
        for option in help_parser.options(command):
            assert f"--{option.name}" in offered(home, command, f"--{option.name[:3]}"), option
            assert f"-{option.name}" in offered(home, command, f"-{option.name[:3]}"), option
            if option.letter:
                assert offered(home, command, f"-{option.letter}") == [f"-{option.letter}"], option
    assert set(offered(home, "-")) == {f"--{option.name}" for option in help_parser.options("")}


def formats(run, *words: str) -> set[str]:
    """Those that the message about a wrong format lists."""
    env = {"DUPLO_HOST": "portal.example.com", "DUPLO_TOKEN": "x", "DUPLO_TENANT": "a"}
    line = run(*words, "-o", "-", env=env).err
    return set(re.split(", | or ", re.search(r": use (.*?)(?:\. Did|\n)", line)[1]))


def test_formats_are_those_that_the_command_accepts(home, run):
    commands = {c for c in help_parser.commands()
                if any(o.name == "output" for o in help_parser.options(c))} - {"update-aws-config"}
    operand = {"cache": "list", "context": "list", "settings": "list", "tenant": "list",
               "system": "info"}
    assert len(commands) > 8
    for command in commands:
        words = [command, *([operand[command]] if command in operand else [])]
        wanted = formats(run, *words)
        assert set(offered(home, *words, "-o", "")) == wanted, command
        assert set(offered(home, *words, "--output=")) == {f"--output={w}" for w in wanted}
    assert offered(home, "aws", "-oj") == ["-ojson"]
    assert offered(home, "k8s", "--api-version", "") == ["v1", "v1beta1"]
    assert offered(home, "aws", "--color", "") == ["auto", "always", "never"]


def test_arguments(home):
    for command, wanted in {"cache": "clear list path", "context": "list use", "system": "info",
                            "agent": "check-policy", "tenant": "list find",
                            "completion": "bash zsh fish",
                            "settings": "list get set unset apply export"}.items():
        assert offered(home, command, "") == wanted.split(), command
    assert offered(home, "aws", "") == offered(home, "settings", "list", "a") == []
    keys = offered(home, "settings", "set", "")
    assert "token-validity" in keys and len(keys) == 6
    assert keys == offered(home, "settings", "get", "")
    assert offered(home, "settings", "set", "non-admin-jit-ui", "") == ["on", "off"]
    assert offered(home, "settings", "set", "token-validity", "") == []
    assert offered(home, "install", "") == offered(home, "agent", "check-policy", "") == [":file"]


def test_profiles_and_contexts(home, tmp_path):
    assert offered(home, "update-aws-config", "") == ["default", "dev", "prod"]
    assert offered(home, "aws", "--profile", "d") == ["default", "dev"]
    other = tmp_path / "other"
    other.write_text("[profile x]\n")
    assert offered(home, "update-aws-config", "--config-file", str(other), "") == ["x"]
    assert offered(home, "update-aws-config", "", AWS_CONFIG_FILE=str(other)) == ["x"]
    assert offered(home, "context", "use", "") == ["main", "spare"]
    assert offered(home, "aws", "--ctx", "") == ["main", "spare"]
    assert offered(home, "aws", "--context=m") == ["--context=main"]


def test_tenants_and_portals_are_those_of_the_cache(ask, run, portal):
    for tenant in ("dev01", "dev02"):
        ask("aws", "--tenant", tenant).ok()
    ask("aws", "--admin", env={"DUPLO_TOKEN": portal.token("admin")}).ok()
    before = len(portal.log)
    words = {"aws": ["--tenant", ""], "exec": ["-T", ""], "tenant": ["find", ""]}
    for command, rest in words.items():
        assert sorted(offered(run.home, command, *rest)) == ["dev01", "dev02"], command
    assert offered(run.home, "aws", "--tenant=dev02") == ["--tenant=dev02"]
    assert offered(run.home, "aws", "--host", "") == [portal.url]
    assert len(portal.log) == before


def test_files_directories_and_programs(home):
    for option in help_parser.all_options():
        value = offered(home, option.command, f"--{option.name}", "") if option.value else []
        if "FILE" in option.value or option.value == "PROGRAM":
            assert value == [":file"], option
        elif option.value == "DIR":
            assert value == [":dir"], option
        else:
            assert not {":file", ":dir"} & set(value), option
    assert offered(home, "exec", "--tenant", "a", "--", "") == [":command 5"]
    assert offered(home, "exec", "--tenant", "a", "l") == [":command 4"]
    assert offered(home, "exec", "--", "aws", "--ten") == [":command 3"]
    assert "--tenant" in offered(home, "exec", "--ten")


def test_secrets_have_no_values_and_are_not_arguments(home):
    for words in (["--token", ""], ["--token", "x"], ["--token=x"], ["-tx"], ["-t", "x"],
                  ["--otp", ""]):
        assert offered(home, "aws", *words) == [], words
    for shell in SHELLS:
        script = help_parser.text("completion", shell)
        assert re.search(r"\| .*__words 2>/dev/null|\|\n.*__words 2>/dev/null", script), shell


def test_what_cannot_be_read_has_no_values(home, tmp_path):
    for path in (".aws/config", ".duplo/config"):
        (home / path).unlink()
        assert offered(home, "aws", "--context", "") == [] or path == ".aws/config"
        assert offered(home, "aws", "--profile", "") == []
        (home / path).write_bytes(b"[\0:\n\xff- {")
        assert offered(home, "aws", "--context", "") == [] or path == ".aws/config"
    assert offered("relative", "aws", "--tenant", "") == []
    assert offered(home) == offered(home, "aws", *["a"] * 300, "--") == []
    (home / ".duplo/config").write_text('contexts:\n- name: "a\\x1bb"\n- name: good\n')
    assert offered(home, "aws", "--context", "") == ["good"]


def test_links_have_their_own_grammar(home):
    assert "-host" in offered(home, "aws", "-", program="/x/duplo-jit")
    assert "--host" not in offered(home, "aws", "-", program="/x/duplo-jit")
    duploctl = offered(home, "jit", "aws", "--", program="duploctl")
    assert {"--host", "--config-file", "--output"} <= set(duploctl)
    assert "--log-level" not in duploctl  # accepted, without a meaning


def test_scripts_have_the_name_of_the_link(home, tmp_path):
    (tmp_path / "duploctl").symlink_to(BIN)
    for shell in SHELLS:
        script = subprocess.run([tmp_path / "duploctl", "completion", shell], env={}, check=True,
                                capture_output=True, text=True, timeout=LIMIT_S).stdout
        assert "duploctl" in script and "duplojit" not in script, shell
        assert "duploctl" not in help_parser.text("completion", shell)


def test_completion_of_an_unknown_shell(run):
    run("completion").fails(2, "missing argument: use bash, zsh or fish")
    run("completion", "fihs").fails(2, "Did you mean fish?")


# Shells

# Keys: Ctrl-T inserts all words at the cursor, Ctrl-G shows the line and clears it. What is waited
# for is not in what is typed.
START = {
    "bash": r"""bind 'set enable-bracketed-paste off'; bind '"\C-t": insert-completions'
show() { printf '\nLINE<%s>END\n' "$READLINE_LINE"; READLINE_LINE=; }; bind -x '"\C-g": show'
source <(duplojit completion bash); cd; cd work; echo REA''DY
""",
    "zsh": r"""autoload -Uz compinit; compinit -u -D; source <(duplojit completion zsh)
zle -C all complete-word _generic; zstyle ':completion:all::::' completer _all_matches _complete
zstyle ':completion:all:*' insert true; bindkey '^T' all
show() { print -r -- $'\n'"LINE<$BUFFER>END"; BUFFER= }; zle -N show; bindkey '^G' show
cd; cd work; echo REA''DY
""",
}


class Shell:
    """An interactive shell in a terminal."""

    def __init__(self, name: str, home):
        self.name, self.shown = name, ""
        self.env = {"HOME": str(home), "PATH": f"{home / 'bin'}:/usr/bin:/bin", "TERM": "dumb",
                    "LC_ALL": "C", "PS1": "PROMPT> "}
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen([name, *SHELLS[name]], env=self.env, stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        os.write(self.master, START[name].encode())
        self.until(r"READY.*?PROMPT> ")

    def until(self, pattern: str) -> re.Match:
        end = time.monotonic() + LIMIT_S
        while not (found := re.search(pattern, self.shown, re.S)):
            assert time.monotonic() < end, self.shown
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 4096).decode(errors="replace")
        self.shown = self.shown[found.end():]
        return found

    def complete(self, line: str) -> str:
        """The line with all words that fit at its end."""
        os.write(self.master, f"{line}\x14\x07".encode())
        # bash leaves raw mode while it runs `show`, and returns to it before it prompts.
        return self.until(r"LINE<(.*?)>END" + (".*?PROMPT> " if self.name == "bash" else ""))[1]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


# What is typed, and the words that replace the last one.
LINES = [
    ("duplojit cach", ["cache"]), ("duplojit completion ", ["bash", "fish", "zsh"]),
    ("duplojit aws --write-", ["--write-credentials", "--write-env"]),
    ("duplojit aws -o p", ["powershell", "process"]),
    ("duplojit aws --output=p", ["--output=powershell", "--output=process"]),
    ("duplojit context use ", ["main", "spare"]),
    ("duplojit aws --token-file tok", ["token.txt", "tokens/"]),
    ("duplojit aws --token-file=oth", ["--token-file=other"]),
    ("duplojit cache list --cache-dir to", ["tokens/"]),
    ("duplojit --if-value 'a b' settings set adm", ["admin-jit-ui", "admin-session-duration"]),
    ("duplojit exec --tenant a -- duploj", ["duplojit"]),
    ("duplojit nonesuch x", []),
]


def last_words(line: str, typed: str) -> list[str]:
    """The words after those that were complete, in order. bash completes only what is after =."""
    head = typed[:typed.rindex(" ") + 1]
    assert line.startswith(head), line
    words = line[len(head):].split()
    option = typed[len(head):].partition("=")[0]
    return sorted(w if "=" not in typed or w.startswith(option) else f"{option}={w}" for w in words)


@pytest.fixture
def programs(home):
    (home / "bin").mkdir()
    (home / "bin/duplojit").symlink_to(BIN)
    return home


@pytest.mark.parametrize("name", START)
def test_shell(name, programs):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    shell = Shell(name, programs)
    try:
        for typed, wanted in LINES:
            got = [w.rstrip("/") for w in last_words(shell.complete(typed), typed)]
            words = wanted or [typed.split()[-1]]
            assert got == [w.rstrip("/") for w in words], typed
        assert "duplojit:" not in shell.shown
        typed = f"{programs / 'bin/duplojit'} upd"
        if name == "zsh":  # bash completes a path as the name after its last slash, too
            typed = typed.replace(str(programs), "~")
        assert "update-aws-config" in shell.complete(typed)
    finally:
        shell.close()


@pytest.mark.parametrize("features", ["qmark-noglob", "no-qmark-noglob"])
def test_fish(programs, features):
    """With "?" as a character, as since fish 4, and as a pattern, as before."""
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    def fish(script: str) -> str:
        done = subprocess.run(
            ["fish", "--features", features, "-N", "-c",
             f"duplojit completion fish | source; {script}"],
            env={"HOME": str(programs), "PATH": f"{programs / 'bin'}:/usr/bin:/bin",
                 "LC_ALL": "C.UTF-8"},
            cwd=programs / "work", capture_output=True, text=True, timeout=LIMIT_S)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout
    for typed, wanted in LINES:
        quoted = typed.replace("'", "\\'")
        found = [line.split("\t")[0] for line in fish(f"complete -C '{quoted}'; true").splitlines()]
        assert sorted(found) == wanted, typed
    assert "update-kubeconfig\tAdd a context" in fish("complete -C '~/bin/duplojit upd'")
