"""Attacks on the parser, in its real process: each ends in time and in bounds, and nobody else notices."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from feeds.model import Document
from feeds.parse import Parser
from feeds.read import MAX_ENTRIES
from feeds.trouble import NotAFeed, ParseFailed, Trouble
from tests.integration.feeds.attacks import HARMLESS, MB, REFUSED, SLOW, SPINNING, feed, item
from tests.integration.feeds.servers import gives, rss, site
from tests.integration.feeds.workers import parser_workers

BASE = "https://a.example/feed"
GOOD = rss("a", "b")
MEMORY_OVER_BODY = 55 * MB  # 50, and what a worker needs for the answer
GIVEN_UP_WITHIN_S = 60  # a busy machine may be long about it; without a bound, some would take hours


@dataclass(frozen=True)
class Watched:
    """A parse, and what could be seen from outside meanwhile."""

    outcome: Document | Trouble
    memory: int
    longest_turn_s: float


@pytest.fixture
async def one_worker() -> AsyncIterator[Parser]:
    made = Parser(workers=1)
    await made.parse(GOOD, "", BASE)
    yield made
    await made.close()


@pytest.fixture
async def patient_worker(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Parser]:
    """One that gives nothing up which a slow machine needs long for."""
    monkeypatch.setattr("feeds.parse.CPU_S", float(GIVEN_UP_WITHIN_S))
    made = Parser(workers=1, deadline_s=GIVEN_UP_WITHIN_S)
    await made.parse(GOOD, "", BASE)
    yield made
    await made.close()


async def watched(parser: Parser, body: bytes) -> Watched:
    (worker,) = parser_workers()
    before = peak_memory(worker)
    parsing = asyncio.create_task(parser.parse(body, "", BASE))
    highest, longest, last = before, 0.0, time.thread_time()
    async with asyncio.timeout(GIVEN_UP_WITHIN_S):
        while not parsing.done():
            await asyncio.sleep(0.01)
            now = time.thread_time()
            highest, longest, last = max(highest, peak_memory(worker)), max(longest, now - last), now
    highest = max(highest, peak_memory(worker))
    try:
        outcome: Document | Trouble = parsing.result()
    except Trouble as trouble:
        outcome = trouble
    return Watched(outcome, highest - before, longest)


def peak_memory(worker: psutil.Process) -> int:
    """The most physical memory that it ever had, in bytes; 0 when it has ended."""
    try:
        status = Path(f"/proc/{worker.pid}/status").read_text()
        return next(
            (int(line.split()[1]) * 1_024 for line in status.splitlines() if line.startswith("VmHWM")), 0
        )
    except (OSError, psutil.Error):
        return 0


def check_bounds(found: Watched, body: bytes) -> None:
    assert found.memory < len(body) + MEMORY_OVER_BODY
    assert found.longest_turn_s < 5, "of the processor's time: meanwhile nobody else had a turn"


@pytest.mark.parametrize("attack", HARMLESS.values(), ids=HARMLESS)
async def test_an_attack_that_gets_hold_of_nothing_is_a_feed_like_others(
    patient_worker: Parser, attack: Callable[[], bytes]
) -> None:
    body = attack()
    found = await watched(patient_worker, body)
    assert isinstance(found.outcome, Document), found.outcome
    assert 1 <= len(found.outcome.entries) <= MAX_ENTRIES
    assert all(len(repr(entry)) < 400_000 for entry in found.outcome.entries)
    check_bounds(found, body)


@pytest.mark.parametrize("attack", REFUSED.values(), ids=REFUSED)
async def test_an_attack_that_costs_too_much_is_given_up_in_time(
    one_worker: Parser, attack: Callable[[], bytes]
) -> None:
    body = attack()
    found = await watched(one_worker, body)
    assert isinstance(found.outcome, (NotAFeed, ParseFailed)), found.outcome
    assert str(found.outcome)
    check_bounds(found, body)
    assert len((await one_worker.parse(GOOD, "", BASE)).entries) == 2


@pytest.mark.parametrize("attack", SLOW.values(), ids=SLOW)
async def test_an_attack_by_sheer_number_ends_in_time_either_way(
    one_worker: Parser, attack: Callable[[], bytes]
) -> None:
    body = attack()
    found = await watched(one_worker, body)
    assert isinstance(found.outcome, (Document, NotAFeed, ParseFailed))
    check_bounds(found, body)
    assert len((await one_worker.parse(GOOD, "", BASE)).entries) == 2


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE r [<!ENTITY x SYSTEM "{}">]>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "{}"> %p;]>',
        '<!DOCTYPE r SYSTEM "{}">',
        '<!DOCTYPE r PUBLIC "-//x" "{}" [<!ENTITY x "y">]>',
        '<?xml-stylesheet href="{}"?>',
    ],
)
async def test_no_document_makes_the_parser_read_a_file_or_ask_a_server(
    parser: Parser, tmp_path: Path, declared: str
) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    include = (
        f"<x:include xmlns:x='http://www.w3.org/2001/XInclude' href='{tmp_path}/secret.txt' parse='text'/>"
    )
    async with site(gives(b"canary")) as server:
        for address in (f"file://{tmp_path}/secret.txt", server.url):
            for broken in ("", " & "):
                body = item(
                    f"<title>A&x;{include}{broken}</title>".encode(), declared.format(address).encode()
                )
                document = await parser.parse(body, "", BASE)
                assert "canary" not in repr(document)
                assert document.entries[0].title.startswith("A")
        assert server.requests == []


async def test_documents_that_spin_do_not_keep_others_waiting_for_long() -> None:
    parser = Parser(deadline_s=GIVEN_UP_WITHIN_S)
    await asyncio.gather(parser.parse(GOOD, "", BASE), parser.parse(GOOD, "", BASE))
    used = processor_time_of_ended_children()
    spinning = [asyncio.create_task(parser.parse(SPINNING, "", BASE)) for _ in range(2)]
    await asyncio.sleep(0.1)
    document = await parser.parse(GOOD, "", BASE)
    for outcome in await asyncio.gather(*spinning, return_exceptions=True):
        assert isinstance(outcome, ParseFailed)
        assert "busy for too long" in str(outcome)
    assert len(document.entries) == 2
    await parser.close()
    assert processor_time_of_ended_children() - used < 30  # of the 120 that two deadlines would allow


def processor_time_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def test_a_large_honest_feed_is_read_in_the_same_bounds(patient_worker: Parser) -> None:
    text = b"Word &lt;b&gt;and&lt;/b&gt; word. " * 300
    entries = (
        b"<item><guid>%d</guid><description>%s</description></item>" % (n, text) for n in range(MAX_ENTRIES)
    )
    body = feed(b"".join(entries))
    found = await watched(patient_worker, body)
    assert isinstance(found.outcome, Document), found.outcome
    assert len(found.outcome.entries) == MAX_ENTRIES
    check_bounds(found, body)
