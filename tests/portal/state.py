# SPDX-License-Identifier: MIT
"""The portal's state: users, tenants, settings, clusters, and issued credentials.

This is logic without sockets and HTTP. `api.py` maps it to URLs; tests change it directly.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from .clusters import Cluster

DEFAULT_VALIDITY_S = 3600  # "The default everywhere is one hour."
DEFAULT_ROLE_MAX_S = 3600  # AWS's default for a role
AWS_MIN_S, AWS_MAX_S = 900, 43200  # the session lengths AWS itself allows

# Types and keys of the settings that affect the next credentials.
ADMIN_DURATION = ("AppConfig", "AdminJitSessionDuration")
ROLE_MAX = ("AppConfig", "MaximumSessionDuration")
ADMIN_JIT = ("Flags", "EnableAwsAdminJIT")
NO_USER_JIT = ("Flags", "DisableNonAdminAwsJIT")
TENANT_VALIDITY = "AwsAccessTokenValidity"
TENANT_ROLE_MAX = "MaximumSessionDuration"


class Refused(Exception):
    """A refused request: an HTTP status and the text of `Message`."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class User:
    name: str
    admin: bool = False
    tenants: set[str] = field(default_factory=set)  # names; an administrator may use all
    token: str = ""


@dataclass
class Tenant:
    name: str
    plan: str
    region: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    metadata: dict[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        return {"TenantId": self.id, "AccountName": self.name, "PlanID": self.plan}


@dataclass
class Issue:
    """One set of issued AWS credentials and its user."""

    access_key_id: str
    user: str
    scope: str  # "tenant", "admin" or "duplo-ops"
    tenant: str | None  # the tenant's name, for scope "tenant"
    validity: int
    time: float
    answer: dict[str, Any] = field(repr=False)  # the answer, with secrets


class State:
    """The state behind the API. Hold `lock` to change several fields at once."""

    def __init__(self, clock: Callable[[], float] = time.time):
        self.lock = threading.RLock()
        self.clock = clock
        self.users: dict[str, User] = {}
        self.tenants: dict[str, Tenant] = {}
        self.settings: dict[tuple[str, str], str] = {ADMIN_JIT: "true"}
        self.issued: list[Issue] = []
        self.signed: list[Issue] = []  # those whose signature sts.py has accepted
        self.otp_needed = False  # an administrator's call then needs the header `otpcode`
        self.otp_code = "%06d" % secrets.randbelow(10**6)
        self.duplo_ops_enabled = True
        self.login_user = "user"  # the user of the browser's session
        self.login_callback = "redirect"  # how verify-token answers: login_page.CALLBACKS
        self.names_for_users = True  # GetTenantNames answers users who are not administrators
        self.metadata_for_users = False  # the list of a user's tenants has their settings
        self.master_role_max = AWS_MAX_S  # the limit of the administrators' role
        self.old_settings = False  # an older portal: settings of tenants by POST only, without PUT
        self.drops_writes = False  # accepts changes of settings and does not store them
        self.forced_validity: int | None = None  # for tests: any number, ignores all limits
        self.features: dict[str, Any] = {}  # overrides; a value of None removes the field
        self.tenant_features: dict[str, Any] = {}  # the same for the features of a tenant
        self.credential_fields: dict[str, Any] = {}  # the same for answers with AWS credentials
        self.sends_expiration = False  # AWS credentials have Expiration beside Validity
        self.clusters: dict[str, "Cluster"] = {}  # by plan
        self.kubernetes_fields: dict[str, Any] = {}  # overrides in answers with Kubernetes access
        self.kubernetes_validity = 3600  # of tokens that this portal makes up itself
        self.kubernetes_tokens: list[str] = []  # all that were issued

    # Users

    def add_user(self, name: str, admin: bool = False, tenants: tuple[str, ...] = ()) -> User:
        user = self.users[name] = User(name, admin, set(tenants))
        self.rotate(name)
        return user

    def rotate(self, name: str) -> str:
        """Gives the user a new token; the portal rejects the old one."""
        self.users[name].token = make_jwt({"sub": name, "exp": int(self.clock()) + 86400})
        return self.users[name].token

    def user_of(self, token: str) -> User | None:
        with self.lock:
            return next((u for u in self.users.values() if u.token and u.token == token), None)

    # Tenants

    def add_tenant(self, name: str, plan: str, region: str) -> Tenant:
        tenant = self.tenants[name] = Tenant(name, plan, region)
        return tenant

    def tenant_by_id(self, tenant_id: str) -> Tenant | None:
        return next((t for t in self.tenants.values() if t.id == tenant_id.lower()), None)

    def may_use(self, user: User, tenant: Tenant) -> bool:
        return user.admin or tenant.name in user.tenants

    # Settings

    def flag(self, where: tuple[str, str]) -> bool:
        return self.settings.get(where, "").lower() == "true"

    def tenant_role_max(self, tenant: Tenant) -> int:
        """The maximum of the tenant, else of all tenants, else AWS's default."""
        for value in (tenant.metadata.get(TENANT_ROLE_MAX), self.settings.get(ROLE_MAX)):
            if value is not None:
                return seconds(value, DEFAULT_ROLE_MAX_S)
        return DEFAULT_ROLE_MAX_S

    def tenant_validity(self, tenant: Tenant) -> int:
        wanted = seconds(tenant.metadata.get(TENANT_VALIDITY), DEFAULT_VALIDITY_S)
        return self._allowed(wanted, self.tenant_role_max(tenant))

    def admin_validity(self) -> int:
        wanted = seconds(self.settings.get(ADMIN_DURATION), DEFAULT_VALIDITY_S)
        return self._allowed(wanted, self.master_role_max)

    def _allowed(self, wanted: int, role_max: int) -> int:
        """AWS refuses a session longer than the role's maximum, and so does the portal."""
        if self.forced_validity is not None:
            return self.forced_validity
        if wanted > role_max:
            raise Refused(400, "The requested DurationSeconds exceeds the MaxSessionDuration "
                               "set for this role. (ValidationError)")
        if not AWS_MIN_S <= wanted <= AWS_MAX_S:
            raise Refused(400, f"DurationSeconds {wanted} is not between {AWS_MIN_S} and "
                               f"{AWS_MAX_S}. (ValidationError)")
        return wanted

    # Credentials

    def issue(self, user: User, scope: str, validity: int, region: str,
              tenant: Tenant | None = None) -> dict[str, Any]:
        """Creates AWS credentials and adds them to `issued`."""
        answer: dict[str, Any] = {
            "ConsoleUrl": console_url(region),
            "AccessKeyId": "ASIA" + base64.b32encode(secrets.token_bytes(10)).decode(),
            "SecretAccessKey": base64.b64encode(secrets.token_bytes(30)).decode(),
            "SessionToken": "IQoJb3JpZ2luX2Vj" +
                            base64.b64encode(secrets.token_bytes(560)).decode(),
            "Region": region,
            "Validity": validity,
        }
        if self.sends_expiration:
            answer["Expiration"] = time.strftime(
                "%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.clock() + validity))
        override(answer, self.credential_fields)
        self.issued.append(Issue(answer.get("AccessKeyId", ""), user.name, scope,
                                 tenant.name if tenant else None, validity, self.clock(), answer))
        return answer

    def issue_of(self, access_key_id: str) -> Issue | None:
        """The record of this access key."""
        with self.lock:
            return next((i for i in self.issued if i.access_key_id == access_key_id), None)

    def secrets(self) -> list[str]:
        """Every secret value so far; none may appear in a log or a message."""
        with self.lock:
            found = [u.token for u in self.users.values()] + [self.otp_code]
            found += [token for token in self.kubernetes_tokens if token]
            for issue in self.issued:
                found += [str(issue.answer[k]) for k in
                          ("SecretAccessKey", "SessionToken", "ConsoleUrl") if issue.answer.get(k)]
            return found


def demo_state() -> State:
    """Three tenants, an administrator, and a user who may use the two development tenants."""
    state = State()
    state.add_tenant("dev01", "nonprod", "us-west-2")
    state.add_tenant("dev02", "nonprod", "us-east-1")
    state.add_tenant("prod01", "prod", "eu-central-1")
    state.add_user("admin", admin=True)
    state.add_user("user", tenants=("dev01", "dev02"))
    return state


def seconds(text: str | None, default: int) -> int:
    """The number in a setting; a text that is not a number counts as not set."""
    try:
        return int(text) if text is not None else default
    except ValueError:
        return default


def override(answer: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if value is None:
            answer.pop(key, None)
        else:
            answer[key] = value


def console_url(region: str) -> str:
    """A sign-in link, which is a secret: it signs in to AWS."""
    query = urllib.parse.urlencode({
        "Action": "login",
        "Destination": f"https://{region}.console.aws.amazon.com/",
        "SigninToken": secrets.token_urlsafe(120),
    })
    return "https://signin.aws.amazon.com/federation?" + query


def make_jwt(claims: dict[str, Any]) -> str:
    """A token in the form of a JWT, whose signature is not checked."""
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(),
             secrets.token_bytes(32)]
    return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts)
