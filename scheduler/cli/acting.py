"""`approve`, `reject`, `cancel`, `release`, `retry`, `reschedule`, `send-now`, `edit`."""

import pwd
import sys
from os import getuid
from pathlib import Path

import click
import typer
from sqlmodel import Session

from feeds.database import Database
from scheduler import config, views
from scheduler.actions import PASSIVE, Action, CannotAct, Choice, Order, Unusable, carry_out, chosen, rehearse
from scheduler.cli.output import console
from scheduler.cli.posts import show_posts
from scheduler.cli.start import begin
from scheduler.cli.text_input import STANDARD_INPUT, standard_input
from scheduler.clock import utc_now
from scheduler.config import Config
from scheduler.model import Post
from scheduler.problems import Problems
from scheduler.settings import Settings
from scheduler.store.opening import open_database

__all__ = ["Choice", "act_on", "edit_post", "login_name", "name_of_a_person"]

FIRST_PERSON = 501 if sys.platform == "darwin" else 1000
"""Users below that number are of the system (UID_MIN of login.defs; macOS begins at 501)."""
NO_SHELLS = ("nologin", "false")


def act_on(
    action: str,
    choice: Choice,
    by: str | None,
    *,
    reason: str = "",
    at: str = "",
    dry_run: bool,
    as_json: bool,
) -> None:
    """Apply an action to all posts that are chosen, or to none where one of them does not allow it.

    Raises `NotFound`, `CannotAct` or `Unusable`, and `typer.BadParameter` where nobody says which posts.
    """
    if choice.ways > 1:
        raise typer.BadParameter("give ids, or a filter, or --all: not two of them")
    if not choice.ways:
        raise typer.BadParameter("say which posts: ids such as p17, or a filter such as --customer, or --all")
    settings = begin()
    found, _ = config.inspect(settings.config)
    order = Order(Action(action), by or login_name(), utc_now(), reason=reason, at=at)
    with open_database(settings.database_url) as database:
        _act(database, order, choice, found, dry_run=dry_run, as_json=as_json)


def edit_post(
    post_id: str, text: str | None, networks: list[str], by: str | None, *, dry_run: bool, as_json: bool
) -> None:
    """Give a post another text: the given one, that of standard input, or what a person writes in an editor.

    Raises like `act_on`, and `Problems` where X's prices cannot be read.
    """
    settings = begin()
    found = _with_prices(settings)
    choice = Choice((post_id,))
    with open_database(settings.database_url) as database:
        seen = None
        if text is None:
            with database.read() as session:
                seen = _text(session, choice, networks, found)
            text = _written(seen)
        elif text == STANDARD_INPUT:
            text = standard_input()
        order = Order(
            Action.EDIT, by or login_name(), utc_now(), text=text, networks=tuple(networks), seen=seen
        )
        _act(database, order, choice, found, dry_run=dry_run, as_json=as_json)


def login_name() -> str:
    """Who is signed in to the operating system; the user's number where it has no name."""
    try:
        return pwd.getpwuid(getuid()).pw_name
    except KeyError:
        return f"user {getuid()}"


def name_of_a_person() -> str | None:
    """Who is signed in; None for root and for a service."""
    try:
        user = pwd.getpwuid(getuid())
    except KeyError:
        return None
    return user.pw_name if is_person(user) else None


def is_person(user: pwd.struct_passwd) -> bool:
    """Whether a user of the operating system is somebody: not root, nor one that a service runs as."""
    return user.pw_uid >= FIRST_PERSON and Path(user.pw_shell).name not in NO_SHELLS


def _act(
    database: Database, order: Order, choice: Choice, found: Config, *, dry_run: bool, as_json: bool
) -> None:
    with database.write() as session:
        meant = chosen(session, choice, order.action, found)
        done: list[Post] = (rehearse if dry_run else carry_out)(session, order, meant, found)
    which = "No post" if choice.everything else "No post that passes the filter"
    nothing = f"{which} can be {PASSIVE[order.action]}: nothing is done."
    show_posts([views.post(one) for one in done], nothing, as_json=as_json)
    if dry_run and done and not as_json:
        console().print("This is how it would be: nothing is changed yet.", markup=False)


def _with_prices(settings: Settings) -> Config:
    found, problems = config.inspect(settings.config)
    general = [problem for problem in problems if problem.customer is None]
    if general:
        raise Problems(general)
    return found


def _text(session: Session, choice: Choice, networks: list[str], found: Config) -> str:
    (post,) = chosen(session, choice, Action.EDIT, found)
    return post.text_for(networks[0]) if networks else post.text


def _written(seen: str) -> str:
    """What a person makes of the text in an editor. Raises `Unusable`, or `CannotAct` where nothing is changed."""
    if not sys.stdin.isatty():
        raise Unusable("give the new text with --text, or - there to read it from standard input")
    written = click.edit(f"{seen}\n", extension=".txt", require_save=True)
    if written is None or written.strip() == seen.strip():
        raise CannotAct("the text is as it was: nothing is changed")
    return written
