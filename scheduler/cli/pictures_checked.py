"""Posts' pictures, asked for as they will be when the posts are due."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from feeds.head import AskHead
from scheduler.customer import Prices
from scheduler.delivery.pictures import Checked, check
from scheduler.model import X
from scheduler.rehearsal import Rehearsed
from scheduler.rules.budget import price
from scheduler.rules.compose import Composed

POSTS_AT_ONCE = 4


class PicturesChecked:
    """Which pictures of rehearsed posts can be had, and what that does to the posts."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._checked: dict[Rehearsed, Checked] = {}

    async def look(self, head: AskHead, posts: Iterable[Rehearsed]) -> None:
        """Ask for the pictures of these posts."""
        places = asyncio.Semaphore(POSTS_AT_ONCE)

        async def one(post: Rehearsed) -> None:
            async with places:
                self._checked[post] = await check(head, post.composed.media)

        await asyncio.gather(*(one(post) for post in posts if post.composed.media))

    def of(self, post: Rehearsed) -> tuple[Composed, tuple[str, ...]]:
        """The post with the pictures that it would go out with, at its price; and why the others are left out."""
        composed = post.composed
        checked = self._checked.get(post)
        if checked is None:
            return composed, composed.notes
        x_text = next((one for one in composed.texts if one.platform == X), None)
        alt_texts = sum(bool(image.alt) for image in checked.images)
        usd = price(x_text.parts, self._prices, alt_texts) if x_text else composed.price_usd
        sent = replace(composed, media=checked.images, price_usd=usd)
        return sent, (*composed.notes, *checked.skipped)

    def warnings(self, post: Rehearsed) -> list[str]:
        """What the lack of a picture does to the post."""
        checked = self._checked.get(post)
        if checked is None or not checked.skipped or post.route.compose.without_image != "hold":
            return []
        return ['it would be held: without_image = "hold" wants its picture']
