# SPDX-License-Identifier: MIT
"""Manual pages: mandoc accepts them, and they say what help, README and docs/ say."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

import help_parser
from conftest import LIMIT_S, TESTS

DOCUMENTS = "\n".join(path.read_text() for path in
                      (TESTS.parent / "README.md", *sorted((TESTS.parent / "docs").glob("*.md"))))


def page(command: str = "") -> str:
    return help_parser.text("help", "--man", *([command] if command else []))


def plain(mdoc: str) -> str:
    """mdoc without its escapes."""
    escapes = {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(dq": '"', r"\(ti": "~", r"\(ha": "^",
               r"\&": "", r"\e": "\\"}
    return re.sub(r"\\(?:\(..|.)", lambda found: escapes[found[0]], mdoc)


def section(mdoc: str, name: str) -> str:
    return re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", mdoc, re.M | re.S)[1]


def rendered(mdoc: str) -> str:
    """What a person reads, without overstriking."""
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    out = subprocess.run(["mandoc", "-Owidth=200"], input=mdoc, capture_output=True, text=True,
                         timeout=LIMIT_S, check=True).stdout
    return re.sub(r".\x08", "", out)


def test_mandoc_accepts_every_page(tmp_path):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    pages = {"duplojit.1": page()}
    pages |= {f"duplojit-{command}.1": page(command) for command in help_parser.commands()}
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    # In the folder of the pages, so that mandoc finds the pages that they refer to.
    done = subprocess.run(["mandoc", "-Tlint", *pages], cwd=tmp_path, capture_output=True,
                          text=True, timeout=LIMIT_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list(tmp_path.iterdir())) == len(help_parser.commands()) + 1 > 20


def test_a_page_has_the_options_of_its_help():
    for command in help_parser.commands():
        options = help_parser.options(command)
        listing = plain(section(page(command), "OPTIONS")) if options else ""
        items = re.split(r"^\.It ", listing, flags=re.M)[1:]
        found = []
        for item in items:
            head, _, text = item.partition("\n")
            letter, name, value = re.fullmatch(r"(?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (\S+))?",
                                               head).groups(default="")
            variables = re.search(r"^\.Pq (Ev .*)$", text, re.M)
            found.append(help_parser.Option(
                command, name, letter, value, tuple(re.findall(r"^\.Fl -([\w-]+) \)$", text, re.M)),
                tuple(re.findall(r"\w{3,}", variables[1])) if variables else (), ""))
        assert found == sorted((replace(o, text="") for o in options), key=lambda o: [
            f.id for f in found].index(o.id)), command


def test_the_main_page_has_the_common_options():
    listing = plain(section(page(), "OPTIONS"))
    heads = re.findall(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)", listing, re.M)
    assert heads == [(option.letter, option.name) for option in help_parser.options("")]


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_page_has_the_texts_of_its_help():
    for command in help_parser.commands():
        text = help_parser.text("help", command)
        shown = words(rendered(page(command)))
        summary, usage = text.splitlines()[0][:-1], text.splitlines()[2].partition(": ")[2]
        assert f"duplojit-{command} \u2013 {summary}" in shown or \
            f"duplojit-{command} - {summary}" in shown, command
        assert f"SYNOPSIS {usage} DESCRIPTION" in shown
        head = re.split(r"\n(?=(?:Options|Credentials and scope|Connection|Common options):\n)",
                        text)[0]
        for paragraph in head.split("\n\n")[2:]:
            for line in paragraph.splitlines():
                if line not in ("Examples:", "Exit codes:"):
                    assert words(line) in shown, (command, line)


def test_the_main_page_lists_commands_and_exit_codes():
    text = page()
    listed = re.findall(r"^\.It Xr duplojit-(\S+) 1$", plain(text), re.M)
    assert listed == list(help_parser.commands())
    codes = re.findall(r"^\.It (\d)\n(.*)$", section(text, "EXIT STATUS"), re.M)
    shown = ", ".join(f"{code} {meaning}" for code, meaning in codes)
    assert f"Exit codes: {shown}." in words(help_parser.text("help"))
    rows = dict(re.findall(r"^\| ([0-7]) \| (.*) \|$", DOCUMENTS, re.M))
    assert [code for code, _ in codes] == sorted(rows)
    for code, meaning in codes:
        assert meaning in rows[code].replace(",", ""), code


def test_the_main_page_lists_every_variable():
    """Those of all options, and the others that the documents name."""
    items = re.findall(r"^\.It (Ev .*)$", section(page(), "ENVIRONMENT"), re.M)
    listed = {name for item in items for name in re.findall(r"[A-Za-z]\w{2,}", item)}
    options = {name for o in help_parser.all_options() for name in o.variables}
    table = DOCUMENTS.split("## Variables without an option\n")[1].split("\n## ")[0]
    others = {name for row in re.findall(r"^\| (`.*?) \|", table, re.M)
              for name in re.findall(r"\w+", row)}
    # Those that duplojit only uses to guess what a browser needs, and the lower-case spellings.
    left_out = {"PATH", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "SSH_CONNECTION",
                "SSH_TTY", "KUBERNETES_SERVICE_HOST", "HOSTNAME", "container", "https_proxy",
                "all_proxy", "no_proxy"}
    assert left_out <= others
    assert listed == options | (others - left_out) | {"DUPLO_KEY_"}
    documented = set(re.findall(r"\bDUPLO_[A-Z_]+[A-Z]\b", DOCUMENTS))
    assert {name for name in documented - listed if not name.startswith("DUPLO_KEY_")} == set()


def test_variables_and_files_of_the_main_page():
    text = page()
    for item in section(text, "ENVIRONMENT").split(".It ")[1:]:
        head, *lines = item.replace(".El\n", "").splitlines()
        assert lines[-1].endswith(".") or re.fullmatch(r"\.Fl [\w\\-]+", lines[-1]), head
    variables = words(rendered(text)).split(" FILES ")[0]
    assert "GITHUB_ENV File that \u2018aws -o github\u2019 appends to." in variables or \
        "GITHUB_ENV File that `aws -o github' appends to." in variables
    assert "/etc/ssl/certs/ca-certificates.crt" in plain(section(text, "FILES"))


def own(command: str, name: str) -> str:
    """The command's own text in a section, without the reference to duplojit(1)."""
    text = plain(section(page(command), name))
    found = re.fullmatch(r"(?:(.*)\.Pp\nSee also|See)\n\.Xr duplojit 1 \.\n", text, re.S)
    assert found, (command, text)
    return found[1] or ""


