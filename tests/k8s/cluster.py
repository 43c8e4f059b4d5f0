# SPDX-License-Identifier: MIT
"""A real Kubernetes API server on loopback, its storage (etcd), and the programs that talk to it.

There are no nodes and no controllers: no pod runs. Namespaces, service accounts, their tokens,
rights and the checks of manifests are real.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from conftest import unused_port
from portal import Certs, Cluster, User
from portal.certs import openssl

TOOLS = Path(os.environ.get("K8S") or Path(__file__).resolve().parents[2] / "build/k8s").resolve()
SERVER = "1.34"  # the version of the API server
VERSIONS = ("1.34", "1.31")  # of kubectl and client-go
ISSUER = "https://kubernetes.default.svc"
SHORTEST_S = 600  # the API server issues no token that expires earlier
START_S = 120


def why_missing(*names: str) -> str | None:
    """Why prepare.sh could not get one of these."""
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            return f"{name} is missing: {(TOOLS / f'{name}.missing').read_text().strip()}"
    return None if (TOOLS / "kube-apiserver").exists() else "tests/k8s/prepare.sh was not run"


class ApiServer:
    """A running API server. Each tenant has a namespace with the service account `user`; the
    service account `admin` of the namespace `default` may do everything."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.certs = Certs(folder / "certs")
        self.admin_token = secrets.token_urlsafe(32)
        self.key = folder / "service-account.key"
        self._processes: list[subprocess.Popen] = []
        self._uids: dict[tuple[str, str], str] = {}

    @property
    def ca(self) -> Path:
        return self.certs.ca

    # Start and stop

    def start(self) -> None:
        openssl("genrsa", "-out", self.key, "2048")
        users = self.folder / "users.csv"
        users.touch(mode=0o600)
        users.write_text(f'{self.admin_token},administrator,1,"system:masters"\n')
        pair, port = self.certs.pair("good"), unused_port()
        storage = self._start_etcd()
        self.url = f"https://127.0.0.1:{port}"
        self._command = ("kube-apiserver", "--etcd-servers", storage, "--secure-port", port,
                  "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
                  "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24",
                  "--cert-dir", self.folder / "server", "--tls-cert-file", pair.cert,
                  "--tls-private-key-file", pair.key, "--authorization-mode=RBAC",
                  "--feature-gates=MutatingAdmissionPolicy=true",
                  "--runtime-config=admissionregistration.k8s.io/v1beta1=true",
                  "--token-auth-file", users, "--service-account-issuer", ISSUER,
                  "--service-account-key-file", self.key,
                  "--service-account-signing-key-file", self.key)
        self._run(*self._command)
        self._wait(lambda: self.request("GET", "/readyz"))
        self._wait(lambda: self.request("GET", "/api/v1/namespaces/default"))
        self._add_account("default", "default")  # in a cluster, a controller creates it
        self._add_account("default", "admin", "cluster-admin")
        self.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {
            "metadata": {"name": "list-namespaces"},
            "rules": [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]}]})

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()

    def _start_etcd(self) -> str:
        clients, peers = (f"http://127.0.0.1:{unused_port()}" for _ in range(2))
        self._run("etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync",
                  "--listen-client-urls", clients, "--advertise-client-urls", clients,
                  "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                  "--initial-cluster", f"default={peers}")
        return clients

    def _run(self, name: str, *args: object) -> None:
        """The program ends with this process, even if this process is killed."""
        with open(self.folder / f"{name}.log", "wb") as log:
            self._processes.append(subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", str(TOOLS / name), *map(str, args)],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def _wait(self, ready: Callable[[], object]) -> None:
        """Calls `ready` until it does not fail."""
        end = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError):  # also urllib's errors
                ready()
                return
            for process in self._processes:
                assert process.poll() is None, self._log()
            assert time.monotonic() < end, self._log()
            time.sleep(0.1)

    def _log(self) -> str:
        lines = (self.folder / "kube-apiserver.log").read_text().splitlines()
        return "the API server did not start:\n" + "\n".join(lines[-20:])

    @contextlib.contextmanager
    def stopped(self):
        """The API server does not run; its storage does. It starts again with the same address."""
        process = self._processes[-1]
        process.terminate()
        process.wait(60)
        try:
            yield
        finally:
            self._processes.pop()
            self._run(*self._command)
            self._wait(lambda: self.request("GET", "/readyz"))

    # The API

    def request(self, method: str, path: str, body: dict | None = None,
                token: str = "") -> Any:
        """As the administrator, or with another token."""
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {token or self.admin_token}",
             "Content-Type": "application/json"}, method=method)
        trust = ssl.create_default_context(cafile=str(self.ca))
        try:
            with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            error.add_note(error.read().decode(errors="replace"))  # the reason
            raise
        return json.loads(text) if text.startswith(b"{") else text.decode()

    def add_tenant(self, name: str) -> None:
        """Creates the namespace of a tenant and a service account that may list namespaces."""
        namespace = f"duploservices-{name}"
        if (namespace, "user") not in self._uids:
            self.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
            self._add_account(namespace, "user", "list-namespaces")

    def add_namespace(self, name: str, labels: dict[str, str]) -> None:
        """Creates a namespace with its service account `default`."""
        if (name, "default") not in self._uids:
            self.request("POST", "/api/v1/namespaces",
                         {"metadata": {"name": name, "labels": labels}})
            self._add_account(name, "default")

    def add_account(self, namespace: str, name: str) -> None:
        """Creates a service account, if it does not exist yet."""
        if (namespace, name) not in self._uids:
            self._add_account(namespace, name)

    def add_role(self, name: str, group: str, resource: str, verbs: list[str]) -> None:
        """Creates a ClusterRole, if it does not exist yet."""
        path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
        if name not in {role["metadata"]["name"] for role in self.request("GET", path)["items"]}:
            self.request("POST", path, {"metadata": {"name": name}, "rules": [
                {"apiGroups": [group], "resources": [resource], "verbs": verbs}]})

    def bind(self, role: str, namespace: str, name: str) -> None:
        """Gives a ClusterRole to a service account, if it does not have it yet."""
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
        made = {binding["metadata"]["name"] for binding in self.request("GET", path)["items"]}
        if f"{namespace}-{name}" not in made:
            self._bind(role, namespace, name)

    def add_pod(self, namespace: str, name: str, account: str) -> dict:
        """Creates a Pod, which no node runs."""
        return self.request("POST", f"/api/v1/namespaces/{namespace}/pods", {
            "metadata": {"name": name}, "spec": {
                "serviceAccountName": account, "automountServiceAccountToken": False,
                "containers": [{"name": "app", "image": "app"}]}})

    def _add_account(self, namespace: str, name: str, role: str | None = None) -> None:
        made = self.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts",
                            {"metadata": {"name": name}})
        self._uids[namespace, name] = made["metadata"]["uid"]
        if role:
            self._bind(role, namespace, name)

    def _bind(self, role: str, namespace: str, name: str) -> None:
        self.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
            "metadata": {"name": f"{namespace}-{name}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                        "name": role},
            "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}]})

    # Tokens of service accounts

    def token(self, namespace: str, name: str, validity_s: int = 3600, audience: str = ISSUER,
              pod: dict | None = None) -> str:
        """The API server issues it, as for `kubectl create token --duration`. A token that expires
        earlier than the API server allows is signed here with the API server's key."""
        if validity_s < SHORTEST_S:
            return self._sign(namespace, name, validity_s, audience)
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        bound = {"boundObjectRef": {"kind": "Pod", "apiVersion": "v1",
                                    "name": pod["metadata"]["name"],
                                    "uid": pod["metadata"]["uid"]}} if pod else {}
        answer = self.request("POST", path, {"spec": bound | {
            "expirationSeconds": validity_s, "audiences": [audience]}})
        return answer["status"]["token"]

    def legacy_token(self, namespace: str, name: str) -> str:
        """As a controller writes it into a Secret of a service account: it never expires."""
        claims = {"iss": "kubernetes/serviceaccount",
                  "sub": f"system:serviceaccount:{namespace}:{name}",
                  "kubernetes.io/serviceaccount/namespace": namespace,
                  "kubernetes.io/serviceaccount/service-account.name": name,
                  "kubernetes.io/serviceaccount/service-account.uid": self._uids[namespace, name]}
        return self._signed(claims)

    def accepts(self, token: str, audience: str) -> bool:
        """What a TokenReview says."""
        answer = self.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "spec": {"token": token, "audiences": [audience]}})
        return answer["status"].get("authenticated", False)

    def _sign(self, namespace: str, name: str, validity_s: int, audience: str) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": [audience], "iat": now, "nbf": now, "exp": now + validity_s,
                  "sub": f"system:serviceaccount:{namespace}:{name}",
                  "kubernetes.io": {"namespace": namespace, "serviceaccount": {
                      "name": name, "uid": self._uids[namespace, name]}}}
        return self._signed(claims)

    def _signed(self, claims: dict) -> str:
        signed = encode({"alg": "RS256", "typ": "JWT"}) + b"." + encode(claims)
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()

    def cluster(self, validity_s: int = 3600) -> Cluster:
        """For `portal.state.clusters`: the portal hands out tokens of this server."""
        def token(user: User, namespace: str) -> str:
            return self.token(namespace, "admin" if namespace == "default" else "user", validity_s)
        return Cluster(self.url, self.ca.read_bytes(), token)


