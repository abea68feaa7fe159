"""Somebody holds the database locked for longer than the daemon waits: it rests, hammers nobody, and recovers."""

import sqlite3

import httpx
import pytest
import structlog

from tests.world import World, until, wait_for_state


async def test_a_locked_database_makes_the_daemon_rest_and_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.database.BUSY_TIMEOUT_MS", 200)
    monkeypatch.setattr("scheduler.engines.embedded.REST_S", 2.0)
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    with structlog.testing.capture_logs() as lines:
        async with (
            world.daemon() as parts,
            httpx.AsyncClient(base_url=parts.web.url, trust_env=False) as client,
        ):
            await until(lambda: len(world.feeds.requests) >= 2, "two polls")
            holder = sqlite3.connect(world.folder / "firetime.db", isolation_level=None)
            holder.execute("BEGIN EXCLUSIVE")
            seen = len(world.feeds.requests)
            world.feeds.add("acme", "Hello")
            told = await until(
                lambda: [line for line in lines if line["event"] == "trouble_began"], "it says so"
            )
            assert (told[0]["what"], told[0]["reason"].partition(": ")[0]) == (
                "database",
                "database is locked",
            )
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["problems"] == ["database: the last write failed"]
            assert len(world.feeds.requests) <= seen + 1
            holder.execute("ROLLBACK")
            holder.close()
            await wait_for_state(parts, "delivered")

            assert len(world.texts()) == 1
            assert (await client.get("/readyz")).status_code == 200
    about = [line["event"] for line in lines if line.get("what") == "database"]
    assert about == ["trouble_began", "trouble_over"], "once, however often it was tried"
    assert not [line for line in lines if line["event"] == "engine_failed"]
