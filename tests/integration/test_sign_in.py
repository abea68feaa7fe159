"""A feed behind a sign-in: its secret comes from Vault, goes to the feed's server, and nowhere else."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from tests.process import Done, firetime, running_daemon
from tests.world import World, until


@dataclass
class Club:
    """A customer's feed that only members may read."""

    world: World
    path: str
    password: str
    members: str
    tried: list[str] = field(default_factory=list)

    def opens_with(self, password: str) -> None:
        """Put that password into Vault."""
        self.tried.append(password)
        self.world.openbao.write(self.path, {"username": "member", "password": password})

    def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != self.members:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="club"'})
        return web.Response(body=self.world.feeds.document("acme"), content_type="application/rss+xml")

    @property
    def url(self) -> str:
        return f"{self.world.feeds.url}/acme.xml"

    async def tell(self, *arguments: str) -> Done:
        return await firetime(*arguments, env=self.world.environment)

    def assert_untold(self, *said: Done) -> None:
        """No password, nor the header made of it, is in an output or in a file below the world's folder."""
        files = [path for path in self.world.folder.rglob("*") if path.is_file()]
        texts: list[tuple[str | Path, bytes]] = [(path, path.read_bytes()) for path in files]
        texts += [(f"output {number}", (done.out + done.err).encode()) for number, done in enumerate(said)]
        told = [*self.tried, *(basic(password) for password in self.tried)]
        assert [name for name, text in texts for secret in told if secret.encode() in text] == []


def basic(password: str) -> str:
    return b64encode(f"member:{password}".encode()).decode()


@pytest.fixture
def club(world: World) -> Club:
    password = world.secret("club")
    made = Club(world, f"{world.prefix}/feeds/acme", password, f"Basic {basic(password)}")
    world.feeds.answers["acme"] = made.answer
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route=f'sign_in = {{ kind = "basic", vault_path = "{made.path}" }}\n')
    return made


async def test_a_feed_behind_a_sign_in_is_posted_and_its_secret_is_told_to_nobody(club: Club) -> None:
    world = club.world
    club.opens_with(world.secret("wrong"))
    env = world.environment | {"FIRETIME_LOG_LEVEL": "debug"}
    async with running_daemon(world.folder, env) as daemon:
        await daemon.wait_for("feed_problem")
        refused = await club.tell("feeds", "list")
        assert "401" in refused.out
        assert "it wants a sign-in" in " ".join(refused.out.split())

        club.opens_with(club.password)
        assert (await club.tell("feeds", "poll", "--json")).json[0]["problem"] is None
        world.feeds.add("acme", "For members")
        await until(world.texts, "the post")
        said = await asyncio.gather(
            *(
                club.tell(*command, "--json")
                for command in (["feeds", "list"], ["explain", club.url], ["explain", "p1"], ["history"])
            )
        )
        await daemon.stop()

    assert [text.split("\n")[0] for text in world.texts()] == ["For members"]
    assert said[0].json[0]["sign_in"] == f"basic:{club.path}"
    assert daemon.lines("feed_polled"), "the log tells of everything"
    assert (world.folder / "firetime.db").exists()
    club.assert_untold(refused, *said)


async def test_a_look_at_the_feed_signs_in_too(club: Club) -> None:
    missing = await club.tell("feeds", "show", club.url)
    assert missing.code == 1
    assert "the feed cannot be signed in to" in " ".join(missing.out.split())

    club.opens_with(club.password)
    env = club.world.environment | {"FIRETIME_LOG_LEVEL": "debug"}
    shown = await firetime("feeds", "show", club.url, "--json", env=env)
    drafted = await firetime("preview", "acme/blog", "--json", env=env)

    assert [entry["title"] for entry in shown.json["entries"]] == ["Old"]
    assert [entry["text"].split("\n")[0] for entry in drafted.json[0]["entries"]] == ["Old"]
    assert (shown.code, drafted.code) == (0, 0)
    club.assert_untold(missing, shown, drafted)
