"""The parser's worker processes: real ones, killed for real."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable

import psutil
import pytest

from feeds.parse import Parser
from feeds.trouble import NotAFeed, ParseFailed
from tests.integration.feeds.attacks import SPINNING
from tests.integration.feeds.servers import rss
from tests.integration.feeds.workers import parser_workers

GOOD = rss("a", "b")
BASE = "https://a.example/feed"


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


@pytest.fixture
async def quick() -> AsyncIterator[Parser]:
    made = Parser(deadline_s=3.0)
    yield made
    await made.close()


async def test_a_worker_starts_with_the_first_document_and_serves_the_next(parser: Parser) -> None:
    assert parser_workers() == []
    document = await parser.parse(GOOD, "text/xml", BASE)
    assert [entry.link for entry in document.entries] == ["https://a.example/a", "https://a.example/b"]
    pids = [worker.pid for worker in parser_workers()]
    with pytest.raises(NotAFeed, match="HTML page"):
        await parser.parse(b"<html></html>", "text/html", BASE)
    assert [worker.pid for worker in parser_workers()] == pids
    assert len(pids) == 1


async def test_a_document_that_spins_is_stopped_while_another_is_parsed(quick: Parser) -> None:
    await asyncio.gather(*(quick.parse(GOOD, "", BASE) for _ in range(2)))
    spinning = asyncio.create_task(quick.parse(SPINNING, "", BASE))
    await asyncio.sleep(0.05)
    assert len((await quick.parse(GOOD, "", BASE)).entries) == 2
    assert not spinning.done()
    with pytest.raises(ParseFailed, match="kept the parser busy for too long"):
        await spinning
    assert len((await quick.parse(GOOD, "", BASE)).entries) == 2
    await until(lambda: len(parser_workers()) <= 2)


async def test_a_worker_killed_at_a_document_costs_that_document_only(parser: Parser) -> None:
    parsing = asyncio.create_task(parser.parse(SPINNING, "", BASE))
    await until(lambda: any(worker.cpu_times().user > 0.3 for worker in parser_workers()))
    for worker in parser_workers():
        worker.kill()
    with pytest.raises(ParseFailed, match="ended by signal 9"):
        await parsing
    assert len((await parser.parse(GOOD, "", BASE)).entries) == 2


async def test_a_worker_killed_between_documents_is_replaced(parser: Parser) -> None:
    await parser.parse(GOOD, "", BASE)
    (worker,) = parser_workers()
    worker.kill()
    await until(lambda: parser_workers() == [])
    await asyncio.sleep(0.05)
    assert len((await parser.parse(GOOD, "", BASE)).entries) == 2


async def test_an_idle_worker_is_stopped() -> None:
    parser = Parser(idle_s=0.1)
    await asyncio.gather(*(parser.parse(GOOD, "", BASE) for _ in range(4)))
    assert len(parser_workers()) == 2
    await until(lambda: parser_workers() == [])
    await parser.close()


async def test_a_worker_is_replaced_after_its_share_of_documents() -> None:
    parser = Parser(workers=1, recycle_after=3)
    pids: list[int] = []
    for number in range(7):
        await parser.parse(GOOD, "", BASE)
        if number % 3 == 0:
            pids.append(max(worker.pid for worker in parser_workers()))
    await parser.close()
    assert len(set(pids)) == 3
    assert parser_workers() == []


@pytest.mark.parametrize("warm", [True, False], ids=["spinning", "starting"])
async def test_a_cancelled_parse_ends_its_worker_and_closing_waits_for_that(
    parser: Parser, *, warm: bool
) -> None:
    if warm:
        await parser.parse(GOOD, "", BASE)
    parsing = asyncio.create_task(parser.parse(SPINNING, "", BASE))
    await until(lambda: bool(parser_workers()))
    (worker,) = parser_workers()
    parsing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parsing
    await parser.close()
    assert not psutil.pid_exists(worker.pid)  # and no zombie


async def test_a_worker_leaves_signals_to_its_parent(parser: Parser) -> None:
    await parser.parse(GOOD, "", BASE)
    (worker,) = parser_workers()
    worker.send_signal(signal.SIGINT)
    worker.terminate()
    await asyncio.sleep(0.1)
    await parser.parse(GOOD, "", BASE)
    assert [other.pid for other in parser_workers()] == [worker.pid]


async def test_a_worker_sees_no_secret_of_the_environment(
    parser: Parser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "canary")
    await parser.parse(GOOD, "", BASE)
    (worker,) = parser_workers()
    assert set(worker.environ()) <= {"PYTHONPATH", "LC_CTYPE"}


async def test_a_worker_may_not_take_more_than_a_gigabyte(parser: Parser) -> None:
    await parser.parse(GOOD, "", BASE)
    (worker,) = parser_workers()
    assert worker.rlimit(psutil.RLIMIT_AS)[0] == 1 << 30


@pytest.mark.parametrize("body", [GOOD, SPINNING], ids=["idle", "spinning"])
async def test_no_worker_outlives_a_parent_that_is_killed(body: bytes) -> None:
    code = (
        "import asyncio, sys\n"
        "from feeds.parse import Parser\n"
        "async def main():\n"
        "    parser = Parser(deadline_s=0.5)\n"
        "    await parser.parse(b'<rss version=\"2.0\"/>', '', '')\n"
        "    print(flush=True)\n"
        "    try: await parser.parse(sys.stdin.buffer.read(), '', '')\n"
        "    finally: await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE, stdout=PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    await parent.stdout.readline()
    (worker,) = psutil.Process(parent.pid).children()
    parent.stdin.write(body)
    parent.stdin.close()
    await asyncio.sleep(0.2)
    assert worker.is_running()
    parent.kill()
    await parent.wait()
    await until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
