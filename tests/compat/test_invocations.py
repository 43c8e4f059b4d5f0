# SPDX-License-Identifier: MIT
"""The rows of invocations.yaml: each runs here under the tool's name and under ours, and its answer
is that of the real tool on the same portal."""

from __future__ import annotations

import configparser
import csv
import io
import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from conftest import BIN, Result, browser, canaries, run, unused_port  # noqa: E402, F401: fixtures
from portal import Portal  # noqa: E402
from test_public_clients import PublicClient  # noqa: E402

TABLE = yaml.safe_load((HERE / "invocations.yaml").read_text())
FIELDS, ROWS = TABLE["fields"], TABLE["rows"]
FORMATS = "json", "yaml", "env_lines", "csv"
MIGRATING = (HERE.parents[1] / "docs/migrating.md").read_text()

COLUMNS = {"run", "as", "login", "env", "context", *FORMATS, "string", "text", "message", "gets",
           "profile", "kubeconfig", "opens", "exit", "refused", "overview", "no_effect",
           "link_only", "differs"}
ANSWERS = {*FORMATS, "string", "text", "message", "exit", "refused", "overview"}
UNCOMPARED = {"differs", "refused", "overview"}


def name(row: dict) -> str:
    line = " ".join(row["run"].split())
    variables = "".join(f" {k}={v}" for k, v in row.get("env", {}).items())
    return line + variables + (" (context)" if "context" in row else "") + (
        " as a user" if row.get("exit") == 3 else "")


def rows(wanted=lambda row: True) -> list:
    return [pytest.param(row, id=name(row)) for row in ROWS if wanted(row)]


@pytest.fixture(scope="module")
def shared_portal():
    with Portal() as running:
        yield running


@pytest.fixture
def portal(shared_portal, canaries):  # noqa: F811
    shared_portal.state.issued.clear()
    shared_portal.state.kubernetes_tokens.clear()
    shared_portal.log.clear()
    canaries.append(shared_portal.state.secrets)
    yield shared_portal
    for user in shared_portal.state.users:
        shared_portal.state.rotate(user)


class World:
    """The values of a row's words, and what both programs find."""

    def __init__(self, row: dict, portal, home: Path):
        self.row, self.portal, self.home = row, portal, home
        self.user = row.get("as", "user")
        self.login = row.get("login", False)
        self.port = str(unused_port())
        self.words = [self.fill(word) for word in shlex.split(row["run"])]
        self.tool = self.words[0]
        if "context" in row:
            (home / ".duplo").mkdir()
            (home / ".duplo").chmod(0o700)
            (home / ".duplo/config").touch(0o600)
            (home / ".duplo/config").write_text(self.fill(yaml.safe_dump(row["context"])))

    def fill(self, text: str) -> str:
        for word, value in (("TENANT_ID", self.portal.state.tenants["dev01"].id),
                            ("PORT", self.port), ("HOST", self.portal.url),
                            ("HOME", str(self.home)),
                            ("TOKEN", self.portal.token(self.user))):
            text = re.sub(rf"\b{word}\b", lambda _: value, text)
        return text

    def environment(self) -> dict[str, str]:
        env = {"DUPLO_HOST": self.portal.url} if self.tool == "duploctl" else {}
        if env and not self.login:
            env["DUPLO_TOKEN"] = self.portal.token(self.user)
        return env | {k: self.fill(v) for k, v in self.row.get("env", {}).items()} | {
            "AWS_CONFIG_FILE": str(self.home / "aws-config"),
            "KUBECONFIG": str(self.home / "kubeconfig")}

    def profiles(self) -> configparser.ConfigParser:
        config = configparser.ConfigParser()
        config.read(self.home / "aws-config")
        return config

    def kubeconfig(self) -> list[str]:
        written = yaml.safe_load((self.home / "kubeconfig").read_text())
        context, = written["contexts"]
        assert written["current-context"] == context["name"] == context["context"]["user"]
        assert [c["name"] for c in written["clusters"]] == [context["context"]["cluster"]]
        return [context["name"], context["context"]["cluster"], context["context"]["namespace"]]


@pytest.fixture
def world(request, portal, run):  # noqa: F811
    return World(request.param, portal, run.home)


def parse(form: str, text: str):
    if form == "csv":
        found = list(csv.DictReader(io.StringIO(text)))
        return found if len(found) > 1 else found[0]
    if form == "env_lines":
        return dict(line.split("=", 1) for line in text.splitlines() if line)
    return json.loads(text) if form == "json" else yaml.safe_load(text)


