# SPDX-License-Identifier: MIT
"""aws --write-credentials and --write-env: files that other programs read, for init containers."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import botocore.session
import pytest

from conftest import BIN, LIMIT_S, identity
from namespaces import unshare, with_file
from strace import run_traced

DEV01 = ("aws", "--tenant", "dev01")
BEFORE = ("# mine\r\n[default]\r\nregion=eu-west-1\r\naws_security_token = stale\r\n"
          "aws_session_token = old\r\n\r\n[other]\r\naws_access_key_id = AKIAOTHER\r\n"
          "aws_secret_access_key = s\r\naws_security_token = kept")
UID, GROUP = 65532, 4242


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "aws/credentials"


def read_back(file: Path, profile: str):
    """The profile as boto3 reads it."""
    session = botocore.session.Session(profile=profile)
    session.set_config_variable("credentials_file", str(file))
    session.set_config_variable("config_file", "/nonexistent")
    found = session.get_credentials()
    assert found.method == "shared-credentials-file"
    return found.get_frozen_credentials()


def has(portal, file: Path, profile: str, tenant: str | None, scope: str = "tenant") -> bool:
    """Whether the profile holds credentials that the portal issued for the tenant."""
    found = read_back(file, profile)
    issue = portal.state.issue_of(found.access_key)
    answer = issue.answer
    return (issue.tenant, found.secret_key, found.token) == (
        tenant, answer["SecretAccessKey"], answer["SessionToken"])


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if ".duplojit-" in p.name)


# The path of the file

def test_a_named_file(ask, portal, file, monkeypatch):
    for words in (("--write-credentials", file), (f"--write-credentials={file}",)):
        shutil.rmtree(file.parent, ignore_errors=True)
        assert ask(*DEV01, *words).ok() == ""
        assert has(portal, file, "default", "dev01")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_file_that_sdks_read(ask, run, portal, file):
    """Without a value: the file of the variable, else the one in the home directory."""
    assert ask(*DEV01, "--write-credentials",
               env={"AWS_SHARED_CREDENTIALS_FILE": str(file)}).ok() == ""
    assert has(portal, file, "default", "dev01")
    assert not (run.home / ".aws").exists()
    assert ask("aws", "--write-credentials", "--tenant", "dev02", "--profile", "p").ok() == ""
    assert has(portal, run.home / ".aws/credentials", "p", "dev02")
    ask(*DEV01, "--write-credentials", env={"HOME": None}).fails(
        6, "HOME is not set", "AWS_SHARED_CREDENTIALS_FILE")


def test_the_variable(ask, portal, file, tmp_path):
    env = {"DUPLO_WRITE_CREDENTIALS": str(file), "DUPLO_WRITE_ENV": str(tmp_path / "env"),
           "DUPLO_PROFILE": "p", "DUPLO_MODE": "0640", "DUPLO_OWNER": f"{os.getuid()}"}
    assert ask(*DEV01, env=env).ok() == ""
    assert has(portal, file, "p", "dev01") and (tmp_path / "env").exists()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    file.unlink()
    ask(*DEV01, "--write-credentials", tmp_path / "c", env=env).ok()
    assert (tmp_path / "c").exists() and not file.exists()
    assert "aws_access_key_id" in ask(*DEV01, "-o", "ini", env=env).ok()


@pytest.mark.parametrize("words, message", [
    (("--write-credentials", "-"), "--write-credentials needs a file name; use -o ini"),
    (("--write-credentials=-",), "--write-credentials needs a file"),
    (("--write-credentials=",), "--write-credentials needs a file"),
    (("--write-env", "-"), "--write-env needs a file name; use -o ini"),
    (("--write-env", ""), "--write-env needs a file"),
    (("--write-credentials", "f", "-o", "ini"), "--output"),
    (("--write-credentials", "f", "--write-env", "f"), "is also the credentials file"),
    (("--write-credentials", "f", "--profile", "a]b"), "--profile"),
    (("--write-credentials", "f", "--profile", "a", "--profile", "b"), "given 2 times for 1 "),
    (("--write-credentials", "f", "--admin", "--tenant", "admin"), "named admin"),
    (("--write-credentials", "f", "--tenant", "dev01"), "named dev01"),
    (("--write-env", "f", "--tenant", "dev02"), "variables of one tenant"),
    (("--write-credentials", "f", "--mode", "9"), "--mode"),
    (("--write-credentials", "f", "--owner", "me"), "--owner"),
    (("--write-credentials", "f", "--region", "a b"), "--region"),
    (("--write-credentials", "f", "--tenant", "a/b"), "--tenant"),
])
def test_bad_usage(ask, portal, tmp_path, words, message):
    ask(*DEV01, *words, cwd=tmp_path).fails(2, message)
    assert not (tmp_path / "f").exists() and len(portal.log) == 0


def test_file_attributes_without_a_file(ask):
    for words in (("--mode", "0640"), ("--owner", "0:0"), ("--replace",)):
        ask(*DEV01, *words).fails(2, "--mode, --owner and --replace need ", "--write-credentials")


def test_without_a_scope(run, tmp_path):
    run("aws", "--write-credentials", tmp_path / "f").fails(2, "no tenant given")


# The content of the file

def test_every_other_byte_stays(ask, portal, file):
    file.parent.mkdir()
    file.write_bytes(BEFORE.encode())
    ask(*DEV01, "--write-credentials", file).ok()
    after = file.read_bytes().decode()
    issued = portal.state.issued[-1].answer
    head, _, tail = BEFORE.partition("aws_security_token = stale\r\n")
    tail = tail.partition("\r\n\r\n")[2]
    assert after.startswith(head) and after.endswith(f"\r\n\r\n{tail}")
    section = after[len(head):-len(tail)]
    assert sorted(section.split("\r\n")) == sorted([
        "", "", f"aws_session_token = {issued['SessionToken']}",
        f"aws_access_key_id = {issued['AccessKeyId']}",
        f"aws_secret_access_key = {issued['SecretAccessKey']}",
        next(line for line in section.split("\r\n")
             if re.fullmatch(r"x_security_token_expires = \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line))])
    assert has(portal, file, "default", "dev01")


def test_the_aws_command_line_reads_it(ask, portal, file, tmp_path):
    tool = shutil.which("aws")
    if tool is None:
        pytest.skip("aws is not installed")
    ask(*DEV01, "--write-credentials", file, "--profile", "team").ok()
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(file), "HOME": str(tmp_path),
           "PATH": os.environ["PATH"]}
    done = subprocess.run([tool, "configure", "list", "--profile", "team"], env=env,
                          capture_output=True, text=True, timeout=LIMIT_S)
    assert portal.state.issued[-1].answer["AccessKeyId"][-4:] in done.stdout
    assert "shared-credentials-file" in done.stdout


def test_variables(ask, portal, tmp_path):
    env_file = tmp_path / "new/aws.env"
    assert ask(*DEV01, "--write-env", env_file).ok() == ""
    assert env_file.read_text() == ask(*DEV01, "-o", "env").ok()
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    env_file.chmod(0o644)
    assert ask(*DEV01, "--write-env", env_file, "--region", "xx-north-9").ok() == ""
    assert "AWS_REGION=xx-north-9\n" in env_file.read_text()
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_both_files_hold_the_same(ask, portal, file, tmp_path):
    ask(*DEV01, "--write-credentials", file, "--write-env", tmp_path / "env").ok()
    key = read_back(file, "default").access_key
    assert f"AWS_ACCESS_KEY_ID={key}\n" in (tmp_path / "env").read_text()


# Several tenants

def several(*scopes: str, profiles: tuple[str, ...] = ()) -> list[str]:
    words = ["aws"]
    for scope in scopes:
        words += [scope] if scope.startswith("-") else ["--tenant", scope]
    return [*words, *(word for p in profiles for word in ("--profile", p))]


def test_each_tenant_gets_a_profile_with_its_name(ask, portal, file):
    ask(*several("dev01", "DEV02", "--admin"), "--write-credentials", file, user="admin").ok()
    assert has(portal, file, "dev01", "dev01") and has(portal, file, "dev02", "dev02")
    assert has(portal, file, "admin", None)
    assert file.read_text().count("[") == 3


def test_the_nth_profile_belongs_to_the_nth_tenant(ask, portal, file):
    ask(*several("dev01", "dev02", "prod01", profiles=("default", "b")), "--write-credentials",
        file, user="admin").ok()
    assert has(portal, file, "default", "dev01") and has(portal, file, "b", "dev02")
    assert has(portal, file, "prod01", "prod01")


def test_a_tenant_id_among_names(ask, portal, file):
    ident = portal.state.tenants["dev02"].id
    ask("aws", "--tenant-id", ident, "--tenant", "dev01", "--write-credentials", file).ok()
    assert has(portal, file, ident, "dev02") and has(portal, file, "dev01", "dev01")


def test_all_or_nothing(ask, portal, file):
    """The user may not use the last of three tenants: the first two are not written either."""
    file.parent.mkdir()
    file.write_text("[dev01]\nregion = x\n")
    file.chmod(0o600)
    before = file.stat()
    env_file = file.parent / "env"
    ask(*several("dev01", "dev02", "prod01"), "--write-credentials", file).fails(4, "prod01")
    ask(*several("prod01", "dev01", "dev02"), "--write-credentials", file).fails(4, "prod01")
    portal.faults.add(path="*/GetAwsConsoleTokenUrl", status=403)
    ask(*DEV01, "--no-cache", "--write-credentials", file, "--write-env", env_file).fails(3)
    assert file.read_text() == "[dev01]\nregion = x\n" and file.stat().st_ino == before.st_ino
    assert not env_file.exists() and leftovers(file.parent) == []
    file.unlink()
    ask(*several("dev01", "dev02", "prod01"), "--write-credentials", file).fails(4)
    assert not file.exists()


def test_a_second_run_needs_no_portal_and_no_write(ask, portal, file):
    words = (*several("dev01", "dev02"), "--write-credentials", file)
    ask(*words).ok()
    before, asked = file.stat(), len(portal.log)
    portal.stop()
    ask(*words).ok()
    assert (file.stat().st_ino, len(portal.log)) == (before.st_ino, asked)


def traced(ask, calls: str, *words, fault: str | None = None):
    """The trace has strings only without a fault."""
    done = run_traced(ask, "/dev/fd/2", *words, calls=calls, fault=fault,
                      text_max=0 if fault else 16384, masks=True)
    return done, done.err.splitlines()


@pytest.mark.parametrize("number", ("TERM", "INT", "HUP", "QUIT"))
def test_a_signal_leaves_no_temporary_file(ask, file, number):
    """It ends the run after the file is complete."""
    traced(ask, "fsync", *DEV01, "--no-cache", "--write-credentials", file,
           fault=f"fsync:signal={number}:when=1")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert "aws_session_token" in file.read_text()


def test_one_rename_for_all_profiles(ask, file):
    done, lines = traced(ask, "rename,renameat,renameat2", *several("dev01", "dev02"), "--no-cache",
                         "--write-credentials", file)
    assert done.code == 0
    assert len([line for line in lines if str(file) in line]) == 1, lines


def test_mode_and_owner_come_before_the_first_byte(ask, portal, file, tmp_path):
    """Another user can read the file at no moment."""
    words = ["--mode", "0640"]
    if os.geteuid() == 0:
        words += ["--owner", f"{UID}:{GROUP}"]
    for option, path in (("--write-credentials", file), ("--write-env", tmp_path / "x/aws.env")):
        done, lines = traced(ask, "openat,open,fchmod,fchown,write,close", *DEV01, option, path,
                             *words)
        assert done.code == 0, done
        opened = next(i for i, line in enumerate(lines)
                      if f"{path.parent}/.{path.name}.duplojit-new" in line and "O_CREAT" in line)
        assert "O_EXCL" in lines[opened] and ", 0600)" in lines[opened]
        fd = lines[opened].rsplit("= ", 1)[1]
        mine = [line.split("(")[0] for line in lines[opened + 1:]
                if re.match(rf"\w+\({fd}[,)]", line)]
        assert mine[:mine.index("close")] == (
            ["fchown", "fchmod", "write"] if os.geteuid() == 0 else ["fchmod", "write"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        if os.geteuid() == 0:
            assert (path.stat().st_uid, path.stat().st_gid) == (UID, GROUP)


@pytest.mark.parametrize("fault", ["write:error=ENOSPC", "fsync:error=EIO", "fchmod:error=EIO",
                                   "rename:error=EROFS"])
def test_a_call_that_fails_leaves_the_old_file(ask, portal, file, fault):
    ask(*several("dev01", "dev02")).ok()  # the next run uses this cache entry
    for option, name in (("--write-credentials", "credentials"), ("--write-env", "env")):
        path = file.with_name(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text("[x]\nk = v\n")
        path.chmod(0o600)
        done, lines = traced(ask, fault.split(":")[0], "aws", "--tenant", "dev02", option, path,
                             fault=f"{fault}:when=1")
        assert done.code == 6 and path.read_text() == "[x]\nk = v\n", lines
        assert leftovers(path.parent) == []


@pytest.mark.parametrize("fault", ["fchmod:error=EPERM", "fsync:error=EINVAL",
                                   "fsync:error=EOPNOTSUPP", "flock:error=ENOLCK"])
def test_a_file_system_that_lacks_a_call(ask, portal, file, fault):
    """A file with secrets must get its mode; that it has it already is enough."""
    ask(*DEV01).ok()
    for option, name in (("--write-credentials", "credentials"), ("--write-env", "env")):
        path = file.with_name(name)
        done, lines = traced(ask, fault.split(":")[0], *DEV01, option, path, fault=fault)
        assert done.code == 0 and stat.S_IMODE(path.stat().st_mode) == 0o600, lines
        assert leftovers(path.parent) == []
        path.unlink()
        if "fchmod" in fault:
            done, _ = traced(ask, "fchmod", *DEV01, option, path, "--mode", "0640", fault=fault)
            assert done.code == 6 and "cannot set the mode" in done.err and not path.exists()
            assert leftovers(path.parent) == []


def test_files_that_are_mount_points(ask, run, portal, file, tmp_path):
    ask(*DEV01).ok()
    file.parent.mkdir()
    for option, name in (("--write-credentials", "credentials"), ("--write-env", "env")):
        outside, inside = tmp_path / name, file.with_name(name)
        outside.write_text("# a comment\n" * 1000)
        inside.write_text("")
        prefix = with_file(outside, inside)
        ask(*prefix[1:], BIN, *DEV01, option, inside, program=prefix[0]).ok()
        assert portal.state.issued[-1].answer["AccessKeyId"] in outside.read_text()
        assert stat.S_IMODE(outside.stat().st_mode) == 0o600
        assert leftovers(file.parent) == [] and inside.read_text() == ""


# Links, folders and permissions

def test_links_are_followed(ask, portal, file, tmp_path):
    file.parent.mkdir()
    for option, name in (("--write-credentials", "credentials"), ("--write-env", "env")):
        link = tmp_path / f"link-{name}"
        link.symlink_to(f"aws/{name}")
        ask(*DEV01, option, link).ok()
        assert link.is_symlink() and portal.state.issued[-1].answer["AccessKeyId"] in (
            file.parent / name).read_text()


@pytest.fixture
def shared(tmp_path) -> Path:
    """A directory as /tmp, in which another user may have created links."""
    if os.geteuid() != 0:
        pytest.skip("only root can create files of another user")
    made = tmp_path / "shared"
    made.mkdir()
    made.chmod(0o1777)
    return made


OPTIONS = pytest.mark.parametrize("option", ("--write-credentials", "--write-env"))


@OPTIONS
@pytest.mark.parametrize("path", ("link", "folder/victim", "nested", "missing"))
def test_a_link_of_another_user_in_a_shared_directory(ask, shared, tmp_path, option, path):
    victim = tmp_path / "victim"
    victim.write_text("[a]\nk = v\n")
    victim.chmod(0o600)
    (shared / "link").symlink_to(victim)
    (shared / "folder").symlink_to(tmp_path)
    (shared / "missing").symlink_to(tmp_path / "new")
    for name in ("link", "folder", "missing"):
        os.lchown(shared / name, UID, UID)
    (tmp_path / "nested").symlink_to("shared/folder/victim")
    target = tmp_path / path if path == "nested" else shared / path
    ask(*DEV01, option, target).fails(6, "is a symbolic link of user 65532", "not followed")
    assert victim.read_text() == "[a]\nk = v\n" and not (tmp_path / "new").exists()
    assert leftovers(tmp_path) == leftovers(shared) == []


@OPTIONS
def test_links_that_the_kernel_follows_too(ask, shared, tmp_path, option):
    """The user's own, those of the directory's owner, and all outside of shared directories."""
    (shared / "own").symlink_to(tmp_path / "one")
    (tmp_path / "link").symlink_to(tmp_path / "two")
    os.lchown(tmp_path / "link", UID, UID)
    ask(*DEV01, option, shared / "own").ok()
    ask(*DEV01, option, tmp_path / "link").ok()
    assert (tmp_path / "one").exists() and (tmp_path / "two").exists()
    os.chown(shared, UID, UID)
    (shared / "theirs").symlink_to(tmp_path / "three")
    os.lchown(shared / "theirs", UID, UID)
    ask(*DEV01, option, shared / "theirs").ok()


def test_a_file_of_another_user_gets_no_credentials(ask, portal, shared):
    """It would keep its owner, who could read them; --write-env creates a file of this user."""
    for name in ("credentials", "env"):
        (shared / name).write_text("")
        os.chown(shared / name, UID, UID)
    ask(*DEV01, "--write-credentials", shared / "credentials").fails(
        6, "belongs to user 65532", "set its owner explicitly")
    assert (shared / "credentials").read_text() == ""
    ask(*DEV01, "--write-credentials", shared / "credentials", "--owner", f"{UID}:{UID}").ok()
    assert has(portal, shared / "credentials", "default", "dev01")
    ask(*DEV01, "--write-env", shared / "env").ok()
    assert (shared / "env").stat().st_uid == os.geteuid()


@OPTIONS
def test_a_directory_in_which_others_can_replace_files(ask, shared, option):
    ask(*DEV01, option, shared / "f").ok()
    shared.chmod(0o777)
    ask(*DEV01, option, shared / "f").ok()
    os.chown(shared, UID, UID)
    done = ask(*DEV01, "--no-cache", option, shared / "f")
    assert done.code == 0 and f"every user can write the directory {shared}" in done.err


def test_paths_that_are_not_files(ask, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    for option in ("--write-credentials", "--write-env"):
        for place in ("/dev/null", tmp_path / "folder", tmp_path / "pipe", tmp_path / "file/x"):
            ask(*DEV01, option, place).fails(6, str(place).removesuffix("/x"))
    ask(*DEV01, "--write-credentials", tmp_path / "c", "--write-env", "/dev/null").fails(6)
    assert not (tmp_path / "c").exists()


def test_a_faulty_section_is_not_changed(ask, file):
    text = "[a]\nk = v\n[a]\nk = w\n"
    file.parent.mkdir()
    file.write_text(text)
    ask(*DEV01, "--write-credentials", file, "--profile", "a").fails(6, str(file), "line 3")
    assert file.read_text() == text


def test_a_fault_elsewhere_is_a_warning(ask, portal, file):
    text = "[a]\nk = v\n[a]\nk = w\n"
    file.parent.mkdir()
    file.write_text(text)
    done = ask(*DEV01, "--write-credentials", file)
    assert done.code == 0 and done.err == (
        f"duplojit: warning: {file}: line 3: the section is already on line 1; "
        "the AWS CLI and boto3 reject the file. Merge the two sections\n")
    assert file.read_text().startswith(text + "\n[default]\naws_access_key_id = ")


def test_keys_that_aws_tools_prefer_to_the_written_ones(ask, portal, file):
    role = "role_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
    file.parent.mkdir()
    file.write_text(f"[a]\n{role}[b]\n{role}")
    words = (*DEV01, "--write-credentials", file, "--profile", "a")
    done = ask(*words)
    assert done.code == 0 and done.err == (
        "duplojit: warning: profile a: the AWS CLI, boto3 and the SDKs for Go, Java, JavaScript "
        f"and Rust prefer role_arn, source_profile in {file} to the static keys. "
        "Use --replace to comment them out\n")
    assert file.read_text().startswith(f"[a]\n{role}aws_access_key_id = ")
    assert ask(*words, "--replace").ok() == ""
    assert file.read_text().startswith(
        "[a]\n# role_arn = arn:aws:iam::1:role/x\n# source_profile = base\naws_access_key_id = ")
    assert file.read_text().endswith(f"[b]\n{role}")
    assert ask(*words).ok() == ""


def as_pod(folder: Path) -> dict:
    """Process attributes as in a pod: an unknown user with the volume's group."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o011)
    return {"user": UID, "group": UID, "extra_groups": [GROUP]}


