"""The whole daemon, with a hub: what is published becomes a post without a poll."""

import socket
import sqlite3
from datetime import datetime, timedelta

import httpx

from tests.integration.websub.hub_process import HubProcess, feed
from tests.process import RunningDaemon, firetime, running_daemon
from tests.world import World, until


def public(world: World) -> dict[str, str]:
    """The environment of a daemon at an address that hubs know."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    return world.environment | {"FIRETIME_LISTEN": address, "FIRETIME_PUBLIC_URL": f"http://{address}"}


async def follow(world: World, hub: HubProcess, document: str) -> str:
    """A customer with a route for a feed that is polled once a day; gives its address."""
    url = await hub.serve("acme", document)
    world.add_customer("acme")
    file = world.config / "customers" / "acme.toml"
    text = file.read_text().replace(f"{world.feeds.url}/acme.xml", url)
    file.write_text(text.replace('poll_every = "1s"', 'poll_every = "1d"'))
    return url


async def test_what_a_hub_brings_is_posted_without_a_poll(world: World, hub: HubProcess) -> None:
    topic = await follow(world, hub, feed(hub.hub, hub.topic("acme"), "Old"))
    async with running_daemon(world.folder, public(world)) as daemon:
        await daemon.wait_for("websub_active")
        new = feed(hub.hub, topic, "Breaking", "Old")
        await hub.serve("acme", new)
        assert await hub.publish(topic, new) == [202]
        await until(world.texts, "the post is out")
        assert (await hub.log())["polls"] == ["acme"], "the first poll, and no other"

        await firetime("feeds", "poll", topic, env=world.environment)
        assert (await hub.log())["polls"] == ["acme", "acme"]
        assert await daemon.stop() == 0

    assert [text.splitlines()[0] for text in world.texts()] == ["Breaking"], "the poll finds nothing new"
    await nothing_secret_was_written(world, hub, daemon)


async def nothing_secret_was_written(world: World, hub: HubProcess, daemon: RunningDaemon) -> None:
    (form,) = await hub.requests()
    shown = (await firetime("feeds", "list", "--json", env=world.environment)).out
    for text in (daemon.log.read_text(), shown):
        assert form["hub.secret"] not in text
        assert form["hub.callback"].rpartition("/")[2] not in text


async def test_a_feed_that_leaves_the_configuration_is_unsubscribed(world: World, hub: HubProcess) -> None:
    topic = await follow(world, hub, feed(hub.hub, hub.topic("acme"), "Old"))
    async with running_daemon(world.folder, public(world)) as daemon:
        await daemon.wait_for("websub_active")
        file = world.config / "customers" / "acme.toml"
        file.write_text(file.read_text().replace(topic, f"{world.feeds.url}/acme.xml"))
        await daemon.wait_for("configuration_loaded")
        verified = await hub.verified(2)

        assert [(one["mode"], one["meant"]) for one in verified] == [
            ("subscribe", True),
            ("unsubscribe", True),
        ]


async def test_a_ping_of_the_publisher_puts_the_next_poll_forward(world: World, hub: HubProcess) -> None:
    await follow(world, hub, feed(None, None, "Old"))
    async with running_daemon(world.folder, world.environment) as daemon:
        url = (await daemon.wait_for("daemon_started"))["dashboard"]
        await daemon.wait_for("entries_found")
        with sqlite3.connect(world.folder / "firetime.db") as database:
            ((token,),) = database.execute("SELECT ping_token FROM feed").fetchall()
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.post(f"/hooks/ping/{token}")).status_code == 202

        (shown,) = (await firetime("feeds", "list", "--json", env=world.environment)).json
        polled_at, next_at = (
            datetime.fromisoformat(shown[key]) for key in ("last_polled_at", "next_poll_at")
        )
        assert abs(next_at - polled_at - timedelta(minutes=1)) < timedelta(milliseconds=5)
