"""A plan for people, readable in 80 columns."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from scheduler.cli.output import Block, console, counted, print_blocks, when
from scheduler.cli.plan_view import is_change

Json = dict[str, Any]

NOTHING_MOVES = "Nothing would move: what waits is planned by these rules already."


def print_plan(shown: Json, *, only_changes: bool) -> None:
    """Print each customer that has something to show, and the sums."""
    out = console()
    told = [one for one in shown["customers"] if one["posts"] or one["returning"]]
    for one in told:
        _print_customer(out, one)
    if not shown["totals"]["waiting"] and not told:
        out.print("Nothing is waiting.")
    elif only_changes and not told:
        out.print(NOTHING_MOVES)
    else:
        out.print(Text(_sums(shown["totals"], "turn_lost" if only_changes else "without_turn")))


def _print_customer(out: Console, shown: Json) -> None:
    because = f": {shown['why']}" if shown["why"] else ""
    out.print(Text(f"{shown['customer']}{because}", "bold"))
    if shown["returning"]:
        ids = ", ".join(post["id"] for post in shown["returning"])
        out.print(Text(f"released: {ids}", "yellow"))
    if shown["posts"]:
        print_blocks(("post", "due", "route"), [_block(post) for post in shown["posts"]], "")
    out.print()


def _block(post: Json) -> Block:
    return Block(
        (post["id"], post["due_local"] or "no time at all", post["route"]), _lines(post), cut=post["text"]
    )


def _lines(post: Json) -> Iterator[str]:
    if is_change(post):
        yield f"instead of {post['was_due_local']}"
    if post["due_at"] is None:
        yield f"would be held: {post['due_reason']}"
        return
    yield post["due_reason"]
    if not post["has_turn"]:
        yield f"expires {when(post['expires_at'])}"
    elif not post["had_turn"]:
        yield "has a turn again"


def _sums(totals: Json, turnless: str) -> str:
    posts = counted(totals["waiting"], "post waits", "posts wait")
    parts = {
        "earlier": ("earlier", "earlier"),
        "later": ("later", "later"),
        turnless: ("would expire before its turn", "would expire before their turn"),
        "no_time": ("has no time at all and would be held", "have no time at all and would be held"),
        "turn_won": ("with a turn again", "with a turn again"),
        "returning": ("released", "released"),
    }
    changes = [counted(totals[key], *words) for key, words in parts.items() if totals[key]]
    return "; ".join((posts, *changes)) + "."
