# SPDX-License-Identifier: MIT
"""HOME: a relative one is refused by every command that needs it, and none creates a home."""
import pytest

from conftest import identity

UPDATE = ["update-aws-config", "p", "--tenant", "dev01", "--region", "us-west-2"]
DEV01 = ["aws", "--tenant", "dev01"]
# Commands that need the home directory, and what they would create.
NEEDS = [
    [*UPDATE],
    [*UPDATE, "--config-file", "~/config"],
    [*UPDATE, "--dry-run"],
    [*DEV01, "--write-credentials"],
    [*DEV01, "--write-credentials=~/c"],
    [*DEV01, "--write-env=~/env"],
    ["login", "--browser", "none", "--login-timeout", "100ms"],
    ["cache", "path"],
    ["cache", "list"],
    ["cache", "clear"],
    ["clear-cache"],
]
# Commands that do without it: they keep no cache.
OPTIONAL = [DEV01, ["tenants"], ["token"], ["status"], ["logout"], ["version"],
            [*DEV01, "--write-env=out"], [*UPDATE, "--print"], [*UPDATE, "--config-file", "out"],
            ["exec", "--tenant", "dev01", "--", "/bin/true"], ["install", "out"]]
# Those of NEEDS that create nothing, so that a missing home does not matter.
READS = [[*UPDATE, "--dry-run"], ["cache", "path"], ["cache", "list"], ["cache", "clear"],
         ["clear-cache"]]


def call(run, portal, words, home, cwd, **env):
    return run(*words, env=identity(portal) | {"HOME": home} | env, cwd=cwd)


def check_refused(result, reason):
    """Warnings may come before the error."""
    assert result.code == 6 and result.out == "", str(result)
    assert reason in result.err.splitlines()[-1], str(result)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize("home", ["relative", "./here", "~", ""])
def test_a_relative_home(run, portal, folder, home):
    for words in NEEDS:
        check_refused(call(run, portal, words, home, folder),
                      "HOME is not an absolute path" if home else "HOME is not set")
        assert not list(folder.iterdir()), words
    for words in OPTIONAL:
        assert call(run, portal, words, home, folder).code == 0, words
        assert {path.name for path in folder.iterdir()} <= {"out"}, words
        (folder / "out").unlink(missing_ok=True)


def test_a_home_that_does_not_exist(run, portal, folder):
    parent = folder / "homes"
    for words in NEEDS:
        result = call(run, portal, words, str(parent / "me"), folder)
        if words in READS:
            assert result.code == 0, str(result)
        else:
            check_refused(result, f"the home directory {parent}/me does not exist")
        assert not list(folder.iterdir()), words
    for words in OPTIONAL:
        assert call(run, portal, words, str(parent / "me"), folder).code == 0, words
        assert {path.name for path in folder.iterdir()} <= {"out"}, words
        (folder / "out").unlink(missing_ok=True)


def test_variables_that_point_into_a_missing_home(run, portal, folder):
    home = folder / "me"
    for name, words in {"AWS_CONFIG_FILE": UPDATE,
                        "AWS_SHARED_CREDENTIALS_FILE": [*DEV01, "--write-credentials"],
                        "XDG_CACHE_HOME": NEEDS[6], "DUPLO_CACHE": NEEDS[6],
                        "DUPLO_WRITE_ENV": DEV01}.items():
        check_refused(call(run, portal, words, str(home), folder, **{name: f"{home}/below/x"}),
                      f"the home directory {home} does not exist")
        assert not home.exists(), name
    call(run, portal, ["install", f"{home}/bin/duplojit"], str(home), folder).fails(6)
    assert not home.exists()


def test_other_directories_are_created(run, portal, folder):
    call(run, portal, DEV01, str(folder / "me"), folder, XDG_CACHE_HOME=f"{folder}/caches").ok()
    assert list((folder / "caches/duplojit").glob("*.credentials"))
    (folder / "me").mkdir()
    assert call(run, portal, UPDATE, str(folder / "me"), folder).code == 0
    assert (folder / "me/.aws/config").exists()
