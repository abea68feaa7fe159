"""What a template gets of an entry: plain words, without links, mentions and markup that nobody asked for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from feeds.model import Entry
from scheduler.rules.boilerplate import (
    cleanly_cut,
    without_boilerplate,
    without_captions,
    without_heading,
    without_site,
    without_title,
)
from scheduler.rules.hashtags import hashtags
from scheduler.rules.links import post_link
from scheduler.rules.shorten import shorten
from scheduler.rules.template import EntryFields, Fields
from scheduler.rules.text import neutral, plain, unlinked, without_address
from scheduler.wording import Compose

LONGEST = 5_000
"""Weighted units of one field that a template gets: enough for every network's reader."""


def fields_of(
    entries: Sequence[Entry],
    feed_title: str,
    compose: Compose,
    zone: ZoneInfo,
    variables: Mapping[str, str],
    *,
    with_link: bool,
) -> Fields:
    """Everything a template of one network may use. `variables` are those of UTM values, `network` among them."""
    site = _cleaner(compose, None)(feed_title)
    single = [_entry_fields(entry, site, compose, zone, variables, with_link=with_link) for entry in entries]
    return Fields(
        entry=single[0],
        entries=tuple(single),
        hashtags=_hashtags(entries, single, compose),
        feed_title=site,
        network=variables["network"],
    )


def _entry_fields(
    entry: Entry,
    site: str,
    compose: Compose,
    zone: ZoneInfo,
    variables: Mapping[str, str],
    *,
    with_link: bool,
) -> EntryFields:
    words = _cleaner(compose, entry.link)
    heading = plain(entry.title)
    bodies = (without_heading(without_captions(html), heading) for html in (entry.summary, entry.content))
    summary, content = map(words, bodies)
    title, summary, content = _texts(cleanly_cut(words(entry.title)), summary, content, site)
    return EntryFields(
        title=title,
        summary=summary,
        content=content,
        link=_link(entry, compose, variables) if with_link else "",
        author=words(entry.author),
        categories=tuple(filter(None, map(words, entry.categories))),
        published=_local(entry.published_at, zone),
    )


def _texts(title: str, summary: str, content: str, site: str) -> tuple[str, str, str]:
    """The three without what software has added, and without saying anything twice."""
    summary, content = (without_boilerplate(text, title, site) for text in (summary, content))
    summary, content = summary or content, content or summary
    if not title or _begins(summary, title):  # a short note has no title of its own: its text stands in
        return summary, "", content
    return without_site(title, site), without_title(summary, title), content


def _begins(summary: str, title: str) -> bool:
    """Whether the title is nothing but the summary's beginning, cut off."""
    begin = title.removesuffix("...").removesuffix("…")
    return begin != title and summary.startswith(begin.rstrip())


def _cleaner(compose: Compose, link: str | None) -> Callable[[str], str]:
    allowed = frozenset(name.casefold() for name in compose.mentions)

    def clean(html: str) -> str:
        text = without_address(plain(html), link or "")
        text = unlinked(text) if compose.domains == "text" else text
        return shorten(neutral(text, allowed), LONGEST)

    return clean


def _link(entry: Entry, compose: Compose, variables: Mapping[str, str]) -> str:
    canonical = entry.page.canonical_url if entry.page and compose.canonical else None
    campaign = compose.utm, variables
    return post_link(canonical, *campaign) or post_link(entry.link, *campaign) or ""


def _hashtags(entries: Sequence[Entry], single: Sequence[EntryFields], compose: Compose) -> tuple[str, ...]:
    if compose.hashtags is None:
        return ()
    categories = [category for entry in entries for category in entry.categories]
    text = " ".join(f"{fields.title} {fields.summary}" for fields in single)
    return hashtags(categories, compose.hashtags, text)


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat() if at else ""
