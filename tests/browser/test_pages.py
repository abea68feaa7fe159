"""The dashboard and the sandbox's page, as a person sees them."""

from itertools import product
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from tests.world import World, until, wait_for_state

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the browser's


async def test_the_dashboard_shows_a_post_as_it_goes_out(world: World, page: Page) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await page.goto(parts.web.url)
        await expect(page.get_by_role("heading", name="Firetime")).to_be_visible()
        await expect(page.get_by_text("Nothing has gone out yet.")).to_be_visible()

        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Hello <b>world</b> & all")
        await wait_for_state(parts, "delivered")

        row = page.get_by_role("row").filter(has_text="Hello world & all")
        await expect(row).to_contain_text("delivered")
        await expect(row).to_contain_text("$0.200")
        await expect(row.get_by_role("link", name="twitter")).to_have_attribute("href", world_post_url(world))


async def test_the_dashboard_says_so_when_the_daemon_is_gone(world: World, page: Page) -> None:
    world.add_customer("acme")
    async with world.daemon() as parts:
        await page.goto(parts.web.url)
        await expect(page.get_by_text("The daemon does not answer")).to_be_hidden()
        await page.route("**/*", lambda route: route.fulfill(status=503, body="gone"))
        await expect(page.get_by_text("The daemon does not answer")).to_be_visible()


async def test_the_dashboard_fits_a_phone(world: World, page: Page) -> None:
    for title in ("Later", "Later still"):
        world.feeds.add("acme", title)
    schedule = '[route.schedule]\nhold = "1d"\nmin_gap = "12h"\njitter = "12h"\n'
    world.add_customer("acme", route=f'first_poll = "newest 2"\n{schedule}')
    await page.set_viewport_size({"width": 375, "height": 700})
    async with world.daemon() as parts:
        await page.goto(parts.web.url)
        await expect(
            page.get_by_text("12h after the post before it, and up to 12h of jitter")
        ).to_be_visible()
        wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 375


CONTRAST = """element => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (...colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    const linear = [...canvas.getImageData(0, 0, 1, 1).data].map(part => part / 255)
      .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * linear[0] + .7152 * linear[1] + .0722 * linear[2];
  };
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const ground = dark ? "rgb(18 18 18)" : "white";
  const [less, more] = [light(ground), light(ground, getComputedStyle(element).color)].sort((a, b) => a - b);
  return (more + .05) / (less + .05);
}"""
"""The contrast of an element's text with Chromium's own page colour, by the formula of WCAG 2."""


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def test_why_a_post_is_held_can_be_read_on_any_screen(world: World, page: Page) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.sandbox.state.add_fault("credits")
        world.feeds.add("acme", "Not out")
        await wait_for_state(parts, "held")
        for width, scheme in product((400, 1200), SCHEMES):
            await page.set_viewport_size({"width": width, "height": 700})
            await page.emulate_media(color_scheme=scheme)
            await page.goto(parts.web.url)
            await the_reason_can_be_read(page, width)

        await page.get_by_role("link", name="p1").click()
        await expect(page).to_have_url(f"{parts.web.url}api/v1/explain/p1")


async def the_reason_can_be_read(page: Page, width: int) -> None:
    reason = page.get_by_role("row").filter(has_text="Waits for credits: the X developer account")
    box = await reason.get_by_role("cell").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["width"] > 0.8 * min(width, 1152), "it spans the row"
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for shown in (reason.get_by_role("cell"), page.locator("td .soft").first, page.locator("td .held").first):
        assert await shown.evaluate(CONTRAST) >= 4.5


async def test_the_sandbox_shows_what_was_posted(world: World, page: Page) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "Seen by all")
        await wait_for_state(parts, "delivered")
    await page.goto(world.sandbox.page_url)

    await expect(page.get_by_text("Seen by all").first).to_be_visible()


def world_post_url(world: World) -> str:
    (post,) = world.sandbox.state.published("twitter")
    return str(post.post_ids[0]["postUrl"])
