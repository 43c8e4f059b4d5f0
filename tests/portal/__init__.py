# SPDX-License-Identifier: MIT
"""A simulated DuploCloud portal for tests. api.py describes the protocol."""

from .certs import Certs
from .clusters import Cluster
from .faults import Fault, Faults
from .server import Portal
from .state import Issue, Refused, State, Tenant, User, demo_state

__all__ = ["Certs", "Cluster", "Fault", "Faults", "Issue", "Portal", "Refused", "State", "Tenant",
           "User", "demo_state"]
