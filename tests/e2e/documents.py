# SPDX-License-Identifier: MIT
"""Documents that are made from the program: `make docs` writes them, test_documents.py compares.

docs/environment.md has the variables of the options, from the help of every command.
docs/first-success.svg shows a run of the program and of the AWS CLI against the simulated portal.
README.md has numbers from docs/benchmarks.md in its comparison.
docs/benchmarks.md is written by `make benchmarks`; here its values get the words of bench/table.py.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import help_parser
from conftest import BIN, TESTS
from bench import plan, table
from portal import Portal

DOCS = TESTS.parent / "docs"

# docs/environment.md

# The variables of options, grouped for readers. A new one must be added here.
GROUPS = {
    "Portal and connection": [
        "DUPLO_HOST", "DUPLO_API_HOST", "DUPLO_CA_FILE", "DUPLO_RESOLVE", "DUPLO_TIMEOUT",
        "DUPLO_WAIT"],
    "Messages": ["DUPLO_COLOR", "DUPLO_QUIET", "DUPLO_DEBUG"],
    "Token and login": [
        "DUPLO_TOKEN_FILE", "DUPLO_TOKEN", "DUPLO_OTP", "DUPLO_INTERACTIVE", "DUPLO_BROWSER",
        "DUPLO_PORT", "DUPLO_LOGIN_TIMEOUT", "DUPLO_CONFIG", "DUPLO_CONTEXT"],
    "Scope of the credentials": [
        "DUPLO_TENANT", "DUPLO_TENANT_ID", "DUPLO_ADMIN", "DUPLO_DUPLO_OPS", "DUPLO_PLAN"],
    "Output": [
        "DUPLO_OUTPUT", "DUPLO_REGION", "DUPLO_PROFILE", "DUPLO_API_VERSION"],
    "Files with secrets": [
        "DUPLO_WRITE_CREDENTIALS", "DUPLO_WRITE_ENV", "DUPLO_MODE", "DUPLO_OWNER",
        "DUPLO_REPLACE"],
    "Cache": ["DUPLO_CACHE", "DUPLO_NO_CACHE"],
    "Profiles of AWS tools and kubectl": [
        "AWS_CONFIG_FILE", "KUBECONFIG", "DUPLO_COMMAND", "DUPLO_DRY_RUN", "DUPLO_PRINT",
        "DUPLO_CHECK", "DUPLO_OFFLINE", "DUPLO_USE", "DUPLO_REMOVE", "DUPLO_EMBED_TOKEN"],
    "Credential endpoint and `exec`": [
        "DUPLO_LISTEN", "DUPLO_ALLOW_REMOTE", "DUPLO_AUTH_TOKEN_FILE", "DUPLO_ALSO_WRITE",
        "DUPLO_IMDS", "DUPLO_IMDS_OPEN", "DUPLO_EXIT_WITH", "DUPLO_PRINT_ENV",
        "DUPLO_HEALTH_URL", "DUPLO_ENDPOINT", "DUPLO_KEEP_TOKEN"],
    "Agent of a Kubernetes node": ["DUPLO_POLICY", "DUPLO_AUDIENCE", "DUPLO_SCOPES_MAX",
                                   "DUPLO_SERVICE_ACCOUNT_DIR", "DUPLO_AS"],
    "Console": ["DUPLO_DESTINATION", "DUPLO_PRINT_URL", "DUPLO_LOGOUT_FIRST"],
    "Just-in-time settings": [
        "DUPLO_SETTING_TYPE", "DUPLO_SETTING_KEY", "DUPLO_KEYS", "DUPLO_IF_VALUE",
        "DUPLO_RAISE_ROLE_MAX", "DUPLO_SETTINGS_FILE"],
}

OTHERS = """\
## Variables without an option

| variable | effect |
|---|---|
| `HOME` | directory of the default files; without it, name them with options |
| `XDG_CACHE_HOME` | directory of the cache: `XDG_CACHE_HOME/duplojit` |
| `DUPLO_HOME` | directory of duploctl's config file, instead of `HOME/.duplo` |
| `AWS_SHARED_CREDENTIALS_FILE` | \
credentials file of `aws --write-credentials` and `update-aws-config` |
| `AWS_REGION`, `AWS_DEFAULT_REGION` | region of a new profile, after `--region` |
| `HTTPS_PROXY`, `https_proxy`, `ALL_PROXY`, `all_proxy` | URL of a proxy |
| `NO_PROXY`, `no_proxy` | hosts that are connected to without the proxy |
| `SSL_CERT_FILE`, `CURL_CA_BUNDLE`, `AWS_CA_BUNDLE` | \
file with the trusted certificates, after `DUPLO_CA_FILE` |
| `BROWSER` | browser commands, after `DUPLO_BROWSER` |
| `NO_COLOR`, `TERM` | \
no colors without `--color` if `NO_COLOR` is not empty, or `TERM` is missing or `dumb` |
| `PATH` | directories of the browser and of the program of `exec` |
| `DISPLAY`, `WAYLAND_DISPLAY`, `WSL_DISTRO_NAME` | a browser can be opened on this machine |
| `SSH_CONNECTION`, `SSH_TTY`, `KUBERNETES_SERVICE_HOST`, `HOSTNAME`, `container` | \
choose the advice for a browser on another machine |
| `GITHUB_ACTIONS` | if `true`, secrets are masked in the log of GitHub Actions |
| `GITHUB_ENV` | file that `aws -o github` appends to |
| `KUBERNETES_EXEC_INFO` | version of the answer of `k8s`; set by kubectl |

