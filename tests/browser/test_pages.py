"""The dashboard and the sandbox's page, as a person sees them."""

from playwright.async_api import Page, expect

from tests.world import World, until, wait_for_state


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
        await expect(row).to_contain_text("delivered", timeout=10_000)
        await expect(row).to_contain_text("$0.200")
        await expect(row.get_by_role("link", name="twitter")).to_have_attribute("href", world_post_url(world))


async def test_the_dashboard_says_so_when_the_daemon_is_gone(world: World, page: Page) -> None:
    world.add_customer("acme")
    async with world.daemon() as parts:
        await page.goto(parts.web.url)
        await expect(page.get_by_text("The daemon does not answer")).to_be_hidden()
        await page.route("**/*", lambda route: route.fulfill(status=503, body="gone"))
        await expect(page.get_by_text("The daemon does not answer")).to_be_visible(timeout=10_000)


async def test_the_dashboard_fits_a_phone(world: World, page: Page) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    await page.set_viewport_size({"width": 375, "height": 700})
    async with world.daemon() as parts:
        await page.goto(parts.web.url)
        wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 375


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
