"""Entries that look old are held until a person has chosen: `feeds held`, `feeds release` and `feeds dismiss`."""

import asyncio
from typing import Any

import pytest

from tests.process import Done, firetime
from tests.world import World, until


class Archive:
    """A customer whose feed has shown its whole archive as if it were new."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = f"{world.feeds.url}/acme.xml"

    def grows(self) -> None:
        entries = self.world.feeds.entries["acme"]
        for number in range(6):
            link = f"https://acme.example.com/archive/{number}"
            entries.insert(
                0,
                f"<item><title>From the archive {number}</title><link>{link}</link><guid>{link}</guid>"
                f"<pubDate>Tue, 0{number + 1} Jan 2019 10:00:00 GMT</pubDate></item>",
            )

    async def tell(self, *arguments: str) -> Done:
        return await firetime(*arguments, env=self.world.environment)

    async def json(self, *arguments: str) -> Any:
        return (await self.tell(*arguments, "--json")).json


@pytest.fixture
async def archive(world: World) -> Archive:
    """It polls twice: before the archive came, and after."""
    made = Archive(world)
    for number in range(3):
        world.feeds.add("acme", f"Recent {number}")
    world.add_customer("acme")
    async with world.daemon():
        polls = world.feeds.requests
        await until(lambda: len(polls) >= 2, "two polls")
        made.grows()
        seen = len(polls)
        await until(lambda: len(polls) >= seen + 2, "a poll of the archive and one after it")
    assert world.texts() == []
    return made


async def test_a_flood_of_old_entries_is_held_and_told_wherever_one_looks(archive: Archive) -> None:
    held, table, listed, story, told = await asyncio.gather(
        archive.json("feeds", "held", archive.url),
        archive.tell("feeds", "held"),
        archive.tell("feeds", "list"),
        archive.json("explain", archive.url),
        archive.tell("explain", archive.url),
    )

    assert [one["title"] for one in held] == [f"From the archive {n}" for n in range(6)]
    assert {one["feed"] for one in held} == {archive.url}
    assert all("one of 6 new entries at once" in one["reason"] for one in held)
    assert "firetime feeds release URL or ENTRY" in table.out
    assert "6 entries held" in listed.out
    assert story["held"] == held
    assert [feed["held"] for feed in story["feeds"]] == [6]
    (line,) = [line for line in story["ledger"] if line["action"] == "entries_held"]
    assert "6 of 6 new entries look like old ones" in line["message"]
    assert "6 held (see firetime feeds held)" in told.out


async def test_a_released_entry_becomes_a_post_and_a_dismissed_one_does_not(archive: Archive) -> None:
    ids = [one["id"] for one in await archive.json("feeds", "held")]
    released = await archive.tell("feeds", "release", ids[0])
    assert released.code == 0, released.err
    assert "p1" in released.out
    assert "1 released: 1 post, $0.200 with X" in released.out
    (post,) = await archive.json("queue")
    assert (post["entry_id"], post["text"].split("\n")[0]) == (ids[0], "From the archive 0")

    assert "5 entries held" in (await archive.tell("feeds", "list")).out
    dismissed = await archive.json("feeds", "dismiss", archive.url)
    assert [(one["id"], one["posts"]) for one in dismissed] == [(one, []) for one in ids[1:]]
    by_id, by_link, again, left, queue = await asyncio.gather(
        archive.json("explain", ids[0]),
        archive.json("explain", "https://acme.example.com/archive/1"),
        archive.tell("feeds", "dismiss", archive.url),
        archive.tell("feeds", "held"),
        archive.json("queue"),
    )
    assert [line["action"] for line in by_id["ledger"]] == ["entry_held", "entry_released", "post_scheduled"]
    assert [one["id"] for one in by_id["posts"]] == ["p1"]
    assert by_link["entry"]["id"] == ids[1]
    assert [line["action"] for line in by_link["ledger"]] == ["entry_held", "entry_dismissed"]
    assert by_link["posts"] == []
    assert again.code == 1
    assert f"nothing is held of {archive.url}" in again.err
    assert "No entry is held." in left.out
    assert [one["id"] for one in queue] == ["p1"]


async def test_what_is_dismissed_is_not_held_again_and_what_is_released_is_sent(archive: Archive) -> None:
    ids = [one["id"] for one in await archive.json("feeds", "held")]
    await archive.tell("feeds", "release", ids[5], ids[4])
    await archive.tell("feeds", "dismiss", archive.url)
    world = archive.world
    async with world.daemon():
        polls = len(world.feeds.requests)
        await until(lambda: len(world.texts()) >= 2, "two posts")
        world.feeds.add("acme", "News")
        await until(lambda: len(world.texts()) >= 3, "the news")
        await until(lambda: len(world.feeds.requests) >= polls + 2, "two polls")

    assert {text.split("\n")[0] for text in world.texts()} == {
        "From the archive 5",
        "From the archive 4",
        "News",
    }
    assert await archive.json("feeds", "held") == []


async def test_what_cannot_be_released_is_refused_whole(archive: Archive) -> None:
    held = await archive.json("feeds", "held")
    wrong = "https://nobody.example/feed"
    unknown, half, id_only = await asyncio.gather(
        archive.tell("feeds", "held", wrong),
        archive.tell("feeds", "release", held[0]["id"], wrong),
        archive.tell("feeds", "dismiss", "e999"),
    )
    assert [unknown.code, half.code, id_only.code] == [1, 1, 1]
    assert f"no route uses {wrong}" in unknown.err
    assert f"nothing is held of {wrong}" in half.err
    assert "nothing is held of e999" in id_only.err

    (archive.world.config / "customers" / "broken.toml").write_text("name = \n")
    broken = await archive.tell("feeds", "release", archive.url)
    assert broken.code == 1
    assert "broken.toml" in broken.err
    assert await archive.json("feeds", "held") == held
    assert await archive.json("queue") == []
