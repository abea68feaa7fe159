"""`feeds import` and `feeds export`: lists of feeds into customers' files, and out of them."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from feeds.names import same_address
from feeds.opml import NotOpml, Outline, Unusable, read_opml, write_opml
from feeds.store import FeedStore
from scheduler import config, customer_file
from scheduler.cli.output import print_json, print_table
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.customer import Customer
from scheduler.customer_file import CustomerFile, NewRoute
from scheduler.errors import Explained, in_words
from scheduler.store.looking import NothingThere, looking


class NoList(Explained):
    """The file cannot be read as a list of feeds."""


def import_list(path: Path, customer: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Write a route for each feed of an OPML file; exit code 1 where some of its lines are of no use.

    Raises `NoList`, `NoSuchCustomer`, `CannotAdd` or `Problems`; then nothing is written.
    """
    file = customer_file.read(customer_file.find(begin().config, customer))
    new, known, unusable = _sort_out(file, _lines(path))
    routes = [NewRoute(line.url, line.title, comment=_hint(line)) for line in new]
    ids = customer_file.ids_for(file.customer, routes)
    if routes and not dry_run:
        ids = customer_file.add(file.path, routes)
    named = dict(zip((same_address(line.url) for line in new), ids, strict=True))
    result = {
        "customer": file.customer.id,
        "file": str(file.path),
        "dry_run": dry_run,
        "added": [_line(line, named[same_address(line.url)]) for line in new],
        "known": [_line(line, file.route_of(line.url) or named[same_address(line.url)]) for line in known],
        "unusable": [asdict(line) for line in unusable],
    }
    show = print_json if as_json else _show_import
    show(result)
    raise typer.Exit(1 if unusable else 0)


def export_list(customer: str | None) -> None:
    """Print the feeds of all customers, or of one, as OPML; exit code 1 where a file has mistakes.

    Raises `NoSuchCustomer`.
    """
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    if customer is not None:
        path = customer_file.find(set_to.config, customer)
        problems = [problem for problem in problems if problem.customer in (None, path.stem)]
    for problem in problems:
        typer.echo(f"firetime: {problem}", err=True)
    titles: dict[str, str] = {}
    with suppress(NothingThere), looking(set_to.database_url) as session:
        titles = {feed.url: feed.title for feed in FeedStore().all(session)}
    wanted = [one for one in found.customers if customer in (None, one.id)]
    folders = [(one.name, _outlines(one, titles)) for one in wanted]
    typer.echo(write_opml("Feeds of Firetime", folders, utc_now()), nl=False)
    raise typer.Exit(1 if problems else 0)


def _lines(path: Path) -> list[Outline | Unusable]:
    try:
        return read_opml(path.read_bytes())
    except OSError as error:
        raise NoList(f"{path} cannot be read: {in_words(error)}") from None
    except NotOpml as trouble:
        raise NoList(f"{path} is no OPML: {trouble}") from None


def _sort_out(
    file: CustomerFile, lines: Iterable[Outline | Unusable]
) -> tuple[list[Outline], list[Outline], list[Unusable]]:
    """Which lines are new, which the file has or the list says twice, and which are of no use."""
    new: dict[str, Outline] = {}
    known: list[Outline] = []
    unusable: list[Unusable] = []
    for line in lines:
        if isinstance(line, Unusable):
            unusable.append(line)
        elif file.route_of(line.url) or same_address(line.url) in new:
            known.append(line)
        else:
            new[same_address(line.url)] = line
    return list(new.values()), known, unusable


def _hint(line: Outline) -> str:
    return f"folder: {' / '.join(line.folders)}" if line.folders else ""


def _line(line: Outline, route_id: str) -> dict[str, Any]:
    return {"route": route_id, "feed": line.url, "title": line.title, "folders": list(line.folders)}


def _show_import(result: dict[str, Any]) -> None:
    added = "would be added" if result["dry_run"] else "added"
    rows = [(line["route"], line["feed"], added) for line in result["added"]]
    rows += [(line["route"], line["feed"], "there already") for line in result["known"]]
    rows += [("", line["what"], line["why"]) for line in result["unusable"]]
    print_table(("route", "feed", "result"), rows, "The list is empty.")
    counts = f"{len(result['known'])} there already, {len(result['unusable'])} unusable"
    typer.echo(f"{len(result['added'])} {added} to {result['file']}, {counts}")


def _outlines(customer: Customer, titles: dict[str, str]) -> list[Outline]:
    """Each of the customer's feeds once, by the title that it was last polled with or else its route's id."""
    routes: dict[str, str] = {}
    for route in customer.routes:
        routes.setdefault(route.feed, route.id)
    return [Outline(url, titles.get(url) or route_id) for url, route_id in routes.items()]
