# SPDX-License-Identifier: MIT
"""The public clients of the portal, unchanged, run their documentation against the test portal.

If a test fails here, the test portal and the portals that these clients use differ.
"""

from __future__ import annotations

import configparser
import datetime
import json
import os
import shlex
import subprocess

import pytest
import yaml

from conftest import public_client, wait_until

AWS_FIELDS = {"Version", "ConsoleUrl", "AccessKeyId", "SecretAccessKey", "SessionToken", "Region",
              "Validity"}


class PublicClient:
    """Runs one client with a clean home."""

    def __init__(self, name: str, portal, folder, browser):
        self.path = public_client(name)
        self.portal, self.folder, self.browser = portal, folder, browser
        self.kubeconfig, self.aws_config = folder / "kubeconfig", folder / "aws-config"

    def run(self, *args: str, **variables: str) -> subprocess.CompletedProcess:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "SSL_CERT_FILE": self.portal.ca,
            "REQUESTS_CA_BUNDLE": self.portal.ca, "AWS_CONFIG_FILE": str(self.aws_config),
            "KUBECONFIG": str(self.kubeconfig)}
        return subprocess.run([self.path, *args], env=environment | variables, timeout=60,
                              capture_output=True, text=True, check=False)

    def ok(self, *args: str, **variables: str) -> str:
        done = self.run(*args, **variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    def json(self, *args: str, **variables: str):
        return json.loads(self.ok(*args, **variables))

    def as_user(self, user: str) -> tuple[str, ...]:
        return ("--host", self.portal.url, "--token", self.portal.token(user))

    def with_browser(self, mode: str, user: str) -> dict[str, str]:
        """The variable that makes Python's webbrowser start the program in the background, without
        its output."""
        self.browser.user = user
        command = f'exec {self.browser.command(mode)} "$0" >/dev/null 2>&1'
        return {"BROWSER": f"sh -c {shlex.quote(command)} %s &"}

    def issue(self, answer: dict):
        return self.portal.state.issue_of(answer["AccessKeyId"])


@pytest.fixture
def duploctl(portal, tmp_path, browser):
    return PublicClient("duploctl", portal, tmp_path, browser)


@pytest.fixture
def duplo_jit(portal, tmp_path, browser):
    return PublicClient("duplo-jit", portal, tmp_path, browser)


# duploctl: the portal

def test_duploctl_system_info(duploctl):
    for user in ("user", "admin"):
        answer = duploctl.json("system", "info", *duploctl.as_user(user))
        assert answer["IsAwsCloudEnabled"] is True and answer["AppConfigs"] == []


def test_duploctl_tenants(duploctl, portal):
    admin, user = duploctl.as_user("admin"), duploctl.as_user("user")
    assert len(duploctl.json("tenant", "list", *admin)) == 3
    rows = duploctl.json("tenant", "list", *user)
    assert [r["AccountName"] for r in rows] == ["dev01", "dev02"]
    assert duploctl.json("tenant", "find", "DEV02", *user) == rows[1]
    assert duploctl.json("tenant", "find", "--tenant", "dev02", *user) == rows[1]
    assert duploctl.json("tenant", "find", *admin, "--tenant-id", rows[0]["TenantId"]) == rows[0]
    assert duploctl.json("tenant", "list", *user, "-q", "[*].AccountName") == ["dev01", "dev02"]
    assert duploctl.run("tenant", "find", "prod01", *user).returncode != 0
    assert duploctl.json("tenant", "region", "dev02", *admin) == {"region": "us-east-1"}


def test_duploctl_changes_a_setting(duploctl, portal):
    admin = duploctl.as_user("admin")
    duploctl.json("tenant", "config", "dev01", "--setvar", "AwsAccessTokenValidity", "1800", *admin)
    answer = duploctl.json("jit", "aws", "--tenant", "dev01", *admin)
    assert duploctl.issue(answer).validity == 1800


# duploctl: AWS

def test_duploctl_aws(duploctl):
    answer = duploctl.json("jit", "aws", "--tenant", "dev02", "--no-cache",
                           *duploctl.as_user("user"))
    assert set(answer) == AWS_FIELDS
    issue = duploctl.issue(answer)
    assert (issue.user, issue.tenant) == ("user", "dev02")
    answer = duploctl.json("jit", "aws", "--admin", "--tenant", "dev02", "--no-cache",
                           *duploctl.as_user("admin"))
    assert duploctl.issue(answer).scope == "admin"
    assert duploctl.run("jit", "aws", "--tenant", "prod01", *duploctl.as_user("user")).returncode


def test_duploctl_aws_as_variables(duploctl):
    query = ("{AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, "
             "AWS_SESSION_TOKEN: SessionToken, AWS_REGION: Region}")
    out = duploctl.ok("jit", "aws", "-o", "env", "-q", query, "--tenant", "dev01",
                      *duploctl.as_user("user"))
    found = dict(line.split("=", 1) for line in out.splitlines() if line)
    assert set(found) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                          "AWS_REGION"}


def test_duploctl_keeps_credentials_until_their_expiration(duploctl, portal):
    portal.state.sends_expiration = True
    words = "jit", "aws", "--tenant", "dev01", *duploctl.as_user("user")
    first = duploctl.json(*words)
    assert duploctl.json(*words) == first and len(portal.state.issued) == 1
    portal.state.clock = lambda: 1_700_000_000
    assert duploctl.json(*words, "--no-cache")["Expiration"] == "2023-11-14T23:13:20Z"
    (duploctl.folder / ".duplo/cache" / f"127.0.0.1:{portal.port},aws-creds.json").write_text(
        json.dumps(portal.state.issued[-1].answer))
    assert duploctl.json(*words)["AccessKeyId"] == portal.state.issued[2].access_key_id


