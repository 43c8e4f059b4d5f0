# SPDX-License-Identifier: MIT
"""action.yml: its scripts run as on a runner, with a server that has the files of a release."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from conftest import ARCH, DIST, LIMIT_S, TOP, VERSION, artefact, sha256
from portal.certs import shared

ACTION = yaml.safe_load((TOP / "action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
REPOSITORY = "example/duplojit"
RELEASE = f"/{REPOSITORY}/releases/download/v{VERSION}/"


class Release(http.server.ThreadingHTTPServer):
    """A server with the files of a release behind a redirect, as GitHub has it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {path.name: path.read_bytes()
                      for path in (artefact(ARCH), DIST / "SHA256SUMS")}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shared().pair().cert, shared().pair().key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://localhost:{self.server_port}"

    def handle_error(self, request, client_address) -> None:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    server: Release

    def do_GET(self) -> None:  # noqa: N802
        name = self.path.rpartition("/")[2]
        if name not in self.server.files:
            self.send_error(404)
        elif self.path == RELEASE + name:
            self.send_response(302)
            self.send_header("Location", f"/files/{name}")
            self.end_headers()
        elif self.path == f"/files/{name}":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.server.files[name])
        else:
            self.send_error(404)

    def log_message(self, format: str, *args) -> None:
        pass


@pytest.fixture
def release():
    with Release() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class Runner:
    """Runs the steps of the action, as far as this action uses a runner."""

    folder: Path
    environment: dict[str, str]
    inputs: dict[str, str]
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    folder_of_action: Path = TOP

    def value(self, text: str) -> str:
        """The value of the expressions that the steps use."""
        known = {f"inputs.{name}": self.inputs.get(name, given["default"])
                 for name, given in ACTION["inputs"].items()}
        known |= {f"steps.install.outputs.{name}": text for name, text in self.outputs.items()}
        known |= {"github.action_repository": "", "github.action_path": str(self.folder_of_action)}
        return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: known[found[1]], text)

    def file(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def step(self, name: str) -> int:
        script = self.folder / "script.sh"
        script.write_text(STEPS[name]["run"])
        given = {key: self.value(text) for key, text in STEPS[name]["env"].items()}
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                              env=self.environment | given, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, cwd=self.folder)
        self.log += done.stdout
        self.outputs = dict(line.split("=", 1) for line in self.file("output").splitlines())
        return done.returncode

    def run(self) -> int:
        return self.step("Install duplojit") or self.step("Get credentials")


@pytest.fixture
def runner(tmp_path, portal, release):
    def make(**inputs: str) -> Runner:
        return Runner(tmp_path, {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "RUNNER_TEMP": str(tmp_path),
            "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": release.url,
            "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_ENV": str(tmp_path / "env"),
            "GITHUB_PATH": str(tmp_path / "path"), "GITHUB_OUTPUT": str(tmp_path / "output"),
            "CURL_CA_BUNDLE": str(shared().ca), "DUPLO_CA_FILE": portal.ca,
        }, {"host": portal.url, "tenant": "dev01", "token": portal.token("user"), **inputs})
    return make


def test_inputs():
    assert list(ACTION["inputs"]) == ["host", "tenant", "admin", "token", "output", "sha256"]
    assert ACTION["runs"]["using"] == "composite"


def test_example(runner):
    """The example in docs/ci.md has inputs of the action, and it works."""
    text = (TOP / "docs/ci.md").read_text().partition("### The action")[2]
    uses, after = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.S)[1])
    assert uses["uses"] == f"OWNER/duplojit@v{max(1, int(VERSION.split('.')[0]))}"
    assert set(uses["with"]) <= set(ACTION["inputs"])
    runs = runner(tenant=uses["with"]["tenant"])
    assert runs.run() == 0, runs.log
    assert after["run"].startswith("aws ")
    options = set(re.findall(r"`(\w+)(?:: [\w-]+)?`", text.partition("```\n")[2].split("\n## ")[0]))
    assert options >= set(ACTION["inputs"]) - set(uses["with"])


@pytest.mark.parametrize("name", STEPS)
def test_a_script_has_no_expressions(name):
    """A value in a script would be run as code."""
    assert "${{" not in STEPS[name]["run"]


