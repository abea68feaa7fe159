from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.parse import Parser

LOOPBACK = Guard([ip_network("127.0.0.1/32"), ip_network("127.0.0.2/32")])


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(LOOPBACK, contact="https://agency.example/bot", deadline_s=5) as made:
        yield made


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    made = Parser()
    yield made
    await made.close()