@pytest.mark.parametrize("callback", ["post", "redirect"])
def test_duploctl_logs_in(duploctl, portal, callback):
    words = "jit", "aws", "--host", portal.url, "--admin", "--interactive"
    answer = duploctl.json(*words, **duploctl.with_browser(callback, "admin"))
    issue = duploctl.issue(answer)
    assert (issue.user, issue.scope) == ("admin", "admin")
    assert "localAppName=duploctl" in duploctl.browser.opened()[0]
    token = duploctl.json("jit", "token", "--host", portal.url, "--admin", "--interactive")
    assert token == {"token": portal.token("admin")} and len(duploctl.browser.opened()) == 1


def test_duploctl_token(duploctl, portal):
    assert duploctl.json("jit", "token", *duploctl.as_user("user")) == {"token": portal.token()}


def test_duploctl_opens_the_console(duploctl, portal):
    duploctl.json("jit", "web", "--tenant", "dev01", *duploctl.as_user("user"),
                  **duploctl.with_browser("nothing", "user"))
    wait_until(duploctl.browser.opened)
    assert duploctl.browser.opened() == [portal.state.issued[0].answer["ConsoleUrl"]]


def test_duploctl_writes_aws_profiles(duploctl, portal):
    duploctl.json("jit", "update_aws_config", "myportal", "--host", portal.url, "--admin",
                  "--interactive")
    duploctl.json("jit", "update_aws_config", "--host", portal.url, "--tenant", "dev01",
                  "--interactive")
    config = configparser.ConfigParser()
    config.read(duploctl.aws_config)
    assert config["profile myportal"]["credential_process"] == (
        f"duploctl jit aws --host {portal.url} --admin --interactive")
    assert config["profile duplo"]["credential_process"] == (
        f"duploctl jit aws --host {portal.url} --tenant dev01 --interactive")


# duploctl: Kubernetes

def test_duploctl_kubernetes(duploctl, portal):
    user, admin = duploctl.as_user("user"), duploctl.as_user("admin")
    dev01 = portal.state.tenants["dev01"].id
    for words, namespace in (
            (("--tenant", "dev01", *user), "duploservices-dev01"),
            (("--tenant-id", dev01, *user), "duploservices-dev01"),
            (("--admin", "--tenant", "dev01", *admin), "default"),
            (("--admin", "--plan", "nonprod", *admin), "default")):
        context = duploctl.json("jit", "k8s_context", *words)
        assert context["DefaultNamespace"] == namespace
        assert context["Name"] == "duploinfra-nonprod"
        answer = duploctl.json("jit", "k8s", "--no-cache", *words, TZ="UTC")
        assert answer["apiVersion"] == "client.authentication.k8s.io/v1beta1"
        assert answer["spec"]["cluster"]["server"] == context["ApiServer"]
        assert answer["status"]["token"] == portal.state.kubernetes_tokens[-1]
        end = datetime.datetime.fromisoformat(answer["status"]["expirationTimestamp"])
        left = end - datetime.datetime.now(datetime.timezone.utc)
        assert 3500 < left.total_seconds() <= 3600
    assert duploctl.run("jit", "k8s", *user).returncode != 0  # neither a tenant nor a plan


def test_duploctl_writes_a_kubeconfig(duploctl, portal):
    yaml = pytest.importorskip("yaml")
    duploctl.json("jit", "update_kubeconfig", "--plan", "nonprod", "--admin",
                  *duploctl.as_user("admin"))
    duploctl.json("jit", "update_kubeconfig", "mine", "--tenant", "dev02",
                  *duploctl.as_user("user"))
    written = yaml.safe_load(duploctl.kubeconfig.read_text())
    assert written["current-context"] == "mine"
    assert [c["name"] for c in written["clusters"]] == ["nonprod"]
    contexts = {c["name"]: c["context"] for c in written["contexts"]}
    assert contexts["nonprod"]["namespace"] == "default"
    assert contexts["mine"] == {"cluster": "nonprod", "user": "mine",
                                "namespace": "duploservices-dev02"}
    users = {u["name"]: u["user"]["exec"] for u in written["users"]}
    assert users["nonprod"]["command"] == "duploctl"
    assert users["nonprod"]["args"][:4] == ["jit", "k8s", "--plan", "nonprod"]
    answer = duploctl.json(*users["mine"]["args"])
    assert answer["status"]["token"] == portal.state.kubernetes_tokens[-1]


# duplo-jit

def test_duplo_jit_aws(duplo_jit, portal):
    for name in ("dev02", portal.state.tenants["dev02"].id):
        answer = duplo_jit.json("aws", "--no-cache", "--tenant", name, *duplo_jit.as_user("user"))
        assert duplo_jit.issue(answer).tenant == "dev02"
    answer = duplo_jit.json("aws", "--no-cache", "--admin", *duplo_jit.as_user("admin"))
    assert duplo_jit.issue(answer).scope == "admin"
    answer = duplo_jit.json("aws", "--no-cache", "--duplo-ops", *duplo_jit.as_user("admin"))
    assert duplo_jit.issue(answer).scope == "duplo-ops"


def test_duplo_jit_token_and_kubernetes(duplo_jit, portal):
    admin, user = duplo_jit.as_user("admin"), duplo_jit.as_user("user")
    assert duplo_jit.json("duplo", "--no-cache", *admin)["NeedOTP"] is False
    for words in (("--tenant", "dev01", *user), ("--plan", "nonprod", *admin)):
        answer = duplo_jit.json("k8s", "--no-cache", *words)
        assert answer["status"]["token"] == portal.state.kubernetes_tokens[-1]
