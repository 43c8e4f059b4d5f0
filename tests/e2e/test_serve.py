# SPDX-License-Identifier: MIT
"""serve: profiles, addresses, requests and answers."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import datetime, timezone

import pytest

import rights
from conftest import BIN, identity, wait_until
from endpoint import AUTH_FILE, parse_address, serve  # noqa: F401


def scope(portal, key: str) -> tuple[str, str | None, str]:
    """Scope, tenant and user of these credentials."""
    issue = portal.state.issue_of(key)
    return issue.scope, issue.tenant, issue.user


def test_the_answer_follows_the_contract(serve, portal):
    endpoint = serve("--tenant", "dev01")
    answer = endpoint.ask("/")
    issue = portal.state.issue_of(answer.key())
    body = answer.json
    assert list(body) == ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"]
    assert body["SecretAccessKey"] == issue.answer["SecretAccessKey"]
    assert body["Token"] == issue.answer["SessionToken"]
    expires = datetime.strptime(body["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    assert abs(expires.replace(tzinfo=timezone.utc).timestamp() - issue.time - issue.validity) < 3
    assert (issue.scope, issue.tenant) == ("tenant", "dev01")


def test_the_largest_answer_stays_under_10000_bytes(serve, portal):
    portal.state.credential_fields = {"SessionToken": "t" * 6144}
    answer = serve("--tenant", "dev01").ask("/")
    assert answer.json["Token"] == "t" * 6144
    assert len(answer.text) + sum(len(k) + len(v) + 4 for k, v in answer.headers.items()) < 10000


def test_several_profiles(serve, portal):
    dev02 = portal.state.tenants["dev02"].id
    endpoint = serve("--tenant", "dev01", "--profile", "second=tenant:dev02", "--profile",
                     f"third=tenant-id:{dev02}", "--profile=boss=admin", "--profile",
                     "ops=duplo-ops", user="admin").wait_ready()
    found = {path: scope(portal, endpoint.key(path))
             for path in ("/", "/p/default", "/p/second", "/p/third", "/p/boss", "/p/ops")}
    assert found == {
        "/": ("tenant", "dev01", "admin"), "/p/default": ("tenant", "dev01", "admin"),
        "/p/second": ("tenant", "dev02", "admin"), "/p/third": ("tenant", "dev02", "admin"),
        "/p/boss": ("admin", None, "admin"), "/p/ops": ("duplo-ops", None, "admin")}
    endpoint.ask("/p/fourth").fails(404, "NotFound", "no profile of this name")


def test_many_profiles_of_two_tenants(serve, portal):
    """More than are renewed at once. test_serve_load.py has as many tenants as profiles."""
    words = [f"--profile=p{i}=tenant:{('dev01', 'dev02')[i % 2]}" for i in range(240)]
    endpoint = serve(*words)
    wait_until(lambda: endpoint.ask("/readyz", auth=False).status == 200, 60)
    keys = {endpoint.key(f"/p/p{i}") for i in range(240)}
    assert {scope(portal, key)[1] for key in keys} == {"dev01", "dev02"}
    assert endpoint.ask("/metrics", auth=False).text.count("duplojit_ready{") == 240


def test_too_many_profiles(run, portal):
    words = [f"--profile=p{i}=admin" for i in range(10_001)]
    run("serve", *words, env=identity(portal)).fails(2, "--profile: more than 10000 profiles")


def test_the_default_profile(serve, portal):
    """The scope options, else a profile of this name, else the only profile."""
    only = serve("--profile", "only=tenant:dev01")
    assert scope(portal, only.key("/"))[1] == scope(portal, only.key("/p/only"))[1] == "dev01"
    named = serve("--profile", "x=tenant:dev01", "--profile", "default=tenant:dev02")
    assert scope(portal, named.key("/"))[1] == "dev02"
    none = serve("--profile", "x=tenant:dev01", "--profile", "y=tenant:dev02")
    none.ask("/").fails(404, "NotFound", "/p/NAME")


def test_profile_names_with_every_allowed_character(serve, portal):
    name = "team/a-b_c.d%e@f:g+h"
    endpoint = serve("--profile", f"{name}=tenant:dev01", "--profile", "y=tenant:dev02",
                     "--print-env")
    assert scope(portal, endpoint.key("/p/" + name.replace("%", "%25")))[1] == "dev01"
    line = endpoint.process.stdout.readline().decode().strip()
    path = "/" + line.split("/", 3)[3]
    assert path == "/p/team/a-b_c.d%25e@f:g+h"
    assert scope(portal, endpoint.key(path))[1] == "dev01"
    assert endpoint.ask("/metrics", auth=False).text.count(f'{{profile="{name}"}}') >= 5


@pytest.mark.parametrize("words, message", (
    ((), "--tenant NAME"),
    (("--profile", "a=tenant:dev01", "--profile", "a=tenant:dev02"), "two profiles are named a"),
    (("--tenant", "dev01", "--profile", "default=admin"), "two profiles are named default"),
    (("--tenant", "dev01", "--admin"), "--admin"),
    (("--profile", "a b=admin"), "--profile"),
    (("--profile", "x" * 200 + "=admin"), "too long"),
    (("--tenant", "dev01", "--also-write", "-"), "--also-write"),
))
def test_invalid_profiles(run, portal, words, message):
    env = identity(portal) | {"DUPLO_AUTH_TOKEN_FILE": str(run.home / AUTH_FILE)}
    run("serve", *words, "--listen", "127.0.0.1:0", env=env, limit_s=10).fails(2, message)
    assert not (run.home / AUTH_FILE).exists()


def test_a_failing_profile_does_not_affect_the_others(serve, portal):
    endpoint = serve("--profile", "good=tenant:dev01", "--profile", "bad=tenant:nowhere",
                     "--profile", "forbidden=admin")
    assert scope(portal, endpoint.key("/p/good"))[1] == "dev01"
    wait_until(lambda: "forbidden:" in endpoint.log and "bad:" in endpoint.log)
    endpoint.ask("/p/bad").fails(404, "NotFound", "nowhere", "dev01")
    endpoint.ask("/p/forbidden").fails(403, "PortalRefused", "403")
    ready = endpoint.ask("/readyz", auth=False)
    assert (ready.status, ready.text) == (503, "not ready: bad\nnot ready: forbidden\n")


# Variables for applications

def test_print_env(serve, run, portal):
    endpoint = serve("--tenant", "dev01", "--print-env", cwd=run.home)
    out = endpoint.process.stdout.read().decode()  # stdout is closed although the process continues
    assert endpoint.process.poll() is None
    assert out == (f"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:{endpoint.port}/\n"
                   f"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={run.home / AUTH_FILE}\n")


def test_print_env_with_a_relative_file(run, serve):
    endpoint = serve("--tenant", "dev01", "--auth-token-file", "sub/token", auth=False,
                     cwd=run.home, env={"DUPLO_PRINT_ENV": "1"})
    assert f"TOKEN_FILE={run.home}/sub/token\n" in endpoint.process.stdout.read().decode()


def test_print_env_of_a_profile_and_of_imds(serve):
    endpoint = serve("--profile", "a=tenant:dev01", "--profile", "b=tenant:dev02", "--imds",
                     "--print-env")
    base = f"http://127.0.0.1:{endpoint.port}"
    out = endpoint.process.stdout.read().decode().splitlines()
    assert out[0] == f"AWS_CONTAINER_CREDENTIALS_FULL_URI={base}/p/a"
    assert out[2] == f"AWS_EC2_METADATA_SERVICE_ENDPOINT={base}"


def test_boto3_with_the_output_of_print_env(serve, portal):
    endpoint = serve("--tenant", "dev01", "--print-env")
    lines = endpoint.process.stdout.read().decode().splitlines()
    env = dict(line.split("=", 1) for line in lines) | {"HOME": "/nonexistent",
                                                       "AWS_EC2_METADATA_DISABLED": "true"}
    program = ("import boto3\nc = boto3.Session().get_credentials()\n"
               "print(c.method, c.get_frozen_credentials().access_key)")
    method, key = subprocess.run([os.sys.executable, "-c", program], env=env, check=True,
                                 capture_output=True, text=True, timeout=60).stdout.split()
    assert method == "container-role"
    assert scope(portal, key)[1] == "dev01"


# Addresses

def test_ipv6_and_several_addresses(serve, portal):
    endpoint = serve("--tenant", "dev01", "--listen", "[::1]:0", "--listen", "127.0.0.2:0", wait=3)
    hosts = [host for host, _ in endpoint.addresses()]
    assert hosts == ["::1", "127.0.0.2", "127.0.0.1"]
    assert len({endpoint.ask("/", at=at).key() for at in endpoint.addresses()}) == 1


def test_print_env_with_ipv6(serve):
    endpoint = serve("--tenant", "dev01", "--print-env", listen="[::1]:0")
    assert f"FULL_URI=http://[::1]:{endpoint.port}/\n" in endpoint.process.stdout.read().decode()


def test_a_port_in_use(run, serve, portal):
    endpoint = serve("--tenant", "dev01")
    env = identity(portal) | {"DUPLO_TENANT": "dev01",
                              "DUPLO_LISTEN": f"127.0.0.1:{endpoint.port}"}
    run("serve", "--imds", "--imds-open", env=env).fails(
        2, f"cannot listen on 127.0.0.1:{endpoint.port}", "in use")


def test_a_port_is_free_again_at_once(serve):
    first = serve("--tenant", "dev01")
    first.key()
    first.end()
    again = serve("--tenant", "dev01", listen=f"127.0.0.1:{first.port}")
    assert again.key()


# Probes

def test_probes_need_no_token(serve):
    endpoint = serve("--tenant", "dev01").wait_ready()
    for path in ("/healthz", "/readyz"):
        answer = endpoint.ask(path, auth=False)
        assert (answer.status, answer.text) == (200, "ok\n")
        head = endpoint.ask(path, "HEAD", auth=False)
        assert (head.status, head.text) == (200, "")


def test_healthcheck(serve, run, portal):
    portal.faults.add(hang=True)
    endpoint = serve("--tenant", "dev01")
    url = f"http://127.0.0.1:{endpoint.port}"
    assert run("healthcheck", "--url", f"{url}/healthz").ok() == ""
    run("healthcheck", "--url", f"{url}/readyz").fails(5, "status 503", "not ready: default")
    run("healthcheck", "--url", f"{url}/").fails(5, "status 403")
    endpoint.end()
    run("healthcheck", "--url", f"{url}/healthz").fails(5, "cannot connect")


@pytest.mark.parametrize("url", ("", "https://127.0.0.1:9911/", "http://127.0.0.1/readyz",
                                 "http://portal.test:9911/", "http://127.0.0.1:9911/a b",
                                 "http://x@127.0.0.1:9911/", "http://127.0.0.1:99999/"))
def test_healthcheck_without_an_endpoint(run, url):
    run("healthcheck", "--url", url).fails(2, "--url", "http://127.0.0.1:9911/readyz")


def test_metrics(serve, portal):
    endpoint = serve("--profile", "a=tenant:dev01", "--profile", "bad=tenant:nowhere")
    key = endpoint.key("/p/a")
    wait_until(lambda: endpoint.metrics()['duplojit_renewal_failures_total{profile="bad"}'] >= 1)
    before = endpoint.metrics()
    expires = before['duplojit_credentials_expiration_timestamp_seconds{profile="a"}']
    issue = portal.state.issue_of(key)
    assert abs(expires - issue.time - issue.validity) < 3
    assert 3500 < before['duplojit_credentials_left_seconds{profile="a"}'] <= 3600
    assert before['duplojit_ready{profile="a"}'] == 1
    assert before['duplojit_ready{profile="bad"}'] == 0
    assert before['duplojit_credentials_expiration_timestamp_seconds{profile="bad"}'] == 0
    assert before['duplojit_renewals_total{profile="a"}'] == 1
    assert before['duplojit_renewals_total{profile="bad"}'] == 0
    endpoint.key("/p/a")
    after = endpoint.metrics()
    assert after["duplojit_requests_total"] - before["duplojit_requests_total"] == 2
    text = endpoint.ask("/metrics", auth=False).text
    for secret in portal.state.secrets() + [endpoint.auth, key]:
        assert secret not in text
    # In the text format, help and type precede the values of each metric.
    for line in text.splitlines():
        assert line.startswith(("# HELP duplojit_", "# TYPE duplojit_", "duplojit_"))


def test_prometheus_can_read_the_metrics(serve):
    parser = pytest.importorskip("prometheus_client.parser")
    text = serve("--tenant", "dev01").wait_ready().ask("/metrics", auth=False).text
    families = {f.name: f for f in parser.text_string_to_metric_families(text)}
    assert families["duplojit_requests"].type == "counter"
    assert families["duplojit_ready"].samples[0].labels == {"profile": "default"}


def test_other_paths_and_methods(serve):
    endpoint = serve("--tenant", "dev01")
    endpoint.ask("/nothing").fails(404, "NotFound")
    endpoint.ask("//").fails(404, "NotFound")
    endpoint.ask("/p/").fails(404, "NotFound")
    endpoint.ask("/latest/api/token", "PUT").fails(404, "NotFound")
    answer = endpoint.ask("/", "POST", body=b"x")
    answer.fails(405, "MethodNotAllowed")
    assert answer.headers["allow"] == "GET"
    assert endpoint.ask("/?some=query").key()


# --also-write

def section(path, name: str) -> dict[str, str]:
    import configparser
    parser = configparser.RawConfigParser()
    parser.read(path)
    return dict(parser[name])


def test_also_write(serve, run, portal):
    path = run.home / "aws/credentials"
    path.parent.mkdir()
    path.write_text("# mine\n[other]\naws_access_key_id = x\n\n[a]\naws_security_token = old\n")
    endpoint = serve("--profile", "a=tenant:dev01", "--profile", "b=tenant:dev02", "--also-write",
                     path, "--mode", "0640").wait_ready()
    for name, tenant in (("a", "dev01"), ("b", "dev02")):
        found = section(path, name)
        issue = portal.state.issue_of(found["aws_access_key_id"])
        assert issue.tenant == tenant
        assert found["aws_secret_access_key"] == issue.answer["SecretAccessKey"]
        assert found["aws_session_token"] == issue.answer["SessionToken"]
        assert found["x_security_token_expires"].endswith("Z")
        assert "aws_security_token" not in found
        assert found["aws_access_key_id"] == endpoint.key(f"/p/{name}")
    assert path.read_text().startswith("# mine\n[other]\naws_access_key_id = x\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o600)  # other users could read it, as --mode says
    assert sorted(p.name for p in path.parent.iterdir()) == ["credentials"]


def test_a_file_that_cannot_be_written(serve, run, portal):
    """The endpoint works, readiness waits for the file, and there is one request to the portal."""
    folder = run.home / "there"
    folder.write_text("no folder\n")
    endpoint = serve("--tenant", "dev01", "--also-write", folder / "credentials")
    key = endpoint.key()
    wait_until(lambda: "cannot update the credentials file" in endpoint.log)
    assert endpoint.ask("/readyz", auth=False).status == 503
    folder.unlink()
    endpoint.wait_ready()
    assert section(folder / "credentials", "default")["aws_access_key_id"] == key
    assert len(portal.log.find("*GetAwsConsoleTokenUrl")) == 1
    assert endpoint.log.count("cannot update the credentials file") == 1


def test_serve_is_this_binary(serve):
    rights.need(rights.files_in_proc())
    endpoint = serve("--tenant", "dev01")
    assert os.path.realpath(f"/proc/{endpoint.process.pid}/exe") == str(BIN)
    assert json.dumps(parse_address("[::1]:5")) == '["::1", 5]'
