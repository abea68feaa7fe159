"""Feeds are found behind real sites, with few requests."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from aiohttp import web

from feeds.discover import Found, NoFeedFound, discover
from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.parse import Parser
from feeds.trouble import FetchFailed, NotAFeed
from tests.integration.feeds.servers import Site, rss, site

LOOPBACK = Guard([ip_network("127.0.0.0/8")])
NEWS = rss("b", "a")
COMMENTS = rss("comment-1")
OTHER = rss("podcast-1")
JSON_NEWS = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": ['
    '{"id": "b", "url": "/b", "title": "b"}, {"id": "a", "url": "/a", "title": "a"}]}'
)


class Web:
    """A site of fixed documents; anything else is not found. A document may be an exception to raise."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes | str | web.HTTPException] = {}
        self.site: Site | None = None

    def __call__(self, request: web.Request) -> web.Response:
        match self.documents.get(request.path_qs):
            case None:
                return web.Response(
                    status=404, text="<!doctype html><html>Not here</html>", content_type="text/html"
                )
            case str(text):
                return web.Response(
                    text=text, content_type="application/json" if text[:1] == "{" else "text/html"
                )
            case bytes(body):
                return web.Response(body=body, content_type="application/rss+xml")
            case problem:
                raise problem

    def url(self, path: str) -> str:
        assert self.site is not None
        return self.site.url.removesuffix("/feed") + path

    @property
    def asked(self) -> list[str]:
        assert self.site is not None
        return [request.path_qs for request in self.site.requests]


@pytest.fixture
async def acme() -> AsyncIterator[Web]:
    made = Web()
    async with site(made) as made.site:
        yield made


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(LOOPBACK, deadline_s=2) as made:
        yield made


def page(head: str = "", body: str = "") -> str:
    return f"<!doctype html><html><head><title>Acme</title>{head}</head><body>{body}</body></html>"


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f"<link rel=alternate type='{kind}' title='{title}' href='{href}'>"


