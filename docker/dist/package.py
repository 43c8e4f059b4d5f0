# SPDX-License-Identifier: MIT
"""The files of an installation, as a .tar.gz and as a .deb."""

from __future__ import annotations

import hashlib
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from archive import Entry, ar_bytes, gzip_bytes, tar_bytes

TOP = Path(__file__).resolve().parent.parent.parent
SUMMARY = "short-lived AWS credentials for a DuploCloud token"
# The licence inside the source tarball of each name in vendor/lock.
LICENCES = {
    "musl": "COPYRIGHT",
    "mbedtls": "LICENSE",
    "curl": "COPYING",
    "jsmn": "LICENSE",
    "libmicrohttpd": "COPYING",
    "libyaml": "License",
    "ca-certificates": "debian/copyright",
}
DESCRIPTION = f"""{SUMMARY}
 One static binary that exchanges a DuploCloud token for short-lived AWS
 credentials and makes them available to programs: as a credential process,
 environment, credentials file, or container credential endpoint.
 .
 It contains its libraries and Mozilla's root certificates."""
# What lintian finds by design.
OVERRIDES = """# One file that runs in an empty container: it contains musl and all libraries.
duplojit: shared-library-lacks-prerequisites [usr/bin/duplojit]
duplojit: embedded-library libyaml [usr/bin/duplojit]
"""


@dataclass(frozen=True)
class Release:
    """What all artefacts of a release share."""

    version: str
    epoch: int
    revision: str
    source: str
    maintainer: str
    compilers: tuple[str, ...]  # their versions
    sources: Path
    man: Path
    completions: Path

    def name(self, arch: str) -> str:
        return f"duplojit-{self.version}-linux-{arch}"


def licence_entries(release: Release) -> list[Entry]:
    """The list of the libraries, and the licence of each."""
    found = [Entry("LICENSES.md", (TOP / "vendor/LICENSES.md").read_bytes())]
    for line in (release.sources / "SOURCES").read_text().splitlines():
        name, file, _ = line.split()
        if ".debian.tar." in file:
            continue
        if name not in LICENCES:
            raise SystemExit(f"dist: {name} has no licence in docker/dist/package.py: add it")
        with tarfile.open(release.sources / file) as tar:
            for member in tar:
                if member.name.partition("/")[2] == LICENCES[name]:
                    text = tar.extractfile(member).read()
                    found.append(Entry(f"libraries/{name}.txt", text))
                    break
            else:
                raise SystemExit(f"dist: {file} has no {LICENCES[name]}")
    # The compiler's own library. Its exception is all that concerns a program compiled with GCC.
    return [*found, Entry("libraries/libgcc.txt", (TOP / "docker/dist/libgcc.txt").read_bytes())]


def manual_entries(release: Release) -> list[Entry]:
    """Man pages and completions, below share/."""
    pages = [Entry(f"man/man1/{path.name}", path.read_bytes())
             for path in sorted(release.man.glob("*.1"))]
    if not pages:
        raise SystemExit(f"dist: {release.man} has no manual pages")
    places = {"duplojit.bash": "bash-completion/completions/duplojit",
              "_duplojit": "zsh/{zsh}/_duplojit",
              "duplojit.fish": "fish/vendor_completions.d/duplojit.fish"}
    return pages + [Entry(place, (release.completions / name).read_bytes())
                    for name, place in places.items()]


def program(binary: Path) -> Entry:
    return Entry("bin/duplojit", binary.read_bytes(), 0o755)


def tarball(release: Release, arch: str, binary: Path) -> bytes:
    """A .tar.gz with one folder, whose content fits below /usr/local."""
    share = [Entry("share/" + entry.path.format(zsh="site-functions"), entry.data)
             for entry in manual_entries(release)]
    doc = [*licence_entries(release), Entry("LICENSE", (TOP / "LICENSE").read_bytes()),
           Entry("CHANGELOG.md", (TOP / "CHANGELOG.md").read_bytes())]
    doc = [Entry("share/doc/duplojit/" + entry.path, entry.data) for entry in doc]
    entries = [program(binary), *share, *doc]
    return gzip_bytes(tar_bytes(entries, release.epoch, release.name(arch) + "/"))


