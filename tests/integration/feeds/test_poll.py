"""Polls of real servers into a real database, with real parser processes."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from sqlmodel import Session, SQLModel

from feeds.database import Database
from feeds.fetch import Fetcher
from feeds.model import Document, Feed, Polled, PollResult, Validators
from feeds.parse import Parser
from feeds.poll import Poller, look
from feeds.store import FeedStore
from feeds.trouble import FetchFailed, NotAFeed
from tests.integration.feeds.servers import Site, http, raw_site, rss, site

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Recorder:
    """Remembers polls; `fails` makes it break in the middle of the transaction."""

    polls: list[Polled] = field(default_factory=list)
    fails: bool = False

    def polled(self, session: Session, polled: Polled) -> None:
        if self.fails:
            raise RuntimeError("the recorder broke")
        self.polls.append(polled)


class CountingParser(Parser):
    count = 0

    async def parse(self, body: bytes, content_type: str, base_url: str) -> Document:
        self.count += 1
        return await super().parse(body, content_type, base_url)


@dataclass
class Bench:
    """One feed that is polled for real; time stands still unless it is told to go on."""

    database: Database
    poller: Poller
    parser: CountingParser
    recorder: Recorder
    now: list[datetime]
    store: FeedStore = field(default_factory=FeedStore)
    feed_id: int = 0

    def subscribe(self, url: str, poll_every_s: int | None = None) -> None:
        with self.database.write() as session:
            self.store.sync(session, {url: poll_every_s}, self.now[0])
            (self.feed_id,) = self.store.due(session, self.now[0], 2)

    async def poll(self) -> Polled:
        polled = await self.poller.poll(self.feed_id)
        assert polled.feed == self.feed
        return polled

    @property
    def feed(self) -> Feed:
        with self.database.read() as session:
            return self.store.feed(session, self.feed_id)

    @property
    def stored(self) -> list[str]:
        with self.database.read() as session:
            return [known.key for known in reversed(self.store.recent_entries(session, self.feed_id, 99))]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/feeds.db")
    SQLModel.metadata.create_all(made.writer)
    yield made
    made.close()


@pytest.fixture
async def bench(database: Database, fetcher: Fetcher) -> AsyncIterator[Bench]:
    parser, recorder, now = CountingParser(), Recorder(), [START]
    poller = Poller(
        database, FeedStore(), fetcher, parser, recorder, clock=lambda: now[0], rand=random.Random(1).random
    )
    yield Bench(database, poller, parser, recorder, now)
    await parser.close()


@pytest.fixture
async def feed(bench: Bench) -> AsyncIterator[Site]:
    """A server that answers with `body` and an ETag of its own choice."""
    async with site(gives(rss("b", "a"))) as made:
        bench.subscribe(made.url)
        yield made


def gives(body: bytes, etag: str = '"1"', code: int = 200) -> Callable[[web.Request], web.Response]:
    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(status=code, body=body, headers={"ETag": etag})

    return answer


def keys(polled: Polled) -> list[str]:
    return [known.key for known in polled.new]


async def test_the_first_poll_is_the_baseline_and_later_ones_bring_what_is_new(
    bench: Bench, feed: Site
) -> None:
    first = await bench.poll()
    assert (first.result, first.baseline, keys(first)) == (PollResult.NEW_ENTRIES, True, ["a", "b"])
    assert first.before.first_polled_at is None
    assert (first.feed.title, first.feed.first_polled_at) == ("News", START)
    feed.answer = gives(rss("d", "c", "b"), '"2"')
    bench.now[0] += timedelta(hours=1)
    second = await bench.poll()
    assert (second.result, second.baseline, keys(second)) == (PollResult.NEW_ENTRIES, False, ["c", "d"])
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
    assert keys(await bench.poll()) == ["c"]


async def test_the_first_pace_comes_from_the_dates_in_the_document(bench: Bench, feed: Site) -> None:
    dated = rss("a").replace(b"</link>", b"</link><pubDate>Tue, 17 Nov 2026 12:00:00 GMT</pubDate>")
    feed.answer = gives(dated)
    polled = await bench.poll()
    assert polled.feed.last_new_at == START - timedelta(days=5)
    assert polled.feed.pace_reason == "every 12h: nothing new for 5d"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<!doctype html><title>Log in</title>", "an HTML page"),
        (b"", "empty"),
        (rss("c", "b", "a")[:-30], "cut off"),
        (b'{"items": []}', "no JSON Feed"),
    ],
    ids=["html", "empty", "cut off", "json"],
)
async def test_a_document_that_is_no_whole_feed_is_a_problem_and_costs_nothing(
    bench: Bench, feed: Site, body: bytes, problem: str
) -> None:
    await bench.poll()
    feed.answer = gives(body, '"the real one"')
    failed = await bench.poll()
    assert failed.result is PollResult.FAILED
    assert problem in (failed.problem or "")
    assert failed.feed.problem == failed.problem
    assert failed.feed.failures == 1
    assert failed.feed.validators == Validators(b'"1"', None, feed.url)
    feed.answer = gives(rss("c", "b", "a"), '"the real one"')
    healed = await bench.poll()
    assert keys(healed) == ["c"]
    assert (healed.feed.failures, healed.feed.problem) == (0, None)


async def test_an_answer_cut_off_on_the_wire_keeps_the_old_validators(bench: Bench) -> None:
    whole = rss("b", "a")
    cut = http(body=whole[:-20], Content_Length=str(len(whole)), ETag='"real"')
    async with raw_site(cut) as url:
        bench.subscribe(url)
        polled = await bench.poll()
    assert polled.result is PollResult.FAILED
    assert polled.problem == "127.0.0.1 cut its answer off before the end"
    assert polled.feed.validators == Validators()
    assert bench.stored == []


async def test_failures_are_polled_more_and_more_seldom_until_one_succeeds(bench: Bench, feed: Site) -> None:
    feed.answer = gives(b"", code=503)
    waits = []
    for _ in range(3):
        polled = await bench.poll()
        assert polled.feed.next_poll_at is not None
        waits.append(polled.feed.next_poll_at - START)
    assert timedelta(hours=1) <= waits[0] < waits[1] < waits[2] <= timedelta(hours=5)
    feed.answer = gives(rss("a"))
    assert (await bench.poll()).feed.failures == 0


async def test_a_feed_that_is_gone_is_due_no_more_and_can_be_revived_by_hand(
    bench: Bench, feed: Site
) -> None:
    feed.answer = gives(b"", code=410)
    polled = await bench.poll()
    assert (polled.result, polled.feed.next_poll_at) == (PollResult.GONE, None)
    assert "410 Gone" in (polled.problem or "")
    feed.answer = gives(rss("a"))
    assert (await bench.poll()).feed.next_poll_at is not None


async def test_retry_after_is_obeyed_over_the_operators_pace(bench: Bench) -> None:
    async with site(lambda _: web.Response(status=429, headers={"Retry-After": "7200"})) as busy:
        bench.subscribe(busy.url, poll_every_s=5)
        polled = await bench.poll()
    assert polled.result is PollResult.FAILED
    assert polled.feed.next_poll_at is not None
    assert polled.feed.next_poll_at >= START + timedelta(hours=2)


async def test_nothing_is_stored_when_the_recorder_breaks_and_nothing_is_lost(
    bench: Bench, feed: Site
) -> None:
    await bench.poll()
    before = bench.feed
    feed.answer = gives(rss("c", "b", "a"), '"2"')
    bench.recorder.fails = True
    with pytest.raises(RuntimeError, match="the recorder broke"):
        await bench.poll()
    assert bench.feed == before
    assert bench.stored == ["a", "b"]
    bench.recorder.fails = False
    assert keys(await bench.poll()) == ["c"]


async def test_nothing_is_lost_when_the_process_is_killed_before_the_commit(
    bench: Bench, feed: Site, tmp_path: Path
) -> None:
    code = f"""
