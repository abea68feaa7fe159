"""A preview as plain JSON values: what is printed, put on a page, and given to programs."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from feeds.model import Entry
from feeds.urls import host_of
from scheduler.cli.pictures_checked import PicturesChecked
from scheduler.cli.preview_notes import notes_of
from scheduler.customer import Prices
from scheduler.draft import LeftOut
from scheduler.preview import Preview, price_reason
from scheduler.rehearsal import Rehearsed
from scheduler.rules.compose import Composed, NetworkText
from scheduler.rules.text import plain
from scheduler.values import format_usd
from scheduler.views import instant

Json = dict[str, Any]


def view(preview: Preview, prices: Prices, pictures: PicturesChecked) -> Json:
    """A route, with what it makes of each entry."""
    source = preview.source
    return {
        "customer": source.customer.id,
        "name": source.customer.name,
        "route": source.route.id,
        "feed": source.route.feed,
        "is_by_defaults": source.is_by_defaults,
        "timezone": source.customer.timezone,
        "problem": source.problem,
        "notes": list(source.notes),
        "entries": [
            _post(one, source.customer.zone, prices, pictures)
            if isinstance(one, Rehearsed)
            else _left_out(*one)
            for one in preview.made
        ],
    }


def local(at: datetime, zone: ZoneInfo) -> str:
    """An instant for people, by the clock of that zone and by UTC's: `Mon 2026-11-23 09:00:00 (14:00:00 UTC)`.

    Where the two are the same it stands once, with `UTC`.
    """
    there = at.astimezone(zone)
    if there.utcoffset() == at.utcoffset():
        return f"{there:%a %Y-%m-%d %H:%M:%S} UTC"
    utc = f"{at:%H:%M:%S}" if there.date() == at.date() else f"{at:%a %Y-%m-%d %H:%M:%S}"
    return f"{there:%a %Y-%m-%d %H:%M:%S} {zone.key} ({utc} UTC)"


def network_text(one: NetworkText) -> Json:
    """What one network gets; `length` is its longest part's."""
    return {
        "network": one.platform,
        "text": one.text,
        "parts": list(one.parts),
        "length": one.length,
        "limit": one.limit,
        "link": one.link,
        "notes": list(one.notes),
    }


def _entry(entry: Entry) -> Json:
    return {"title": entry.title, "link": entry.link, "published_at": instant(entry.published_at)}


def _left_out(entry: Entry, made: LeftOut) -> Json:
    return _entry(entry) | {"posted": False, "reason": made.reason}


def _post(post: Rehearsed, zone: ZoneInfo, prices: Prices, pictures: PicturesChecked) -> Json:
    composed, skipped = pictures.of(post)
    stored = post.stored
    return _entry(post.entries[0]) | {
        "posted": True,
        "post_id": post.known_as,
        "is_digest": stored.is_digest,
        "sources": [_entry(entry) for entry in post.entries],
        "text": composed.text,
        "weighted_length": composed.main.length,
        "shortened": any(one.notes for one in composed.texts),
        "platforms": list(stored.platforms),
        "networks": [network_text(one) for one in composed.texts],
        "card": _card(post, composed),
        "media": [{"url": image.url, "alt": image.alt} for image in composed.media],
        "media_left_out": list(skipped),
        "x_posts": post.x_posts,
        "price_usd": format_usd(composed.price_usd),
        "price_reason": price_reason(composed, prices),
        "due_at": instant(stored.due_at),
        "due_local": local(stored.due_at, zone),
        "due_reason": stored.due_reason,
        "needs_approval": post.route.schedule.approval,
        "expires_at": instant(stored.expires_at),
        "notes": notes_of(post, pictures),
    }


def _card(post: Rehearsed, composed: Composed) -> Json | None:
    """What networks make of the link where no picture goes along, as far as the page is known."""
    if composed.media or composed.link is None:
        return None
    entry = post.entries[-1]
    images = entry.page.images if entry.page else ()
    image = next((image.url for image in images if image.url.startswith("https://")), None)
    domain = host_of(composed.link).removeprefix("www.")
    return {"link": composed.link, "domain": domain, "title": plain(entry.title), "image": image}
