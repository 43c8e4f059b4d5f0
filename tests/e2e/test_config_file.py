# SPDX-License-Identifier: MIT
"""update-aws-config with real files: what changes, what stays, and which tools read the result.

test_ini_oracle.py and the unit tests cover the grammar of the file; this file covers the file
system, the portal and the AWS tools.
"""

from __future__ import annotations

import configparser
import json
import os
import random
import re
import shlex
import shutil
import signal
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import BIN, LIMIT_S, identity, umask
from namespaces import run_in, with_file
from portal import Portal
from strace import FIRED, run_traced
from terminal import Terminal

HOST = "https://portal.example"
BASE = ("--host", HOST, "--admin", "--region", "eu-west-1", "--offline")

FILE = """# kept: a comment
[default]
region = us-east-1

[profile other]
region=eu-central-1
  ; not quite a comment
s3 =
  max_concurrent_requests = 20

[sso-session corp]
sso_region = us-east-1
"""


@pytest.fixture
def config(run) -> Path:
    return run.home / ".aws/config"


@pytest.fixture
def write(config):
    """Creates the config file."""
    def call(text: str | bytes, mode: int = 0o644) -> Path:
        config.parent.mkdir(mode=0o700, exist_ok=True)
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
        config.chmod(mode)
        return config
    return call


@pytest.fixture
def update(run):
    def call(*args, env=None, **more):
        return run("update-aws-config", *args, env=env, **more)
    return call


def profiles(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(path.read_text())
    return parser


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if ".duplojit-" in p.name)


# The file

def test_a_new_file_in_new_folders(update, config):
    out = update("first", *BASE).ok()
    assert out == f"profile first in {config}: written\n"
    assert (mode_of(config.parent), mode_of(config)) == (0o700, 0o600)
    assert config.read_text() == (
        f"[profile first]\ncredential_process = {BIN} aws --admin --host {HOST}\n"
        "region = eu-west-1\noutput = json\n")
    assert leftovers(config.parent) == []


def test_new_folders_are_private_with_any_umask(run, config):
    deep = run.home / "a/b/c/config"
    run("update-aws-config", "p", *BASE, "--config-file", deep).ok()
    assert all(mode_of(each) == 0o700 for each in list(deep.parents)[:3])
    done = subprocess.run(["sh", "-c", 'umask 077; exec "$0" "$@"', BIN, "update-aws-config", "p",
                           *BASE], env={"HOME": str(run.home)}, capture_output=True, timeout=30)
    assert done.returncode == 0 and mode_of(config) == 0o600


@pytest.mark.parametrize("text", (
    FILE, FILE.replace("\n", "\r\n"), FILE.rstrip("\n"), FILE + "\n\n", "\n" + FILE, "# only\n",
    "", "[default]\nregion = x\n", "[default]\r\nregion = x",
    FILE + "[profile \u00e4]\nx = \u00df\n"))
def test_every_other_byte_stays(update, write, text):
    config = write(text)
    update("mine", *BASE).ok()
    after = config.read_bytes()
    assert after.startswith(text.encode())
    added = after[len(text.encode()):].decode()
    assert added.strip().splitlines()[0] == "[profile mine]"
    if "\r\n" in text:
        assert added.count("\n") == added.count("\r\n")
    assert config.read_bytes().count(b"[profile mine]") == 1


def test_changes_only_the_lines_that_must_change(update, write):
    config = write(FILE + "[profile mine]\n# mine\nregion = old\nextra = 1\n"
                          "credential_process = old\n\n[profile last]\nregion = z\n")
    update("mine", *BASE).ok()
    before = FILE + "[profile mine]\n# mine\nregion = eu-west-1\nextra = 1\n"
    assert config.read_text().startswith(before + f"credential_process = {BIN} aws --admin")
    assert config.read_text().endswith("\n[profile last]\nregion = z\n")


def test_the_second_run_changes_nothing(update, write):
    config = write(FILE)
    update("mine", *BASE).ok()
    os.utime(config, ns=(10**18, 10**18))
    before = config.stat()
    assert "nothing to change" in update("mine", *BASE).ok()
    after = config.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino, before.st_mtime_ns, before.st_ctime_ns)


@pytest.mark.parametrize("target", ("elsewhere/real", "../outside", "real"))
@pytest.mark.parametrize("dangling", (False, True))
def test_a_link_is_followed(update, config, target, dangling):
    config.parent.mkdir()
    real = config.parent / target
    if not dangling:
        real.parent.mkdir(exist_ok=True)
        real.write_text(FILE)
    config.symlink_to(target)
    update("mine", *BASE).ok()
    assert config.is_symlink() and os.readlink(config) == target
    assert real.read_text().startswith("" if dangling else FILE)
    assert "[profile mine]" in real.read_text()
    assert leftovers(config.parent) == leftovers(real.parent) == []


def test_links_to_links_and_circular_links(update, config):
    config.parent.mkdir()
    config.symlink_to("one")
    (config.parent / "one").symlink_to(config.parent / "two")
    update("mine", *BASE).ok()
    assert "[profile mine]" in (config.parent / "two").read_text()
    (config.parent / "two").unlink()
    (config.parent / "two").symlink_to("config")
    update("mine", *BASE).fails(6, "too many symbolic links", str(config))


@pytest.mark.parametrize("mode", (0o600, 0o640, 0o644, 0o660, 0o400))
def test_the_mode_stays(update, write, mode):
    config = write(FILE, mode)
    update("mine", *BASE).ok()
    assert mode_of(config) == mode and "[profile mine]" in config.read_text()


def test_owner_and_group_stay(update, write):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    config = write(FILE, 0o640)
    os.chown(config, 12345, 23456)
    update("mine", *BASE).ok()
    info = config.stat()
    assert (info.st_uid, info.st_gid, mode_of(config)) == (12345, 23456, 0o640)


def test_a_read_only_folder(run, update, write):
    config = write(FILE)
    config.parent.chmod(0o500)
    try:
        if os.geteuid() == 0:
            done = run("--reuid=65534", "--regid=65534", "--clear-groups", BIN,
                       "update-aws-config", "mine", *BASE, "--config-file", config,
                       program=setpriv(config))
        else:
            done = update("mine", *BASE)
        done.fails(6, str(config.parent))
        assert config.read_text() == FILE
    finally:
        config.parent.chmod(0o700)


def setpriv(config: Path) -> str:
    """Root may write anywhere, so the test runs as a user who owns only the folder."""
    tool = shutil.which("setpriv")
    if tool is None:
        pytest.skip("setpriv is not installed")
    for each in (config, config.parent):
        os.chown(each, 65534, 65534)
    for each in list(config.parents)[:6]:
        if each != Path("/tmp") and each.stat().st_uid == 0:
            each.chmod(mode_of(each) | 0o011)
    return tool


