"""What replayed posts would have cost, month by month, against the customer's budget. All amounts are dollars."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from scheduler.customer import Budget
from scheduler.model import Post
from scheduler.rehearsal import Rehearsed
from scheduler.rules.budget import over_budget
from scheduler.store.money import month
from scheduler.store.post_statements import PAID, TO_BE_PAID


@dataclass(slots=True)
class Month:
    """A calendar month (UTC): what the route's posts would have cost, and what the customer's other posts did.

    `held` are the route's posts that the budget would not have let out, the first of them at `ran_out_at`.
    """

    begin: datetime
    price_usd: Decimal = Decimal(0)
    others_usd: Decimal = Decimal(0)
    posted: list[Rehearsed] = field(default_factory=list)
    held: list[Rehearsed] = field(default_factory=list)

    @property
    def ran_out_at(self) -> datetime | None:
        """When the budget would not have let a post out for the first time."""
        return self.held[0].due_at if self.held else None


def months(posts: Sequence[Rehearsed], others: Sequence[Post], budget: Budget) -> list[Month]:
    """The months in which the route would have posted, each post paid in its turn; one over the budget is held."""
    found: dict[datetime, Month] = {}
    for post in posts:
        begin, _ = month(post.due_at)
        found.setdefault(begin, Month(begin))
    for at, bill in sorted(_bills(posts, others), key=lambda bill: bill[0]):
        if one := found.get(month(at)[0]):
            _pay(one, bill, budget)
    return [found[begin] for begin in sorted(found)]


def _bills(posts: Iterable[Rehearsed], others: Iterable[Post]) -> Iterator[tuple[datetime, Rehearsed | Post]]:
    yield from ((post.due_at, post) for post in posts)
    for post in others:
        if post.state in PAID and post.state_at is not None:
            yield post.state_at, post
        elif post.state in TO_BE_PAID:
            yield post.due_at, post


def _pay(one: Month, post: Rehearsed | Post, budget: Budget) -> None:
    if isinstance(post, Post):
        one.others_usd += post.price_usd
    elif over_budget(one.price_usd + one.others_usd, post.price_usd, budget):
        one.held.append(post)
    else:
        one.price_usd += post.price_usd
        one.posted.append(post)
