"""`feeds add`, `feeds import` and `feeds export`, as a user runs them: real files, real sites on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from defusedxml.ElementTree import fromstring

from tests.integration.feeds.servers import rss, site
from tests.process import Done, firetime
from tests.unit.config_folder import ROUTE, SMALL, Folder

HAND_MADE = (
    f'# Acme: mind the budget\n{SMALL}\n{ROUTE}platforms = [ "twitter" ]  # only X\n\n'
    "[budget]\nx_usd_per_month=3.00\n# the end"
)
OPML = """<opml version="1.0"><body>
  <outline text="News"><outline title="Tech">
    <outline text="A &amp; B" type="rss" xmlUrl="https://a.example/feed?x=1&y=2"/>
  </outline></outline>
  <outline text="Blog" xmlUrl="http://www.acme.example/feed.xml"/>
  <outline text="Again" xmlUrl="https://a.example/feed?x=1&amp;y=2"/>
  <outline text="Bare" xmlUrl="bare.example/rss"/>
  <outline text="Broken" type="rss"/>
  <outline text="Mail" xmlUrl="mailto://x"/>
</body></opml>"""


@dataclass
class Office:
    """A configuration folder, and a site to take feeds from."""

    path: Path
    site_url: str
    folder: Folder

    async def feeds(self, *arguments: str) -> Done:
        env = {
            "FIRETIME_CONFIG": str(self.path),
            "FIRETIME_DATABASE_URL": f"sqlite:///{self.path}/firetime.db",
            "FIRETIME_ALLOW_PRIVATE": "127.0.0.0/8",
        }
        return await firetime("feeds", *arguments, env=env)

    @property
    def acme(self) -> Path:
        return self.path / "customers" / "acme.toml"


def answer(request: web.Request) -> web.Response:
    """A site with a news feed and a podcast; /both announces two of them, /none nothing."""

    def page(*feeds: str) -> web.Response:
        links = "".join(f"<link rel=alternate type=application/rss+xml href={feed}>" for feed in feeds)
        return web.Response(
            text=f"<!doctype html><html><head>{links}</head></html>", content_type="text/html"
        )

    match request.path:
        case "/":
            return page("/news.xml")
        case "/both":
            return page("/news.xml", "/pod.xml")
        case "/none":
            return page()
        case "/news.xml":
            return web.Response(body=rss("b", "a"))
        case "/pod.xml":
            return web.Response(body=rss("p"))
    return web.Response(status=404)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    folder = Folder(tmp_path)
    folder.customer(HAND_MADE)
    async with site(answer) as made:
        yield Office(tmp_path, made.url.removesuffix("/feed"), folder)


async def test_a_sites_feed_is_added_and_the_file_stays_as_it_was(office: Office) -> None:
    done = await office.feeds("add", f"{office.site_url}/")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"{office.site_url}/news.xml: News (rss20, 2 entries)\n"
        f"added to {office.acme} as route 'news'\n"
        "see what it would post: firetime preview acme/news\n"
    )
    added = f'\n\n[[route]]\nid = "news"\nfeed = "{office.site_url}/news.xml"\n'
    assert office.acme.read_text() == HAND_MADE + added
    assert len(office.folder.load().customers[0].routes) == 2


async def test_a_feed_that_is_there_is_refused_without_a_request(office: Office) -> None:
    done = await office.feeds("add", "acme.example/feed.xml")
    assert (done.code, done.out) == (1, "")
    assert "acme.toml has this feed already, in its route 'blog'" in done.err
    assert office.acme.read_text() == HAND_MADE


async def test_where_there_are_several_the_user_chooses(office: Office) -> None:
    both, pod = f"{office.site_url}/both", f"{office.site_url}/pod.xml"
    listed = await office.feeds("add", both)
    assert listed.code == 1
    assert "news.xml" in listed.out
    assert "there are 2 feeds: name one of them with --feed; none was added" in listed.err
    as_json = await office.feeds("add", both, "--json")
    assert as_json.code == 1
    assert as_json.json["added"] is None
    assert [found["url"] for found in as_json.json["found"]] == [f"{office.site_url}/news.xml", pod]
    assert office.acme.read_text() == HAND_MADE

    other = await office.feeds("add", both, "--feed", "https://x.example/")
    assert (other.code, "https://x.example/ is not among the feeds there" in other.err) == (1, True)
    done = await office.feeds("add", both, "--feed", pod, "--route", "cast", "--customer", "acme", "--json")
    assert (done.code, done.json["added"]) == (
        0,
        {"customer": "acme", "route": "cast", "file": str(office.acme), "feed": pod},
    )


async def test_what_cannot_be_added_is_told_in_a_line(office: Office) -> None:
    site_url = f"{office.site_url}/"
    for done, message in zip(
        await asyncio.gather(
            office.feeds("add", f"{office.site_url}/none"),
            office.feeds("add", "http://127.0.0.1:1/"),
            office.feeds("add", "ftp://a.example/"),
            office.feeds("add", site_url, "--route", "blog"),
            office.feeds("add", site_url, "--customer", "gamma"),
        ),
        (
            "no feed found for this page of 127.0.0.1: it announces none",
            "127.0.0.1 refuses connections",
            "'ftp://a.example/' is no http or https address",
            f"{office.acme} has a route 'blog' already: give another id with --route",
            "there is no customer 'gamma'; customers: acme",
        ),
        strict=True,
    ):
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"firetime: {message}")
        assert done.err.count("\n") == 1
    assert office.acme.read_text() == HAND_MADE


async def test_a_customer_with_mistakes_is_no_trouble_for_another(office: Office) -> None:
    office.folder.customer("name = 1", "beta")
    unclear, broken, good = await asyncio.gather(
        office.feeds("add", f"{office.site_url}/"),
        office.feeds("add", f"{office.site_url}/", "--customer", "beta"),
        office.feeds("add", f"{office.site_url}/", "--customer", "acme"),
    )
    assert unclear.err == (
        "firetime: there are 2 customers: say whose feed it is with --customer (acme, beta)\n"
    )
    assert "beta.toml: timezone: is missing" in broken.err
    assert (unclear.code, broken.code, good.code) == (1, 1, 0)


async def test_a_list_is_imported_with_its_folders_and_every_line_is_accounted_for(office: Office) -> None:
    file = office.path / "feeds.opml"
    file.write_text(OPML)
    tried = await office.feeds("import", str(file), "--dry-run", "--json")
    assert office.acme.read_text() == HAND_MADE
    done = await office.feeds("import", str(file), "--json")
    assert (tried.code, done.code) == (1, 1)
    assert tried.json | {"dry_run": False} == done.json
    assert [(line["route"], line["feed"], line["folders"]) for line in done.json["added"]] == [
        ("a-b", "https://a.example/feed?x=1&y=2", ["News", "Tech"]),
        ("bare", "https://bare.example/rss", []),
    ]
    assert [(line["title"], line["route"]) for line in done.json["known"]] == [
        ("Blog", "blog"),
        ("Again", "a-b"),
    ]
    assert [(line["what"], line["why"]) for line in done.json["unusable"]] == [
        ("Broken", "it has no xmlUrl"),
        ("Mail", "'mailto://x' is no http or https address"),
    ]
    assert office.acme.read_text() == HAND_MADE + (
        '\n\n# folder: News / Tech\n[[route]]\nid = "a-b"\nfeed = "https://a.example/feed?x=1&y=2"\n'
        '\n[[route]]\nid = "bare"\nfeed = "https://bare.example/rss"\n'
    )


async def test_a_second_import_changes_nothing(office: Office) -> None:
    file = office.path / "feeds.opml"
    file.write_text(OPML)
    await office.feeds("import", str(file))
    after = office.acme.read_bytes()
    again = await office.feeds("import", str(file))
    assert office.acme.read_bytes() == after
    assert f"0 added to {office.acme}, 4 there already, 2 unusable" in again.out


async def test_files_that_are_no_lists_are_refused(office: Office) -> None:
    office.path.joinpath("x.opml").write_text("<html></html>")
    none, page = await asyncio.gather(
        office.feeds("import", str(office.path / "none.opml")),
        office.feeds("import", str(office.path / "x.opml")),
    )
    assert (none.code, "none.opml cannot be read: No such file or directory" in none.err) == (1, True)
    assert (page.code, "x.opml is no OPML: its outermost element is <html>, not <opml>" in page.err) == (
        1,
        True,
    )


async def test_an_export_has_a_folder_for_each_customer(office: Office) -> None:
    office.folder.customer(f"{SMALL.replace('Acme', 'Beta & Söhne')}{ROUTE}", "beta")
    everything = await office.feeds("export")
    only = await office.feeds("export", "--customer", "beta")
    assert (everything.code, everything.err) == (0, "")
    assert listed(everything.out) == [
        ("Acme", "blog", "https://acme.example/feed.xml"),
        ("Beta & Söhne", "blog", "https://acme.example/feed.xml"),
    ]
    assert [folder for folder, *_ in listed(only.out)] == ["Beta & Söhne"]


async def test_an_export_says_what_it_leaves_out(office: Office) -> None:
    office.folder.customer("name = 1", "beta")
    done = await office.feeds("export")
    assert (done.code, "beta.toml: name: give a text in quotes" in done.err) == (1, True)
    assert len(listed(done.out)) == 1


async def test_what_is_exported_can_be_imported(office: Office) -> None:
    file = office.path / "feeds.opml"
    file.write_text(OPML)
    await office.feeds("import", str(file))
    file.write_text((await office.feeds("export")).out)
    office.folder.customer(SMALL, "beta")
    done = await office.feeds("import", str(file), "--customer", "beta", "--json")
    assert done.code == 0
    acme, beta = office.folder.load().customers
    assert [route.feed for route in beta.routes] == [route.feed for route in acme.routes]
    assert done.json["added"][0]["folders"] == ["Acme"]


def listed(opml: str) -> list[tuple[Any, ...]]:
    """Folder, title and address of each feed in an exported list."""
    return [
        (folder.get("text"), line.get("title"), line.get("xmlUrl"))
        for folder in fromstring(opml.encode()).findall("body/outline")
        for line in folder
    ]