@pytest.mark.parametrize("what", ("folder", "pipe", "device", "link to a device"))
def test_a_path_that_is_not_a_file(run, update, config, what):
    """AWS_CONFIG_FILE=/dev/null is common, and root could replace the device by a file."""
    path, device = config, Path("/dev/null")
    config.parent.mkdir()
    if os.geteuid() == 0:  # a device that may be lost
        device = run.home / "null"
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    if what == "pipe":
        os.mkfifo(config)
    elif what == "folder":
        config.mkdir()
    elif what == "device":
        path = device
    else:
        config.symlink_to(device)
    for more in ((), ("--dry-run",), ("--check",)):
        done = update("mine", *BASE, *more, "--config-file", path, limit_s=20)
        done.fails(6, f"{device if 'device' in what else path} is not a regular file")
    assert device.is_char_device()


def test_a_parent_that_is_a_file(update, config):
    config.parent.write_text("")
    update("mine", *BASE).fails(6, str(config.parent))


# The path of the file and the name of the profile

def test_path_of_the_file(update, run, tmp_path):
    update("p", *BASE, env={"AWS_CONFIG_FILE": str(tmp_path / "one")}).ok()
    assert (tmp_path / "one").exists()
    update("p", *BASE, "--config-file", tmp_path / "two",
           env={"AWS_CONFIG_FILE": str(tmp_path / "three")}).ok()
    assert (tmp_path / "two").exists() and not (tmp_path / "three").exists()
    update("p", *BASE, "--config-file", "~/four").ok()
    assert (run.home / "four").exists()
    update("p", *BASE, env={"AWS_CONFIG_FILE": "~/deep/five"}).ok()
    assert (run.home / "deep/five").exists()
    update("p", *BASE, "--config-file", "six", cwd=tmp_path).ok()
    assert (tmp_path / "six").exists()
    assert not (run.home / ".aws").exists()


def test_without_a_home(update, tmp_path):
    update("p", *BASE, env={"HOME": None}).fails(6, "HOME is not set", "--config-file")
    update("p", *BASE, "--config-file", tmp_path / "c", env={"HOME": None}).ok()
    for home in ("home", "./home"):
        update("p", *BASE, env={"HOME": home}, cwd=tmp_path).fails(
            6, "HOME is not an absolute path")
        update("p", *BASE, "--config-file", tmp_path / "c", env={"HOME": home}, cwd=tmp_path).ok()


def test_profile_names(update, config):
    update("default", *BASE).ok()
    update(*BASE).ok()
    update("a_b-c/d.e%f@g:h+i", *BASE).ok()
    assert profiles(config).sections() == ["default", "profile portal.example",
                                           "profile a_b-c/d.e%f@g:h+i"]
    for bad in ("a b", "a]b", "a\nb", "", "a#b", "\u00e4", "a\"b"):
        update(bad, *BASE).fails(2, "profile name")


def test_profile_default_counts_as_default(update, write):
    config = write("[profile default]\nregion = x\noutput = text\n")
    update("default", *BASE).ok()
    assert profiles(config).sections() == ["profile default"]


# Without writing

def patched(config: Path, diff: str) -> bytes:
    tool = shutil.which("patch")
    if tool is None:
        pytest.skip("patch is not installed")
    copy = config.with_name("copy")
    if config.exists():
        shutil.copy(config, copy)
    subprocess.run([tool, "--binary", "-s", str(copy)], input=diff.encode(), check=True,
                   timeout=20)
    return copy.read_bytes()


@pytest.mark.parametrize("text", (
    FILE, FILE.replace("\n", "\r\n"), FILE.rstrip("\n"), "", "[default] ",
    "[a] \nregion = b \t\n \n",
    FILE + "[profile mine]\nregion = old\n" + FILE.replace("default", "profile d").replace(
        "other", "o").replace("corp", "c")))
def test_a_dry_run_is_a_diff_that_patch_applies(update, write, text):
    config = write(text)
    before = config.stat()
    diff = update("mine", *BASE, "--dry-run").ok()
    assert diff.startswith(f"--- {config}\n+++ {config}\n@@ ")
    after = config.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert config.read_bytes() == text.encode() and leftovers(config.parent) == []
    want = patched(config, diff)
    update("mine", *BASE).ok()
    assert config.read_bytes() == want
    assert update("mine", *BASE, "--dry-run").ok() == ""


def test_a_dry_run_creates_no_folder(update, config):
    assert "+[profile mine]" in update("mine", *BASE, "--dry-run").ok()
    assert not config.parent.exists()


def test_a_dry_run_prints_no_secret(update, write, canaries):
    secret, token = "wJalrXUtnFEMIcanarykey", "canary-token-1"
    for way in ("--token T", "--token=T", "-token T", "-token=T", "-t T", "-tT", "-It T",
                "'-t' 'T'", '--token "T T"', "--otp T"):
        write(f"[profile a]\naws_secret_access_key = {secret}\n"
              f"[profile mine]\ncredential_process = x aws {way.replace('T', token)} --admin\n"
              f"aws_session_token={secret}\n")
        done = update("mine", *BASE, "--token", "canary-token-2", "--dry-run")
        assert done.code == 0 and "-credential_process = x aws " in done.out
        assert not any(s in done.out + done.err for s in (secret, token, "canary-token-2")), way


def test_print(update, write, config):
    text = update("mine", *BASE, "--print").ok()
    assert not config.exists()
    write(FILE)
    assert update("mine", *BASE, "--print").ok() == text
    assert config.read_text() == FILE
    update("mine", *BASE).ok()
    assert config.read_text().endswith(text)


# Region

def region(done, config: Path, name: str = "mine") -> str:
    assert done.code == 0, done.err
    section = "default" if name == "default" else f"profile {name}"
    return profiles(config)[section]["region"]


def test_the_order_of_regions(update, write, config, portal):
    """Option, AWS_REGION, AWS_DEFAULT_REGION, profile, tenant, features, us-west-2."""
    env = identity(portal) | {"AWS_REGION": "r-env-1", "AWS_DEFAULT_REGION": "r-default-1"}
    who = ("mine", "--tenant", "dev02")
    assert region(update(*who, "--region", "r-option-1", env=env), config) == "r-option-1"
    assert region(update(*who, env=env), config) == "r-env-1"
    del env["AWS_REGION"]
    assert region(update(*who, env=env), config) == "r-default-1"
    del env["AWS_DEFAULT_REGION"]
    write("[profile mine]\nregion = r-profile-1\n")
    assert region(update(*who, env=env), config) == "r-profile-1"
    assert not portal.log.find("*/GetAwsRegionId")
    write("")
    assert region(update(*who, env=env), config) == "us-east-1"  # dev02's
    write("")
    portal.state.features = {"DefaultAwsRegion": "r-features-1"}
    assert region(update("mine", "--admin", env=env), config) == "r-features-1"
    write("")
    portal.state.features = {"DefaultAwsRegion": None}
    done = update("mine", "--admin", env=env)
    assert region(done, config) == "us-west-2"
    assert "warning: the region is us-west-2, because the portal names none" in done.err
    write("")
    done = update("mine", "--admin", env={"DUPLO_HOST": HOST})
    assert region(done, config) == "us-west-2"
    assert done.err == ("duplojit: warning: the region is us-west-2, because there is no token to "
                        "ask the portal with; use --region to set another\n")


