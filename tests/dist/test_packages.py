# SPDX-License-Identifier: MIT
"""The programs, the tarballs and the Debian packages: each is unpacked or installed, and run."""

from __future__ import annotations

import filecmp
import gzip
import io
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from conftest import (ARCH, ARCHES, DIST, LIMIT_S, LOCK, TOP, VERSION, artefact, call,
                      make_environment, members, readme_command, sha256)

LIBRARIES = sorted({"libgcc", *(words[0] for words in LOCK)})
# The machine in the header of an ELF file.
MACHINES = {"amd64": 62, "arm64": 183}
# dpkg needs root, or a user namespace in which it is root.
AS_ROOT = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]


def parts_of(deb) -> dict[str, bytes]:
    """The members of an ar archive."""
    data, at, found = deb.read_bytes(), 8, {}
    assert data.startswith(b"!<arch>\n")
    while at < len(data):
        name, size = data[at:at + 16].decode().strip(), int(data[at + 48:at + 58])
        found[name] = data[at + 60:at + 60 + size]
        at += 60 + size + size % 2
    return found


@pytest.fixture
def installed(tmp_path):
    """A folder in which README's command has installed the package of this machine's architecture.
    The shell finds the file among all files of the release."""
    root = tmp_path / "root"
    for name in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / name).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    install = readme_command("sudo dpkg")
    assert "-linux-amd64" in install
    dpkg = shlex.join([*AS_ROOT, "dpkg", f"--root={root}", "--log=/dev/null"])
    call("sh", "-ec", install.replace("sudo dpkg", dpkg).replace("-amd64", f"-{ARCH}"), cwd=DIST)
    return root


