# SPDX-License-Identifier: MIT
"""`duplojit agent` in the background, on loopback, and pods that ask it for credentials.

`agent(server, policy)` starts one beside an API server: an object with `url`, `ca` and
`agent_token()`. A pod is a token and an address of loopback, because the agent limits each client
address.
"""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import identity
from endpoint import Answer, Endpoint

POLICY = """apiVersion: duplojit/v1
rules:
  - name: batch
    namespace: batch
    serviceAccount: worker
    tenant: dev02
  - name: boss
    namespace: ops
    serviceAccount: root
    admin: true
"""


class Agent(Endpoint):
    """One running agent."""

    folder: Path

    @property
    def policy(self) -> Path:
        return self.folder / "policy.yaml"

    def get(self, token: str | None, client: str = "127.0.0.1", path: str = "/",
            headers: dict[str, str] | None = None, timeout: float = 15) -> Answer:
        """A pod's request, from an address of loopback."""
        connection = http.client.HTTPConnection(*self.address, timeout=timeout,
                                                source_address=(client, 0))
        begin = time.monotonic()
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = token
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        found = {k.lower(): v for k, v in answer.getheaders()}
        return Answer(answer.status, found, text, time.monotonic() - begin)

    def audit(self) -> list[dict]:
        """The lines of the audit log."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def write_account(self, server) -> None:
        """The files that a kubelet mounts into the agent's pod; they are replaced as it does."""
        for name, text in (("token", server.agent_token()), ("ca.crt", server.ca.read_text())):
            new = self.folder / "account" / f".{name}"
            new.write_text(text)
            new.rename(self.folder / "account" / name)


@pytest.fixture
def agent(run, portal, tmp_path):
    """Starts an agent and waits until it listens."""
    running: list[Agent] = []

    def start(server, policy: str = POLICY, *words: object, user: str = "admin", wait: int = 1,
              **variables: str) -> Agent:
        folder = tmp_path / f"agent-{len(running)}"
        (folder / "account").mkdir(parents=True)
        (folder / "policy.yaml").write_text(policy)
        address = urlsplit(server.url)
        env = identity(portal, user) | {
            "KUBERNETES_SERVICE_HOST": address.hostname,
            "KUBERNETES_SERVICE_PORT": str(address.port)} | variables
        found = Agent.__new__(Agent)
        found.folder = folder
        found.write_account(server)
        process = run.start("agent", "--policy", folder / "policy.yaml", "--listen", "127.0.0.1:0",
                            "--service-account-dir", folder / "account", *words, env=env)
        found.__init__(process, run, run.home)
        running.append(found)
        return found.wait_listening(wait) if wait else found

    yield start
    for endpoint in running:
        ended = endpoint.process.poll() is not None
        result = endpoint.end()
        assert ended or result.code == 0, str(result)
