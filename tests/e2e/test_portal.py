# SPDX-License-Identifier: MIT
"""The test portal itself: its rules, faults and certificates. test_public_clients.py runs the
public clients against it.

If a test fails here, the results of other end-to-end tests cannot be trusted.
"""

from __future__ import annotations

import base64
import datetime
import email.utils
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from portal import Cluster, Portal, demo_state  # noqa: E402

SYSTEM = "/v3/admin/systemSettings/config"
CREDENTIAL_FIELDS = {"ConsoleUrl", "AccessKeyId", "SecretAccessKey", "SessionToken", "Region",
                     "Validity"}


@pytest.fixture
def portal():
    with Portal() as running:
        yield running


def context(portal, **limits) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=portal.ca)
    made.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name, value in limits.items():
            setattr(made, name, value)
    return made


def connect(portal) -> http.client.HTTPSConnection:
    return http.client.HTTPSConnection("127.0.0.1", portal.port, timeout=10,
                                       context=context(portal))


def ask(portal, path, user="user", method="GET", body=None, headers=None, connection=None):
    """Sends one request as the public clients do. Returns the status and the JSON."""
    own = connection is None
    connection = connection or connect(portal)
    fields = {"Content-Type": "application/json; charset=utf-8"}
    if user:
        fields["Authorization"] = f"Bearer {portal.token(user)}"
    try:
        connection.request(method, path, None if body is None else json.dumps(body),
                           fields | (headers or {}))
        with connection.getresponse() as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    finally:
        if own:
            connection.close()


def raw(portal, path="/v3/features/system") -> tuple[bytes, str]:
    """Every byte of a response, and how the connection ended: "end" or "reset".

    Python's TLS may show a reset as an end: only plain HTTP distinguishes them.
    """
    got = b""
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as sock:
        if not portal.plain:
            sock = context(portal).wrap_socket(sock, server_hostname="127.0.0.1")
        with sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         f"Authorization: Bearer {portal.token()}\r\n\r\n".encode())
            try:
                while part := sock.recv(65536):
                    got += part
            except ConnectionResetError:
                return got, "reset"
        return got, "end"


def tenant_path(portal, tenant, rest="GetAwsConsoleTokenUrl"):
    return f"/subscriptions/{portal.state.tenants[tenant].id}/{rest}"


# Permissions

def test_lists_the_tenants_of_the_user(portal):
    status, rows = ask(portal, "/admin/GetTenantsForUser")
    assert status == 200
    assert [r["AccountName"] for r in rows] == ["dev01", "dev02"]
    assert set(rows[0]) == {"TenantId", "AccountName", "PlanID"}
    assert len(ask(portal, "/admin/GetTenantsForUser", "admin")[1]) == 3


def test_lists_tenants_with_metadata(portal):
    status, rows = ask(portal, "/adminproxy/GetTenantNames", "admin")
    assert status == 200 and [r["Metadata"] for r in rows] == [[], [], []]
    status, rows = ask(portal, "/adminproxy/GetTenantNames")
    assert status == 200 and [r["AccountName"] for r in rows] == ["dev01", "dev02"]
    portal.state.names_for_users = False
    assert ask(portal, "/adminproxy/GetTenantNames")[0] == 403
    assert ask(portal, "/adminproxy/GetTenantNames", "admin")[0] == 200


def test_features_of_a_tenant(portal):
    dev01 = portal.state.tenants["dev01"]
    dev01.metadata["AwsAccessTokenValidity"] = "1800"
    path = f"/v3/features/tenant/{dev01.id}"
    status, answer = ask(portal, path)
    assert status == 200
    assert answer["TenantMetadata"] == [{"Key": "AwsAccessTokenValidity", "Value": "1800"}]
    assert answer["PlanMetadata"] == answer["InfraMetadata"] == []
    portal.state.tenant_features = {"TenantMetadata": None}
    assert "TenantMetadata" not in ask(portal, path)[1]
    assert ask(portal, f"/v3/features/tenant/{portal.state.tenants['prod01'].id}")[0] == 403
    assert ask(portal, "/v3/features/tenant/00000000-0000-4000-8000-000000000000")[0] == 404