def paths(value, path: str = "") -> set[str]:
    """The names of all fields; null counts as no field."""
    if isinstance(value, dict):
        return set().union(*(paths(v, f"{path}.{k}".lstrip(".")) for k, v in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(paths(v, f"{path}.*".lstrip(".")) for v in value))
    return set() if value is None else {path}


def comparable(value, portal):
    """The value with a name in place of everything that differs with each answer."""
    if isinstance(value, dict):
        return {k: "a message" if k == "message" else comparable(v, portal)
                for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [comparable(v, portal) for v in value]
    for issue in portal.state.issued:
        for key in ("AccessKeyId", "SecretAccessKey", "SessionToken", "ConsoleUrl"):
            if value == issue.answer[key]:
                return key
    if value in portal.state.kubernetes_tokens:
        return "a Kubernetes token"
    return re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)$", "a time", str(value))


def answer_of(row: dict, text: str):
    """What a row prints, parsed."""
    for form in FORMATS:
        if form in row:
            return parse(form, text)
    if "kubeconfig" in row:  # the text is free, the file counts
        return None
    return json.loads(text) if "message" in row else text.strip()


def check(world: World, result: Result, under_own_name: bool) -> None:
    row = world.row
    if "overview" in row:
        assert (result.code, result.out) == (2, "") and "\nCommands:\n" in result.err
        return
    if "refused" in row or "exit" in row:
        result.fails(row.get("exit", 2), row.get("refused", ""))
        return
    assert result.code == 0, str(result)
    if "profile" not in row and "kubeconfig" not in row:  # these have notes about the token
        assert result.err == "", str(result)
    own = under_own_name and "jit" not in world.words[:-1]
    for form in FORMATS:
        if form in row:
            wanted = FIELDS[row[form]] if isinstance(row[form], str) else row[form]
            if own and row[form] == "aws_of_duplo_jit":
                wanted = FIELDS["aws_of_duplojit"]
            found = parse(form, result.out)
            assert paths(found) == set(wanted)
    if "string" in row:
        assert result.out == row["string"] + "\n"
    if "text" in row:
        assert re.search(row["text"], result.out), str(result)
    if "message" in row and not own:
        assert list(json.loads(result.out)) == ["message"]


def check_effects(world: World, result: Result, run_line) -> None:
    row, portal = world.row, world.portal
    if "profile" in row:
        line = world.profiles()[f"profile {row['profile']}"]["credential_process"]
        run_line(*shlex.split(line)[1:]).ok()
    if "gets" in row:
        issue = portal.state.issued[-1]
        assert (issue.tenant or issue.scope, issue.user) == (row["gets"], world.user)
    if "kubeconfig" in row:
        assert world.kubeconfig() == row["kubeconfig"]


def run_ours(world: World, run, browser, under_own_name: bool) -> Result:  # noqa: F811
    link = world.home / world.tool
    if not link.exists():
        link.symlink_to(BIN)
    env = world.environment() | {"DUPLO_CA_FILE": world.portal.ca}
    if world.login or "opens" in world.row:
        browser.user = world.user
        env["DUPLO_BROWSER"] = browser.command("redirect" if world.login else "load")
    words = world.words[1:]
    if under_own_name and world.tool == "duplo-aws-credential-process":
        words = ["aws", *words]
    result = run(*words, env=env, program=None if under_own_name else link)
    check(world, result, under_own_name)
    check_effects(world, result, lambda *line: run(*line, env=env))
    if "opens" in world.row:
        assert len(browser.opened()) == 1
    return result


@pytest.mark.parametrize("world", rows(), indirect=True)
def test_under_its_name(world, run, browser):  # noqa: F811
    run_ours(world, run, browser, False)


@pytest.mark.parametrize("world", rows(lambda row: "link_only" not in row), indirect=True)
def test_as_duplojit(world, run, browser):  # noqa: F811
    run_ours(world, run, browser, True)


@pytest.mark.parametrize("world", rows(lambda row: not UNCOMPARED & set(row)), indirect=True)
def test_as_the_real_tool(world, run, browser, portal, tmp_path):  # noqa: F811
    """The same exit status, fields, types and values; the real tool has a home of its own."""
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    theirs = World(world.row, portal, folder)
    client = PublicClient(world.tool, portal, folder, browser)
    env = theirs.environment()
    if world.login:
        env |= client.with_browser("redirect", world.user)
    done = client.run(*theirs.words[1:], **env)
    if "exit" in world.row:
        assert done.returncode != 0
        return
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    ours = run_ours(world, run, browser, False)
    assert comparable(answer_of(world.row, ours.out), portal) == comparable(
        answer_of(world.row, done.stdout), portal)
    if "profile" in world.row:
        section = f"profile {world.row['profile']}"
        assert theirs.profiles().sections() == world.profiles().sections() == [section]
        assert theirs.profiles()[section]["region"] == world.profiles()[section]["region"]
    if "kubeconfig" in world.row:
        assert theirs.kubeconfig() == world.kubeconfig()


def migrating_row(start: str) -> list[str]:
    line = re.search(rf"^\| ({start}.*?) \|", MIGRATING, re.M)[1]
    return re.findall(r"`([^`]+)`", line)


def test_migrating():
    """What it calls accepted or not offered has a row."""
    assert set(migrating_row("`-w`")) == {w for row in ROWS for w in row.get("no_effect", [])}
    refused = [row["run"] for row in ROWS if "refused" in row]
    for words in migrating_row("`jit gcp`"):
        assert any(line.startswith(f"duploctl {words}") for line in refused), words
    assert any("'[]." in line for line in refused)


def test_the_table():
    """Each row has known columns and one answer, and no two rows are the same."""
    for row in ROWS:
        assert set(row) <= COLUMNS, name(row)
        assert len(ANSWERS & set(row)) == 1, name(row)
        assert row["run"].split()[0] in ("duplo-jit", "duploctl", "duplo-aws-credential-process")
    assert len({name(row) for row in ROWS}) == len(ROWS)
