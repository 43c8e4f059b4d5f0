# SPDX-License-Identifier: MIT
"""Release notes are the section of the version in CHANGELOG.md."""

from __future__ import annotations

import sys

import pytest

from conftest import TOP, VERSION

sys.path.insert(0, str(TOP / "docker/dist"))
import notes  # noqa: E402

CHANGES = """# Changes

## [Unreleased]

## [1.0.10] - 2026-12-25

- Not this.

## [1.0.1] - 2026-12-24

- Fixes a bug.

### Security

- Fixes another.

## [1.0.0] - not yet

## [0.9.0] - 2026-11-30

- The first [release](docs).

[1.0.1]: ../../releases/tag/v1.0.1
[0.9.0]: ../../releases/tag/v0.9.0
"""


def test_section():
    assert notes.section(CHANGES, "1.0.1") == ("- Fixes a bug.\n\n### Security\n\n"
                                               "- Fixes another.")


def test_the_last_section_ends_before_the_links():
    assert notes.section(CHANGES, "0.9.0") == "- The first [release](docs)."


@pytest.mark.parametrize("version, reason", [
    ("1.0.2", "CHANGELOG.md has no section for 1.0.2"),
    ("1.0.0", "the section for 1.0.0 in CHANGELOG.md has no date"),
    ("1x0.1", "CHANGELOG.md has no section for 1x0.1"),
])
def test_sections_that_cannot_be_released(version, reason):
    with pytest.raises(SystemExit, match=f"^notes: {reason}$"):
        notes.section(CHANGES, version)


def test_a_tag_of_another_version(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["notes.py", "0.0.0"])
    with pytest.raises(SystemExit, match="^notes: the tag is for 0.0.0, and VERSION in the "
                                         f"Makefile is {VERSION}$"):
        notes.main()
