# SPDX-License-Identifier: MIT
"""update-kubeconfig: what it writes, where, and what it prints. kubectl itself is tested in
tests/k8s, the editor in test_kubeconfig_editor.py."""

from __future__ import annotations

import pytest
import yaml

from conftest import BIN, identity

COMMAND = ("update-kubeconfig", "--tenant", "dev01")


@pytest.fixture
def config(run):
    return run.home / ".kube/config"


def read(path) -> dict:
    return yaml.safe_load(path.read_text())


def arguments(path) -> list[str]:
    return read(path)["users"][0]["user"]["exec"]["args"]


def test_a_new_file(ask, config, portal):
    tenant = portal.state.tenants["dev01"]
    out = ask(*COMMAND)
    assert out.code == 0 and out.out == f"context dev01 in {config}: written\n"
    assert "DUPLO_TOKEN: kubectl must run with the same value" in out.err
    document = read(config)
    assert document["clusters"] == [{"name": tenant.plan, "cluster": {
        "server": f"https://{tenant.plan}.k8s.example.com",
        "certificate-authority-data": "dGhyb3ctYXdheQ=="}}]
    assert document["contexts"] == [{"name": "dev01", "context": {
        "cluster": tenant.plan, "user": "dev01", "namespace": "duploservices-dev01"}}]
    assert "current-context" not in document
    user = document["users"][0]["user"]["exec"]
    assert document["users"][0]["name"] == "dev01"
    assert user["command"] == str(BIN.resolve())
    assert user["args"] == ["k8s", "--ca-file", portal.ca, "--tenant", "dev01", "--host",
                            portal.url]
    assert (user["apiVersion"], user["interactiveMode"], user["provideClusterInfo"]) == (
        "client.authentication.k8s.io/v1", "IfAvailable", False)
    assert config.stat().st_mode & 0o777 == 0o600
    assert config.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(p.name for p in config.parent.iterdir()) == ["config"]


def test_the_second_run_changes_nothing(ask, config):
    ask(*COMMAND, "--use")
    before = config.stat()
    assert ask(*COMMAND, "--use").out.endswith(": nothing to change\n")
    assert config.stat().st_ino == before.st_ino


def test_names(ask, config, portal):
    tenant = portal.state.tenants["dev01"]
    ask("update-kubeconfig", "--tenant-id", tenant.id)
    ask("update-kubeconfig", "mine", "--tenant", "dev01", "--use")
    ask("update-kubeconfig", "--plan", tenant.plan, user="admin")
    document = read(config)
    assert [e["name"] for e in document["contexts"]] == ["dev01", "mine", tenant.plan]
    assert [e["name"] for e in document["users"]] == ["dev01", "mine", tenant.plan]
    assert [e["name"] for e in document["clusters"]] == [tenant.plan]
    assert document["current-context"] == "mine"
    assert "--plan" in document["users"][2]["user"]["exec"]["args"]


def test_the_plugin_gets_the_options(ask, config, tmp_path):
    (tmp_path / "t").write_text("token")
    ask(*COMMAND, "-I", "--timeout", "7s", "--command", "./my tool", "--no-cache", cwd=tmp_path)
    user = read(config)["users"][0]["user"]["exec"]
    assert user["command"] == f"{tmp_path}/./my tool"
    assert user["args"][:4] == ["k8s", "--interactive", "--timeout", "7s"]
    ask(*COMMAND, "--command", "duplojit")
    assert read(config)["users"][0]["user"]["exec"]["command"] == "duplojit"


def test_the_token_is_not_written(ask, config, portal):
    out = ask(*COMMAND, "--token", portal.token())
    assert out.code == 0 and "the kubeconfig does not contain the token" in out.err
    assert portal.token() not in config.read_text() and "--token" not in config.read_text()
    assert portal.state.kubernetes_tokens[-1] not in config.read_text()


def test_the_names_of_the_other_tool(ask, run, config, tmp_path):
    out = ask("jit", "update_kubeconfig", "--tenant", "dev01")
    assert out.code == 0 and read(config)["current-context"] == "dev01"


# Printing

SECRETS = """\
# token: COMMENTED
users:
- name: dev01
  user:
    token: SECRET1
    exec: {command: x, args: [--password, "SECRET2", --api-token=SECRET3, -t, SECRET4],
           env: [{name: A, value: SECRET5}]}
- name: z
  user:
    client-key-data: |
      SECRET6
    tokenFile: /shown
    auth-provider: {name: p, config: {refresh-token: SECRET7}}
"""


