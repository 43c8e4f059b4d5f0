# SPDX-License-Identifier: MIT
"""Bills of materials (SPDX 2.3 and CycloneDX 1.6) from vendor/lock, and the compiler's own library.

The numbers in them come from the content, so that the same release has the same files.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from package import TOP, Release

# Each name in vendor/lock: licence, supplier, and the name in the CPE dictionary.
KNOWN = {
    "musl": ("MIT AND BSD-2-Clause AND BSD-3-Clause", "Rich Felker and others", "musl-libc:musl"),
    "mbedtls": ("Apache-2.0", "the Mbed TLS contributors", "arm:mbed_tls"),
    "curl": ("curl", "Daniel Stenberg and many contributors", "haxx:libcurl"),
    "jsmn": ("MIT", "Serge Zaitsev", "zserge:jsmn"),
    "libmicrohttpd": ("LGPL-2.1-or-later OR GPL-2.0-or-later WITH eCos-exception-2.0",
                      "Christian Grothoff and others", "gnu:libmicrohttpd"),
    "libyaml": ("MIT", "Kirill Simonov and Ingy döt Net", "pyyaml:libyaml"),
    "ca-certificates": ("MPL-2.0", "Mozilla contributors", "mozilla:ca-certificates"),
}
# The compiler adds functions of its library, which vendor/lock does not name.
LIBGCC_LICENCE = "GPL-3.0-or-later WITH GCC-exception-3.1"
LIBGCC_SUPPLIER = "Free Software Foundation"
AUTHORS = "the duplojit authors"
NAMESPACE = uuid.UUID("2f5c8a0e-4f0b-5d0e-9d59-7b8c1a5e6d10")


@dataclass
class File:
    name: str
    sha256: str
    url: str | None  # of the project; None if only Debian's archive has it


@dataclass
class Library:
    """A library: its source, and the files with patches for it."""

    name: str
    version: str
    source: File
    patches: list[File] = field(default_factory=list)

    @property
    def upstream(self) -> str:
        return re.sub(r"-[^-]*$", "", self.version)

    @property
    def purl(self) -> str:
        version = self.version.replace("+", "%2B").replace("~", "%7E")
        return f"pkg:deb/debian/{self.name}@{version}?arch=source"

    @property
    def cpe(self) -> str:
        return f"cpe:2.3:a:{KNOWN[self.name][2]}:{self.upstream}:*:*:*:*:*:*:*"


@dataclass(frozen=True)
class Libgcc:
    """The library of a compiler; it has the version of that compiler."""

    version: str

    @property
    def purl(self) -> str:
        return f"pkg:generic/gcc@{self.version}#libgcc"

    @property
    def cpe(self) -> str:
        return f"cpe:2.3:a:gnu:gcc:{self.version}:*:*:*:*:*:*:*"


def read_lock(path: Path) -> list[Library]:
    """The libraries that a lock file names."""
    found: dict[str, Library] = {}
    for line in path.read_text().splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        name, version, file, sha256, _, url = words
        if name not in KNOWN:
            raise SystemExit(f"dist: {name} in vendor/lock is not in docker/dist/sbom.py: add it")
        entry = File(file, sha256, None if url == "-" else url)
        if name not in found:
            found[name] = Library(name, version, entry)
        else:
            found[name].patches.append(entry)
    return list(found.values())


def check_sources(libraries: list[Library], sources: Path) -> None:
    """The build may replace a file that Debian has removed; then vendor/lock is not what was
    built."""
    locked = {(library.name, file.name, file.sha256) for library in libraries
              for file in (library.source, *library.patches)}
    built = {tuple(line.split()) for line in (sources / "SOURCES").read_text().splitlines()}
    if locked != built:
        names = sorted({name for name, _, _ in locked ^ built})
        raise SystemExit("dist: built with other sources than vendor/lock names: "
                         f"{' '.join(names)}. Update vendor/lock")


def own_patches(library: Library) -> list[Path]:
    return sorted((TOP / "vendor/patches").glob(f"{library.name}-{library.upstream}-*.patch"))


def identifier(kind: str, release: Release, binaries: dict[str, bytes]) -> uuid.UUID:
    """The same for the same release and programs."""
    sums = [hashlib.sha256(data).hexdigest() for _, data in sorted(binaries.items())]
    return uuid.uuid5(NAMESPACE, " ".join([kind, release.version, str(release.epoch), *sums]))


def timestamp(release: Release) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release.epoch))


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def written(document: dict) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def spdx_package(name: str, version: str, licence: str, supplier: str, **more: object) -> dict:
    return {
        "SPDXID": "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name),
        "name": name,
        "versionInfo": version,
        "supplier": f"Organization: {supplier}",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        **more,
    }


def spdx_library(library: Library) -> list[dict]:
    """The library, then its packages with patches."""
    licence, supplier, _ = KNOWN[library.name]
    patches = [f"{path.name} (SHA-256 {sha256_of(path.read_bytes())})"
               for path in own_patches(library)]
    comment = {"comment": "Changed by vendor/patches/: " + ", ".join(patches)} if patches else {}
    packages = [spdx_package(library.name, library.version, licence, supplier, **comment,
                             externalRefs=references(library), **spdx_file(library.source))]
    return packages + [spdx_package(f"{library.name}-debian", library.version, licence, "Debian",
                                    **spdx_file(patch)) for patch in library.patches]


def references(part: Library | Libgcc) -> list[dict]:
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
             "referenceLocator": part.purl},
            {"referenceCategory": "SECURITY", "referenceType": "cpe23Type",
             "referenceLocator": part.cpe}]


def spdx_libgcc(part: Libgcc) -> dict:
    return {**spdx_package("libgcc", part.version, LIBGCC_LICENCE, LIBGCC_SUPPLIER,
                           externalRefs=references(part)),
            "SPDXID": f"SPDXRef-Package-libgcc-{part.version}"}


def spdx_file(file: File) -> dict:
    return {"downloadLocation": file.url or "NOASSERTION", "packageFileName": file.name,
            "checksums": [{"algorithm": "SHA256", "checksumValue": file.sha256}]}


def spdx_program(name: str, data: bytes) -> dict:
    return {"SPDXID": f"SPDXRef-File-{name}", "fileName": f"./{name}", "fileTypes": ["BINARY"],
            "checksums": [{"algorithm": "SHA1",
                           "checksumValue": hashlib.sha1(data, usedforsecurity=False).hexdigest()},
                          {"algorithm": "SHA256", "checksumValue": sha256_of(data)}],
            "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"}


def spdx(release: Release, libraries: list[Library], binaries: dict[str, bytes]) -> bytes:
    """An SPDX 2.3 document. binaries are the programs by their file names."""
    main = spdx_package("duplojit", release.version, "MIT", AUTHORS,
                        primaryPackagePurpose="APPLICATION",
                        **({"downloadLocation": f"git+{release.source}@{release.revision}"}
                           if release.source and release.revision else {}))
    packages = [main]
    links = [("SPDXRef-DOCUMENT", "DESCRIBES", main["SPDXID"])]
    for library in libraries:
        found = spdx_library(library)
        packages += found
        links.append((main["SPDXID"], "STATIC_LINK", found[0]["SPDXID"]))
        links += [(patch["SPDXID"], "PATCH_FOR", found[0]["SPDXID"]) for patch in found[1:]]
    for part in map(Libgcc, release.compilers):
        packages.append(spdx_libgcc(part))
        links.append((main["SPDXID"], "STATIC_LINK", packages[-1]["SPDXID"]))
    files = [spdx_program(name, data) for name, data in sorted(binaries.items())]
    links += [(main["SPDXID"], "GENERATES", file["SPDXID"]) for file in files]
    number = identifier("spdx", release, binaries)
    return written({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"duplojit-{release.version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/duplojit-{release.version}-{number}",
        "creationInfo": {"created": timestamp(release),
                         "creators": [f"Organization: {AUTHORS}", "Tool: duplojit-make-dist"]},
        "packages": packages,
        "files": files,
        "relationships": [{"spdxElementId": one, "relationshipType": kind,
                           "relatedSpdxElement": other} for one, kind, other in links],
    })


def cyclonedx_library(library: Library) -> dict:
    licence, supplier, _ = KNOWN[library.name]
    files = [library.source, *library.patches]
    return {
        "type": "data" if library.name == "ca-certificates" else "library",
        "bom-ref": library.purl,
        "supplier": {"name": supplier},
        "name": library.name,
        "version": library.version,
        "hashes": [{"alg": "SHA-256", "content": library.source.sha256}],
        "licenses": [{"expression": licence}],
        "cpe": library.cpe,
        "purl": library.purl,
        "externalReferences": [{"type": "source-distribution", "url": file.url or library.purl,
                                "hashes": [{"alg": "SHA-256", "content": file.sha256}]}
                               for file in files],
        **({"pedigree": {"patches": [
            {"type": "unofficial",
             "diff": {"text": {"contentType": "text/x-diff", "content": path.read_text()}}}
            for path in own_patches(library)]}} if own_patches(library) else {}),
    }


def cyclonedx_libgcc(part: Libgcc) -> dict:
    return {
        "type": "library",
        "bom-ref": part.purl,
        "supplier": {"name": LIBGCC_SUPPLIER},
        "name": "libgcc",
        "version": part.version,
        "licenses": [{"expression": LIBGCC_LICENCE}],
        "cpe": part.cpe,
        "purl": part.purl,
    }


def cyclonedx(release: Release, libraries: list[Library], binaries: dict[str, bytes]) -> bytes:
    """A CycloneDX 1.6 document. binaries are the programs by their file names."""
    main = f"pkg:generic/duplojit@{release.version}"
    programs = [{"type": "file", "bom-ref": name, "name": name,
                 "hashes": [{"alg": "SHA-256", "content": sha256_of(data)}]}
                for name, data in sorted(binaries.items())]
    source = [{"type": "vcs", "url": release.source}] if release.source else []
    components = [*map(cyclonedx_library, libraries),
                  *map(cyclonedx_libgcc, map(Libgcc, release.compilers))]
    return written({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{identifier('cyclonedx', release, binaries)}",
        "version": 1,
        "metadata": {
            "timestamp": timestamp(release),
            "component": {
                "type": "application", "bom-ref": main, "supplier": {"name": AUTHORS},
                "name": "duplojit", "version": release.version, "purl": main,
                "licenses": [{"expression": "MIT"}], "components": programs,
                **({"externalReferences": source} if source else {}),
            },
        },
        "components": components,
        "dependencies": [{"ref": main, "dependsOn": [part["purl"] for part in components]},
                         *({"ref": part["purl"]} for part in components)],
    })
