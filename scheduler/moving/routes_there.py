"""A feed of Ayrshare's as a route of a customer's file, with a comment for each choice. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from feeds.discover import Found
from feeds.names import same_address
from scheduler.customer_file import NewRoute
from scheduler.delivery.answer import network_name
from scheduler.model import X
from scheduler.moving.feeds_there import FeedThere, Unreadable

OF_A_FEED = ("facebook", "instagram", "linkedin", "pinterest", "telegram", X)
"""The networks that Ayrshare posts a feed to, where they are linked. Source: Ayrshare's documentation of `/feed`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of the new routes. No `platforms` stand for all that Ayrshare posts the feed to."""

    platforms: tuple[str, ...] = (X,)
    shadow: bool = False

    def may_post_to(self, network: str) -> bool:
        """Whether a new route may get this network."""
        return not self.platforms or network in self.platforms


def networks(feed: FeedThere, wish: Wish, linked: Collection[str]) -> tuple[str, ...]:
    """The networks of a feed's route; none where the feed goes to others alone."""
    wanted = wish.platforms or tuple(name for name in OF_A_FEED if name in linked)
    return tuple(name for name in wanted if not feed.only or "all" in feed.only or name in feed.only)


def new_route(feed: FeedThere, address: str, platforms: tuple[str, ...], wish: Wish) -> NewRoute:
    """The route for a feed whose own address is known by now."""
    compose: dict[str, object] = {"image": "first" if feed.first_image else "none"}
    if feed.hashtags:
        compose["hashtags"] = {"from": "categories", "max": feed.hashtags}
    shadow = {"shadow": True} if wish.shadow else {}
    return NewRoute(
        address,
        feed.title,
        comment="\n".join(_why(feed, platforms, wish)),
        more={"platforms": list(platforms), "first_poll": "baseline", **shadow, "compose": compose},
    )


def chosen(feed: FeedThere, found: Sequence[Found], known: Collection[str]) -> str | Unreadable:
    """Which of the feeds that a page leads to is meant: the only one, the one that is `known`, the one of its title."""
    if len(found) == 1:
        return found[0].url
    for fits in (
        [one.url for one in found if same_address(one.url) in known],
        [one.url for one in found if feed.title and one.title.casefold() == feed.title.casefold()],
    ):
        if len(fits) == 1:
            return fits[0]
    there = ", ".join(one.url for one in found)
    why = f"{feed.address} leads to {len(found)} feeds, and none of them has this title: {there}"
    return Unreadable(feed.title or feed.address, why, feed.address)


def _why(feed: FeedThere, platforms: tuple[str, ...], wish: Wish) -> Iterator[str]:
    yield f'Taken over from Ayrshare\'s feed "{feed.title or feed.address}"'
    yield f"platforms: {_why_these(platforms)}"
    yield "first_poll: nothing that was in the feed when it was taken over is posted"
    if wish.shadow:
        yield "shadow: posts are made and timed, none is sent (firetime shadow); take the line out to go live"
    yield f"compose.image: useFirstImage was {'on' if feed.first_image else 'off'} there"
    if feed.hashtags:
        yield (
            f"compose.hashtags: autoHashtag was on there, with up to {feed.hashtags}; these are the entry's own "
            "categories. Ayrshare's are weighted by their popularity, and X forbids posts for trending topics"
        )
    if feed.lost:
        yield f"not taken over: {', '.join(feed.lost)}"


def _why_these(platforms: tuple[str, ...]) -> str:
    if platforms == (X,):
        return (
            "X alone. Ayrshare goes on posting this feed to the other networks, and would refuse the same from "
            "Firetime as a duplicate there (its code 137)"
        )
    names = ", ".join(network_name(name) for name in platforms if name != X)
    return (
        f"Ayrshare posts this feed to {names}, too: delete it there before this goes live, or all comes twice"
    )
