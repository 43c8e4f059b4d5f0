# SPDX-License-Identifier: MIT
"""The bills of materials: public validators accept them, and they agree with vendor/lock."""

from __future__ import annotations

import json
import os
import re

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.model import RelationshipType
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from conftest import ARCHES, DIST, LOCK, TOP, VERSION, artefact, call, sha256

SPDX = DIST / f"duplojit-{VERSION}.spdx.json"
CYCLONEDX = DIST / f"duplojit-{VERSION}.cdx.json"
# Name, version and checksum of the source of each library, which is its first file in vendor/lock.
SOURCES = {name: (version, checksum) for name, version, _, checksum, *_ in reversed(LOCK)}
CHECKSUMS = sorted(words[3] for words in LOCK)
COMPILER = call(*os.environ["CC"].split(), "-dumpfullversion").strip()
# The name of each in vendor/LICENSES.md.
ROWS = {"musl": "musl", "mbedtls": "mbedTLS", "curl": "libcurl", "jsmn": "jsmn",
        "libmicrohttpd": "libmicrohttpd, without HTTPS", "libyaml": "libyaml, the parser",
        "ca-certificates": "Mozilla's root certificates",
        "libgcc": "GCC's run-time library, libgcc"}


def test_spdx_is_valid():
    document = parse_file(str(SPDX))
    assert validate_full_spdx_document(document) == []
    assert document.creation_info.spdx_version == "SPDX-2.3"


def test_spdx_agrees_with_the_lock():
    document = parse_file(str(SPDX))
    checksums = [sum_.value for package in document.packages for sum_ in package.checksums]
    assert sorted(checksums) == CHECKSUMS
    linked = {link.related_spdx_element_id for link in document.relationships
              if link.relationship_type == RelationshipType.STATIC_LINK}
    found = [package for package in document.packages if package.spdx_id in linked]
    assert {package.name: (package.version, package.checksums[0].value)
            for package in found if package.name != "libgcc"} == SOURCES
    assert COMPILER in {package.version for package in found if package.name == "libgcc"}


def test_cyclonedx_is_valid():
    text = CYCLONEDX.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    # The schema accepts any version here.
    assert json.loads(text)["specVersion"] == "1.6"


def test_cyclonedx_agrees_with_the_lock():
    document = json.loads(CYCLONEDX.read_text())
    found = document["components"]
    locked = [part for part in found if part["name"] != "libgcc"]
    assert {part["name"]: (part["version"], part["hashes"][0]["content"])
            for part in locked} == SOURCES
    assert COMPILER in {part["version"] for part in found if part["name"] == "libgcc"}
    assert sorted(sum_["content"] for part in locked for file in part["externalReferences"]
                  for sum_ in file["hashes"]) == CHECKSUMS
    main, *others = document["dependencies"]
    assert main["dependsOn"] == [part["purl"] for part in found] == [part["ref"] for part in others]


def test_both_name_the_programs():
    wanted = {artefact(arch).name: sha256(artefact(arch)) for arch in ARCHES}
    spdx = json.loads(SPDX.read_text())["files"]
    assert {file["fileName"].removeprefix("./"): file["checksums"][1]["checksumValue"]
            for file in spdx} == wanted
    main = json.loads(CYCLONEDX.read_text())["metadata"]["component"]
    assert main["version"] == VERSION
    assert {part["name"]: part["hashes"][0]["content"] for part in main["components"]} == wanted


def test_patches_of_this_project_are_named():
    patches = sorted(path for path in (TOP / "vendor/patches").iterdir())
    text = json.dumps(json.loads(SPDX.read_text()))
    diffs = [patch["diff"]["text"]["content"]
             for part in json.loads(CYCLONEDX.read_text())["components"]
             for patch in part.get("pedigree", {}).get("patches", [])]
    assert patches and sorted(diffs) == sorted(path.read_text() for path in patches)
    assert all(f"{path.name} (SHA-256 {sha256(path)})" in text for path in patches)


def test_licences_are_those_of_the_table():
    """vendor/LICENSES.md, for people, has the same libraries with the same licences."""
    text = (TOP / "vendor/LICENSES.md").read_text()
    table = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", text, re.M)[2:])
    components = json.loads(CYCLONEDX.read_text())["components"]
    packages = json.loads(SPDX.read_text())["packages"]
    assert sorted(table) == sorted(ROWS.values())
    assert {part["name"] for part in components} == set(ROWS)
    assert {package["name"].removesuffix("-debian") for package in packages} == {*ROWS, "duplojit"}
    for part in components:
        for word in part["licenses"][0]["expression"].split():
            assert (word in ("AND", "OR", "WITH") or "-exception-" in word
                    or word in table[ROWS[part["name"]]]), word
