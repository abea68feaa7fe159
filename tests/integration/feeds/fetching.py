"""What the tests of the fetcher share: answers of a server, failures of a fetch, names that lead where a test likes."""

import socket
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from feeds.fetch import Fetcher
from feeds.model import Validators
from feeds.trouble import FetchFailed
from tests.integration.feeds.servers import raw_site, rss

FEED = rss("a", "b")

Answers = Callable[[web.Request], web.Response]


def status(code: int, **headers: str) -> Answers:
    """Answers with this status; header names are written with underscores."""
    return says(code, b"", headers)


def ok(**headers: str) -> Answers:
    """Answers with the feed."""
    return says(200, FEED, {"Content_Type": "application/rss+xml"} | headers)


def says(code: int, body: bytes, headers: dict[str, str]) -> Answers:
    """Answers with just this."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=code, body=body, headers=named)


async def failure_of(fetcher: Fetcher, url: str, validators: Validators | None = None) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await fetcher.fetch(url, validators or Validators())
    return failed.value


async def raw_failure(fetcher: Fetcher, response: bytes) -> FetchFailed:
    async with raw_site(response) as url:
        return await failure_of(fetcher, url)


class Names(AbstractResolver):
    """Answers with the next list of addresses each time; an empty list is a name that does not exist."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        addresses = self.answers.pop(0)
        if not addresses:
            raise OSError(None, "no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=6, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass
