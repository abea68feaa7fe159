"""All wiring: which part is given which. Nothing else builds these parts."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import random

from sqlmodel import Session

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.fetch import Fetcher
from feeds.gather import Gatherer
from feeds.guard import Guard
from feeds.model import Note
from feeds.pace import Bounds
from feeds.parse import Parser
from feeds.poll import Poller
from feeds.store import FeedStore
from feeds.websub.callbacks import Callbacks
from feeds.websub.hubs import Hubs
from feeds.websub.recorder import Judging
from feeds.websub.store import WebsubStore
from feeds.websub.subscriber import Subscriber
from feeds.websub.trust import Trust
from scheduler.clock import utc_now
from scheduler.common import FeedClient, VaultLayout
from scheduler.config import Config
from scheduler.configuration import Configuration
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.fire import Fire
from scheduler.delivery.means import Means
from scheduler.delivery.reconcile import Reconcile
from scheduler.delivery.sign_in import FeedSignIn
from scheduler.delivery.vault import Vault
from scheduler.delivery.x_apps import XApps
from scheduler.engines.embedded import EmbeddedEngine
from scheduler.intake import Intake
from scheduler.moving.invitations import Invitations
from scheduler.moving.linking import Linker
from scheduler.moving.progress import Survey
from scheduler.moving.reading import KeyReader
from scheduler.moving.unlinking import Unlinker
from scheduler.settings import Settings
from scheduler.store import ledger
from scheduler.store.opening import make_database, open_database
from scheduler.web.app import WebServer
from scheduler.web.hooks import Hooks
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
    means: Means
    work: Work
    engine: EmbeddedEngine
    callbacks: Callbacks
    web: WebServer


@dataclass(frozen=True, slots=True)
class Moving:
    """What links customers' accounts, and says how far that has got."""

    database: Database
    survey: Survey
    linker: Linker
    invitations: Invitations
    unlinker: Unlinker


@contextmanager
def open_vault(settings: Settings, layout: Callable[[], VaultLayout]) -> Iterator[Vault]:
    """The door to Vault."""
    vault = Vault(settings, layout)
    try:
        yield vault
    finally:
        vault.close()


@asynccontextmanager
async def open_reader(settings: Settings, client: FeedClient) -> AsyncIterator[tuple[Fetcher, Parser]]:
    """What it takes to read documents that anybody may read."""
    async with AsyncExitStack() as stack:
        guard = Guard(settings.allow_private)
        fetcher = await stack.enter_async_context(Fetcher(guard, contact=client.contact, clock=utc_now))
        parser = Parser()
        stack.push_async_callback(parser.close)
        yield fetcher, parser


@asynccontextmanager
async def open_gatherer(
    settings: Settings, client: FeedClient, vault: Vault
) -> AsyncIterator[tuple[Fetcher, Gatherer]]:
    """What it takes to read feeds, also those that need a sign-in, and to ask hubs."""
    async with open_reader(settings, client) as (fetcher, parser):
        yield fetcher, Gatherer(fetcher, parser, FeedSignIn(vault).headers)


def build_intake(configuration: Configuration) -> Intake:
    """What makes posts of entries."""
    return Intake(EntryStore(), lambda: configuration.current)


def _tell(session: Session, at: datetime, feed_id: int, note: Note) -> None:
    ledger.write(session, at, note.action, note.message, feed_id=feed_id)


def build_trust() -> Trust:
    """What judges hubs."""
    return Trust(WebsubStore(), _tell, random)


def build_subscriber(settings: Settings, database: Database, fetcher: Fetcher) -> Subscriber:
    """What subscribes to hubs."""
    store = WebsubStore()
    hubs = Hubs(database, store, fetcher.post_form, _tell, clock=utc_now, rand=random)
    return Subscriber(
        database, store, FeedStore(), hubs, build_trust(), public_url=settings.public_url, clock=utc_now
    )


def build_callbacks(database: Database, poller: Poller) -> Callbacks:
    """What answers hubs."""
    return Callbacks(
        database, WebsubStore(), FeedStore(), poller.push, build_trust(), _tell, clock=utc_now, rand=random
    )


