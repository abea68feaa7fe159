"""A replayed route for people, readable in 80 columns."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from scheduler.cli.output import Block, console, counted, print_blocks, print_table, when

Json = dict[str, Any]

SHORT = 40
"""Characters of a title that are enough to know it by."""


def print_backtest(shown: Json) -> None:
    """Print the sums, the months, what was left out, the clashes and the last posts."""
    out = console()
    out.print(Text(f"{shown['customer']}/{shown['route']}  {shown['feed']}", "bold"))
    kept = "in the database" if shown["source"] == "database" else "in the feed's document"
    entries = counted(shown["entries"], "entry", "entries")
    _say(out, f"{when(shown['since'])} to {when(shown['until'])}: {entries} {kept}", "dim")
    for note in shown["notes"]:
        _say(out, note, "yellow")
    out.print()
    for line in _sums(shown):
        _say(out, line)
    _print_months(out, shown)
    _print_left_out(out, shown)
    _print_clashes(out, shown)
    _print_posts(out, shown)


def _sums(shown: Json) -> list[str]:
    day = shown["per_day"]
    kinds = [
        f"{counted(shown['threads'], 'thread', 'threads')}: {shown['x_posts']} posts on X in all"
        if shown["threads"]
        else "",
        counted(shown["digests"], "digest", "digests") if shown["digests"] else "",
        f"{shown['to_come']} of them still to come" if shown["to_come"] else "",
    ]
    posts = counted(shown["posted"], "post", "posts")
    return [
        ", ".join(filter(None, (f"{posts} for ${shown['price_usd']}", *kinds))),
        f"a day: {day['min']} at least, {day['median']:g} in the middle, {day['max']} at most",
    ]


def _print_months(out: Console, shown: Json) -> None:
    if not shown["months"]:
        return
    out.print()
    rows = [
        (
            one["month"],
            str(one["posted"]),
            f"${one['price_usd']}",
            f"${one['other_posts_usd']}",
            f"${one['budget_usd']}" if one["budget_usd"] else "none",
            f"{when(one['ran_out_at'])[:16]}, {one['held']} held" if one["held"] else "never",
        )
        for one in shown["months"]
    ]
    print_table(("month", "posts", "cost", "other posts", "budget", "used up"), rows, "")


def _print_left_out(out: Console, shown: Json) -> None:
    if not shown["left_out"]:
        return
    out.print()
    rows = [(str(one["entries"]), one["reason"], one["example"][:SHORT]) for one in shown["left_out"]]
    print_table(("left out", "why", "such as"), rows, "")


def _print_clashes(out: Console, shown: Json) -> None:
    waited = shown["waited"]
    lines = []
    if waited["posts"]:
        had = counted(waited["posts"], "post", "posts")
        lines.append(f"{had} had to wait, {waited['longest']} at most: {waited['longest_title'][:SHORT]}")
        lines += [f"  {posts} for: {reason}" for reason, posts in waited["reasons"].items()]
    if shown["duplicates"]:
        lines.append(f"{counted(shown['duplicates'], 'entry', 'entries')} told already by another route")
    for one in shown["identical"]:
        lines.append(
            f"the text of {when(one['due_at'])} is that of {one['same_as']}: {one['text'].splitlines()[0][:SHORT]}"
        )
    if lines:
        out.print()
    for line in lines:
        _say(out, line)


def _print_posts(out: Console, shown: Json) -> None:
    if not shown["posts"]:
        return
    out.print()
    zone = ZoneInfo(shown["timezone"])
    blocks = [
        Block(
            (
                f"{datetime.fromisoformat(one['due_at']).astimezone(zone):%a %Y-%m-%d %H:%M}",
                f"${one['price_usd']}",
                one["outcome"],
            ),
            (),
            one["text"],
        )
        for one in shown["posts"]
    ]
    print_blocks((f"due ({shown['timezone']})", "price", "outcome"), blocks, "")


def _say(out: Console, line: str, style: str = "") -> None:
    out.print(Text(line, style))
