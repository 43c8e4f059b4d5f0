# SPDX-License-Identifier: MIT
"""A program with its own terminal, and what a user sees and types there."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time

from conftest import BIN, LIMIT_S, Result


class Terminal:
    """The binary with a controlling terminal; stdout is a pipe, as for credential_process."""

    def __init__(self, run, *args, env, program=BIN, columns=80):
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(self.master, (24, columns))
        self.slave_name = os.ttyname(slave)
        self.slave = slave
        self.history = run.history
        self.process = subprocess.Popen(
            [str(program), *args], env=run.environment(env), stdin=slave, stdout=subprocess.PIPE,
            stderr=slave, start_new_session=True, preexec_fn=self.control)
        self.shown = b""

    def control(self) -> None:
        # The first terminal that a session leader opens becomes its controlling terminal.
        os.close(os.open(self.slave_name, os.O_RDWR))

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read(self, until: bytes, limit_s: float = LIMIT_S) -> str:
        end = time.monotonic() + limit_s
        while until not in self.shown and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 4096)
        assert until in self.shown, self.shown
        return self.shown.decode()

    def ended(self) -> tuple[int, str, str]:
        out = self.process.communicate(timeout=LIMIT_S)[0].decode()
        while select.select([self.master], [], [], 0.05)[0]:
            self.shown += os.read(self.master, 4096)
        echoed = self.echoes()
        os.close(self.slave)
        os.close(self.master)
        assert echoed, "the terminal does not echo"
        self.history.append(Result(self.process.args[1:], self.process.returncode, out,
                                   self.shown.decode(), 0))
        return self.process.returncode, out, self.shown.decode()
