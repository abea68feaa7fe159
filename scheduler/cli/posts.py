"""`queue`, `history`, `approve`, `cancel`, `release`, `retry`."""

from typing import Any

from scheduler import views
from scheduler.actions import act
from scheduler.cli.output import print_json, print_table, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.store.opening import open_database

COLUMNS = ("post", "due", "state", "customer/route", "price", "text")


def list_queue(customer: str | None, limit: int, *, as_json: bool) -> None:
    """What is to come or waits."""
    with open_database(begin().database_url) as database, database.read() as session:
        rows = views.queue(session, customer, limit)
    _show(rows, "Nothing is waiting.", as_json=as_json)


def list_history(customer: str | None, limit: int, *, as_json: bool) -> None:
    """What is settled."""
    with open_database(begin().database_url) as database, database.read() as session:
        rows = views.history(session, customer, limit)
    _show(rows, "Nothing is settled yet.", as_json=as_json)


def act_on(action: str, ids: list[str], *, as_json: bool) -> None:
    """Apply an action to all posts, or to none where one of them does not allow it.

    Raises `NotFound` or `CannotAct`.
    """
    with open_database(begin().database_url) as database, database.write() as session:
        rows = [views.post(act(session, post_id, action, utc_now())) for post_id in ids]
    _show(rows, "", as_json=as_json)


def _show(rows: list[views.Json], nothing: str, *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
    else:
        print_table(COLUMNS, [_row(row) for row in rows], nothing)


def _row(post: dict[str, Any]) -> tuple[str, ...]:
    state = post["state"]
    if post["waits_for"]:
        state += f", waits for {post['waits_for']}"
    if post["reason"]:
        state += f": {post['reason']}"
    links = [published["url"] for published in post["network_posts"] if published["url"]]
    return (
        post["id"],
        when(post["due_at"]),
        "\n".join([state, *links]),
        f"{post['customer']}/{post['route']}",
        f"${post['price_usd']}",
        post["text"],
    )