def copyright_file(release: Release) -> bytes:
    """Debian's copyright file; the licences of the libraries are beside it."""
    title, _, rest = (TOP / "LICENSE").read_text().partition("\n\n")
    holder, _, text = rest.partition("\n\n")
    if title != "MIT License" or not holder.startswith("Copyright (c) "):
        raise SystemExit("dist: LICENSE does not begin with its title and its holder")
    licence = "".join(f" {line or '.'}\n" for line in text.strip().splitlines())
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: duplojit\n"
        + (f"Source: {release.source}\n" if release.source else "") +
        "Comment: The program contains the libraries that LICENSES.md in this folder lists.\n"
        " Their licences are in the folder libraries.\n\n"
        f"Files: *\nCopyright: {holder.removeprefix('Copyright (c) ')}\nLicense: Expat\n{licence}"
    ).encode()


def changelog(release: Release) -> bytes:
    """Debian's changelog; CHANGELOG.md, beside it, names the changes."""
    # Names of days and months in English, in any locale.
    now = time.gmtime(release.epoch)
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[now.tm_wday]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
             "Dec")[now.tm_mon - 1]
    date = f"{day}, {now.tm_mday:02} {month} {time.strftime('%Y %H:%M:%S', now)} +0000"
    return (f"duplojit ({release.version}) unstable; urgency=medium\n\n"
            f"  * Release {release.version}: see CHANGELOG.md.\n\n"
            f" -- {release.maintainer}  {date}\n").encode()


def deb_files(release: Release, binary: Path) -> list[Entry]:
    share = []
    for entry in manual_entries(release):
        if entry.path.startswith("man/"):
            share.append(Entry(entry.path + ".gz", gzip_bytes(entry.data)))
        else:
            share.append(Entry(entry.path.format(zsh="vendor-completions"), entry.data))
    share += [Entry(f"doc/duplojit/{entry.path}", entry.data)
              for entry in licence_entries(release)]
    share += [Entry("doc/duplojit/copyright", copyright_file(release)),
              Entry("doc/duplojit/changelog.gz", gzip_bytes(changelog(release))),
              Entry("doc/duplojit/CHANGELOG.md.gz",
                    gzip_bytes((TOP / "CHANGELOG.md").read_bytes())),
              Entry("lintian/overrides/duplojit", OVERRIDES.encode())]
    return [Entry("usr/bin/duplojit", binary.read_bytes(), 0o755),
            *(Entry("usr/share/" + entry.path, entry.data) for entry in share)]


def deb(release: Release, arch: str, binary: Path) -> bytes:
    """A Debian package. It is written here, because dpkg-deb writes other bytes in each version."""
    files = deb_files(release, binary)
    size_kb = sum((len(entry.data) + 1023) // 1024 for entry in files)
    fields = {
        "Package": "duplojit",
        "Version": release.version,
        "Architecture": arch,
        "Maintainer": release.maintainer,
        "Installed-Size": size_kb,
        "Section": "admin",
        "Priority": "optional",
        "Suggests": "bash-completion, sensible-utils",
        **({"Homepage": release.source} if release.source else {}),
        "Description": DESCRIPTION,
    }
    control = "".join(f"{name}: {value}\n" for name, value in fields.items())
    sums = "".join(f"{hashlib.md5(entry.data, usedforsecurity=False).hexdigest()}  {entry.path}\n"
                   for entry in sorted(files, key=lambda entry: entry.path))
    control_tar = tar_bytes([Entry("control", control.encode()), Entry("md5sums", sums.encode())],
                            release.epoch, "./")
    return ar_bytes([("debian-binary", b"2.0\n"), ("control.tar.gz", gzip_bytes(control_tar)),
                     ("data.tar.gz", gzip_bytes(tar_bytes(files, release.epoch, "./")))],
                    release.epoch)
