"""Entries become a text for each network of their route, with link, pictures and price."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from feeds.model import Entry, Image
from scheduler.customer import Prices, Route
from scheduler.model import X
from scheduler.rules.budget import price
from scheduler.rules.fit import fitted
from scheduler.rules.length import LIMITS, measure
from scheduler.rules.links import is_link_for_x
from scheduler.rules.media import Chosen, choose
from scheduler.rules.template import Fields, TemplateFailed, fields_used, render
from scheduler.rules.text import neutral, one_cashtag, tidy, unlinked
from scheduler.rules.thread import BREAK, divide
from scheduler.rules.words import fields_of
from scheduler.rules.x_rules import may_be_mentioned
from scheduler.rules.x_text.links import find_links
from scheduler.wording import DEFAULT_DIGEST, DEFAULT_TEMPLATE, Compose


class CannotCompose(Exception):
    """Nothing that may be sent comes out; `reason` says why, for the ledger.

    `networks` are those that get no text, each with the reason.
    """

    def __init__(self, reason: str, networks: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.networks = networks or {}


@dataclass(frozen=True, slots=True)
class NetworkText:
    """What one network gets, with its length as that network counts it: the longest part's, for a thread.

    `link` is None when there is none. `notes` say what was left out, and why.
    """

    platform: str
    text: str
    link: str | None
    length: int
    posts: int = 1
    notes: tuple[str, ...] = ()

    @property
    def limit(self) -> int:
        """The most that the network takes."""
        return LIMITS[self.platform]

    @property
    def parts(self) -> tuple[str, ...]:
        """Its posts: several for a thread."""
        return tuple(self.text.split(BREAK)) if self.posts > 1 else (self.text,)


@dataclass(frozen=True, slots=True)
class Composed:
    """What will be sent, with its price in dollars: a text for each network, in the route's order."""

    texts: tuple[NetworkText, ...]
    media: tuple[Image, ...]
    price_usd: Decimal
    notes: tuple[str, ...] = ()

    @property
    def main(self) -> NetworkText:
        """X's text, or the first network's."""
        return next((one for one in self.texts if one.platform == X), self.texts[0])

    @property
    def text(self) -> str:
        """The main text."""
        return self.main.text

    @property
    def link(self) -> str | None:
        """The main text's link."""
        return self.main.link

    @property
    def variants(self) -> Mapping[str, str]:
        """The texts of the networks that get another one."""
        return {one.platform: one.text for one in self.texts if one.text != self.text}

    @property
    def x_posts(self) -> int:
        """Of how many posts the main text consists."""
        return self.main.posts


def compose(
    entries: Sequence[Entry],
    feed_title: str,
    route: Route,
    prices: Prices,
    zone: ZoneInfo,
    *,
    with_link: bool = True,
) -> Composed:
    """Fill the route's template with the entry, or with those of a digest, for each network.

    Dates are shown in `zone`. `with_link` False leaves the link out where a network's `link` is `budget`.
    Raises `CannotCompose` when a text is empty, the template fails, or nothing is left to shorten.
    """
    texts: list[NetworkText] = []
    without: dict[str, str] = {}
    for platform in route.platforms:
        try:
            texts.append(_network_text(entries, feed_title, route, platform, zone, with_link=with_link))
        except CannotCompose as error:
            without[platform] = error.reason
    if without:
        raise CannotCompose("; ".join(dict.fromkeys(without.values())), without)
    chosen = _pictures(entries, route.compose)
    x_text = next((one for one in texts if one.platform == X), None)
    alt_texts = sum(bool(image.alt) for image in chosen.images)
    return Composed(
        tuple(texts),
        chosen.images,
        price(x_text.parts, prices, alt_texts) if x_text else Decimal(0),
        chosen.skipped,
    )


def _network_text(
    entries: Sequence[Entry],
    feed_title: str,
    route: Route,
    platform: str,
    zone: ZoneInfo,
    *,
    with_link: bool,
) -> NetworkText:
    how = route.compose.of(platform)
    is_digest = route.digest is not None or len(entries) > 1
    template = how.template
    if is_digest and (route.digest is None or template == DEFAULT_TEMPLATE):
        template = DEFAULT_DIGEST
    variables = {"route": route.id, "feed": route.feed, "network": platform}
    linked = how.link == "always" or (how.link == "budget" and (with_link or platform != X))
    fields = fields_of(entries, feed_title, how, zone, variables, with_link=linked)
    whole = _Whole(template, how, platform, fields, is_digest=is_digest)
    found = fitted(fields, fields_used(template), whole.fitting, whole.length)
    if found is None:
        raise CannotCompose(whole.why_not())
    parts = whole.parts(found.text) or (found.text,)
    link = whole.last_link(found.text)
    dropped = (
        ("link left out: the month's budget would not last",) if how.link == "budget" and not linked else ()
    )
    return NetworkText(
        platform,
        BREAK.join(parts),
        link,
        max(measure(part, platform) for part in parts),
        len(parts),
        (*found.notes, *dropped),
    )


