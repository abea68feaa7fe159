"""All commands and their options."""

import sys
from typing import Annotated

import typer

from scheduler.cli import custody_app
from scheduler.cli.customers_app import customers_app
from scheduler.cli.feeds_app import feeds_app
from scheduler.cli.options import Json, Limit, Only
from scheduler.cli.posts_app import add_to
from scheduler.errors import Explained
from scheduler.hardening import harden

app = typer.Typer(
    name="firetime",
    help="RSS to X, with each customer's own API keys read from Vault at the moment a post is due.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(feeds_app, name="feeds")
app.add_typer(customers_app, name="customers")
app.add_typer(db_app, name="db")


def main() -> None:
    """Run the command line. Exit code 0: done; 1: failed, or found problems; 2: wrong use."""
    try:
        harden()
        app()
    except Explained as error:
        for line in str(error).splitlines():
            typer.echo(f"firetime: {line}", err=True)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"firetime {installed('firetime')}")
        raise typer.Exit


@app.command()
def run() -> None:
    """Run the daemon: poll feeds, schedule posts, send what is due. SIGTERM or Ctrl-C stops it in order."""
    from scheduler.cli.daemon import run_daemon

    run_daemon()


@app.command()
def demo(
    posts: Annotated[int | None, typer.Option(min=1, help="Stop by itself after so many deliveries.")] = None,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65_531, help="The dashboard's port; the next four are used too. 0: any free ones."
        ),
    ] = 8420,
    json: Json = False,
) -> None:
    """See the whole job on this machine: a real OpenBao, an Ayrshare stand-in and a feed that keeps growing."""
    from scheduler.cli.demo import run_demo

    run_demo(posts, port, as_json=json)


@app.command()
def check(
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Prove each X key pair with X itself: X charges one read of a user for each."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Check configuration, database, Vault, Ayrshare and each customer's keys. Exit code 1 if anything is wrong."""
    from scheduler.cli.check import run_check

    run_check(live=live, as_json=json)


@app.command()
def preview(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[ROUTE|URL]",
            help="customer, route, customer/route, or the address of a feed or a web page.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many entries of a feed.")] = 5,
    route: Annotated[
        str | None, typer.Option(metavar="ROUTE", help="For a URL: use this route's rules for it.")
    ] = None,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write a page with a card for each post; - prints it."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what would be posted: exact texts, lengths, pictures, prices, times. Nothing is stored or sent."""
    from scheduler.cli.preview import Wish, run_preview

    run_preview(Wish(target, route, limit), html, as_json=json)


@app.command()
def backtest(
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="route or customer/route.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days back.")] = 30,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="At most so many posts are listed.")] = 10,
    json: Json = False,
) -> None:
    """Replay a route's rules over the entries of the past: posts, times, cost and clashes, before it is switched on."""
    from scheduler.cli.backtest import run_backtest

    run_backtest(route, days, limit, as_json=json)


@app.command()
def plan(
    customer: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="Only this customer (the name of its file).")
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Only what the configuration on the disk would change.")
    ] = False,
    json: Json = False,
) -> None:
    """Show when what waits is due and why, by the rules on the disk, and what these would change. Nothing is stored."""
    from scheduler.cli.plan import run_plan

    run_plan(customer, diff=diff, as_json=json)


@app.command()
def spend(
    customer: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="Only this customer (the name of its file).")
    ] = None,
    months: Annotated[
        int, typer.Option(min=1, max=120, help="So many calendar months, this one among them.")
    ] = 3,
    json: Json = False,
) -> None:
    """Show what X was paid, what is to come, and how each customer's budget stands."""
    from scheduler.cli.spend import run_spend

    run_spend(customer, months, as_json=json)


@app.command()
def measure(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT|-", help="The text; - reads it from standard input.")
    ] = None,
    jsonl: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(
            metavar="FILE|-", help="Read one JSON string a line, and answer one JSON object a line."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Measure any text as X counts it: length, validity, links, tags and price. Needs no configuration."""
    from scheduler.cli.measure import measure_lines, run_measure

    if text is not None and jsonl is not None:
        raise typer.BadParameter("give either a text or --jsonl, not both")
    if jsonl is not None:
        measure_lines(jsonl)
    elif text is not None:
        run_measure(text, as_json=json)
    else:
        raise typer.BadParameter("give a text, - for standard input, or --jsonl with a file or -")


@app.command()
def queue(customer: Only = None, limit: Limit = 100, json: Json = False) -> None:
    """List posts that are to come or wait, in the order of their due time."""
    from scheduler.cli.posts import list_queue

    list_queue(customer, limit, as_json=json)


@app.command()
def history(customer: Only = None, limit: Limit = 100, json: Json = False) -> None:
    """List posts that are settled: delivered, rejected, cancelled or expired; newest first."""
    from scheduler.cli.posts import list_history

    list_history(customer, limit, as_json=json)


@app.command()
def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A post (p17), an entry (e203), or the address of a feed, entry or post."
        ),
    ],
    json: Json = False,
) -> None:
    """Tell the whole story of a post, an entry or a feed: every decision, every attempt, every answer."""
    from scheduler.cli.explain import run_explain

    run_explain(what, as_json=json)


add_to(app)
custody_app.add_to(app)


@db_app.command("upgrade")
def db_upgrade(json: Json = False) -> None:
    """Bring the database to this version's schema. Doing it twice changes nothing."""
    from scheduler.cli.database import run_upgrade

    run_upgrade(as_json=json)


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0: any free one.")] = 8421,
) -> None:
    """Run the Ayrshare stand-in alone: post to it without posting to anybody, and order faults."""
    from scheduler.cli.sandbox import run_sandbox

    run_sandbox(host, port)