def test_the_region_of_a_tenant_by_its_id(update, config, portal):
    who = ("--tenant-id", portal.state.tenants["dev02"].id)
    assert region(update("mine", *who, env=identity(portal)), config) == "us-east-1"
    assert [r.path.rsplit("/", 1)[1] for r in portal.log] == ["GetAwsRegionId"]


# What the portal must confirm

WAYS = ((), ("--region", "eu-west-1"), ("--dry-run",), ("--print",))


@pytest.mark.parametrize("fault, code", ((dict(hang=True), 5), (dict(status=503), 5),
                                         (dict(status=401), 3), (dict(body="<html>"), 5)))
@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_a_portal_that_does_not_confirm(update, write, portal, fault, code, words):
    """Nothing is written, also if the region is known. --offline is named, and writes."""
    config = write(FILE)
    portal.faults.add(**fault)
    timeout = "1s" if code == 5 else "20s"
    who = ("mine", "--tenant", "dev02", "--timeout", timeout, *words)
    update(*who, env=identity(portal)).fails(code, "--offline")
    assert config.read_text() == FILE and leftovers(config.parent) == []
    asked = len(portal.log)
    assert update(*who, "--offline", env=identity(portal)).code == 0
    assert len(portal.log) == asked
    assert ("[profile mine]" in config.read_text()) == ("--print" not in words and
                                                        "--dry-run" not in words)


@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_an_unknown_tenant_or_a_refused_token(update, config, portal, words):
    env = identity(portal)
    unknown = "00000000-0000-4000-8000-000000000000"
    update("mine", "--tenant", "elsewhere", *words, env=env).fails(4, "elsewhere", "--offline")
    update("mine", "--tenant-id", unknown, *words, env=env).fails(4, unknown, "--offline")
    refused = env | {"DUPLO_TOKEN": "refused"}
    for scope in (("--tenant", "dev02"), ("--admin",), ("--duplo-ops",),
                  ("--tenant-id", portal.state.tenants["dev02"].id)):
        update("mine", *scope, *words, env=refused).fails(3, "--offline")
    assert not config.parent.exists()


def test_offline_sets_only_the_region_of_the_option(update, write, portal):
    env = identity(portal) | {"AWS_REGION": "r-env-1"}
    who = ("mine", "--tenant", "elsewhere", "--offline")
    config = write("[profile mine]\nregion = r-profile-1\n")
    assert region(update(*who, env=env), config) == "r-profile-1"
    assert region(update(*who, "--region", "r-option-1", env=env), config) == "r-option-1"
    write("")
    assert update(*who, env=env).code == 0
    assert "region" not in profiles(config)["profile mine"]
    assert portal.log.connections == 0


def test_a_login_before_the_profile(run, config, portal, browser):
    """On a terminal the browser opens. A script cannot log in: it is an error, or --offline."""
    words = ("update-aws-config", "mine", "--tenant", "dev02", "-I")
    env = browser.env("post")
    run(*words, env=env).fails(3, "duplojit login", "--offline")
    assert not config.exists()
    assert run(*words, "--offline", env=env).code == 0
    assert "region" not in profiles(config)["profile mine"]
    code, out, shown = Terminal(run, *words, env=env).ended()
    assert code == 0 and "written" in out, shown
    assert profiles(config)["profile mine"]["region"] == "us-east-1"
    assert " --interactive " in profiles(config)["profile mine"]["credential_process"]


def test_files_in_variables_become_options(update, config, portal, tmp_path):
    """And the other variables are named in one line."""
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    shutil.copy(portal.ca, tmp_path / "ca.pem")
    env = {"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": "ca.pem", "DUPLO_TOKEN_FILE": "token",
           "DUPLO_CACHE": "cache", "DUPLO_TENANT": "dev02"}
    update("mine", env=env, cwd=tmp_path).ok()
    words = shlex.split(profiles(config)["profile mine"]["credential_process"])
    assert set(zip(words, words[1:])) >= {
        ("--ca-file", f"{tmp_path}/ca.pem"), ("--token-file", str(token)),
        ("--cache-dir", f"{tmp_path}/cache"), ("--tenant", "dev02")}
    done = subprocess.run(words, env={}, capture_output=True, timeout=LIMIT_S)
    assert (done.returncode, done.stderr) == (0, b"")
    more = {"DUPLO_TIMEOUT": "9s", "DUPLO_TOKEN": "unused", "DUPLO_OTP": "1", "DUPLO_REGION": "x-1"}
    done = update("mine", env=env | more, cwd=tmp_path)
    assert done.code == 0 and done.err == (
        "duplojit: the profile does not contain DUPLO_TIMEOUT: AWS tools must run with the same "
        "value\n")
    given = ("--token", portal.token(), "--cache-dir", "c", "--timeout", "5s")
    done = update("mine", *given, env=env | more, cwd=tmp_path)
    line = profiles(config)["profile mine"]["credential_process"]
    assert "--token-file" not in line and line.count("--cache-dir") == 1
    assert done.err.count("\n") == 1 and "DUPLO_TIMEOUT" not in done.err


def test_a_token_in_a_variable_is_named(update, config, portal):
    done = update("mine", "--admin", env=identity(portal) | {"DUPLO_WAIT": "1s"})
    assert done.err == ("duplojit: the profile does not contain DUPLO_TOKEN, DUPLO_WAIT: AWS tools "
                        "must run with the same value\n")
    assert portal.token() not in config.read_text()


@pytest.mark.parametrize("fault", (dict(status=404), dict(status=500), dict(body='"no region"')))
def test_a_tenant_without_a_region_gets_the_portals(update, config, portal, fault):
    portal.faults.add(path="*/GetAwsRegionId", **fault)
    portal.state.features = {"DefaultAwsRegion": "r-features-1"}
    done = update("mine", "--tenant", "dev02", env=identity(portal))
    assert region(done, config) == "r-features-1"
    assert done.err.count("the tenant's region") == 1 and done.err.count("warning") == 1


def test_an_invalid_region(update, config):
    update("mine", "--admin", "--host", HOST, "--region", "us west").fails(2)
    assert not config.exists()


@pytest.mark.parametrize("key, value, option", (
    ("region", "us west", "--region"), ("region", "us-east-1\n  b", "--region"),
    ("output", "json\n  b", "-o"), ("output", "caf\u00e9", "-o")))
def test_a_value_in_the_profile_that_cannot_be_kept(update, write, config, key, value, option):
    """The value in the file is wrong, and the message names the option that replaces it."""
    text = f"[profile mine]\n{key} = {value}\n"
    write(text)
    update("mine", "--admin", "--host", HOST).fails(6, key, "profile", option)
    assert config.read_text() == text
    update("mine", "--admin", "--host", HOST, option, "x-1", "--offline").ok()
    assert profiles(config)["profile mine"][key] == "x-1"


