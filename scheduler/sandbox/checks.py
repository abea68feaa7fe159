"""What the sandbox asks of a post: a well-formed request, then each network's own rules."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlsplit

from scheduler.model import X
from scheduler.rules.x_text.tags import find_cashtags
from scheduler.rules.x_text.weight import weighted_length
from scheduler.sandbox.answers import CASHTAGS, NOT_LINKED, RELINK, NetworkRefusal, Refusal
from scheduler.sandbox.request import wrong
from scheduler.sandbox.state import Profile, SandboxPost, XPost
from scheduler.settings import is_loopback
from scheduler.wording import Platform

PLATFORMS: tuple[str, ...] = get_args(Platform)
MAY_REPEAT = frozenset({"pinterest", "reddit", "telegram"})
DUPLICATE_WINDOW = timedelta(days=2)
X_MAX_LENGTH = 280
BLANK_LINES = re.compile(r"\n{2,}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A well-formed request to post: a text for each network. `schedule_at` is set for a later date only.

    `x_posts` are what it is on X: several for a thread, none where it does not go to X.
    """

    texts: dict[str, str]
    media_urls: tuple[str, ...]
    notes: str | None
    schedule_at: datetime | None
    x_posts: tuple[XPost, ...]


def read_draft(body: dict[str, Any], profile: Profile, now: datetime) -> Draft:
    """Read the body of `POST /post`.

    Raises `Refusal` 101 for a missing or wrong field, 136 for a media URL that is not https.
    """
    texts = {platform: _text(body, platform) for platform in _platforms(body, profile)}
    media_urls = _media_urls(body.get("mediaUrls") or [])
    if not media_urls and not all(texts.values()):
        raise wrong("post", "is empty and there is no media")
    notes = body.get("notes")
    if notes is not None and not isinstance(notes, str):
        raise wrong("notes", "must be a string")
    x_posts = tuple(_x_posts(texts[X], media_urls, body.get("twitterOptions"))) if X in texts else ()
    return Draft(texts, media_urls, notes, _later(body.get("scheduleDate"), now), x_posts)


def network_refusal(post: SandboxPost, platform: str) -> NetworkRefusal | None:
    """Why this network does not take the post, or None."""
    profile = post.profile
    if platform not in profile.networks:
        return NOT_LINKED
    if platform == X and profile.x_app is not None and not profile.x_app.accepts(post.x_keys):
        return RELINK
    if platform == X and (refusal := next(filter(None, map(_x_refusal, post.x_posts)), None)):
        return refusal
    return None if platform in MAY_REPEAT else _duplicate(post, platform)


def _x_refusal(part: XPost) -> NetworkRefusal | None:
    if (over := weighted_length(part.text) - X_MAX_LENGTH) > 0:
        return NetworkRefusal(
            400, 132, f"The post is too long for X/Twitter. Please shorten to {X_MAX_LENGTH}. Overage: {over}"
        )
    return CASHTAGS if len(find_cashtags(part.text)) > 1 else None


def normal(text: str) -> str:
    """The text without what makes no difference to a duplicate: case and white space."""
    return " ".join(text.casefold().split())


def _platforms(body: dict[str, Any], profile: Profile) -> list[str]:
    platforms = body.get("platforms")
    if not isinstance(platforms, list) or not platforms:
        raise wrong("platforms", "must be a list of networks")
    if platforms == ["all"]:
        if not profile.networks:
            raise NOT_LINKED.flat()
        return sorted(profile.networks)
    if unknown := [platform for platform in platforms if platform not in PLATFORMS]:
        raise wrong("platforms", f"has {unknown[0]!r}; known: {', '.join(PLATFORMS)}")
    return list(dict.fromkeys(platforms))


def _text(body: dict[str, Any], platform: str) -> str:
    text = body.get("post")
    if isinstance(text, dict):
        text = text.get(platform, text.get("default"))
    if not isinstance(text, str):
        raise wrong("post", "must be a string, or an object with a string for each network")
    return text


def _x_posts(text: str, media_urls: tuple[str, ...], options: object) -> list[XPost]:
    """What X gets: one post, or with `thread` one for each part of the text between blank lines.

    Pictures of a thread that are not given for each part go with the first: Ayrshare does not say.
    """
    options = {} if options is None else options
    if not isinstance(options, dict):
        raise wrong("twitterOptions", "must be an object")
    is_thread = options.get("thread", False)
    if not isinstance(is_thread, bool):
        raise wrong("twitterOptions.thread", "must be true or false")
    parts = [part.strip() for part in BLANK_LINES.split(text) if part.strip()] if is_thread else []
    if len(parts) < 2:
        return [XPost(text, media_urls)]
    media = _media_of_parts(options.get("mediaUrls"), len(parts)) or [media_urls]
    rest: list[tuple[str, ...]] = [()] * (len(parts) - len(media))
    return [XPost(part, urls) for part, urls in zip(parts, media + rest, strict=True)]


def _media_of_parts(media: object, parts: int) -> list[tuple[str, ...]]:
    if media is None:
        return []
    if not isinstance(media, list) or len(media) > parts:
        raise wrong("twitterOptions.mediaUrls", "must be a list with one entry for each part of the thread")
    return [
        _media_urls(urls if isinstance(urls, list) else [urls] if urls is not None else []) for urls in media
    ]


def _media_urls(urls: object) -> tuple[str, ...]:
    if isinstance(urls, dict):
        urls = [url for group in urls.values() for url in (group if isinstance(group, list) else [group])]
    if not isinstance(urls, list):
        raise wrong("mediaUrls", "must be a list of URLs")
    for url in urls:
        if not isinstance(url, str) or not _is_usable(url):
            raise Refusal(400, "The media URL is not usable: it must start with https://", 136, action="post")
    return tuple(urls)


def _is_usable(url: str) -> bool:
    """Ayrshare wants https; pictures of the demo and of tests are on this machine, without."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _later(date: object, now: datetime) -> datetime | None:
    if date is None:
        return None
    try:
        at = datetime.fromisoformat(str(date))
    except ValueError:
        raise wrong("scheduleDate", "must be a UTC date such as 2026-11-22T08:00:00Z") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if at > now else None


def _duplicate(post: SandboxPost, platform: str) -> NetworkRefusal | None:
    earlier = post.profile.last_with_text.get((platform, normal(post.texts[platform])))
    if earlier is None or earlier.created_at + DUPLICATE_WINDOW <= post.created_at:
        return None
    return NetworkRefusal(
        400,
        137,
        "Duplicate or similar content posted within the same two day period. Please change the text.",
        {"id": earlier.id},
    )
