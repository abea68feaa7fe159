"""A web page's address -> the feeds that belong to it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from feeds import places
from feeds.fetch import Fetcher
from feeds.html_page import HtmlPage, is_html, read_html
from feeds.model import Document, Fetched
from feeds.page import canonical_address
from feeds.parse import Parser
from feeds.robots import read_robots
from feeds.trouble import FailureKind, FetchFailed, NotAFeed, ParseFailed, Trouble
from feeds.typed_url import typed_url
from feeds.urls import host_of

MOST_ANNOUNCED = 8
MOST_LINKED = 3
MOST_GUESSES = 8
SAME_BY = 10
"""So many entries at the top tell whether two documents are one feed in two formats."""


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was read: where it is polled from, its title and format, and how many entries it shows."""

    url: str
    title: str
    format: str
    entries: int


class NoFeedFound(Trouble):
    """A web page without any feed that can be read; the text says where it was looked for."""


async def discover(fetcher: Fetcher, parser: Parser, url: str) -> list[Found]:
    """The feeds behind an address as people type it, each of them read, best first.

    A feed itself is found alone. For a web page it is the feeds that the page announces; where there are none, the
    first that its links or the usual places lead to, as far as robots.txt lets programs look around. Feeds of comments
    are found only where there is no other, and of one feed in several formats the first.

    Raises a `Trouble`: `NoFeedFound` for a web page without one, else what keeps the address from being read.
    """
    return await _Search(fetcher, parser).run(typed_url(url))


class _Search:
    def __init__(self, fetcher: Fetcher, parser: Parser) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._failures: list[str] = []

    async def run(self, url: str) -> list[Found]:
        url = places.youtube_feed(url) or url
        fetched = await self._fetcher.fetch(url)
        try:
            return [_found(url, fetched, await self._parse(fetched))]
        except (NotAFeed, ParseFailed):
            if not is_html(fetched):
                raise
        page = await asyncio.to_thread(read_html, fetched)
        return (
            await self._read_all(_announced(page))
            or await self._read_all(places.announced(page, comments=True))
            or await self._look_around(page)
        )

    async def _read_all(self, urls: Iterable[str]) -> list[Found]:
        """Those that are feeds, each only once."""
        found: dict[object, Found] = {}
        for url in list(urls)[:MOST_ANNOUNCED]:
            try:
                fetched = await self._fetcher.fetch(url)
                document = await self._parse(fetched)
            except Trouble as trouble:
                self._failures.append(f"it announces {url}, but {trouble}")
            else:
                found.setdefault(_content(document) or fetched.url, _found(url, fetched, document))
        return list(found.values())

    async def _look_around(self, page: HtmlPage) -> list[Found]:
        """The first feed at a place that nobody told us of. Raises `NoFeedFound`."""
        robots = await read_robots(self._fetcher, page.url)
        guesses = dict.fromkeys([*places.linked(page)[:MOST_LINKED], *places.well_known(page)])
        allowed = [url for url in guesses if robots.allow(url)][:MOST_GUESSES]
        for url in allowed:
            try:
                fetched = await self._fetcher.fetch(url)
                return [_found(url, fetched, await self._parse(fetched))]
            except FetchFailed as failure:
                if _is_unwell(failure):
                    break
            except Trouble:
                continue
        raise NoFeedFound(self._nothing(page, len(allowed)))

    async def _parse(self, fetched: Fetched) -> Document:
        return await self._parser.parse(fetched.body or b"", fetched.content_type, fetched.url)

    def _nothing(self, page: HtmlPage, tried: int) -> str:
        host = host_of(page.url)
        looked = (
            f"nor is one at the {tried} usual places"
            if tried
            else "and robots.txt forbids to look around there"
        )
        reasons = "; ".join(self._failures[:3]) or "it announces none"
        return (
            f"no feed found for this page of {host}: {reasons}, {looked}; give the address of the feed itself"
        )


def _announced(page: HtmlPage) -> list[str]:
    canonical = canonical_address(page)
    youtube = places.youtube_feed(canonical) if canonical else None
    return [youtube] if youtube else places.announced(page)


def _found(url: str, fetched: Fetched, document: Document) -> Found:
    return Found(fetched.moved_to or url, document.title, document.format, len(document.entries))


def _content(document: Document) -> tuple[str | None, ...]:
    return tuple(entry.link or entry.raw_id for entry in document.entries[:SAME_BY])


def _is_unwell(failure: FetchFailed) -> bool:
    """Whether the site does not answer, or wants to be left alone: then it is not asked again."""
    if failure.kind is not FailureKind.STATUS:
        return failure.kind not in (FailureKind.TOO_LARGE, FailureKind.REDIRECT, FailureKind.URL)
    return failure.status == 429 or (failure.status or 0) >= 500
