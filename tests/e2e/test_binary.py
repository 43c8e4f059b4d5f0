# SPDX-License-Identifier: MIT
"""The binary as a file, and its hardening while it runs."""

from __future__ import annotations

import os
import re
import resource
import signal
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

import rights
from conftest import BIN, BIN_FILE, LIMIT_S, TESTS, identity, wait_until
from strace import find_strace

SIZE_MAX = 786_432  # 768 KiB, including Mozilla's roots
SIZE_MAX_ARM64 = 800_000  # its instructions are longer
PAGE = 4096

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
PT_GNU_STACK, PT_GNU_RELRO = 0x6474E551, 0x6474E552
DT_NEEDED, DT_FLAGS_1, DT_TEXTREL, DT_RPATH, DT_RUNPATH = 1, 0x6FFFFFFB, 22, 15, 29
DT_RELASZ, DT_RELRSZ = 8, 35
DF_1_NOW, DF_1_PIE = 0x1, 0x08000000
ET_DYN = 3
EM_AARCH64 = 183


@dataclass
class Segment:
    kind: int
    flags: int
    offset: int
    address: int
    file_len: int
    memory_len: int


class Elf:
    """The parts of a 64-bit ELF file that the tests need."""

    def __init__(self, path: Path):
        self.data = data = path.read_bytes()
        assert data[:7] == b"\x7fELF\x02\x01\x01"
        self.type, self.machine = struct.unpack_from("<HH", data, 16)
        program_at, section_at = struct.unpack_from("<QQ", data, 32)
        size, count, section_size, section_count, names = struct.unpack_from("<HHHHH", data, 54)
        self.segments = []
        for i in range(count):
            kind, flags, offset, address, _, file_len, memory_len = struct.unpack_from(
                "<IIQQQQQ", data, program_at + i * size)
            self.segments.append(Segment(kind, flags, offset, address, file_len, memory_len))
        headers = [struct.unpack_from("<IIQQQQ", data, section_at + i * section_size)
                   for i in range(section_count)]
        strings = headers[names][4]
        self.sections = {self.text(strings + h[0]): data[h[4]:h[4] + h[5]] if h[1] != 8 else b""
                         for h in headers}

    def text(self, at: int) -> str:
        return self.data[at:self.data.index(b"\0", at)].decode()

    def find(self, kind: int) -> list[Segment]:
        return [s for s in self.segments if s.kind == kind]

    def dynamic(self) -> dict[int, int]:
        at = self.find(PT_DYNAMIC)[0]
        return dict(struct.iter_unpack("<qQ", self.data[at.offset:at.offset + at.file_len]))


@pytest.fixture(scope="module")
def elf() -> Elf:
    return Elf(BIN_FILE)


def test_size(elf):
    limit = SIZE_MAX_ARM64 if elf.machine == EM_AARCH64 else SIZE_MAX
    assert BIN_FILE.stat().st_size <= limit


def test_relocations_are_packed(elf):
    """In bits, instead of 24 bytes for each."""
    dynamic = elf.dynamic()
    assert 0 < dynamic[DT_RELRSZ] <= 1024
    assert dynamic.get(DT_RELASZ, 0) == 0


def test_no_interpreter_and_no_library(elf):
    assert elf.find(PT_INTERP) == []
    assert not {DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_TEXTREL} & set(elf.dynamic())


def test_is_a_static_pie(elf):
    assert elf.type == ET_DYN
    flags = elf.dynamic()[DT_FLAGS_1]
    assert flags & DF_1_PIE and flags & DF_1_NOW


def test_no_segment_is_writable_and_executable(elf):
    (stack,) = elf.find(PT_GNU_STACK)
    assert stack.flags & 1 == 0
    assert all(s.flags & 3 != 3 for s in elf.find(PT_LOAD))
    assert [s.flags & 1 for s in elf.find(PT_LOAD)].count(1) == 1


def test_is_stripped_and_links_to_its_debug_file(elf):
    assert not {".symtab", ".debug_info", ".comment"} & set(elf.sections)
    link = elf.sections[".gnu_debuglink"]
    name = link[:link.index(b"\0")].decode()
    assert name == "duplojit.debug"
    debug = BIN_FILE.with_name(name)
    checksum, = struct.unpack("<I", link[-4:])
    assert zlib.crc32(debug.read_bytes()) == checksum
    assert {".symtab", ".debug_info"} <= set(Elf(debug).sections)


def test_one_section_of_read_only_data(elf):
    """valgrind 3.24 stops at a program that has two."""
    assert [name for name in elf.sections if name.startswith(".rodata")] == [".rodata"]


def test_contains_no_build_path(elf):
    """Neither the folder of the build nor a home directory."""
    paths = {str(TESTS.parent), str(BIN_FILE.parent), str(Path.home()), "/home/", "/root/", "/tmp/",
             "/build/"} - {"/"}
    texts = re.findall(rb"[\x20-\x7e]{5,}", elf.data)
    assert len(texts) > 1000
    assert [t for t in texts if any(p.encode() in t for p in paths)] == []


