# SPDX-License-Identifier: MIT
"""What the cache saves, what it must never mix up, and runs without a cache."""

from __future__ import annotations

import calendar
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from conftest import BIN, identity, umask
from portal import Portal

CREDENTIALS = "/subscriptions/*/GetAwsConsoleTokenUrl"
DEV01 = ("aws", "--tenant", "dev01")


def key(result) -> str:
    return json.loads(result.ok())["AccessKeyId"]


def counts(portal) -> tuple[int, int]:
    """Connections and requests since the last call."""
    seen = portal.log.connections, len(portal.log)
    portal.log.clear()
    return seen


def age(run, seconds: int) -> None:
    """Makes the only entry look this much older."""
    (path,) = run.entries()
    entry = json.loads(path.read_text())
    entry["ObtainedAt"] -= seconds
    path.write_text(json.dumps(entry))


# Requests to the portal

def test_cold_run_with_a_tenant_id(ask, portal):
    key(ask("aws", "--tenant-id", portal.state.tenants["dev01"].id))
    assert counts(portal) == (1, 1)


def test_cold_run_as_an_administrator(ask, portal):
    key(ask("aws", "--admin", user="admin"))
    assert counts(portal) == (1, 1)
    key(ask("aws", "--duplo-ops", user="admin"))
    assert counts(portal) == (1, 1)


def test_the_id_of_a_tenant_name_is_cached(ask, portal, run):
    first = key(ask(*DEV01))
    assert counts(portal) == (1, 2)
    age(run, 4000)
    assert key(ask(*DEV01)) != first
    assert counts(portal) == (1, 1)


def test_a_cached_run_makes_no_connection(ask, portal):
    words = [("--tenant", "dev01"), ("--tenant-id", portal.state.tenants["dev02"].id), ("--admin",)]
    first = [key(ask("aws", *w, user="admin")) for w in words]
    counts(portal)
    assert [key(ask("aws", *w, user="admin")) for w in words] == first
    assert counts(portal) == (0, 0)
    portal.stop()
    assert [key(ask("aws", *w, user="admin")) for w in words] == first


def test_formats_and_regions_share_an_entry(ask, portal, run):
    for name in ("process", "env", "ini"):
        ask(*DEV01, "-o", name, "--region", "eu-west-1").ok()
    assert len(run.entries()) == len(portal.state.issued) == 1
    assert "AWS_REGION=us-west-2" in ask(*DEV01, "-o", "env").ok()


def test_no_cache_neither_reads_nor_writes(ask, portal, run):
    ask(*DEV01, "--no-cache").ok()
    assert not run.cache.exists()
    first = key(ask(*DEV01))
    before = run.entries()[0].read_bytes()
    assert key(ask(*DEV01, "--nocache")) != first
    assert run.entries()[0].read_bytes() == before
    assert key(ask(*DEV01)) == first


# Stale: less than 20 minutes left, or less than half of the validity if that is shorter

@pytest.mark.parametrize("validity, fresh, stale", [(3600, 2390, 2410), (900, 440, 460),
                                                    (43200, 41990, 42010), (2400, 1190, 1210)])
def test_stale(ask, portal, run, validity, fresh, stale):
    portal.state.forced_validity = validity
    first = key(ask(*DEV01))
    age(run, fresh)
    assert key(ask(*DEV01)) == first
    age(run, stale - fresh)
    assert key(ask(*DEV01)) != first


def test_stale_by_the_clock(ask, portal):
    """Without editing an entry: a validity of two seconds, of which one must be left."""
    portal.state.forced_validity = 2
    found = first = key(ask(*DEV01))
    while found == first:
        begin = time.time()
        found = key(ask(*DEV01))
        assert found != first or begin < portal.state.issued[0].time + 2, "they have expired"


def test_an_entry_with_a_time_in_the_future_is_not_used(ask, run):
    """The clock was set back."""
    first = key(ask(*DEV01))
    age(run, -600)
    assert key(ask(*DEV01)) != first


# The portal's clock