def test_exit_codes_of_a_command_are_those_of_its_help():
    found = {}
    for command in help_parser.commands():
        _, _, shown = help_parser.text("help", command).partition("\nExit codes:\n")
        shown = shown.split("\n\n")[0]
        listed = own(command, "EXIT STATUS").removeprefix(".Bd -literal\n").removesuffix("\n.Ed\n")
        assert listed == shown, command
        assert "xit code" not in section(page(command), "DESCRIPTION").replace(
            "signals and exit code", ""), command
        found[command] = re.findall(r"^ +(\S+)  +\S", shown, re.M)
    assert found["exec"] == ["N", "126", "127", "128+N"]
    assert found["healthcheck"] == ["0", "5"]
    assert found["agent"] == ["0", "4", "6"]
    assert found["update-aws-config"] == ["6"] and found["login"] == found["web"] == ["7"]


def test_files_of_a_command():
    for command, *names in (
            ("serve", "--auth-token-file", "--also-write"),
            ("agent", "--policy", "/var/run/secrets/kubernetes.io/serviceaccount"),
            ("aws", "~/.aws/credentials", "--write-env"),
            ("update-aws-config", "~/.aws/config", "~/.aws/credentials"),
            ("update-kubeconfig", "~/.kube/config"), ("login", "~/.cache/duplojit")):
        assert re.findall(r"^  (\S+) .*\w$", own(command, "FILES"), re.M) == names, command


def test_security_of_a_command():
    for command, *what in (
            ("exec", "--endpoint"), ("serve", "--auth-token-file", "--imds", "--allow-remote"),
            ("agent", "Root on the node"), ("healthcheck", "no token"), ("web", "sign-in link"),
            ("token", "revoked"), ("aws", "cannot be revoked"), ("login", "logout"),
            ("update-aws-config", "0600"), ("update-kubeconfig", "program that runs as you")):
        text = words(own(command, "SECURITY CONSIDERATIONS"))
        assert text.endswith(".") and all(part in text for part in what), command


def test_sections_of_every_page():
    sections = ["NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS",
                "EXAMPLES", "SECURITY CONSIDERATIONS"]
    for command in ("", *help_parser.commands()):
        found = re.findall(r"^\.Sh (.*)$", page(command), re.M)
        assert [name for name in found if name in sections] == sections, command


def test_man_of_an_unknown_command(run):
    run("help", "--man", "awss").fails(2, 'unknown command "awss". Did you mean `aws`?')
    run("aws", "--man").fails(2, "`duplojit aws` has no option --man")
    assert run("help", "--man", "console").ok() == run("help", "--man", "web").ok()


def test_man_reads_a_page_from_standard_input():
    """As `duplojit help --man aws | man -l -` does, for man of Debian and of mandoc."""
    if not shutil.which("man"):
        pytest.skip("man is not installed")
    out = subprocess.run(["man", "-l", "-"], input=page("aws"), capture_output=True, text=True,
                         timeout=LIMIT_S, env={"PATH": "/usr/bin:/bin", "MANPAGER": "cat",
                                               "PAGER": "cat", "TERM": "dumb"})
    assert out.returncode == 0 and "DUPLO_WRITE_CREDENTIALS" in re.sub(r".\x08", "", out.stdout)
