# SPDX-License-Identifier: MIT
"""serve --imds: the EC2 metadata service, version 2."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from conftest import identity, wait_until
from endpoint import Answer, Endpoint, serve  # noqa: F401

ROLES = "/latest/meta-data/iam/security-credentials/"
TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"


def put(endpoint: Endpoint, ttl: str | None = "21600", **more) -> Answer:
    return endpoint.ask("/latest/api/token", "PUT", auth=None, body=b"",
                        headers={} if ttl is None else {TTL: ttl}, **more)


def get(endpoint: Endpoint, path: str, token: str | None) -> Answer:
    return endpoint.ask(path, auth=None, headers={} if token is None else {TOKEN: token})


@pytest.fixture
def endpoint(serve) -> Endpoint:
    return serve("--tenant", "dev01", "--profile", "boss=admin", "--imds",
                 user="admin").wait_ready()


def test_the_requests_for_credentials(endpoint, portal):
    answer = put(endpoint, "60")
    assert answer.status == 200
    assert answer.headers[TTL.lower()] == "60"
    token = answer.text
    assert token and token.isprintable() and " " not in token
    role = get(endpoint, ROLES, token)
    assert (role.status, role.text) == (200, "default")
    found = get(endpoint, ROLES + role.text, token)
    issue = portal.state.issue_of(found.key())
    body = found.json
    assert issue.tenant == "dev01"
    assert (body["Code"], body["Type"]) == ("Success", "AWS-HMAC")
    assert body["SecretAccessKey"] == issue.answer["SecretAccessKey"]
    assert body["Token"] == issue.answer["SessionToken"]
    assert body["LastUpdated"].endswith("Z") and body["LastUpdated"] < body["Expiration"]
    assert portal.state.issue_of(get(endpoint, ROLES + "boss", token).key()).scope == "admin"
    get(endpoint, ROLES + "nobody", token).fails(404, "NotFound")


@pytest.mark.parametrize("ttl", (None, "0", "21601", "-1", "x", "", "6 0", "0x10", "9" * 30))
def test_invalid_lifetimes_of_a_token(endpoint, ttl):
    put(endpoint, ttl).fails(400, "BadRequest")


def test_without_a_valid_session_token(endpoint):
    """No token, the endpoint's token, and forged or foreign session tokens are refused."""
    good = put(endpoint).text
    for token in (None, endpoint.auth, "", good[:-1], good + "0", good.upper(),
                  ("0" if good[0] != "0" else "1") + good[1:], "f" * len(good), good[::-1]):
        for path in (ROLES, ROLES + "default", "/latest/meta-data/placement/region",
                     "/latest/dynamic/instance-identity/document"):
            get(endpoint, path, token).fails(401, "Unauthorized")
    endpoint.ask(ROLES + "default").fails(401, "Unauthorized")  # with the endpoint's token
    assert get(endpoint, ROLES, good).status == 200


def test_a_session_token_is_not_valid_elsewhere(endpoint):
    token = put(endpoint).text
    endpoint.ask("/", auth=token).fails(403, "AccessDenied")
    endpoint.ask("/", auth=None, headers={TOKEN: token}).fails(403, "AccessDenied")
    endpoint.ask("/quit", "POST", auth=None, headers={TOKEN: token}).fails(403, "AccessDenied")


def test_session_tokens_expire(endpoint):
    begin = time.monotonic()
    token = put(endpoint, "1").text
    is_valid = get(endpoint, ROLES, token).status == 200
    assert is_valid or time.monotonic() > begin + 1  # a slow machine needs longer
    wait_until(lambda: get(endpoint, ROLES, token).status != 200)
    get(endpoint, ROLES, token).fails(401, "Unauthorized")


def test_session_tokens_end_with_the_process(serve, endpoint):
    token = put(endpoint).text
    other = serve("--tenant", "dev01", "--imds")
    get(other, ROLES, token).fails(401, "Unauthorized")