def test_a_dry_run_shows_the_change_without_secrets(ask, config):
    config.parent.mkdir(mode=0o700)
    config.write_text(SECRETS)
    out = ask(*COMMAND, "--dry-run", "--embed-token")
    assert out.code == 0 and config.read_text() == SECRETS
    assert "SECRET" not in out.out and "COMMENTED" not in out.out
    for line in (f"--- {config}", f"+++ {config}", "     tokenFile: /shown", "+clusters:",
                 "-    exec: {command: x, args: [--password, ***, ***,"):
        assert "\n" + line in "\n" + out.out, out.out
    applied = ask(*COMMAND, "--dry-run").out
    assert '"--tenant", "dev01", "--host"' in applied


def test_a_dry_run_that_changes_only_the_token_says_so(ask, config, portal):
    ask(*COMMAND, "--embed-token", "--no-cache")
    unchanged = config.read_text()
    config.write_text(unchanged.replace(read(config)["users"][0]["user"]["token"], "old"))
    out = ask(*COMMAND, "--embed-token", "--dry-run")
    assert (out.code, out.out) == (0, "")
    assert f"{config}: only a secret would change, which is not shown\n" in out.err
    assert portal.state.kubernetes_tokens[-1] not in out.err
    config.write_text(unchanged)
    out = ask("update-kubeconfig", "--remove", "dev01", "--dry-run")
    assert "only a secret" not in out.err


def test_the_variables_of_the_options(ask, config):
    ask(*COMMAND, env={"DUPLO_USE": "1", "DUPLO_EMBED_TOKEN": "1"})
    assert read(config)["current-context"] == "dev01"
    assert "token" in read(config)["users"][0]["user"]
    ask(*COMMAND, env={"DUPLO_REMOVE": "1"})
    assert not read(config)["users"]


def test_print(ask, config, run):
    out = ask(*COMMAND, "--print", "--use")
    assert out.code == 0 and not config.exists()
    document = yaml.safe_load(out.out)
    assert document["current-context"] == "dev01" and len(document["users"]) == 1
    config.parent.mkdir()
    config.write_text("broken: [")
    assert ask(*COMMAND, "--print", "--use").out == out.out


# Removing

def test_remove(ask, run, config):
    ask(*COMMAND, "--use")
    ask("update-kubeconfig", "other", "--tenant", "dev01")
    removed = run("update-kubeconfig", "--remove", "dev01").ok()
    assert removed == f"context dev01 in {config}: removed\n"
    document = read(config)
    assert [e["name"] for e in document["contexts"]] == ["other"]
    assert [e["name"] for e in document["users"]] == ["other"]
    assert len(document["clusters"]) == 1 and document["current-context"] == ""
    run("update-kubeconfig", "--remove", "--tenant", "other").ok()
    document = read(config)
    assert not document["contexts"] and not document["users"] and not document["clusters"]
    run("update-kubeconfig", "--remove", "dev01").fails(4, "no context dev01 in")
    run("update-kubeconfig", "--remove").fails(2, "no cluster given")


# Files

def test_a_file_that_kubectl_rejects_stays(ask, config):
    config.parent.mkdir()
    config.write_text("clusters: {}\n")
    assert ask(*COMMAND).err.endswith(f"{config}: line 1: clusters is not a list\n")
    assert config.read_text() == "clusters: {}\n"


def test_a_link_and_an_open_mode(ask, config, tmp_path):
    config.parent.mkdir()
    target = tmp_path / "target"
    target.write_text("# mine\n")
    target.chmod(0o644)
    config.symlink_to(target)
    ask(*COMMAND)
    assert config.is_symlink() and target.read_text().startswith("# mine\n")
    assert target.stat().st_mode & 0o777 == 0o600


def test_kubeconfig_option_and_variable(ask, run, tmp_path):
    paths = [tmp_path / name for name in "abc"]
    ask(*COMMAND, "--kubeconfig", paths[0], env={"KUBECONFIG": str(paths[1])})
    assert paths[0].exists() and not paths[1].exists()
    ask(*COMMAND, env={"KUBECONFIG": f":{paths[1]}::{paths[2]}:"})
    assert paths[2].exists() and not paths[1].exists()
    run("update-kubeconfig", "x", "--remove", env={"HOME": None}).fails(6, "HOME is not set")
    many = ":".join(f"/tmp/none/{i}" for i in range(20))
    ask(*COMMAND, env={"KUBECONFIG": many}).fails(6, "more than 16 files")


def test_processes_at_once_lose_no_entry(ask, run, config, portal):
    ask(*COMMAND)
    base = config.read_text()
    running = [run.start("update-kubeconfig", f"c{i}", "--tenant", "dev01",
                         env=identity(portal)) for i in range(6)]
    for process in running:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert sorted(e["name"] for e in read(config)["contexts"]) == [
        *(f"c{i}" for i in range(6)), "dev01"]
    assert base.splitlines()[0] == config.read_text().splitlines()[0]
