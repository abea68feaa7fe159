"""`pause`, `resume` and `halts`: what stops customers' posts."""

from collections import Counter
from collections.abc import Sequence

import typer
from sqlmodel import Session

from scheduler import actions, config, views
from scheduler.cli.acting import login_name
from scheduler.cli.output import Block, console, counted, print_blocks, print_json, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.lifecycle import State
from scheduler.model import EVERYBODY, Post
from scheduler.store import choosing, halts
from scheduler.store.opening import open_database
from scheduler.views import Json

COMMON_ENDS = "firetime resume --common"
COLUMNS = ("customer", "waits for", "since", "by", "held")


def run_pause(
    names: Sequence[str], until: str | None, reason: str, by: str | None, *, everything: bool, as_json: bool
) -> None:
    """Stop customers' posts, or change how they are paused. Raises `NotFound`, `Unusable` or `typer.BadParameter`."""
    _require_whom(names, everything=everything)
    settings, now = begin(), utc_now()
    found, _ = config.inspect(settings.config)
    with open_database(settings.database_url) as database, database.write() as session:
        rows: list[Json] = []
        known = {halt.id for halt in halts.every(session)}
        for name in actions.named(session, names, found, everything=everything):
            until_at = actions.end_of_pause(until, name, now, found) if until else None
            halt = actions.pause(session, name, by or login_name(), now, until_at, reason)
            rows.append(
                views.halt(halt, choosing.stopped_by(session, [halt])[halt.id])
                | {"is_new": halt.id not in known}
            )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        done = "paused" if row["is_new"] else "was paused already; now"
        end = f"until {when(row['until_at'])}" if row["until_at"] else "until it is resumed"
        _say(f"{_whose(row)} {done} {end}")


def run_resume(
    names: Sequence[str], by: str | None, *, everything: bool, common: bool, as_json: bool
) -> None:
    """End what stops customers. Raises `NotFound`, `Unusable` or `typer.BadParameter`."""
    if everything and common:
        raise typer.BadParameter("give --all, which ends everything, or --common: not both")
    _require_whom(names, everything=everything or common, option="--common" if common else "--all")
    settings, now = begin(), utc_now()
    found, _ = config.inspect(settings.config)
    with open_database(settings.database_url) as database, database.write() as session:
        wanted = actions.named(session, names, found, everything=everything or common)
        resumed = [
            actions.resume(session, name, by or login_name(), now, found, common=common) for name in wanted
        ]
        held = [] if common else _still_held(session, wanted)
    shown = actions.shown(resumed)
    if as_json:
        print_json(shown)
        return
    _tell_ended(shown, "Nothing stops all customers at once." if common else "Nothing stops them.")
    stopped_for = {row["waits_for"] for row in shown["still"]}
    for (customer, waits_for), count in Counter((post.customer, post.waits_for) for post in held).items():
        if waits_for not in stopped_for:
            told = f"{counted(count, 'post', 'posts')} of customer {customer} held for {waits_for}"
            _say(f"{told}, which no resume ends: firetime queue --customer {customer} says what does")


def _still_held(session: Session, customers: Sequence[str]) -> list[Post]:
    whose = [None if name == EVERYBODY else name for name in customers]
    return [post for name in whose for post in choosing.chosen(session, (State.HELD,), name, None, None)]


def _tell_ended(shown: Json, nothing: str) -> None:
    for row in shown["ended"]:
        _say(f"{_whose(row)} no longer {_waits(row)}")
    _say(counted(len(shown["released"]), "post", "posts") + " released" if shown["ended"] else nothing)
    for row in shown["still"]:
        _say(f"still stopped: {_whose(row)} {_waits(row)} ({COMMON_ENDS} ends that)")


def list_halts(*, as_json: bool) -> None:
    """What stops customers' posts now."""
    with open_database(begin().database_url) as database, database.read() as session:
        rows, waiting = views.halts_now(session), choosing.waiting_for_all(session)
    if as_json:
        print_json(rows)
        return
    nothing = "No pause or condition stops a customer." if waiting else "Nothing stops any customer's posts."
    print_blocks(COLUMNS, [_block(row) for row in rows], nothing)
    for what, count in waiting.items():
        posts = counted(count, "due post waits", "due posts wait")
        _say(f"{posts} for {what}, and will be tried again: firetime queue says why")


def _require_whom(names: Sequence[str], *, everything: bool, option: str = "--all") -> None:
    if names and everything:
        raise typer.BadParameter(f"give names, or {option}: not both")
    if not names and not everything:
        raise typer.BadParameter("say which customers: their names, or --all")


def _block(halt: Json) -> Block:
    cells = (
        halt["customer"] or "all",
        halt["waits_for"].replace("_", " ") + (f" on {halt['network']}" if halt["network"] else ""),
        when(halt["since_at"]),
        halt["by"],
        counted(halt["held"], "post", "posts"),
    )
    until, probe = when(halt["until_at"]), when(halt["next_probe_at"])
    ends = f"until {until}" if until else ""
    command = f"firetime resume {halt['customer']}" if halt["customer"] else COMMON_ENDS
    ends = ends or (
        f"one post is let through at {probe} to see; at once with {command}"
        if probe
        else f"until it is resumed: {command}"
    )
    return Block(cells, [halt["reason"], ends])


def _waits(halt: Json) -> str:
    return f"waits for {halt['waits_for'].replace('_', ' ')}"


def _whose(halt: Json) -> str:
    return f"customer {halt['customer']}" if halt["customer"] else "every customer"


def _say(line: str) -> None:
    console().print(line, markup=False, highlight=False)