def ends_s(result) -> int:
    """The printed expiration, in seconds since 1970."""
    end = json.loads(result.out)["Expiration"]
    return calendar.timegm(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ"))


@pytest.mark.parametrize("offset", [-7200, 7200])
def test_a_wrong_clock(ask, portal, offset):
    """Expiration is the answer's Date plus Validity; the difference is reported once, and the cache
    uses the clock of this machine."""
    portal.faults.add(path=CREDENTIALS, date_offset_s=offset)
    result = ask(*DEV01)
    assert result.code == 0 and result.err.count("\n") == 1
    assert result.err.startswith("duplojit: warning: the clock of this machine is 7")
    assert ("ahead of" if offset < 0 else "behind") in result.err
    assert abs(ends_s(result) - portal.state.issued[0].time - offset - 3600) < 60
    assert ask(*DEV01).ok() == result.out


def test_a_small_difference_of_clocks_is_not_reported(ask, portal):
    portal.faults.add(date_offset_s=-200)
    ask(*DEV01).ok()


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_an_answer_without_a_date_uses_the_local_clock(ask, portal, date):
    """A response that arrives slowly does not make the credentials last longer."""
    portal.faults.add(path=CREDENTIALS, headers={"Date": date}, drip_s=0.002)
    result = ask(*DEV01)
    assert result.code == 0
    assert -60 < ends_s(result) - portal.state.issued[0].time - 3600 <= 0


NEVER = "Fri, 31 Dec 9999 23:59:59 GMT"


@pytest.mark.parametrize("date", [NEVER, "Fri, 01 Jan 1971 00:00:00 GMT", "certificate"])
def test_a_date_outside_the_validity_of_the_certificate_is_ignored(ask, portal, date):
    """One answer with such a date must not spoil the cache for later runs."""
    if date == "certificate":  # which is valid for 30 days
        portal.faults.add(path=CREDENTIALS, date_offset_s=31 * 86400)
    else:
        portal.faults.add(path=CREDENTIALS, headers={"Date": date})
    result = ask(*DEV01)
    assert result.code == 0 and result.err.count("\n") == 1, str(result)
    assert result.err.startswith("duplojit: warning: the time of the portal (")
    assert "is outside the validity of its certificate" in result.err
    assert abs(ends_s(result) - portal.state.issued[0].time - 3600) < 60
    assert ask(*DEV01).ok() == result.out


def test_a_date_that_a_portal_without_a_certificate_cannot_mean(run):
    with Portal(plain=True) as portal:
        portal.faults.add(path=CREDENTIALS, headers={"Date": NEVER})
        result = run(*DEV01, env=identity(portal) | {"DUPLO_CA_FILE": None})
        assert result.code == 0 and "is not between 2020 and 2099" in result.err, str(result)
        assert run(*DEV01, env=identity(portal) | {"DUPLO_CA_FILE": None}).ok() == result.out


def test_a_date_within_the_validity_of_the_certificate_is_used(ask, portal):
    portal.faults.add(path=CREDENTIALS, date_offset_s=20 * 86400)
    end_s = ends_s(ask(*DEV01))
    assert abs(end_s - portal.state.issued[0].time - 20 * 86400 - 3600) < 60


@pytest.mark.parametrize("field, value", [("ExpiresAt", 253402300800), ("ExpiresAt", -1),
                                          ("Lifetime", 604801), ("Lifetime", 0)])
@pytest.mark.parametrize("form", ["process", "shell", "json"])
def test_an_entry_that_no_format_can_express_is_not_used(ask, portal, run, field, value, form):
    key(ask(*DEV01))
    (path,) = run.entries()
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    portal.log.clear()
    ask(*DEV01, "-o", form).ok()
    assert counts(portal)[1] > 0
    assert json.loads(path.read_text())[field] != value
    ask(*DEV01, "-o", form).ok()
    assert counts(portal)[1] == 0


# Outages

def test_an_outage_with_a_warm_cache(ask, portal, run):
    first = key(ask(*DEV01))
    portal.stop()
    assert key(ask(*DEV01)) == first
    age(run, 3000)  # stale, but valid for ten more minutes
    assert key(ask(*DEV01)) == first
    age(run, 700)
    ask(*DEV01).fails(5, "cannot connect")


@pytest.mark.parametrize("fault", [{"hang": True}, {"stage": "connect", "hang": True},
                                   {"status": 503}, {"status": 500}, {"body": "<html>"},
                                   {"redirect": "https://elsewhere.example.com/"}], ids=str)
def test_any_outage_with_a_stale_cache(ask, portal, run, fault):
    """Fast enough for an SDK that kills a credential_process after five seconds."""
    first = key(ask(*DEV01))
    age(run, 3000)
    portal.faults.add(**fault)
    result = ask(*DEV01)
    assert key(result) == first and result.seconds < 4.5


def test_credentials_that_expire_this_minute_are_not_used(ask, portal, run):
    key(ask(*DEV01))
    age(run, 3580)
    portal.stop()
    ask(*DEV01).fails(5)


def test_a_revoked_token_is_not_an_outage(ask, run, portal):
    env = identity(portal)
    key(run(*DEV01, env=env))
    portal.state.rotate("user")
    key(run(*DEV01, env=env))  # still fresh: no request
    age(run, 3000)
    run(*DEV01, env=env).fails(3, "401", "token")
    age(run, 3000)
    run(*DEV01, env=env).fails(3, "401")


def test_a_revoked_permission(ask, portal, run):
    key(ask(*DEV01))
    portal.state.users["user"].tenants.remove("dev01")
    age(run, 3000)
    ask(*DEV01).fails(4, "dev01", "dev02")


def test_a_tenant_recreated_with_the_same_name(ask, portal, run):
    key(ask(*DEV01))
    portal.state.add_tenant("dev01", "nonprod", "us-east-2")
    age(run, 3000)
    assert "AWS_REGION=us-east-2" in ask(*DEV01, "-o", "env").ok()


# Whose credentials

def test_never_uses_credentials_of_another_tenant(ask, portal, run):
    for name in ("dev01", "dev02", "dev01", "dev02"):
        issue = portal.state.issue_of(key(ask("aws", "--tenant", name)))
        assert issue.tenant == name
    assert len(run.entries()) == 2


def test_never_uses_credentials_of_another_tenant_after_files_were_swapped(ask, portal, run):
    key(ask(*DEV01))
    (first,) = run.entries()
    key(ask("aws", "--tenant", "dev02"))
    second = next(p for p in run.entries() if p != first)
    shutil.copy(first, second)
    assert portal.state.issue_of(key(ask("aws", "--tenant", "dev02"))).tenant == "dev02"


def test_never_uses_credentials_of_another_user(ask, portal, run):
    assert portal.state.issue_of(key(ask(*DEV01, user="admin"))).user == "admin"
    assert portal.state.issue_of(key(ask(*DEV01, user="user"))).user == "user"
    portal.stop()
    assert portal.state.issue_of(key(ask(*DEV01, user="admin"))).user == "admin"
    assert portal.state.issue_of(key(ask(*DEV01, user="user"))).user == "user"
    ask(*DEV01, env={"DUPLO_TOKEN": "stranger"}).fails(5)


def test_never_uses_credentials_of_an_administrator(ask, portal, run):
    scopes = {"--admin": "admin", "--duplo-ops": "duplo-ops"}
    for words in (["--admin"], DEV01[1:], ["--duplo-ops"]):
        key(ask("aws", *words, user="admin"))
    portal.stop()
    for option, scope in scopes.items():
        assert portal.state.issue_of(key(ask("aws", option, user="admin"))).scope == scope
    assert portal.state.issue_of(key(ask(*DEV01, user="admin"))).scope == "tenant"
    assert len(run.entries()) == 3


def test_never_uses_credentials_of_another_portal(ask, portal, run):
    """The same token on two portals."""
    key(ask(*DEV01))
    with Portal(portal.state) as other:
        key(ask(*DEV01, env={"DUPLO_HOST": other.url}))
        assert len(other.log) == 2 and len(run.entries()) == 2


def test_a_tenant_named_like_an_id(ask, portal):
    """A name and an ID are different scopes, even if they are spelled the same."""
    portal.state.add_tenant("deadbeef", "nonprod", "us-west-2")
    assert portal.state.issue_of(key(ask("aws", "--tenant", "deadbeef", user="admin"))).tenant == \
        "deadbeef"
    ask("aws", "--tenant-id", "deadbeef", user="admin").fails(2)


# Files

def test_file_modes(ask, run):
    with umask(0):
        ask(*DEV01).ok()
    for path in run.home.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert {p.name for p in run.cache.iterdir()} >= {"key", run.entries()[0].name}


def test_file_names_reveal_nothing(ask, portal, run):
    """Names are hexadecimal digits that depend on the key: no portal, user or tenant."""
    ask(*DEV01).ok()
    name = run.entries()[0].name
    assert len(name) == 32 + len(".credentials") and set(name[:32]) <= set("0123456789abcdef")
    shutil.rmtree(run.cache)
    ask(*DEV01).ok()
    assert run.entries()[0].name != name


def test_cache_directory(ask, run, tmp_path):
    env = {"DUPLO_CACHE": None, "XDG_CACHE_HOME": None}
    xdg, own, given = (tmp_path / n for n in ("xdg", "own", "given"))

    def path(*words, **more) -> str:
        return run("cache", "path", *words, env=env | more).ok().rstrip("\n")

    assert path() == str(run.home / ".cache/duplojit")
    assert path(XDG_CACHE_HOME=str(xdg)) == str(xdg / "duplojit")
    assert path(XDG_CACHE_HOME="relative") == str(run.home / ".cache/duplojit")
    assert path(XDG_CACHE_HOME=str(xdg), DUPLO_CACHE=str(own)) == str(own)
    assert path("--cache-dir", given, DUPLO_CACHE=str(own)) == str(given)
    ask(*DEV01, "--cache-dir", given / "deep" / "down").ok()
    assert list((given / "deep/down").glob("*.credentials")) and not run.cache.exists()
    run("cache", "path", env={"HOME": None}).fails(6, "DUPLO_CACHE", "HOME")


# Damaged and foreign files

BROKEN = {
    "empty": lambda text: b"",
    "garbage": lambda text: b"\0\xff garbage",
    "cut": lambda text: text[:-20],
    "another document": lambda text: b'{"Version":1}',
    "a list": lambda text: b"[]",
    "another version": lambda text: text.replace(b'"Version":1', b'"Version":2'),
    "twice": lambda text: text + text,
    "no key": lambda text: text.replace(b'"SessionToken"', b'"Other"'),
    "a quote in a key": lambda text: text.replace(b'"SessionToken":"', b'"SessionToken":"\\"'),
    "no lifetime": lambda text: text.replace(b'"Lifetime":3600', b'"Lifetime":0'),
    "huge": lambda text: text.rstrip(b"\n") + b" " * 60000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_replaced(ask, run, name):
    first = key(ask(*DEV01))
    (path,) = run.entries()
    broken = BROKEN[name](path.read_bytes())
    assert broken != path.read_bytes()
    path.write_bytes(broken)
    second = key(ask(*DEV01))
    assert second != first
    assert json.loads(path.read_bytes())["AccessKeyId"] == second
    assert key(ask(*DEV01)) == second


def test_an_entry_that_others_can_read_is_not_used(ask, run):
    first = key(ask(*DEV01))
    (path,) = run.entries()
    path.chmod(0o640)
    assert key(ask(*DEV01)) != first
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_entry_that_is_a_link_is_not_followed(ask, run, tmp_path):
    first = key(ask(*DEV01))
    (path,) = run.entries()
    aside = path.rename(tmp_path / "aside")
    before = aside.read_bytes()
    path.symlink_to(aside)
    assert key(ask(*DEV01)) != first
    assert aside.read_bytes() == before and not path.is_symlink()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_an_entry_of_another_owner_is_not_used(ask, run):
    first = key(ask(*DEV01))
    os.chown(run.entries()[0], 65534, 65534)
    assert key(ask(*DEV01)) != first


def test_a_broken_key_is_replaced(ask, run):
    ask(*DEV01).ok()
    (run.cache / "key").write_bytes(b"short")
    second = key(ask(*DEV01))
    assert key(ask(*DEV01)) == second


def test_a_key_that_others_can_read_is_replaced(ask, run):
    """With the key, others could find out which token an entry belongs to."""
    first = key(ask(*DEV01))
    before = (run.cache / "key").read_bytes()
    (run.cache / "key").chmod(0o644)
    assert key(ask(*DEV01)) != first
    assert (run.cache / "key").read_bytes() != before
    assert (run.cache / "key").stat().st_mode & 0o777 == 0o600


# Runs without a cache

def test_without_a_home(ask):
    first = ask(*DEV01, env={"HOME": None})
    assert key(first) != key(ask(*DEV01, env={"HOME": ""}))
    assert key(ask(*DEV01, env={"HOME": "relative"}))


def test_a_cache_directory_that_cannot_be_created(ask, portal, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file/below", "/proc/cache", "/dev/null",
                  "x" * 5000, ""):
        key(ask(*DEV01, "--cache-dir", place))
        key(ask(*DEV01, env={"DUPLO_CACHE": str(place)}))
    assert len(portal.state.issued) == 12 and (tmp_path / "file").read_text() == ""


@pytest.fixture
def readable_folder():
    """A folder that every user can read, with the binary in it."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run as another user")
@pytest.mark.parametrize("made", ["home", "cache", "entry"])
def test_a_user_without_write_access(run, portal, readable_folder, made):
    """An unknown uid; a home, a cache or an entry that belongs to root."""
    program = shutil.copy(run.bin, readable_folder / "duplojit")
    ca = shutil.copy(portal.ca, readable_folder / "ca.pem")
    env = identity(portal) | {"HOME": str(readable_folder), "DUPLO_CA_FILE": str(ca)}
    folder = readable_folder / ".cache/duplojit"
    if made != "home":
        folder.mkdir(parents=True)
    if made == "entry":
        (folder / "key").write_bytes(b"k" * 32)
    before = sorted(readable_folder.rglob("*"))
    words = {"program": Path(program), "env": env, "user": 12345, "group": 12345}
    assert key(run(*DEV01, **words)) != key(run(*DEV01, **words))
    assert sorted(readable_folder.rglob("*")) == before


# The cache command

def test_list(ask, run, portal):
    assert run("cache", "list").ok() == ""
    ask(*DEV01).ok()
    ask("aws", "--admin", user="admin").ok()
    origin, *lines = run("cache", "list").ok().splitlines()
    lines.sort()
    assert origin == portal.url and len(lines) == 2
    assert lines[0].startswith("  administrator  expires 20")
    assert lines[1].startswith("  tenant dev01   expires 20")
    assert lines[0].endswith(("Z (59 min left)", "Z (60 min left)"))
    listed = run("cache", "list").out
    assert not any(secret in listed for secret in portal.state.secrets())
    assert not any(issue.access_key_id in listed for issue in portal.state.issued)


def test_list_of_several_portals(ask, run, portal):
    """Each once, in order, with all its entries, however the names of the files are sorted."""
    ask(*DEV01).ok()
    ask("aws", "-T", "dev02").ok()
    for number, entry in enumerate(run.entries()):
        for portals, name in enumerate(["https://z.example", "https://a.example"]):
            text = entry.read_text().replace(portal.url, name)
            assert text.count(name) == 1
            copy = run.cache / f"{2 * number + portals:0{len(entry.stem)}x}.credentials"
            copy.write_text(text)
            copy.chmod(0o600)
    lines = run("cache", "list").ok().splitlines()
    assert lines[::3] == [portal.url, "https://a.example", "https://z.example"]
    for at in (0, 3, 6):
        assert sorted(line.split()[1] for line in lines[at + 1:at + 3]) == ["dev01", "dev02"]


def test_list_as_json(ask, run, portal):
    assert json.loads(run("cache", "list", "-o", "json").ok()) == []
    ask(*DEV01).ok()
    (entry,) = json.loads(run("cache", "list", "-o", "json").ok())
    assert set(entry) == {"Portal", "Scope", "Expiration", "SecondsLeft"}
    assert entry["Portal"] == portal.url and entry["Expiration"].endswith("Z")
    assert run("cache", "list", "-q", "[0].Scope", "-o", "string").ok() == entry["Scope"] + "\n"
    assert entry["Scope"] in run("cache", "list").ok()
    run("cache", "clear", "-o", "json").fails(2, "only `cache list` accepts --output")
    assert run.entries()


def test_version_as_json(run):
    version = json.loads(run("version", "-o", "json").ok())
    assert run("version").ok() == f"duplojit {version['Version']}\n"
    assert run("version", "-q", "Version", "-o", "string").ok() == version["Version"] + "\n"


@pytest.mark.parametrize("form", ["process", "shell", "table"])
def test_a_format_in_the_variable_that_only_other_commands_have(run, form):
    """It counts as not set; an unknown one, or one that is an option, is an error."""
    env = {"DUPLO_OUTPUT": form}
    assert run("version", env=env).ok() == run("version").ok()
    run("version", "-o", form).fails(2, "unknown value")
    run("version", env={"DUPLO_OUTPUT": "bogus"}).fails(2, "DUPLO_OUTPUT", "bogus")


def test_list_skips_files_that_are_not_entries(ask, run):
    ask(*DEV01).ok()
    run.entries()[0].write_text("garbage")
    (run.cache / "note").write_text("another file")
    assert run("cache", "list").ok() == ""


@pytest.mark.parametrize("words", [("cache", "clear"), ("clear-cache",)])
def test_clear(ask, run, words):
    assert run(*words).ok() == "removed 0 cached credentials\n"
    first = key(ask(*DEV01))
    ask("aws", "--tenant", "dev02").ok()
    (run.cache / "note").write_text("another file")
    (run.cache / "0123.credentials").write_text("another")
    assert run(*words).ok() == "removed 2 cached credentials\n"
    assert {p.name for p in run.cache.iterdir()} <= {"key", "note", "0123.credentials"}
    assert (run.cache / "note").exists() and (run.cache / "0123.credentials").exists()
    assert key(ask(*DEV01)) != first


@pytest.fixture
def as_user(ask, run, portal, tmp_path):
    """`ask` as a user who owns the home directory, because root may read and remove any file."""
    if os.geteuid() != 0:
        return ask
    shutil.copy(BIN, tmp_path / "duplojit")
    (tmp_path / "duplojit").chmod(0o555)
    shutil.copy(portal.ca, tmp_path / "ca.pem")
    (tmp_path / "ca.pem").chmod(0o444)
    os.chown(run.home, 65532, 65532)
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(path.stat().st_mode | 0o011)

    def go(*words):
        return run(*words, env=identity(portal) | {"DUPLO_CA_FILE": str(tmp_path / "ca.pem")},
                   program=tmp_path / "duplojit", user=65532, group=65532, extra_groups=[])
    return go


def secrets_on_disk(run, portal) -> list[Path]:
    """Files in the home directory that contain a secret of the portal."""
    secrets = [text.encode() for text in portal.state.secrets() if text]
    return [path for path in run.home.rglob("*")
            if path.is_file() and any(secret in path.read_bytes() for secret in secrets)]


CLEAR = pytest.mark.parametrize("words", [
    ("cache", "clear"), ("logout",), ("logout", "--host", "")])


@CLEAR
@pytest.mark.parametrize("spoil", ["mode", "owner", "text", "version", "temporary", "pending"])
def test_no_secret_stays(as_user, run, portal, words, spoil):
    """Also in an entry that this user or this version cannot read, or of an interrupted run."""
    as_user(*DEV01).ok()
    (entry,) = run.entries()
    text = entry.read_text()
    if spoil == "mode":
        entry.chmod(0)
    elif spoil == "owner":
        os.chown(entry, 0 if os.geteuid() == 0 else -1, -1)
    elif spoil == "text":
        entry.write_text(text[:-5])
    elif spoil == "version":
        entry.write_text(text.replace('"Version":', '"Version":9'))
    else:
        name = {"temporary": "new", "pending": "pending"}[spoil]
        entry.rename(entry.with_name(f".{entry.name}.duplojit-{name}"))
    assert secrets_on_disk(run, portal)
    done = as_user(*(word or portal.url for word in words))
    assert done.code == 0 and secrets_on_disk(run, portal) == []


@CLEAR
@pytest.mark.parametrize("mode", [0, 0o300, 0o400, 0o500])
@pytest.mark.parametrize("name", ["entry", "temporary"])
def test_secrets_that_cannot_be_removed_are_reported(as_user, run, portal, words, mode, name):
    as_user(*DEV01).ok()
    if name == "temporary":
        (entry,) = run.entries()
        entry.rename(entry.with_name(f".{entry.name}.duplojit-new"))
    run.cache.chmod(mode)
    done = as_user(*(word or portal.url for word in words))
    run.cache.chmod(0o700)
    assert secrets_on_disk(run, portal)
    done.fails(6, str(run.cache), "Permission denied")


def test_a_cache_path_that_is_not_a_directory(run, tmp_path):
    (tmp_path / "file").write_text("")
    for word in ("list", "clear"):
        run("cache", word, "--cache-dir", tmp_path / "file").fails(6, str(tmp_path / "file"))