@pytest.fixture
def volume(tmp_path) -> Path:
    """An emptyDir with fsGroup: setgid, writable for the group."""
    made = tmp_path / "volume"
    made.mkdir()
    if os.geteuid() == 0:
        os.chown(made, 0, GROUP)
    made.chmod(0o2775)
    return made


def open_to_all(portal, tmp_path) -> dict[str, str]:
    """The environment, with the CA where another user can read it."""
    ca = tmp_path / "ca.pem"
    ca.write_text(Path(portal.ca).read_text())
    ca.chmod(0o444)
    return identity(portal) | {"DUPLO_CA_FILE": str(ca), "HOME": None}


@pytest.fixture
def program(tmp_path) -> Path:
    """The binary where another user can start it."""
    shutil.copy(BIN, tmp_path / "duplojit")
    (tmp_path / "duplojit").chmod(0o555)
    return tmp_path / "duplojit"


def test_a_volume_of_a_pod(run, portal, volume, tmp_path, program):
    """The application may run as another user of the same group."""
    env = open_to_all(portal, tmp_path)
    who = as_pod(tmp_path)
    target = volume / "credentials"
    for tenant in ("dev01", "dev02"):  # the second replaces the first
        run("aws", "--tenant", tenant, "--write-credentials", target, "--mode", "0640", env=env,
            program=program, **who).ok()
        info = target.stat()
        assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (UID, GROUP, 0o640)
    shown = subprocess.run(["cat", target], user=1234, group=1234, extra_groups=[GROUP],
                           capture_output=True, text=True)
    assert portal.state.issued[-1].answer["AccessKeyId"] in shown.stdout
    assert subprocess.run(["cat", target], user=1234, group=1234, extra_groups=[],
                          capture_output=True).returncode != 0
    assert leftovers(volume) == []


