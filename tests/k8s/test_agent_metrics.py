# SPDX-License-Identifier: MIT
"""The agent's dashboard and alert rules: Prometheus's own tool reads every expression, and the
rules fire when they should."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import yaml

from cluster import TOOLS, why_missing
from conftest import TESTS

DOCS = TESTS.parent / "docs"
ALERTS = DOCS / "agent-alerts.yaml"
DASHBOARD = json.loads((DOCS / "grafana-agent.json").read_text())
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
QUERIES = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"]
           for target in panel["targets"]]


def promtool(*words) -> subprocess.CompletedProcess:
    reason = why_missing("promtool")
    if reason:
        pytest.skip(reason)
    return subprocess.run([TOOLS / "promtool", *words], capture_output=True, text=True, timeout=60,
                          check=False)


def test_the_dashboard():
    """As Grafana imports it: every panel has a place of its own, and asks the chosen source."""
    panels = DASHBOARD["panels"]
    variables = {v["name"] for v in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "instance"} and DASHBOARD["uid"] and DASHBOARD["title"]
    assert len({panel["id"] for panel in panels}) == len(panels) == 10
    fields = set()
    for panel in panels:
        at = panel["gridPos"]
        own = {(x, y) for x in range(at["x"], at["x"] + at["w"])
               for y in range(at["y"], at["y"] + at["h"])}
        assert not own & fields and max(x for x, _ in own) < 24
        fields |= own
        for each in (panel, *panel["targets"]):
            assert each["datasource"]["uid"] == "${datasource}"
    assert all('instance=~"$instance"' in expr for _, expr in QUERIES)


def test_prometheus_reads_every_query(tmp_path):
    """As rules, because promtool checks those. A broken query is found, too."""
    def check(queries: list[str]) -> subprocess.CompletedProcess:
        path = tmp_path / "rules.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": [
            {"record": f"query:{i}", "expr": query} for i, query in enumerate(queries)]}]}))
        return promtool("check", "rules", path)

    queries = [expr.replace("$__rate_interval", "5m").replace("$instance", ".*")
               for _, expr in QUERIES]
    done = check(queries)
    assert done.returncode == 0 and f"{len(queries)} rules found" in done.stdout, done
    assert check([*queries, "sum by (le) (rate(x[5m])"]).returncode != 0


def test_prometheus_reads_the_rules():
    done = promtool("check", "rules", ALERTS)
    assert done.returncode == 0 and "3 rules found" in done.stdout, done


def fires(tmp_path, alert: str, series: dict[str, str], minutes: int) -> bool:
    """Whether the alert fires after so many minutes of these series."""
    labels = {"instance": "node-1", "job": "agent"}
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": [{
        "interval": "1m",
        "input_series": [{"series": name.replace("{", "{" + ",".join(
            f'{k}="{v}"' for k, v in labels.items()) + ","), "values": values}
            for name, values in series.items()],
        "alert_rule_test": [{"eval_time": f"{minutes}m", "alertname": alert, "exp_alerts": []}]}]}))
    done = promtool("test", "rules", path)
    assert done.returncode in (0, 1), done
    assert done.returncode == 0 or f'alertname="{alert}"' in done.stderr + done.stdout, done
    return done.returncode == 1


@pytest.mark.parametrize("values, minutes, fired", [
    ("1x20", 20, False), ("0x20", 20, True), ("0x3 1x20", 20, False), ("0x20", 3, False)])
def test_an_invalid_policy(tmp_path, values, minutes, fired):
    series = {'duplojit_agent_policy_valid{}': values}
    assert fires(tmp_path, "DuplojitAgentPolicyInvalid", series, minutes) == fired


@pytest.mark.parametrize("failures, left, fired", [
    ("0+1x60", "3600-60x60", True),  # no renewal succeeds, 10 minutes are left
    ("0x60", "3600-60x60", False),  # no pod uses these credentials
    ("0+1x60", "3600x60", False),
    ("0x10 1x50", "3600-60x60", False)])
def test_renewals_that_fail(tmp_path, failures, left, fired):
    series = {'duplojit_renewal_failures_total{profile="tenant:dev01"}': failures,
              'duplojit_credentials_left_seconds{profile="tenant:dev01"}': left}
    assert fires(tmp_path, "DuplojitAgentRenewalsFail", series, 50) == fired


@pytest.mark.parametrize("result, values, fired", [
    ("unavailable", "0+1x30", True), ("unavailable", "0x30", False),
    ("rejected", "0+9x30", False), ("unavailable", "0 1x30", False)])
def test_reviews_that_fail(tmp_path, result, values, fired):
    series = {f'duplojit_agent_reviews_total{{result="{result}"}}': values}
    assert fires(tmp_path, "DuplojitAgentReviewsFail", series, 20) == fired


def test_every_metric_exists():
    """In the sources; a histogram has three more names."""
    known = set()
    for path in (TESTS.parent / "src/serve").glob("*.c"):
        known |= set(re.findall(r'"(duplojit_\w+)"', path.read_text()))
    assert "duplojit_agent_reviews_total" in known
    known |= {f"{name}_{end}" for name in known if name.endswith("_seconds")
              for end in ("bucket", "sum", "count")} | {"duplojit_agent_refusals_total"}
    for text in [*(expr for _, expr in QUERIES), *(rule["expr"] for rule in RULES),
                 (DOCS / "agent.md").read_text()]:
        assert set(re.findall(r"duplojit_\w+", text)) <= known


def test_the_panels_and_rules_are_described():
    text = (DOCS / "agent.md").read_text()
    assert len(RULES) == 3 and "three alert rules" in text
    assert {rule["alert"] for rule in RULES} == {
        "DuplojitAgentPolicyInvalid", "DuplojitAgentRenewalsFail", "DuplojitAgentReviewsFail"}
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert {"summary", "description"} == set(rule["annotations"])