def test_no_version_1(endpoint):
    """A GET for a token and a GET for credentials without a token are refused."""
    endpoint.ask("/latest/api/token", auth=None).fails(405, "MethodNotAllowed")
    endpoint.ask(ROLES, auth=None).fails(401, "Unauthorized")


def test_the_region(endpoint):
    token = put(endpoint).text
    assert get(endpoint, "/latest/meta-data/placement/region", token).text == "us-west-2"
    zone = get(endpoint, "/latest/meta-data/placement/availability-zone", token).text
    assert zone == "us-west-2a"
    found = get(endpoint, "/latest/dynamic/instance-identity/document", token)
    assert found.json == {"region": "us-west-2"}


def test_the_region_is_awaited_like_credentials(serve, portal):
    portal.faults.add(path="*GetAwsConsoleTokenUrl", delay_s=0.3)
    endpoint = serve("--tenant", "dev01", "--imds")
    token = put(endpoint).text
    assert get(endpoint, "/latest/meta-data/placement/region", token).text == "us-west-2"


def test_without_a_token_file(serve, run):
    """Then no client can know the token for `/`."""
    endpoint = serve("--tenant", "dev01", "--imds", "--imds-open", "--print-env", auth=False)
    assert endpoint.process.stdout.read().decode() == (
        f"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:{endpoint.port}\n")
    endpoint.ask("/", auth=None).fails(403, "AccessDenied")
    assert get(endpoint, ROLES + "default", put(endpoint).text).key()


def test_without_a_token_file_it_must_be_opened(run, portal):
    """Otherwise every user of the machine would get credentials without anyone asking for that."""
    words = ("serve", "--tenant", "dev01", "--listen", "127.0.0.1:0")
    run(*words, "--imds", env=identity(portal), limit_s=10).fails(
        2, "--imds without --auth-token-file needs --imds-open", "every user")
    run(*words, "--imds-open", "--auth-token-file", run.home / "auth", env=identity(portal),
        limit_s=10).fails(2, "--imds-open needs --imds")


PUT = """
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1] + "/latest/api/token", method="PUT",
                                 headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
try:
    print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).status)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("host", ("127.0.0.1", "[::1]"))
def test_another_user(serve, host):
    """A token is for the user who runs the endpoint; with --imds-open it is for every user."""
    def put_as(user: int, *words: str) -> str:
        endpoint = serve("--tenant", "dev01", "--imds", *words, listen=f"{host}:0")
        url = f"http://{host}:{endpoint.port}"
        return subprocess.run(["/usr/bin/python3", "-c", PUT, url], user=user, check=True, env={},
                              capture_output=True, text=True, timeout=60).stdout
    assert put_as(0) == "200\n"
    refused = put_as(65532)
    assert refused.startswith("403 ") and "the user who runs it" in refused
    assert put_as(65532, "--imds-open") == "200\n"


def test_missing_credentials(serve, portal):
    portal.faults.add(status=401)
    endpoint = serve("--tenant", "dev01", "--imds")
    token = put(endpoint).text
    get(endpoint, ROLES + "default", token).fails(403, "PortalRefused", "401")
    get(endpoint, "/latest/meta-data/placement/region", token).fails(404, "NotFound")


def test_boto3(endpoint, portal):
    program = ("import boto3\nc = boto3.Session().get_credentials()\n"
               "print(c.method, c.get_frozen_credentials().access_key)")
    env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{endpoint.port}",
           "HOME": "/nonexistent", "AWS_EC2_METADATA_V1_DISABLED": "true"}
    method, key = subprocess.run([os.path.realpath(sys.executable), "-c", program], check=True,
                                 capture_output=True, text=True, timeout=60,
                                 env=env | {"PYTHONPATH": os.pathsep.join(sys.path)}).stdout.split()
    assert method == "iam-role"
    assert portal.state.issue_of(key).tenant == "dev01"