async def test_a_feed_finds_itself_with_one_request(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    acme.documents["/news"] = NEWS
    assert await discover(fetcher, parser, acme.url("/news#top")) == [
        Found(acme.url("/news"), "News", "rss20", 2)
    ]
    assert acme.asked == ["/news"]


async def test_a_feed_that_has_moved_for_good_is_found_where_it_is(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents |= {
        "/old": web.HTTPMovedPermanently("/new"),
        "/new": NEWS,
        "/today": web.HTTPFound("/new"),
    }
    assert [found.url for found in await discover(fetcher, parser, acme.url("/old"))] == [acme.url("/new")]
    assert [found.url for found in await discover(fetcher, parser, acme.url("/today"))] == [
        acme.url("/today")
    ]


async def test_a_page_leads_to_the_feeds_that_it_announces(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents |= {
        "/blog/": page(link("/comments/feed") + link("feed") + link("/blog/pod", title="Podcast")),
        "/blog/feed": NEWS,
        "/blog/pod": OTHER,
        "/comments/feed": COMMENTS,
    }
    found = await discover(fetcher, parser, acme.url("/blog/"))
    assert [(one.url, one.entries) for one in found] == [
        (acme.url("/blog/feed"), 2),
        (acme.url("/blog/pod"), 1),
    ]
    assert acme.asked == ["/blog/", "/blog/feed", "/blog/pod"]


async def test_one_feed_in_several_formats_is_found_once(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    acme.documents |= {
        "/": page(link("/feed.json", "application/feed+json") + link("/rss") + link("/also")),
        "/rss": NEWS,
        "/also": NEWS,
        "/feed.json": JSON_NEWS,
    }
    assert [found.url for found in await discover(fetcher, parser, acme.url("/"))] == [acme.url("/rss")]


async def test_comments_are_found_where_there_is_nothing_else(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents |= {"/": page(link("/comments/feed") + link("/gone")), "/comments/feed": COMMENTS}
    assert [found.url for found in await discover(fetcher, parser, acme.url("/"))] == [
        acme.url("/comments/feed")
    ]


async def test_announced_feeds_that_are_none_are_passed_over(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    heads = link("/gone") + link("/page") + link("http://127.0.0.1:1/feed") + link("/feed")
    acme.documents |= {"/": page(heads), "/page": page(), "/feed": NEWS}
    assert [found.url for found in await discover(fetcher, parser, acme.url("/"))] == [acme.url("/feed")]


async def test_no_page_makes_us_ask_without_end(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    acme.documents["/"] = page("".join(link(f"/feed/{n}") for n in range(50)))
    with pytest.raises(NoFeedFound):
        await discover(fetcher, parser, acme.url("/"))
    assert len(acme.asked) < 20


async def test_links_that_look_like_feeds_are_tried_next(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    acme.documents |= {"/": page(body="<a href='/about'>x</a><a href='/blog.rss'>RSS</a>"), "/blog.rss": NEWS}
    assert [found.url for found in await discover(fetcher, parser, acme.url("/"))] == [acme.url("/blog.rss")]
    assert acme.asked == ["/", "/robots.txt", "/blog.rss"]


async def test_the_usual_places_are_tried_last_one_after_another(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents |= {"/x/y": page(), "/rss.xml": page(), "/atom.xml": NEWS}
    assert [found.url for found in await discover(fetcher, parser, acme.url("/x/y"))] == [
        acme.url("/atom.xml")
    ]
    assert acme.asked == ["/x/y", "/robots.txt", "/feed", "/rss.xml", "/atom.xml"]


async def test_a_page_without_feeds_says_so(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    acme.documents["/"] = page()
    with pytest.raises(
        NoFeedFound, match="announces none, nor is one at the 6 usual places; give the address"
    ):
        await discover(fetcher, parser, acme.url("/"))
    assert len(acme.asked) == 8


async def test_a_page_with_a_broken_feed_says_what_is_wrong_with_it(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents["/"] = page(link("/gone.xml"))
    with pytest.raises(
        NoFeedFound, match=r"it announces http://127.*/gone.xml, but 127.0.0.1 answered 404 Not Found"
    ):
        await discover(fetcher, parser, acme.url("/"))


async def test_robots_txt_keeps_us_from_looking_around(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    robots = b"User-agent: *\nDisallow: /feed\n\nUser-agent: other\nDisallow: /\n"
    acme.documents |= {
        "/": page(),
        "/feed": NEWS,
        "/feed.xml": NEWS,
        "/index.xml": NEWS,
        "/robots.txt": robots,
    }
    assert [found.url for found in await discover(fetcher, parser, acme.url("/"))] == [acme.url("/index.xml")]
    assert acme.asked == ["/", "/robots.txt", "/rss.xml", "/atom.xml", "/index.xml"]


async def test_robots_txt_that_names_us_or_cannot_be_read_forbids_all(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    for robots in (b"User-agent: Firetime\nDisallow: /", web.HTTPInternalServerError()):
        acme.documents |= {"/": page(), "/feed": NEWS, "/robots.txt": robots}
        with pytest.raises(NoFeedFound, match=r"robots\.txt forbids to look around"):
            await discover(fetcher, parser, acme.url("/"))
    assert acme.asked == ["/", "/robots.txt"] * 2


async def test_robots_txt_does_not_matter_for_what_a_page_announces(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents |= {"/": page(link("/feed")), "/feed": NEWS, "/robots.txt": b"User-agent: *\nDisallow: /"}
    assert len(await discover(fetcher, parser, acme.url("/"))) == 1
    assert acme.asked == ["/", "/feed"]


async def test_a_site_that_wants_to_be_left_alone_is_asked_no_further(
    acme: Web, fetcher: Fetcher, parser: Parser
) -> None:
    acme.documents |= {"/": page(), "/feed": web.HTTPTooManyRequests()}
    with pytest.raises(NoFeedFound):
        await discover(fetcher, parser, acme.url("/"))
    assert acme.asked == ["/", "/robots.txt", "/feed"]


async def test_what_is_neither_feed_nor_page_is_told(acme: Web, fetcher: Fetcher, parser: Parser) -> None:
    acme.documents["/x.pdf"] = b"%PDF-1.7"
    with pytest.raises(NotAFeed, match="a PDF file"):
        await discover(fetcher, parser, acme.url("/x.pdf"))
    assert acme.asked == ["/x.pdf"]


async def test_what_cannot_be_reached_is_told(fetcher: Fetcher, parser: Parser) -> None:
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1"):
        await discover(fetcher, parser, "http://127.0.0.1:1/")
    with pytest.raises(FetchFailed, match="no http or https address"):
        await discover(fetcher, parser, "ftp://example.com/")
