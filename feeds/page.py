"""What an entry's own web page says about itself: its pictures with their descriptions, and its canonical address."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from feeds.fetch import Fetcher
from feeds.html_page import HtmlPage, is_html, read_html, same_site
from feeds.media import joined, pixels
from feeds.model import Image, Page
from feeds.trouble import Trouble
from feeds.urls import host_of

MOST_IMAGES = 10


class NotAPage(Trouble):
    """The address gives something else than a web page."""


async def read_page(fetcher: Fetcher, url: str) -> Page:
    """Ask for a page once, and read what stands in its head. Raises a `Trouble`."""
    fetched = await fetcher.fetch(url)
    if not is_html(fetched):
        kind = fetched.content_type.partition(";")[0][:100] or "something"
        raise NotAPage(f"{host_of(fetched.url)} gives {kind} there, not a web page")
    return page_of(await asyncio.to_thread(read_html, fetched))


def page_of(page: HtmlPage) -> Page:
    """The page's pictures in order, Open Graph's before Twitter's, and its canonical address.

    Sources: the Open Graph protocol, where a property belongs to the `og:image` before it; X's documentation of cards;
    RFC 6596 for `rel=canonical`.
    """
    images: dict[str, Image] = {}
    for image in (*_open_graph(page), *_twitter(page)):
        images[image.url] = joined(images.get(image.url), image)
    return Page(_canonical(page), tuple(images.values())[:MOST_IMAGES])


def canonical_address(page: HtmlPage) -> str | None:
    """The address that the page wants to be known by, wherever that is."""
    links = (tag.get("href") for tag in page.head if tag.name == "link" and tag.has_rel("canonical"))
    named = (content for key, content in _properties(page) if key == "og:url")
    return next(filter(None, map(page.address, (*links, *named))), None)


def _canonical(page: HtmlPage) -> str | None:
    """The canonical address, unless it cannot be meant.

    Not meant are another site, plain http where the page came over https, and a front page that stands on all pages of
    its site by mistake.
    """
    url = canonical_address(page)
    if url is None or not same_site(url, page.url):
        return None
    ours, theirs = urlsplit(url), urlsplit(page.url)
    is_downgrade = (ours.scheme, theirs.scheme) == ("http", "https")
    is_front_page = not (ours.path.strip("/") or ours.query) and bool(theirs.path.strip("/") or theirs.query)
    return None if is_downgrade or is_front_page or "@" in ours.netloc else url


def _open_graph(page: HtmlPage) -> list[Image]:
    found: list[Image] = []
    for key, content in _properties(page):
        url = page.address(content)
        match key:
            case "og:image" | "og:image:url" if url and url not in [image.url for image in found[-1:]]:
                found.append(Image(url))
            case "og:image:secure_url" if url:
                found[-1:] = [replace(found[-1], url=url) if found else Image(url)]
            case "og:image:alt" if found:
                found[-1] = replace(found[-1], alt=content)
            case "og:image:width" if found:
                found[-1] = replace(found[-1], width=pixels(content))
            case "og:image:height" if found:
                found[-1] = replace(found[-1], height=pixels(content))
    return found


def _twitter(page: HtmlPage) -> list[Image]:
    found = dict(_properties(page))
    url = page.address(found.get("twitter:image", "") or found.get("twitter:image:src", ""))
    return [Image(url, found.get("twitter:image:alt", ""))] if url else []


def _properties(page: HtmlPage) -> Iterator[tuple[str, str]]:
    for tag in page.head:
        if tag.name == "meta" and tag.get("content"):
            yield (tag.get("property") or tag.get("name")).lower(), tag.get("content")
