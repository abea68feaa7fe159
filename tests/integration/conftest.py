"""Real parts for integration tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from scheduler.demo.openbao import OpenBao
from tests.world import World, make_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def openbao() -> AsyncIterator[OpenBao]:
    """One OpenBao for the session; tests keep apart by path. A test that harms it starts its own."""
    async with OpenBao() as server:
        yield server


@pytest_asyncio.fixture
async def world(tmp_path: Path, openbao: OpenBao) -> AsyncIterator[World]:
    """A world of its own for a test."""
    async with make_world(tmp_path, openbao) as made:
        yield made