@pytest.mark.parametrize("name", STEPS)
def test_scripts_pass_shellcheck(name, tmp_path):
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed")
    (tmp_path / "script").write_text(STEPS[name]["run"])
    done = subprocess.run(["shellcheck", "--shell=bash", "script"], cwd=tmp_path, text=True,
                          capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout


def test_passes_credentials_to_later_steps(runner, portal):
    runs = runner()
    assert runs.run() == 0, runs.log
    passed = dict(line.split("=", 1) for line in runs.file("env").splitlines())
    assert portal.state.issue_of(passed["AWS_ACCESS_KEY_ID"]).tenant == "dev01"
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert f"::add-mask::{passed[name]}" in runs.log


def test_masks_the_token_before_anything_else(runner, portal):
    runs = runner()
    assert runs.run() == 0, runs.log
    assert runs.log.splitlines()[0] == f"::add-mask::{portal.token('user')}"
    assert runs.log.count(portal.token("user")) == 1
    assert all(portal.token("user") not in runs.file(name) for name in ("env", "path", "output"))


def test_installs_the_program(runner):
    runs = runner(output="none")
    assert runs.run() == 0, runs.log
    program = Path(runs.outputs["path"])
    assert runs.outputs["version"] == VERSION
    assert runs.file("path") == f"{program.parent}\n"
    assert sha256(program) == sha256(artefact(ARCH))
    assert os.access(program, os.X_OK)
    assert runs.file("env") == ""
    assert os.listdir(program.parent.parent) == ["bin"]


def test_administrator(runner, portal):
    runs = runner(tenant="", admin="true", token=portal.token("admin"))
    assert runs.run() == 0, runs.log
    passed = dict(line.split("=", 1) for line in runs.file("env").splitlines())
    assert portal.state.issue_of(passed["AWS_ACCESS_KEY_ID"]).tenant is None


def test_credentials_file(runner, portal):
    runs = runner(output="credentials-file")
    assert runs.run() == 0, runs.log
    file = Path(dict(line.split("=", 1) for line in runs.file("env").splitlines())[
        "AWS_SHARED_CREDENTIALS_FILE"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith("[default]\n")


def test_host_and_token_of_the_job(runner, portal):
    runs = runner(host="", token="")
    runs.environment |= {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token("user")}
    assert runs.run() == 0, runs.log
    assert "AWS_ACCESS_KEY_ID=" in runs.file("env")


def test_repository_of_the_action(runner, tmp_path):
    """Found from the folder that the runner has unpacked the action to."""
    runs = runner(output="none")
    runs.environment["GITHUB_REPOSITORY"] = "someone/else"
    runs.folder_of_action = tmp_path / "_actions" / REPOSITORY / "v1"
    runs.folder_of_action.mkdir(parents=True)
    shutil.copy(TOP / "Makefile", runs.folder_of_action)
    assert runs.run() == 0, runs.log


@pytest.mark.parametrize("change", ["program", "sums", "no line"])
def test_other_bytes_than_the_checksum(runner, release, change):
    if change == "program":
        release.files[artefact(ARCH).name] += b"\n"
    elif change == "sums":
        release.files["SHA256SUMS"] = b"0" * 64 + b"  " + artefact(ARCH).name.encode() + b"\n"
    else:
        release.files["SHA256SUMS"] = b""
    runs = runner()
    assert runs.run() == 1
    assert "does not have the expected SHA-256" in runs.log
    assert (runs.file("path"), runs.file("output"), runs.file("env")) == ("", "", "")


def test_given_checksum(runner):
    runs = runner(output="none", sha256=sha256(artefact(ARCH)))
    assert runs.run() == 0, runs.log


def test_given_checksum_of_another_file(runner):
    runs = runner(sha256="1" * 64)
    assert runs.run() == 1
    assert "does not have the expected SHA-256" in runs.log


def test_release_without_the_program(runner, release):
    release.files.clear()
    runs = runner()
    assert runs.run() == 1
    assert re.search(r"^::error title=duplojit::cannot download https://localhost:\d+" + RELEASE,
                     runs.log, re.M)


def test_rejected_token(runner, portal):
    runs = runner(token="not-a-token")
    assert runs.run() == 3
    assert runs.file("env") == ""


@pytest.mark.parametrize("name, text", [("output", "yaml"), ("admin", "maybe")])
def test_invalid_input(runner, name, text):
    runs = runner(**{name: text})
    assert runs.run() == 2
    assert f"::error title=duplojit::{name} must be " in runs.log
    assert runs.file("env") == ""
