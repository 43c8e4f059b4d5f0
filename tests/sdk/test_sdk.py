# SPDX-License-Identifier: MIT
"""Real AWS clients with credentials from each of the four outputs of this program.

Each client signs a request to a listener that recomputes the signature with the secret key and
compares the session token (portal/sts.py). SDKs renew credentials from the endpoint and from
credential_process; most read a credentials file once, and all read the environment once.
"""

from __future__ import annotations

import os
import time

import pytest

from agent import agent  # noqa: F401
from clients import CLIENTS, Client, Running
from conftest import BIN, identity
from fake_api_server import ApiServer

SHORT_S = 10  # credentials with this lifetime are renewed after 4 to 5 seconds
RENEWAL_S = 40


@pytest.fixture(params=CLIENTS, ids=lambda c: c.id)
def client(request, record_property) -> Client:
    record_property("client", request.param.name)
    if request.param.missing:
        pytest.skip(request.param.missing)
    return request.param


@pytest.fixture
def base_env(portal, run) -> dict[str, str]:
    """The environment of a client and of this program, without other credentials."""
    return identity(portal) | {
        "HOME": str(run.home), "PATH": os.environ["PATH"], "DUPLO_TENANT": "dev01",
        "STS_URL": portal.control_url, "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2", "AWS_EC2_METADATA_DISABLED": "true"}


def without_token(base_env: dict[str, str]) -> dict[str, str]:
    """The environment of an application, without the portal's variables."""
    return {k: v for k, v in base_env.items() if not k.startswith("DUPLO_")}


def signs(portal, running: Running, tenant: str = "dev01") -> str:
    """Asks once. Returns the access key whose signature the listener accepted."""
    before = len(portal.state.signed)
    answer = running.ask()
    assert answer.get("arn", "").endswith(f"/duploservices-{tenant}/user"), answer
    assert len(portal.state.signed) == before + 1
    return portal.state.signed[-1].access_key_id


def renews(portal, running: Running) -> None:
    """Asks until the request is signed with other credentials; every signature is accepted."""
    first, end = signs(portal, running), time.monotonic() + RENEWAL_S
    while signs(portal, running) == first:
        assert time.monotonic() < end, "no renewal"
        time.sleep(0.3)


@pytest.fixture
def serve(run, base_env, tmp_path):
    """Starts the endpoint. Returns the variables for applications."""
    started = []

    def start(*words: str) -> dict[str, str]:
        process = run.start("serve", "--listen", "127.0.0.1:0", "--auth-token-file",
                            tmp_path / "auth", "--print-env", *words, env=base_env)
        started.append(process)
        lines = process.stdout.read().decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    yield start
    for process in started:
        process.terminate()
        result = run.ended(process)
        assert result.code == 0, result


def test_the_endpoint(portal, client, serve, base_env):
    portal.state.forced_validity = SHORT_S
    found = serve()
    if not client.knows_token_file:
        path = found.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        with open(path) as file:
            found["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = file.read()
    with client.start(without_token(base_env) | found) as running:
        renews(portal, running)


def test_a_profile_of_the_endpoint(portal, client, serve, base_env):
    found = serve("--profile", "second=tenant:dev02")
    found["AWS_CONTAINER_CREDENTIALS_FULL_URI"] += "p/second"
    found["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = open(
        found.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")).read()
    with client.start(without_token(base_env) | found) as running:
        signs(portal, running, "dev02")


def test_the_endpoint_refuses_a_wrong_token(portal, client, serve, base_env):
    found = serve()
    found.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    with client.start(without_token(base_env) | found
                      | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong"}) as running:
        assert "error" in running.ask()
    assert portal.state.signed == []


def test_the_agent(portal, client, agent, base_env, tmp_path):
    """The client is a pod with a projected token, which the kubelet replaces."""
    portal.state.forced_validity = SHORT_S
    with ApiServer(tmp_path / "cluster") as server:
        host, port = agent(server, user="user").address
        found = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}:{port}/"}
        token = tmp_path / "token"
        token.write_text(server.make_token("duploservices-dev01", "app"))
        if client.knows_token_file:
            found["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(token)
        else:
            found["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token.read_text()
        with client.start(without_token(base_env) | found) as running:
            signs(portal, running)
            token.write_text(server.make_token("duploservices-dev01", "app"))
            renews(portal, running)


def test_the_credentials_file(run, portal, client, base_env, tmp_path):
    """A new file is read by new processes; running ones keep their credentials. Java's SDK looks
    for a new file from time to time, so a running one has either."""
    file = tmp_path / "credentials"
    words = ("aws", "--no-cache", "--write-credentials", file, "--profile", "team")
    env = without_token(base_env) | {"AWS_SHARED_CREDENTIALS_FILE": str(file),
                                     "AWS_PROFILE": "team"}
    portal.state.forced_validity = 60
    run(*words, env=base_env).ok()
    with client.start(env) as running:
        first = signs(portal, running)
        run(*words, env=base_env).ok()
        again = signs(portal, running)
    with client.start(env) as running:
        second = signs(portal, running)
    assert second != first
    assert again in ({first, second} if client.rereads_file else {second if client.each else first})


def test_credential_process(run, portal, client, base_env, tmp_path):
    portal.state.forced_validity = SHORT_S
    config = tmp_path / "config"
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    run("update-aws-config", "team", "--config-file", config, "--tenant", "dev01", "--host",
        portal.url, "--token-file", token, "--ca-file", portal.ca).ok()
    with client.start(without_token(base_env) | {"AWS_CONFIG_FILE": str(config),
                                              "AWS_PROFILE": "team"}) as running:
        renews(portal, running)


def test_exec(portal, client, base_env):
    """The credentials of a process stay the same; the next process gets new ones."""
    portal.state.forced_validity = 60
    keys = []
    for _ in range(2):
        prefix = (str(BIN), "exec", "--no-cache", "--")
        with client.start(base_env | {"AWS_PROFILE": "none"}, prefix) as running:
            keys.append(signs(portal, running))
            if not client.each:
                assert signs(portal, running) == keys[-1]
            assert running.stop() == 0
    assert len(set(keys)) == 2


def test_exec_with_an_endpoint(portal, client, base_env):
    """The SDK of the program renews its credentials."""
    portal.state.forced_validity = SHORT_S
    prefix = (str(BIN), "exec", "--endpoint", "--")
    with client.start(base_env, prefix) as running:
        if client.each:
            signs(portal, running)
        else:
            renews(portal, running)
            assert running.stop() == 0