def test_sums():
    """sha256sum accepts every file, and every file is listed."""
    call("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=DIST)
    listed = [line.split()[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()]
    assert listed == sorted(path.name for path in DIST.iterdir() if path.name != "SHA256SUMS")


@pytest.mark.parametrize("arch", ARCHES)
def test_each_architecture_has_its_files(arch):
    header = artefact(arch).read_bytes()[:20]
    assert header[:4] == b"\x7fELF" and header[18] == MACHINES[arch]
    assert artefact(arch, ".tar.gz").exists() and artefact(arch, ".deb").exists()


def test_program(check_program):
    assert os.access(artefact(ARCH), os.X_OK)
    check_program(artefact(ARCH))


def test_program_for_another_architecture(check_program):
    """In an emulator, if there is one."""
    others = [arch for arch in ARCHES if arch != ARCH]
    emulators = {"amd64": shutil.which("qemu-x86_64"), "arm64": shutil.which("qemu-aarch64")}
    if not others or not emulators[others[0]]:
        pytest.skip("no other architecture, or no emulator for it")
    check_program(emulators[others[0]], artefact(others[0]))


def test_tarball(check_program, tmp_path):
    """It fits below a prefix."""
    call("tar", "-C", tmp_path, "--strip-components=1", "-xzf", artefact(ARCH, ".tar.gz"))
    assert sha256(tmp_path / "bin/duplojit") == sha256(artefact(ARCH))
    check_program(tmp_path / "bin/duplojit")


@pytest.mark.parametrize("arch", ARCHES)
def test_members_of_the_tarball(arch):
    """One folder, root as owner, the same time, and modes that do not depend on the umask."""
    found = members(artefact(arch, ".tar.gz"))
    assert {name.split("/")[0] for name in found} == {artefact(arch).name}
    assert {(member.uid, member.gid, member.uname, member.gname) for member in found.values()} == {
        (0, 0, "", "")}
    assert len({member.mtime for member in found.values()}) == 1
    assert {name for name, member in found.items() if member.mode != 0o644 and member.isfile()} == {
        f"{artefact(arch).name}/bin/duplojit"}
    doc = f"{artefact(arch).name}/share/doc/duplojit"
    assert {f"{doc}/{name}" for name in ("LICENSE", "LICENSES.md", "CHANGELOG.md")} <= set(found)
    assert [name for name in found if name.startswith(f"{doc}/libraries/")] == [
        f"{doc}/libraries/{name}.txt" for name in LIBRARIES]


def test_licences_are_those_of_the_libraries(tmp_path):
    call("tar", "-C", tmp_path, "--strip-components=4", "-xzf", artefact(ARCH, ".tar.gz"),
         "--wildcards", "*/share/doc/duplojit/*")
    wanted = {"musl": "MIT", "mbedtls": "Apache License", "curl": "Daniel Stenberg",
              "jsmn": "Serge", "libmicrohttpd": "GNU Lesser", "libyaml": "Simonov",
              "ca-certificates": "Mozilla Public License",
              "libgcc": "GCC RUNTIME LIBRARY EXCEPTION"}
    assert sorted(wanted) == LIBRARIES
    for name, text in wanted.items():
        assert text in (tmp_path / f"libraries/{name}.txt").read_text(), name


def test_debian_package(check_program, installed):
    check_program(installed / "usr/bin/duplojit")
    assert call("dpkg", f"--root={installed}", "--verify", "duplojit") == ""
    assert (installed / "usr/share/doc/duplojit/copyright").read_text().startswith(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n")


def test_manual_pages_and_completions(installed, tmp_path):
    """The same in both packages; each completion is one that its shell loads."""
    prefix = tmp_path / "prefix"
    prefix.mkdir()
    call("tar", "-C", prefix, "--strip-components=1", "-xzf", artefact(ARCH, ".tar.gz"))
    pages = sorted(path.name for path in (prefix / "share/man/man1").iterdir())
    assert {"duplojit.1", "duplojit-aws.1", "duplojit-serve.1"} <= set(pages)
    for name in pages:
        packed = (installed / f"usr/share/man/man1/{name}.gz").read_bytes()
        assert gzip.decompress(packed) == (prefix / "share/man/man1" / name).read_bytes()
    for file, zsh in ((prefix / "share", "site-functions"),
                      (installed / "usr/share", "vendor-completions")):
        bash = file / "bash-completion/completions/duplojit"
        shown = call("bash", "-c", f"source '{bash}' && complete -p duplojit")
        assert shown.endswith(" duplojit\n")
        assert (file / f"zsh/{zsh}/_duplojit").read_text().startswith("#compdef duplojit")
        fish = file / "fish/vendor_completions.d/duplojit.fish"
        assert "complete -c duplojit" in fish.read_text()


def test_debian_package_is_removed_completely(installed):
    call(*AS_ROOT, "dpkg", f"--root={installed}", "--log=/dev/null", "--purge", "duplojit")
    assert [path for path in installed.rglob("*duplojit*")] == []


@pytest.mark.parametrize("arch", ARCHES)
def test_fields_of_the_debian_package(arch):
    fields = dict(line.split(": ", 1) for line in call(
        "dpkg-deb", "--field", artefact(arch, ".deb")).splitlines() if not line.startswith(" "))
    assert (fields["Package"], fields["Version"], fields["Architecture"]) == (
        "duplojit", VERSION, arch)
    assert "Depends" not in fields
    listed = call("dpkg-deb", "--contents", artefact(arch, ".deb")).splitlines()
    assert {line.split()[1] for line in listed} == {"0/0"}
    assert {line.split()[0] for line in listed} == {"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"}
    programs = [line.split()[-1] for line in listed if line.startswith("-rwx")]
    assert programs == ["./usr/bin/duplojit"]
    for name in ("control.tar.gz", "data.tar.gz"):
        members(io.BytesIO(parts_of(artefact(arch, ".deb"))[name]))


def test_lintian():
    if not shutil.which("lintian"):
        pytest.skip("lintian is not installed")
    found = call("lintian", "--allow-root", "--fail-on", "none",
                 *(artefact(arch, ".deb") for arch in ARCHES))
    assert [line for line in found.splitlines() if line[:2] in ("E:", "W:")] == []


def test_a_second_run_writes_the_same_bytes(tmp_path):
    """With another umask, time zone, language and home."""
    environment = {**make_environment(), "TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8",
                   "LC_ALL": "tr_TR.UTF-8", "HOME": str(tmp_path)}
    out = tmp_path / "deep/er"
    done = subprocess.run(["make", "-C", str(TOP), "dist", f"O={os.environ['O']}", f"DIST={out}",
                           f"ARCHES={' '.join(ARCHES)}"], umask=0o077, env=environment,
                          capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in DIST.iterdir())
    assert sorted(path.name for path in out.iterdir()) == names
    assert filecmp.cmpfiles(DIST, out, names, shallow=False) == (names, [], [])


def test_sources_that_the_lock_does_not_name(tmp_path):
    """The bill of materials would be wrong."""
    sources = tmp_path / "src"
    sources.mkdir()
    (sources / "SOURCES").write_text("".join(
        f"{name} {file} {'0' * 64 if name == 'jsmn' else checksum}\n"
        for name, _, file, checksum, *_ in LOCK))
    options = [f"--{name}={tmp_path}" for name in ("man", "completions", "out")]
    done = subprocess.run([sys.executable, TOP / "docker/dist/dist.py", *options, "--version=1",
                           "--epoch=1", "--revision=", "--source=", "--maintainer=A <a@b>",
                           "--compiler=1.0", f"--sources={sources}", f"{ARCH}={artefact(ARCH)}"],
                          capture_output=True, text=True, timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (1, "dist: built with other sources than vendor/lock "
                                                 "names: jsmn. Update vendor/lock\n")
