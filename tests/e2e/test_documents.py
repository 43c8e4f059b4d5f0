# SPDX-License-Identifier: MIT
"""README: its CI examples work, and its tables list every command and variable."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # a part of awscli, see requirements.txt

import help_parser
from conftest import BIN, LIMIT_S, TESTS

README = (TESTS.parent / "README.md").read_text()


def chapter(title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.M | re.S)[1]


def snippet(words: str) -> str:
    """The code block after the sentence that starts with these words."""
    found = re.search(rf"^{words}.*?^```\w+\n(.*?)^```", chapter("CI"), re.M | re.S)[1]
    assert len(found.splitlines()) < 10
    return found


@pytest.fixture
def shell(run, portal, tmp_path):
    """A CI runner with this binary and the AWS CLI in PATH, and an STS that checks signatures."""
    aws = Path(sys.executable).parent / "aws"
    if not aws.exists():
        pytest.skip("the tests' Python has no aws")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "duplojit").symlink_to(BIN)
    (tools / "aws").symlink_to(aws)
    base = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(run.home), "DUPLO_CA_FILE": portal.ca,
            "AWS_ENDPOINT_URL_STS": portal.control_url, "AWS_EC2_METADATA_DISABLED": "true"}

    def call(line: str, env: dict[str, str]) -> str:
        done = subprocess.run(["sh", "-ec", line.replace("https://PORTAL", portal.url)],
                              env=base | env, cwd=tmp_path, capture_output=True, text=True,
                              timeout=LIMIT_S)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return call


def dotenv(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_any_shell(shell, portal):
    line = re.search(r'Any shell: `(.*?)`', chapter("CI"))[1]
    env = {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token()}
    assert "duploservices-dev01" in shell(f"{line}\naws sts get-caller-identity", env)


def test_github_actions(shell, portal, tmp_path):
    job = yaml.safe_load(snippet("GitHub Actions"))
    env = {k: v.replace("https://PORTAL", portal.url) for k, v in job["env"].items()}
    variables = tmp_path / "github_env"
    variables.touch(0o600)
    env["GITHUB_ENV"] = str(variables)
    first, second = job["steps"]
    assert first["env"] == {"DUPLO_TOKEN": "${{ secrets.DUPLO_TOKEN }}"}
    log = shell(first["run"], env | {"DUPLO_TOKEN": portal.token()})
    answer = portal.state.issued[-1].answer
    assert log == "".join(f"::add-mask::{answer[k]}\n" for k in ("SecretAccessKey", "SessionToken"))
    assert "duploservices-dev01" in shell(second["run"], dotenv(variables))


def test_gitlab(shell, portal, tmp_path):
    jobs = yaml.safe_load(snippet("GitLab"))
    assert shell(jobs["credentials"]["script"],
                 {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token()}) == ""
    report = tmp_path / jobs["credentials"]["artifacts"]["reports"]["dotenv"]
    # GitLab's limits: 5 KiB, 20 variables, no quotes around values, no blank lines.
    assert report.stat().st_size < 5 << 10 and len(dotenv(report)) <= 20
    assert jobs["deploy"]["needs"] == ["credentials"]
    assert "duploservices-dev01" in shell(jobs["deploy"]["script"], dotenv(report))


def test_jenkins(shell, portal, tmp_path):
    text = snippet("Jenkins")
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    variable = re.search(r"variable: '(\w+)'", text)[1]
    (line,) = re.findall(r"sh '(.*)'", text)
    assert "duploservices-dev01" in shell(line, {variable: str(token)})


def block(title: str) -> list[str]:
    """The lines of a chapter's code block without comments."""
    return [line.split(" #")[0].strip() for line in chapter(title).splitlines()
            if line.startswith("    ")]


def test_login_and_console(shell, portal, browser):
    lines = block("Login and console")
    assert [line.split()[1] for line in lines if "duplojit" in line] == [
        "update-aws-config", "login", "status", "web", "web", "logout"]
    for line, opened in zip(lines, [0, 0, 1, 2, 2, 3, 3, 3], strict=True):
        loads = line == "duplojit web -I --tenant dev01"
        if "update-aws-config" in line:  # without a terminal, no login starts
            line += " --offline --region us-west-2"
        shell(line.replace("aws s3 ls", "aws sts get-caller-identity"),
              browser.env("load" if loads else "redirect"))
        assert len(browser.opened()) == opened, line


def test_settings(shell, portal):
    env = {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token("admin")}
    out = {line: shell(line, env) for line in block("Settings")}
    assert portal.state.tenants["dev01"].metadata == {"AwsAccessTokenValidity": "7200",
                                                      "MaximumSessionDuration": "7200"}
    assert out["duplojit settings apply -f jit.json --dry-run"].startswith("nothing to change")
    text = chapter("Settings")
    assert "Four of the six keys" in text
    assert shell("duplojit settings list --keys", {}).count("unverified") == 4


def test_containers():
    text = chapter("Containers")
    for name in set(re.findall(r"`([\w-]+\.yaml)`", text)):
        assert list((TESTS.parent / "docker").rglob(name)), name
    for path in (TESTS.parent / "docker").rglob("*.yaml"):
        assert f"`{path.name}`" in text


def test_every_command_and_every_variable():
    listed = chapter("Commands")
    for command in help_parser.commands():
        assert re.search(rf"^\|[^|]*`{command}[ `]", listed, re.M), f"no row for {command}"
    variables = {v for option in help_parser.all_options() for v in option.variables}
    listed_names = set(re.findall(r"`((?:DUPLO|duplo|AWS)_\w+|KUBECONFIG)`", chapter("Environment")))
    assert variables <= listed_names, f"not in README: {sorted(variables - listed_names)}"
    ours = {name for name in listed_names if name[:6].lower() == "duplo_"}
    assert ours <= variables, f"unknown: {sorted(ours - variables)}"


def test_every_option_and_format_exists():
    """What README names, the program accepts; and it names every format of `aws`."""
    known = {f"--{name}" for option in help_parser.all_options() for name in option.names}
    known |= {"--help", "--version", "--network"}  # the last one is an option of docker
    known.add("--inter")  # an example of what is not accepted
    # duploctl's, which only its grammar accepts
    known |= {"--wait-timeout", "--validate", "--auth-cooldown", "--loglevel", "--log-level",
              "--home-dir", "--homedir"}
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", README))
    assert len(named) > 20 and named <= known, f"unknown: {sorted(named - known)}"
    formats = re.search(r"`-o ([a-z, ]+)`", chapter("Commands"))[1].split(", ")
    listed = help_parser.text("help", "aws").split("Formats (-o):\n")[1].split("\n\n")[0]
    assert formats == re.findall(r"^  (\w+) ", listed, re.M)
