"""A real browser: Debian's Chromium, driven by Playwright."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import playwright
import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Page, async_playwright

from tests.integration.conftest import openbao, world

__all__ = ["openbao", "world"]

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


@pytest_asyncio.fixture
async def page(chromium: str) -> AsyncIterator[Page]:
    """An empty page; a script error or a refused resource on it fails the test."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1200, "height": 800})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        yield page
        await browser.close()
    assert complaints == []
