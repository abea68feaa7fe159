"""`firetime run` as a process: start, stop, refuse, notice."""

import asyncio
import signal

import httpx
import psutil

from tests.process import firetime, running_daemon
from tests.world import World, until


async def test_sigterm_stops_it_with_nothing_lost_and_no_process_left_whatever_hangs(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    world.sandbox.state.add_fault("slow", times=1, seconds=600)
    async with running_daemon(world.folder, world.environment) as daemon:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Hello")
        await until(lambda: world.sandbox.state.requests, "the request is under way")
        children = psutil.Process(daemon.pid).children(recursive=True)

        assert await daemon.stop() == 0
        assert not [child for child in children if child.is_running() and child.status() != "zombie"]
    queue = (await firetime("queue", "--json", env=world.environment)).json
    assert [post["state"] for post in queue] == ["unknown"], "it may have gone out: looked up, not sent again"


async def test_a_signal_at_rest_stops_it(world: World) -> None:
    world.add_customer("acme")
    for number in (signal.SIGTERM, signal.SIGINT):
        async with running_daemon(world.folder, world.environment) as daemon:
            url = (await daemon.wait_for("daemon_started"))["dashboard"]
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
                await client.get("/healthz")  # by now it listens to signals
            assert await daemon.stop(number) == 0


async def test_a_second_daemon_on_the_same_database_is_refused(world: World) -> None:
    world.add_customer("acme")
    async with running_daemon(world.folder, world.environment) as first:
        await first.wait_for("daemon_started")
        second = await firetime("run", env=world.environment)

        assert second.code == 1
        assert "another firetime daemon is at work on" in second.err
        assert first.runs


async def test_the_lock_of_a_killed_daemon_is_free(world: World) -> None:
    world.add_customer("acme")
    async with running_daemon(world.folder, world.environment) as first:
        await first.wait_for("daemon_started")
        await first.stop(signal.SIGKILL)
    async with running_daemon(world.folder, world.environment) as second:
        await second.wait_for("daemon_started")


async def test_a_busy_port_gives_one_clear_line(world: World) -> None:
    world.add_customer("acme")
    taken = world.feeds.url.removeprefix("http://")
    done = await firetime("run", env=world.environment | {"FIRETIME_LISTEN": taken})

    assert done.code == 1
    (line,) = [line for line in done.err.splitlines() if line.startswith("firetime:")]
    assert f"cannot listen on {taken}" in line
    assert "FIRETIME_LISTEN" in line


async def test_a_command_takes_effect_in_the_running_daemon(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route="[route.schedule]\napproval = true\n")
    async with running_daemon(world.folder, world.environment) as daemon:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Hello")
        await daemon.wait_for("post_scheduled")
        assert world.texts() == []

        done = await firetime("approve", "p1", "--json", env=world.environment)
        assert done.json[0]["state"] == "scheduled"
        await until(world.texts, "the post is out")


async def test_feeds_poll_reaches_the_running_daemon(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    file = world.config / "customers" / "acme.toml"
    file.write_text(file.read_text().replace('poll_every = "1s"', 'poll_every = "1h"'))
    async with running_daemon(world.folder, world.environment) as daemon:
        await daemon.wait_for("entries_found")  # whoever asks while it is under way is heard a minute later
        world.feeds.add("acme", "Breaking")
        done = await firetime("feeds", "poll", f"{world.feeds.url}/acme.xml", "--json", env=world.environment)

        assert done.code == 0
        assert done.json[0]["problem"] is None
        await until(world.texts, "the post is out")


async def test_a_broken_change_leaves_the_running_configuration_in_force_and_says_so(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    file = world.config / "customers" / "acme.toml"
    good = file.read_text()
    async with running_daemon(world.folder, world.environment) as daemon:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        file.write_text(good + "\ncolour = 'red'\n")
        problem = await daemon.wait_for("configuration_problem")
        assert "acme.toml" in problem["where"]
        assert "colour" in problem["where"]

        world.feeds.add("acme", "Still posted")
        await until(world.texts, "the old configuration still works")
        file.write_text(good)
        daemon.tell(signal.SIGHUP)
        await daemon.wait_for("configuration_loaded", count=2)


async def test_the_dashboard_and_the_health_checks_answer(world: World) -> None:
    world.add_customer("acme")
    async with running_daemon(world.folder, world.environment) as daemon:
        url = (await daemon.wait_for("daemon_started"))["dashboard"]
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.get("/healthz")).json() == {"status": "alive"}
            assert (await client.get("/readyz")).status_code == 200
            page = await client.get("/")
            assert "Firetime" in page.text
            assert (await client.get("/api/v1/queue")).json() == []


BAD_FEEDS = ("html", "missing", "empty", "truncated", "huge")


async def test_every_broken_feed_gives_one_message_and_the_rest_goes_on(world: World) -> None:
    from aiohttp import web

    async def huge(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(50):
            await response.write(b"<item>" * 175_000)
        return response

    world.feeds.answers = {
        "html": lambda _: web.Response(
            text="<!doctype html><html><body>Sign in</body></html>", content_type="text/html"
        ),
        "missing": lambda _: web.Response(status=404),
        "empty": lambda _: web.Response(body=b""),
        "truncated": lambda _: web.Response(body=world.feeds.document("acme")[:-40]),
        "huge": huge,
    }
    world.feeds.add("acme", "Old")
    for name in ("acme", *BAD_FEEDS):
        world.add_customer(name)
    async with running_daemon(world.folder, world.environment) as daemon:
        await daemon.wait_for("feed_problem", count=len(BAD_FEEDS))
        world.feeds.add("acme", "The show goes on")
        await until(world.texts, "the good feed is posted")
        await asyncio.sleep(1.5)

        problems = daemon.lines("feed_problem")
        assert sorted(line["feed"].split("/")[-1] for line in problems) == sorted(
            f"{n}.xml" for n in BAD_FEEDS
        )
        assert not daemon.lines("poll_failed")
    feeds = (await firetime("feeds", "list", "--json", env=world.environment)).json
    told = {feed["url"].split("/")[-1].removesuffix(".xml"): feed["problem"] for feed in feeds}
    assert told["acme"] is None
    for name, word in {"html": "HTML", "missing": "404", "empty": "empty", "huge": "5 MB"}.items():
        assert word.lower() in told[name].lower(), told[name]
