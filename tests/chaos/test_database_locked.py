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
            failed = [line for line in lines if line["event"] == "engine_failed"]
            await until(lambda: [line for line in lines if line["event"] == "engine_failed"], "it says so")
            assert failed == []
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["problems"] == ["database: the last write failed"]
            await until(lambda: len(world.feeds.requests) > seen + 1, "it tries again", within_s=10)
            assert len([line for line in lines if line["event"] == "engine_failed"]) <= 3
            holder.execute("ROLLBACK")
            holder.close()
            await wait_for_state(parts, "delivered", within_s=10)

            assert len(world.texts()) == 1
            assert (await client.get("/readyz")).status_code == 200
