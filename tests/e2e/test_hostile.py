# SPDX-License-Identifier: MIT
"""Invalid answers of a portal: the right exit code, nothing on stdout, nothing cached."""

from __future__ import annotations

import json
import shutil
import time

import pytest

from conftest import identity

CREDENTIALS = "*/GetAwsConsoleTokenUrl"
TENANTS = "/admin/GetTenantsForUser"
NEAR_S = 30  # the machine may be busy
DEV01 = ("aws", "--tenant", "dev01")
KEYS = ("AccessKeyId", "SecretAccessKey", "SessionToken")
GOOD = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret/canary+key", "Validity": 3600,
        "SessionToken": "session-canary-token", "Region": "us-west-2",
        "ConsoleUrl": "https://signin.aws.amazon.com/federation?SigninToken=console-canary"}


@pytest.fixture
def refuses(ask, run, portal, canaries):
    """Checks that the answer is refused: exit code 5, one line, an empty cache, one attempt. On
    standard output only the line that fails in the shell that evaluates it."""
    lines = {"shell": "false\n", "fish": "false;\n",
             "powershell": "throw 'duplojit: no credentials'\n"}
    canaries += [GOOD[k] for k in (*KEYS[1:], "ConsoleUrl")]

    def call(*words: str, name: str = "process", **fault) -> str:
        found = portal.faults.add(path=CREDENTIALS, **fault)
        line = ask(*DEV01, "-o", name).fails(5, "127.0.0.1", *words,
                                                     printed=lines.get(name, ""))
        assert run.entries() == []
        portal.faults.remove(found)
        return line
    return call


def without(key: str, **more) -> dict:
    return {k: v for k, v in (GOOD | more).items() if k != key}


# Values that could break out of a line, a string, or a shell command

EVIL = ["a\nb", "a\r\nAWS_PROFILE=x", "a\tb", "a b", "a'b", 'a"b', "a\\b", "a$b", "a$(id)", "a`id`",
        "a;id", "a&b", "a|b", "a#b", "a\x1b[0m", "a\x7f", "caf\u00e9", "a\u2028b", "a{b}",
        "a<b", "a!b", "a*b", "a?b", "a[b", "a~b", "a(b"]


@pytest.mark.parametrize("field", KEYS)
def test_malicious_values(refuses, field):
    for value in EVIL:
        refuses(field, body=GOOD | {field: value})
    refuses("invalid JSON", body=GOOD | {field: "a\0b"})


@pytest.mark.parametrize("name", ["shell", "env", "ini", "github", "fish", "powershell"])
def test_malicious_values_in_every_format(refuses, name):
    refuses("SessionToken", name=name, body=GOOD | {"SessionToken": "a\nAWS_REGION='b'"})
    refuses("Region", name=name, body=GOOD | {"Region": "a'\nb"})


@pytest.mark.parametrize("field", KEYS)
def test_values_of_a_wrong_type(refuses, field):
    for value in (None, "", 1, 1.5, True, [], ["a"], {}, {"a": "b"}, "x" * 6145):
        refuses(field, body=GOOD | {field: value})
    refuses(field, body=without(field))
    refuses(field, body=without(field, **{field.lower(): "x"}))


def test_regions(refuses, ask, portal):
    for value in ("us west", "us_west", 1, [], "a" * 65, "../x", "us-west-2\n"):
        refuses("Region", body=GOOD | {"Region": value})
    for value in (None, ""):
        portal.faults.add(path=CREDENTIALS, body=GOOD | {"Region": value}, times=1)
        assert "REGION" not in ask(*DEV01, "-o", "env", "--no-cache").ok()


# Expiration

