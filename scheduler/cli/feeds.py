"""`feeds list` and `feeds poll`."""

import asyncio
import time
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import typer

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.model import Feed
from feeds.store import FeedStore
from scheduler import views
from scheduler.bootstrap import open_poller
from scheduler.cli.output import counted, print_json, print_table, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.configuration import Configuration
from scheduler.errors import Explained
from scheduler.lock import AlreadyRunning, only_daemon
from scheduler.settings import Settings
from scheduler.store.opening import make_database, open_database
from scheduler.subscriptions import follow

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.2


class NoSuchFeed(Explained):
    """No route uses the feed."""


class NotPolled(Explained):
    """The running daemon did not get round to it."""


def list_feeds(*, as_json: bool) -> None:
    """All feeds in use."""
    with open_database(begin().database_url) as database, database.read() as session:
        rows = views.feeds(session)
    _show(rows, as_json=as_json)


def poll_feeds(urls: list[str], *, as_json: bool) -> None:
    """Poll now and show what came of it; exit code 1 where a feed has a problem.

    Raises `NoSuchFeed`, `NotPolled`, or `Problems` where this command has to poll and the configuration is broken.
    """
    set_to = begin()
    with make_database(set_to.database_url) as database, ExitStack() as lock:
        try:
            lock.enter_context(only_daemon(set_to.database_url))
        except AlreadyRunning:
            polled, problems = _ask_daemon(database, urls), False
        else:
            polled, problems = asyncio.run(_poll_here(set_to, database, urls))
    with open_database(set_to.database_url) as database, database.read() as session:
        held = EntryStore().held_counts(session)
    _show([views.feed(feed, held.get(feed.id, 0)) for feed in polled], as_json=as_json)
    raise typer.Exit(1 if problems or any(feed.problem for feed in polled) else 0)


def _ask_daemon(database: Database, urls: list[str]) -> list[Feed]:
    store, asked_at = FeedStore(), utc_now()
    with database.write() as session:
        wanted = _wanted(store.all(session), urls)
        for feed in _askable(wanted, asked_at):
            store.request_poll(session, feed.id, asked_at)
    ids = [feed.id for feed in wanted]
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        time.sleep(LOOK_EVERY_S)
        with database.read() as session:
            feeds = [feed for feed in store.all(session) if feed.id in ids]
        if all(_polled_since(feed, asked_at) for feed in feeds):
            return feeds
    late = ", ".join(feed.url for feed in feeds if not _polled_since(feed, asked_at))
    raise NotPolled(
        f"the daemon has not polled within {PATIENCE_S:.0f} s: {late}; it will, see firetime feeds list"
    )


def _polled_since(feed: Feed, asked_at: datetime) -> bool:
    polled = feed.last_polled_at is not None and feed.last_polled_at >= asked_at
    return polled or not _askable([feed], asked_at)


def _askable(feeds: list[Feed], now: datetime) -> list[Feed]:
    """Those whose servers have not asked to be left alone for now."""
    return [feed for feed in feeds if feed.not_before is None or feed.not_before <= now]


async def _poll_here(set_to: Settings, database: Database, urls: list[str]) -> tuple[list[Feed], bool]:
    """The feeds as they are after the poll, and whether a customer was left out for the mistakes in its file."""
    configuration = Configuration(set_to.config)
    configuration.load()
    store = FeedStore()
    with database.write() as session:
        follow(session, store, configuration.current, utc_now())
        wanted = _wanted(store.all(session), urls)
    askable = _askable(wanted, utc_now())
    async with open_poller(set_to, configuration, database) as poller:
        polled = {feed.id: (await poller.poll(feed.id)).feed for feed in askable}
    return [polled.get(feed.id, feed) for feed in wanted], bool(configuration.problems)


def _health(row: dict[str, Any]) -> str:
    waits = row["not_before"] and row["not_before"] > (views.instant(utc_now()) or "")
    told = (
        row["problem"],
        f"its server asks to wait until {when(row['not_before'])}" if waits else None,
        "polled no more, unless by firetime feeds poll"
        if row["problem"] and not row["next_poll_at"]
        else None,
        f"{counted(row['held'], 'entry', 'entries')} held" if row["held"] else None,
    )
    return "; ".join(filter(None, told)) or "good"


def _wanted(known: list[Feed], urls: list[str]) -> list[Feed]:
    unknown = sorted(set(urls) - {feed.url for feed in known})
    if unknown:
        raise NoSuchFeed("\n".join(f"no route uses {url} (see firetime feeds list)" for url in unknown))
    return [feed for feed in known if not urls or feed.url in urls]


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    cells = [
        (
            row["url"] + (f" ({row['sign_in']})" if row["sign_in"] else ""),
            row["title"],
            when(row["last_polled_at"]) or "never",
            when(row["next_poll_at"]) or "never",
            _health(row),
        )
        for row in rows
    ]
    print_table(
        ("feed", "title", "last poll", "next poll", "health"),
        cells,
        "No feeds yet: they appear when the daemon starts.",
    )
