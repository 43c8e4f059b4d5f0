# SPDX-License-Identifier: MIT
"""The programs that ask AWS instead of a portal, as a `credential_process` starts them, and what
they need on disk. prepare.sh builds them."""

from __future__ import annotations

import re
from pathlib import Path

from portal import Certs

from . import cost, fake_aws

FOLDER = cost.BIN.parent / "bench"
PROGRAMS = ("aws-vault", "aws_signing_helper")
ARN = f"arn:aws:rolesanywhere:{fake_aws.REGION}:123456789012"


def find(name: str) -> str | None:
    """Only programs that prepare.sh has built: the version of others is unknown."""
    program = FOLDER / name
    return str(program) if program.exists() else None


def version(name: str) -> str:
    """From the go.mod with which it is built."""
    text = (Path(__file__).parent / "go" / name / "go.mod").read_text()
    module = re.search(r"^tool (\S+)$", text, re.M)[1]
    return re.search(rf"^\s+{re.escape(module)} v([\d.]+)", text, re.M)[1]


def commands(home: Path, env: dict[str, str], certs: Certs) -> dict[str, list[str]]:
    """Those that are built. env gets the variables of aws-vault, and its keyring an access key."""
    found = {}
    vault, helper = (find(name) for name in PROGRAMS)
    if vault:
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(f"[profile bench]\nregion = {fake_aws.REGION}\n")
        env |= {"AWS_VAULT_BACKEND": "file", "AWS_VAULT_FILE_PASSPHRASE": "a passphrase"}
        key = {"AWS_ACCESS_KEY_ID": fake_aws.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": fake_aws.SECRET}
        cost.run([vault, "add", "--env", "bench"], env | key)
        found["aws-vault"] = [vault, "export", "--format=json", "bench"]
    if helper:
        pair = certs.pair("good")
        found["aws_signing_helper"] = [
            helper, "credential-process", "--certificate", str(pair.cert), "--private-key",
            str(pair.key), "--role-arn", fake_aws.ROLE, "--trust-anchor-arn",
            f"{ARN}:trust-anchor/0", "--profile-arn", f"{ARN}:profile/0"]
    return found
