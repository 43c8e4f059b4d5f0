# SPDX-License-Identifier: MIT
"""A container image for all architectures, without a daemon.

The file is an OCI image layout in a tarball, with one index. A manifest.json, as `docker save`
writes it, lists the same blobs for programs that do not read OCI layouts.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

from archive import Entry, gzip_bytes, tar_bytes
from package import SUMMARY, Release

TYPE = "application/vnd.oci.image."
NANOSECONDS = 1_000_000_000


def json_bytes(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Blobs:
    """The blobs of a layout by their digest."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def add(self, data: bytes, kind: str) -> dict:
        """Stores a blob and returns its descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        self.entries[digest] = Entry(f"blobs/sha256/{digest}", data)
        return {"mediaType": TYPE + kind, "digest": f"sha256:{digest}", "size": len(data)}


def path_of(descriptor: dict) -> str:
    return "blobs/" + descriptor["digest"].replace(":", "/")


def labels(release: Release) -> dict[str, str]:
    found = {
        "title": "duplojit",
        "description": SUMMARY,
        "licenses": "MIT",
        "vendor": "the duplojit authors",
        "version": release.version,
        "revision": release.revision,
        "source": release.source,
        "url": release.source,
        "documentation": release.source and f"{release.source}#readme",
        "created": created(release),
    }
    return {f"org.opencontainers.image.{name}": text for name, text in found.items() if text}


def created(release: Release) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(release.epoch))


def config(release: Release, arch: str, layer: bytes) -> dict:
    """The configuration. OCI has no health check; Docker reads it from the same place."""
    return {
        "created": created(release),
        "author": "the duplojit authors",
        "architecture": arch,
        "os": "linux",
        "config": {
            "User": "65532:65532",
            "Entrypoint": ["/duplojit"],
            "WorkingDir": "/",
            "Labels": labels(release),
            "Healthcheck": {
                "Test": ["CMD", "/duplojit", "healthcheck"],
                "Interval": 30 * NANOSECONDS,
                "Timeout": 3 * NANOSECONDS,
                "StartPeriod": 10 * NANOSECONDS,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
        "history": [{"created": created(release), "created_by": "make dist",
                     "comment": "duplojit"}],
    }


def image(release: Release, binaries: dict[str, Path]) -> bytes:
    """The tarball. docker load adds duplojit:VERSION-ARCH for each architecture; programs that read
    the index choose the architecture of the machine."""
    blobs = Blobs()
    manifests, docker = [], []
    notes = {name: text for name, text in labels(release).items()}
    for arch, binary in sorted(binaries.items()):
        layer = tar_bytes([Entry("duplojit", binary.read_bytes(), 0o755)], release.epoch)
        parts = {
            "config": blobs.add(json_bytes(config(release, arch, layer)), "config.v1+json"),
            "layers": [blobs.add(gzip_bytes(layer), "layer.v1.tar+gzip")],
        }
        manifest = {"schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json", **parts,
                    "annotations": notes}
        platform = {"architecture": arch, "os": "linux"}
        if arch == "arm64":
            platform["variant"] = "v8"
        manifests.append({**blobs.add(json_bytes(manifest), "manifest.v1+json"),
                          "platform": platform})
        docker.append({"Config": path_of(parts["config"]),
                       "RepoTags": [f"duplojit:{release.version}-{arch}"],
                       "Layers": [path_of(layer) for layer in parts["layers"]]})
    index = {"schemaVersion": 2, "mediaType": TYPE + "index.v1+json", "manifests": manifests,
             "annotations": notes}
    top = {**blobs.add(json_bytes(index), "index.v1+json"),
           "annotations": {"org.opencontainers.image.ref.name": release.version,
                           "io.containerd.image.name":
                               f"docker.io/library/duplojit:{release.version}"}}
    files = [
        Entry("oci-layout", json_bytes({"imageLayoutVersion": "1.0.0"})),
        Entry("index.json", json_bytes({"schemaVersion": 2, "mediaType": TYPE + "index.v1+json",
                                        "manifests": [top]})),
        Entry("manifest.json", json_bytes(docker)),
        *blobs.entries.values(),
    ]
    return tar_bytes(files, release.epoch)