def test_credentials_for_a_tenant(portal):
    status, answer = ask(portal, tenant_path(portal, "dev02"))
    assert status == 200 and set(answer) == CREDENTIAL_FIELDS
    assert answer["AccessKeyId"].startswith("ASIA") and len(answer["AccessKeyId"]) == 20
    assert len(answer["SecretAccessKey"]) == 40 and len(answer["SessionToken"]) > 700
    assert answer["Region"] == "us-east-1" and answer["Validity"] == 3600
    issue = portal.state.issue_of(answer["AccessKeyId"])
    assert (issue.user, issue.scope, issue.tenant) == ("user", "tenant", "dev02")
    assert ask(portal, tenant_path(portal, "dev02"))[1]["AccessKeyId"] != answer["AccessKeyId"]


def test_credentials_for_an_administrator_in_both_generations(portal):
    for path in ("/v3/admin/aws/jitAccess/admin", "/adminproxy/GetJITAwsConsoleAccessUrl",
                 "/v3/admin/aws/jitAccess/duplo-ops"):
        assert ask(portal, path)[0] == 403
        status, answer = ask(portal, path, "admin")
        assert status == 200 and set(answer) == CREDENTIAL_FIELDS
    assert [i.scope for i in portal.state.issued] == ["admin", "admin", "duplo-ops"]
    portal.state.duplo_ops_enabled = False
    assert ask(portal, "/v3/admin/aws/jitAccess/duplo-ops", "admin")[0] == 403


def test_refuses_a_tenant_of_others(portal):
    status, answer = ask(portal, tenant_path(portal, "prod01"))
    assert status == 403 and "access" in answer["Message"]
    assert ask(portal, tenant_path(portal, "prod01"), "admin")[0] == 200


def test_generations_differ_for_a_missing_tenant(portal):
    missing = "00000000-0000-4000-8000-000000000000"
    status, answer = ask(portal, f"/subscriptions/{missing}/GetAwsConsoleTokenUrl")
    assert status == 400 and "not found" in answer["Message"]
    assert ask(portal, f"/v3/subscriptions/{missing}/k8s/jitAccess")[0] == 404
    assert ask(portal, "/subscriptions/dev01/GetAwsConsoleTokenUrl")[0] == 400


def test_tokens(portal):
    assert ask(portal, "/v3/features/system", user=None)[0] == 401
    assert ask(portal, "/admin/GetTenantsForUser", user=None)[0] == 400
    old = portal.token()
    portal.state.rotate("user")
    assert ask(portal, "/v3/features/system",
               headers={"Authorization": f"Bearer {old}"})[0] == 401
    assert ask(portal, "/v3/features/system")[0] == 200


def test_administrators_need_mfa_if_it_is_on(portal):
    portal.state.otp_needed = True
    path = "/v3/admin/aws/jitAccess/admin"
    assert ask(portal, "/v3/features/system", "admin")[1]["IsOtpNeeded"] is True
    assert ask(portal, path, "admin")[0] == 403
    assert ask(portal, path, "admin", headers={"otpcode": "wrong"})[0] == 403
    assert ask(portal, path, "admin", headers={"otpcode": portal.state.otp_code})[0] == 200
    assert ask(portal, tenant_path(portal, "dev01"), "admin")[0] == 200


# Settings and their effect

def test_a_tenants_validity(portal):
    metadata = f"/v3/admin/tenant/{portal.state.tenants['dev01'].id}/metadata"
    row = {"Key": "AwsAccessTokenValidity", "Value": "7200"}
    assert ask(portal, metadata, "user", "POST", row)[0] == 403
    assert ask(portal, metadata, "admin", "POST", row) == (200, row)
    status, answer = ask(portal, tenant_path(portal, "dev01"))
    assert status == 400 and "MaxSessionDuration" in answer["Message"]
    limit = {"Key": "MaximumSessionDuration", "Value": "7200"}
    assert ask(portal, metadata, "admin", "POST", limit)[0] == 200
    assert ask(portal, tenant_path(portal, "dev01"))[1]["Validity"] == 7200
    assert ask(portal, tenant_path(portal, "dev02"))[1]["Validity"] == 3600
    row["Value"] = "1800"
    assert ask(portal, f"{metadata}/{row['Key']}", "admin", "PUT", row) == (200, row)
    assert ask(portal, tenant_path(portal, "dev01"))[1]["Validity"] == 1800
    assert ask(portal, metadata, "admin") == (200, [row, limit])
    assert ask(portal, f"{metadata}/{row['Key']}", "admin", "DELETE") == (200, None)
    assert ask(portal, tenant_path(portal, "dev01"))[1]["Validity"] == 3600
    assert ask(portal, f"{metadata}/{row['Key']}", "admin", "PUT", row)[0] == 404


