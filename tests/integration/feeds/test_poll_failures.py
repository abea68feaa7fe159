"""Polls that fail, at the server or here: nothing is lost, and the feed is polled again in time."""

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from feeds.model import PollResult, Validators
from tests.integration.feeds.conftest import START, Bench, new_keys
from tests.integration.feeds.servers import Site, gives, http, raw_site, rss, site


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
    assert new_keys(healed) == ["c"]
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
    assert timedelta(hours=4) <= waits[0] < waits[1] < waits[2] <= timedelta(hours=18)
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
    assert new_keys(await bench.poll()) == ["c"]


async def test_nothing_is_lost_when_the_process_is_killed_before_the_commit(
    bench: Bench, feed: Site, tmp_path: Path
) -> None:
    code = f"""
import asyncio, os, signal, random
from datetime import UTC, datetime
from ipaddress import ip_network
from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.guard import Guard
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore

class Killer:
    def wants_pages(self, feed):
        return False

    def polled(self, session, polled):
        assert polled.new
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    fetcher = Fetcher(Guard([ip_network("127.0.0.0/8")]))
    database = Database("sqlite:///{tmp_path}/feeds.db")
    gatherer = Gatherer(fetcher, Parser())
    await Poller(
        database, FeedStore(), EntryStore(), gatherer, Killer(), clock=lambda: datetime.now(UTC), rand=random.random
    ).poll({bench.feed_id})

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    assert len(feed.requests) == 1
    assert (bench.stored, bench.feed.validators) == ([], Validators())
    assert new_keys(await bench.poll()) == ["a", "b"]


async def test_a_poll_of_an_unknown_feed_is_an_error(bench: Bench) -> None:
    with pytest.raises(LookupError, match="no feed with the id 77"):
        await bench.poller.poll(77)


async def test_the_password_of_an_address_is_not_sent_and_stands_in_no_problem(
    bench: Bench, feed: Site
) -> None:
    bench.subscribe(feed.url.replace("http://", "http://me:hunter2@"))
    polled = await bench.poll()
    assert polled.result is PollResult.FAILED
    assert "holds a user name or a password" in (polled.problem or "")
    assert "hunter2" not in (polled.problem or "")
    assert feed.requests == []
