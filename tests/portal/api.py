# SPDX-License-Identifier: MIT
"""The portal's API: one table of method, path, role and handler.

Read `ROUTES` at the end first. A handler gets a `Call` and returns the JSON of the answer or raises
`Refused`. Paths that start with /v3/ are the newer generation; both are in use.
"""

from __future__ import annotations

import json
import re
import secrets
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from . import clusters
from .state import ADMIN_JIT, NO_USER_JIT, Refused, State, Tenant, User, override

EMPTY = object()  # an answer without a body


@dataclass
class Call:
    """One request, after its route was found and its token was accepted."""

    state: State
    user: User
    params: dict[str, str] = field(default_factory=dict)  # the {words} of the path
    body: Any = None
    old: bool = False  # an endpoint of the older generation

    def tenant(self) -> Tenant:
        """The tenant in the path. The generations report a missing tenant in different ways."""
        wanted = self.params["tenant"]
        try:
            uuid.UUID(wanted)
        except ValueError:
            raise Refused(400, "The tenant ID is not valid.") from None
        found = self.state.tenant_by_id(wanted)
        if found is None:
            raise Refused(400 if self.old else 404, f"Tenant {wanted} not found.")
        if not self.state.may_use(self.user, found):
            raise Refused(403, "You do not have access to this tenant.")
        return found

    def row(self, *names: str) -> list[str]:
        """Required fields of the body, which must be strings."""
        if not isinstance(self.body, dict):
            raise Refused(400, "The request has no JSON object.")
        values = [self.body.get(name) for name in names]
        for name, value in zip(names, values):
            if not isinstance(value, str) or (name != "Value" and not value):
                raise Refused(400, f"{name} is missing.")
        return [str(value) for value in values]


# About the portal and its tenants

def features(call: Call) -> dict[str, Any]:
    """GET /v3/features/system: also the cheapest way to check a token."""
    state = call.state
    answer: dict[str, Any] = {
        "IsOtpNeeded": state.otp_needed,
        "IsAwsAdminJITEnabled": state.flag(ADMIN_JIT),
        "IsDuploOpsEnabled": state.duplo_ops_enabled,
        "IsAwsCloudEnabled": True,
        "AwsRegions": sorted({t.region for t in state.tenants.values()}),
        "DefaultAwsRegion": "us-west-2",
        "DefaultAwsPartition": "aws",
        "DefaultAwsAccount": "123456789012",
        "EnabledFlags": [key for (type_, key) in state.settings
                         if type_ == "Flags" and state.flag((type_, key))],
        "AppConfigs": [row for row in settings_list(call) if row["Type"] == "AppConfig"],
    }
    override(answer, state.features)
    return answer


def tenants_of_user(call: Call) -> list[dict[str, Any]]:
    """GET /admin/GetTenantsForUser. Some portals add the settings."""
    rows = [t for t in call.state.tenants.values() if call.state.may_use(call.user, t)]
    if call.state.metadata_for_users:
        return [t.row() | {"Metadata": metadata_rows(t)} for t in rows]
    return [t.row() for t in rows]


def tenant_names(call: Call) -> list[dict[str, Any]]:
    """GET /adminproxy/GetTenantNames: the tenants of the user, all for an administrator, with their
    settings. duploctl requests it for every user."""
    if not call.user.admin and not call.state.names_for_users:
        raise Refused(403, "Administrator access is needed.")
    return [t.row() | {"Metadata": metadata_rows(t)}
            for t in call.state.tenants.values() if call.state.may_use(call.user, t)]


def tenant_features(call: Call) -> dict[str, Any]:
    """GET /v3/features/tenant/ID: the settings of a tenant, for each of its users."""
    tenant = call.tenant()
    answer: dict[str, Any] = {
        "TenantMetadata": metadata_rows(tenant),
        "PlanMetadata": [],
        "InfraMetadata": [],
        "Region": tenant.region,
    }
    override(answer, call.state.tenant_features)
    return answer


def region(call: Call) -> str:
    return call.tenant().region


