"""The commands under `feeds`, and their options."""

from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.options import Json, Only

feeds_app = typer.Typer(help="Feeds: what is polled, and how it fares.", no_args_is_help=True)

Urls = Annotated[list[str] | None, typer.Argument(metavar="[URL]...", help="Feeds; none means all.")]
Whose = Annotated[
    str | None,
    typer.Option(
        "--customer", help="Whose feed it is (the name of the file); needed where there are several."
    ),
]
Held = Annotated[
    list[str], typer.Argument(metavar="WHAT...", help="Feeds by URL, or entries by ids such as e203.")
]
From = Annotated[
    str, typer.Option("--url", help="The address that a file came from: it completes relative links.")
]


@feeds_app.command("list")
def list_(json: Json = False) -> None:
    """List the feeds that routes use, with their health and next poll."""
    from scheduler.cli.feeds import list_feeds

    list_feeds(as_json=json)


@feeds_app.command()
def poll(urls: Urls = None, json: Json = False) -> None:
    """Poll feeds now, by the running daemon or, if there is none, by this command."""
    from scheduler.cli.feeds import poll_feeds

    poll_feeds(urls or [], as_json=json)


@feeds_app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A site, a page of it, or a feed.")],
    customer: Whose = None,
    route: Annotated[
        str | None, typer.Option("--route", help="The new route's id; else its title's.")
    ] = None,
    feed: Annotated[str | None, typer.Option("--feed", help="Which one, where a site has several.")] = None,
    json: Json = False,
) -> None:
    """Find the feed of a site, and write a route for it into a customer's file."""
    from scheduler.cli.feeds_add import add_feed

    add_feed(url, customer, route, feed, as_json=json)


@feeds_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file, as other readers export it.")],
    customer: Whose = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    json: Json = False,
) -> None:
    """Write a route for each feed of an OPML file into a customer's file."""
    from scheduler.cli.feeds_opml import import_list

    import_list(file, customer, dry_run=dry_run, as_json=json)


@feeds_app.command()
def export(customer: Only = None) -> None:
    """Print the feeds of all customers as OPML 2.0, a folder for each customer."""
    from scheduler.cli.feeds_opml import export_list

    export_list(customer)


@feeds_app.command()
def show(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A feed's address, or a file.")],
    url: From = "",
    json: Json = False,
) -> None:
    """Show what is seen in a document: format, hints, entries, problems. Nothing is stored."""
    from scheduler.cli.feeds_look import show_feed

    show_feed(source, url, as_json=json)


@feeds_app.command()
def replay(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Snapshots of one feed, oldest first.")
    ],
    url: From = "",
    json: Json = False,
) -> None:
    """Run snapshots of one feed through identity and the breaker: which entries would be posted, held or updated."""
    from scheduler.cli.feeds_look import replay_files

    replay_files(files, url, as_json=json)


@feeds_app.command()
def held(urls: Urls = None, json: Json = False) -> None:
    """List new entries that look like old ones, and are held until you choose."""
    from scheduler.cli.feeds_held import list_held

    list_held(urls or [], as_json=json)


@feeds_app.command()
def release(held: Held, json: Json = False) -> None:
    """Treat held entries as new ones after all: posts are made of them."""
    from scheduler.cli.feeds_held import release_held

    release_held(held, as_json=json)


@feeds_app.command()
def dismiss(held: Held, json: Json = False) -> None:
    """Let held entries count as known: no posts are made of them."""
    from scheduler.cli.feeds_held import dismiss_held

    dismiss_held(held, as_json=json)
