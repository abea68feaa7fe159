"""Polls of real servers into a real database, with real parser processes: what is new, and what is not."""

from datetime import timedelta

from feeds.model import FeedAddress, PollResult, Validators
from tests.integration.feeds.conftest import START, Bench, new_keys
from tests.integration.feeds.servers import Site, gives, rss


async def test_the_first_poll_is_the_baseline_and_later_ones_bring_what_is_new(
    bench: Bench, feed: Site
) -> None:
    first = await bench.poll()
    assert (first.result, first.baseline, new_keys(first)) == (PollResult.NEW_ENTRIES, True, ["a", "b"])
    assert first.before.first_polled_at is None
    assert (first.feed.title, first.feed.first_polled_at) == ("News", START)
    feed.answer = gives(rss("d", "c", "b"), '"2"')
    bench.now[0] += timedelta(hours=1)
    second = await bench.poll()
    assert (second.result, second.baseline, new_keys(second)) == (PollResult.NEW_ENTRIES, False, ["c", "d"])
    assert second.feed.last_new_at == bench.now[0]
    assert [known.first_seen_at for known in second.new] == [bench.now[0]] * 2
    assert bench.stored == ["a", "b", "c", "d"]
    assert bench.recorder.polls == [first, second]


async def test_not_modified_is_a_good_poll_that_keeps_everything(bench: Bench, feed: Site) -> None:
    await bench.poll()
    bench.now[0] += timedelta(hours=1)
    second = await bench.poll()
    assert second.result is PollResult.NOT_MODIFIED
    assert second.feed.validators == Validators(b'"1"', None, feed.url)
    assert second.feed.next_poll_at is not None
    assert second.feed.next_poll_at >= bench.now[0] + timedelta(hours=1)
    assert bench.parser.count == 1


async def test_the_same_bytes_are_not_parsed_again_but_their_validators_count(
    bench: Bench, feed: Site
) -> None:
    await bench.poll()
    feed.answer = gives(rss("b", "a"), '"2"')
    second = await bench.poll()
    assert (second.result, second.feed.validators.etag, bench.parser.count) == (
        PollResult.UNCHANGED,
        b'"2"',
        1,
    )
    assert (await bench.poll()).result is PollResult.NOT_MODIFIED


async def test_other_bytes_with_the_same_entries_bring_nothing_new(bench: Bench, feed: Site) -> None:
    await bench.poll()
    feed.answer = gives(rss("a", "b") + b"<!-- built again -->", '"2"')
    assert (await bench.poll()).result is PollResult.UNCHANGED
    assert bench.stored == ["a", "b"]


async def test_an_empty_first_document_leaves_the_baseline_to_the_next(bench: Bench, feed: Site) -> None:
    feed.answer = gives(rss(), '"0"')
    first = await bench.poll()
    assert (first.result, first.baseline, first.feed.first_polled_at) == (PollResult.UNCHANGED, False, None)
    assert (await bench.poll()).result is PollResult.NOT_MODIFIED
    feed.answer = gives(rss("b", "a"), '"1"')
    assert (await bench.poll()).baseline


async def test_entries_that_come_back_after_an_empty_document_are_not_new(bench: Bench, feed: Site) -> None:
    await bench.poll()
    feed.answer = gives(rss(), '"2"')
    assert (await bench.poll()).result is PollResult.UNCHANGED
    feed.answer = gives(rss("c", "b", "a"), '"3"')
    assert new_keys(await bench.poll()) == ["c"]


async def test_the_first_pace_comes_from_the_dates_in_the_document(bench: Bench, feed: Site) -> None:
    dated = rss("a").replace(b"</link>", b"</link><pubDate>Tue, 17 Nov 2026 12:00:00 GMT</pubDate>")
    feed.answer = gives(dated)
    polled = await bench.poll()
    assert polled.feed.last_new_at == START - timedelta(days=5)
    assert polled.feed.pace_reason == "every 5.45h: nothing new for 5d"


async def test_a_feed_that_was_dropped_and_comes_back_takes_a_baseline_again(
    bench: Bench, feed: Site
) -> None:
    await bench.poll()
    with bench.database.write() as session:
        bench.store.sync(session, {}, START)
        bench.store.sync(session, {FeedAddress(feed.url): None}, START)
    feed.answer = gives(rss("d", "c", "b", "a"), '"1"')
    polled = await bench.poll()
    assert (polled.baseline, new_keys(polled)) == (True, ["c", "d"])
