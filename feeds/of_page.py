"""A web page's address -> the entry of a feed that the page is, or an entry made of what the page says of itself."""

import asyncio
from dataclasses import dataclass, replace
from html import escape

from feeds.discover import Found, discover
from feeds.fetch import Fetcher
from feeds.html_page import HtmlPage, is_html, read_html
from feeds.model import Document, Entry, Page
from feeds.names import same_address
from feeds.page import NotAPage, page_of
from feeds.parse import Parser
from feeds.trouble import Trouble
from feeds.urls import host_of

MOST_FEEDS = 3


@dataclass(frozen=True, slots=True)
class PageEntry:
    """The entry that a page is. `feed` is the address of the one that has it, None where it was made of the page.

    `named` are the feeds that the page leads to.
    """

    entry: Entry
    feed: str | None = None
    feed_title: str = ""
    named: tuple[str, ...] = ()


async def entry_of_page(fetcher: Fetcher, parser: Parser, url: str) -> PageEntry:
    """The entry of a feed that the page names or leads to, else one of its own. Raises a `Trouble`."""
    fetched = await fetcher.fetch(url)
    if not is_html(fetched):
        raise NotAPage(f"{host_of(url)} gives neither a feed nor a web page there")
    html = await asyncio.to_thread(read_html, fetched)
    page = page_of(html)
    names = {same_address(one) for one in (url, fetched.url, page.canonical_url) if one}
    found = await _feeds(fetcher, parser, url)
    for feed in found[:MOST_FEEDS]:
        document = await _document(fetcher, parser, feed)
        for entry in document.entries:
            if entry.link and same_address(entry.link) in names:
                return PageEntry(replace(entry, page=page), feed.url, document.title)
    return PageEntry(_own(html, page), None, _said(html, "og:site_name"), tuple(feed.url for feed in found))


async def _feeds(fetcher: Fetcher, parser: Parser, url: str) -> list[Found]:
    try:
        return await discover(fetcher, parser, url)
    except Trouble:
        return []


async def _document(fetcher: Fetcher, parser: Parser, feed: Found) -> Document:
    try:
        fetched = await fetcher.fetch(feed.url)
        return await parser.parse(fetched.body or b"", fetched.content_type, fetched.url)
    except Trouble:
        return Document(feed.format)


def _own(html: HtmlPage, page: Page) -> Entry:
    """What the page says of itself. Sources: the Open Graph protocol; HTML, section 4.2.5, for `description`."""
    return Entry(
        raw_id=None,
        link=page.canonical_url or html.url,
        title=_said(html, "og:title", "twitter:title") or html.title,
        summary=_said(html, "og:description", "twitter:description", "description"),
        images=page.images,
        page=page,
    )


def _said(html: HtmlPage, *names: str) -> str:
    """What the page's first `meta` tag of one of these names says, as HTML; "" where there is none."""
    said = {
        (tag.get("property") or tag.get("name")).lower(): tag.get("content")
        for tag in reversed(html.head)
        if tag.name == "meta"
    }
    return next((escape(said[name], quote=False) for name in names if said.get(name)), "")
