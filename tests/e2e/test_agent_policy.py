# SPDX-License-Identifier: MIT
"""agent check-policy: valid and invalid files, and what a pod gets, against a model."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import BIN, LIMIT_S, TESTS

GUIDE = (TESTS.parent / "docs/kubernetes.md").read_text().split("\n## The policy file\n")[1].split(
    "\n## ")[0]
HEAD = "apiVersion: duplojit/v1\n"


@pytest.fixture
def check(run):
    """Checks a policy with this text, and returns the result with FILE for the path."""
    def call(text: str | bytes, *words: str, env: dict[str, str] | None = None):
        path = run.home / "policy.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = run("agent", "check-policy", str(path), *words, env=env or {})
        result.out = result.out.replace(str(path), "FILE")
        result.err = result.err.replace(str(path), "FILE")
        return result
    return call


def test_a_valid_file(check):
    assert check(HEAD).ok() == "FILE: valid: 0 rules, then the default rule\n"
    rule = "rules:\n- namespace: a\n  tenant: b\n"
    assert check(HEAD + rule).ok() == "FILE: valid: 1 rule, then the default rule\n"
    assert check(HEAD + "defaultRule: deny\n" + rule + "- namespace: b\n  deny: true\n").ok() == \
        "FILE: valid: 2 rules, then deny\n"


def test_what_a_pod_gets(check):
    text = HEAD + """rules:
  - {name: payments, namespace: payments, serviceAccount: worker, tenant: payments-prod}
  - {namespace: audit, serviceAccount: reader, admin: true}
  - {namespace: ops, serviceAccount: robot, duploOps: true}
  - {namespace: ids, tenantId: 0F3C9A52-7d1e-4b8a-9c55-2e6d8b1f4a70}
  - {name: closed, namespace: duploservices-closed, deny: true}
"""
    for pod, answer in {
        "payments/worker": "tenant payments-prod (rule payments)",
        "audit/reader": "administrator (rule 2)",
        "ops/robot": "duplo-ops (rule 3)",
        "ids/x.y": "tenant 0f3c9a52-7d1e-4b8a-9c55-2e6d8b1f4a70 (rule 4)",
        "duploservices-dev01/default": "tenant dev01 (rule default)",
    }.items():
        assert check(text, "--as", pod).ok() == f"{pod}: {answer}\n"
        assert check(text, env={"DUPLO_AS": pod}).ok() == f"{pod}: {answer}\n"
    for pod, rule in {"payments/other": "no rule", "audit/other": "no rule", "x/y": "no rule",
                      "duploservices-closed/web": "rule closed"}.items():
        assert check(text, "--as", pod).fails(4) == f"duplojit: {pod}: denied ({rule})\n"
    check(text.replace("rules:", "defaultRule: deny\nrules:"), "--as",
          "duploservices-dev01/default").fails(4, "denied (no rule)")


def test_standard_input(run):
    done = subprocess.run([BIN, "agent", "check-policy", "-", "--as", "duploservices-a/b"],
                          input=HEAD, env={}, capture_output=True, text=True, timeout=LIMIT_S)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "duploservices-a/b: tenant a (rule default)\n", "")


def test_files_that_are_not_valid(check, run):
    for text, message in {
        "": "FILE: the file is empty: write at least apiVersion: duplojit/v1",
        "rules: []\n": "FILE: line 1: the file does not have apiVersion: duplojit/v1",
        HEAD + "defaultrule: deny\n":
            'line 2: unknown field "defaultrule". Did you mean defaultRule?',
        HEAD + "rules:\n- namespace: a\n  tenant: 1\n": "FILE: line 4: tenant is not a string",
        HEAD + "rules:\n- namespace: a\n  admin: true\n": "FILE: line 3: a rule with admin needs",
        HEAD + "rules: [": "FILE: line 3: ",
        HEAD + "#" + "x" * (256 << 10): "FILE is larger than 262144 bytes",
    }.items():
        check(text).fails(6, message)
        check(text, "--as", "duploservices-a/b").fails(6, message)
    check(b"\xff\xfe").fails(6, "FILE: ")
    run("agent", "check-policy", "/nonexistent/policy").fails(
        6, "cannot open /nonexistent/policy: ")
    run("agent", "check-policy", str(run.home)).fails(6, f"cannot read {run.home}: ")


def test_the_command_line(run):
    run("agent", "--as", "a/b").fails(2, "missing argument: use check-policy")
    run("agent", "check").fails(2, 'unknown argument "check": use check-policy')
    run("agent", "check-policy").fails(2, "missing file: agent check-policy FILE")
    run("agent", "check-policy", "a", "b").fails(2, "unexpected argument")


# The example of the guide

def test_the_example_of_the_guide(run):
    path = run.home / "policy.yaml"
    path.write_text(re.search(r"^```yaml\n(.*?)^```", GUIDE, re.M | re.S)[1])
    lines = [line for line in GUIDE.splitlines() if line.startswith("    duplojit ")]
    assert len(lines) == 3
    for line in lines:
        command, _, comment = line.partition(" # ")
        result = run(*command.replace("policy.yaml", str(path)).split()[1:])
        if "--as" not in command:
            assert result.ok() == f"{path}: valid: 4 rules, then the default rule\n"
        elif comment.startswith("exit code 4: "):
            result.fails(4, comment.partition(": ")[2])
        else:
            assert result.ok().endswith(f": {comment.strip()}\n")


def test_the_limits_of_the_guide_are_those_of_the_program():
    header = (TESTS.parent / "src/serve/policy.h").read_text()
    size, rules = re.search(r"POLICY_FILE_MAX = (\d+) << 10, POLICY_RULES_MAX = (\d+)",
                            header).groups()
    assert f"{rules} rules and {size} KiB" in GUIDE


def test_the_policies_of_the_manifests(check):
    """Those in ConfigMaps are valid, and give a pod of DuploCloud's namespaces its tenant."""
    policies = [document["data"]["policy.yaml"]
                for path in (TESTS.parent / "docker/kubernetes").rglob("*.yaml")
                for document in yaml.safe_load_all(path.read_text())
                if document and document["kind"] == "ConfigMap"
                and "policy.yaml" in document.get("data", {})]
    assert policies
    for policy in policies:
        assert check(policy, "--as", "duploservices-dev01/default").ok() == \
            "duploservices-dev01/default: tenant dev01 (rule default)\n"


