"""`feeds add`: from a site's address to a route in a customer's file."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

import typer

from feeds.discover import Found, discover
from feeds.names import same_address
from feeds.trouble import Trouble
from feeds.typed_url import typed_url
from scheduler import config, customer_file
from scheduler.bootstrap import open_reader
from scheduler.cli.output import print_json, print_table
from scheduler.cli.start import begin
from scheduler.customer_file import CannotAdd, CustomerFile, NewRoute
from scheduler.errors import Explained
from scheduler.problems import Problems
from scheduler.settings import Settings


class NoFeed(Explained):
    """No feed, or not the one that was asked for, is at the address."""


def add_feed(url: str, customer: str | None, route: str | None, feed: str | None, *, as_json: bool) -> None:
    """Find the feed and write a route for it; exit code 1, with a list, where there are several to choose from.

    Raises `NoFeed`, `NoSuchCustomer`, `CannotAdd` or `Problems`.
    """
    set_to = begin()
    file = customer_file.read(customer_file.find(set_to.config, customer))
    try:
        _refuse_known(file, typed_url(url))
        found = asyncio.run(_discover(set_to, url))
    except Trouble as trouble:
        raise NoFeed(str(trouble)) from None
    chosen = _chosen(found, feed)
    if chosen is None:
        _ask(found, as_json=as_json)
        raise typer.Exit(1)
    (route_id,) = customer_file.add(file.path, [NewRoute(chosen.url, chosen.title, route)])
    if as_json:
        added = {"customer": file.customer.id, "route": route_id, "file": str(file.path), "feed": chosen.url}
        print_json({"added": added, "found": [asdict(one) for one in found]})
    else:
        _say_added(file, route_id, chosen)


async def _discover(set_to: Settings, url: str) -> list[Found]:
    found, problems = config.inspect(set_to.config)
    if common := [problem for problem in problems if problem.customer is None]:
        raise Problems(common)  # without it, nobody knows whom we ask in the name of
    async with open_reader(set_to, found.common.feeds) as (fetcher, parser):
        return await discover(fetcher, parser, url)


def _refuse_known(file: CustomerFile, url: str) -> None:
    if route := file.route_of(url):
        raise CannotAdd(f"{file.path} has this feed already, in its route {route!r}: {url}")


def _chosen(found: Sequence[Found], feed: str | None) -> Found | None:
    """The feed that was named, or the only one. Raises `NoFeed` where another was named."""
    if feed is None:
        return found[0] if len(found) == 1 else None
    for one in found:
        if same_address(one.url) == same_address(feed):
            return one
    raise NoFeed(f"{feed} is not among the feeds there: {', '.join(one.url for one in found)}")


def _ask(found: Sequence[Found], *, as_json: bool) -> None:
    if as_json:
        print_json({"added": None, "found": [asdict(one) for one in found]})
    else:
        cells = [(one.url, one.title, one.format, str(one.entries)) for one in found]
        print_table(("feed", "title", "format", "entries"), cells, "")
    typer.echo(
        f"firetime: there are {len(found)} feeds: name one of them with --feed; none was added", err=True
    )


def _say_added(file: CustomerFile, route_id: str, feed: Found) -> None:
    entries = "1 entry" if feed.entries == 1 else f"{feed.entries} entries"
    typer.echo(f"{feed.url}: {feed.title or 'no title'} ({feed.format}, {entries})")
    typer.echo(f"added to {file.path} as route {route_id!r}")
    typer.echo(f"see what it would post: firetime preview {file.customer.id}/{route_id}")
