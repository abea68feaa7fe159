"""A look at a feed: read for real, and nothing is stored."""

import pytest

from feeds.fetch import Fetcher
from feeds.poll import look
from feeds.trouble import FetchFailed, NotAFeed
from tests.integration.feeds.conftest import Bench
from tests.integration.feeds.servers import Site, gives


async def test_a_look_reads_the_feed_and_stores_nothing(bench: Bench, feed: Site, fetcher: Fetcher) -> None:
    before = bench.feed
    document = await look(fetcher, bench.parser, feed.url)
    assert [entry.title for entry in document.entries] == ["b", "a"]
    assert (bench.feed, bench.stored, bench.recorder.polls) == (before, [], [])


async def test_a_look_at_what_is_no_feed_says_why(bench: Bench, feed: Site, fetcher: Fetcher) -> None:
    feed.answer = gives(b"<html></html>")
    with pytest.raises(NotAFeed, match="HTML page"):
        await look(fetcher, bench.parser, feed.url)
    feed.answer = gives(b"", code=404)
    with pytest.raises(FetchFailed, match="404 Not Found"):
        await look(fetcher, bench.parser, feed.url)
