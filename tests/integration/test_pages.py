"""What an entry's own web page says of itself: asked for once, for new entries, where a route wants it."""

from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from scheduler.bootstrap import Parts
from scheduler.views import explain
from tests.process import firetime
from tests.world import World, until, wait_for_state

WANTS_PAGES = '[route.compose]\nimage = "page"\ncanonical = true\n'


@dataclass
class Magazine:
    """A customer's feed, whose entries lead to pages of the same server."""

    world: World

    def publishes(self, name: str) -> str:
        """Put an entry on top of the feed, with a page; gives its link."""
        link = f"{self.world.feeds.url}/{name}.xml"
        self.world.feeds.entries.setdefault("acme", []).insert(
            0, f"<item><title>About {name}</title><link>{link}?page=feed</link><guid>{link}</guid></item>"
        )
        self.world.feeds.answers[name] = self._page
        self.world.feeds.answers["big"] = lambda _: web.Response(body=b"p" * 999, content_type="image/png")
        return link

    @property
    def picture(self) -> str:
        """The address of the picture that every page names."""
        return f"{self.world.feeds.url}/big.xml"

    def breaks(self, name: str) -> None:
        """From now on that page answers 500."""
        self.world.feeds.answers[name] = lambda _: web.Response(status=500)

    def asked(self, name: str) -> int:
        """How often the page was asked for."""
        return self.world.feeds.requests.count(name)

    async def polls(self, count: int = 2) -> None:
        seen = self.asked("acme")
        await until(lambda: self.asked("acme") >= seen + count, f"{count} polls")

    def _page(self, request: web.Request) -> web.Response:
        head = (
            f'<link rel="canonical" href="{request.path}">'
            '<meta property="og:image" content="/big.xml">'
            '<meta property="og:image:alt" content="A big &amp; blue picture">'
        )
        return web.Response(text=f"<html><head>{head}</head></html>", content_type="text/html")


@pytest.fixture
def magazine(world: World) -> Magazine:
    made = Magazine(world)
    made.publishes("before")
    return made


async def story_of(parts: Parts, shown_id: str) -> dict[str, Any]:
    return await parts.database.read_in_thread(lambda session: explain(session, shown_id))


async def test_the_page_of_a_new_entry_gives_the_picture_and_the_link(magazine: Magazine) -> None:
    world = magazine.world
    world.add_customer("acme", route=WANTS_PAGES)
    async with world.daemon() as parts:
        await magazine.polls()
        link = magazine.publishes("news")
        (post,) = await wait_for_state(parts, "delivered")
        await magazine.polls()
        story = await story_of(parts, post["id"])

    assert world.texts() == [f"About news\n{link}"], "the canonical link, not the feed's"
    assert post["media"] == [{"url": magazine.picture, "alt": "A big & blue picture"}]
    (published,) = world.sandbox.state.published("twitter", profile="acme")
    assert published.media_urls == (magazine.picture,)
    assert story["entry"]["page_problem"] is None
    assert magazine.asked("news") == 1
    assert magazine.asked("before") == 0, "a baseline is not posted"


async def test_a_page_that_cannot_be_read_does_not_keep_the_post_back(magazine: Magazine) -> None:
    world = magazine.world
    world.add_customer("acme", route=WANTS_PAGES)
    async with world.daemon() as parts:
        await magazine.polls()
        link = magazine.publishes("news")
        magazine.breaks("news")
        (post,) = await wait_for_state(parts, "delivered")
        await magazine.polls()
        story = await story_of(parts, post["id"])

    assert world.texts() == [f"About news\n{link}?page=feed"]
    assert post["media"] == []
    assert "500" in story["entry"]["page_problem"]
    assert magazine.asked("news") == 1
    told = await firetime("explain", post["id"], env=world.environment)
    assert f"its web page could not be read: {story['entry']['page_problem']}" in told.out


async def test_a_route_that_wants_nothing_of_pages_asks_for_none(magazine: Magazine) -> None:
    world = magazine.world
    world.add_customer("acme", route='[route.compose]\nimage = "first"\n')
    async with world.daemon() as parts:
        await magazine.polls()
        link = magazine.publishes("news")
        (post,) = await wait_for_state(parts, "delivered")

    assert world.texts() == [f"About news\n{link}?page=feed"]
    assert post["media"] == []
    assert {*world.feeds.requests} == {"acme"}


async def test_a_preview_shows_what_the_page_would_give(magazine: Magazine) -> None:
    magazine.world.add_customer("acme", route=WANTS_PAGES)
    done = await firetime("preview", "acme/blog", "--json", env=magazine.world.environment)

    (entry,) = done.json[0]["entries"]
    assert entry["text"] == f"About before\n{magazine.world.feeds.url}/before.xml"
    assert entry["media"] == [{"url": magazine.picture, "alt": "A big & blue picture"}]
