# SPDX-License-Identifier: MIT
"""The quick start of README for Kubernetes, with kubectl and a real API server."""

from __future__ import annotations

import json
import shlex

from test_documents import README, TOP, snippet


def test_quick_start(api_server, tools, tmp_path, monkeypatch):
    """The token becomes the Secret that the pod reads. There is no node, so no pod starts."""
    token = tmp_path / "token-of-the-portal"
    token.write_text("canary")
    tools.write_kubeconfig(api_server, {"token": api_server.token("default", "admin")})
    monkeypatch.chdir(TOP)
    lines = [shlex.split(line.replace("FILE", str(token)))
             for line in snippet(README, "Kubernetes").splitlines()]
    try:
        for program, *words in lines:
            assert program == "kubectl"
            done = tools.kubectl(*words)
            assert done.returncode == 0, done.stderr
        secret = json.loads(tools.kubectl("get", "secret", "duplo-token", "-o", "json").stdout)
        assert secret["data"] == {"token": "Y2FuYXJ5"}
    finally:  # other tests use the same server
        tools.kubectl("delete", "secret", "duplo-token", "--ignore-not-found")
        assert lines[-1][1] == "apply"
        tools.kubectl("delete", *lines[-1][2:], "--ignore-not-found")