## Variables that programs of `exec` get

| variables | when |
|---|---|
| `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_CREDENTIAL_EXPIRATION` | \
without `--endpoint` |
| `AWS_CONTAINER_CREDENTIALS_FULL_URI`, `AWS_CONTAINER_AUTHORIZATION_TOKEN` | with `--endpoint` |
| `AWS_REGION`, `AWS_DEFAULT_REGION` | always, if the region is known |

Those that SDKs prefer are removed: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `AWS_SECURITY_TOKEN`, \
`AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME`, \
`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`. So are \
`DUPLO_TOKEN`, `DUPLO_OTP` and their lower-case forms, unless `--keep-token` is given.
"""


def commands_of(variable: str) -> list[str]:
    return [o.command for o in help_parser.all_options() if variable in o.variables]


def row(variable: str, portal_commands: set[str]) -> str:
    option = next(o for o in help_parser.all_options() if o.variables[:1] == (variable,))
    users = commands_of(variable)
    if set(users) == set(help_parser.commands()):
        where = "all"
    elif set(users) == portal_commands:
        where = "all that call the portal"
    elif len(users) > 8:
        missing = sorted(portal_commands - set(users))
        extra = [f"`{c}`" for c in users if c not in portal_commands]
        where = "all that call the portal" + (
            " except " + ", ".join(f"`{c}`" for c in missing) if missing else "") + (
            "; " + ", ".join(extra) if extra else "")
    else:
        where = ", ".join(f"`{c}`" for c in users)
    names = ", ".join(f"`{name}`" for name in option.variables)
    text = option.text.replace("|", "\\|").replace(
        ", see above (default: process)", "; each command names its formats and default")
    return f"| {names} | `--{option.name}` | {text} | {where} |"


def setting_keys() -> list[str]:
    """The rows of DUPLO_KEY_*, from the table of the settings."""
    words = help_parser.text("settings", "list", "--keys").split()
    pairs = zip(words, words[1:])
    names = [word for word in words if re.fullmatch(r"[a-z][a-z-]+-[a-z-]+", word)]
    variables = [after for word, after in pairs if after.startswith("DUPLO_KEY_")]
    return [f"| `{variable}` | key of `{name}` in the portal |"
            for name, variable in zip(names, variables, strict=True)]


def environment() -> str:
    host = set(commands_of("DUPLO_HOST"))
    parts = ["# Environment variables\n",
             "`make docs` writes this file from the help of the program.\n",
             "An empty variable counts as not set. An option on the command line overrides its "
             "variable, and the variable overrides the context. A switch is turned on by `1`, "
             "`true`, `yes` or `on`.\n"]
    for title, variables in GROUPS.items():
        parts.append(f"## {title}\n")
        parts.append("| variable | option | purpose | commands |\n|---|---|---|---|")
        parts.extend(row(variable, host) for variable in variables)
        parts.append("")
        if title == "Just-in-time settings":
            parts.append("| variable | purpose |\n|---|---|")
            parts.extend(setting_keys())
            parts.append("")
    return "\n".join(parts) + "\n" + OTHERS


# docs/first-success.svg

NO_BREAK = "\N{NO-BREAK SPACE}"  # SVG shows several blanks as one
HOST = "https://portal.example.com"
COMMANDS = [
    "duplojit tenants",
    "duplojit update-aws-config dev --tenant dev01",
    "aws sts get-caller-identity --profile dev",
]


def session() -> list[str]:
    """The lines of a terminal in which the commands run, without what differs between runs: the
    address of the simulated portal, the temporary home and the tenants' random IDs."""
    with Portal() as portal, tempfile.TemporaryDirectory(prefix="duplojit-docs-") as folder:
        for number, tenant in enumerate(portal.state.tenants.values(), 1):
            tenant.id = f"0f3c9a52-7d1e-4b8a-9c55-{number:012x}"
        home, tools = Path(folder, "home"), Path(folder, "tools")
        home.mkdir(mode=0o700)
        tools.mkdir()
        (tools / "duplojit").symlink_to(BIN)
        (tools / "aws").symlink_to(Path(sys.executable).parent / "aws")
        token = home / ".duplo-token"
        token.touch(mode=0o600)
        token.write_text(portal.token())
        env = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), "DUPLO_CA_FILE": portal.ca,
               "AWS_ENDPOINT_URL_STS": portal.control_url, "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_PAGER": "", "DUPLO_HOST": portal.url, "DUPLO_TOKEN_FILE": str(token)}
        lines = [f"$ export DUPLO_HOST={HOST} DUPLO_TOKEN_FILE=~/.duplo-token"]
        for command in COMMANDS:
            done = subprocess.run(command.split(), env=env, capture_output=True, text=True,
                                  timeout=60, check=True)
            assert done.stderr == "", done.stderr
            shown = done.stdout.replace(portal.url, HOST).replace(str(home), "~")
            assert not any(secret in shown for secret in portal.state.secrets())
            lines += [f"$ {command}", *shown.splitlines()]
        assert portal.state.signed, "the AWS CLI signed no request"
    return lines + ["$ "]


