# SPDX-License-Identifier: MIT
"""Prints at the end how many tests of each client ran, and why others were skipped."""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    ran, skipped, reasons = Counter(), Counter(), {}
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            properties = dict(getattr(report, "user_properties", ()))
            name = properties.get("client")
            if name is None or (report.when != "call" and outcome != "skipped"):
                continue
            (skipped if outcome == "skipped" else ran)[name] += 1
            if outcome == "skipped":
                reasons[name] = report.longrepr[2].removeprefix("Skipped: ")
    for name in sorted(ran | skipped):
        words = f"{ran[name]} ran" + (f", {skipped[name]} skipped" if skipped[name] else "")
        reason = f" ({reasons[name]})" if skipped[name] else ""
        terminalreporter.write_line(f"client {name}: {words}{reason}")