def build_poller(
    configuration: Configuration, database: Database, gatherer: Gatherer, subscriber: Subscriber
) -> Poller:
    """What polls feeds and makes posts of their new entries."""
    return Poller(
        database,
        FeedStore(),
        EntryStore(),
        gatherer,
        Judging(build_intake(configuration), build_trust()),
        clock=utc_now,
        rand=random,
        bounds=lambda: _bounds(configuration.current.common.feeds),
        discovered=subscriber.discovered,
    )


@asynccontextmanager
async def open_poller(
    settings: Settings, configuration: Configuration, database: Database
) -> AsyncIterator[Poller]:
    """A poller for a command, with all that it takes."""
    with open_vault(settings, lambda: configuration.current.common.vault) as vault:
        client = configuration.current.common.feeds
        async with open_gatherer(settings, client, vault) as (fetcher, gatherer):
            subscriber = build_subscriber(settings, database, fetcher)
            yield build_poller(configuration, database, gatherer, subscriber)


def _bounds(wished: FeedClient) -> Bounds:
    return Bounds(wished.fastest_poll.total_seconds(), wished.slowest_poll.total_seconds())


@asynccontextmanager
async def open_delivery(
    settings: Settings, layout: Callable[[], VaultLayout]
) -> AsyncIterator[tuple[Vault, Ayrshare]]:
    """What it takes to read keys and to talk to Ayrshare."""
    with open_vault(settings, layout) as vault:
        async with Ayrshare(settings.ayrshare_url) as ayrshare:
            yield vault, ayrshare


def build_moving(
    settings: Settings,
    config: Callable[[], Config],
    database: Database,
    vault: Vault,
    ayrshare: Ayrshare,
    x_apps: XApps,
) -> Moving:
    """What moves customers over to X apps of their own."""
    reader = KeyReader(vault, database, utc_now)
    linker = Linker(reader, ayrshare, config, x_apps)
    survey = Survey(reader, ayrshare, settings.ayrshare_url)
    invitations = Invitations(linker, database, config, utc_now)
    return Moving(database, survey, linker, invitations, Unlinker(reader, ayrshare, settings.ayrshare_url))


@asynccontextmanager
async def open_moving(settings: Settings, found: Config) -> AsyncIterator[Moving]:
    """The same for a command."""
    with open_database(settings.database_url) as database:
        async with open_delivery(settings, lambda: found.common.vault) as (vault, ayrshare):
            yield build_moving(settings, lambda: found, database, vault, ayrshare, XApps())


@asynccontextmanager
async def assemble(settings: Settings, configuration: Configuration) -> AsyncIterator[Parts]:
    """Build the daemon's parts, and take them apart in the reverse order."""
    async with AsyncExitStack() as stack:
        database = stack.enter_context(make_database(settings.database_url))
        vault, ayrshare = await stack.enter_async_context(
            open_delivery(settings, lambda: configuration.current.common.vault)
        )
        client = configuration.current.common.feeds
        fetcher, gatherer = await stack.enter_async_context(open_gatherer(settings, client, vault))
        subscriber = build_subscriber(settings, database, fetcher)
        poller = build_poller(configuration, database, gatherer, subscriber)
        callbacks = build_callbacks(database, poller)
        feeds = FeedStore()
        means = Means(
            database,
            vault,
            ayrshare,
            settings.ayrshare_url,
            fetcher.head,
            lambda: configuration.current,
            utc_now,
        )
        work = Work(
            database,
            feeds,
            poller,
            Fire(means),
            Reconcile(means),
            means.owed,
            subscriber,
            means.customer,
            utc_now,
        )
        engine = EmbeddedEngine(work)
        hooks = Hooks(database, feeds, callbacks, utc_now)
        moving = build_moving(
            settings, lambda: configuration.current, database, vault, ayrshare, means.x_apps
        )
        web = WebServer(settings, configuration, database, vault, hooks, moving.invitations)
        yield Parts(
            settings, configuration, database, feeds, poller, vault, means, work, engine, callbacks, web
        )
