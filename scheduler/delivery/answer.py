"""Ayrshare's answers, whatever their shape: what was published, and what went wrong where.

An answer is one flat object, or, with a Profile-Key, several in `posts`; an error stands in `errors`, in the object
itself, or in `history`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from scheduler.delivery.ayrshare import Reply
from scheduler.model import NetworkPost, X

WARNINGS = (518,)
"""Codes that Ayrshare lists among errors, and that stop nothing."""

_NAMES = {
    X: "X",
    "": "A network",
    "gmb": "Google Business",
    "linkedin": "LinkedIn",
    "tiktok": "TikTok",
    "youtube": "YouTube",
}
_WORDS = ("message", "details", "detail", "identifier", "title")
_LONGEST_SAID = 500


class Source(Enum):
    """Where a fault shows."""

    REQUEST = "the answer, about the request as a whole"
    NETWORK = "the answer, about one network"
    SILENCE = "the answer says nothing about a network"
    NOT_SENT = "no connection came about"
    NO_ANSWER = "no whole answer came back"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong.

    `code` is Ayrshare's own number, never the HTTP status: the two collide. `platform` is "" where the fault may be
    about any of several networks. `seconds` is how long a network asks to be left alone.
    """

    source: Source = Source.REQUEST
    code: int | None = None
    text: str = ""
    platform: str = ""
    retry_available: bool = False
    seconds: float | None = None

    @property
    def said(self) -> str:
        """What was said, in a length for people."""
        return self.text[:_LONGEST_SAID]

    @property
    def network(self) -> str:
        """The network's name for people."""
        return network_name(self.platform)


def network_name(platform: str) -> str:
    """What people call a network."""
    return _NAMES.get(platform, platform.capitalize())


def published(reply: Reply, platforms: Sequence[str]) -> dict[str, NetworkPost]:
    """Which of these networks show the post, by the answer's word."""
    found: dict[str, NetworkPost] = {}
    for part in _parts(reply.body or {}):
        for post in _objects(part.get("postIds")):
            platform = _platform(post)
            if post.get("status") == "success" and platform in platforms:
                url = _plain(post["postUrl"]) if isinstance(post.get("postUrl"), str) else None
                found.setdefault(platform, NetworkPost(platform, _plain(post.get("id", "")), url))
    return found


def faults_of(reply: Reply, missing: Sequence[str], *, in_part: bool) -> list[Fault]:
    """What went wrong on the missing networks: at least one fault for each of them.

    `in_part` says that other networks did publish. A success that lists errors is not believed in either.
    """
    named = list(_named(reply)) if reply.http_status >= 400 or _says_error(reply) else []
    if not named and reply.http_status >= 400 and not in_part:
        named = [Fault()]
    only = missing[0] if len(missing) == 1 else ""
    faults = [replace(fault, platform=fault.platform or only) for fault in named]
    faults = [fault for fault in faults if fault.platform in ("", *missing)]
    if any(not fault.platform for fault in faults):
        return faults
    silent = [name for name in missing or ("",) if name not in {fault.platform for fault in faults}]
    return faults + [Fault(Source.SILENCE, platform=name) for name in silent]


def first_code(reply: Reply) -> int | None:
    """Ayrshare's own error number, kept beside the HTTP status."""
    return next((fault.code for fault in _named(reply) if fault.code), None)


def ayrshare_id(reply: Reply) -> str:
    """Ayrshare's id of the post: of the part that published something, where there are several."""
    parts = [part for part in _parts(reply.body or {}) if part.get("id")]
    parts.sort(key=lambda part: not part.get("postIds"))
    return _plain(parts[0]["id"]) if parts else ""


def _named(reply: Reply) -> Iterator[Fault]:
    for part in _parts(reply.body or {}):
        errors = _objects(part.get("errors"))
        status = part.get("status")  # a number in X's own problems
        if not errors and (status == "error" or (reply.http_status >= 400 and status != "success")):
            errors = [part]
        for fault in map(_fault, errors):
            if (fault.code or fault.text or fault.retry_available) and fault.code not in WARNINGS:
                yield fault


def _says_error(reply: Reply) -> bool:
    return any(part.get("status") == "error" for part in _parts(reply.body or {}))


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield body
    yield from _objects(body.get("posts"))
    yield from _objects([body.get("history")])


def _fault(error: Mapping[str, Any]) -> Fault:
    code = error.get("code")
    platform = _platform(error)
    return Fault(
        Source.NETWORK if platform else Source.REQUEST,
        code if isinstance(code, int) and not isinstance(code, bool) else None,
        _text(error),
        platform,
        error.get("retryAvailable") is True,
        _seconds(error.get("details")),
    )


def _text(error: Mapping[str, Any]) -> str:
    """All that an error says; of types, only X's, which are addresses."""
    words = [error.get(name) for name in _WORDS]
    if isinstance(kind := error.get("type"), str) and "://" in kind:
        words.append(kind)
    return " ".join(_plain(word) for word in words if word)


def _seconds(details: Any) -> float | None:
    """The number of seconds that `details` is, a day at most being honoured elsewhere."""
    try:
        seconds = math.nan if isinstance(details, bool) else float(details)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _platform(entry: Mapping[str, Any]) -> str:
    platform = _plain(entry.get("platform") or "").lower()
    return X if platform == "x" else platform


def _plain(value: Any) -> str:
    """A text that every database takes, on one line."""
    text = str(value).encode("utf-8", "replace").decode().replace("\0", "")
    return " ".join(text.split())


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
