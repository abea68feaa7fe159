"""Write a route for each of Ayrshare's feeds into the file of the customer whose it is, and no feed twice."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from feeds.discover import Found, NoFeedFound
from feeds.names import same_address
from feeds.trouble import Trouble as Unwell
from scheduler import customer_file
from scheduler.customer import Customer
from scheduler.customer_file import CannotAdd, NewRoute
from scheduler.model import X
from scheduler.moving.feeds_there import FeedThere, Unreadable, shown
from scheduler.moving.new_customer import file_text
from scheduler.moving.routes_there import Wish, chosen, networks, new_route
from scheduler.moving.whose_feeds import Profile, Trouble
from scheduler.problems import Problems

AT_ONCE = 8
"""So many pages are looked through for their feeds."""

Discover = Callable[[str], Awaitable[list[Found]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One feed and its route, which is new or was there already. `lost` are options without a counterpart."""

    customer: str
    route: str
    feed: str
    title: str
    is_new: bool
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """What is to be written for one profile. `known` are the routes that are there already."""

    profile: Profile
    file: Path
    new: list[tuple[FeedThere, NewRoute]] = field(default_factory=list)
    known: list[Line] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def customer(self) -> Customer:
        """Who gets the new routes."""
        return self.profile.customers[0]

    def lines(self, ids: Sequence[str] | None = None) -> list[Line]:
        """What is there once it is written, under these ids, or under those that it would get now."""
        ids = ids or customer_file.ids_for(self.customer, [route for _, route in self.new])
        added = [
            Line(self.customer.id, route_id, route.feed, feed.title, is_new=True, lost=feed.lost)
            for route_id, (feed, route) in zip(ids, self.new, strict=True)
        ]
        return [*self.known, *added]

    def note(self, feed: str, what: str) -> None:
        """Note what a person has to see to."""
        self.troubles.append(Trouble(self.customer.id, feed, what))


class TakeOver:
    """Plans and writes the routes of profiles. `folder` is the configuration's; `discover` finds a page's feeds."""

    def __init__(self, folder: Path, wish: Wish, discover: Discover, *, has_guessed_zone: bool) -> None:
        self._folder = folder
        self._wish = wish
        self._discover = discover
        self._has_guessed_zone = has_guessed_zone
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def plan(self, profile: Profile) -> Plan:
        """Find each feed's own address, and what is to be written for it. Nothing is written."""
        plan = Plan(profile, self._folder / "customers" / f"{profile.customers[0].id}.toml")
        known = {
            same_address(route.feed): (customer, route.id)
            for customer in reversed(profile.customers)
            for route in reversed(customer.routes)
        }
        places = await asyncio.gather(*(self._placed(feed, known) for feed in profile.feeds))
        for feed, address in (place for place in places if not isinstance(place, Unreadable)):
            if found := known.get(same_address(address)):
                customer, route = found
                plan.known.append(Line(customer.id, route, address, feed.title, is_new=False))
            else:
                self._add(plan, feed, address)
        for place in places:
            if isinstance(place, Unreadable):
                plan.note(place.address or place.title, f"{place.why}; {_by_hand(place, plan)}")
        return plan

    def write(self, plan: Plan) -> list[Line]:
        """Write the new routes into the customer's file, or a new one; gives those that are there then.

        What cannot be written is noted among the plan's troubles.
        """
        routes = [route for _, route in plan.new]
        if not routes:
            return plan.known
        try:
            if plan.profile.is_new:
                return plan.lines(customer_file.create(plan.file, self._head(plan), routes))
            return plan.lines(customer_file.add(plan.file, routes))
        except (CannotAdd, Problems) as error:
            plan.note("", str(error))
            return plan.known

    async def _placed(
        self, feed: FeedThere | Unreadable, known: Collection[str]
    ) -> tuple[FeedThere, str] | Unreadable:
        """The feed with its own address."""
        if isinstance(feed, Unreadable):
            return feed
        if feed.is_feed or same_address(feed.address) in known:
            return feed, feed.address
        try:
            async with self._gate:
                found = await self._discover(feed.address)
        except Unwell as trouble:
            leads_nowhere = isinstance(trouble, NoFeedFound)
            return Unreadable(feed.title or feed.address, str(trouble), feed.address, leads_nowhere)
        one = chosen(feed, found, known)
        return one if isinstance(one, Unreadable) else (feed, one)

    def _add(self, plan: Plan, feed: FeedThere, address: str) -> None:
        platforms = networks(feed, self._wish, plan.profile.linked)
        if not platforms:
            there = (
                f"goes to {', '.join(feed.only)} alone there" if feed.only else "has no network linked there"
            )
            plan.note(address, f"it {there}: no route was made for it")
        elif same_address(address) not in {same_address(route.feed) for _, route in plan.new}:
            plan.new.append((feed, new_route(feed, address, platforms, self._wish)))

    def _head(self, plan: Plan) -> str:
        title = shown(plan.profile.title)
        lines = [f'# Taken over from the Ayrshare profile "{title}" by firetime import ayrshare.']
        if self._has_guessed_zone:
            zone = plan.customer.timezone
            lines.append(f"# timezone: nobody said which, so it is {zone}: set the customer's own.")
        return "\n".join([*lines, file_text(plan.customer)])


def _by_hand(feed: Unreadable, plan: Plan) -> str:
    """The command for a person, with the feed's address, or URL for the right one; the plan is complete."""
    url = quote(feed.address) if feed.address and not feed.leads_nowhere else ""
    given, one = url or "URL", plan.customer
    if plan.profile.is_new and not plan.new:  # then it gets no file
        primary = " --primary-profile" if one.primary_profile else ""
        add = f"firetime customers add {one.id} --name {quote(one.name)}{primary} --feed {given}"
    else:
        add = f"firetime feeds add {given} --customer {one.id}"
    return f"to take it over by hand: {add}" + ("" if url else ", with the feed's own address as URL")


def on_two_accounts(plans: Iterable[Plan], customers: Iterable[Customer]) -> Iterator[Trouble]:
    """A trouble for each of these feeds that would be posted to several X accounts. Source: X's automation rules."""
    there: dict[str, dict[str, str]] = defaultdict(dict)
    for customer, address, name in _posting_to_x(plans, customers):
        account = "" if customer.primary_profile else customer.vault_path
        there[same_address(address)].setdefault(account, name)
    taken_over = {same_address(line.feed): line.feed for plan in plans for line in plan.lines()}
    for key, address in taken_over.items():
        if len(names := sorted(there[key].values())) > 1:
            what = (
                f"goes to several X accounts ({', '.join(names)}), and X forbids the same on two: all but the first "
                "post of an entry would be held. Leave X to one of these routes, or give them texts of their own"
            )
            yield Trouble("", address, what)


def _posting_to_x(
    plans: Iterable[Plan], customers: Iterable[Customer]
) -> Iterator[tuple[Customer, str, str]]:
    for customer in customers:
        for route in customer.routes:
            if X in route.platforms and route.enabled:
                yield customer, route.feed, f"{customer.id}/{route.id}"
    for plan in plans:
        new = {route.feed: route.more["platforms"] for _, route in plan.new}
        for line in plan.lines():
            if line.is_new and X in new[line.feed]:
                yield plan.customer, line.feed, f"{line.customer}/{line.route}"