def test_the_administrators_duration_and_the_limit_for_all_tenants(portal):
    path = "/v3/admin/aws/jitAccess/admin"
    row = {"Type": "AppConfig", "Key": "AdminJitSessionDuration", "Value": "900"}
    assert ask(portal, SYSTEM, "admin", "POST", row) == (200, row)
    assert ask(portal, path, "admin")[1]["Validity"] == 900
    assert ask(portal, "/v3/features/system")[1]["AppConfigs"] == [row]
    assert row in ask(portal, SYSTEM, "admin")[1]
    for value, status in (("600", 400), ("43201", 400), ("43200", 200)):
        ask(portal, SYSTEM, "admin", "POST", row | {"Value": value})
        assert ask(portal, path, "admin")[0] == status, value
    assert ask(portal, f"{SYSTEM}/{row['Key']}", "admin", "DELETE")[0] == 200
    assert ask(portal, path, "admin")[1]["Validity"] == 3600
    limit = {"Type": "AppConfig", "Key": "MaximumSessionDuration", "Value": "1800"}
    ask(portal, SYSTEM, "admin", "POST", limit)
    assert ask(portal, tenant_path(portal, "dev01"))[0] == 400


def test_switching_jit_off(portal):
    row = {"Type": "Flags", "Key": "DisableNonAdminAwsJIT", "Value": "true"}
    ask(portal, SYSTEM, "admin", "POST", row)
    status, answer = ask(portal, tenant_path(portal, "dev01"))
    assert status == 403 and "disabled" in answer["Message"]
    assert ask(portal, tenant_path(portal, "dev01"), "admin")[0] == 200
    assert ask(portal, f"{SYSTEM}/EnableAwsAdminJIT", "admin", "DELETE")[0] == 200
    features = ask(portal, "/v3/features/system", "admin")[1]
    assert features["IsAwsAdminJITEnabled"] is False
    assert features["EnabledFlags"] == ["DisableNonAdminAwsJIT"]
    assert ask(portal, "/v3/admin/aws/jitAccess/admin", "admin")[0] == 403


def test_a_setting_whose_key_needs_encoding(portal):
    row = {"Type": "AppConfig", "Key": "a/b c%", "Value": ""}
    assert ask(portal, SYSTEM, "admin", "POST", row)[0] == 200
    assert ask(portal, f"{SYSTEM}/a%2Fb%20c%25", "admin", "DELETE")[0] == 200


def test_bad_settings(portal):
    assert ask(portal, SYSTEM, "admin", "POST", {"Type": "AppConfig"})[0] == 400
    assert ask(portal, SYSTEM, "admin", "POST", [])[0] == 400
    assert ask(portal, f"{SYSTEM}/nothing", "admin", "DELETE")[0] == 404
    assert ask(portal, SYSTEM)[0] == 403


def test_fields_that_tests_force(portal):
    portal.state.forced_validity = 60
    assert ask(portal, tenant_path(portal, "dev01"))[1]["Validity"] == 60
    portal.state.credential_fields = {"Validity": None, "Expiration": "2030-01-02T03:04:05Z"}
    answer = ask(portal, tenant_path(portal, "dev01"))[1]
    assert "Validity" not in answer and answer["Expiration"] == "2030-01-02T03:04:05Z"


def test_expiration_beside_validity(portal):
    portal.state.clock = lambda: 1_900_000_000
    portal.state.sends_expiration = True
    answer = ask(portal, tenant_path(portal, "dev01"))[1]
    assert set(answer) == CREDENTIAL_FIELDS | {"Expiration"}
    assert (answer["Validity"], answer["Expiration"]) == (3600, "2030-03-17T18:46:40Z")