import asyncio, os, signal, random
from datetime import UTC, datetime
from ipaddress import ip_network
from feeds.database import Database
from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.parse import Parser
from feeds.poll import Poller, look
from feeds.store import FeedStore

class Killer:
    def polled(self, session, polled):
        assert polled.new
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    fetcher = Fetcher(Guard([ip_network("127.0.0.0/8")]))
    database = Database("sqlite:///{tmp_path}/feeds.db")
    await Poller(
        database, FeedStore(), fetcher, Parser(), Killer(), clock=lambda: datetime.now(UTC), rand=random.random
    ).poll({bench.feed_id})

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    assert len(feed.requests) == 1
    assert (bench.stored, bench.feed.validators) == ([], Validators())
    assert keys(await bench.poll()) == ["a", "b"]


async def slow(entered: asyncio.Event, leave: asyncio.Event) -> web.Response:
    entered.set()
    await leave.wait()
    return web.Response(body=rss("a"))


async def test_who_asks_while_a_feed_is_polled_gets_that_poll(bench: Bench) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    def answer(_: web.Request) -> Awaitable[web.StreamResponse]:
        return slow(entered, leave)

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        polls = [asyncio.create_task(bench.poll()) for _ in range(3)]
        await entered.wait()
        polls[2].cancel()
        leave.set()
        first, second = await asyncio.gather(*polls[:2])
        assert first is second
        assert len(feed.requests) == 1
        assert (await bench.poll()).result is PollResult.UNCHANGED


