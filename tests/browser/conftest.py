"""A real browser: Debian's Chromium, driven by Playwright. Its tests share it, and the event loop that it lives in."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import playwright
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from scheduler.demo.openbao import OpenBao
from tests.world import WITHIN_S, World, make_world

expect.set_options(timeout=WITHIN_S * 1_000)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path, where the machine has one that can be driven."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium: install Debian's chromium")
    driver = Path(playwright.__file__).parent / "driver" / "node"
    if subprocess.run([driver, "--version"], check=False, capture_output=True).returncode != 0:
        pytest.skip("Playwright's driver does not start: install Debian's libatomic1")
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path, openbao: OpenBao) -> AsyncIterator[World]:
    """A world of its own for a test, in the browser's event loop."""
    async with make_world(tmp_path, openbao) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for the session; each page is in a context of its own, with nothing from others."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page; a script error or a refused resource on it fails the test."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    page = await browser.new_page(viewport={"width": 1200, "height": 800})
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", hear)
    yield page
    await page.close()
    assert complaints == []
