"""Entries that came and went between two polls: older pages (RFC 5005) bring them, where the feed names any."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from aiohttp import web

from feeds.gather import MAX_OLDER_PAGES
from tests.integration.feeds.conftest import Bench, new_keys
from tests.integration.feeds.servers import Site, gives, site

ATOM = "http://www.w3.org/2005/Atom"


def page(*numbers: int, older: str | None = None, rel: str = "prev-archive") -> bytes:
    """A document of these entries, which names the page with older ones."""
    items = "".join(
        f"<item><title>Entry {number}</title><guid isPermaLink='false'>{number}</guid><link>/{number}</link></item>"
        for number in numbers
    )
    link = f"<a:link rel='{rel}' href='{older}'/>" if older else ""
    return f"<rss version='2.0' xmlns:a='{ATOM}'><channel><title>News</title>{link}{items}</channel></rss>".encode()


def pages(found: Mapping[str, bytes]) -> Callable[[web.Request], web.Response]:
    """Answers with the page of each path."""

    def answer(request: web.Request) -> web.Response:
        body = found.get(request.path)
        return web.Response(status=404) if body is None else web.Response(body=body)

    return answer


def paths(feed: Site) -> list[str]:
    return [request.path for request in feed.requests]


@pytest.fixture
async def known(bench: Bench, feed: Site) -> Bench:
    """The feed has shown the entries 1 to 3; then it is left alone for a day."""
    feed.answer = gives(page(3, 2, 1))
    await bench.poll()
    feed.requests.clear()
    bench.now[0] += timedelta(days=1)
    return bench


@pytest.mark.parametrize("rel", ["prev-archive", "next"])
async def test_older_pages_are_read_until_a_known_entry_shows(known: Bench, feed: Site, rel: str) -> None:
    feed.answer = pages(
        {
            "/feed": page(12, 11, 10, older="/p2", rel=rel),
            "/p2": page(9, 8, 7, older="/p3", rel=rel),
            "/p3": page(6, 5, 4, 3, older="/p4", rel=rel),
            "/p4": page(2, 1),
        }
    )
    polled = await known.poll()
    assert paths(feed) == ["/feed", "/p2", "/p3"]
    assert new_keys(polled) == ["4", "5", "6", "7", "8", "9", "10", "11", "12"]
    assert (polled.held, polled.notes, polled.feed.gap_at) == ((), (), None)
    feed.answer = pages({"/feed": page(12, 11, 10, older="/p2", rel=rel) + b"<!-- built again -->"})
    again = await known.poll()
    assert (again.new, again.withdrawn, again.notes) == ((), (), ())
    assert paths(feed)[3:] == ["/feed"]


async def test_without_older_pages_the_gap_is_told_and_the_feed_polled_more_often(
    known: Bench, feed: Site
) -> None:
    feed.answer = pages({"/feed": page(12, 11, 10)})
    polled = await known.poll()
    assert new_keys(polled) == ["10", "11", "12"]
    assert [note.action for note in polled.notes] == ["feed_gap"]
    assert polled.feed.gap_at == known.now[0]
    feed.answer = gives(page(12, 11, 10) + b"<!-- with an ETag -->")
    later = await known.poll()
    assert "entries were missed lately" in later.feed.pace_reason
    assert later.feed.gap_at == polled.feed.gap_at


async def test_what_older_pages_bring_counts_even_where_they_lead_nowhere(known: Bench, feed: Site) -> None:
    feed.answer = pages({"/feed": page(12, 11, older="/p2"), "/p2": page(10, 9, older="/gone")})
    polled = await known.poll()
    assert new_keys(polled) == ["9", "10", "11", "12"]
    assert [note.action for note in polled.notes] == ["feed_gap"]


@pytest.mark.parametrize("second", ["/feed", "/p2"])
async def test_pages_that_lead_in_a_circle_are_read_once(known: Bench, feed: Site, second: str) -> None:
    feed.answer = pages({"/feed": page(12, 11, older="/p2"), "/p2": page(10, 9, older=second)})
    assert new_keys(await known.poll()) == ["9", "10", "11", "12"]
    assert paths(feed) == ["/feed", "/p2"]


async def test_pages_without_end_are_read_up_to_a_bound(known: Bench, feed: Site) -> None:
    def answer(request: web.Request) -> web.Response:
        place = int(request.path[2:]) if request.path != "/feed" else 0
        return web.Response(body=page(1000 - place, older=f"/p{place + 1}"))

    feed.answer = answer
    polled = await known.poll()
    assert len(polled.held) == 1 + MAX_OLDER_PAGES, "so many without a date, and none that is known"
    assert [note.action for note in polled.notes] == ["entries_held", "feed_gap"]
    assert len(feed.requests) == 1 + MAX_OLDER_PAGES


async def test_pages_on_another_host_are_not_read(known: Bench, feed: Site) -> None:
    async with site(gives(page(10, 9)), host="127.0.0.2") as other:
        feed.answer = pages({"/feed": page(12, 11, older=other.url)})
        assert new_keys(await known.poll()) == ["11", "12"]
        assert other.requests == []


async def test_pages_are_left_alone_where_an_entry_is_known(known: Bench, feed: Site) -> None:
    feed.answer = pages({"/feed": page(5, 4, 3, older="/p2"), "/p2": page(2, 1)})
    assert new_keys(await known.poll()) == ["4", "5"]
    assert paths(feed) == ["/feed"]


async def test_pages_are_left_alone_at_the_first_poll(bench: Bench, feed: Site) -> None:
    feed.answer = pages({"/feed": page(5, 4, 3, older="/p2"), "/p2": page(2, 1)})
    assert new_keys(await bench.poll()) == ["3", "4", "5"]
    assert paths(feed) == ["/feed"]


async def test_pages_are_left_alone_where_all_entries_were_only_built_anew(known: Bench, feed: Site) -> None:
    again = page(3, 2, 1, older="/p2").replace(b"</item>", b"<comments/></item>")
    feed.answer = pages({"/feed": again, "/p2": page(0)})
    assert (await known.poll()).new == ()
    assert paths(feed) == ["/feed"]
