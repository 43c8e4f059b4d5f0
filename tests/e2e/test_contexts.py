# SPDX-License-Identifier: MIT
"""Contexts: the values in duploctl's config file, below options and variables; `context use`."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from conftest import BIN, public_client, who
from strace import find_strace


@pytest.fixture
def contexts(run, portal):
    """Writes the config file: contexts(name={...}, current="name")."""
    def write(current: str | None = "main", path: Path | None = None, mode: int = 0o600,
              **entries) -> Path:
        path = path or run.home / ".duplo/config"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        document = {"contexts": [{"name": name} | values for name, values in entries.items()]}
        if current:
            document["current-context"] = current
        path.write_text(yaml.safe_dump(document))
        path.chmod(mode)
        return path
    return write


@pytest.fixture
def main(contexts, portal):
    """A context with host, tenant and token."""
    return contexts(main={"host": portal.url, "tenant": "dev01", "token": portal.token("admin")})


@pytest.fixture
def call(run, portal):
    """`run` that trusts the portal and knows nothing else of it."""
    def start(*args, env=None, **more):
        return run(*args, env={"DUPLO_CA_FILE": portal.ca} | (env or {}), **more)
    return start


def test_a_context_replaces_options(call, portal, main):
    assert who(call("aws").ok(), portal) == ("admin", "dev01")
    assert json.loads(call("token").ok())["DuploToken"] == portal.token("admin")
    assert "dev01" in call("tenants").ok()
    assert call("exec", "--", "sh", "-c", 'echo "$AWS_ACCESS_KEY_ID"').ok() != "\n"
    assert call("settings", "list").code == 0


def test_precedence(call, portal, main):
    """Each value: command line, then environment, then context."""
    for value, variable, context in (("dev02", "dev01", "dev01"), ("dev01", "dev02", "dev01")):
        env = {"DUPLO_TENANT": variable}
        assert who(call("aws", "--tenant", value, env=env).ok(), portal)[1] == value
        assert who(call("aws", env=env).ok(), portal)[1] == variable
        assert who(call("aws").ok(), portal)[1] == context
    env = {"DUPLO_TOKEN": portal.token()}
    assert who(call("aws", env=env).ok(), portal)[0] == "user"
    assert who(call("aws").ok(), portal)[0] == "admin"
    assert who(call("aws", "--token", portal.token(), env={}).ok(), portal)[0] == "user"
    call("aws", env={"DUPLO_HOST": "https://other.invalid"}).fails(2, "no tenant")
    call("aws", "--host", "https://other.invalid", "-T", "dev01").fails(2, "no token")
    assert who(call("aws", "--host", portal.url + "/app/x").ok(), portal) == ("admin", "dev01")


@pytest.mark.parametrize("args, env, want", [
    ((), {}, None),
    (("--tenant", "dev02"), {}, "dev02"),
    ((), {"DUPLO_TENANT": "dev02"}, "dev02"),
    (("--admin=false",), {}, "dev01"),
    ((), {"DUPLO_ADMIN": "0"}, "dev01"),
])
def test_admin_and_a_tenant(call, portal, contexts, args, env, want):
    """Of one context, admin counts; but any scope of a higher layer overrides both."""
    contexts(main={"host": portal.url, "tenant": "dev01", "token": portal.token("admin"),
                   "admin": True})
    assert who(call("aws", *args, env=env).ok(), portal)[1] == want


def test_switches_and_output(call, run, portal, contexts):
    values = {"host": portal.url, "tenant": "dev01", "token": portal.token("admin")}
    contexts(main=values | {"nocache": True, "output": "yaml"})
    assert call("aws").ok().startswith("{")  # must stay a credential_process
    assert run.entries() == []
    assert yaml.safe_load(call("tenants").ok())[0]["Name"]
    assert call("tenants", "-o", "json").ok().startswith("[")
    assert call("tenants", env={"DUPLO_OUTPUT": "json"}).ok().startswith("[")
    assert "no-cache" not in call("aws", "--no-cache=false").ok() and len(run.entries()) == 1
    contexts(main=values | {"output": "fish"})
    assert "dev01" in call("tenants").ok(), "a format that only other commands have"
    contexts(main=values | {"nocache": "maybe"})
    call("aws").fails(2, "/.duplo/config: context \"main\": no-cache: ", "neither true nor false")


def test_interactive(with_browser, browser, contexts, portal):
    contexts(main={"host": portal.url, "tenant": "dev01", "interactive": True})
    env = {"DUPLO_HOST": None, "DUPLO_TOKEN": None}
    result = with_browser("redirect", "aws", env=env)
    assert result.code == 0 and len(browser.opened()) == 1, str(result)
    call = with_browser("redirect", "aws", "--interactive=false", env=env)
    call.fails(2, "no token")


def test_which_context(call, portal, contexts):
    good = {"host": portal.url, "tenant": "dev01", "token": portal.token("admin")}
    path = contexts("main", main=good, second=good | {"tenant": "dev02"})
    for args, env, want in [
        ((), {}, "dev01"),
        (("--context", "second"), {}, "dev02"),
        (("--ctx", "second"), {}, "dev02"),
        ((), {"DUPLO_CONTEXT": "second"}, "dev02"),
        (("--context", "main"), {"DUPLO_CONTEXT": "second"}, "dev01"),
    ]:
        assert who(call("aws", *args, env=env).ok(), portal)[1] == want
        assert who(call("jit", "aws", *args, env=env).ok(), portal)[1] == want
    call("aws", "--ctx", "secnod").fails(2, str(path), "secnod", "Did you mean second?")
    call("aws", env={"DUPLO_CONTEXT": "x"}).fails(2, str(path), '"x"', "context list")
    contexts(None, main=good)
    call("aws").fails(2, str(path), "no current-context", "context use NAME")
    assert who(call("aws", "--ctx=main").ok(), portal)[1] == "dev01"


def test_which_file(call, run, portal, contexts, tmp_path):
    def entry(tenant):
        return {"host": portal.url, "tenant": tenant, "token": portal.token("admin")}
    other = contexts(path=tmp_path / "other", main=entry("dev02"))
    env = {"DUPLO_CONFIG": str(other)}
    assert who(call("aws", "--context-file", other).ok(), portal)[1] == "dev02"
    assert who(call("aws", env=env).ok(), portal)[1] == "dev02"
    contexts(main=entry("dev01"))
    assert who(call("aws").ok(), portal)[1] == "dev01"
    assert who(call("aws", env=env).ok(), portal)[1] == "dev02"
    assert who(call("jit", "aws", "--config-file", other).ok(), portal)[1] == "dev02"
    contexts(path=tmp_path / "home2/config", main=entry("dev02"))
    assert who(call("aws", env={"DUPLO_HOME": str(tmp_path / "home2")}).ok(), portal)[1] == "dev02"


def test_missing_files(call, run, tmp_path):
    missing = tmp_path / "missing"
    call("aws").fails(2, "no tenant")
    call("aws", "-T", "dev01").fails(2, "no portal")
    call("aws", "-T", "dev01", "--context-file", missing).fails(6, str(missing))
    call("aws", "-T", "dev01", "--ctx", "x").fails(6, str(run.home / ".duplo/config"))
    call("aws", "-T", "dev01", "--ctx", "x", env={"HOME": None}).fails(2, "--context-file")
    call("context", "list").ok()
    call("context", "use", "x").fails(6, str(run.home / ".duplo/config"))
    assert list(run.home.iterdir()) == []


def test_broken_files(call, run, contexts, portal):
    path = contexts()
    for text, line in [("a: [1\nb: 2\n", 2), ("contexts:\n- name: main\n  host: [x]\n"
                                               "current-context: main\n", 3)]:
        path.write_text(text)
        call("aws").fails(6, f"{path}: line {line}: ")
        ask = ("status", "--host", portal.url, "-T", "dev01")
        assert str(path) not in call(*ask).err, "no value of the file is needed"


def test_the_token_goes_to_its_own_portal_only(call, portal, main):
    """A context that is named is used with another portal, but without its token."""
    result = call("aws", "--ctx", "main", "--host", "https://other.invalid")
    assert result.code == 2 and "for another portal" in result.err and "no token" in result.err
    result = call("aws", "--ctx", "main", env={"DUPLO_HOST": "https://other.invalid"})
    assert "DUPLO_HOST overrides the host of context \"main\"" in result.err


def test_a_token_that_others_can_read(call, portal, main, contexts):
    main.chmod(0o640)
    result = call("tenants")
    main.chmod(0o600)
    assert result.code == 0 and result.err.count("chmod 600") == 1
    assert call("tenants").ok()


def opens(run, portal, *args, env=None) -> int:
    tool = find_strace(strings=True)
    done = subprocess.run([tool, "-f", "-e", "trace=open,openat", str(BIN), *args],
                          env=run.environment({"DUPLO_CA_FILE": portal.ca} | (env or {})),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return sum("/.duplo/config" in line for line in done.stderr.splitlines())


def test_the_file_is_opened_only_if_it_is_needed(run, portal, main):
    line = ("--host", portal.url, "--token", portal.token(), "--tenant", "dev01")
    env = {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token(), "DUPLO_TENANT": "dev01"}
    for _ in range(2):  # the second one is in the cache
        assert opens(run, portal, "aws", *line) == 0
        assert opens(run, portal, "aws", env=env) == 0
    assert opens(run, portal, "version") == opens(run, portal, "help", "aws") == 0
    assert opens(run, portal, "logout") == 0
    assert opens(run, portal, "aws", env={"DUPLO_TENANT": "dev01"}) == 1
    assert opens(run, portal, "aws", "--ctx", "main", env=env) == 1


def test_logout_uses_a_context_only_if_it_is_named(call, portal, main):
    assert "all portals" in call("logout").err
    assert portal.url in call("logout", "--ctx", "main").err


def test_profiles_name_their_context(call, run, portal, main):
    assert call("update-aws-config", "p").code == 0
    profile = (run.home / ".aws/config").read_text()
    assert f"--context main --tenant dev01 --host {portal.url}\n" in profile
    assert portal.token("admin") not in profile
    assert call("update-kubeconfig").code == 0
    kubeconfig = (run.home / ".kube/config").read_text()
    words = yaml.safe_load(kubeconfig)["users"][0]["user"]["exec"]["args"]
    assert words == ["k8s", "--ca-file", portal.ca, "--context", "main", "--tenant", "dev01",
                     "--host", portal.url]
    assert portal.token("admin") not in kubeconfig


def test_list(call, portal, contexts):
    contexts(main={"host": "h1", "tenant": "t", "token": portal.token()}, second={"host": "h2"})
    assert json.loads(call("context", "list", "-o", "json").ok()) == [
        {"Name": "main", "Host": "h1", "Tenant": "t", "Current": True},
        {"Name": "second", "Host": "h2", "Tenant": "", "Current": False}]
    rows = [line.split() for line in call("context", "list").ok().splitlines()]
    assert rows == [["NAME", "HOST", "TENANT"], ["*", "main", "h1", "t"], ["second", "h2"]]
    assert call("context", "list", "-o", "string", "-q", "[0].Name").ok() == "main\n"


def test_usage_of_the_command(call, main):
    call("context").fails(2, "missing argument", "list or use")
    call("context", "lst").fails(2, "Did you mean list?")
    call("context", "use").fails(2, "context use NAME")
    call("context", "list", "x").fails(2, "unexpected argument")
    call("context", "use", "main", "-o", "json").fails(2, "only `context list`")
    call("context", "use", "mian").fails(2, str(main), "Did you mean main?")


@pytest.mark.parametrize("before, after", [
    ("# c\ncurrent-context: dev # here\ncontexts: [{name: dev}, {name: prod}]\n",
     "# c\ncurrent-context: prod # here\ncontexts: [{name: dev}, {name: prod}]\n"),
    ("contexts:\r\n- name: dev\r\n- name: prod\r\ncurrent-context:   'dev'\r\n# end",
     "contexts:\r\n- name: dev\r\n- name: prod\r\ncurrent-context:   prod\r\n# end"),
    ("contexts:\n- &a {name: prod, x: 1}\n- <<: *a\ncurrent-context: ~\n",
     "contexts:\n- &a {name: prod, x: 1}\n- <<: *a\ncurrent-context: prod\n"),
    ("contexts:\n- name: prod # c\n\n# end\n",
     "contexts:\n- name: prod # c\ncurrent-context: prod\n\n# end\n"),
    ("contexts:\n- name: prod", "contexts:\n- name: prod\ncurrent-context: prod"),
    ('{"contexts":[{"name":"prod"}],"current-context":"dev"}',
     '{"contexts":[{"name":"prod"}],"current-context":"prod"}'),
    ('{"contexts":[{"name":"prod"}]}', '{"contexts":[{"name":"prod"}], "current-context": "prod"}'),
])
def test_use_changes_one_value(call, contexts, before, after):
    path = contexts()
    path.write_bytes(before.encode())
    path.chmod(0o640)
    assert call("context", "use", "prod").ok() == "current context: prod\n"
    assert path.read_bytes().decode() == after
    assert path.stat().st_mode & 0o777 == 0o640 and os.listdir(path.parent) == [path.name]
    inode = path.stat().st_ino
    call("context", "use", "prod").ok()
    assert path.stat().st_ino == inode, "nothing to change: nothing is written"


def test_use_of_files_that_cannot_be_changed(call, contexts):
    path = contexts()
    for text, line in [("current-context: &n dev\ncontexts: [{name: *n}, {name: prod}]\n", 2),
                       ("current-context: [\n", 2)]:
        path.write_text(text)
        call("context", "use", "prod").fails(6, f"{path}: line {line}: ")
        assert path.read_text() == text


def test_use_follows_links(call, contexts, tmp_path):
    path = contexts(None, path=tmp_path / "real", main={})
    link = tmp_path / "link"
    link.symlink_to(path)
    call("context", "use", "main", "--context-file", link).ok()
    assert link.is_symlink() and yaml.safe_load(path.read_text())["current-context"] == "main"


NAMES = st.one_of(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1,
                          max_size=9).filter(lambda name: not name.startswith("-")),
                  st.sampled_from(["yes", "null", "1e3", "a b", "a: b", "#x", "it's"]),
                  st.integers(0, 999))
FILLS = st.lists(st.sampled_from(["# comment: x", "", "other: [a, 'b', \"c\"]",
                                  "text: |\n  a\n\n  b", "anchored: &x 1",
                                  "emoji: '\U0001F511'"]), unique=True)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(NAMES, min_size=1, max_size=4, unique_by=str), st.sampled_from(["\n", "\r\n"]),
       st.sampled_from(["plain", "'", '"', "missing"]), FILLS, FILLS, st.data())
def test_use_changes_no_other_byte(names, newline, style, above, below, data):
    """PyYAML reads the result as duploctl does."""
    wanted = data.draw(st.sampled_from(names))
    value = {"plain": "dev", "missing": ""}.get(style, f"{style}dev{style}")
    entries = yaml.safe_dump({"contexts": [{"name": name} for name in names]}, allow_unicode=False)
    below = [line for line in below if line not in above or line[:1] in ("", "#")]
    before = [newline.join((*above, "")).replace("\n", newline).replace("\r\r", "\r")]
    rest = newline.join((*entries.splitlines(), *below, "")).replace("\n", newline)
    rest = rest.replace("\r\r", "\r")
    line = "" if style == "missing" else f"current-context: {value} # comment{newline}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config")
        path.write_bytes((before[0] + line + rest).encode())
        done = subprocess.run([BIN, "context", "use", str(wanted), "--context-file", path],
                              env={"HOME": folder}, capture_output=True, text=True, timeout=60,
                              check=False)
        assert done.returncode == 0, (done.stderr, path.read_bytes())
        text = path.read_bytes().decode()
    if style != "missing":
        assert text.startswith(before[0] + "current-context: ")
        assert text.endswith(f" # comment{newline}{rest}")
    else:
        lines = text.splitlines(keepends=True)
        added = [i for i, one in enumerate(lines) if one.startswith("current-context: ")]
        assert len(added) == 1
        assert "".join(lines[:added[0]] + lines[added[0] + 1:]) == before[0] + rest
    assert yaml.safe_load(text)["current-context"] == wanted


def test_duploctl_reads_the_same_file(call, portal, contexts, tmp_path):
    """The same file and options choose the same host, tenant and user."""
    def duploctl(*args) -> str:
        home = Path(tempfile.mkdtemp(dir=tmp_path))  # its cache does not know contexts
        env = {"HOME": str(home), "REQUESTS_CA_BUNDLE": portal.ca, "PATH": os.environ["PATH"]}
        done = subprocess.run([public_client("duploctl"), "--config-file", path, *args], env=env,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout
    entry = {"host": portal.url, "token": portal.token("admin")}
    path = contexts("one", one=entry | {"tenant": "dev01"}, two=entry | {"tenant": "dev02"},
                    boss=entry | {"tenant": "dev01", "admin": True})
    for options in ([], ["--ctx", "two"], ["--ctx", "boss"]):
        theirs = duploctl(*options, "jit", "aws")
        ours = call("jit", "aws", "--config-file", path, *options).ok()
        assert who(ours, portal) == who(theirs, portal), options
    call("context", "use", "two").ok()
    assert who(duploctl("jit", "aws"), portal) == ("admin", "dev02")
    assert who(call("aws").ok(), portal) == ("admin", "dev02")