def test_a_tenants_region(portal):
    assert ask(portal, tenant_path(portal, "dev01", "GetAwsRegionId")) == (200, "us-west-2")


# Kubernetes

def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_kubernetes_access_in_both_generations(portal):
    tenant = portal.state.tenants["dev01"].id
    for user, path, namespace in (
            ("user", f"/v3/subscriptions/{tenant}/k8s/jitAccess", "duploservices-dev01"),
            ("user", f"//v3/subscriptions/{tenant}/k8s/jitAccess", "duploservices-dev01"),
            ("user", f"/subscriptions/{tenant}/GetK8ClusterConfigByTenant", "duploservices-dev01"),
            ("admin", "/v3/admin/plans/nonprod/k8sConfig", "default"),
            ("admin", "/adminproxy/nonprod/GetEksClusterByInfra", "default")):
        status, answer = ask(portal, path, user)
        assert status == 200 and answer["Name"] == "duploinfra-nonprod", path
        assert answer["DefaultNamespace"] == namespace
        assert isinstance(answer["K8Provider"], int)
        refreshed = datetime.datetime.fromisoformat(answer["LastTokenRefreshTime"])
        assert claims(answer["Token"])["exp"] > time.time() > refreshed.timestamp()
        assert answer["Token"] in portal.state.secrets()
    prod01 = portal.state.tenants["prod01"].id
    for path, status in (("/v3/admin/plans/nonprod/k8sConfig", 403),
                         ("/adminproxy/nonprod/GetEksClusterByInfra", 403),
                         (f"/v3/subscriptions/{prod01}/k8s/jitAccess", 403),
                         (f"/subscriptions/{prod01}/GetK8ClusterConfigByTenant", 403)):
        assert ask(portal, path)[0] == status, path
    assert ask(portal, "/v3/admin/plans/none/k8sConfig", "admin")[0] == 404
    assert ask(portal, "/adminproxy/none/GetEksClusterByInfra", "admin")[0] == 400


def test_access_to_a_cluster_that_the_test_sets(portal):
    asked = []

    def token(user, namespace):
        asked.append((user.name, namespace))
        return "canary-token"

    portal.state.clusters["nonprod"] = Cluster("https://127.0.0.1:6443", b"a certificate", token)
    path = f"/v3/subscriptions/{portal.state.tenants['dev02'].id}/k8s/jitAccess"
    answer = ask(portal, path)[1]
    assert (answer["ApiServer"], answer["Token"]) == ("https://127.0.0.1:6443", "canary-token")
    assert base64.b64decode(answer["CertificateAuthorityDataBase64"]) == b"a certificate"
    assert ask(portal, "/v3/admin/plans/nonprod/k8sConfig", "admin")[1]["Token"] == "canary-token"
    assert asked == [("user", "duploservices-dev02"), ("admin", "default")]
    assert "canary-token" in portal.state.secrets()
    portal.state.clusters["nonprod"].ca = b""
    assert "CertificateAuthorityDataBase64" not in ask(portal, path)[1]
    portal.state.kubernetes_fields = {"K8Provider": 1, "LastTokenRefreshTime": None}
    answer = ask(portal, path)[1]
    assert answer["K8Provider"] == 1 and "LastTokenRefreshTime" not in answer
    other = ask(portal, "/v3/admin/plans/prod/k8sConfig", "admin")[1]
    assert other["ApiServer"] != answer["ApiServer"]


# The log

def test_the_log_counts_requests_and_hides_secrets(portal):
    kept = connect(portal)
    for _ in range(3):
        ask(portal, "/v3/features/system", connection=kept)
    ask(portal, tenant_path(portal, "dev01"), "admin", headers={"otpcode": "123123"})
    ask(portal, "/v3/features/system", headers={"Authorization": "Bearer canary-1"})
    assert portal.log.connections == 3 and len(portal.log) == 5
    assert len({r.connection for r in portal.log.find("/v3/*", status=200)}) == 1
    assert [r.user for r in portal.log] == ["user"] * 3 + ["admin", None]
    assert portal.log[0].tls == "TLSv1.3"
    text = json.dumps(portal.log.as_json())
    for secret in [*portal.state.secrets(), "canary-1", "123123"]:
        assert secret not in text


