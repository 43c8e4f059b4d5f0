# SPDX-License-Identifier: MIT
"""Archives whose bytes depend only on their content: names sorted, root as owner, one time."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A file in an archive; its folders are added."""

    path: str
    data: bytes
    mode: int = 0o644


def gzip_bytes(data: bytes) -> bytes:
    """A gzip file without a name and a time; headers of the gzip module depend on its version."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    header = b"\x1f\x8b\x08\x00" + struct.pack("<I", 0) + b"\x02\x03"
    return header + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def tar_bytes(entries: list[Entry], epoch: int, top: str = "") -> bytes:
    """A tarball of the entries; top goes before each name and is itself a folder in it."""
    files = {top + entry.path: entry for entry in entries}
    folders = {name[:at + 1] for name in files for at, sign in enumerate(name) if sign == "/"}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted([*files, *folders]):
            info = tarfile.TarInfo(name)
            info.mtime = epoch
            entry = files.get(name)
            if entry is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
            else:
                info.size, info.mode = len(entry.data), entry.mode
                tar.addfile(info, io.BytesIO(entry.data))
    return out.getvalue()


def ar_bytes(members: list[tuple[str, bytes]], epoch: int) -> bytes:
    """An ar archive in the given order, as dpkg reads it."""
    out = b"!<arch>\n"
    for name, data in members:
        header = f"{name:<16}{epoch:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n"
        out += header.encode() + data + b"\n" * (len(data) % 2)
    return out
