# SPDX-License-Identifier: MIT
"""The documents: their examples work, their command lines parse, their links lead somewhere, and
what is made from the program is up to date."""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # a part of awscli, see requirements.txt

import documents
import help_parser
import kustomize
from conftest import BIN, LIMIT_S, TESTS, VERSION
from terminal import Terminal

TOP = TESTS.parent.resolve()
DOCUMENTS = {path.relative_to(TOP).as_posix(): path.read_text()
             for path in (*TOP.glob("*.md"), *TOP.glob("docs/*.md"))}
README, CI = DOCUMENTS["README.md"], DOCUMENTS["docs/ci.md"]
WORDS_MAX = 900  # of README, counted as by wc -w


def chapter(text: str, title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.M | re.S)[1]


def snippet(text: str, title: str) -> str:
    """The first fenced block of code in a chapter."""
    found = re.search(r"^```\w+\n(.*?)^```", chapter(text, title), re.M | re.S)[1]
    assert len(found.splitlines()) < 10
    return found


@pytest.fixture
def with_tools(run, portal, tmp_path) -> dict[str, str]:
    """An environment with this binary and the AWS CLI in PATH; its STS checks signatures."""
    aws = Path(sys.executable).parent / "aws"
    if not aws.exists():
        pytest.skip("the tests' Python has no aws")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "duplojit").symlink_to(BIN)
    (tools / "aws").symlink_to(aws)
    return {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(run.home), "DUPLO_CA_FILE": portal.ca,
            "AWS_ENDPOINT_URL_STS": portal.control_url, "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def shell(with_tools, portal, tmp_path):
    """A CI runner."""
    def call(line: str, env: dict[str, str]) -> str:
        done = subprocess.run(["sh", "-ec", line.replace("https://PORTAL", portal.url)],
                              env=with_tools | env, cwd=tmp_path, capture_output=True, text=True,
                              timeout=LIMIT_S)
        assert done.returncode == 0, done.stderr
        return done.stdout
    return call


@pytest.fixture
def at_terminal(run, with_tools, portal):
    """A user's shell, with a terminal. stdout is a pipe. The portal simulates one service of AWS,
    so `aws s3 ls` asks STS who it is."""
    def call(lines: str, env: dict[str, str]) -> str:
        lines = lines.replace("https://PORTAL", portal.url).replace(
            "aws s3 ls", "aws sts get-caller-identity")
        terminal = Terminal(run, "-ec", lines, env=with_tools | env, program="/bin/sh")
        code, out, shown = terminal.ended()
        assert code == 0, shown
        return out
    return call


def dotenv(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_any_shell(shell, portal):
    (line,) = block(CI, "Any shell")
    env = {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token()}
    assert "duploservices-dev01" in shell(f"{line}\naws sts get-caller-identity", env)


def test_github_actions(shell, portal, tmp_path):
    assert snippet(README, "CI") == snippet(CI, "GitHub Actions")
    job = yaml.safe_load(snippet(CI, "GitHub Actions"))
    env = {k: v.replace("https://PORTAL", portal.url) for k, v in job["env"].items()}
    variables = tmp_path / "github_env"
    variables.touch(0o600)
    env["GITHUB_ENV"] = str(variables)
    first, second = job["steps"]
    assert first["env"] == {"DUPLO_TOKEN": "${{ secrets.DUPLO_TOKEN }}"}
    log = shell(first["run"], env | {"DUPLO_TOKEN": portal.token()})
    answer = portal.state.issued[-1].answer
    assert log == "".join(f"::add-mask::{answer[k]}\n" for k in ("SecretAccessKey", "SessionToken"))
    assert "duploservices-dev01" in shell(second["run"], dotenv(variables))


def test_gitlab(shell, portal, tmp_path):
    jobs = yaml.safe_load(snippet(CI, "GitLab"))
    assert shell(jobs["credentials"]["script"],
                 {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token()}) == ""
    report = tmp_path / jobs["credentials"]["artifacts"]["reports"]["dotenv"]
    # GitLab's limits: 5 KiB, 20 variables, no quotes around values, no blank lines.
    assert report.stat().st_size < 5 << 10 and len(dotenv(report)) <= 20
    assert jobs["deploy"]["needs"] == ["credentials"]
    assert "duploservices-dev01" in shell(jobs["deploy"]["script"], dotenv(report))


def test_jenkins(shell, portal, tmp_path):
    text = snippet(CI, "Jenkins")
    token = tmp_path / "token"
    token.write_text(portal.token())
    token.chmod(0o600)
    variable = re.search(r"variable: '(\w+)'", text)[1]
    (line,) = re.findall(r"sh '(.*)'", text)
    assert "duploservices-dev01" in shell(line, {variable: str(token)})


def block(text: str, title: str) -> list[str]:
    """The lines of a chapter's indented code without comments."""
    return [line.split(" #")[0].strip() for line in chapter(text, title).splitlines()
            if line.startswith("    ")]


def test_install(shell, tmp_path):
    """With the checks that a changed file must not pass."""
    lines = snippet(README, "Install").replace("sudo ", "").replace(
        "/usr/local/bin", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    binary = tmp_path / f"duplojit-{VERSION}-linux-amd64"
    shutil.copy(BIN, binary)
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  {binary.name}\n{digest}  another-file\n")
    assert shell(lines, {}) == f"{binary.name}: OK\n"
    assert (tmp_path / "bin/duplojit").read_bytes() == BIN.read_bytes()
    binary.write_bytes(b"changed")
    with pytest.raises(AssertionError, match="did NOT match"):
        shell(lines, {})


def test_workstation(at_terminal, browser):
    """The login page opens once, at the second line. Later the profile works in any shell."""
    host, profile, use = snippet(README, "Workstation").splitlines()
    env = {"DUPLO_BROWSER": browser.command("redirect")}
    at_terminal(f"{host}\n{profile}", env)
    assert len(browser.opened()) == 1
    assert "duploservices-dev01" in at_terminal(use, env)
    assert "duploservices-dev01" in at_terminal(snippet(README, "Workstation"), env)
    assert len(browser.opened()) == 1


def test_kubeconfig(at_terminal, browser, run):
    """README's line for kubectl, which tests/k8s starts. It logs in."""
    (line,) = re.findall(r"`(duplojit update-kubeconfig [^`]+)`", README)
    host = snippet(README, "Workstation").splitlines()[0]
    at_terminal(f"{host}\n{line}", {"DUPLO_BROWSER": browser.command("redirect")})
    config = yaml.safe_load((run.home / ".kube/config").read_text())
    assert config["current-context"] == "dev01" and len(browser.opened()) == 1
    assert "--interactive" in config["users"][0]["user"]["exec"]["args"]


def test_a_profile_with_a_token(shell, portal, run):
    token = run.home / ".duplo-token"
    token.touch(mode=0o600)
    token.write_text(portal.token())
    lines = block(DOCUMENTS["docs/workstation.md"], "A profile for the AWS CLI and the SDKs")
    out = shell("\n".join(lines).replace("aws s3 ls", "aws sts get-caller-identity"), {})
    assert "duploservices-dev01" in out


def test_kubernetes():
    """The Secret of the first line is one that the manifests read, and the second line names a
    file or folder of them."""
    secret, apply = snippet(README, "Kubernetes").splitlines()
    name, key = re.search(r"secret generic (\S+) --from-file=(\w+)=", secret).groups()
    target = (TOP / apply.split()[-1]).resolve()
    folder = TOP / "docker/kubernetes"
    assert target.exists() and folder in target.parents
    manifests = [path.read_text() for path in folder.rglob("*.yaml")]
    assert any(f"secretName: {name}," in text for text in manifests)
    assert any(f"--token-file=/duplo/{key}\n" in text for text in manifests)
    assert any(secret in text for text in manifests)


def test_checks_in_a_pod(run, portal):
    """The containers exist, and what runs in one of them succeeds in its environment."""
    lines = block(DOCUMENTS["docs/kubernetes.md"], "Check")
    documents_of = kustomize.build(TOP / "docker/kubernetes/overlays/sidecar")
    (deployment,) = [d for d in documents_of if d["kind"] == "Deployment"]
    containers = {c["name"] for c in kustomize.containers(kustomize.pod_of(deployment))}
    labels = deployment["spec"]["selector"]["matchLabels"]
    assert len(lines) == 5 and f"app={labels['app']}" in lines[0]
    for line in lines[1:]:
        words = shlex.split(line)
        assert words[2] == f"deploy/{deployment['metadata']['name']}" and words[4] in containers
    token = run.home.parent / "token"
    token.write_text(portal.token())
    token.chmod(0o440)
    command = lines[3].partition(" -- /duplojit ")[2].replace("/duplo/token", str(token)).split()
    env = {"DUPLO_HOST": portal.url, "DUPLO_CA_FILE": portal.ca, "DUPLO_TENANT": "dev01"}
    assert "user" in run(*command, env=env).ok()
    assert lines[2].endswith(" -- /duplojit healthcheck")


def test_login_and_console(at_terminal, browser):
    lines = block(DOCUMENTS["docs/workstation.md"], "Login and console")
    assert [line.split()[1] for line in lines if "duplojit" in line] == [
        "update-aws-config", "login", "status", "web", "web", "logout"]
    for line, opened in zip(lines, [0, 1, 1, 2, 2, 3, 3, 3], strict=True):
        loads = line == "duplojit web -I --tenant dev01"
        at_terminal(line, browser.env("load" if loads else "redirect"))
        assert len(browser.opened()) == opened, line


def test_settings(shell, portal):
    text = DOCUMENTS["docs/administrators.md"]
    env = {"DUPLO_HOST": portal.url, "DUPLO_TOKEN": portal.token("admin")}
    out = {line: shell(line, env) for line in block(text, "Settings")}
    assert portal.state.tenants["dev01"].metadata == {"AwsAccessTokenValidity": "7200",
                                                      "MaximumSessionDuration": "7200"}
    assert out["duplojit settings apply -f jit.json --dry-run"].startswith("nothing to change")
    assert "Four of the six keys" in text
    assert shell("duplojit settings list --keys", {}).count("unverified") == 4


def test_containers():
    text = chapter(README, "Containers")
    named = re.findall(r"`((?:kubernetes/overlays/)?[\w-]+(?:\.yaml)?)`", text)
    for path in (*TOP.glob("docker/*.yaml"), *TOP.glob("docker/kubernetes/overlays/*")):
        assert path.name in [Path(name).name for name in named], path.name
    for name in named:
        if name.endswith(".yaml") or "/" in name:
            assert (TOP / "docker" / name).exists(), name


def test_contexts(run, portal):
    """The example of a config file is one that the program reads."""
    lines = chapter(DOCUMENTS["docs/workstation.md"], "Contexts")
    text = "".join(f"{line[4:]}\n" for line in lines.splitlines() if line.startswith("    "))
    path = run.home / "contexts"
    path.write_text(text)
    assert run("context", "list", "--context-file", path, "-q", "[0].Tenant",
               "-o", "string").ok() == "dev01\n"


# What the documents name

def test_every_command():
    listed = chapter(README, "Commands")
    for command in help_parser.commands():
        assert re.search(rf"^\|[^|]*`{command}[ `]", listed, re.M), f"no row for {command}"
    named = re.findall(r"`([\w-]+)`", " ".join(re.findall(r"^\|([^|]*)\|", listed, re.M)))
    assert sorted(named) == sorted(help_parser.commands())


# Options of other programs, and an example of what is not accepted.
FOREIGN = {"--network", "--from-file", "--ignore-missing", "--ecs-server", "--inter", "--bundle",
           "--certificate-identity", "--certificate-oidc-issuer", "--repo", "--all", "--api-group",
           "--feature-gates", "--runtime-config"}
# duploctl's, which only its grammar accepts
DUPLOCTL = {"--wait-timeout", "--validate", "--auth-cooldown", "--loglevel", "--log-level",
            "--home-dir", "--homedir"}


def test_every_option_and_format_exists():
    """What the guides name, the program accepts; and ci.md names every format of `aws`."""
    known = {f"--{name}" for option in help_parser.all_options() for name in option.names}
    known |= FOREIGN | DUPLOCTL
    for name, text in DOCUMENTS.items():
        if name not in ("CHANGELOG.md", "CONTRIBUTING.md", "docs/benchmarks.md"):
            named = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", text))
            assert named <= known, f"unknown in {name}: {sorted(named - known)}"
    formats = re.search(r"`-o ([a-z, ]+)`", chapter(CI, "Formats"))[1].split(", ")
    listed = help_parser.text("help", "aws").split("Formats (-o):\n")[1].split("\n\n")[0]
    assert formats == re.findall(r"^  (\w+) ", listed, re.M)


def code(text: str) -> list[str]:
    """The lines of code blocks, and the code within sentences."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    lines = [line for each in fenced for line in each.splitlines()]
    lines += re.findall(r"^    (.+)", text, re.M)
    return lines + [span.replace("\\|", "|") for span in re.findall(r"`([^`\n]+)`", text)]


def command_lines() -> set[str]:
    """The command lines of duplojit in all documents, without what follows them in the shell."""
    found = set()
    for text in DOCUMENTS.values():
        for line in code(text):
            for words in re.findall(r"(?<![\w/.-])duplojit ([a-z-].*)", line):
                words = re.split(r" #| \||\)\"|\)$| >|'$|;| &", words)[0]
                if "..." not in words:
                    found.add(words)
    return found


def test_every_command_line_parses(run):
    """An unknown option ends the line: the parser reports it only if it accepted what comes
    before."""
    lines = command_lines()
    assert len(lines) > 45
    for line in sorted(lines):
        words = shlex.split(line.replace("[OPTIONS] ", ""))
        end = words.index("--") if "--" in words else len(words)
        result = run(*words[:end], "--no-such", *words[end:])
        assert result.code == 2 and "unknown option --no-such" in result.err, result


# Versions of the image and of the files of a release
VERSION_OF = re.compile(r"(?:\bnewTag: |\bduplojit[:-]v?|\bVERSION=)(\d+\.\d+\.\d+)")
VERSIONED = {path.relative_to(TOP).as_posix(): found
             for path in sorted([*TOP.glob("*.md"), *TOP.glob("docs/*"), *TOP.glob("docker/**/*")])
             if path.is_file() and path.name != "CHANGELOG.md"
             if (found := VERSION_OF.findall(path.read_text(errors="replace")))}


@pytest.mark.parametrize("name", VERSIONED)
def test_the_version_is_that_of_the_makefile(name):
    assert set(VERSIONED[name]) == {VERSION}


def test_every_file_with_a_version_is_found():
    """Those of which users copy lines, and every overlay."""
    tags = {path.relative_to(TOP).as_posix() for path in TOP.glob("docker/kubernetes/**/*.yaml")
            if "newTag:" in path.read_text()}
    assert len(tags) >= 6 and tags | {"docs/kubernetes.md", "docs/agent.md", "docker/Dockerfile",
                                      "docker/compose.yaml"} <= set(VERSIONED)


# Links

def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def links(text: str) -> list[str]:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def test_every_relative_link_leads_somewhere():
    paths = [TOP / name for name in DOCUMENTS] + [TOP / "src/README.md", TOP / "vendor/README.md",
                                                  TESTS / "portal/README.md"]
    broken, count = [], 0
    for path in paths:
        for link in links(path.read_text()):
            target, _, anchor = link.partition("#")
            if "://" in link or target == "../../releases":  # a page of the repository's host
                continue
            count += 1
            file = (path.parent / target).resolve() if target else path
            if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
                broken.append(f"{path.relative_to(TOP)}: {link}")
    assert not broken and count > 35


def test_readme_links_every_document():
    linked = {link.partition("#")[0] for link in links(README)}
    assert {name for name in DOCUMENTS if name != "README.md"} <= linked


def test_readme_is_short():
    assert len(README.split()) < WORDS_MAX


# Documents that are made from the program

def test_environment():
    assert DOCUMENTS["docs/environment.md"] == documents.environment(), "run `make docs`"


def test_environment_has_every_variable_once():
    text = DOCUMENTS["docs/environment.md"]
    rows = re.findall(r"^\| (`.*?) \| `--", text, re.M)
    listed = re.findall(r"`(\w+)`", " ".join(rows))
    variables = {v for option in help_parser.all_options() for v in option.variables}
    assert sorted(listed) == sorted(variables)
    # Names of variables in the sources that are not those of options.
    read = {name for path in (TOP / "src").rglob("*.c") if path.name != "options.c"
            for name in re.findall(r'"((?:AWS|DUPLO|XDG|GITHUB|SSH|SSL|CURL)_[A-Z_]+)"',
                                   path.read_text())}
    assert len(read) > 30 and read <= set(re.findall(r"`(\w+)`", text))


def test_the_numbers_of_readme():
    """They are those of docs/benchmarks.md."""
    assert README == documents.readme(), "run `make docs`"


def test_who_needs_the_network_for_a_cached_answer():
    """The programs that have connected in the benchmark."""
    row = re.search(r"^\| cached answer needs network \| (.*) \|$", README, re.M)[1].split(" | ")
    found = documents.readme_cells(documents.measured(), "cached", "connections")
    assert len(row) == len(found) and "0" in found
    for said, connections in zip(row, found):
        assert connections == "-" or said == ("no" if connections == "0" else "yes")


def test_the_picture():
    if not (Path(sys.executable).parent / "aws").exists():
        pytest.skip("the tests' Python has no aws")
    made = documents.picture(documents.session())
    assert (TOP / "docs/first-success.svg").read_text() == made, "run `make docs`"


# For people who change the program

def test_the_changelog():
    """Keep a Changelog: the newest first, groups of known names, each line an entry."""
    text = DOCUMENTS["CHANGELOG.md"]
    versions = re.findall(r"^## (.*)$", text, re.M)
    assert versions[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", v) for v in versions[1:])
    for version in text.split("\n## ")[1:]:
        groups = re.findall(r"^### (.*)$", version, re.M)
        assert len(groups) == len(set(groups)) and set(groups) <= {
            "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}, groups
        lines = [line for line in version.splitlines()[1:]
                 if line and not re.match(r"### |\[[^]]+\]: ", line)]
        assert all(line.startswith("- ") for line in lines)
        assert len(lines) == len(set(lines)), "an entry occurs twice"


def test_issue_templates():
    for path in (TOP / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text())
        if path.stem != "config":
            assert {"name", "description", "body"} <= set(form)
            ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
            assert len(ids) == len(set(ids)) and "version" in ids, path.name
            assert "duplojit --version" in path.read_text()
    bug = (TOP / ".github/ISSUE_TEMPLATE/bug.yml").read_text()
    assert "--debug" in bug and "Remove secrets" in bug


def test_contributing_names_every_goal():
    """Each goal that the Makefile explains at its beginning."""
    makefile = (TOP / "Makefile").read_text()
    goals = re.findall(r"^#   make (?:\w+=\S+ )*([\w-]+) ", makefile, re.M)
    assert len(goals) > 8
    named = set(re.findall(r"`make ([\w-]+)", DOCUMENTS["CONTRIBUTING.md"]))
    assert set(goals) - {"build", "vendor"} <= named, sorted(set(goals) - named)
