# SPDX-License-Identifier: MIT
"""SECURITY.md: the test of every promise exists."""

from __future__ import annotations

import re

import pytest

from conftest import TESTS

TEXT = (TESTS.parent / "SECURITY.md").read_text()
ROWS = [line.split(" | ") for line in re.search(r"^## Promises\n(.*?)^## ", TEXT, re.M | re.S)[1]
        .splitlines() if line.startswith("| ") and not line.startswith("| promise")]


@pytest.mark.parametrize("promise, tests", ROWS, ids=[row[0][2:50] for row in ROWS])
def test_each_promise_has_a_test(promise, tests):
    names = re.findall(r"`((?:tests/)?[\w/]+(?:\.py|\.c|/))(?:::(\w+))?`", tests)
    assert names, promise
    for path, function in names:
        file = TESTS.parent / path if path.startswith("tests/") else TESTS / "e2e" / path
        assert file.exists(), path
        assert not function or f"\ndef {function}(" in file.read_text(), f"{path}::{function}"