# AWS credentials

def tenant_credentials(call: Call) -> dict[str, Any]:
    """The setting that disables just-in-time access for users does not affect administrators."""
    tenant = call.tenant()
    if not call.user.admin and call.state.flag(NO_USER_JIT):
        raise Refused(403, "AWS JIT access is disabled for non-administrators.")
    return call.state.issue(call.user, "tenant", call.state.tenant_validity(tenant),
                            tenant.region, tenant)


def admin_credentials(call: Call) -> dict[str, Any]:
    if not call.state.flag(ADMIN_JIT):
        raise Refused(403, "AWS JIT access is disabled for administrators.")
    return call.state.issue(call.user, "admin", call.state.admin_validity(),
                            features(call).get("DefaultAwsRegion", "us-west-2"))


def duplo_ops_credentials(call: Call) -> dict[str, Any]:
    if not call.state.duplo_ops_enabled:
        raise Refused(403, "Duplo operations access is disabled.")
    return call.state.issue(call.user, "duplo-ops", call.state.admin_validity(),
                            features(call).get("DefaultAwsRegion", "us-west-2"))


# Kubernetes

def tenant_kubernetes(call: Call) -> dict[str, Any]:
    tenant = call.tenant()
    return clusters.access(call.state, call.user, tenant.plan, tenant.region,
                           f"duploservices-{tenant.name}")


def plan_kubernetes(call: Call) -> dict[str, Any]:
    plan = call.params["plan"]
    for tenant in call.state.tenants.values():
        if tenant.plan == plan:
            return clusters.access(call.state, call.user, plan, tenant.region,
                                   clusters.ADMIN_NAMESPACE)
    raise Refused(400 if call.old else 404, f"Plan {plan} not found.")


# Settings

def settings_list(call: Call) -> list[dict[str, str]]:
    return [{"Type": t, "Key": k, "Value": v} for (t, k), v in call.state.settings.items()]


def settings_set(call: Call) -> dict[str, str]:
    """POST creates or updates: there is no PUT for system settings."""
    type_, key, value = call.row("Type", "Key", "Value")
    if not call.state.drops_writes:
        call.state.settings[type_, key] = value
    return {"Type": type_, "Key": key, "Value": value}


def settings_delete(call: Call) -> object:
    """The path contains only the key, so all types with that key are deleted."""
    doomed = [where for where in call.state.settings if where[1] == call.params["key"]]
    if not doomed:
        raise Refused(404, f"Setting {call.params['key']} not found.")
    for where in doomed if not call.state.drops_writes else ():
        del call.state.settings[where]
    return EMPTY


def metadata_rows(tenant: Tenant) -> list[dict[str, str]]:
    return [{"Key": k, "Value": v} for k, v in tenant.metadata.items()]


def metadata_list(call: Call) -> list[dict[str, str]]:
    return metadata_rows(call.tenant())


def metadata_create(call: Call) -> dict[str, str]:
    key, value = call.row("Key", "Value")
    tenant = call.tenant()
    if key in tenant.metadata and not call.state.old_settings:
        raise Refused(400, f"Setting {key} exists already.")
    if not call.state.drops_writes:
        tenant.metadata[key] = value
    return {"Key": key, "Value": value}


def metadata_update(call: Call) -> dict[str, str]:
    if call.state.old_settings:
        raise Refused(404, "There is nothing at PUT.")
    key, value = call.row("Key", "Value")
    tenant = call.tenant()
    if call.params["key"] not in tenant.metadata:
        raise Refused(404, f"Setting {call.params['key']} not found.")
    if key != call.params["key"]:
        raise Refused(400, "Key differs from the path.")
    if not call.state.drops_writes:
        tenant.metadata[key] = value
    return {"Key": key, "Value": value}


def metadata_delete(call: Call) -> object:
    metadata, key = call.tenant().metadata, call.params["key"]
    if key not in metadata:
        raise Refused(404, f"Setting {key} not found.")
    if not call.state.drops_writes:
        del metadata[key]
    return EMPTY