# Faults

@pytest.mark.parametrize("plain", [True, False])
def test_reset_at_any_byte(plain):
    with Portal(plain=plain) as portal:
        whole, ended = raw(portal)
        assert ended == "end" and whole.endswith(b"}")
        for cut in (0, 1, 9, whole.index(b"\r\n\r\n") + 4, len(whole) - 1):
            portal.faults.add(reset_at=cut, times=1)
            got, ended = raw(portal)
            assert len(got) == cut and (ended == "reset" or not plain)
            portal.faults.add(truncate_at=cut, times=1)
            got, ended = raw(portal)
            assert (len(got), ended) == (cut, "end")


def test_faults_below_tls(portal):
    for cut in (0, 1, 5, 100, 800):
        portal.faults.add(stage="connect", reset_at=cut, times=1)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            ask(portal, "/v3/features/system")
        portal.faults.add(stage="connect", truncate_at=cut, times=1)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            ask(portal, "/v3/features/system")
    portal.faults.add(stage="connect", body=b"HTTP/1.1 400 No\r\n\r\n", times=1)
    with pytest.raises(ssl.SSLError):
        ask(portal, "/v3/features/system")
    assert len(portal.log) == 0
    assert ask(portal, "/v3/features/system")[0] == 200


def test_faults_on_the_wire_are_exact():
    with Portal(plain=True) as portal:
        for cut in (0, 1, 50):
            portal.faults.add(stage="connect", reset_at=cut, times=1)
            got, ended = raw(portal)
            assert (len(got), ended) == (cut, "reset")
            portal.faults.add(stage="connect", truncate_at=cut, times=1)
            assert len(raw(portal)[0]) == cut


def test_a_relay_that_does_not_cut_passes_everything(portal):
    portal.faults.add(stage="connect", reset_at=10**6, times=1)
    assert ask(portal, "/v3/features/system")[0] == 200


def test_status_headers_and_counts(portal):
    portal.faults.add(path="/v3/*", status=503, retry_after=2, times=2, skip=1,
                      body="<html>busy</html>", headers={"Content-Type": "text/html"})
    kept = connect(portal)
    seen = []
    for _ in range(4):
        kept.request("GET", "/v3/features/system",
                     headers={"Authorization": f"Bearer {portal.token()}"})
        answer = kept.getresponse()
        seen.append((answer.status, answer.getheader("Retry-After")))
        answer.read()
    assert seen == [(200, None), (503, "2"), (503, "2"), (200, None)]
    assert [r.fault for r in portal.log] == [False, True, True, False]


def test_missing_endpoints(portal):
    fault = portal.faults.missing("/v3/admin/aws/jitAccess/*", status=500)
    assert ask(portal, "/v3/admin/aws/jitAccess/admin", "admin")[0] == 500
    assert ask(portal, "/adminproxy/GetJITAwsConsoleAccessUrl", "admin")[0] == 200
    portal.faults.remove(fault)
    assert ask(portal, "/v3/admin/aws/jitAccess/admin", "admin")[0] == 200
    assert fault.hits == 1


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_framing_and_size(portal, framing):
    portal.faults.add(framing=framing, pad_to=2 << 20, times=1)
    connection = connect(portal)
    connection.request("GET", "/v3/features/system",
                       headers={"Authorization": f"Bearer {portal.token()}"})
    body = connection.getresponse().read()
    assert len(body) == 2 << 20 and json.loads(body)["IsAwsCloudEnabled"]


def test_redirects_dates_and_odd_heads(portal):
    portal.faults.add(redirect="https://elsewhere.test/", times=1)
    portal.faults.add(date_offset_s=-7200, headers={"Content-Type": None}, times=1)
    head = raw(portal)[0].decode()
    assert head.startswith("HTTP/1.1 302 Found\r\n") and "Location: https://elsewhere.test/" in head
    head = raw(portal)[0].decode()
    date = next(x for x in head.split("\r\n") if x.startswith("Date: ")).removeprefix("Date: ")
    off = email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    assert -7205 < off < -7195 and "Content-Type" not in head


