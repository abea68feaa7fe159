"""A page is asked for once, and says what it says."""

import pytest
from aiohttp import web

from feeds.fetch import Fetcher
from feeds.model import Image, Page
from feeds.page import NotAPage, read_page
from feeds.trouble import FetchFailed
from tests.integration.feeds.servers import site

HEAD = (
    "<head><meta property=og:image content=/a.jpg><meta property=og:image:alt content='A &amp; B'>"
    "<link rel=canonical href=/one></head>"
)


async def test_a_page_is_read_with_one_request(fetcher: Fetcher) -> None:
    async with site(lambda _: web.Response(text=f"<html>{HEAD}", content_type="text/html")) as made:
        found = await read_page(fetcher, made.url + "?utm_source=rss")
        root = made.url.removesuffix("/feed")
        assert found == Page(f"{root}/one", (Image(f"{root}/a.jpg", "A & B"),))
        assert len(made.requests) == 1


async def test_a_page_says_what_it_is_where_the_redirects_end(fetcher: Fetcher) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            raise web.HTTPFound("/deep/er")
        return web.Response(
            text="<html><head><meta property=og:image content=b.png>", content_type="text/html"
        )

    async with site(answer) as made:
        (image,) = (await read_page(fetcher, made.url)).images
        assert image.url == made.url.replace("/feed", "/deep/b.png")


async def test_what_is_no_page_is_told(fetcher: Fetcher) -> None:
    async with site(lambda _: web.Response(body=b"%PDF", content_type="application/pdf")) as made:
        with pytest.raises(NotAPage, match=r"127\.0\.0\.1 gives application/pdf there, not a web page"):
            await read_page(fetcher, made.url)
    async with site(lambda _: web.Response(status=403)) as made:
        with pytest.raises(FetchFailed, match="403 Forbidden"):
            await read_page(fetcher, made.url)