# The table

@dataclass(frozen=True)
class Route:
    method: str
    path: str
    role: str  # "user": any valid token; "admin": an administrator, with MFA if it is on
    handler: Callable[[Call], Any]

    @property
    def old(self) -> bool:
        return not self.path.startswith("/v3/")


SYSTEM = "/v3/admin/systemSettings/config"
METADATA = "/v3/admin/tenant/{tenant}/metadata"

ROUTES = (
    Route("GET", "/v3/features/system", "user", features),
    Route("GET", "/admin/GetTenantsForUser", "user", tenants_of_user),
    Route("GET", "/adminproxy/GetTenantNames", "user", tenant_names),  # the handler checks the role
    Route("GET", "/v3/features/tenant/{tenant}", "user", tenant_features),
    Route("GET", "/subscriptions/{tenant}/GetAwsRegionId", "user", region),
    Route("GET", "/subscriptions/{tenant}/GetAwsConsoleTokenUrl", "user", tenant_credentials),
    Route("GET", "/v3/admin/aws/jitAccess/admin", "admin", admin_credentials),
    Route("GET", "/adminproxy/GetJITAwsConsoleAccessUrl", "admin", admin_credentials),
    Route("GET", "/v3/admin/aws/jitAccess/duplo-ops", "admin", duplo_ops_credentials),
    Route("GET", "/v3/subscriptions/{tenant}/k8s/jitAccess", "user", tenant_kubernetes),
    Route("GET", "/subscriptions/{tenant}/GetK8ClusterConfigByTenant", "user", tenant_kubernetes),
    Route("GET", "/v3/admin/plans/{plan}/k8sConfig", "admin", plan_kubernetes),
    Route("GET", "/adminproxy/{plan}/GetEksClusterByInfra", "admin", plan_kubernetes),
    Route("GET", SYSTEM, "admin", settings_list),
    Route("POST", SYSTEM, "admin", settings_set),
    Route("DELETE", SYSTEM + "/{key}", "admin", settings_delete),
    Route("GET", METADATA, "admin", metadata_list),
    Route("POST", METADATA, "admin", metadata_create),
    Route("PUT", METADATA + "/{key}", "admin", metadata_update),
    Route("DELETE", METADATA + "/{key}", "admin", metadata_delete),
)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """`path` is still percent-encoded: a key may hold a slash as %2F."""
    for route in ROUTES:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path)
        match = re.fullmatch(pattern, path) if route.method == method else None
        if match:
            words = {k: urllib.parse.unquote(v) for k, v in match.groupdict().items()}
            return route, words
    raise Refused(404, f"There is nothing at {method} {path}.")


def authenticate(state: State, route: Route, headers: Mapping[str, str]) -> User:
    """`Authorization: Bearer TOKEN`; administrators' calls may need `otpcode: CODE` as well."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Refused(400 if route.old else 401, "The request has no bearer token.")
    user = state.user_of(token)
    if user is None:
        raise Refused(401, "The token is not valid or has expired.")
    if route.role == "admin":
        if not user.admin:
            raise Refused(403, "Administrator access is needed.")
        if state.otp_needed and not secrets.compare_digest(
                headers.get("otpcode", "").encode(), state.otp_code.encode()):
            raise Refused(403, "An MFA code is needed.")
    return user


def answer(state: State, method: str, path: str, headers: Mapping[str, str],
           body: bytes) -> tuple[int, bytes]:
    """The whole API as one function: takes a request, returns a status and a JSON body."""
    with state.lock:
        try:
            route, params = find_route(method, path.partition("?")[0])
            user = authenticate(state, route, headers)
            call = Call(state, user, params, parse(body), route.old)
            result = route.handler(call)
        except Refused as refused:
            return refused.status, json.dumps({"Message": refused.message}).encode()
    return 200, b"" if result is EMPTY else json.dumps(result).encode()


def parse(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise Refused(400, "The request's body is not JSON.") from None
