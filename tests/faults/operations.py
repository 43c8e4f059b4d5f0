# SPDX-License-Identifier: MIT
"""The operations into which faults are injected. A new command that writes files gets a row here.

A row names the command line ({home} is the home directory), prepares the files, and lists the exit
codes that a fault may lead to.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Callable

from world import CREDENTIALS, HANG_S, Outcome, World, drive_command

CONFIG = ("# kept\n[default]\nregion = us-east-1\n\n"
          "[profile mine]\nrole_arn = arn:aws:iam::1:role/x\n"
          "region = eu-west-1\n\n[profile other]\r\nregion=eu-central-1\r\n")
KUBECONFIG = """\
# kept
apiVersion: v1
kind: Config
clusters:
- {name: mine, cluster: {server: https://mine.test}}
contexts:
- {name: mine, context: {cluster: mine, user: mine}}
users:
- {name: mine, user: {token: kept}}
current-context: mine
"""
CONTEXTS = """\
# kept
contexts:
- {name: main, host: https://portal.test, tenant: dev01}
- {name: other, host: https://portal.test}
current-context: main
"""
STATIC = "[default]\naws_access_key_id = AKIAOLD\naws_secret_access_key = old\n\n[other]\nk = v"


def nothing(world: World) -> None:
    pass


@dataclass(frozen=True)
class Operation:
    name: str
    words: tuple[str, ...]
    prepare: Callable[[World], None] = nothing
    codes: frozenset[int] = frozenset({1, 6})
    drive: Callable[..., Outcome] = drive_command
    env: dict[str, str] = field(default_factory=dict)
    follow: bool = False  # faults also in child processes
    optional: tuple[str, ...] = ()  # files that may stay old although the command succeeds
    restarts: bool = True  # the same command afterwards must succeed
    third: re.Pattern = re.compile(rb"(?!)")  # another permitted content of a file after an error
    speaks: bool = False  # an error may follow lines for a person
    mounted: str = ""  # a file that is a mount point


def write(name: str, text: str, link: bool = False) -> Callable[[World], None]:
    """A file with mode 0600, if wanted with a second hard link."""
    def prepare(world: World) -> None:
        path = world.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        if link:
            os.link(path, path.with_name("twin"))
    return prepare


def cached(world: World) -> None:
    """Credentials of dev01 are in the cache."""
    assert world.run("aws", "--tenant", "dev01").code == 0


def key_only(world: World) -> None:
    """The cache has its key, so that the names of its entries are known, and no entry."""
    cached(world)
    for path in (world.home / ".cache/duplojit").glob("*.credentials"):
        path.unlink()


def both(*steps: Callable[[World], None]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        for step in steps:
            step(world)
    return prepare


# A browser that sends the token back at once, without a slow interpreter.
BROWSER = """#!/bin/bash
[[ $1 =~ localPort=([0-9]+) ]] || exit 1
token=$(<"$(dirname "$0")/token")
exec 3<>"/dev/tcp/127.0.0.1/${BASH_REMATCH[1]}" || exit 1
origin=$(<"$(dirname "$0")/portal")
printf '%s\\r\\n' 'POST / HTTP/1.1' "Host: 127.0.0.1:${BASH_REMATCH[1]}" "Origin: $origin" \\
    "Content-Length: ${#token}" '' >&3
printf %s "$token" >&3
read -r -t 5 line <&3
"""

# A program that requests its credentials as an SDK does. Exit code 7 if it got them, else 9.
CLIENT = """#!/bin/bash
url=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://}
host=${url%%/*} path=/${url#*/}
trap '' PIPE
for _ in 1 2 3; do
    exec 3<>"/dev/tcp/${host%:*}/${host##*:}" || continue
    printf '%s\\r\\n' "GET $path HTTP/1.1" "Host: $host" \\
        "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" 'Connection: close' '' >&3 2>/dev/null
    answer=$(timeout 12 cat <&3 2>/dev/null)
    [[ $answer == *ASIAFAULTSFAULTSFAUL* ]] && exit 7
done
exit 9
"""


def program(name: str, text: str) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        (world.folder / "token").write_text(world.portal.token())
        (world.folder / "portal").write_text(world.portal.url)
        path = world.folder / name
        path.write_text(text)
        path.chmod(0o755)
    return prepare


def logged_in(world: World) -> None:
    browser_program(world)
    done = subprocess.run([world.command(LOGIN, None, False)[0], "login"],
                          env=world.env | {"DUPLO_BROWSER": "./browser"}, cwd=world.folder,
                          capture_output=True, timeout=HANG_S)
    assert done.returncode == 0, done.stderr


browser_program = program("browser", BROWSER)


# serve: a client asks before and after a renewal, then SIGTERM ends it.

GOT = b": credentials for "  # in the log, after each renewal
LISTENS = re.compile(r"listening on 127\.0\.0\.1:(\d+)")


class Serving:
    """One `serve`, as its client sees it."""

    def __init__(self, world: World, process: subprocess.Popen):
        self.world, self.process = world, process
        self.log = b""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        while chunk := os.read(self.process.stderr.fileno(), 65536):
            self.log += chunk

    def alive(self) -> bool:
        return self.process.poll() is None

    def port(self) -> int | None:
        end = time.monotonic() + HANG_S
        while self.alive() and time.monotonic() < end:
            if found := LISTENS.search(self.log.decode(errors="replace")):
                return int(found[1])
            time.sleep(0.005)
        return None

    def ask(self, port: int) -> int:
        """The status of one request; 0 if the connection broke."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)
            connection.request("GET", "/", headers={
                "Authorization": (self.world.home / "auth").read_text()})
            answer = connection.getresponse()
            text = answer.read()
            connection.close()
            if answer.status == 200:
                assert json.loads(text)["AccessKeyId"] == CREDENTIALS["AccessKeyId"]
            return answer.status
        return 0

    def end(self) -> Outcome:
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=HANG_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        self.reader.join(timeout=5)
        self.process.stdout.close()
        return Outcome(code, b"", self.log.decode(errors="replace"))


def drive_serve(world: World, operation: Operation, fault: str | None, traced: bool) -> Outcome:
    served = Serving(world, world.start(operation, fault, traced))
    problems, port = [], served.port()
    if port is not None:
        first = ask_until(served, port)
        renewed = served.log.count(GOT)
        if first == 200 and served.alive():
            served.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 2
            while (served.log.count(GOT) == renewed and served.alive()
                   and time.monotonic() < end):
                time.sleep(0.01)
            # On a slow machine a renewal may still write: serve waits less than a second for it.
            end = time.monotonic() + HANG_S
            while world.leftovers() and served.alive() and time.monotonic() < end:
                time.sleep(0.01)
            # A connection may break once; credentials that exist are never refused.
            second = ask(served, port, 3)
            if second != 200 and served.alive():
                problems.append(f"after credentials, the client got {second}")
        elif served.alive() and not operation.follow:
            problems.append(f"the client got {first} and no credentials")
    outcome = served.end()
    outcome.problems += problems
    return outcome


def ask(served: Serving, port: int, tries: int) -> int:
    status = 0
    while tries > 0 and served.alive() and status != 200:
        status = served.ask(port)
        tries -= 1
    return status


def ask_until(served: Serving, port: int) -> int:
    """Until there are credentials: a renewal that fails is tried again after a while."""
    status, end = 0, time.monotonic() + HANG_S
    while served.alive() and status != 200 and time.monotonic() < end:
        status = served.ask(port)
        time.sleep(0.1 if status != 200 else 0)
    return status


LOGIN = Operation("login", ("login",), browser_program, frozenset({1, 2, 5, 6, 7}),
                  env={"DUPLO_BROWSER": "./browser", "DUPLO_LOGIN_TIMEOUT": "2s"}, speaks=True,
                  # No login: the failure, for processes that wait for this one.
                  third=re.compile(rb'"Token": ?""'))
PROFILE = ("update-aws-config", "mine", "--offline", "--admin", "--region", "r")
AWS = ("aws", "--tenant", "dev01")
CACHE = (".cache/",)
# A killed run leaves the lock file that kubectl uses, too, and that kubectl never removes. The next
# run waits for it and names it (tests/k8s); the user removes it, and so does check_again.
KUBE = ("update-kubeconfig", "--tenant", "dev01", "--kubeconfig", "{home}/.kube/config",
        "--no-cache")
CONTEXT = ("context", "use", "other")
PORTAL_CODES = frozenset({1, 5, 6})
SERVE = ("serve", "--tenant", "dev01", "--listen", "127.0.0.1:0",
         "--auth-token-file", "{home}/auth", "--also-write", "{home}/aws/credentials")

OPERATIONS = (
    Operation("config-new", PROFILE),
    Operation("config-edit", PROFILE, write(".aws/config", CONFIG)),
    Operation("config-replace", (*PROFILE, "--replace"), write(".aws/config", CONFIG)),
    Operation("config-in-place", PROFILE, write(".aws/config", CONFIG, link=True)),
    Operation("config-mounted-in-place", PROFILE, write(".aws/config", CONFIG),
              mounted=".aws/config"),
    Operation("config-checked", ("update-aws-config", "mine", "--tenant", "dev01"),
              write(".aws/config", CONFIG), PORTAL_CODES, optional=CACHE),
    Operation("credentials-new", (*AWS, "--write-credentials", "{home}/new/credentials"), cached),
    Operation("credentials-edit", (*AWS, "--write-credentials"),
              both(cached, write(".aws/credentials", STATIC))),
    Operation("credentials-in-place", (*AWS, "--write-credentials"),
              both(cached, write(".aws/credentials", STATIC, link=True))),
    Operation("env-file", (*AWS, "--write-env", "{home}/env"),
              both(cached, write("env", "OLD=1\n"))),
    Operation("aws-cached", AWS, cached, PORTAL_CODES, optional=CACHE),
    Operation("aws-first", AWS, nothing, PORTAL_CODES, optional=CACHE),
    Operation("aws-cold", AWS, key_only, PORTAL_CODES, optional=CACHE),
    Operation("kubeconfig-new", KUBE, nothing, PORTAL_CODES),
    Operation("kubeconfig-edit", KUBE, write(".kube/config", KUBECONFIG), PORTAL_CODES),
    Operation("kubeconfig-in-place", KUBE, write(".kube/config", KUBECONFIG, link=True),
              PORTAL_CODES),
    Operation("context-use", CONTEXT, write(".duplo/config", CONTEXTS)),
    Operation("context-use-in-place", CONTEXT, write(".duplo/config", CONTEXTS, link=True)),
    Operation("cache-clear", ("cache", "clear"), cached),
    LOGIN,
    Operation("logout", ("logout",), logged_in),
    Operation("install-new", ("install", "{home}/bin/duplojit")),
    Operation("install-replace", ("install", "{home}/duplojit"), write("duplojit", "old program")),
    Operation("exec-endpoint", ("exec", "--tenant", "dev01", "--endpoint", "--", "./client"),
              both(key_only, program("client", CLIENT)), PORTAL_CODES | {9, 126, 127},
              optional=CACHE),
    Operation("serve", SERVE, key_only, PORTAL_CODES, drive_serve, optional=CACHE),
    Operation("serve-renewals", SERVE, key_only, PORTAL_CODES, drive_serve, follow=True,
              optional=(*CACHE, "aws/credentials"), restarts=False),
)
