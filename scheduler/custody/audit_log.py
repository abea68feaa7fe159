"""Vault's audit log, as its file device writes it: JSON lines, from any number of files, compressed or not.

Response lines tell what was given out: https://developer.hashicorp.com/vault/docs/audit
"""

import gzip
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from scheduler.custody.audit_readings import Secrets
from scheduler.delivery.vault import WHY
from scheduler.errors import Explained, in_words

STANDARD_INPUT = Path("-")
GZIP = b"\x1f\x8b"
HASHED = "hmac-sha256:"
MOST_NAMED = 5


class NoAuditLog(Explained):
    """A file cannot be read, or is no audit log of Vault's."""


class Actor(NamedTuple):
    """Who has read, as Vault's log has it. The accessor is hashed there."""

    name: str
    entity_id: str
    accessor: str

    @property
    def identity(self) -> str:
        """What stays the same from reading to reading: the entity outlives its tokens, where there is one."""
        return self.entity_id or self.accessor or self.name


class VaultRead(NamedTuple):
    """A secret that Vault gave out. `why` is what the header of our own readings says, where the log shows it."""

    request_id: str
    at: datetime
    secret: str
    version: int | None
    why: str | None
    by: Actor
    address: str


@dataclass(slots=True)
class VaultLog:
    """What the files say of the secrets that are watched, and the time from their first line to their last.

    `refused` and `not_there` count, by header, the reads that gave nothing. `headers_since` is when the header of our
    own readings is seen first, None where it never is. `cut_off` tells of last lines that were
    still being written, `broken` of anything else that is no line of an audit log.
    """

    reads: dict[str, VaultRead] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    not_there: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    headers_since: datetime | None = None
    cut_off: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def covers(self, at: datetime, margin: timedelta) -> bool:
        """Whether that instant lies between the first line and the last, and not within `margin` of either."""
        if self.first_at is None or self.last_at is None:
            return False
        return self.first_at + margin <= at <= self.last_at - margin

    def may_hide_header(self, at: datetime) -> bool:
        """Whether nothing shows that Vault's log had our header in clear by then."""
        return self.headers_since is None or at < self.headers_since

    def count(self, at: datetime) -> None:
        """One more line, of that time."""
        self.lines += 1
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at or at, at)


def read_logs(files: Iterable[Path], secrets: Secrets) -> VaultLog:
    """Read all files; `-` is standard input. Raises `NoAuditLog`."""
    log = VaultLog()
    for file in files:
        before = log.lines
        with _opened(file) as lines:
            _read(log, str(file), lines, secrets)
        if log.lines == before:
            raise NoAuditLog(
                f"{file} has no line of an audit log: give the file of a file device, JSON lines"
            )
    return log


@contextmanager
def _opened(file: Path) -> Iterator[Iterable[bytes]]:
    try:
        with os.fdopen(0, "rb", closefd=False) if file == STANDARD_INPUT else file.open("rb") as raw:
            packed = raw.peek(len(GZIP)).startswith(GZIP)
            yield gzip.GzipFile(fileobj=raw) if packed else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NoAuditLog(f"{file} cannot be unpacked: {error}") from None
    except OSError as error:
        raise NoAuditLog(f"{file} cannot be read: {in_words(error)}") from None


def _read(log: VaultLog, name: str, lines: Iterable[bytes], secrets: Secrets) -> None:
    broken: list[int] = []
    number = 0
    for number, line in enumerate(lines, 1):
        if line.strip() and not _take(log, line, secrets):
            broken.append(number)
    if broken and broken[-1] == number and log.lines:
        broken.pop()
        log.cut_off.append(f"{name}: its last line ({number}) is cut off; it was being written")
    if broken:
        more = f" and {len(broken) - MOST_NAMED} more" if len(broken) > MOST_NAMED else ""
        log.broken.append(f"{name}: cannot be read: line {', '.join(map(str, broken[:MOST_NAMED]))}{more}")


def _take(log: VaultLog, line: bytes, secrets: Secrets) -> bool:
    """Take in a line; gives whether it is one. A prefix, which Vault can put before each, is left out."""
    try:
        event = json.loads(line[line.find(b"{") :])
        at = datetime.fromisoformat(event["time"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        request = event.get("request") or {}
        if (event["type"], request.get("operation")) == ("response", "read"):
            _take_read(log, event, request, at, secrets)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    log.count(at)
    return True


def _take_read(
    log: VaultLog, event: Mapping[str, Any], request: Mapping[str, Any], at: datetime, secrets: Secrets
) -> None:
    secret, why = secrets.name_of(request), _why(request)
    if secret not in secrets.watched:
        return
    if why is not None:
        log.headers_since = min(log.headers_since or at, at)
    response = event.get("response") or {}
    if event.get("error"):
        log.refused[why or ""] += 1
    elif not _gives(response):
        log.not_there[why or ""] += 1
    else:
        actor, address = _actor(event.get("auth") or {}), str(request.get("remote_address") or "")
        request_id = str(request.get("id") or f"unknown {log.lines}")
        log.reads[request_id] = VaultRead(request_id, at, secret, _version(response), why, actor, address)


def _gives(response: Mapping[str, Any]) -> bool:
    """Whether values were given out: at once, or to be unwrapped. A deleted version answers 404 in its data."""
    data = response.get("data") or {}
    status = data.get("http_status_code")
    return bool(response.get("wrap_info")) or (bool(data) and not (isinstance(status, int) and status >= 400))


def _version(response: Mapping[str, Any]) -> int | None:
    """Which version it was, where the log says so: a KV v1 store has none."""
    metadata = (response.get("data") or {}).get("metadata")
    version = metadata.get("version") if isinstance(metadata, dict) else None
    return version if isinstance(version, int) else None


def _why(request: Mapping[str, Any]) -> str | None:
    headers = {str(name).lower(): value for name, value in (request.get("headers") or {}).items()}
    value = headers.get(WHY.lower())
    text = str(value[0] if isinstance(value, list) and value else value or "")
    return text if text and not text.startswith(HASHED) else None


def _actor(auth: Mapping[str, Any]) -> Actor:
    return Actor(*(str(auth.get(key) or "") for key in ("display_name", "entity_id", "accessor")))
