"""What there is to know about a post of a preview besides its text, price and time."""

from collections.abc import Iterator

from feeds.model import Entry
from scheduler.cli.pictures_checked import PicturesChecked
from scheduler.rehearsal import Rehearsed
from scheduler.rules.links import post_link, why_no_link
from scheduler.rules.template import fields_used
from scheduler.rules.text import plain

ENOUGH_OF_A_TITLE = 40
"""Characters to know an entry by."""


def notes_of(post: Rehearsed, pictures: PicturesChecked) -> list[str]:
    """In the order in which things come up: what was made before, and with what it would go out."""
    return [
        *dict.fromkeys(post.notes),
        *pictures.warnings(post),
        *_unread_pages(post),
        *_missing_links(post),
    ]


def _unread_pages(post: Rehearsed) -> Iterator[str]:
    for entry in post.entries:
        if post.route.compose.wants_pages and entry.page and entry.page.problem:
            yield f"{_whose(post, entry)} web page could not be read: {entry.page.problem}"


def _missing_links(post: Rehearsed) -> Iterator[str]:
    """Which links no network gets, although a template shows them, and why."""
    compose = post.route.compose
    ways = [compose.of(name) for name in post.stored.platforms]
    if not any(way.link != "never" and "link" in fields_used(way.template) for way in ways):
        return
    for entry in post.entries:
        canonical = entry.page.canonical_url if entry.page and compose.canonical else None
        if not any(post_link(link, compose.utm, {}) for link in (canonical, entry.link)):
            yield f"posted without {_whose(post, entry)} link: {why_no_link(entry.link)}"


def _whose(post: Rehearsed, entry: Entry) -> str:
    """A digest has several entries."""
    title = plain(entry.title)[:ENOUGH_OF_A_TITLE] or "an entry without a title"
    return f"{title!r}'s" if post.stored.is_digest else "its"
