"""What X was paid, for people, readable in 80 columns."""

from collections.abc import Iterator
from typing import Any

from scheduler.cli.output import Block, counted, print_blocks, when

Json = dict[str, Any]

COLUMNS = ("customer", "posts", "paid", "maybe", "scheduled", "budget", "used")


def print_spend(shown: Json) -> None:
    """Print a block for each customer, and one for all of them where there are several."""
    customers = shown["customers"]
    blocks = [_block(one["customer"], one, shown["at"]) for one in customers]
    if len(customers) > 1:
        blocks.append(_block("all", shown["total"], shown["at"]))
    print_blocks(COLUMNS, blocks, "There are no customers.")


def _block(name: str, shown: Json, now: str) -> Block:
    this = shown["months"][0]
    budget = shown.get("budget_usd", "")
    percent = shown.get("percent")
    cells = (
        name,
        str(this["posts"]),
        f"${this['paid_usd']}",
        f"${this['maybe_usd']}",
        f"${shown['scheduled_usd']}",
        "none" if budget is None else f"${budget}" if budget else "",
        "" if percent is None else f"{percent} %",
    )
    return Block(cells, (*_outlook(shown), *_limits(shown, now), *_past(shown)))


def _outlook(shown: Json) -> Iterator[str]:
    if not shown.get("is_configured", True):
        yield "the configuration has no such customer (any more)"
        return
    yield (
        f"{shown['months'][0]['month']} will cost ${shown['forecast_usd']} with what is scheduled, "
        f"${shown['likely_usd']} if posts come as in the last 30 days"
    )
    yield f"scheduled for the month after: ${shown['next_month_usd']}"


def _limits(shown: Json, now: str) -> Iterator[str]:
    limits = {"soft_budget": "soft limit", "budget": "budget"}
    for key, name in limits.items():
        at = shown.get(f"{key}_reached_at")
        if at == now:
            yield f"the {name} of ${shown[f'{key}_usd']} is used up"
        elif at is not None:
            yield f"at the pace of the last 30 days the {name} of ${shown[f'{key}_usd']} is used up by {when(at)}"


def _past(shown: Json) -> Iterator[str]:
    for one in filter(lambda month: month["posts"], shown["months"][1:]):
        maybe = f", and maybe ${one['maybe_usd']}" if one["maybe_usd"] != "0.000" else ""
        made = f" ({one['x_posts']} on X)" if one["x_posts"] != one["posts"] else ""
        yield f"{one['month']}: ${one['paid_usd']}{maybe} for {counted(one['posts'], 'post', 'posts')}{made}"