@pytest.mark.parametrize("words", (("aws", "--tenant", "dev01", "--write-credentials"),
                                   ("aws", "--tenant", "dev01", "--write-env"), ("install",)),
                         ids=lambda words: words[-1])
def test_a_missing_folder(run, portal, volume, tmp_path, program, words):
    """Every user who may read the file can reach it."""
    env = open_to_all(portal, tmp_path)
    who = as_pod(tmp_path)
    target = volume / "new/deep/file"
    run(*words, target, "--mode", "0640", env=env, program=program, **who).ok()
    for folder in (volume / "new", volume / "new/deep"):
        info = folder.stat()
        assert (info.st_gid, stat.S_IMODE(info.st_mode)) == (GROUP, 0o2750)
    assert subprocess.run(["cat", target], user=1234, group=1234, extra_groups=[GROUP],
                          stdout=subprocess.DEVNULL).returncode == 0
    target = volume / "of-another/file"
    run(*words, target, "--owner", "1234:1234", env=env, program=program).ok()
    assert subprocess.run(["cat", target], user=1234, group=1234, extra_groups=[],
                          stdout=subprocess.DEVNULL).returncode == 0
    usual = {0o600: 0o700, 0o755: 0o755}[stat.S_IMODE(target.stat().st_mode)]
    assert stat.S_IMODE(target.parent.stat().st_mode) & 0o777 == usual