def test_output_is_kept(update, write, config):
    write("[profile mine]\noutput = table\n")
    update("mine", *BASE).ok()
    assert profiles(config)["profile mine"]["output"] == "table"
    update("mine", *BASE, "-o", "text").ok()
    assert profiles(config)["profile mine"]["output"] == "text"


# The token

def test_a_token_option_is_written_and_the_mode_tightened(update, write, canaries):
    canaries.append("canary-token-3")
    config = write(FILE, 0o664)
    done = update("mine", *BASE, "--token", "canary-token-3")
    assert done.code == 0
    assert done.err == (f"duplojit: warning: {config} now contains the token (mode 0600); "
                        "use --token-file to avoid that\n")
    assert "--token canary-token-3 " in config.read_text() and mode_of(config) == 0o600


def test_the_mode_is_tightened_even_if_the_text_stays(update, write):
    config = write(FILE)
    update("mine", *BASE, "--token", "some-token-3")
    config.chmod(0o644)
    update("mine", *BASE, "--token", "some-token-3")
    assert mode_of(config) == 0o600


def test_other_tokens_are_referenced_and_never_copied(update, config, portal, tmp_path, canaries):
    token = portal.token()
    path = tmp_path / "token"
    path.write_text(token + "\n")
    path.chmod(0o600)
    update("file", *BASE, "--token-file", path).ok()
    update("relative", *BASE, "--token-file", "token", cwd=tmp_path).ok()
    update("variable", *BASE, env=identity(portal))
    update("filevariable", *BASE, env={"DUPLO_TOKEN_FILE": str(path)}).ok()
    update("stdin", *BASE, "--token", "-", stdin=token + "\n").ok()
    assert token not in config.read_text()
    parsed = profiles(config)
    assert f"--token-file {path} " in parsed["profile file"]["credential_process"]
    assert f"--token-file {path} " in parsed["profile relative"]["credential_process"]
    assert f"--token-file {path} " in parsed["profile filevariable"]["credential_process"]
    for name in ("variable", "stdin"):
        assert "token" not in parsed[f"profile {name}"]["credential_process"]


# Files that AWS tools reject: the text, the line of the fault, and whether profile a has the fault

ALL = "the AWS CLI, boto3 and"
CLI = "the AWS CLI and boto3 reject"
STD = "the SDKs for Rust and Java"
BAD_LINES = {
    "a missing =": ("[profile a]\nregion = x\nthis is nothing\n", 3, ALL, True),
    "an unclosed [": ("[profile a\nregion = x\n", 1, ALL, False),
    "a property before a section": ("region = x\n[profile a]\n", 1, ALL, False),
    "a section twice": ("[profile a]\nregion = x\n\n[profile a]\noutput = json\n", 4, CLI, True),
    "a key twice": ("[profile a]\nregion = x\nregion = y\n", 3, CLI, True),
    "an indented first key": ("[profile a]\n  region = x\n", 2, STD, True),
    "an indented comment": ("[profile a]\ns3 =\n  # c\n  k = v\n", 3, STD, True),
    "a byte order mark": (b"\xef\xbb\xbf[profile a]\nregion = x\n", 1, ALL, True),
    "not UTF-8": (b"[profile a]\nregion = \xff\n", 2, "the AWS CLI, boto3", True),
    "a lone CR": (b"[profile a]\rregion = x\n", 1, "the AWS CLI and boto3", True),
}


def check_unchanged(update, config, profile, line):
    before = config.read_bytes(), config.stat().st_ino
    for more in ((), ("--dry-run",), ("--check",)):
        update(profile, *BASE, *more).fails(6, str(config), f"line {line}:")
    assert (config.read_bytes(), config.stat().st_ino) == before
    assert leftovers(config.parent) == []


@pytest.mark.parametrize("text, line, tools, in_a", BAD_LINES.values(), ids=BAD_LINES)
def test_a_faulty_profile_is_not_changed(update, write, text, line, tools, in_a):
    if not in_a:
        pytest.skip("the fault is in no profile")
    check_unchanged(update, write(text), "a", line)


def test_a_file_with_a_nul_is_not_changed(update, write):
    check_unchanged(update, write(b"[profile a]\nregion = \0\n"), "mine", 2)


@pytest.mark.parametrize("text, line, tools, in_a", BAD_LINES.values(), ids=BAD_LINES)
def test_a_fault_elsewhere_is_a_warning(update, write, text, line, tools, in_a):
    """It names the line and the tools that reject the file. Every byte of the rest stays."""
    config = write(text)
    before = config.read_bytes()
    section = update("mine", *BASE, "--print").ok()
    for more in (("--dry-run",), ()) if isinstance(text, str) else ((),):
        done = update("mine", *BASE, *more)
        assert done.code == 0
        assert done.err.startswith(f"duplojit: warning: {config}: line {line}: ")
        assert tools in done.err and done.err.count("\n") == 1
    assert config.read_bytes() == before + f"\n{section}".encode()
    update("mine", *BASE, "--check").ok()


@pytest.mark.parametrize("name", [name for name, row in BAD_LINES.items() if row[2] == STD])
def test_the_aws_cli_reads_the_profile_beside_such_a_fault(update, write, name):
    loader = pytest.importorskip("botocore.configloader", reason="botocore is not installed")
    config = write(BAD_LINES[name][0])
    assert update("mine", *BASE).code == 0
    read = loader.load_config(str(config))["profiles"]["mine"]
    assert read["region"] == "eu-west-1" and read["credential_process"].startswith(str(BIN))


def test_print_needs_no_file(update, write, run, tmp_path):
    text = update("a", *BASE, "--print").ok()
    for row in BAD_LINES.values():
        write(row[0])
        assert update("a", *BASE, "--print").ok() == text
    write("[profile a]\nregion = not a region\noutput = \u00e9\n")
    assert update("a", "--host", HOST, "--admin", "--print").out == text.replace(
        "eu-west-1", "us-west-2")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for file in (tmp_path, pipe, "/dev/null"):
        assert update("a", *BASE, "--print", "--config-file", file).ok() == text
    assert update("a", *BASE, "--print", env={"HOME": None}).ok() == text


def test_a_huge_file(update, write):
    config = write(FILE + "# x\n" * 5_000_000)
    update("mine", *BASE).fails(6, str(config), "larger than")


# Keys that AWS tools prefer to credential_process

