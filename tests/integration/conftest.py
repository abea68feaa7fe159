"""Real parts for integration tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from scheduler.demo.openbao import OpenBao
from tests.servers import postgres, postgres_server
from tests.world import World, make_world

__all__ = ["postgres", "postgres_server", "world"]


@pytest_asyncio.fixture
async def world(tmp_path: Path, openbao: OpenBao) -> AsyncIterator[World]:
    """A world of its own for a test."""
    async with make_world(tmp_path, openbao) as made:
        yield made
