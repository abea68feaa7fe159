"""`queue` and `history`."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from scheduler import config, views
from scheduler.cli.output import Block, print_blocks, print_json, when
from scheduler.cli.start import begin
from scheduler.config import Config
from scheduler.lifecycle import State
from scheduler.rules.plan.timetable import NOW
from scheduler.store.opening import open_database

COLUMNS = ("post", "due", "state", "price", "customer/route")

List = Callable[[Config, Session, str | None, int], list[views.Json]]


def list_queue(customer: str | None, limit: int, *, as_json: bool) -> None:
    """What is to come or waits. Raises `NotFound` where nobody knows the customer."""
    show_posts(_listed(views.queue, customer, limit), "Nothing is waiting.", as_json=as_json)


def list_history(customer: str | None, limit: int, *, as_json: bool) -> None:
    """What is settled. Raises `NotFound` where nobody knows the customer."""
    show_posts(_listed(_history, customer, limit), "Nothing is settled yet.", as_json=as_json)


def _history(_: Config, session: Session, customer: str | None, limit: int) -> list[views.Json]:
    return views.history(session, customer, limit)


def _listed(which: List, customer: str | None, limit: int) -> list[views.Json]:
    settings = begin()
    found, _ = config.inspect(settings.config)
    with open_database(settings.database_url) as database, database.read() as session:
        rows = which(found, session, customer, limit)
        if not rows and customer is not None:
            from scheduler import actions  # here, since a list that has rows does without them

            actions.require_customer(session, customer, found)
    return rows


def show_posts(rows: list[views.Json], nothing: str, *, as_json: bool) -> None:
    """Posts (of `views.post`), for people or programs."""
    if as_json:
        print_json(rows)
    else:
        print_blocks(COLUMNS, [_block(row) for row in rows], nothing)


def _block(post: dict[str, Any]) -> Block:
    links = [published["url"] for published in post["network_posts"] if published["url"]]
    cells = (
        post["id"],
        when(post["due_at"]),
        post["state"].replace("_", " "),
        f"${post['price_usd']}",
        f"{post['customer']}/{post['route']}",
    )
    return Block(
        cells,
        [*filter(None, (views.kind(post), _why_then(post))), *views.situation(post), *links],
        cut=post["text"],
    )


def _why_then(post: dict[str, Any]) -> str:
    """Why a post that is to come is due when it is; empty where nothing has put it off."""
    is_to_come = post["state"] in (State.SCHEDULED, State.AWAITING_APPROVAL)
    return str(post["due_reason"]) if is_to_come and post["due_reason"] != NOW else ""
