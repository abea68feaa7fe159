"""What the sandbox asks of a post: a well-formed request, then each network's own rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from scheduler.model import X
from scheduler.rules.length import weighted_length
from scheduler.sandbox.answers import NOT_LINKED, RELINK, NetworkRefusal, Refusal
from scheduler.sandbox.request import wrong
from scheduler.sandbox.state import Profile, SandboxPost
from scheduler.wording import Platform

PLATFORMS: tuple[str, ...] = get_args(Platform)
MAY_REPEAT = frozenset({"pinterest", "reddit", "telegram"})
DUPLICATE_WINDOW = timedelta(days=2)
X_MAX_LENGTH = 280


@dataclass(frozen=True, slots=True)
class Draft:
    """A well-formed request to post: a text for each network. `schedule_at` is set for a later date only."""

    texts: dict[str, str]
    media_urls: tuple[str, ...]
    notes: str | None
    schedule_at: datetime | None


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
    return Draft(texts, media_urls, notes, _later(body.get("scheduleDate"), now))


def network_refusal(post: SandboxPost, platform: str) -> NetworkRefusal | None:
    """Why this network does not take the post, or None."""
    profile, text = post.profile, post.texts[platform]
    if platform not in profile.networks:
        return NOT_LINKED
    if platform == X and profile.x_app is not None and not profile.x_app.accepts(post.x_keys):
        return RELINK
    if platform == X and (over := weighted_length(text) - X_MAX_LENGTH) > 0:
        return NetworkRefusal(
            400, 132, f"The post is too long for X/Twitter. Please shorten to {X_MAX_LENGTH}. Overage: {over}"
        )
    return None if platform in MAY_REPEAT else _duplicate(post, platform)


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


def _media_urls(urls: object) -> tuple[str, ...]:
    if isinstance(urls, dict):
        urls = [url for group in urls.values() for url in (group if isinstance(group, list) else [group])]
    if not isinstance(urls, list):
        raise wrong("mediaUrls", "must be a list of URLs")
    for url in urls:
        if not isinstance(url, str) or not url.startswith("https://"):
            raise Refusal(400, "The media URL is not usable: it must start with https://", 136, action="post")
    return tuple(urls)


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
