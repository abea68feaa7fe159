"""A replayed route as plain JSON values, for programs and for what is printed."""

import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from scheduler.backtest import Replayed, alike, per_day
from scheduler.cli.preview_view import local, network_text
from scheduler.customer import Budget
from scheduler.rehearsal import Rehearsed
from scheduler.rehearsed_money import Month, months
from scheduler.rules.text import plain
from scheduler.values import format_duration, format_usd
from scheduler.views import instant

Json = dict[str, Any]

_OF_ONE_ENTRY = (
    (re.compile(r"\b(?:p\d+|the post for [-\d]+ [:\d]+ UTC) of route"), "a post of route"),
    (re.compile(r"^(?:\d+[dhms] ?)+ old, more than "), "older than "),
    (re.compile(r"the text has \d+ "), "the text has more "),
    (re.compile(r"(?<=expire before its turn): .*"), ""),
)


def view(done: Replayed, notes: list[str], limit: int) -> Json:
    """Everything that came of the replay; `limit` is how many posts are listed, the last ones."""
    by_month = months(done.posts, done.past.before.posts, done.customer.budget, done.until)
    held = {post for one in by_month for post in one.held}
    posted = [post for post in done.posts if post not in held]
    days = per_day(posted, done.customer, done.since, done.until)
    return {
        "customer": done.customer.id,
        "route": done.route.id,
        "feed": done.route.feed,
        "timezone": done.customer.timezone,
        "since": instant(done.since),
        "until": instant(done.until),
        "source": done.past.source,
        "notes": [*notes, *done.past.notes, *_approval(done)],
        "entries": len(done.past.candidates),
        "posted": len(posted),
        "to_come": sum(post.due_at > done.until for post in posted),
        "threads": sum(post.x_posts > 1 for post in posted),
        "x_posts": sum(post.x_posts for post in posted),
        "digests": sum(post.stored.is_digest for post in posted),
        "held": len(held),
        "per_day": {"min": min(days.values()), "median": median(days.values()), "max": max(days.values())},
        "days": days,
        "price_usd": format_usd(sum((one.price_usd for one in by_month), Decimal(0))),
        "months": [_month(one, done.customer.budget) for one in by_month],
        "left_out": _left_out(done),
        "waited": _waited(done.posts),
        "duplicates": sum("told already" in one.reason for one in done.passed),
        "identical": [
            {"text": post.composed.text, "due_at": instant(post.due_at), "same_as": same}
            for post, same in alike(done.posts, done.past.before)
        ],
        "posts": [_post(done, post, held) for post in done.posts[-limit:]] if limit else [],
    }


def _approval(done: Replayed) -> list[str]:
    asks = done.route.schedule.approval
    return ["the route asks for approval: times are those of a person who approves at once"] if asks else []


def _month(one: Month, budget: Budget) -> Json:
    limit = budget.x_usd_per_month
    return {
        "month": f"{one.begin:%Y-%m}",
        "posted": len(one.posted),
        "price_usd": format_usd(one.price_usd),
        "other_posts_usd": format_usd(one.others_usd),
        "budget_usd": None if limit is None else format_usd(limit),
        "ran_out_at": instant(one.ran_out_at),
        "held": len(one.held),
    }


def _left_out(done: Replayed) -> list[Json]:
    """By reason, the most frequent first; what a reason says of one entry alone is taken out of it."""
    reasons = Counter(_in_general(one.reason) for one in done.passed)
    examples = {_in_general(one.reason): plain(one.candidate.entry.title) for one in reversed(done.passed)}
    return [
        {"reason": reason, "entries": entries, "example": examples[reason]}
        for reason, entries in reasons.most_common()
    ]


def _in_general(reason: str) -> str:
    for own, general in _OF_ONE_ENTRY:
        reason = own.sub(general, reason)
    return reason


def _waited(posts: tuple[Rehearsed, ...]) -> Json:
    waits = [(post.due_at - post.earliest, post) for post in posts if post.due_at > post.earliest]
    longest, post = max(waits, key=lambda wait: wait[0], default=(timedelta(0), None))
    return {
        "posts": len(waits),
        "longest_s": int(longest.total_seconds()),
        "longest": format_duration(longest),
        "longest_title": plain(post.entries[0].title) if post else None,
        "reasons": dict(Counter(post.stored.due_reason for _, post in waits).most_common()),
    }


def _post(done: Replayed, post: Rehearsed, held: set[Rehearsed]) -> Json:
    outcome = "held" if post in held else "posted"
    return {
        "outcome": outcome,
        "made_at": instant(post.stored.created_at),
        "due_at": instant(post.due_at),
        "due_local": local(post.due_at, done.customer.zone),
        "due_reason": post.stored.due_reason,
        "price_usd": format_usd(post.price_usd),
        "x_posts": post.x_posts,
        "entries": len(post.entries),
        "text": post.composed.text,
        "networks": [network_text(one) for one in post.composed.texts],
        "media": [{"url": image.url, "alt": image.alt} for image in post.composed.media],
        "notes": list(dict.fromkeys(post.notes)),
    }
