# SPDX-License-Identifier: MIT
"""Drives value_tool.c: one process for all requests of a test module.

The variable QUERY_EXAMPLES sets how many examples hypothesis generates for each test: 1,000 unless
it is set, 10,000 in `make test-examples`.
"""
import os
import subprocess

from hypothesis import HealthCheck, settings

from conftest import BIN

thorough = settings(
    max_examples=int(os.environ.get("QUERY_EXAMPLES", "1000")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

FORMATS = ("json", "yaml", "env", "csv", "string")


class Refused(Exception):
    """The tool reported an error; the argument is its message."""


class ValueTool:
    def __init__(self):
        program = os.environ.get("VALUE_TOOL") or BIN.parent / "host/value_tool"
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, text, query="", output="json"):
        """The bytes of the output, decoded."""
        words = (str(FORMATS.index(output)), query, text)
        self.process.stdin.write(b"".join(word.encode() + b"\0" for word in words))
        self.process.stdin.flush()
        kind = self._read()
        answer = self._read()
        if kind != "0":
            raise Refused(answer)
        return answer

    def _read(self):
        data = bytearray()
        while byte := self.process.stdout.read(1):
            if byte == b"\0":
                return data.decode()
            data += byte
        raise AssertionError("value_tool ended")

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0
        self.process.stdout.close()
