# SPDX-License-Identifier: MIT
"""A pytest plugin for `make test-arm64`: skips the tests that not_emulated.txt names, with its
reasons, and without ARM64=all and without files in PYTEST_ARGS runs only the files of CHOSEN."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

# Files without short time limits, because an emulator is slow.
CHOSEN = {
    "test_binary.py", "test_contexts.py", "test_exec.py", "test_formats.py", "test_k8s.py",
    "test_names.py", "test_tls.py", "test_update_kubeconfig.py",
}


def reasons() -> dict[str, str]:
    """From FILE or FILE::TEST to why it is not run."""
    lines = Path(__file__).with_name("not_emulated.txt").read_text().splitlines()
    rows = [re.fullmatch(r"([^ []+(?:\[.*\])?) (.*)", line).groups() for line in lines
            if line and not line.startswith("#")]
    return {name: reason for name, reason in rows if ".py" in name}


def pytest_collection_modifyitems(config, items):
    unused = reasons()
    found = dict(unused)
    for item in items:
        file = item.path.name
        for name in (file, f"{file}::{item.name.partition('[')[0]}", f"{file}::{item.name}"):
            unused.pop(name, None)
            if name in found:
                item.add_marker(pytest.mark.skip(reason=f"arm64: {found[name]}"))
    files = {item.path.name for item in items}
    stale = [name for name in unused if name.partition("::")[0] in files]
    if stale and not any("::" in word for word in config.args):
        raise pytest.UsageError(f"not_emulated.txt names tests that do not exist: {stale}")
    if os.environ.get("ARM64") != "all" and not any(".py" in word for word in config.args):
        away = [item for item in items if item.path.name not in CHOSEN]
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item.path.name in CHOSEN]