def picture(lines: list[str]) -> str:
    """An SVG without scripts and fonts of its own, readable on light and dark pages."""
    width, line_height, margin = 760, 19, 16
    height = 2 * margin + line_height * len(lines)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" role="img">',
           "<title>duplojit: from a token to the AWS CLI</title>",
           f'<rect width="{width}" height="{height}" rx="8" fill="#16191f"/>',
           '<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14" '
           'fill="#d5d9e0">']
    for number, line in enumerate(lines, 1):
        style = ' fill="#7ee787"' if line.startswith("$ ") else ""
        out.append(f'<text x="{margin}" y="{margin - 5 + number * line_height}"{style}>'
                   f"{html.escape(line).replace(' ', NO_BREAK)}</text>")
    return "\n".join([*out, "</g>", "</svg>", ""])


# The numbers in README.md

MEASURED = {  # row of README: kind and column of docs/benchmarks.md, and the unit of README in its
    "first answer, ms": ("cold", "wall", {"ms": 1, "µs": 1e-3, "s": 1e3}),
    "cached answer, ms": ("cached", "wall", {"ms": 1, "µs": 1e-3, "s": 1e3}),
    "memory, MiB": ("cold", "memory", {"KiB": 1 / 1024, "MiB": 1}),
    "on disk, MB": ("cold", "on disk", {"": 1e-6}),
}
PORTAL = {"cold": "rsa-system", "cached": "cached"}  # kind: group of bench/plan.py
AWS = {"cold": "aws-cold", "cached": "aws-cached"}
MEASURED_PROGRAMS = {"name": PORTAL, "duplo-jit": PORTAL, "duploctl": PORTAL,
                     **{name: AWS for name in plan.ASK_AWS}}  # columns of README


def measured() -> dict[tuple[str, str, str], str]:
    """The cells of docs/benchmarks.md by group, row and column."""
    found, group = {}, ""
    lines = re.findall(r"^\|(.*)\|$", (DOCS / "benchmarks.md").read_text(), re.M)
    columns = [cell.strip() for cell in lines[0].split("|")]
    for line in lines[2:]:
        name, *cells = [cell.strip() for cell in line.split("|")]
        group = name.strip("*") if name.startswith("**") else group
        found |= {(group, name, column): cell for column, cell in zip(columns[1:], cells)}
    return found


def readme_cells(cells: dict[tuple[str, str, str], str], kind: str, column: str) -> list[str]:
    """Those of the programs in README's comparison."""
    return [cells[plan.GROUPS[groups[kind]].title, plan.LABELS[client], column]
            for client, groups in MEASURED_PROGRAMS.items()]


def short(cell: str, units: dict[str, float]) -> str:
    """A number with two digits, in the unit of README."""
    match = re.fullmatch(r"([\d.,]+) ?(\w*)", cell)
    if match is None:
        return "–"
    number = float(f"{float(match[1].replace(',', '')) * units[match[2]]:.2g}")
    return f"{number:,.0f}" if number >= 10 else f"{number:g}"


def readme() -> str:
    """README.md with the numbers of docs/benchmarks.md."""
    text = (TESTS.parent / "README.md").read_text()
    cells = measured()
    for row, (kind, column, units) in MEASURED.items():
        numbers = [short(cell, units) for cell in readme_cells(cells, kind, column)]
        text, count = re.subn(rf"^\| {row} \|( [^|]+ \|)+$",
                              f"| {row} | " + " | ".join(numbers) + " |", text, flags=re.M)
        assert count == 1, row
    return text


def main() -> None:
    os.umask(0o022)
    for name, text in (("docs/environment.md", environment),
                       ("docs/benchmarks.md", lambda: table.rewritten(table.DOCUMENT.read_text())),
                       ("README.md", readme),  # has numbers of the one before
                       ("docs/first-success.svg", lambda: picture(session()))):
        (TESTS.parent / name).write_text(text())
        print(name)


if __name__ == "__main__":
    main()
