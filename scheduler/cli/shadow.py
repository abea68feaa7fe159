"""`shadow`: what routes in shadow would have sent, for people and programs."""

from collections.abc import Iterator
from pathlib import Path

import typer
from rich.text import Text

from scheduler import config, views
from scheduler.cli.output import Block, console, counted, print_blocks, print_json, when
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.moving.shadow import shadow
from scheduler.store.looking import looking
from scheduler.views import Json

COLUMNS = ("post", "time", "length", "price")


def show_shadow(customer: str | None, limit: int, *, as_json: bool) -> None:
    """Print each route's posts and sums; exit code 1 where the configuration has mistakes. Nothing is stored.

    Raises `NotFound` where nobody knows the customer, `CannotLook` where the database cannot be read.
    """
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    for problem in problems:
        typer.echo(f"firetime: {problem}", err=True)
    with looking(set_to.database_url) as session:
        shown = shadow(session, found, utc_now(), customer, limit)
    if as_json:
        print_json(shown)
    else:
        _print(shown, set_to.config)
    raise typer.Exit(1 if problems else 0)


def _print(shown: Json, folder: Path) -> None:
    if not shown["routes"]:
        console().print(
            "No route is in shadow: put shadow = true into a route, or import Ayrshare's feeds with --shadow."
        )
    for route in shown["routes"]:
        _print_route(route, shown["at"])
    if len(shown["routes"]) > 1:
        _say(f"all routes: {_summary(shown['total'])}")
    for line in _going_live(shown["routes"], folder):
        _say(line)


def _print_route(route: Json, shown_at: str) -> None:
    heading = f"{route['customer']}/{route['route']}  {route['feed'] or 'there is no such route any more'}"
    console().rule(Text(heading), align="left")
    if not route["in_shadow"]:
        _say("in shadow no more")
    for halt in route["stopped_by"] if route["in_shadow"] else ():
        _say(f"stopped, waits for {halt}")
    _say(_summary(route))
    if route["newest"]:
        print_blocks(COLUMNS, [_gone(post) for post in route["newest"]], "")
        _say(_rest(route["posts"] - len(route["newest"]), "earlier"))
    if route["to_come"]:
        held = f", {route['held']} of them held" if route["held"] else ""
        _say(f"{counted(route['to_come'], 'post', 'posts')} to come{held}, ${route['to_come_usd']}:")
        print_blocks((*COLUMNS, "state"), [_coming(post, shown_at) for post in route["next"]], "")
        _say(_rest(route["to_come"] - len(route["next"]), "later"))
    console().print()


def _summary(sums: Json) -> str:
    if not sums["posts"]:
        return "nothing would have gone out yet"
    posts = counted(sums["posts"], "post", "posts")
    on_x = f" ({sums['x_posts']} on X)" if sums["x_posts"] != sums["posts"] else ""
    first, last = when(sums["first_at"]), when(sums["last_at"])
    span = f"at {first}" if first == last else f"from {first} to {last}"
    return f"{posts}{on_x} would have gone out {span}, for ${sums['price_usd']} with X"


def _gone(post: Json) -> Block:
    return Block(_cells(post), [*_texts(post), *filter(None, [views.kind(post)])])


def _coming(post: Json, now: str) -> Block:
    cells = (*_cells(post), post["state"].replace("_", " "))
    return Block(cells, [*_texts(post), *views.situation(post), *_if_live(post["at_if_live"], now)])


def _if_live(at: str | None, now: str) -> Iterator[str]:
    if at is not None:
        yield f"if its route went live now: {when(at) if at > now else 'at once'}"


def _cells(post: Json) -> tuple[str, ...]:
    return post["id"], when(post["at"]), str(post["length"]), f"${post['price_usd']}"


def _texts(post: Json) -> list[str]:
    texts = [post["text"], *(f"on {name}: {text}" for name, text in post["variants"].items())]
    return [line for text in texts for line in text.split("\n")]


def _rest(count: int, which: str) -> str:
    return f"and {count} {which} (--limit)" if count else ""


def _going_live(routes: list[Json], folder: Path) -> Iterator[str]:
    in_shadow = [route for route in routes if route["in_shadow"]]
    if not in_shadow:
        return
    files = ", ".join(
        sorted({str(folder / "customers" / f"{route['customer']}.toml") for route in in_shadow})
    )
    yield (
        "what would go out needs its customer's keys in Vault, and accounts linked with them: nobody has looked at "
        "these here; firetime check does"
    )
    yield f"to go live: take shadow = true out of the route, in {files}; no restart is needed"
    if any(route["posts"] for route in in_shadow):
        yield "what would have gone out stays unsent"
    if any(route["held"] for route in in_shadow):
        yield "what is held goes on waiting for what it says: firetime release POST, or firetime cancel POST"
    if any(route["to_come"] > route["held"] for route in in_shadow):
        yield (
            "what is to come is planned anew then, without what ended in the shadow, so that it may go out at once: "
            "above, each says when; where it must not, firetime cancel POST first"
        )


def _say(line: str) -> None:
    if line:
        console().print(line, markup=False, highlight=False, soft_wrap=True)
