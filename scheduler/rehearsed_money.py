"""What rehearsed posts would cost, month by month, against the customer's budget. All amounts are dollars."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from scheduler.customer import Budget
from scheduler.model import Post, X
from scheduler.rehearsal import Rehearsed
from scheduler.rules.budget import over_budget
from scheduler.store.money import month
from scheduler.store.post_statements import PAID, TO_BE_PAID


@dataclass(slots=True)
class Month:
    """A calendar month (UTC): what the rehearsed posts would cost, and what the customer's other posts do.

    `held` are the rehearsed posts that the budget would not let out, the first of them at `ran_out_at`.
    """

    begin: datetime
    price_usd: Decimal = Decimal(0)
    others_usd: Decimal = Decimal(0)
    posted: list[Rehearsed] = field(default_factory=list)
    held: list[Rehearsed] = field(default_factory=list)

    @property
    def ran_out_at(self) -> datetime | None:
        """When the budget would not let a post out for the first time."""
        return self.held[0].due_at if self.held else None


def months(posts: Sequence[Rehearsed], others: Sequence[Post], budget: Budget, now: datetime) -> list[Month]:
    """The months in which these posts would go out, each paid in its turn; one over the budget is held.

    Of `others`, those that are among `posts` do not count twice, and what is overdue is paid now at the earliest.
    """
    found: dict[datetime, Month] = {}
    for post in posts:
        begin, _ = month(post.due_at)
        found.setdefault(begin, Month(begin))
    for at, bill in sorted(_bills(posts, others, now), key=lambda bill: bill[0]):
        if one := found.get(month(at)[0]):
            _pay(one, bill, budget)
    return [found[begin] for begin in sorted(found)]


def _bills(
    posts: Sequence[Rehearsed], others: Iterable[Post], now: datetime
) -> Iterator[tuple[datetime, Rehearsed | Post]]:
    rehearsed = {post.known_as for post in posts}
    for post in others:
        if _is_paid(post) and post.state_at is not None:
            yield post.state_at, post
        elif post.state in TO_BE_PAID and f"p{post.id}" not in rehearsed:
            yield max(post.due_at, now), post
    yield from ((post.due_at, post) for post in posts)


def _is_paid(post: Post) -> bool:
    """X is paid, whatever becomes of the other networks."""
    return post.state in PAID or any(published.platform == X for published in post.network_posts)


def _pay(one: Month, post: Rehearsed | Post, budget: Budget) -> None:
    is_over = over_budget(one.price_usd + one.others_usd, post.price_usd, budget.x_usd_per_month)
    if isinstance(post, Post):
        one.others_usd += post.price_usd if _is_paid(post) or not is_over else Decimal(0)
    elif is_over:
        one.held.append(post)
    else:
        one.price_usd += post.price_usd
        one.posted.append(post)
