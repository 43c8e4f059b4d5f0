# SPDX-License-Identifier: MIT
"""`duplojit agent` in the background, on loopback, and pods that ask it for credentials.

`agent(server, policy)` starts one beside an API server: an object with `environment`, the variables
that name it, and `dir`, the files of the agent's service account. A pod is a token and an address
of loopback, because the agent limits each client address.
"""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path

import pytest

from conftest import identity
from endpoint import FIRST, Answer, Endpoint, end_all, repeated

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
NOT_YET = (FIRST, "the review takes too long")  # each after it has waited for 0.9 seconds


class Agent(Endpoint):
    """One running agent."""

    folder: Path

    @property
    def policy(self) -> Path:
        return self.folder / "policy.yaml"

    def get(self, token: str | None, client: str = "127.0.0.1", path: str = "/",
            headers: dict[str, str] | None = None, timeout: float = 15) -> Answer:
        """A pod's request, from an address of loopback. As SDKs do, the pod sends it again while
        the API server reviews its token, or the portal issues the first credentials."""
        return repeated(lambda: self._get(token, client, path, headers, timeout),
                        lambda answer: any(text in answer.text for text in NOT_YET))

    def _get(self, token, client, path, headers, timeout) -> Answer:
        """Sends one request on a new connection."""
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

    def get_repeated(self, token: str, client: str = "127.0.0.1") -> Answer:
        """The same after any 503, also for too many requests."""
        return repeated(lambda: self._get(token, client, "/", None, 15),
                        lambda answer: answer.status == 503)

    def audit(self) -> list[dict]:
        """The lines of the audit log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@pytest.fixture
def agent(run, portal, tmp_path):
    """Starts an agent and waits until it listens."""
    running: list[Agent] = []

    def start(server, policy: str = POLICY, *words: object, user: str = "admin", wait: int = 1,
              **variables: str) -> Agent:
        folder = tmp_path / f"agent-{len(running)}"
        folder.mkdir()
        (folder / "policy.yaml").write_text(policy)
        env = identity(portal, user) | server.environment | variables
        process = run.start("agent", "--policy", folder / "policy.yaml", "--listen", "127.0.0.1:0",
                            "--service-account-dir", server.dir, *words, env=env)
        found = Agent(process, run, run.home)
        found.folder = folder
        running.append(found)
        return found.wait_listening(wait) if wait else found

    yield start
    end_all(running)
