# SPDX-License-Identifier: MIT
"""docs/benchmarks.md: everything but the measured values is what tests/bench/table.py writes, the
size is that of the program, and a missed goal is noticed."""

from __future__ import annotations

import base64
import re
import struct
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from bench import fake_aws, plan, table
from conftest import BIN_FILE, TESTS
from portal import certs, sts

DOCUMENT = table.DOCUMENT.read_text()
MACHINE = "2 cores of A, B, x86_64, Linux 6, C, D, load 0.1 at the end"
EM_X86_64 = 62


def test_every_word_is_one_that_the_command_writes():
    assert DOCUMENT == table.rewritten(DOCUMENT), "run `make docs`"


@pytest.mark.parametrize("pattern, other", [
    (r"quiet machine", "machine"),  # the introduction
    (r"instructions \| +on disk", "instructions |   on disc"),
    (r"\|     wall", "|      Wall"),
    (r"(\| \*\*Cached\*\* .*\n\|.*\n)\|.*\n", r"\1"),  # a row is missing
    (r"\| duplojit, tenant by ID  ", "| duplojit, tenants by ID "),
    (r"ratio 2\.60", "ratio 2.70"),  # a goal
    (r"(\d) KiB", r"\1 kiB"),
    (r" ms \|", " s  |"),
    (r"(\d),(\d{3}/s)", r"\1\2 "),
    (r"VmHWM", "RSS"),  # the explanation
    (r"48, 435 and 19 ms", "48, 435 and 18 ms"),
    (r"\Z", "- Not measured: curl, which is not installed.\n"),
    (r"\Z", "- Not measured: Cached: there is no network.\n"),
    (r"\Z", "\n"),
])
def test_another_word_is_noticed(pattern, other):
    changed, count = re.subn(pattern, other, DOCUMENT, count=1)
    assert count == 1 and changed != DOCUMENT
    assert table.rewritten(changed) != changed


def test_a_missing_line_about_a_program_is_noticed():
    text = table.document("2000-01-01", MACHINE, {}, table.absences({}, list(table.PROGRAMS)))
    assert table.rewritten(text) == text
    for name in table.PROGRAMS:
        line = f"- Not measured: {name}, which is not installed.\n"
        assert text.count(line) == 1
        assert table.rewritten(text.replace(line, "")) == text


def test_a_group_that_is_not_measured_does_not_make_its_programs_absent():
    reasons = {key: "a reason" for key, group in plan.GROUPS.items() if group.asks_aws}
    others = [name for name in table.PROGRAMS if name not in plan.ASK_AWS]
    text = table.document("2000-01-01", MACHINE, {}, table.absences(reasons, others))
    assert table.rewritten(text) == text


def test_another_form_of_the_line_about_the_machine():
    with pytest.raises(ValueError, match="the date and the machine"):
        table.rewritten(DOCUMENT.replace(" cores of ", " cores, "))


def test_values_that_are_read_again():
    """Those of every form. What is not measured stays so."""
    results = {"cached": {"id": {"wall": 93.4, "CPU": 200, "memory": 1120, "ratio": 998,
                                 "instructions": 167_470, "connections": 0}},
               "rsa-far": {"name": {"wall": 1_234_500, "round trips": 4, "ratio": 1.25}},
               "serve-64": {"serve-64": {"rate": 126_582, "requests": None}}}
    text = table.document("2000-01-01", MACHINE, results,
                          table.absences({"together": "a reason"}, list(table.PROGRAMS)))
    del results["serve-64"]["serve-64"]["requests"]
    assert table.parse(text) == results and table.rewritten(text) == text


def test_the_size_on_disk_is_that_of_the_program():
    """Within 1 %, also in README, so that a small change needs no new measurements."""
    program = BIN_FILE.read_bytes()
    if struct.unpack_from("<H", program, 18)[0] != EM_X86_64:
        pytest.skip("the table is of the program for amd64")
    measured = {found["on disk"] for group in table.parse(DOCUMENT).values()
                for client, found in group.items() if client in plan.OURS and "on disk" in found}
    readme = (TESTS.parent / "README.md").read_text()
    rounded = [1e6 * float(n) for n in re.findall(r"^\| on disk, MB \| ([\d.]+) \|", readme, re.M)]
    size = len(program)
    assert len(measured) == len(rounded) == 1
    assert [n for n in (*measured, *rounded) if abs(n - size) > size / 100] == [], (
        f"{size}: run `make benchmarks`")


@pytest.mark.parametrize("key, client, field, good, bad, short_margin", [
    ("cached", "id", "ratio", 2.6, 2.61, True),
    ("rsa-system", "id", "ratio", 0.4, 0.41, True),
    ("p256-built-in", "name", "memory", 1024, 1025, True),
    ("rsa-far", "name", "round trips", 4, 5, False),
    ("cached", "name", "connections", 0, 1, False),
    ("together", "together", "requests", 1, 2, False),
])
def test_a_missed_goal(key, client, field, good, bad, short_margin):
    """The long form accepts nothing above the goal; the short form 1.25 times the goal, but not
    for counts."""
    def missed(value: float, long: bool) -> int:
        return len(plan.missed_goals({key: {client: {field: value}}}, long))
    assert [missed(good, long=True), missed(bad, long=True)] == [0, 1]
    assert missed(bad, long=False) == (0 if short_margin else 1)
    assert missed(1.26 * bad, long=False) == 1


def test_rates_depend_on_the_machine():
    def missed(value: float, long: bool) -> int:
        return len(plan.missed_goals({"serve-64": {"serve-64": {"rate": value}}}, long))
    assert [missed(100_000, True), missed(99_999, True), missed(1, False)] == [0, 1, 0]


# The simulated AWS accepts only signed requests, so that no program is measured while it fails.

SCOPE = "20000101/us-east-1/SERVICE/aws4_request"
FAKE_AWS = fake_aws.FakeAws(3600)


def signed(path: str, body: bytes, algorithm: str, owner: str, sign, **more: str) -> int:
    """The status for a request with that signature."""
    headers = {"host": "aws", "X-Amz-Date": "20000101T000000Z", **more}
    text = sts.text_to_sign(algorithm, SCOPE, "POST", path, "host", headers, body)
    headers["Authorization"] = (f"{algorithm} Credential={owner}/{SCOPE}, SignedHeaders=host, "
                                f"Signature={sign(text)}")
    return FAKE_AWS.answer(None, "POST", path, headers, body)[0]


@pytest.mark.parametrize("secret, owner, action, status", [
    (fake_aws.SECRET, fake_aws.ACCESS_KEY, "GetSessionToken", 200),
    ("another", fake_aws.ACCESS_KEY, "GetSessionToken", 403),
    (fake_aws.SECRET, "AKIAANOTHER", "GetSessionToken", 403),
    (fake_aws.SECRET, fake_aws.ACCESS_KEY, "AssumeRole", 403),
])
def test_the_simulated_sts(secret, owner, action, status):
    assert signed("/", f"Action={action}&Version=2011-06-15".encode(), "AWS4-HMAC-SHA256", owner,
                  lambda text: sts.sign(secret, SCOPE, text)) == status


@pytest.mark.parametrize("signer, status", [("good", 201), ("aws", 403)])
def test_the_simulated_roles_anywhere(signer, status):
    """The key of the certificate must have signed the request."""
    authority = certs.shared()
    shown = x509.load_pem_x509_certificate(authority.pair("good").cert.read_bytes())
    key = load_pem_private_key(Path(authority.pair(signer).key).read_bytes(), None)
    header = {"X-Amz-X509": base64.b64encode(shown.public_bytes(Encoding.DER)).decode()}
    assert signed("/sessions?roleArn=r", b"{}", "AWS4-X509-RSA-SHA256", "1",
                  lambda text: key.sign(text.encode(), PKCS1v15(), SHA256()).hex(),
                  **header) == status


def test_the_simulated_aws_without_a_signature():
    assert FAKE_AWS.answer(None, "POST", "/", {}, b"Action=GetSessionToken")[0] == 403