def encode(part: dict) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")


@dataclass
class Tools:
    """kubectl and the client-go program of one version, in a clean environment."""

    version: str
    home: Path

    @property
    def kubeconfig(self) -> Path:
        return self.home / "kubeconfig"

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home),
                "KUBECONFIG": str(self.kubeconfig)}

    def kubectl(self, *args: str | Path, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(TOOLS / f"kubectl-{self.version}"), *map(str, args)],
                              env=self.environment | variables, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)

    def namespaces(self, **variables: str) -> list[str]:
        """`kubectl get ns`, which must succeed and print nothing else."""
        done = self.kubectl("get", "ns", "-o", "name", **variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return [line.removeprefix("namespace/") for line in done.stdout.split()]

    @contextlib.contextmanager
    def client(self, **variables: str):
        """The client-go program, which keeps running. Yields a function that asks it once."""
        process = subprocess.Popen([str(TOOLS / f"client-{self.version}")], text=True,
                                   env=self.environment | variables, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)

        def ask() -> dict:
            process.stdin.write("\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        try:
            yield ask
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait(30)

    def write_kubeconfig(self, server: ApiServer, user: dict, **cluster: Any) -> None:
        """JSON is YAML. `cluster` is added to the cluster's entry; None removes a field."""
        entry = {"server": server.url, "certificate-authority": str(server.ca)} | cluster
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                k: v for k, v in entry.items() if v is not None}}],
            "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
