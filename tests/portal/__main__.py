# SPDX-License-Identifier: MIT
"""python3 -m portal --dir DIR: runs the portal with the demo's data until it is stopped.

Prints one line of JSON when it is ready. It writes the certificates and one file per user with the
token, named token-USER, to DIR, so that no token is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from . import certs
from .control import place
from .server import Portal


def main() -> int:
    args = arguments()
    folder = Path(args.dir)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    portal = Portal(port=args.port, cert=args.cert, tls_min=args.tls_min, tls_max=args.tls_max,
                    plain=args.plain, certs=None if args.plain else certs.Certs(folder))
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: threading.Thread(target=portal.stop).start())
    ready = place(portal) | {"pid": os.getpid(), "tokens": write_tokens(portal, folder)}
    print(json.dumps(ready), flush=True)
    if args.until_stdin_closes:
        threading.Thread(target=stop_with_stdin, args=(portal,), daemon=True).start()
    portal.stopping.wait(args.max_life)
    portal.stop()
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="portal", description="A simulated portal.")
    parser.add_argument("--dir", required=True, help="for certificates and token files")
    parser.add_argument("--port", type=int, default=0, help="0 chooses one")
    parser.add_argument("--cert", choices=certs.KINDS, default="good")
    parser.add_argument("--tls-min", default="1.2")
    parser.add_argument("--tls-max", default="1.3")
    parser.add_argument("--plain", action="store_true", help="HTTP without TLS")
    parser.add_argument("--until-stdin-closes", action="store_true",
                        help="end when standard input ends")
    parser.add_argument("--max-life", type=float, default=1800, metavar="SECONDS")
    return parser.parse_args()


def write_tokens(portal: Portal, folder: Path) -> dict[str, str]:
    paths = {}
    for user in portal.state.users.values():
        path = folder / f"token-{user.name}"
        path.touch(mode=0o600)
        path.write_text(user.token + "\n")
        paths[user.name] = str(path)
    return paths


def stop_with_stdin(portal: Portal) -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock would be held at exit
        pass
    portal.stop()


if __name__ == "__main__":
    sys.exit(main())
