"""The page of `preview --html`, as a person sees it."""

from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Page, Request, expect

from scheduler.cli.preview_page import page_of

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the browser's

HOSTILE = "<img src=x onerror=alert(1)> \"'</p><script>alert(2)</script> & {{ 7 * 7 }} \u202ereversed"
PICTURE = "https://pictures.example.com/1.png"


def network(name: str, *parts: str) -> dict[str, Any]:
    longest = max(map(len, parts))
    return {
        "network": name,
        "text": "\n\n".join(parts),
        "parts": list(parts),
        "length": longest,
        "limit": 280,
        "link": "https://acme.com/1",
        "notes": ["title shortened from 300 to 240"],
    }


def post(*networks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "posted": True,
        "post_id": None,
        "is_digest": False,
        "sources": [],
        "networks": list(networks),
        "card": {"link": "https://acme.com/1", "domain": "acme.com", "title": HOSTILE, "image": None},
        "media": [],
        "media_left_out": [f"skipped {HOSTILE}"],
        "price_usd": "0.205",
        "price_reason": "a link, 1 alternative text",
        "due_at": "2026-11-22T14:00:00.000Z",
        "due_local": "Sun 2026-11-22 09:00:00 America/New_York (14:00:00 UTC)",
        "due_reason": "now",
        "needs_approval": True,
        "notes": [HOSTILE],
    } | changes


def pictures(count: int) -> list[dict[str, str]]:
    return [{"url": f"{PICTURE}?{number}", "alt": HOSTILE} for number in range(count)]


ROUTES: list[dict[str, Any]] = [
    {
        "customer": "acme",
        "name": HOSTILE,
        "route": "blog",
        "is_by_defaults": False,
        "feed": f"https://acme.com/{HOSTILE}",
        "timezone": "America/New_York",
        "problem": None,
        "notes": [HOSTILE],
        "entries": [
            post(network("twitter", f"{HOSTILE} #news @acme https://acme.com/1"), network("bluesky", "other")),
            post(network("twitter", "1/2 First part", f"2/2 {'long' * 90} https://acme.com/1")),
            *(post(network("twitter", f"{count} pictures"), media=pictures(count)) for count in range(1, 5)),
            {"posted": False, "title": HOSTILE, "link": None, "reason": HOSTILE},
        ],
    },
    {
        "customer": "acme", "name": "Acme", "route": "gone", "feed": "https://acme.com/", "timezone": "UTC",
        "is_by_defaults": False, "problem": HOSTILE, "notes": [], "entries": [],
    },
]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def requests(page: Page, tmp_path: Path) -> list[str]:
    """Open the page; gives the addresses that it asks for."""
    asked: list[str] = []

    def hear(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            asked.append(request.url)

    page.on("request", hear)
    await page.route("https://**/*", lambda route: route.fulfill(status=404))
    file = tmp_path / "page.html"
    file.write_text(page_of(ROUTES, [HOSTILE]), encoding="utf-8")
    await page.goto(file.as_uri())
    return asked


async def test_what_feeds_say_stays_text_and_only_pictures_are_asked_for(
    page: Page, requests: list[str]
) -> None:
    for image in await page.locator("figure img").all():
        await image.scroll_into_view_if_needed()
    first = page.locator("article").first
    assert await first.locator(".text").inner_text() == f"{HOSTILE} #news @acme https://acme.com/1"
    await expect(first.locator(".tag")).to_have_text(["#news", "@acme"])
    await expect(first.locator(".text a")).to_have_attribute("href", "https://acme.com/1")
    await expect(page.locator("script, iframe, object, img[onerror]")).to_have_count(0)
    assert requests
    assert {url.partition("?")[0] for url in requests} == {PICTURE}


@pytest.mark.usefixtures("requests")
async def test_a_thread_is_one_card_and_each_text_has_its_own(page: Page) -> None:
    cards = page.locator(".thread")
    await expect(cards).to_have_count(7)
    await expect(cards.nth(2).locator("article")).to_have_count(2)
    await expect(cards.nth(2).locator(".card")).to_have_count(1)
    await expect(page.locator(".of3 figure")).to_have_count(3)
    await expect(page.get_by_text("1 entry is not posted")).to_be_visible()


@pytest.mark.usefixtures("requests")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
async def test_it_fits_and_can_be_read_on_any_screen(
    page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    await page.set_viewport_size({"width": width, "height": 700})
    await page.emulate_media(color_scheme=scheme)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    dark = await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    assert dark is (scheme == "dark")