SHADOWS = {
    "sso_session": ("sso_session = s\nsso_account_id = 1\nsso_role_name = r\n",
                    "the AWS CLI, boto3 and the SDKs for Go, Java and Rust prefer sso_session, "
                    "sso_account_id, sso_role_name"),
    "role_arn": ("role_arn = arn:aws:iam::1:role/x\nsource_profile = base\n",
                 "the AWS CLI, boto3 and the SDKs for Go, Java, JavaScript and Rust prefer "
                 "role_arn, source_profile"),
    "role_arn alone": ("role_arn = arn:aws:iam::1:role/x\n",
                       "the AWS CLI, boto3 and the SDKs for Go and Rust prefer role_arn"),
    "web_identity_token_file": ("web_identity_token_file = /t\nrole_arn = arn:aws:iam::1:role/x\n",
                                "JavaScript and Rust prefer role_arn, web_identity_token_file"),
    "credential_source": ("credential_source = Environment\n",
                          "the SDKs for Go and Rust prefer credential_source"),
    "login_session": ("login_session = arn:aws:iam::1:user/x\n",
                      "the AWS CLI, boto3 and the SDKs for Go and Rust prefer login_session"),
    "static keys": ("AWS_ACCESS_KEY_ID = AKIAX\naws_secret_access_key = canary-secret\n",
                    "the SDKs for Go and JavaScript prefer aws_access_key_id, "
                    "aws_secret_access_key"),
}


@pytest.mark.parametrize("keys, message", SHADOWS.values(), ids=SHADOWS)
def test_keys_that_aws_tools_prefer(update, write, run, keys, message):
    """An update warns of them, --check fails, --replace comments them out."""
    config = write(f"[profile mine]\n{keys}\n[profile b]\n{keys}")
    message += f" in {config} to credential_process. Use --replace to comment them out\n"
    update("mine", *BASE, "--check").fails(6, "profile mine: the ", message)
    assert "credential_process" not in config.read_text()
    done = update("mine", *BASE)
    assert done.code == 0 and "credential_process" in config.read_text()
    assert done.err.startswith("duplojit: warning: profile mine: the ")
    assert done.err.endswith(message) and done.err.count("\n") == 1
    dry = update("mine", *BASE, "--replace", "--dry-run").ok()
    assert all(f"+# {line}" in dry for line in keys.splitlines() if "secret" not in line)
    assert "canary" not in dry and keys in config.read_text()
    update("mine", *BASE, "--replace").ok()
    commented = "".join(f"# {line}\n" for line in keys.splitlines())
    assert config.read_text().startswith(f"[profile mine]\n{commented}credential_process = ")
    assert config.read_text().endswith(f"[profile b]\n{keys}")
    update("mine", *BASE, "--check").ok()


def test_the_credentials_file_counts_too(update, write, run, tmp_path):
    credentials = run.home / ".aws/credentials"
    other = tmp_path / "other-credentials"
    keys = "aws_access_key_id = AKIAX\naws_secret_access_key = canary-secret\n"
    config = write(FILE)
    update("mine", *BASE, "--check").ok()
    credentials.write_text(f"[other]\n{keys}")
    update("mine", *BASE, "--check").ok()
    credentials.write_text(f"[mine]\n{keys}[other]\n{keys}")
    credentials.chmod(0o640)
    update("mine", *BASE, "--check").fails(
        6, "the AWS CLI, boto3 and the SDKs for Go and JavaScript prefer aws_access_key_id, "
           f"aws_secret_access_key in {credentials} to credential_process")
    other.write_text("[mine]\nregion = x\n")
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(other)}
    update("mine", *BASE, "--check", env=env).ok()
    dry = update("mine", *BASE, "--replace", "--dry-run").ok()
    assert f"--- {config}\n" in dry and f"--- {credentials}\n" in dry and "canary" not in dry
    assert "+# aws_secret_access_key = ***\n" in dry
    update("mine", *BASE, "--replace").ok()
    assert credentials.read_text() == (
        "[mine]\n# aws_access_key_id = AKIAX\n# aws_secret_access_key = canary-secret\n"
        f"[other]\n{keys}")
    assert mode_of(credentials) == 0o640
    assert "nothing to change" in update("mine", *BASE, "--replace").ok()


def test_a_credentials_file_that_cannot_be_read(update, config, tmp_path):
    """--check reports that it cannot know; the profile itself is written."""
    other = tmp_path / "other"
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(other)}
    for text in ("[mine]\n  aws_access_key_id = AKIAX\n", "[mine]\n[mine]\n", None):
        other.mkdir() if text is None else other.write_text(text)
        update("mine", *BASE, "--check", env=env).fails(6, str(other))
        config.unlink(missing_ok=True)
        done = update("mine", *BASE, env=env)
        assert done.code == 0 and "credential_process" in config.read_text()
        assert "cannot check which keys AWS tools prefer" in done.err and str(other) in done.err
        if other.is_file():
            other.unlink()
    config.write_text("[profile mine]\nno property\n")
    update("mine", *BASE, "--check").fails(6, "line 2")


# The command of the profile

def test_options_of_the_command_line_become_part_of_the_profile(update, config, tmp_path):
    update("mine", *BASE, "--ca-file", "ca.pem", "--timeout", "4s", "--resolve", "a.test:127.0.0.1",
           "--resolve", "b.test:[::1]", "--cache-dir", "cache", "--no-cache",
           "--wait", "1s", "--timeout", "5s", cwd=tmp_path,
           env={"DUPLO_TIMEOUT": "7s", "DUPLO_CA_FILE": "/not/copied"}).ok()
    words = shlex.split(profiles(config)["profile mine"]["credential_process"])
    assert words[:2] == [str(BIN), "aws"] and words[-3:] == ["--admin", "--host", HOST]
    assert set(zip(words, words[1:])) >= {
        ("--ca-file", f"{tmp_path}/ca.pem"), ("--timeout", "5s"), ("--wait", "1s"),
        ("--resolve", "a.test:127.0.0.1"), ("--resolve", "b.test:[::1]"),
        ("--cache-dir", f"{tmp_path}/cache")}
    assert "--no-cache" in words and words.count("--timeout") == 1 and "/not/copied" not in words


def test_command(update, config):
    update("mine", *BASE, "--command", "docker run --rm example/duplojit").ok()
    assert profiles(config)["profile mine"]["credential_process"] == (
        f"docker run --rm example/duplojit aws --admin --host {HOST}")
    update("mine", *BASE, env={"DUPLO_COMMAND": "duplojit"}).ok()
    assert profiles(config)["profile mine"]["credential_process"].startswith("duplojit aws ")


@pytest.mark.parametrize("command", ("~/bin/duplojit", "$HOME/bin/duplojit", "duplojit | tee log",
                                     "DUPLO_HOST=x duplojit", "it's", "/a b* c"))
def test_a_command_that_only_a_shell_understands(update, config, command):
    """botocore starts no shell."""
    update("mine", *BASE, "--command", command).fails(2, "--command: ")
    update("mine", *BASE, env={"DUPLO_COMMAND": command}).fails(2, "--command: ")
    assert not config.exists()


def special_program(folder: Path) -> Path:
    """The binary in a folder whose name has characters that are special in every shell."""
    special = folder / "it's a $HOME; \"x\" & (y) * ~ `z` \\ 1# \u00e9\u65e5\u672c"
    special.mkdir()
    shutil.copy(BIN, special / "duplojit")
    return special


