"""All wiring: which part is given which. Nothing else builds these parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import random

from feeds.database import Database
from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from scheduler.clock import utc_now
from scheduler.config import Common, VaultLayout
from scheduler.configuration import Configuration
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.fire import Fire
from scheduler.delivery.means import Means
from scheduler.delivery.reconcile import Reconcile
from scheduler.delivery.vault import Vault
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.intake import Intake
from scheduler.settings import Settings
from scheduler.store.opening import open_database
from scheduler.web.app import WebServer
from scheduler.work import Work


@dataclass(frozen=True, slots=True)
class Parts:
    """The assembled program."""

    settings: Settings
    configuration: Configuration
    database: Database
    feeds: FeedStore
    poller: Poller
    vault: Vault
    ayrshare: Ayrshare
    work: Work
    engine: EmbeddedEngine
    web: WebServer


@asynccontextmanager
async def open_reader(settings: Settings, common: Common) -> AsyncIterator[tuple[Fetcher, Parser]]:
    """What it takes to read feeds."""
    async with AsyncExitStack() as stack:
        guard = Guard(settings.allow_private)
        fetcher = await stack.enter_async_context(Fetcher(guard, contact=common.feeds.contact, clock=utc_now))
        parser = Parser()
        stack.push_async_callback(parser.close)
        yield fetcher, parser


@asynccontextmanager
async def open_poller(
    settings: Settings, configuration: Configuration, database: Database
) -> AsyncIterator[Poller]:
    """What it takes to poll feeds and make posts of their new entries."""
    feeds = FeedStore()
    intake = Intake(feeds, lambda: configuration.current)
    async with open_reader(settings, configuration.current.common) as (fetcher, parser):
        yield Poller(database, feeds, fetcher, parser, intake, clock=utc_now, rand=random)


@asynccontextmanager
async def open_delivery(
    settings: Settings, layout: Callable[[], VaultLayout]
) -> AsyncIterator[tuple[Vault, Ayrshare]]:
    """What it takes to read keys and to talk to Ayrshare."""
    vault = Vault(settings, layout)
    try:
        async with Ayrshare(settings.ayrshare_url) as ayrshare:
            yield vault, ayrshare
    finally:
        vault.close()


@asynccontextmanager
async def assemble(settings: Settings, configuration: Configuration) -> AsyncIterator[Parts]:
    """Build the daemon's parts, and take them apart in the reverse order."""
    async with AsyncExitStack() as stack:
        database = stack.enter_context(open_database(settings.database_url))
        poller = await stack.enter_async_context(open_poller(settings, configuration, database))
        vault, ayrshare = await stack.enter_async_context(
            open_delivery(settings, lambda: configuration.current.common.vault)
        )
        feeds = FeedStore()
        means = Means(database, vault, ayrshare, lambda: configuration.current, utc_now)
        work = Work(database, feeds, poller, Fire(means), Reconcile(means), utc_now)
        engine = EmbeddedEngine(work)
        web = WebServer(settings, configuration, database, vault)
        yield Parts(settings, configuration, database, feeds, poller, vault, ayrshare, work, engine, web)
