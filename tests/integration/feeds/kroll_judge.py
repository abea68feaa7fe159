"""What a feed's readers do wrong, by Rachel Kroll's criteria: every request is held against the answers before it."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from aiohttp import web

POLITE = timedelta(hours=1)
LONGEST_LIFETIME = timedelta(days=1)
AFTER_A_BARE_REFUSAL = timedelta(hours=4)
WITHOUT_VALIDATORS = timedelta(hours=24)

_CONDITIONS = {b"ETag": b"if-none-match", b"Last-Modified": b"if-modified-since"}
_LAST_WORDS = (301, 308, 410)
_UNWANTED = ("Authorization", "Cache-Control", "Cookie", "Pragma", "Range", "Referer")
_READER = re.compile(r"[A-Za-z]+/\d[\w.]* \(\+https?://[^\s;)]+(; \d+ subscribers?)?\)")


@dataclass
class Judge:
    """The record of one feed. `verdicts` counts each validator's name with `good`, `out of date` or `bogus`."""

    faults: list[str] = field(default_factory=list)
    requests: int = 0
    unconditional: int = 0
    whole_answers: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    skip_hours: frozenset[int] = frozenset()
    ttl_s: int = 0
    _given: dict[bytes, bytes] = field(default_factory=dict)
    _ever_given: set[bytes] = field(default_factory=set)
    _not_before: datetime | None = None
    _why: str = ""
    _closed_by: int | None = None
    _constant: dict[str, str] = field(default_factory=dict)

    def asked(self, request: web.Request, now: datetime) -> None:
        self.requests += 1
        self._judge_manners(request)
        self._judge_time(now)
        self._judge_conditions({name.lower(): value for name, value in request.raw_headers})

    def answered(self, response: web.Response, now: datetime) -> None:
        status = response.status
        self.whole_answers += status == 200
        if status in (200, 304):
            self._give(response)
        if status in _LAST_WORDS:
            self._closed_by = status
        wait, self._why = max(self._waits(response))
        self._not_before = now + wait

    def _judge_manners(self, request: web.Request) -> None:
        if request.method != "GET":
            self.faults.append(f"{request.method} instead of GET")
        if "?" in request.raw_path:
            self.faults.append(f"a query string: {request.raw_path}")
        self.faults += [
            f"sent {name}: {request.headers[name]}" for name in _UNWANTED if name in request.headers
        ]
        agent = request.headers.get("User-Agent", "")
        if not _READER.fullmatch(agent):
            self.faults.append(f"the User-Agent is no name, version and address: {agent}")
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            self.faults.append("gzip is not offered")
        self._same("User-Agent", re.sub(r"; \d+ subscribers?", "", agent))
        self._same("Accept-Encoding", request.headers.get("Accept-Encoding", ""))

    def _same(self, name: str, value: str) -> None:
        """A server may choose its answer, and so its validators, by these."""
        if self._constant.setdefault(name, value) != value:
            self.faults.append(f"{name} has changed")

    def _judge_time(self, now: datetime) -> None:
        if self._closed_by is not None:
            self.faults.append(f"asked again after {self._closed_by}")
        elif self._not_before is not None and now < self._not_before:
            self.faults.append(f"{self._not_before - now} too soon: {self._why}")
        elif self.requests > 1 and now.hour in self.skip_hours:
            self.faults.append(f"asked at {now:%H:%M}, in an hour to skip")

    def _judge_conditions(self, headers: dict[bytes, bytes]) -> None:
        sent = {name: headers[header] for name, header in _CONDITIONS.items() if header in headers}
        self.unconditional += not sent
        for name, value in sent.items():
            self.verdicts[name.decode(), self._verdict(name, value)] += 1
        if sent == self._given:
            return
        what = "; ".join(f"{name.decode()} {self._verdict(name, value)}" for name, value in sent.items())
        forgotten = [name.decode() for name in self._given if name not in sent]
        self.faults.append(
            f"not the latest pair: {what or 'unconditional'}; forgotten: {', '.join(forgotten)}"
        )

    def _verdict(self, name: bytes, value: bytes) -> str:
        if self._given.get(name) == value:
            return "good"
        return "out of date" if value in self._ever_given else "bogus"

    def _give(self, response: web.Response) -> None:
        """A whole answer sets the pair anew, a 304 only what it carries."""
        fresh = {
            name: response.headers[name.decode()].encode()
            for name in _CONDITIONS
            if name.decode() in response.headers
        }
        self._given = fresh if response.status == 200 else self._given | fresh
        self._ever_given |= set(fresh.values())

    def _waits(self, response: web.Response) -> list[tuple[timedelta, str]]:
        waits = [(POLITE, "an hour is polite")]
        if response.status in (200, 304):
            lifetime = min(_lifetime(response), LONGEST_LIFETIME)
            waits += [
                (lifetime, "the answer is still fresh"),
                (timedelta(seconds=self.ttl_s), "the feed's ttl"),
            ]
            if not self._given and not lifetime:
                waits.append((WITHOUT_VALIDATORS, "an unconditional reader comes once a day"))
        elif response.status in (429, 503) or "Retry-After" in response.headers:
            waits.append((_retry_after(response), f"told to wait by {response.status}"))
        return waits


def _lifetime(response: web.Response) -> timedelta:
    if found := re.search(r"max-age=(\d+)", response.headers.get("Cache-Control", "")):
        return timedelta(seconds=int(found[1]))
    return _from_date(response, response.headers.get("Expires"))


def _retry_after(response: web.Response) -> timedelta:
    value = response.headers.get("Retry-After")
    if value is None:
        return AFTER_A_BARE_REFUSAL
    return timedelta(seconds=int(value)) if value.isdecimal() else _from_date(response, value)


def _from_date(response: web.Response, value: str | None) -> timedelta:
    if value is None:
        return timedelta(0)
    return parsedate_to_datetime(value) - parsedate_to_datetime(response.headers["Date"])
