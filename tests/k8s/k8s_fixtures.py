# SPDX-License-Identifier: MIT
"""Fixtures for tests with a real API server: `-p k8s_fixtures`, beside conftest of tests/e2e."""

from __future__ import annotations

import pytest

from cluster import SERVER, VERSIONS, ApiServer, Tools, why_missing


@pytest.fixture(scope="session")
def started_api_server(tmp_path_factory):
    """One API server for all tests of a process: it needs seconds to start."""
    reason = why_missing("etcd", SERVER)
    if reason:
        pytest.skip(reason)
    server = ApiServer(tmp_path_factory.mktemp("api-server"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def api_server(started_api_server, portal):
    """The API server. The portal has it as the cluster of all plans."""
    for tenant in portal.state.tenants.values():
        started_api_server.add_tenant(tenant.name)
        portal.state.clusters[tenant.plan] = started_api_server.cluster()
    return started_api_server


@pytest.fixture(params=VERSIONS)
def tools(request, tmp_path):
    """kubectl and client-go; a test that uses it runs once with each version."""
    reason = why_missing(request.param)
    if reason:
        pytest.skip(reason)
    return Tools(request.param, tmp_path)
