"""`feeds held`, `feeds release` and `feeds dismiss`: entries that look old, and what becomes of them."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from feeds.entry_store import EntryStore
from feeds.model import Feed, Held
from feeds.store import FeedStore
from scheduler import views
from scheduler.bootstrap import build_intake
from scheduler.cli.output import console, counted, print_json, print_table, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.configuration import Configuration
from scheduler.errors import Explained
from scheduler.problems import Problems
from scheduler.store import ledger, posts
from scheduler.store.opening import open_database
from scheduler.values import format_usd

Rows = list[dict[str, Any]]


class NothingHeld(Explained):
    """Of what is named, something does not wait."""


def list_held(urls: Sequence[str], *, as_json: bool) -> None:
    """All held entries, or those of some feeds."""
    with open_database(begin().database_url) as database, database.read() as session:
        unknown = {*urls} - {feed.url for feed in FeedStore().all(session)}
        if unknown:
            raise NothingHeld(
                "\n".join(f"no route uses {url} (see firetime feeds list)" for url in sorted(unknown))
            )
        rows = [views.held(feed, held) for feed, held in _held(session) if not urls or feed.url in urls]
    then = "post them after all: firetime feeds release URL or ENTRY; or not: firetime feeds dismiss URL or ENTRY"
    _show(rows, then if rows else "No entry is held.", as_json=as_json)


def release_held(targets: Sequence[str], *, as_json: bool) -> None:
    """Treat held entries as new ones after all.

    Raises `NothingHeld`, and `Problems` where a customer's file has mistakes: its routes would miss the entries.
    """
    set_to = begin()
    configuration = Configuration(set_to.config)
    configuration.load()
    if configuration.problems:
        raise Problems(configuration.problems)
    intake, now = build_intake(configuration), utc_now()
    with open_database(set_to.database_url) as database, database.write() as session:
        rows = _settle(session, targets, "entry_released", "a person let it through")
        for feed, chosen in _by_feed(_chosen(session, targets)):
            intake.announce(session, feed, [held.known for held in chosen], now)
        _let_go(session, targets)
        made = {row["id"]: posts.of_entry(session, int(row["id"][1:])) for row in rows}
    for row in rows:
        row["posts"] = [f"p{post.id}" for post in made[row["id"]]]
    all_made = {post.id: post for of_entry in made.values() for post in of_entry}  # a digest is of several
    price = sum((post.price_usd for post in all_made.values()), Decimal(0))
    made_of_them = counted(len(all_made), "post", "posts")
    _show(rows, f"{len(rows)} released: {made_of_them}, ${format_usd(price)} with X", as_json=as_json)


def dismiss_held(targets: Sequence[str], *, as_json: bool) -> None:
    """Let held entries count as known, and make no posts of them. Raises `NothingHeld`."""
    with open_database(begin().database_url) as database, database.write() as session:
        rows = _settle(session, targets, "entry_dismissed", "a person dismissed it: no post is made")
        _let_go(session, targets)
    _show(rows, f"{len(rows)} dismissed: they count as known, and no post is made of them", as_json=as_json)


def _settle(session: Session, targets: Sequence[str], action: str, message: str) -> Rows:
    rows = []
    for feed, held in _chosen(session, targets):
        ledger.write(session, utc_now(), action, message, feed_id=feed.id, entry_id=held.known.id)
        rows.append(views.held(feed, held))
    return rows


def _let_go(session: Session, targets: Sequence[str]) -> None:
    EntryStore().let_go(session, [held.known.id for _, held in _chosen(session, targets)])


def _chosen(session: Session, targets: Sequence[str]) -> list[tuple[Feed, Held]]:
    """What the targets, URLs of feeds and ids of entries, mean. Raises `NothingHeld` for those that mean nothing."""
    waiting = list(_held(session))
    names = {name for feed, held in waiting for name in (feed.url, f"e{held.known.id}")}
    if unknown := [target for target in targets if target not in names]:
        told = (f"nothing is held of {one} (see feeds held, and firetime explain {one})" for one in unknown)
        raise NothingHeld("\n".join(told))
    return [(feed, held) for feed, held in waiting if {feed.url, f"e{held.known.id}"} & {*targets}]


def _held(session: Session) -> Iterator[tuple[Feed, Held]]:
    for feed in FeedStore().all(session):
        for held in EntryStore().held(session, feed.id):
            yield feed, held


def _by_feed(chosen: Iterable[tuple[Feed, Held]]) -> Iterator[tuple[Feed, list[Held]]]:
    groups: dict[int, tuple[Feed, list[Held]]] = {}
    for feed, held in chosen:
        groups.setdefault(feed.id, (feed, []))[1].append(held)
    return iter(groups.values())


def _show(rows: Rows, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    cells = [
        (
            row["id"],
            row["feed"],
            row["title"],
            when(row["published_at"]),
            row["reason"],
            " ".join(row["posts"]),
        )
        for row in rows
    ]
    if rows:
        print_table(("entry", "feed", "title", "dated", "why it was held", "posts"), cells, "")
    console().print(sentence, markup=False, highlight=False)