@pytest.fixture
def special_profile(run, portal, tmp_path):
    """The config file of a profile whose program, token and CA are in such a folder."""
    special = special_program(tmp_path)
    (special / "token").write_text(portal.token())
    shutil.copy(portal.ca, special / "ca.pem")
    path = run.home / "config"
    done = run("update-aws-config", "special", "--host", portal.url, "--tenant", "dev02",
               "--token-file", special / "token", "--ca-file", special / "ca.pem",
               "--config-file", path, program=special / "duplojit")
    done.ok()
    return path


def test_paths_are_quoted_for_the_shell_and_for_botocore(run, portal, special_profile):
    line = profiles(special_profile)["profile special"]["credential_process"]
    assert line[0] == "'" and line[-1] != "'"  # Go's SDK removes quotes around the line
    for command in (["/bin/sh", "-c", line], shlex.split(line)):
        ran = subprocess.run(command, env={"HOME": str(run.home)}, capture_output=True,
                             timeout=LIMIT_S)
        assert ran.returncode == 0, ran.stderr
        key = json.loads(ran.stdout)["AccessKeyId"]
        assert portal.state.issue_of(key).tenant == "dev02"


@pytest.mark.parametrize("path", ("/a #b", "/a ;b", "/a\nb", "/a\tb", "/\udcff", "/a\u00a0b",
                                  "/a\u2028b", "/a\u0085b", "/\ufeffa"))
def test_paths_that_no_config_file_can_hold(update, config, path):
    """Some SDKs read " #" as the start of a comment, also inside quotes."""
    update("mine", *BASE, "--token-file", path).fails(2)
    update("mine", *BASE, "--command", path).fails(2)
    assert not config.exists()


def test_a_program_whose_path_is_not_utf8(run, config, tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    shutil.copy(BIN, folder / "duplojit")
    words = ("update-aws-config", "mine", *BASE)
    run(*words, program=folder / "duplojit").fails(2, "is not valid UTF-8", "--command PROGRAM")
    assert not config.exists()
    run(*words, "--command", "/opt/duplojit", program=folder / "duplojit").ok()


def plain_profile(run, portal, tmp_path, name="mine") -> Path:
    token = tmp_path / "token"
    token.write_text(portal.token())
    path = tmp_path / "with blanks" / "config"
    run("update-aws-config", name, "--host", portal.url, "--tenant", "dev02", "--token-file",
        token, "--ca-file", portal.ca, "--config-file", path).ok()
    return path


@pytest.mark.parametrize("name", ("mine", "default"))
def test_botocore_resolves_the_profile(run, portal, tmp_path, monkeypatch, name):
    session_module = pytest.importorskip("botocore.session")
    for variable in [v for v in os.environ if v.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(plain_profile(run, portal, tmp_path, name)))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(run.home))
    session = session_module.Session(profile=None if name == "default" else name)
    credentials = session.get_credentials()
    assert credentials.method == "custom-process"
    frozen = credentials.get_frozen_credentials()
    issue = portal.state.issue_of(frozen.access_key)
    assert issue.tenant == "dev02" and frozen.secret_key == issue.answer["SecretAccessKey"]
    assert frozen.token == issue.answer["SessionToken"]
    assert session.get_config_variable("region") == "us-east-1"


def test_the_aws_cli_signs_with_the_profile(run, portal, tmp_path):
    tool = shutil.which("aws")
    if tool is None:
        pytest.skip("aws is not installed")
    path = plain_profile(run, portal, tmp_path)
    done = subprocess.run(
        [tool, "sts", "get-caller-identity", "--profile", "mine", "--endpoint-url",
         portal.control_url], capture_output=True, text=True, timeout=LIMIT_S,
        env={"PATH": os.environ["PATH"], "HOME": str(run.home), "AWS_CONFIG_FILE": str(path)})
    assert done.returncode == 0, done.stderr
    assert "duploservices-dev02" in json.loads(done.stdout)["Arn"]


# Many at once, and interrupted runs

def test_fifty_edits_at_once_make_fifty_profiles(run, write):
    config = write(FILE)
    started = [run.start("update-aws-config", f"p{i}", *BASE) for i in range(50)]
    for process in started:
        assert run.ended(process).code == 0
    assert config.read_text().startswith(FILE)
    sections = profiles(config).sections()
    assert {f"profile p{i}" for i in range(50)} < set(sections) and len(sections) == 53
    assert leftovers(config.parent) == []


