"""A preview for people: each text as it would be sent, with what there is to know about it below."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from scheduler.cli.marks import stretches
from scheduler.cli.output import console, counted
from scheduler.rules.text import plain

STYLES = {"text": "", "link": "cyan underline", "hashtag": "magenta", "cashtag": "magenta", "mention": "blue"}


def print_previews(routes: list[dict[str, Any]], notes: list[str]) -> None:
    """Print all routes. Texts are not wrapped: what stands there is what would be sent."""
    out = console()
    for note in notes:
        _say(out, note, "dim")
    for number, route in enumerate(routes):
        if number:
            out.print()
        out.rule(Text(f"{heading(route)}  {route['feed']}"), align="left")
        _print_route(out, route)


def heading(route: dict[str, Any]) -> str:
    """Whose rules a feed is shown by."""
    if route["is_by_defaults"]:
        return "no route uses this feed: the defaults"
    return f"{route['customer']}/{route['route']}"


def _print_route(out: Console, route: dict[str, Any]) -> None:
    if route["problem"]:
        _say(out, f"PROBLEM {route['problem']}", "")
    for note in route["notes"]:
        _say(out, note, "dim")
    if not route["entries"] and not route["problem"]:
        _say(out, "The feed has no entries.", "")
    for entry in route["entries"]:
        out.print()
        if entry["posted"]:
            _print_post(out, entry)
        else:
            heading = plain(entry["title"]) or entry["link"] or "an entry without a title"
            _say(out, f"not posted: {heading}", "dim")
            _say(out, f"  {entry['reason']}", "dim")


def groups(networks: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The networks that get the same text together, in the route's order."""
    order = [network["text"] for network in networks]
    ranked = sorted(networks, key=lambda network: order.index(network["text"]))
    return [list(same) for _, same in groupby(ranked, key=lambda network: network["text"])]


def _length_line(same: list[dict[str, Any]]) -> str:
    """How long the text is for each of the networks: `239 of 280`, with their names where they are several."""
    if len(same) == 1:
        return f"{same[0]['length']} of {same[0]['limit']}"
    return ", ".join(f"{one['network']} {one['length']} of {one['limit']}" for one in same)


def _print_post(out: Console, post: dict[str, Any]) -> None:
    for same in groups(post["networks"]):
        _say(out, ", ".join(network["network"] for network in same), "bold")
        parts = same[0]["parts"]
        for number, part in enumerate(parts, start=1):
            if len(parts) > 1:
                _say(out, f"  post {number} of {len(parts)}", "dim")
            out.print(_coloured(part), soft_wrap=True)
        too_long = any(network["length"] > network["limit"] for network in same)
        longest = "the longest post: " if len(parts) > 1 else ""
        _say(out, f"  {longest}{_length_line(same)}", "bold red" if too_long else "dim")
        for note in dict.fromkeys(note for network in same for note in network["notes"]):
            _say(out, f"  {note}", "yellow")
    for line in _facts(post):
        _say(out, f"  {line}", "dim")


def _facts(post: dict[str, Any]) -> Iterator[str]:
    if post["is_digest"]:
        joins = f", which is {post['post_id']} already" if post["post_id"] else ""
        yield f"a digest of {counted(len(post['sources']), 'entry', 'entries')}{joins}"
    for image in post["media"]:
        yield f"picture {image['url']}" + (
            f" (described as: {image['alt']})" if image["alt"] else " (no description)"
        )
    yield from (f"picture {reason}" for reason in post["media_left_out"])
    yield f"${post['price_usd']}: {post['price_reason']}"
    approval = ", once approved" if post["needs_approval"] else ""
    yield f"due {post['due_local']}{approval}: {post['due_reason']}"
    yield from post["notes"]


def _coloured(text: str) -> Text:
    coloured = Text()
    for stretch in stretches(text):
        coloured.append(stretch.text, STYLES[stretch.kind])
    return coloured


def _say(out: Console, line: str, style: str) -> None:
    out.print(Text(line, style), soft_wrap=True)
