"""The page of `compliance --html`, on a screen and on paper."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from scheduler.cli.compliance_page import page_of
from scheduler.custody.compliance import CREDENTIALS, Line, Report, Sheet, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="session")  # the browser's

HOSTILE = "<img src=x onerror=alert(1)> \"'</td><script>alert(2)</script> {{ 7 * 7 }} "
LINES = tuple(
    Line(f"subject-{number}", f"Title {number}", [*Verdict][number % 3], f"{HOSTILE}{'long words ' * 6}")
    for number in range(14)
)
SHEETS = tuple(Sheet(name, f"{name} {HOSTILE}", LINES) for name in ("acme", "globex", "hooli"))
REPORT = Report(datetime(2026, 11, 22, 12, tzinfo=UTC), Path("/etc/firetime"), SHEETS, (HOSTILE,), "1.2.3")


@pytest_asyncio.fixture(loop_scope="session")
async def asked(page: Page, tmp_path: Path) -> list[str]:
    """Open the page; gives the addresses that it asks for."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    file = tmp_path / "page.html"
    file.write_text(page_of(REPORT), encoding="utf-8")
    await page.goto(file.as_uri())
    return [url for url in seen if not url.startswith(("file:", "data:"))]


async def test_what_files_say_stays_text_and_nothing_is_asked_for(page: Page, asked: list[str]) -> None:
    acme = page.locator("section").nth(1)
    await expect(acme.get_by_role("heading", level=2)).to_contain_text(HOSTILE.strip())
    await expect(acme.get_by_role("row")).to_have_count(1 + len(LINES))
    await expect(acme.locator("td.to_do")).to_have_count(5)
    await expect(acme).to_contain_text("Compliance report as of 2026-11-22 12:00:00 UTC")
    await expect(acme).not_to_contain_text("/etc/firetime")
    await expect(page.locator("section").first).to_contain_text(
        "Firetime 1.2.3 · configuration /etc/firetime"
    )
    await expect(acme).to_contain_text(CREDENTIALS)
    await expect(page.locator("script, iframe, object, img")).to_have_count(0)
    assert asked == []


@pytest.mark.usefixtures("asked")
async def test_each_customer_is_a_page_of_paper_behind_the_overview(page: Page) -> None:
    paper = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1 + len(SHEETS)
    boxes = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", paper))
    assert [[round(float(one)) for one in box.split()] for box in boxes] == [[0, 0, 595, 842]], (
        "A4, in points"
    )


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
async def test_it_fits_any_screen_and_paper_is_white(
    page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    await page.set_viewport_size({"width": width, "height": 700})
    await page.emulate_media(color_scheme=scheme)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    ground = "getComputedStyle(document.querySelector('section')).backgroundColor"
    assert (await page.evaluate(ground) == "rgb(255, 255, 255)") is (scheme == "light")
    await page.emulate_media(media="print", color_scheme=scheme)
    assert await page.evaluate(ground) == "rgb(255, 255, 255)"