# A model

PATTERNS = st.sampled_from(["a", "b", "ab", "a*", "ab*", "b*", "*"])
RULES = st.fixed_dictionaries(
    {"namespace": PATTERNS}, optional={"serviceAccount": PATTERNS}).flatmap(
    lambda rule: st.sampled_from([{"tenant": "dev01"}, {"tenant": "dev02"}, {"deny": True},
                                  {"admin": True}]).map(lambda scope: rule | scope))


def matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def fits(rule: dict, namespace: str, account: str) -> bool:
    return (matches(rule["namespace"], namespace)
            and matches(rule.get("serviceAccount", "*"), account))


def is_valid(rules: list[dict]) -> bool:
    """No rule is hidden by one before it, and administrators' rules have no patterns."""
    for i, rule in enumerate(rules):
        account = rule.get("serviceAccount", "*")
        if "admin" in rule and "*" in rule["namespace"] + account:
            return False
        if any(fits(other, rule["namespace"], account) for other in rules[:i]):
            return False
    return True


def decision(rules: list[dict], namespace: str, account: str) -> str:
    for number, rule in enumerate(rules, 1):
        if fits(rule, namespace, account):
            scope = "administrator" if "admin" in rule else \
                "denied" if "deny" in rule else f"tenant {rule['tenant']}"
            return f"{scope} (rule {number})"
    return "denied (no rule)"


@settings(max_examples=150, deadline=None)
@given(st.lists(RULES, max_size=5), st.sampled_from(["a", "b", "ab", "abc", "c"]),
       st.sampled_from(["a", "ab", "b", "c"]))
def test_the_first_rule_that_matches_decides(rules, namespace, account):
    text = json.dumps({"apiVersion": "duplojit/v1", "rules": rules})
    done = subprocess.run([BIN, "agent", "check-policy", "-", "--as", f"{namespace}/{account}"],
                          input=text, env={}, capture_output=True, text=True, timeout=LIMIT_S)
    if not is_valid(rules):
        assert done.returncode == 6, text
        return
    wanted = decision(rules, namespace, account)
    denied = wanted.startswith("denied")
    line = f"{'duplojit: ' if denied else ''}{namespace}/{account}: {wanted}\n"
    shown = done.stderr if denied else done.stdout
    assert (done.returncode, shown) == (4 if denied else 0, line), text
