"""Whether pictures can be had, as Ayrshare asks for them just before it hands them on: with HEAD, at their address.

Sources: Ayrshare's documentation of `mediaUrls` (direct, https, a host that answers HEAD), X's documentation of media
(JPEG, PNG, GIF and WebP; 5 MB, a GIF 15 MB).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from feeds.head import AskHead, Head
from feeds.model import Image
from feeds.trouble import FailureKind, FetchFailed
from scheduler.rules.media import one_kind, why
from scheduler.rules.picture_address import is_safe, sendable

GIF = "image/gif"
PHOTOS = ("image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp")
LARGEST_PHOTO = 5_000_000
LARGEST_GIF = 15_000_000
SMALLEST = 300
"""Bytes; what is smaller is a dot that counts readers."""

AT_ONCE = 4
SECOND_TRY_AFTER_S = 0.3
_PASSING = (FailureKind.DNS, FailureKind.CONNECTION, FailureKind.TIMEOUT)
_NO_HEAD = (405, 501)


@dataclass(frozen=True, slots=True)
class Checked:
    """The pictures that can be had, at their final addresses, and in words why others cannot.

    `unreached` says that a server did not answer at all, which may be this machine's own trouble.
    """

    images: tuple[Image, ...] = ()
    skipped: tuple[str, ...] = ()
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    image: Image
    is_gif: bool = False
    problem: str = ""
    unreached: bool = False


async def check(head: AskHead, images: Sequence[Image]) -> Checked:
    """Ask for the head of each picture, all at once. Nothing is raised: what fails is left out, with the reason."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(image: Image) -> _Found:
        async with places:
            return await _look_at(head, image)

    found = await asyncio.gather(*map(one, images))
    good = [one for one in found if not one.problem]
    skipped = [why(one.image.url, one.problem) for one in found if one.problem]
    kept = one_kind([one.image for one in good], [one.is_gif for one in good], skipped)
    return Checked(tuple(kept), tuple(skipped), any(one.unreached for one in found))


async def answers(head: AskHead, url: str) -> bool:
    """Whether a server answers at all, whatever it says."""
    try:
        await head(url)
    except FetchFailed as failed:
        return failed.kind not in _PASSING
    return True


async def _look_at(head: AskHead, image: Image) -> _Found:
    try:
        found = await _ask_twice(head, image.url)
    except FetchFailed as failed:
        return _Found(image, problem=_in_words(failed), unreached=failed.kind in _PASSING)
    kind = found.content_type.partition(";")[0].strip().lower()
    address = sendable(found.url)
    if address is None or not is_safe(address):
        return _Found(image, problem="it leads to an address that is not https")
    return _Found(replace(image, url=address), kind == GIF, _problem(kind, found))


async def _ask_twice(head: AskHead, url: str) -> Head:
    try:
        return await head(url)
    except FetchFailed as failed:
        if failed.kind not in _PASSING:
            raise
    await asyncio.sleep(SECOND_TRY_AFTER_S)
    return await head(url)


def _problem(kind: str, found: Head) -> str:
    if kind not in (GIF, *PHOTOS):
        return f"its server gives {kind[:50] or 'no type'}, not a JPEG, PNG, GIF or WebP picture"
    if found.length == 0:
        return ""  # some servers do not say, and Ayrshare asks for no more than the type
    if found.length < SMALLEST:
        return f"only {found.length} bytes: no picture but a dot"
    limit = LARGEST_GIF if kind == GIF else LARGEST_PHOTO
    if found.length > limit:
        return f"{found.length / 1_000_000:.1f} MB, more than the {limit // 1_000_000} MB that X takes"
    return ""


def _in_words(failed: FetchFailed) -> str:
    return f"{failed}: Ayrshare needs HEAD" if failed.status in _NO_HEAD else str(failed)
