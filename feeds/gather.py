"""Everything about a feed that the network has to give, before anything is stored."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlsplit

from feeds.fetch import Fetcher
from feeds.model import Document, Entry, Feed, FeedAddress, Fetched, Page
from feeds.page import read_page
from feeds.parse import Parser
from feeds.trouble import Trouble
from feeds.urls import origin

MAX_OLDER_PAGES = 10
MAX_WITH_OLDER = 1_000
MAX_WEB_PAGES = 10
WEB_PAGES_DEADLINE_S = 60.0

SignIn = Callable[[str], Awaitable[Mapping[str, str]]]
Unknown = Callable[[Sequence[Entry]], Awaitable[Sequence[Entry]]]
"""Gives those of some entries that nothing is known of."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a good answer brought. Without a `document` nothing has changed."""

    fetched: Fetched
    body_sha256: str | None
    document: Document | None = None


async def no_sign_in(reference: str) -> Mapping[str, str]:
    """For feeds that anybody may read. Raises `Trouble` for any other."""
    if reference:
        raise Trouble("the feed needs a sign-in, and this program has no Vault to read it from")
    return {}


async def _all(entries: Sequence[Entry]) -> Sequence[Entry]:
    return entries


class Gatherer:
    """Reads feeds over the network. `sign_in` gives the headers that a feed's sign-in stands for."""

    def __init__(self, fetcher: Fetcher, parser: Parser, sign_in: SignIn = no_sign_in) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._sign_in = sign_in

    async def gather(self, feed: Feed) -> Found:
        """Ask for a feed's document and read what is new in it. Raises a `Trouble`."""
        fetched = await self._fetch(feed, feed.polled_url, conditional=True)
        if fetched.body is None:
            return Found(fetched, feed.body_sha256)
        digest = sha256(fetched.body).hexdigest()
        if digest == feed.body_sha256 and feed.first_polled_at is not None:
            return Found(fetched, digest)
        return Found(fetched, digest, await self._parse(feed, fetched))

    async def read(self, feed: Feed, body: bytes, content_type: str) -> Document:
        """Read a document of the feed that somebody else has brought. Raises a `Trouble`."""
        return await self._parser.parse(body, content_type, feed.polled_url, frozenset(feed.items))

    async def look(self, address: FeedAddress, *, pages: bool = False) -> Document:
        """Read a feed and store nothing; with its newest entries' web pages where asked. Raises a `Trouble`."""
        feed = Feed(0, address.url, address.sign_in)
        document = await self._parse(feed, await self._fetch(feed, feed.url))
        return await self.with_pages(document, _all) if pages else document

    async def with_older(self, feed: Feed, found: Found, unknown: Unknown) -> Found:
        """With the document's older pages (RFC 5005), where none of its entries was there before.

        Goes back until a known entry shows, at most `MAX_OLDER_PAGES` pages or till there are `MAX_WITH_OLDER` entries,
        and takes what it gets.
        """
        document = found.document
        if document is None or len(feed.items) < 2 or not await self._is_apart(feed, document, unknown):
            return found
        page, seen = document, {feed.polled_url, found.fetched.url}
        for _ in range(MAX_OLDER_PAGES):
            url = page.prev_archive_url or page.next_url
            if url is None or url in seen or urlsplit(url)[:2] != urlsplit(found.fetched.url)[:2]:
                break
            if len(document.items) >= MAX_WITH_OLDER:
                break
            seen.add(url)
            try:
                page = await self._parse(feed, await self._fetch(feed, url))
            except Trouble:
                break
            document = replace(
                document, entries=document.entries + page.entries, items=document.items + page.items
            )
            if not await self._is_apart(feed, page, unknown):
                break
        return replace(found, document=document)

    async def with_pages(self, document: Document, unknown: Unknown) -> Document:
        """With what the web pages of its newest unknown entries say of themselves, as far as they can be read."""
        wanted = [entry for entry in await unknown(document.entries) if entry.link][:MAX_WEB_PAGES]
        read: dict[int, Entry] = {}
        try:
            async with asyncio.timeout(WEB_PAGES_DEADLINE_S):
                for entry in wanted:
                    read[id(entry)] = await self._with_page(entry)
        except TimeoutError:
            pass  # an entry without its page is worth more than none
        return replace(document, entries=tuple(read.get(id(entry), entry) for entry in document.entries))

    async def _with_page(self, entry: Entry) -> Entry:
        try:
            return replace(entry, page=await read_page(self._fetcher, entry.link or ""))
        except Trouble as trouble:
            return replace(entry, page=Page(problem=str(trouble)))

    async def _is_apart(self, feed: Feed, document: Document, unknown: Unknown) -> bool:
        if not document.items or any(item in feed.items for item in document.items):
            return False
        return len(await unknown(document.entries)) == len(document.entries)

    async def _fetch(self, feed: Feed, url: str, *, conditional: bool = False) -> Fetched:
        # What a feed's own document leads to may be anybody's.
        headers = await self._sign_in(feed.sign_in) if origin(url) == origin(feed.url) else {}
        if conditional:
            return await self._fetcher.fetch(url, feed.validators, sign_in=headers)
        return await self._fetcher.fetch(url, sign_in=headers)

    async def _parse(self, feed: Feed, fetched: Fetched) -> Document:
        known = frozenset(feed.items)
        return await self._parser.parse(fetched.body or b"", fetched.content_type, fetched.url, known)
