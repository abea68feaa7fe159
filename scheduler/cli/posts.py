"""`queue`, `history`, `approve`, `cancel`, `release`, `retry`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlmodel import Session

from scheduler import views
from scheduler.actions import act
from scheduler.cli.output import Block, print_blocks, print_json, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.store.opening import open_database

COLUMNS = ("post", "due", "state", "price", "customer/route")

List = Callable[[Session, str | None, int], list[views.Json]]


def list_queue(customer: str | None, limit: int, *, as_json: bool) -> None:
    """What is to come or waits. Raises `NotFound` where nobody knows the customer."""
    _show(_listed(views.queue, customer, limit), "Nothing is waiting.", as_json=as_json)


def list_history(customer: str | None, limit: int, *, as_json: bool) -> None:
    """What is settled. Raises `NotFound` where nobody knows the customer."""
    _show(_listed(views.history, customer, limit), "Nothing is settled yet.", as_json=as_json)


def act_on(action: str, ids: list[str], *, as_json: bool) -> None:
    """Apply an action to all posts, or to none where one of them does not allow it.

    Raises `NotFound` or `CannotAct`.
    """
    with open_database(begin().database_url) as database, database.write() as session:
        rows = [views.post(act(session, post_id, action, utc_now())) for post_id in ids]
    _show(rows, "", as_json=as_json)


def _listed(which: List, customer: str | None, limit: int) -> list[views.Json]:
    settings = begin()
    with open_database(settings.database_url) as database, database.read() as session:
        rows = which(session, customer, limit)
        if not rows and customer is not None and not _has_posts(session, customer):
            _require_configured(customer, settings.config)
    return rows


def _has_posts(session: Session, customer: str) -> bool:
    return bool(views.queue(session, customer, 1) or views.history(session, customer, 1))


def _require_configured(customer: str, folder: Path) -> None:
    from scheduler import config  # here, since a list that has rows does without it

    found, problems = config.inspect(folder)
    known = {one.id for one in found.customers} | {one.customer for one in problems if one.customer}
    if customer not in known:
        names = ", ".join(sorted(known)) or "none"
        raise views.NotFound(
            f"neither the configuration nor a post knows a customer {customer!r}; known: {names}"
        )


def _show(rows: list[views.Json], nothing: str, *, as_json: bool) -> None:
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
    about = [views.kind(post)] if views.kind(post) else []
    return Block(cells, [*about, *views.situation(post), *links], cut=post["text"])
