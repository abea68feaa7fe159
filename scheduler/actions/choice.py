"""Which posts are meant: by their ids, or by what they have in common."""

from dataclasses import dataclass

from sqlmodel import Session

from scheduler.actions.order import PASSIVE, STATES, Action, Unusable
from scheduler.config import Config
from scheduler.lifecycle import State
from scheduler.model import Post, WaitsFor
from scheduler.store import choosing, posts
from scheduler.views import NotFound, parse_id


@dataclass(frozen=True, slots=True)
class Choice:
    """Posts by their ids, or those that pass every filter that is not None; `everything` is a choice without either."""

    ids: tuple[str, ...] = ()
    customer: str | None = None
    route: str | None = None
    state: str | None = None
    waits_for: str | None = None
    everything: bool = False

    @property
    def ways(self) -> int:
        """In how many of the three ways it says which posts: one is clear."""
        filters = any((self.customer, self.route, self.state, self.waits_for))
        return sum((bool(self.ids), filters, self.everything))


def chosen(session: Session, choice: Choice, action: Action, config: Config) -> list[Post]:
    """The posts that are meant, in the order given or of their due times.

    Without ids, those that allow the action. Raises `NotFound` for what is not there, `Unusable` for a choice that is
    none.
    """
    if choice.ways > 1:
        raise Unusable("give ids, or a filter, or all: not two of them")
    if not choice.ways:
        raise Unusable("say which posts: their ids, or a filter, or all of them")
    if choice.ids:
        return _named(session, choice.ids)
    if choice.customer is not None:
        require_customer(session, choice.customer, config)
    if choice.route is not None:
        _require_route(session, choice.route, choice.customer, config)
    _require_word(choice.waits_for, WaitsFor)
    states = _states(choice.state, action)
    return choosing.chosen(session, states, choice.customer, choice.route, choice.waits_for)


def require_customer(session: Session, name: str, config: Config) -> None:
    """Raises `NotFound` where neither the configuration nor a post knows the customer."""
    known = {customer.id for customer in config.customers} | config.broken
    if name not in known and not choosing.has_posts(session, name):
        names = ", ".join(sorted(known)) or "none"
        raise NotFound(f"neither the configuration nor a post knows a customer {name!r}; known: {names}")


def _require_route(session: Session, name: str, customer: str | None, config: Config) -> None:
    """Raises `NotFound` where neither the configuration nor a post knows the route, of that customer or of any."""
    owners = [one for one in config.customers if customer in (None, one.id)]
    known = {route.id for one in owners for route in one.routes}
    if name in known or choosing.chosen(session, State, customer, name, None):
        return
    whose = f" of customer {customer}" if customer else ""
    names = ", ".join(sorted(known)) or "none"
    raise NotFound(f"neither the configuration nor a post knows a route {name!r}{whose}; known: {names}")


def _named(session: Session, ids: tuple[str, ...]) -> list[Post]:
    found: dict[int, Post] = {}
    missing: list[str] = []
    for one in ids:
        try:
            kind, number = parse_id(one)
        except NotFound as reason:
            missing.append(str(reason))
            continue
        post = posts.get(session, number) if kind == "p" else None
        if post is None:
            missing.append(f"there is no post {one}")
        else:
            found[post.id] = post
    if missing:
        raise NotFound("\n".join(missing))
    return list(found.values())


def _states(state: str | None, action: Action) -> frozenset[State]:
    allowed = STATES[action]
    if state is None:
        return allowed
    _require_word(state, State)
    if state not in allowed:
        able = " or ".join(sorted(allowed))
        raise Unusable(f"posts that are {state} cannot be {PASSIVE[action]}; those that are {able} can")
    return frozenset({State(state)})


def _require_word(word: str | None, words: type[State] | type[WaitsFor]) -> None:
    known: list[str] = [str(one) for one in words]
    if word is not None and word not in known:
        raise Unusable(f"nothing is called {word!r} here; accepted: {', '.join(known)}")
