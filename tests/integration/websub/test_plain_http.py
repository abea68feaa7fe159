"""Hubs that speak plain HTTP: no secret goes there, and so nothing that comes from there is believed."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from socket import AF_INET, AddressFamily

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from feeds.fetch import Fetcher
from feeds.guard import Guard
from tests.integration.websub.conftest import HOUR, Bench
from tests.integration.websub.hub_process import HubProcess, feed

NAMED = "http://hub.example/hub"


class OldHub(AbstractResolver):
    """Leads every name to the hub's own port for plain HTTP, and to a port without a server for https."""

    def __init__(self, hub: HubProcess) -> None:
        self._port = int(hub.url.rpartition(":")[2])
        self.asked: list[int] = []

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        self.asked.append(port)
        to = 9 if port == 443 else self._port
        return [ResolveResult(hostname=host, host="127.0.0.1", port=to, family=AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@pytest.fixture
def resolver(hub: HubProcess) -> OldHub:
    return OldHub(hub)


@pytest.fixture
async def fetcher(resolver: OldHub) -> AsyncIterator[Fetcher]:
    async with Fetcher(Guard([ip_network("127.0.0.1/32")]), deadline_s=5, resolver=resolver) as made:
        yield made


async def test_https_is_tried_first_and_in_clear_no_secret_is_sent(
    bench: Bench, hub: HubProcess, resolver: OldHub
) -> None:
    await bench.discover(await hub.serve("blog", feed(NAMED, hub.topic("blog"), "a")))
    await hub.verified(1)

    assert resolver.asked == [443, 80]
    (form,) = await hub.requests()
    assert "hub.secret" not in form
    assert bench.states == ["active"]
    assert [one["signed"] for one in bench.shown] == [False]


@pytest.mark.parametrize("sign", ["", "{method}={hex}"])
async def test_what_it_delivers_only_makes_a_poll(bench: Bench, hub: HubProcess, sign: str) -> None:
    topic = await hub.serve("blog", feed(NAMED, hub.topic("blog"), "a"))
    await bench.discover(topic)
    await hub.verified(1)
    bench.now[0] += HOUR

    assert await hub.publish(topic, feed(None, None, "forged"), sign=sign, secret="x") == [202]
    await bench.read_all()
    assert bench.recorder.found == []
    assert bench.feed.next_poll_at == bench.now[0]


async def test_the_polls_that_it_causes_count_for_it(bench: Bench, hub: HubProcess) -> None:
    topic = await hub.serve("blog", feed(NAMED, hub.topic("blog"), "a"))
    await bench.discover(topic)
    await hub.verified(1)
    for names in (("b", "a"), ("c", "b", "a")):
        bench.now[0] += HOUR
        await hub.serve("blog", feed(NAMED, topic, *names))
        await hub.publish(topic, "")
        await bench.poller.poll(bench.feed_id)

    assert bench.recorder.found == ["b", "c"]
    assert [(one["brought"], one["verdict"]) for one in bench.shown] == [(2, "trusted")]
    assert bench.feed.pushed_until is not None