def lifetime(ask, portal, answer: dict) -> float:
    """Seconds from now to the expiration that is printed for this answer."""
    fault = portal.faults.add(path=CREDENTIALS, body=answer)
    out = json.loads(ask(*DEV01, "--no-cache").ok())
    portal.faults.remove(fault)
    end = time.strptime(out["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    return time.mktime(end) - time.timezone - time.time()


def in_future(seconds: int, form: str = "%Y-%m-%dT%H:%M:%SZ", zone_s: int = 0) -> str:
    return time.strftime(form, time.gmtime(time.time() + seconds + zone_s))


@pytest.mark.parametrize("validity, expected", [
    (900, 900), (43200, 43200), (1, 1), (0, 3600), (-1, 3600), (-10**15, 3600), (None, 3600),
    (604800, 604800), (604801, 604800), (10**15, 604800), (2**63 - 1, 604800)])
def test_validity(ask, portal, validity, expected):
    assert abs(lifetime(ask, portal, GOOD | {"Validity": validity}) - expected) < NEAR_S
    if validity is None:
        assert abs(lifetime(ask, portal, without("Validity")) - 3600) < NEAR_S


def test_validity_of_a_wrong_type(refuses):
    for value in ("3600", "", 3600.5, True, [], {}, 10**30):
        refuses("Validity", body=GOOD | {"Validity": value})
    text = json.dumps(GOOD)
    for number in ("1e3", "1E400", "-0.0"):
        refuses("Validity", body=text.replace("3600", number))
    for number in ("0x10", "NaN", "+1", "01", "Infinity", "1.", ".5"):
        refuses(body=text.replace("3600", number))


@pytest.mark.parametrize("form, zone_s", [
    ("%Y-%m-%dT%H:%M:%SZ", 0), ("%Y-%m-%dT%H:%M:%S+00:00", 0), ("%Y-%m-%dT%H:%M:%S.123456Z", 0),
    ("%Y-%m-%dT%H:%M:%S+02:00", 7200), ("%Y-%m-%dT%H:%M:%S-05:30", -19800),
    ("%Y-%m-%dt%H:%M:%Sz", 0)])
def test_expiration(ask, portal, form, zone_s):
    """The earlier of Expiration and Validity counts; either may be missing."""
    soon, late = (in_future(s, form, zone_s) for s in (1800, 7200))
    assert abs(lifetime(ask, portal, without("Validity", Expiration=late)) - 7200) < NEAR_S
    assert abs(lifetime(ask, portal, GOOD | {"Expiration": soon}) - 1800) < NEAR_S
    assert abs(lifetime(ask, portal, GOOD | {"Expiration": late}) - 3600) < NEAR_S
    assert abs(lifetime(ask, portal, GOOD | {"Expiration": late, "Validity": 0}) - 7200) < NEAR_S
    later = in_future(604800 + 3600, form, zone_s)
    assert abs(lifetime(ask, portal, without("Validity", Expiration=later)) - 604800) < NEAR_S


def test_invalid_expirations(refuses, ask, portal):
    for value in ("", "soon", "2030-01-01", "2030-01-01T00:00:00", "2030-13-01T00:00:00Z",
                  "2030-02-30T00:00:00Z", "2030-01-01T24:00:01Z", 1893456000, True, [], "9" * 300):
        refuses("Expiration", body=GOOD | {"Expiration": value})
    assert abs(lifetime(ask, portal, GOOD | {"Expiration": None}) - 3600) < NEAR_S
    refuses("already expired", body=GOOD | {"Expiration": in_future(-60)})
    refuses("already expired", body=without("Validity", Expiration="1970-01-01T00:00:00Z"))


# Documents

TEXT = json.dumps(GOOD)
DOCUMENTS = {
    "nothing": "", "blanks": "  \n", "null": "null", "a list": "[]", "a string": '"x"',
    "a number": "1", "an empty object": "{}", "a list of one": f"[{TEXT}]",
    "no value": '{"AccessKeyId"}', "a comma too many": TEXT[:-1] + ",}",
    "two documents": TEXT + TEXT, "text after it": TEXT + "x",
    "text before": "x" + TEXT, "single quotes": TEXT.replace('"', "'"), "a comment": "//\n" + TEXT,
    "a byte order mark": "\ufeff" + TEXT, "a raw newline": TEXT.replace("canary", "can\nary"),
    "not UTF-8": TEXT.encode().replace(b"canary", b"can\xffary"), "UTF-16": TEXT.encode("utf-16"),
    "half a surrogate": TEXT.replace("canary", "\\ud800"), "a NUL": TEXT.encode() + b"\0",
    "an escaped NUL": TEXT.replace("canary", "\\u0000"),
    "a bad escape": TEXT.replace("canary", "\\x41"),
    "depth": "[" * 100000 + "]" * 100000, "depth in it": '{"a":' * 500 + "1" + "}" * 500,
    "HTML": "<!DOCTYPE html><html><body>Sign in</body></html>", "one key too much": TEXT[:-1],
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(refuses, name):
    refuses(body=DOCUMENTS[name])


def test_a_document_truncated_anywhere(refuses):
    for length in range(1, len(TEXT), 17):
        refuses(body=TEXT[:length])


@pytest.mark.parametrize("field", [*KEYS, "Validity", "Region", "Expiration"])
def test_a_duplicate_key(refuses, field):
    """Parsers disagree about which one counts, so the answer is refused."""
    value = json.dumps(GOOD.get(field, in_future(60)))
    refuses("twice", body=f'{TEXT[:-1]},"{field}":{value},"{field}":{value}}}')
    escaped = f"\\u{ord(field[0]):04x}{field[1:]}"
    refuses("twice", body=f'{TEXT[:-1]},"{field}":{value},"{escaped}":{value}}}')


def test_other_fields_are_ignored(ask, portal):
    portal.faults.add(path=CREDENTIALS, body=GOOD | {
        "Extra": {"SecretAccessKey": [1, {"a": None}]}, "x" * 500: "\n", "": 0})
    assert json.loads(ask(*DEV01).ok())["AccessKeyId"] == "ASIAEXAMPLE"


# HTTP

def test_more_than_a_mebibyte(refuses, ask, portal):
    for framing in ("length", "chunked", "close"):
        refuses("larger than 1 MiB", body=GOOD, pad_to=2 << 20, framing=framing)
    portal.faults.add(path=CREDENTIALS, body=GOOD, pad_to=1 << 20)
    assert ask(*DEV01).ok()


def test_an_answer_in_chunks(ask, portal):
    portal.faults.add(framing="chunked")
    assert ask(*DEV01).ok()


def test_an_answer_that_may_be_truncated(refuses):
    """It has no length, and TLS was not closed: an attacker could have truncated it."""
    refuses("the connection broke", body=GOOD, framing="close")


@pytest.mark.parametrize("fault", ["truncate_at", "reset_at"])
@pytest.mark.parametrize("where", [0, 20, 120, 700])
def test_a_truncated_answer(ask, portal, run, fault, where):
    """It is requested again; if no answer is complete, none is used."""
    portal.faults.add(path=CREDENTIALS, **{fault: where}, times=1)
    assert ask(*DEV01, "--no-cache").ok()
    portal.faults.add(path=CREDENTIALS, **{fault: where})
    ask(*DEV01, "--timeout", "5s").fails(5, "127.0.0.1")
    assert run.entries() == []


def test_headers_without_end(refuses):
    refuses(headers={"X-Long": "x" * 400000})


# Other requests

def test_lists_of_tenants(ask, portal, run):
    good = {"AccountName": "dev01", "TenantId": "0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70",
            "PlanID": "p"}
    bad = [{}, None, "x", 1, {"Items": [good]}, [1], [None], [[good]], [{}], [good, {}],
           [good | {"TenantId": "../../admin"}], [good | {"TenantId": None}],
           [good | {"TenantId": 7}], [good | {"AccountName": ["dev01"]}],
           [good | {"PlanID": {}}], [good | {"AccountName": "x" * 5000}]]
    for body in (*bad, "", "<html>", json.dumps([good])[:-1]):
        fault = portal.faults.add(path=TENANTS, body=json.dumps(body) if not isinstance(body, str)
                                  else body)
        for words in (DEV01, ("tenants",), ("tenants", "-o", "json")):
            ask(*words).fails(5)
        portal.faults.remove(fault)
    assert run.entries() == []


def test_names_of_tenants_on_a_terminal(ask, portal):
    portal.state.add_tenant("evil\x1b[2J\nname", "plan\x9b31m\t", "us-west-2")
    out = ask("tenants", user="admin").ok()
    assert all(c.isprintable() for c in out.replace("\n", "")) and out.count("\n") == 5
    rows = json.loads(ask("tenants", "-o", "json", user="admin").ok())
    assert "evil\x1b[2J\nname" in [row["Name"] for row in rows]
    ask("aws", "--tenant", "dev09", user="admin").fails(4, "evil?[2J?name")


def test_bidirectional_and_invisible_characters(ask, portal):
    """Right-to-left overrides, isolates, zero width, a byte order mark: in messages and tables."""
    unseen = "\u202e\u202a\u2066\u2069\u200b\u200f\ufeff\u2028\u061c"
    portal.state.add_tenant(f"evil{unseen}name", f"plan{unseen}", "us-west-2")
    out = ask("tenants", user="admin").ok()
    assert "evil?" in out and all(c.isprintable() for c in out.replace("\n", ""))
    ask("aws", "--tenant", "dev09", user="admin").fails(4, "evil?", "?name")
    portal.faults.add(status=403, body={"Message": f"Ask the {unseen}administrator."}, times=1)
    ask("tenants").fails(3, "Ask the ?", "?administrator;")


def test_many_tenants_with_settings(ask, run, portal):
    """20,000 tenants; their list has 14 MiB. Parsed as one document, it would need 24 MiB more."""
    for number in range(20000):
        tenant = portal.state.add_tenant(f"t{number:05}", "nonprod", "us-west-2")
        tenant.metadata = {f"setting_{i:02}": f"value of {tenant.name}" for i in range(10)}
    portal.state.metadata_for_users = True
    assert ask("tenants", user="admin").ok().count("\n") == 20004
    rows = json.loads(ask("tenants", "-o", "json", user="admin").ok())
    assert rows[-1]["Name"] == "t19999" and len(rows) == 20003
    assert len(ask("aws", "--tenant", "none", user="admin").fails(4, "..., "[:3])) < 600
    prlimit = shutil.which("prlimit") or pytest.skip("prlimit is not installed")
    run(f"--data={40 << 20}", run.bin, "aws", "--tenant", "t19999", program=prlimit,
        env=identity(portal, "admin")).ok()


def test_the_limit_of_a_list_of_tenants(ask, portal):
    portal.faults.add(path=TENANTS, pad_to=64 << 20, times=1)
    patient = ("--timeout", "4m")
    assert ask("aws", "--tenant", "dev01", *patient, limit_s=250).ok()
    portal.faults.add(path=TENANTS, pad_to=(64 << 20) + 1)
    ask("aws", "--tenant", "dev02", *patient, limit_s=250).fails(
        5, "127.0.0.1: the response is larger than 64 MiB")
    assert portal.log.find(TENANTS)[1:] == portal.log.find(TENANTS)[-1:]  # no retry


@pytest.mark.parametrize("fault", (
    dict(version="HTTP/3.7"), dict(version="HTTP/3"), dict(version="HTTP/2"),
    dict(version="HTTP/1.2"), dict(version="HTTP/1.10"), dict(version="http/1.1"),
    dict(version=" HTTP/3.7"), dict(version="HTTPS/1.1"), dict(version="ICY"),
    dict(status=2000), dict(status=20000), dict(status=20),
    dict(status=2000, version=" HTTP/1.1"),
), ids=str)
def test_a_status_line(refuses, portal, fault):
    """libcurl accepts some of them as status 200."""
    refuses("127.0.0.1: the response is not valid HTTP/1.1", "; check DUPLO_HOST",
            **{"status": 200, "body": GOOD} | fault)
    assert len(portal.log.find(CREDENTIALS)) == 1


def test_features(ask, portal):
    for body in ("", "[]", "null", '{"IsOtpNeeded":"yes"}', '{"IsOtpNeeded":1}', "<html>"):
        fault = portal.faults.add(path="/v3/features/system", body=body)
        ask("token").fails(5)
        portal.faults.remove(fault)


def test_a_tenants_region(ask, portal, run):
    """The profile is written with the default region, and a message says so."""
    for body in ('"us west"', "1", '"a\\nb"', "<html>", ""):
        fault = portal.faults.add(path="*/GetAwsRegionId", body=body)
        result = ask("update-aws-config", "p", "--tenant", "dev01")
        assert result.code == 0 and result.err.count("warning: cannot get the tenant's region") == 1
        portal.faults.remove(fault)
        assert "region = us-west-2\n" in (run.home / ".aws/config").read_text()
        (run.home / ".aws/config").unlink()


def test_the_region_of_a_console_link(ask, portal):
    """A fault of the portal, as for credentials."""
    link = {"ConsoleUrl": "https://signin.aws.amazon.com/federation?a=b"}
    portal.faults.add(path=CREDENTIALS, body=GOOD | link | {"Region": "eu west"})
    ask("web", "--tenant", "dev01", "--print-url").fails(5, '"eu west" is not an AWS region')


def test_the_portals_default_region(ask, portal, run):
    for value in ("us west", "a\n[profile evil]", "'", 1):
        portal.state.features = {"DefaultAwsRegion": value}
        result = ask("update-aws-config", "p", "--admin", user="admin")
        assert result.code == 5 and "--offline" in result.err
        assert not (run.home / ".aws/config").exists()
