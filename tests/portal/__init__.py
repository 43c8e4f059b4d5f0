# SPDX-License-Identifier: MIT
"""A stand-in for the DuploCloud portal, for tests. Read api.py for the protocol."""

from .certs import Certs
from .faults import Fault, Faults
from .server import Portal
from .state import Issue, Refused, State, Tenant, User, demo_state

__all__ = ["Certs", "Fault", "Faults", "Issue", "Portal", "Refused", "State", "Tenant", "User",
           "demo_state"]