class _Whole:
    """Renders one network's text as a whole, and judges it."""

    def __init__(
        self, template: str, how: Compose, platform: str, fields: Fields, *, is_digest: bool
    ) -> None:
        self._template = template
        self._platform = platform
        self._is_digest = is_digest
        self._domains = how.domains
        self._thread = how.thread if platform == X else None
        self._fields = fields
        self._links = sorted({entry.link for entry in fields.entries if entry.link}, key=len, reverse=True)
        self._mentions = may_be_mentioned(how.mentions, template)

    def fitting(self, fields: Fields) -> str | None:
        """The text, or None where the network does not take it."""
        text = self._text(fields)
        return text if self.parts(text) is not None else None

    def length(self, fields: Fields) -> int:
        """How long the text would be, as the network counts."""
        return measure(self._text(fields), self._platform)

    def parts(self, text: str) -> tuple[str, ...] | None:
        """The text as the network's posts, or None where it is too long."""
        if measure(text, self._platform) <= LIMITS[self._platform]:
            return (text,)
        return divide(text, self._thread) if self._thread else None

    def why_not(self) -> str:
        """Why there is nothing to send, in words."""
        text = self._text(self._fields)
        if not text:
            return "the text is empty: the entry has nothing of what the template uses"
        limit, length = LIMITS[self._platform], measure(text, self._platform)
        return (
            f"the template's own words and the link are too long: {self._platform} takes {limit}, "
            f"the text has {length} and cannot be shortened enough"
        )

    def _text(self, fields: Fields) -> str:
        try:
            rendered = render(self._template, fields, is_digest=self._is_digest)
        except TemplateFailed as error:
            raise CannotCompose(f"the template failed: {error}") from None
        text = tidy(one_cashtag(self._neutral(tidy(rendered))))
        text = self._without_chance_links(text)
        lost = next((link for link in self._links if link in rendered and link not in text), None)
        if lost:
            raise CannotCompose(f"the template changes the link {lost}: put a space or a new line around it")
        return text

    def last_link(self, text: str) -> str | None:
        """The last of the entries' links in the text. Raises `CannotCompose` where X would not see it whole."""
        own = self._split(text)[1::2][-1:]
        if own and is_link_for_x(own[0]):
            seen = [link.text for link in find_links(text)[-1:]]
            if seen != own:
                raise CannotCompose(
                    "the template hides the entry's link: the last one that X would see is "
                    f"{''.join(seen) or 'none'}; put the link last"
                )
        return next(iter(own), None)

    def _neutral(self, text: str) -> str:
        """Without mentions that nobody asked for; those of an entry's link (`medium.com/@acme/`) are none for X."""
        return "".join(
            part if number % 2 else neutral(part, self._mentions)
            for number, part in enumerate(self._split(text))
        )

    def _split(self, text: str) -> list[str]:
        """The text in parts, of which every second one is a link of the entries' own."""
        if not self._links:
            return [text]
        return re.split(f"({'|'.join(map(re.escape, self._links))})", text)

    def _without_chance_links(self, text: str) -> str:
        """Two fields that touch may form a domain; what stands in the template itself is meant.

        Where domains may be links, they still may not follow the entry's own: X shows the last one.
        """
        *before, after = self._split(text)
        first = 0 if self._domains == "text" else len(text) - (len(after) if before else 0)
        for link in reversed(find_links(text)):
            is_entrys = any(link.text in own or own in link.text for own in self._links)
            if link.start >= first and not is_entrys and link.text not in self._template:
                text = text[: link.start] + unlinked(link.text) + text[link.end :]
        return text


def _pictures(entries: Sequence[Entry], how: Compose) -> Chosen:
    """Those of the first entry that has any."""
    chosen = [choose(entry, how) for entry in entries]
    return next((one for one in chosen if one.images), chosen[0])