async def test_a_cancelled_poll_leaves_nothing_behind(bench: Bench) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    def answer(_: web.Request) -> Awaitable[web.StreamResponse]:
        return slow(entered, leave)

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        before = bench.feed
        poll = asyncio.create_task(bench.poll())
        await entered.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        assert bench.feed == before
        leave.set()
        assert keys(await bench.poll()) == ["a"]


async def test_a_pace_that_is_set_during_a_poll_counts_at_its_end(bench: Bench) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    def answer(_: web.Request) -> Awaitable[web.StreamResponse]:
        return slow(entered, leave)

    async with site(answer) as feed:
        bench.subscribe(feed.url)
        poll = asyncio.create_task(bench.poll())
        await entered.wait()
        with bench.database.write() as session:
            bench.store.sync(session, {feed.url: 30}, START)
        leave.set()
        assert (await poll).feed.next_poll_at == START + timedelta(seconds=30)


async def test_a_feed_that_was_dropped_and_comes_back_takes_a_baseline_again(
    bench: Bench, feed: Site
) -> None:
    await bench.poll()
    with bench.database.write() as session:
        bench.store.sync(session, {}, START)
        bench.store.sync(session, {feed.url: None}, START)
    feed.answer = gives(rss("d", "c", "b", "a"), '"1"')
    polled = await bench.poll()
    assert (polled.baseline, keys(polled)) == (True, ["c", "d"])


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


async def test_a_poll_of_an_unknown_feed_is_an_error(bench: Bench) -> None:
    with pytest.raises(LookupError, match="no feed with the id 77"):
        await bench.poller.poll(77)


async def test_the_password_of_an_address_reaches_no_entry_and_no_problem(bench: Bench, feed: Site) -> None:
    bench.subscribe(feed.url.replace("http://", "http://me:hunter2@"))
    polled = await bench.poll()
    assert "hunter2" not in repr(polled.new)
    assert [known.entry.link for known in polled.new] == [
        feed.url.replace("feed", name) for name in ("a", "b")
    ]
    feed.answer = gives(b"", code=500)
    failed = await bench.poll()
    assert "hunter2" not in repr(
        replace(failed, before=failed.feed, feed=replace(failed.feed, url="")).problem
    )
