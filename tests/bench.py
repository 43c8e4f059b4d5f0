# SPDX-License-Identifier: MIT
"""`make bench`: prints times. It never fails; the tests assert counts instead.

Two programs run in turn, and the fastest tenth of each is compared: other load makes runs slower,
never faster. Only the ratios are comparable between machines.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))

from portal import Portal  # noqa: E402

BIN = Path(os.environ.get("BIN") or TESTS.parent / "build/duplojit").resolve()
NOTHING = "int main(void) { return 0; }\n"


def compile_static(cc: str, source: Path, program: Path) -> str | None:
    """The path of the program; None if there is no such compiler."""
    if shutil.which(cc) is None:
        return None
    subprocess.run([cc, "-static", "-O2", "-o", program, source], check=True)
    return str(program)


class Bench:
    def __init__(self, folder: Path):
        (folder / "nothing.c").write_text(NOTHING)
        self.folder = folder
        musl = str(BIN.parent / "vendor/sysroot/bin/musl-gcc")
        self.measure = compile_static(musl, TESTS / "e2e/measure.c", folder / "measure") or \
            compile_static("cc", TESTS / "e2e/measure.c", folder / "measure")
        self.nothing = {
            "a static program that does nothing": compile_static(
                "cc", folder / "nothing.c", folder / "nothing"),
            "the same with musl": compile_static(musl, folder / "nothing.c", folder / "bare"),
        }

    def pairs(self, label: str, count: int, ours: list[str], other: list[str]) -> None:
        done = subprocess.run([self.measure, "pairs", str(count), *ours, "--", *other],
                              env=self.env, check=True, capture_output=True, text=True)
        rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
        a, b = (fastest([row[i] for row in rows]) / 1000 for i in (0, 1))
        print(f"{label:58} {a:7.0f} us  {b:7.0f} us  ratio {a / b:.2f}")

    @property
    def env(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"]}

    def command(self, portal: Portal) -> list[str]:
        token = self.folder / "token"
        token.write_text(portal.token())
        token.chmod(0o600)
        return [str(BIN), "aws", "--token-file", str(token), "--ca-file", portal.ca, "--tenant-id",
                portal.state.tenants["dev01"].id, "--host", portal.url]

    def cached(self, portal: Portal) -> None:
        command = self.command(portal)
        subprocess.run(command, env=self.env, check=True, stdout=subprocess.DEVNULL)
        for name, program in self.nothing.items():
            if program is not None:
                self.pairs(f"cached, compared with {name}", 400, command, [program])

    def cold(self, portal: Portal, kind: str) -> None:
        curl = shutil.which("curl")
        if curl is None:
            print("cold: skipped, curl is not installed")
            return
        url = portal.url + \
            f"/subscriptions/{portal.state.tenants['dev01'].id}/GetAwsConsoleTokenUrl"
        other = [curl, "-sS", "--fail", "--cacert", portal.ca, "-H",
                 f"Authorization: Bearer {portal.token()}", url]
        ours = [*self.command(portal), "--no-cache"]
        self.pairs(f"cold, compared with curl ({kind})", 60, ours, other)


def fastest(values: list[int]) -> float:
    """The mean of the fastest tenth."""
    best = sorted(values)[:max(1, len(values) // 10)]
    return sum(best) / len(best)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        with Portal() as portal:
            bench.cached(portal)
            bench.cold(portal, "RSA certificates")
        with Portal(cert="p-256") as portal:
            bench.cold(portal, "P-256 certificates")


if __name__ == "__main__":
    main()
