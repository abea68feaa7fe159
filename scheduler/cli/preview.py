"""`preview`: what would be posted from a feed as it is now."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import typer

from feeds.trouble import Trouble
from scheduler import config, preview
from scheduler.bootstrap import open_gatherer, open_vault
from scheduler.cli.output import console, print_json
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.draft import LeftOut
from scheduler.values import format_usd
from scheduler.views import instant


def run_preview(target: str | None, limit: int, *, as_json: bool) -> None:
    """Print a draft for each entry; exit code 1 where a feed cannot be read. Raises `NoSuchRoute`."""
    good, shown = asyncio.run(_all(target, limit))
    if as_json:
        print_json(shown)
    else:
        for route in shown:
            _print(route)
    raise typer.Exit(0 if good else 1)


async def _all(target: str | None, limit: int) -> tuple[bool, list[dict[str, Any]]]:
    set_to = begin()
    found, problems = config.inspect(set_to.config)
    for problem in problems:  # they concern other routes than those that can be shown
        typer.echo(f"firetime: {problem}", err=True)
    good, shown = not problems, []
    async with AsyncExitStack() as stack:
        vault = stack.enter_context(open_vault(set_to, lambda: found.common.vault))
        _, gatherer = await stack.enter_async_context(open_gatherer(set_to, found.common.feeds, vault))
        for customer, route in preview.targets(found, target):
            about: dict[str, Any] = {"customer": customer.id, "route": route.id, "feed": route.feed}
            try:
                document = await gatherer.look(route.address, pages=route.compose.wants_pages)
            except Trouble as trouble:
                good = False
                shown.append(about | {"problem": str(trouble), "entries": []})
            else:
                drafts = preview.preview(document, found, customer, route, limit, utc_now())
                shown.append(about | {"problem": None, "entries": [_draft(one) for one in drafts]})
    return good, shown


def _draft(one: preview.Preview) -> dict[str, Any]:
    about = {
        "title": one.entry.title,
        "link": one.entry.link,
        "published_at": instant(one.entry.published_at),
    }
    if isinstance(one.made, LeftOut):
        return about | {"posted": False, "reason": one.made.reason}
    composed, planned = one.made.composed, one.made.planned
    return about | {
        "posted": True,
        "text": composed.text,
        "weighted_length": composed.weighted_length,
        "shortened": composed.shortened,
        "platforms": list(one.route.platforms),
        "media": [image.url for image in composed.media],
        "price_usd": format_usd(composed.price_usd),
        "due_at": instant(planned.due_at),
        "due_reason": planned.reason,
    }


def _print(route: dict[str, Any]) -> None:
    out = console()
    out.rule(f"{route['customer']}/{route['route']}  {route['feed']}", align="left")
    if route["problem"]:
        out.print(f"PROBLEM {route['problem']}", markup=False)
    elif not route["entries"]:
        out.print("The feed has no entries.")
    for entry in route["entries"]:
        if not entry["posted"]:
            out.print(f"\nnot posted: {entry['title']}\n  {entry['reason']}", markup=False, style="dim")
            continue
        out.print(f"\n{entry['text']}", markup=False, highlight=False)
        facts = [
            f"{entry['weighted_length']} of 280"
            if "twitter" in entry["platforms"]
            else f"{len(entry['text'])} characters",
            "shortened" if entry["shortened"] else "",
            f"${entry['price_usd']}",
            f"due {entry['due_at'][:19].replace('T', ' ')}Z ({entry['due_reason']})",
            f"{len(entry['media'])} picture" if entry["media"] else "",
        ]
        out.print(
            "  " + " · ".join(fact for fact in facts if fact), markup=False, style="dim", highlight=False
        )
