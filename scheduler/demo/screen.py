"""The demo on the terminal: what is found, what is scheduled at which price, what is out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

ROWS = 12
STYLES = {"delivered": "green", "scheduled": "cyan", "firing": "yellow", "sending": "yellow"}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is to show. `posts` are the newest, as `scheduler.views` gives them."""

    at: datetime
    entries: int
    counts: dict[str, int]
    posts: list[dict[str, Any]]
    spent_usd: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to look in a browser."""

    dashboard: str
    sandbox: str
    openbao: str


def screen(now: Snapshot, addresses: Addresses, goal: int | None) -> RenderableType:
    """The whole live view."""
    delivered = now.counts.get("delivered", 0)
    head = Text.assemble(
        (f"{now.entries}", "bold"), " entries found   ",
        (f"{sum(now.counts.values())}", "bold cyan"), " posts made   ",
        (f"{delivered}", "bold green"), f" delivered{f' of {goal}' if goal else ''}   ",
        (f"${now.spent_usd}", "bold"), " with X",
    )  # fmt: skip
    where = Text.assemble(
        "dashboard    ", (addresses.dashboard, "underline"), "\n",
        "what X shows ", (addresses.sandbox, "underline"), "\n",
        f"OpenBao      {addresses.openbao} holds the made-up keys\n",
        "Ctrl-C stops everything.",
        style="dim",
    )  # fmt: skip
    return Panel(Group(head, Text(), _table(now), Text(), where), title="firetime demo", border_style="dim")


def _table(now: Snapshot) -> RenderableType:
    if not now.posts:
        return Text(
            "Waiting for the first new entry: what the feeds held at the start is not posted.", style="dim"
        )
    table = Table("post", "customer", "text", "price", "due", "state", box=None, expand=True, pad_edge=False)
    for post in now.posts[:ROWS]:
        state = post["state"]
        due = datetime.fromisoformat(post["due_at"])
        wait = (due - now.at).total_seconds()
        table.add_row(
            post["id"],
            post["customer"],
            Text(post["text"].replace("\n", " "), overflow="ellipsis", no_wrap=True),
            f"${post['price_usd']}",
            f"in {wait:.0f} s" if state == "scheduled" and wait > 0 else f"{due:%H:%M:%S}",
            Text(
                state if not post["reason"] else f"{state}: {post['reason']}", style=STYLES.get(state, "red")
            ),
        )
    return table


def line(post: dict[str, Any]) -> str:
    """One event on one line, where there is no terminal to draw on."""
    text = post["text"].replace("\n", " ")
    return f"{post['state']:<10} {post['id']:<5} {post['customer']:<7} ${post['price_usd']}  {text}"
