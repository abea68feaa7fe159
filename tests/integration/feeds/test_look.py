"""A look at a feed: read for real, and nothing is stored."""

import pytest
from aiohttp import web

from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.model import FeedAddress, Image, Page
from feeds.trouble import FetchFailed, NotAFeed, Trouble
from tests.integration.feeds.conftest import Bench
from tests.integration.feeds.servers import Site, gives, rss


async def test_a_look_reads_the_feed_and_stores_nothing(bench: Bench, feed: Site, fetcher: Fetcher) -> None:
    before = bench.feed
    document = await Gatherer(fetcher, bench.parser).look(FeedAddress(feed.url))
    assert [entry.title for entry in document.entries] == ["b", "a"]
    assert (bench.feed, bench.stored, bench.recorder.polls) == (before, [], [])


async def test_a_look_at_what_is_no_feed_says_why(bench: Bench, feed: Site, fetcher: Fetcher) -> None:
    gatherer, address = Gatherer(fetcher, bench.parser), FeedAddress(feed.url)
    feed.answer = gives(b"<html></html>")
    with pytest.raises(NotAFeed, match="HTML page"):
        await gatherer.look(address)
    feed.answer = gives(b"", code=404)
    with pytest.raises(FetchFailed, match="404 Not Found"):
        await gatherer.look(address)


@pytest.mark.parametrize("url", ["http://[::1/", "http://a.example:99999/"])
async def test_a_look_at_what_is_no_address_says_so(bench: Bench, fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchFailed, match="is no http or https address"):
        await Gatherer(fetcher, bench.parser).look(FeedAddress(url))


async def test_a_feed_that_needs_a_sign_in_says_so_where_there_is_no_vault(
    bench: Bench, feed: Site, fetcher: Fetcher
) -> None:
    with pytest.raises(Trouble, match="needs a sign-in"):
        await Gatherer(fetcher, bench.parser).look(FeedAddress(feed.url, "basic:feeds/acme"))
    assert feed.requests == []


PAGE = b"""<html><head><link rel="canonical" href="/canonical"><meta property="og:image" content="/og.png">
<meta property="og:image:alt" content="A picture"></head></html>"""


async def test_a_look_with_pages_tells_what_they_say_of_themselves(
    bench: Bench, feed: Site, fetcher: Fetcher
) -> None:
    home = feed.url.removesuffix("/feed")

    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(body=rss("b", "a"))
        if request.path == "/b":
            return web.Response(status=500)
        return web.Response(body=PAGE, content_type="text/html")

    feed.answer = answer
    document = await Gatherer(fetcher, bench.parser).look(FeedAddress(feed.url), pages=True)
    assert [entry.page for entry in document.entries] == [
        Page(problem="127.0.0.1 answered 500 Internal Server Error"),
        Page(f"{home}/canonical", (Image(f"{home}/og.png", "A picture"),)),
    ]