def test_delay_drip_and_hang(portal):
    portal.faults.add(delay_s=0.3, times=1)
    start = time.monotonic()
    assert ask(portal, "/v3/features/system")[0] == 200
    assert time.monotonic() - start >= 0.3
    portal.faults.add(drip_s=0.001, times=1)
    assert ask(portal, "/v3/features/system")[0] == 200
    for stage in ("response", "connect"):
        portal.faults.add(stage=stage, hang=True, times=1)
        with pytest.raises(TimeoutError):
            impatient = http.client.HTTPSConnection("127.0.0.1", portal.port, timeout=0.3,
                                                    context=context(portal))
            ask(portal, "/v3/features/system", connection=impatient)


def test_a_function_called_before_the_answer(portal):
    portal.faults.add(path="*/GetAwsConsoleTokenUrl", times=1,
                      call=lambda request: portal.state.rotate("user"))
    assert ask(portal, tenant_path(portal, "dev01"))[0] == 401


# TLS

@pytest.mark.parametrize("kind, problem", [
    ("good", None), ("intermediate", None), ("expired", "expired"),
    ("wrong-host", "not valid for"), ("unknown-ca", "unable to get local issuer"),
    ("missing-intermediate", "unable to get local issuer"), ("self-signed", "self-signed"),
])
def test_certificates(kind, problem):
    with Portal(cert=kind) as portal:
        if problem is None:
            assert ask(portal, "/v3/features/system")[0] == 200
            return
        with pytest.raises(ssl.SSLCertVerificationError, match=problem):
            ask(portal, "/v3/features/system")
        assert len(portal.log) == 0 and portal.log.connections == 1


@pytest.mark.parametrize("low, high, version", [
    ("1.1", "1.1", "TLSv1.1"), ("1.2", "1.2", "TLSv1.2"), ("1.3", "1.3", "TLSv1.3")])
def test_tls_versions(low, high, version):
    with Portal(tls_min=low, tls_max=high) as portal:
        made = context(portal, minimum_version=ssl.TLSVersion.TLSv1_1)
        made.set_ciphers("ALL:@SECLEVEL=0")
        connection = http.client.HTTPSConnection("127.0.0.1", portal.port, timeout=10,
                                                 context=made)
        assert ask(portal, "/v3/features/system", connection=connection)[0] == 200
        assert portal.log[0].tls == version
        if version == "TLSv1.1":
            with pytest.raises(ssl.SSLError):
                ask(portal, "/v3/features/system")


def test_plain_http_and_names():
    with Portal(plain=True) as portal:
        with urllib.request.urlopen(urllib.request.Request(
                portal.url_for("localhost") + "/v3/features/system",
                headers={"Authorization": f"Bearer {portal.token()}"}), timeout=10) as answer:
            assert answer.status == 200
        assert portal.log[0].tls is None


def test_ipv6(portal):
    if not portal.has_ipv6:
        pytest.skip("this machine has no ::1")
    connection = http.client.HTTPSConnection("::1", portal.port, timeout=10,
                                             context=context(portal))
    assert ask(portal, "/v3/features/system", connection=connection)[0] == 200


def test_many_at_once(portal):
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: ask(portal, tenant_path(portal, "dev01")), range(100)))
    assert {status for status, _ in answers} == {200}
    assert len({answer["AccessKeyId"] for _, answer in answers}) == 100
    assert portal.log.connections == 100


def test_stop_ends_kept_connections_and_the_port_can_be_taken_again():
    state = demo_state()
    with Portal(state) as first:
        kept = connect(first)
        ask(first, "/v3/features/system", connection=kept)
    with pytest.raises((ConnectionError, http.client.HTTPException, ssl.SSLError)):
        kept.auto_open = 0
        ask(first, "/v3/features/system", connection=kept)
    with pytest.raises(ConnectionError):
        ask(first, "/v3/features/system")
    with Portal(state, port=first.port) as second:
        assert ask(second, "/v3/features/system")[0] == 200


# As a process

