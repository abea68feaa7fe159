"""The disk is full: SQLite undoes a whole transaction by itself, and every change in it is told the true reason."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, text

from feeds.database import Database
from tests.full_disk import no_room
from tests.world import World, until, wait_for_state

PAGES = 20


async def test_changes_that_shared_a_transaction_all_learn_that_the_disk_is_full(tmp_path: Path) -> None:
    def add(size: int) -> asyncio.Future[None]:
        def work(session: Session) -> None:
            session.connection().execute(text("INSERT INTO thing VALUES (zeroblob(:size))"), {"size": size})

        return asyncio.ensure_future(database.write_in_thread(work))

    database = Database(f"sqlite:///{tmp_path}/small.db")
    try:
        with database.write() as session:
            session.connection().exec_driver_sql("CREATE TABLE thing (content BLOB)")
            session.connection().exec_driver_sql(f"PRAGMA max_page_count={PAGES}")
        changes = [add(size) for size in (1, 5_000_000, 1)]

        for outcome in await asyncio.gather(*changes, return_exceptions=True):
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, OperationalError)
                assert str(outcome.orig) == "database or disk is full"
        with pytest.raises(OperationalError):
            await add(5_000_000)
        assert database.problem == "database or disk is full"
        await add(1)
        assert database.problem is None
    finally:
        database.close()


async def test_an_answer_that_could_not_be_written_is_written_once_there_is_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.engines.embedded.REST_S", 0.3)
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    world.sandbox.state.faults.add({"fault": "slow", "seconds": 2.0, "path": "/post"})
    with structlog.testing.capture_logs() as lines:
        async with (
            world.daemon() as parts,
            httpx.AsyncClient(base_url=parts.web.url, trust_env=False) as client,
        ):
            await until(lambda: len(world.feeds.requests) >= 2, "two polls")
            world.feeds.add("acme", "Hello")
            await wait_for_state(parts, "sending")
            with no_room():
                await until(world.texts, "it is out")
                began = await until(lambda: about_database(lines), "the trouble is told")
                assert "disk I/O error: look whether the disk of" in began[0]["reason"]
                await until(lambda: not parts.engine._fires, "nothing is under way")
                assert (await client.get("/readyz")).status_code == 503
            await wait_for_state(parts, "delivered")
            await until(lambda: len(about_database(lines)) == 2, "its end is told")

    assert len(world.texts()) == 1
    assert [line["event"] for line in about_database(lines)] == ["trouble_began", "trouble_over"]
    assert not [
        line for line in lines if line["event"] in ("engine_failed", "post_looked_up", "post_overtaken")
    ]


def about_database(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line.get("what") == "database"]