def test_killed_in_the_middle_leaves_the_old_file_or_the_new_one(run, write):
    """At least 40 edits, each killed at a random moment between its start and its usual end."""
    big = FILE + "".join(f"[profile x{i}]\nregion = r{i}\n" for i in range(2000))
    config = write(big)
    start = time.monotonic()
    run("update-aws-config", "mine", *BASE, "--region", "r-0").ok()
    usual = time.monotonic() - start
    seen = set()
    for i in range(1, 400):
        if i > 40 and len(seen) == 2:
            break
        before = config.read_bytes()
        process = run.start("update-aws-config", "mine", *BASE, "--region", f"r-{i}")
        time.sleep(random.random() * usual * 1.2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
        after = config.read_bytes()
        new = re.sub(rb"r-\d+(?=\noutput = json\n\Z)", b"r-%d" % i, before)
        assert after in (before, new)
        seen.add(after == new)
    assert seen == {True, False}, "the kills did not cover both outcomes"
    run("update-aws-config", "mine", *BASE, "--region", "r-last").ok()
    assert leftovers(config.parent) == []


FAULTS = [f"{call}:error={error}" for call, error in (
    ("write", "ENOSPC"), ("write", "EIO"), ("write", "EDQUOT"), ("fsync", "EIO"),
    ("fsync", "ENOSPC"), ("rename", "EIO"), ("rename", "ENOSPC"), ("fchmod", "EIO"))]


def strace(run, fault: str, prefix: tuple[str, ...] = (), fires: bool = True):
    """Runs an update with a fault in one system call."""
    trace = run.home / "trace"
    done = run_traced(run, trace, "update-aws-config", "mine", *BASE, calls=fault.split(":")[0],
                      fault=fault, prefix=prefix)
    assert bool(FIRED.search(trace.read_text())) == fires
    return done


@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_that_fails_loses_nothing(run, write, fault):
    config = write(FILE)
    before = config.stat()
    strace(run, f"{fault}:when=1").fails(6, str(config.parent))
    assert config.read_text() == FILE and config.stat().st_ino == before.st_ino
    assert leftovers(config.parent) == []
    run("update-aws-config", "mine", *BASE).ok()


@pytest.mark.parametrize("call, when, whole", (
    ("flock", 1, False), ("fchmod", 1, False), ("write", 1, False), ("fsync", 1, False),
    ("rename", 1, False), ("fsync", 2, True), ("write", 2, True)))
def test_killed_before_a_call_leaves_the_old_file_or_the_new_one(run, write, call, when, whole):
    """Killed before each call that changes files; the next run succeeds."""
    config = write(FILE)
    assert strace(run, f"{call}:signal=KILL:when={when}").code == -signal.SIGKILL
    new = config.read_text()
    assert new.startswith(FILE + "\n[profile mine]\n") if whole else new == FILE
    run("update-aws-config", "mine", *BASE).ok()
    assert config.read_text().count("[profile mine]") == 1 and leftovers(config.parent) == []


def test_a_folder_that_cannot_be_synced_is_reported(run, write):
    """The complete new file is in place by then; only a power cut could undo it."""
    config = write(FILE)
    strace(run, "fsync:error=EIO:when=2").fails(6, "replaced", "but cannot sync")
    assert config.read_text().startswith(FILE + "\n[profile mine]\n")
    assert leftovers(config.parent) == []


@pytest.mark.parametrize("error", ("ENOSYS", "ENOLCK", "EOPNOTSUPP"))
def test_a_file_system_without_locks(run, write, error):
    config = write(FILE)
    done = strace(run, f"flock:error={error}")
    assert done.code == 0 and done.err.count("cannot lock") == 1
    assert "may undo each other's changes" in done.err
    assert "[profile mine]" in config.read_text() and leftovers(config.parent) == []


@pytest.mark.parametrize("fault", ("fchmod:error=EPERM", "fchmod:error=EOPNOTSUPP",
                                   "fsync:error=EINVAL", "fsync:error=EOPNOTSUPP"))
def test_a_file_system_without_modes_or_sync(run, write, fault):
    config = write(FILE)
    config.chmod(0o600)
    assert strace(run, fault).ok()
    assert "[profile mine]" in config.read_text() and leftovers(config.parent) == []


# Files that must stay the same file: mount points and hard links

# A directory that cannot be written, with a mounted file in it, as of a Kubernetes subPath in a
# container whose root file system is read-only.
READ_ONLY = ('d=$(dirname "$1"); mount --bind "$d" "$d" && mount --bind "$0" "$1" && '
             'mount -o remount,bind,ro "$d" && shift && exec "$@"')


@pytest.fixture(params=["writable", "read-only"])
def mounted(write, tmp_path, request):
    """A config file that is a bind mount, as of `docker run -v file:file`: the file outside, the
    directory of the mount point, and the prefix of a command that sees it."""
    outside = tmp_path / "outside"
    outside.write_text(FILE)
    outside.chmod(0o640)
    inside = write("not this file")
    prefix = with_file(outside, inside)
    if request.param == "read-only":
        prefix[prefix.index("-c") + 1] = READ_ONLY
    return outside, inside.parent, tuple(prefix)


@pytest.fixture
def pending(run, mounted, request):
    """The copy of the new content while the file is written."""
    _, folder, prefix = mounted
    if READ_ONLY not in prefix:
        return folder / ".config.duplojit-pending"
    run.cache.mkdir(parents=True, mode=0o700)
    return run.cache / (str(folder / "config").replace("/", "%2F") + ".duplojit-pending")


def nothing_is_left(run, folder):
    return leftovers(folder) == [] and not list(run.cache.glob("*.duplojit-*"))


def test_a_file_that_is_a_mount_point_is_written_in_place(run, mounted):
    outside, folder, prefix = mounted
    inode = outside.stat().st_ino
    for region in ("r-long-name", "r"):
        run_in(run, [*prefix], "update-aws-config", "mine", *BASE, "--region", region).ok()
        text = outside.read_text()
        assert text.startswith(FILE) and f"region = {region}\n" in text
        assert text.endswith("\n") and text.count("[profile mine]") == 1
    assert outside.stat().st_ino == inode and stat.S_IMODE(outside.stat().st_mode) == 0o640
    assert nothing_is_left(run, folder) and (folder / "config").read_text() == "not this file"


# In a directory that cannot be written, there are no calls for a temporary file beside the file.
FEWER = {"write": 1, "fsync": 1, "rename": 1, "ftruncate": 0, "unlink": 2}


# The writes are: the temporary file, the pending file, the mounted file; the last call of each list
# comes after the mounted file is complete.
@pytest.mark.parametrize("call, count", (("write", 3), ("fsync", 4), ("rename", 2),
                                         ("ftruncate", 1), ("unlink", 5)))
def test_killed_while_a_mounted_file_is_written(run, mounted, pending, call, count):
    """Killed before each call. The next run completes the file or finds the old one."""
    outside, folder, prefix = mounted
    for when in range(1, count + 1 - (FEWER[call] if READ_ONLY in prefix else 0)):
        outside.write_text(FILE)
        done = strace(run, f"{call}:signal=KILL:when={when}", prefix)
        assert done.code == -signal.SIGKILL or done.code == 128 + signal.SIGKILL
        torn = outside.read_text()
        if torn != FILE and not torn.startswith(FILE + "\n[profile mine]\n"):
            assert pending.read_text().startswith(FILE + "\n[profile mine]\n")
        assert run_in(run, [*prefix], "update-aws-config", "last", *BASE).code == 0
        after = outside.read_text()
        assert after.startswith(FILE) and after.count("[profile last]") == 1
        assert nothing_is_left(run, folder)


def test_a_part_of_a_mounted_file_is_completed(run, mounted, pending):
    """The file was changed after the interrupted run: then it stays as it is."""
    outside, folder, prefix = mounted
    new = FILE + "\n[profile mine]\nregion = x\n"
    for text, want in ((new[:50], new), ("", new), (new[:20] + "\0" * 30, new),
                       ("[profile mine]\n", "[profile mine]\n"),
                       (new + "# more\n", new + "# more\n")):
        outside.write_text(text)
        pending.write_text(new)
        pending.chmod(0o600)
        done = run_in(run, [*prefix], "update-aws-config", "last", *BASE)
        assert done.code == 0, done.err
        assert ("not written completely" in done.err) == (want == new)
        assert outside.read_text().startswith(want + "\n[profile last]\n")
        assert nothing_is_left(run, folder)
    outside.write_text(new[:50])
    pending.write_text(new)
    pending.chmod(0o644)  # not a file of this program: it may be of another user
    assert run_in(run, [*prefix], "update-aws-config", "last", *BASE).code == 0
    assert outside.read_text().startswith(new[:50] + "\n\n[profile last]\n")


@pytest.mark.parametrize("call, error, when", (("write", "ENOSPC", 3), ("fsync", "EIO", 4),
                                               ("ftruncate", "EIO", 1), ("rename", "EIO", 2)))
def test_a_mounted_file_that_cannot_be_written_keeps_its_content(run, mounted, call, error, when):
    outside, folder, prefix = mounted
    when -= FEWER[call] if READ_ONLY in prefix else 0
    done = strace(run, f"{call}:error={error}:when={when}", prefix)
    assert done.code == 6 and outside.read_text() == FILE and nothing_is_left(run, folder)


def test_a_mounted_file_on_a_full_disk(run, mounted, pending):
    """Neither the new content nor the old one can be written: the next run has the new one."""
    outside, folder, prefix = mounted
    first = 2 if READ_ONLY in prefix else 3
    done = strace(run, f"write:error=ENOSPC:when={first}..{first + 1}", prefix)
    assert done.code == 6 and str(pending) in done.err
    assert outside.read_text() == ""
    assert run_in(run, [*prefix], "update-aws-config", "last", *BASE).code == 0
    text = outside.read_text()
    assert text.startswith(FILE + "\n[profile mine]\n") and "[profile last]" in text
    assert nothing_is_left(run, folder)


@pytest.mark.parametrize("mounted", ["read-only"], indirect=True)
def test_a_mount_point_without_a_place_for_the_copy(run, mounted, tmp_path):
    outside, folder, prefix = mounted
    config = str(folder / "config")
    where = ["--config-file", config]
    run_in(run, [*prefix], "update-aws-config", "mine", *BASE, *where, env={"HOME": None}).fails(
        6, config, "is a mount point: mount its directory instead")
    run_in(run, [*prefix], "update-aws-config", "mine", *BASE, *where,
           env={"DUPLO_CACHE": "/proc/c"}).fails(6, f"{folder} cannot be written: ", "/proc/c")
    assert outside.read_text() == FILE


@pytest.mark.parametrize("mounted", ["read-only"], indirect=True)
def test_runs_at_the_same_time_on_a_mounted_file(run, mounted):
    outside, folder, prefix = mounted
    runs = [subprocess.Popen([*prefix, str(run.bin), "update-aws-config", f"p{i}", *BASE],
                             env=run.environment(None), stdout=subprocess.DEVNULL)
            for i in range(8)]
    assert [process.wait(timeout=60) for process in runs] == [0] * 8
    assert outside.read_text().count("[profile p") == 8 and nothing_is_left(run, folder)


@pytest.mark.parametrize("mounted", ["read-only"], indirect=True)
def test_credentials_in_a_mounted_file(ask, run, mounted):
    outside, folder, prefix = mounted
    outside.write_text("")
    outside.chmod(0o600)
    first, *words = prefix
    ask(*words, run.bin, "aws", "--tenant", "dev01", f"--write-credentials={folder}/config",
        program=first).ok()
    assert "[default]\naws_access_key_id = " in outside.read_text()
    assert nothing_is_left(run, folder)


def test_hard_links_are_kept(run, write, tmp_path):
    config = write(FILE)
    twin = tmp_path / "twin"
    os.link(config, twin)
    done = run("update-aws-config", "mine", *BASE)
    assert done.code == 0 and "2 hard links" in done.err
    assert config.stat().st_ino == twin.stat().st_ino
    assert "[profile mine]" in twin.read_text() and leftovers(config.parent) == []


def test_a_change_that_failed_is_not_completed_later(run, write, tmp_path):
    """The old file is the beginning of the new one, as after a write that was interrupted."""
    config = write(FILE)
    os.link(config, tmp_path / "twin")
    assert strace(run, "fsync:error=EIO:when=2").code == 6
    assert config.read_text() == FILE and leftovers(config.parent) == []
    assert run("update-aws-config", "last", *BASE).code == 0
    assert "[profile last]" in config.read_text() and "[profile mine]" not in config.read_text()


def test_a_file_that_cannot_be_opened_keeps_its_links(run, write, tmp_path):
    config = write(FILE)
    os.link(config, tmp_path / "twin")
    opened = strace(run, "open:error=EMFILE:when=99", fires=False)
    count = len(re.findall(r"^open\(", (run.home / "trace").read_text(), re.M))
    assert opened.code == 0
    for when in range(1, count + 1):
        config.write_text(FILE)
        strace(run, f"open:error=EMFILE:when={when}")
        assert config.stat().st_ino == (tmp_path / "twin").stat().st_ino, when


def test_a_hard_link_in_a_shared_directory_is_broken(run, write, tmp_path):
    """Another user may have created it, to a file that must not change."""
    config = write(FILE)
    victim = tmp_path / "victim"
    os.link(config, victim)
    config.parent.chmod(0o1777)
    done = run("update-aws-config", "mine", *BASE)
    assert done.code == 0 and "the others keep the old content" in done.err
    assert victim.read_text() == FILE and "[profile mine]" in config.read_text()


def test_a_lock_file_of_another_user(run, write, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    config = write(FILE)
    lock = config.parent / ".config.duplojit-lock"
    program = tmp_path / "duplojit"
    shutil.copy(BIN, program)
    program.chmod(0o555)
    for path in (config, config.parent, run.home):
        os.chown(path, 65532, 65532)
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(path.stat().st_mode | 0o011)
    for age_s in (0, 7200):
        lock.write_text("")
        lock.chmod(0o600)
        os.utime(lock, (time.time() - age_s,) * 2)
        done = run("update-aws-config", "mine", *BASE, program=program, user=65532, group=65532,
                   extra_groups=[])
        if age_s == 0:
            done.fails(6, str(lock), "belongs to user 0", "Remove it")
        else:
            done.ok()
    assert leftovers(config.parent) == []


def test_the_lock_file_of_root_can_be_opened_by_others(run, write):
    """Whatever the umask is: a killed run may leave it."""
    config = write(FILE)
    with umask(0o077):
        strace(run, "write:signal=KILL:when=1")
    assert stat.S_IMODE((config.parent / ".config.duplojit-lock").stat().st_mode) == 0o644


def test_leftovers_of_a_killed_run_do_not_matter(update, write):
    config = write(FILE)
    (config.parent / ".config.duplojit-new").write_text("half a fi")
    (config.parent / ".config.duplojit-lock").write_text("")
    update("mine", *BASE).ok()
    assert leftovers(config.parent) == [] and config.read_text().startswith(FILE)


def test_a_link_at_the_path_of_the_temporary_file_is_not_followed(update, write, tmp_path):
    config = write(FILE)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (config.parent / ".config.duplojit-new").symlink_to(victim)
    update("mine", *BASE).ok()
    assert victim.read_text() == "precious" and not config.is_symlink()


def test_two_edits_at_once_of_one_profile_make_one_profile(run, config):
    with ThreadPoolExecutor(8) as pool:
        codes = [done.code for done in pool.map(
            lambda i: run("update-aws-config", "mine", *BASE, "--region", f"r-{i}"), range(24))]
    assert codes == [0] * 24
    assert profiles(config).sections() == ["profile mine"]


def test_the_profile_works_while_the_portal_is_down(run, portal, tmp_path):
    """Runs the profile's command, which answers from the cache."""
    path = plain_profile(run, portal, tmp_path)
    line = profiles(path)["profile mine"]["credential_process"]

    def go():
        return subprocess.run(["/bin/sh", "-c", line], env={"HOME": str(run.home)},
                              capture_output=True, timeout=LIMIT_S)
    first = go()
    portal.stop()
    assert first.returncode == 0 and go().stdout == first.stdout
