"""The page behind an invitation, on a phone and on a desk, up to the linked account."""

from itertools import product

import pytest
from playwright.async_api import Page, expect

from scheduler.bootstrap import Parts, build_moving
from scheduler.model import X
from tests.browser.test_pages import CONTRAST, SCHEMES
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the browser's


async def invited(world: World, parts: Parts) -> str:
    """An address for `acme`, whose X is not linked."""
    next(one for one in world.sandbox.state.profiles.values() if one.title == "acme").networks.discard(X)
    customer = parts.configuration.current.customer("acme")
    assert customer is not None
    moving = build_moving(
        parts.settings,
        lambda: parts.configuration.current,
        parts.database,
        parts.vault,
        parts.means.ayrshare,
        parts.means.x_apps,
    )
    return (await moving.invitations.invite(customer, "alice", 7, parts.web.url.rstrip("/"))).url


async def test_a_customer_goes_from_the_invitation_to_the_linked_account(world: World, page: Page) -> None:
    world.add_customer("acme")
    async with world.daemon() as parts:
        url = await invited(world, parts)
        for width, scheme in product((320, 1200), SCHEMES):
            await page.set_viewport_size({"width": width, "height": 700})
            await page.emulate_media(color_scheme=scheme)
            await page.goto(url)
            await it_can_be_read(page, width)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Go on to X")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Let acme post to X")).to_be_visible()
        await page.get_by_role("button", name="Link X").click()
        await expect(page.get_by_text("X is linked to acme")).to_be_visible()
        await page.goto(url)
        await expect(page.get_by_role("heading", name="X is linked for acme")).to_be_visible()
        await expect(page.get_by_text("It is the account @acme")).to_be_visible()
        await expect(page.get_by_role("button")).to_have_count(0)


async def it_can_be_read(page: Page, width: int) -> None:
    button = page.get_by_role("button", name="Go on to X")
    await expect(page.get_by_role("heading", name="Link X for acme")).to_be_visible()
    await expect(button).to_be_in_viewport()
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44, "a thumb's width"
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for shown in (page.get_by_role("listitem").first, page.locator(".soft").first):
        assert await shown.evaluate(CONTRAST) >= 4.5
