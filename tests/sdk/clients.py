# SPDX-License-Identifier: MIT
"""One interface for all installed AWS clients: start a client and ask for its identity.

A client is a process that answers each line of its standard input with one line of JSON, the result
of GetCallerIdentity: {"arn": ...} or {"error": ...}. It sends the request to $STS_URL and finds its
credentials by the chain of its SDK. The AWS CLI is started once per question.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SDK = Path(os.environ.get("SDK") or HERE.parents[1] / "build/sdk")  # written by prepare.sh
ANSWER_S = 40


@dataclass(frozen=True)
class Client:
    id: str
    name: str
    command: tuple[str, ...] = ()
    missing: str = ""  # why it cannot run
    each: bool = False  # one process per question
    knows_token_file: bool = True
    rereads_file: bool = False  # a credentials file, when it has changed

    def start(self, env: dict[str, str], prefix: tuple[str, ...] = ()) -> "Running":
        return (Command if self.each else Running)([*prefix, *self.command], env)


class Running:
    """A client process that answers questions."""

    def __init__(self, command: list[str], env: dict[str, str]):
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def ask(self) -> dict[str, str]:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.lines.get(timeout=ANSWER_S)
        return json.loads(line) if line else {"error": f"ended: {self.process.stderr.read()}"}

    def stop(self) -> int:
        """Stops it. Returns the exit code."""
        self.process.stdin.close()
        return self.process.wait(timeout=ANSWER_S)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Command(Running):
    def __init__(self, command: list[str], env: dict[str, str]):
        self.command, self.env = command, env

    def ask(self) -> dict[str, str]:
        words = ["sts", "get-caller-identity", "--output", "json", "--endpoint-url",
                 self.env["STS_URL"]]
        done = subprocess.run([*self.command, *words], env=self.env, capture_output=True,
                              text=True, timeout=ANSWER_S)
        if done.returncode != 0:
            return {"error": done.stderr.strip()}
        return {"arn": json.loads(done.stdout)["Arn"]}

    def stop(self) -> int:
        return 0

    def __exit__(self, *_) -> None:
        pass


def made(ident: str, name: str, built: Path, *command: str, **more) -> Client:
    """A client that prepare.sh builds, or the reason why it could not."""
    reason = SDK / f"{ident}.missing"
    missing = reason.read_text().strip() if reason.exists() else ""
    if not missing and not built.exists():
        missing = "prepare.sh has not built it"
    return Client(ident, name, command, missing, **more)


def command_lines() -> list[Client]:
    """Every installed version of the AWS CLI: in PATH, from Debian, from tests/requirements.txt."""
    found: dict[str, Client] = {}
    for place in (shutil.which("aws"), "/usr/bin/aws", str(Path(sys.executable).parent / "aws")):
        if not place or not Path(place).exists():
            continue
        said = subprocess.run([place, "--version"], capture_output=True, text=True)
        version = re.match(r"aws-cli/(\d+)\.(\d+)\.\S*", said.stdout)
        if version and version[0] not in found:
            number = int(version[1]), int(version[2])
            # Both major versions support the variable since the end of 2023.
            knows = number >= (2, 14) or (1, 31) <= number < (2, 0)
            found[version[0]] = Client(f"cli{number[0]}.{number[1]}", f"AWS CLI {version[0][8:]}",
                                       (place,), each=True, knows_token_file=knows)
    return list(found.values()) or [Client("cli", "AWS CLI", missing="aws is not installed")]


JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
        f"{SDK}/java/lib/*:{SDK}/java", "Client")
GO, RUST = SDK / "go-client", SDK / "rust/client"

CLIENTS = [*command_lines(),
           Client("boto3", "boto3", (sys.executable, str(HERE / "client.py"))),
           made("js", "JavaScript SDK v3", SDK / "js/client.mjs",
                "node", str(SDK / "js/client.mjs")),
           made("go", "Go SDK v2", GO, str(GO)),
           made("java", "Java SDK v2", SDK / "java/Client.class", *JAVA, rereads_file=True),
           made("rust", "Rust SDK", RUST, str(RUST))]