def test_a_folder_that_cannot_be_written(run, portal, volume, tmp_path, program):
    env = open_to_all(portal, tmp_path)
    who = as_pod(tmp_path)
    volume.chmod(0o555)
    for option in ("--write-credentials", "--write-env"):
        run(*DEV01, option, volume / "f", env=env, program=program, **who).fails(
            6, str(volume), "Permission denied")
        run(*DEV01, option, volume / "new/f", env=env, program=program, **who).fails(6, str(volume))
    assert list(volume.iterdir()) == []


READ_ONLY = """
mount --bind "$0" "$0" && mount -t tmpfs none "$0/volume" &&
    mount -o remount,bind,ro "$0" || exit 99
root=$0
chroot "$@" || exit
cat "$root/volume/credentials"
"""


def test_a_read_only_root(run, portal, tmp_path):
    """The binary, a CA and one volume; no /tmp, no HOME, no /etc/passwd, no /dev, no /proc."""
    if os.geteuid() != 0 or unshare() is None or not shutil.which("chroot"):
        pytest.skip("this machine allows no mount namespace")
    root = tmp_path / "root"
    (root / "volume").mkdir(parents=True)
    shutil.copy(BIN, root / "duplojit")
    (root / "ca.pem").write_text(Path(portal.ca).read_text())
    (root / "token").write_text(portal.token() + "\n")
    (root / "token").chmod(0o444)
    env = {"DUPLO_HOST": portal.url, "DUPLO_TOKEN_FILE": "/token", "DUPLO_CA_FILE": "/ca.pem",
           "HOME": None, "PATH": os.environ["PATH"]}
    tool, *words = unshare()
    words += ["sh", "-c", READ_ONLY, str(root)]
    done = run(*words, str(root), "/duplojit", "aws", "--tenant", "dev01", "--write-credentials",
               "/volume/credentials", "--wait", "30s", env=env, program=tool)
    if done.code == 99:
        pytest.skip("this machine lets nothing be mounted")
    assert (done.code, done.err) == (0, "")
    assert f"aws_access_key_id = {portal.state.issued[-1].answer['AccessKeyId']}" in done.out
    done = run(*words, f"--userspec=+{UID}:+{UID}", "--groups=", str(root), "/duplojit", "aws",
               "--tenant", "dev01", "--write-credentials", "/elsewhere/credentials", env=env,
               program=tool)
    assert done.code == 6 and "Read-only file system" in done.err