@pytest.fixture
def process(tmp_path):
    started = subprocess.Popen(
        [sys.executable, "-m", "portal", "--dir", str(tmp_path), "--until-stdin-closes",
         "--max-life", "60"], cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield started
    started.kill()
    started.wait()
    started.stdin.close()
    started.stdout.close()


def control(ready, method, path, body=None):
    request = urllib.request.Request(f"{ready['control']}/_control/{path}", method=method,
                                     data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def fetch(ready, path):
    token = Path(ready["tokens"]["user"]).read_text().strip()
    request = urllib.request.Request(ready["url"] + path,
                                     headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10,
                                context=ssl.create_default_context(cafile=ready["ca"])) as answer:
        return json.loads(answer.read())


def test_control(process):
    ready = json.loads(process.stdout.readline())
    assert os.stat(ready["tokens"]["user"]).st_mode & 0o777 == 0o600
    path = f"/subscriptions/{ready['tenants']['dev01']}/GetAwsConsoleTokenUrl"
    control(ready, "POST", "state", {"forced_validity": 60})
    key = fetch(ready, path)["AccessKeyId"]
    assert control(ready, "GET", f"issued/{key}")[0]["tenant"] == "dev01"
    control(ready, "POST", "faults", {"path": "/v3/*", "status": 503, "times": 1})
    with pytest.raises(urllib.error.HTTPError):
        fetch(ready, "/v3/features/system")
    assert control(ready, "GET", "faults")[0]["hits"] == 1
    log = control(ready, "GET", "log")
    assert [r["status"] for r in log["requests"]] == [200, 503] and log["connections"] == 2
    with pytest.raises(urllib.error.HTTPError):
        control(ready, "POST", "faults", {"no such field": 1})
    process.stdin.close()
    assert process.wait(5) == 0


def test_ends_on_sigterm(process):
    process.stdout.readline()
    process.terminate()
    assert process.wait(5) == 0


def test_types_that_a_strict_decoder_needs(portal):
    """Go's decoder, which duplo-jit uses, fails on a number instead of a string."""
    features = ask(portal, "/v3/features/system")[1]
    for name in ("IsOtpNeeded", "IsAwsAdminJITEnabled", "IsDuploOpsEnabled", "IsAwsCloudEnabled"):
        assert isinstance(features[name], bool)
    for name in ("DefaultAwsRegion", "DefaultAwsAccount"):
        assert isinstance(features[name], str)
    assert all(isinstance(r, str) for r in features["AwsRegions"])
    credentials = ask(portal, tenant_path(portal, "dev01"))[1]
    assert isinstance(credentials.pop("Validity"), int)
    assert all(isinstance(v, str) for v in credentials.values())


# The AWS endpoint for signed requests

def test_aws_cli_signs_with_what_was_handed_out(portal, tmp_path):
    tool = shutil.which("aws")
    if not tool:
        pytest.skip("aws is not installed")
    answer = ask(portal, tenant_path(portal, "dev01"))[1]

    def caller(**changes):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path),
                       "AWS_ACCESS_KEY_ID": answer["AccessKeyId"],
                       "AWS_SECRET_ACCESS_KEY": answer["SecretAccessKey"],
                       "AWS_SESSION_TOKEN": answer["SessionToken"],
                       "AWS_DEFAULT_REGION": "us-west-2", "AWS_MAX_ATTEMPTS": "1"} | changes
        return subprocess.run([tool, "sts", "get-caller-identity", "--output", "json",
                               "--endpoint-url", portal.control_url],
                              env=environment, capture_output=True, text=True, timeout=30)

    done = caller()
    assert done.returncode == 0, done.stderr
    assert "duploservices-dev01" in json.loads(done.stdout)["Arn"]
    assert "SignatureDoesNotMatch" in caller(AWS_SECRET_ACCESS_KEY="x" * 40).stderr
    assert "InvalidClientTokenId" in caller(AWS_SESSION_TOKEN="x").stderr


def test_reads_a_body_in_chunks(portal):
    """The next request on the connection is read from its beginning."""
    connection = connect(portal)
    for parts in ([b'{"a": ', b"1", b"}"], [b"{}"]):
        connection.request("POST", "/nowhere", iter(parts), encode_chunked=True,
                           headers={"Transfer-Encoding": "chunked"})
        connection.getresponse().read()
    connection.close()
    assert [request.body for request in portal.log] == [{"a": 1}, {}]
    assert portal.log.connections == 1


def test_a_path_with_a_query(portal):
    assert ask(portal, "/admin/GetTenantsForUser?a=b")[0] == 200
