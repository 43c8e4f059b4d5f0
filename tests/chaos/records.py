# SPDX-License-Identifier: MIT
"""What the portal has issued, and the judge of what clients receive.

Times are of CLOCK_MONOTONIC, so that the portal's clock can jump. The true expiration counts from
the moment when the portal issued the credentials.
"""

from __future__ import annotations

import calendar
import json
import time
from dataclasses import dataclass

from portal import State

# Lifetimes are counted in whole seconds: in the response, in the cache, and between processes.
ROUNDING_S = 3
CLOCK_S = 3  # error of an expiration that is printed in whole seconds
LIST_MAX = 20  # violations that are kept as text


@dataclass
class Record:
    """One set of credentials."""

    number: int
    token: str  # the user's token at that time; the cache entry belongs to it
    until: float
    validity: int
    expirations: tuple[float, ...]  # by the portal's clock, and by this machine's
    answer: dict


class Records(list):
    """Replaces `State.issued`. `Record`s are in `by_key`."""

    def __init__(self, state: State, user: str):
        super().__init__()
        self.state, self.user = state, user
        self.by_key: dict[str, Record] = {}
        self.order: list[Record] = []

    def append(self, issue) -> None:
        super().append(issue)
        record = Record(len(self.order), self.state.users[self.user].token,
                        time.monotonic() + issue.validity, issue.validity,
                        (issue.time + issue.validity, time.time() + issue.validity), issue.answer)
        self.order.append(record)
        self.by_key[issue.access_key_id] = record


class Judge:
    """Judges the answers that clients get, and counts.

    `start` is one life of `serve`: requests that overlap its start or end are judged only for the
    credentials that they bring.
    """

    def __init__(self, records: Records):
        self.records = records
        self.start = 0
        self.listening = False
        self.latest: Record | None = None  # the last issue that a client got
        self.until = 0.0  # until when serve must have credentials
        self.requests = self.judged = self.received = self.refused = self.count = 0
        self.violations: list[str] = []

    def violate(self, text: str) -> None:
        self.count += 1
        if len(self.violations) < LIST_MAX:
            self.violations.append(text)

    def began(self) -> None:
        """serve listens again: with the token that had the last credentials, its cache has them. It
        uses them without a call of the portal if half of their lifetime is left."""
        token = self.records.state.users[self.records.user].token
        later = self.records.order[self.latest.number:] if self.latest else []
        known = bool(later) and all(record.token == token for record in later)
        self.until = min(r.until - r.validity / 2 for r in later) if known else 0.0
        self.listening = True

    def ended(self) -> None:
        """Call it before serve is stopped."""
        self.listening = False
        self.start += 1

    def answer(self, status: int, body: bytes, sent: float) -> None:
        if status == 200:
            self.credentials(json.loads(body), sent)

    def credentials(self, found: dict, sent: float) -> None:
        self.received += 1
        record = self.records.by_key.get(found["AccessKeyId"])
        if record is None:
            self.violate(f"an access key that the portal has not issued: {found['AccessKeyId']}")
            return
        same = (found["SecretAccessKey"] == record.answer["SecretAccessKey"]
                and found["Token"] == record.answer["SessionToken"])
        told = calendar.timegm(time.strptime(found["Expiration"], "%Y-%m-%dT%H:%M:%SZ"))
        if not same or min(abs(told - right) for right in record.expirations) > CLOCK_S:
            self.violate(f"issue {record.number}: fields of different issues ({told}, "
                         f"{record.expirations})")
        if sent > record.until + ROUNDING_S:
            self.violate(f"issue {record.number}: served {sent - record.until:.1f} s after its "
                         "expiration")
        if self.latest is None or record.number > self.latest.number:
            self.latest = record
        self.until = max(self.until, record.until)

    def availability(self, start: int, listening: bool, until: float,
                     failure: str | None) -> None:
        """Judges a request that has ended; `failure` says why it brought no credentials. The others
        are as they were when it began: a response may be read late, after the first credentials."""
        self.requests += 1
        if start != self.start or not listening:
            return
        left = until - ROUNDING_S - time.monotonic()
        if failure is None:
            self.judged += 1
        elif left > 0:
            self.judged += 1
            self.violate(f"{failure}, but the last credentials are valid for {left:.1f} s more")
        else:
            self.refused += 1
