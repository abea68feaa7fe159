"""`preview`: what would be posted from feeds as they are now, or of a web page."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from sqlmodel import Session

from feeds.gather import Gatherer
from feeds.head import AskHead
from feeds.model import Document, FeedAddress
from feeds.of_page import PageEntry, entry_of_page
from feeds.trouble import NotAFeed, ParseFailed, Trouble
from scheduler import config, preview
from scheduler.bootstrap import open_gatherer, open_reader, open_vault
from scheduler.cli.output import print_json
from scheduler.cli.pictures_checked import PicturesChecked
from scheduler.cli.preview_page import STANDARD_OUTPUT, write_page
from scheduler.cli.preview_print import print_previews
from scheduler.cli.preview_view import view
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.preview import NoSuchRoute, Preview, Previewer, Source
from scheduler.problems import Problem
from scheduler.rehearsal import Rehearsed, rehearsing
from scheduler.settings import Settings
from scheduler.store.looking import CannotLook, looking


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. `route` gives the rules for a `target` that is an address."""

    target: str | None
    route: str | None
    limit: int

    @property
    def is_address_alone(self) -> bool:
        """Whether no configuration is needed: where none of its routes uses the address, the defaults do."""
        return self.route is None and preview.is_address(self.target or "")


def run_preview(wish: Wish, html: str | None, *, as_json: bool) -> None:
    """Print a draft for each entry; exit code 1 where a feed cannot be read.

    Raises `NoSuchRoute`, and `CannotWrite` for a page.
    """
    if wish.route is not None and not preview.is_address(wish.target or ""):
        raise typer.BadParameter(
            "give the address that the route's rules are to be used for", param_hint="--route"
        )
    if as_json and html == STANDARD_OUTPUT:
        raise typer.BadParameter("--json prints there already; give a file", param_hint="--html")
    good, notes, shown = asyncio.run(_all(wish))
    if html is not None:
        write_page(html, shown, notes)
    if as_json:
        print_json([route | {"notes": [*notes, *route["notes"]]} for route in shown])
    elif html is None:
        print_previews(shown, notes)
    raise typer.Exit(0 if good else 1)


async def _all(wish: Wish) -> tuple[bool, list[str], list[dict[str, Any]]]:
    set_to = begin()
    found, problems = _configuration(wish, set_to.config)
    for problem in problems:  # they concern other routes than those that can be shown
        typer.echo(f"firetime: {problem}", err=True)
    async with AsyncExitStack() as stack:
        vault = stack.enter_context(open_vault(set_to, lambda: found.common.vault))
        fetcher, gatherer = await stack.enter_async_context(open_gatherer(set_to, found.common.feeds, vault))
        sources = await _sources(wish, _Sources(set_to, found, gatherer), found)
        notes: list[str] = []
        with _stored(set_to, notes) as session:
            previews = _previews(sources, found, wish.limit, session, utc_now())
        pictures = await _pictures(previews, found, fetcher.head)
    shown = [view(one, found.common.prices, pictures) for one in previews]
    good = not problems and all(source.problem is None for source in sources)
    return good, notes, shown


def _configuration(wish: Wish, folder: Path) -> tuple[Config, list[Problem]]:
    """What there is, and its mistakes; the lack of one is none where it can be done without."""
    if wish.is_address_alone and not config.has_customers(folder):
        return config.inspect_common(folder)
    return config.inspect(folder)


async def _sources(wish: Wish, sources: "_Sources", found: Config) -> list[Source]:
    try:
        return await sources.of(wish)
    except NoSuchRoute:
        if found.is_broken(wish.route or wish.target or ""):
            raise typer.Exit(1) from None  # its mistakes are told
        raise


@contextmanager
def _stored(set_to: Settings, notes: list[str]) -> Iterator[Session | None]:
    """The database for reading, where there is one that can be read; `notes` say where not."""
    with ExitStack() as stack:
        session = None
        try:
            session = stack.enter_context(looking(set_to.database_url))
        except CannotLook as reason:
            notes.append(f"{reason}; times, money and duplicates are as if nothing had been posted")
        yield session


def _previews(
    sources: list[Source], found: Config, limit: int, session: Session | None, now: datetime
) -> list[Preview]:
    with rehearsing(found.common.prices) as rehearsal:
        return Previewer(rehearsal, now, limit, session).preview(sources)


async def _pictures(previews: list[Preview], found: Config, head: AskHead) -> PicturesChecked:
    checked = PicturesChecked(found.common.prices)
    posts = (post for one in previews for post in one.made if isinstance(post, Rehearsed))
    await checked.look(head, posts)
    return checked


class _Sources:
    """Reads what a preview is made of, each feed once."""

    def __init__(self, set_to: Settings, found: Config, gatherer: Gatherer) -> None:
        self._set_to = set_to
        self._config = found
        self._gatherer = gatherer
        self._read: dict[FeedAddress, Document | Trouble] = {}

    async def of(self, wish: Wish) -> list[Source]:
        """Every route that is meant, with its document. Raises `NoSuchRoute`."""
        routes = preview.targets(self._config, wish.target) if wish.route is None else []
        url = wish.target or ""
        if routes or not preview.is_address(url):
            return await self._of_routes(routes)
        routes = preview.by_rules_of(self._config, wish.route, url)
        sources = await self._of_routes(routes)
        page = (
            await self._page(url)
            if isinstance(self._read[routes[0][1].address], (NotAFeed, ParseFailed))
            else None
        )
        return self._of_page(wish, url, page) if page else sources

    async def _of_routes(self, routes: list[Any]) -> list[Source]:
        want_pages = {route.address for _, route in routes if route.compose.wants_pages}
        for _, route in routes:
            if route.address not in self._read:
                self._read[route.address] = await self._look(route.address, pages=route.address in want_pages)
        sources = []
        for customer, route in routes:
            read = self._read[route.address]
            document, problem = (read, None) if isinstance(read, Document) else (None, str(read))
            sources.append(Source(customer, route, document, problem))
        return sources

    async def _look(self, address: FeedAddress, *, pages: bool) -> Document | Trouble:
        try:
            return await self._gatherer.look(address, pages=pages)
        except Trouble as trouble:
            return trouble

    async def _page(self, url: str) -> PageEntry | None:
        try:
            async with open_reader(self._set_to, self._config.common.feeds) as (fetcher, parser):
                return await entry_of_page(fetcher, parser, url)
        except Trouble:
            return None  # why it is no feed says more

    def _of_page(self, wish: Wish, url: str, page: PageEntry) -> list[Source]:
        """The page as the one entry of its feed's routes, or of the one that was asked for, or with the defaults."""
        routes = preview.targets(self._config, page.feed) if page.feed and wish.route is None else []
        routes = routes or preview.by_rules_of(self._config, wish.route, page.feed or url)
        document = Document("page", page.feed_title, entries=(page.entry,))
        return [Source(customer, route, document, None, (_origin(url, page),)) for customer, route in routes]


def _origin(url: str, page: PageEntry) -> str:
    if page.feed is not None:
        return f"{url} is an entry of the feed {page.feed}"
    leads = f"; it leads to the feed {page.named[0]}, which does not have it now" if page.named else ""
    return f"{url} is no entry of a feed that it names: composed from what the page says of itself{leads}"
