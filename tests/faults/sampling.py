# SPDX-License-Identifier: MIT
"""How many faults a run injects. FAULTS=all: all; FAULTS=N: at most N of a list, spread evenly."""

from __future__ import annotations

import os

FAULTS = os.environ.get("FAULTS") or "40"


def sample(faults: list) -> list:
    """At most N of the faults, the first among them."""
    if FAULTS == "all" or len(faults) <= int(FAULTS):
        return faults
    return [faults[i * len(faults) // int(FAULTS)] for i in range(int(FAULTS))]
