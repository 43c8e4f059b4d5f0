# SPDX-License-Identifier: MIT
"""Prints at the end how many faults of each operation were injected, and how many did harm."""


def pytest_terminal_summary(terminalreporter):
    rows: dict[str, list[int]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            found = dict(getattr(report, "user_properties", ())).get("faults")
            if found is None or report.when != "call":
                continue
            name, calls, *counts = found
            row = rows.setdefault(name, [0, 0, 0, 0])
            row[0] = max(row[0], calls)
            row[1:] = [have + more for have, more in zip(row[1:], counts)]
    form = "{:<26} {:>7} {:>10} {:>9} {:>8}"
    if rows:
        terminalreporter.write_line(form.format("operation", "calls", "injections", "missed",
                                                "failures"))
    for name, row in sorted(rows.items()):
        terminalreporter.write_line(form.format(name, *row))
    if rows:
        total = [sum(row[i] for row in rows.values()) for i in range(4)]
        terminalreporter.write_line(form.format("all", *total))