def test_contains_no_test_code_and_no_debugging_aid(elf):
    """A release has no switch that turns checks off."""
    for word in (b"SSLKEYLOGFILE", b"AddressSanitizer", b"LD_PRELOAD"):
        assert word not in elf.data


# While it runs

@pytest.fixture
def hanging(run, portal):
    """A process that waits for an answer that never arrives."""
    portal.faults.add(hang=True)
    process = run.start("aws", "--admin", "--timeout", "50s", env=identity(portal, "admin"),
                        preexec_fn=allow_core_dumps)
    wait_until(lambda: len(portal.log) == 1)
    yield process
    process.kill()
    process.communicate(timeout=LIMIT_S)


def allow_core_dumps() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def mappings(pid: int) -> list[tuple[int, int, str, str]]:
    """Start, end, permissions, name."""
    rows = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, permissions, *rest = line.split(maxsplit=5)
        start, end = (int(x, 16) for x in span.split("-"))
        rows.append((start, end, permissions, rest[3] if len(rest) > 3 else ""))
    return rows


def test_relocations_are_read_only(hanging, elf):
    """A static binary has no loader that protects them; its start-up code must."""
    rights.need(rights.files_in_proc())
    maps = mappings(hanging.pid)
    base = min(start for start, _, _, name in maps if name.endswith("/duplojit"))
    (relro,) = elf.find(PT_GNU_RELRO)
    first = (base + relro.address) & -PAGE
    last = (base + relro.address + relro.memory_len) & -PAGE
    assert last > first
    for page in range(first, last, PAGE):
        (permissions,) = {p for start, end, p, _ in maps if start <= page < end}
        assert permissions == "r--p", hex(page - base)


def test_no_page_is_writable_and_executable(hanging):
    rights.need(rights.files_in_proc())
    maps = mappings(hanging.pid)
    assert not [row for row in maps if "w" in row[2] and "x" in row[2]]
    (stack,) = [row for row in maps if row[3] == "[stack]"]
    assert stack[2] == "rw-p"


def test_addresses_differ_between_runs(run, portal):
    if Path("/proc/sys/kernel/randomize_va_space").read_text().strip() == "0":
        pytest.skip("this machine does not randomise addresses")
    rights.need(rights.files_in_proc())
    portal.faults.add(hang=True)
    started = [run.start("aws", "--admin", "--no-cache", env=identity(portal, "admin"))
               for _ in range(4)]
    wait_until(lambda: len(portal.log) == 4)
    bases = {mappings(p.pid)[0][0] for p in started}
    for process in started:
        process.kill()
        process.communicate(timeout=LIMIT_S)
    assert len(bases) > 1


def test_no_core_dump(hanging):
    """The fixture allows core dumps if the machine does."""
    limits = Path(f"/proc/{hanging.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 ", limits)
    hanging.send_signal(signal.SIGSEGV)
    ended = os.waitid(os.P_PID, hanging.pid, os.WEXITED | os.WNOWAIT)
    assert (ended.si_code, ended.si_status) == (os.CLD_KILLED, signal.SIGSEGV)


def test_not_dumpable(hanging):
    """Files under /proc that belong to root: no debugger of the same user may read the process."""
    assert os.stat(f"/proc/{hanging.pid}/mem").st_uid == 0
    if rights.files_in_proc() != "":
        with pytest.raises(PermissionError):
            os.open(f"/proc/{hanging.pid}/mem", os.O_RDONLY)
        return
    tool = find_strace()
    done = subprocess.run([tool, "-e", "trace=prctl,setrlimit,prlimit64", str(BIN), "version"],
                          capture_output=True, text=True, timeout=LIMIT_S)
    assert "PR_SET_DUMPABLE, SUID_DUMP_DISABLE) = 0" in done.stderr
    assert "RLIMIT_CORE, {rlim_cur=0" in done.stderr


def test_a_token_in_argv_is_wiped(run, portal):
    token = portal.token("admin")
    portal.faults.add(hang=True)
    process = run.start("aws", "--admin", "--token", token, "--otp", "271828-canary",
                        env=identity(portal, "admin") | {"DUPLO_TOKEN": None})
    wait_until(lambda: len(portal.log) == 1)
    line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    process.kill()
    process.communicate(timeout=LIMIT_S)
    assert token.encode() not in line and b"271828" not in line and b"--token" in line


def test_needs_no_new_kernel(run, portal):
    """It uses no system call newer than getrandom (Linux 3.17) and starts no process."""
    tool = find_strace()
    trace = run.home / "trace"
    done = run("-f", "-qq", "-o", trace, BIN, "aws", "--admin", env=identity(portal, "admin"),
               program=tool)
    done.ok()
    calls = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace.read_text(), re.M))
    assert {"socket", "connect", "getrandom"} <= calls
    assert not calls & {"statx", "clone3", "openat2", "faccessat2", "memfd_create", "rseq",
                        "membarrier", "fork", "vfork", "ptrace"}
