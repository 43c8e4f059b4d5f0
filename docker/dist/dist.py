# SPDX-License-Identifier: MIT
"""Writes the files of a release to a folder. Needs Python 3.10 and nothing else.

usage: dist.py --out DIR ... ARCH=BINARY...
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
from pathlib import Path

import image
import package
import sbom


def compiler_version(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)+", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not the version of a compiler")
    return text


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("version", "epoch", "revision", "source", "maintainer", "sources", "man",
                 "completions", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--compiler", required=True, action="append", dest="compilers",
                        type=compiler_version, metavar="VERSION")
    parser.add_argument("binaries", nargs="+", metavar="ARCH=BINARY")
    return parser.parse_args()


def artefacts(release: package.Release, binaries: dict[str, Path]) -> dict[str, bytes]:
    files = {}
    libraries = sbom.read_lock(package.TOP / "vendor/lock")
    sbom.check_sources(libraries, release.sources)
    for arch, binary in binaries.items():
        name = release.name(arch)
        files[name] = binary.read_bytes()
        files[f"{name}.tar.gz"] = package.tarball(release, arch, binary)
        files[f"{name}.deb"] = package.deb(release, arch, binary)
    files[f"duplojit-{release.version}-image.tar"] = image.image(release, binaries)
    programs = {release.name(arch): binary.read_bytes() for arch, binary in binaries.items()}
    files[f"duplojit-{release.version}.spdx.json"] = sbom.spdx(release, libraries, programs)
    files[f"duplojit-{release.version}.cdx.json"] = sbom.cyclonedx(release, libraries, programs)
    return files


def main() -> None:
    given = arguments()
    release = package.Release(
        version=given.version, epoch=int(given.epoch), revision=given.revision,
        source=given.source, maintainer=given.maintainer,
        compilers=tuple(sorted(set(given.compilers))), sources=Path(given.sources),
        man=Path(given.man), completions=Path(given.completions))
    binaries = {arch: Path(path) for arch, _, path in (word.partition("=")
                                                       for word in given.binaries)}
    files = artefacts(release, binaries)
    out = Path(given.out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    sums = ""
    for name, data in sorted(files.items()):
        (out / name).write_bytes(data)
        is_program = name in (release.name(arch) for arch in binaries)
        (out / name).chmod(0o755 if is_program else 0o644)
        sums += f"{hashlib.sha256(data).hexdigest()}  {name}\n"
    (out / "SHA256SUMS").write_text(sums)
    (out / "SHA256SUMS").chmod(0o644)


if __name__ == "__main__":
    main()
