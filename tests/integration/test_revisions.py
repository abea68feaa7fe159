"""Posts follow their entries until they are on their way: edits, retractions and returns, through the whole daemon."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest

from scheduler.bootstrap import Parts
from scheduler.views import explain
from tests.acting import act
from tests.world import World, posts_of, wait_for_state

T = TypeVar("T")
LATER = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
NOT_YET = f'[route.schedule]\nwindows = ["{LATER} 10:00-11:00"]\n'
TITLE_ONLY = '[route.compose]\ntemplate = "{{ entry.title }}"\ndomains = "link"\n'


@dataclass
class Paper:
    """A customer's feed, whose newest entry becomes a post at the first poll."""

    world: World

    def shows(self, *entries: tuple[int, str]) -> None:
        """Entries by their number and title, newest first; each is an hour older than the next number's."""
        self.world.feeds.entries["acme"] = [self._item(number, title) for number, title in entries]

    def _item(self, number: int, title: str) -> str:
        dated = format_datetime(datetime.now(UTC).replace(minute=0) - timedelta(hours=9 - number))
        link = f"https://acme.example.com/{number}"
        return f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{dated}</pubDate></item>"

    def is_read_by(self, route: str) -> None:
        self.world.add_customer("acme", route=f'first_poll = "newest 1"\n{route}')


@pytest.fixture
def paper(world: World) -> Paper:
    made = Paper(world)
    made.shows((2, "News"), (1, "Before"))
    return made


async def the_post(parts: Parts, **values: Any) -> dict[str, Any]:
    """Wait until the only post has these values; gives it."""

    async def found() -> dict[str, Any] | None:
        (post,) = await posts_of(parts) or [{}]
        return post if post.items() >= values.items() else None

    return await eventually(found)


async def until_action(parts: Parts, shown_id: str, action: str) -> None:
    """Wait until the ledger has told that of the post or its entry."""

    async def told() -> bool:
        return action in await actions(parts, shown_id)

    await eventually(told)


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` gives as soon as that is something."""
    async with asyncio.timeout(60):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


async def actions(parts: Parts, shown_id: str) -> list[str]:
    story = await parts.database.read_in_thread(lambda session: explain(session, shown_id))
    return [line["action"] for line in story["ledger"]]


async def test_an_edit_before_the_post_is_due_changes_its_text_and_price_in_place(paper: Paper) -> None:
    paper.is_read_by(NOT_YET + TITLE_ONLY)
    async with paper.world.daemon() as parts:
        before = await the_post(parts, state="scheduled", text="News", price_usd="0.015")
        paper.shows((2, "News from acme.com"), (1, "Before"))
        after = await the_post(parts, text="News from acme.com", price_usd="0.200")

        assert {name: after[name] for name in ("id", "state", "due_at")} == {
            name: before[name] for name in ("id", "state", "due_at")
        }
        assert await actions(parts, after["id"]) == ["post_scheduled", "entry_edited", "post_reworded"]


async def test_an_edited_post_that_was_approved_is_put_up_for_approval_again(paper: Paper) -> None:
    paper.is_read_by(f"{NOT_YET}approval = true\n{TITLE_ONLY}")
    async with paper.world.daemon() as parts:
        post = await the_post(parts, state="awaiting_approval", text="News")
        now = datetime.now(UTC)
        await parts.database.write_in_thread(lambda session: act(session, post["id"], "approve", now))
        await the_post(parts, state="scheduled", text="News")
        paper.shows((2, "Other news"), (1, "Before"))
        await the_post(parts, state="awaiting_approval", text="Other news")


async def test_an_entry_that_the_route_leaves_out_after_an_edit_is_withdrawn_until_it_fits_again(
    paper: Paper,
) -> None:
    paper.is_read_by(f'{NOT_YET}{TITLE_ONLY}[route.select]\nexclude = ["sponsored"]\n')
    async with paper.world.daemon() as parts:
        await the_post(parts, state="scheduled", text="News")
        paper.shows((2, "Sponsored news"), (1, "Before"))
        post = await the_post(parts, state="cancelled", waits_for="entry")
        assert "excluded by 'sponsored'" in post["reason"]

        paper.shows((1, "Before"))
        await until_action(parts, post["id"], "entry_withdrawn")
        paper.shows((2, "Sponsored news"), (1, "Before"))
        await until_action(parts, post["id"], "entry_returned")
        await the_post(parts, state="cancelled", waits_for="entry")

        paper.shows((2, "Good news"), (1, "Before"))
        await the_post(parts, state="scheduled", text="Good news")


async def test_a_post_whose_entry_is_taken_back_is_withdrawn_until_it_returns(paper: Paper) -> None:
    paper.is_read_by(NOT_YET + TITLE_ONLY)
    async with paper.world.daemon() as parts:
        before = await the_post(parts, state="scheduled", text="News")
        paper.shows((1, "Before"))
        gone = await the_post(parts, state="cancelled", waits_for="entry")
        assert "taken back: it is gone from the feed" in gone["reason"]
        paper.shows((2, "News, corrected"), (1, "Before"))
        back = await the_post(parts, state="scheduled", text="News, corrected", waits_for=None)
        assert back["due_at"] == before["due_at"]


async def test_of_a_delivered_post_only_the_ledger_notes_what_becomes_of_its_entry(paper: Paper) -> None:
    paper.is_read_by(TITLE_ONLY)
    async with paper.world.daemon() as parts:
        (post,) = await wait_for_state(parts, "delivered")
        paper.shows((2, "News, corrected"), (1, "Before"))
        await until_action(parts, post["id"], "entry_edited")
        paper.shows((1, "Before"))
        await until_action(parts, post["id"], "entry_withdrawn")

        assert paper.world.texts() == ["News"]
        assert [one["text"] for one in await posts_of(parts)] == ["News"]


async def test_a_route_may_ignore_edits_and_keep_what_is_taken_back(paper: Paper) -> None:
    paper.is_read_by(f'edits = "ignore"\nremovals = "keep"\n{NOT_YET}{TITLE_ONLY}')
    async with paper.world.daemon() as parts:
        post = await the_post(parts, state="scheduled", text="News")
        paper.shows((2, "News, corrected"), (1, "Before"))
        await until_action(parts, post["id"], "entry_edited")
        paper.shows((1, "Before"))
        await until_action(parts, post["id"], "entry_withdrawn")
        await the_post(parts, state="scheduled", text="News")
