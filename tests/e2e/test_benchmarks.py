# SPDX-License-Identifier: MIT
"""docs/benchmarks.md has the rows that `make benchmarks` prints, and the goals are checked. The
numbers in the document are not compared."""

from __future__ import annotations

import pytest

from bench import __main__ as bench, plan, table

DOCUMENT = table.DOCUMENT.read_text()


def test_the_document_has_the_rows_that_the_command_prints():
    printed = table.row_names("\n".join(table.lines({})))
    assert printed == plan.row_names()
    assert table.row_names(DOCUMENT) == printed


def test_the_document_has_the_goals_that_the_command_checks():
    def goals(text: str) -> list[str]:
        return [line.rsplit("|", 2)[1].strip() for line in text.splitlines()
                if line.startswith("| ")]
    assert goals(DOCUMENT) == goals("\n".join(table.lines({})))


@pytest.mark.parametrize("key, client, field, good, bad, short_margin", [
    ("cached", "id", "ratio", 2.6, 2.61, True),
    ("rsa-system", "id", "ratio", 0.4, 0.41, True),
    ("p256-built-in", "name", "memory", 1024, 1025, True),
    ("rsa-far", "name", "round trips", 4, 5, False),
    ("cached", "name", "connections", 0, 1, False),
    ("together", "together", "requests", 1, 2, False),
])
def test_a_lost_goal(key, client, field, good, bad, short_margin):
    """The long form accepts nothing above the goal; the short form 1.25 times the goal, but not
    for counts."""
    def lost(value: float, long: bool) -> int:
        return len(bench.lost_goals({key: {client: {field: value}}}, long))
    assert [lost(good, long=True), lost(bad, long=True)] == [0, 1]
    assert lost(bad, long=False) == (0 if short_margin else 1)
    assert lost(1.26 * bad, long=False) == 1


def test_rates_depend_on_the_machine():
    def lost(value: float, long: bool) -> int:
        return len(bench.lost_goals({"serve-64": {"serve-64": {"rate": value}}}, long))
    assert [lost(100_000, True), lost(99_999, True), lost(1, False)] == [0, 1, 0]
