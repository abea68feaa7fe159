"""Posts of a customer, and a person who acts on them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from scheduler.actions import Action, Choice, Order, carry_out, chosen
from scheduler.config import Config
from scheduler.customer import Customer, Route, Schedule
from scheduler.model import LedgerLine, Post
from scheduler.store import ledger, posts
from tests.stored import NOW, add_post
from tests.stored import add_entries as stored_entries

__all__ = ["NOW", "Desk", "customer"]


def customer(name: str = "acme", **schedule: Any) -> Customer:
    """A customer in New York with the route `blog`."""
    route = Route(id="blog", feed="https://acme.example/feed.xml", schedule=Schedule(**schedule))
    return Customer(id=name, name=name, timezone="America/New_York", vault_path=name, route=[route])


@dataclass
class Desk:
    """Where somebody acts on posts, within one transaction."""

    session: Session
    config: Config = field(default_factory=lambda: Config(customers=(customer(),)))
    now: datetime = NOW
    made: int = 0

    def post(self, **values: Any) -> Post:
        """A post of an entry of its own, due in the state that the values say."""
        self.made += 1
        (entry,) = stored_entries(self.session, f"entry-{self.made}")
        return add_post(self.session, entry, **values)

    def waiting(self, post: Post, waits_for: str) -> Post:
        """The held post, as one that waits for that."""
        assert posts.postpone(self.session, post, post.expires_at, waits_for=waits_for, reason="because")
        return self.again(post)

    def act(self, action: Action, *targets: Post, by: str = "alice", **words: Any) -> list[Post]:
        """Let `by` do it to these posts."""
        choice = Choice(tuple(f"p{post.id}" for post in targets))
        return self.choose(action, choice, by=by, **words)

    def choose(self, action: Action, choice: Choice, by: str = "alice", **words: Any) -> list[Post]:
        """Let `by` do it to the posts that are chosen."""
        found = chosen(self.session, choice, action, self.config)
        return carry_out(self.session, Order(action, by, self.now, **words), found, self.config)

    def again(self, post: Post) -> Post:
        """The post as it is now."""
        found = posts.get(self.session, post.id)
        assert found is not None
        return found

    def lines(self, post: Post) -> list[LedgerLine]:
        """What the ledger says of a post."""
        return ledger.of_post(self.session, post.id)

    def told(self, post: Post) -> list[str]:
        """The same, as words."""
        return [f"{line.action}: {line.message}" for line in self.lines(post)]
