"""Mistakes in a customer's file that types alone do not show."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlsplit

from scheduler.model import X
from scheduler.rules.hashtags import hashtag_problem
from scheduler.rules.template import template_problem
from scheduler.settings import is_loopback
from scheduler.values import format_duration, parse_duration
from scheduler.wording import Platform

FASTEST_POLL = timedelta(minutes=1)
FASTEST_LOCAL_POLL = timedelta(seconds=1)
"""For a feed on this machine, which bothers nobody else."""

_PLATFORMS = frozenset(get_args(Platform))


def second_look(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a mistake is, and what: in whatever has the right type, so that all mistakes are told at once."""
    if "id" in content:
        yield "id", "is not needed: the customer's id is the name of the file"
    routes = content.get("route", [])
    if not isinstance(routes, list):
        yield "route", "write [[route]], in two brackets, above each route"
        return
    ids = [route_id for route in routes for route_id in texts(route, "id")]
    for route_id in sorted(set(ids)):
        if ids.count(route_id) > 1:
            yield "route", f"the id {route_id!r} is used {ids.count(route_id)} times; give each route its own"
    has_budget = "x_usd_per_month" in _table(content, "budget")
    for number, route in enumerate(routes, start=1):
        for key, what in _route_problems(route, has_budget=has_budget):
            yield f"route[{number}].{key}", what


def _route_problems(route: Any, *, has_budget: bool) -> Iterator[tuple[str, str]]:
    for feed in texts(route, "feed"):
        yield from _feed_problems(feed, texts(route, "poll_every"), signed="sign_in" in route)
    compose, is_digest = _table(route, "compose"), "digest" in _table(route)
    variants = {f"compose.variants.{name}": variant for name, variant in _table(compose, "variants").items()}
    for place, wording in {"compose": compose, **variants}.items():
        for key, what in _wording_problems(wording, is_digest=is_digest, has_budget=has_budget):
            yield f"{place}.{key}", what
    yield from _mention_problems(texts(compose, "mentions"))
    yield from _platform_problems(texts(route, "platforms") or [X], compose)
    if is_digest and "thread" in compose:
        yield "digest", "cannot go out as a thread; take either digest or compose.thread away"
    if not is_digest:
        yield from _expiry_problems(_table(route, "schedule"))
    yield from _evergreen_problems(texts(route, "evergreen", "texts"), is_digest=is_digest)


def _expiry_problems(schedule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for hold, expiry in zip(texts(schedule, "hold"), texts(schedule, "expires_after"), strict=False):
        held, fresh = _duration(hold), _duration(expiry)
        if held and fresh is not None and fresh <= held:
            what = f"is over before hold lets a post out; give more than {format_duration(held)!r}"
            yield "schedule.expires_after", what


def _evergreen_problems(templates: list[str], *, is_digest: bool) -> Iterator[tuple[str, str]]:
    if templates and is_digest:
        yield "evergreen", "posts single entries again; take either digest or evergreen away"
    for number, template in enumerate(templates, start=1):
        if problem := template_problem(template):
            yield f"evergreen.texts[{number}]", problem


def _wording_problems(wording: Any, *, is_digest: bool, has_budget: bool) -> Iterator[tuple[str, str]]:
    """Mistakes in `[route.compose]`, or in what one network has of its own."""
    for template in texts(wording, "template"):
        if problem := template_problem(template, is_digest=is_digest):
            yield "template", problem
    yield from _hashtag_problems(_table(wording, "hashtags"))
    if not has_budget and "budget" in texts(wording, "link"):
        yield "link", "goes by the month's money: give budget.x_usd_per_month, or 'always' or 'never' here"


def _hashtag_problems(hashtags: dict[str, Any]) -> Iterator[tuple[str, str]]:
    source = hashtags.get("from", "categories")
    if source == "fixed" and "fixed" not in hashtags:
        yield "hashtags.fixed", "is missing: from = 'fixed' takes the hashtags from it"
    if source == "categories" and "fixed" in hashtags:
        yield "hashtags.fixed", "is not used; give from = 'fixed' or 'both', or take it away"
    places = [(f"fixed[{number}]", tag) for number, tag in enumerate(_list(hashtags, "fixed"), start=1)]
    places += [(f"map.{category}", tag) for category, tag in _table(hashtags, "map").items()]
    for place, tag in places:
        if isinstance(tag, str) and (problem := hashtag_problem(tag)):
            yield f"hashtags.{place}", problem


def _mention_problems(mentions: list[str]) -> Iterator[tuple[str, str]]:
    names = [name.removeprefix("@").casefold() for name in mentions]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield "compose.mentions", f"'@{name}' is there {names.count(name)} times; give it once"


def _platform_problems(platforms: list[str], compose: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is said for networks that the route does not post to."""
    if not set(platforms) <= _PLATFORMS:
        return  # which ones are meant is not known
    for name in sorted(_table(compose, "variants").keys() & _PLATFORMS - set(platforms)):
        yield (
            f"compose.variants.{name}",
            f"the route does not post there; add {name!r} to its platforms, or take this variant away",
        )
    if "thread" in compose and X not in platforms:
        yield (
            "compose.thread",
            f"only X has threads; add {X!r} to the route's platforms, or take thread away",
        )


def _feed_problems(feed: str, paces: list[str], *, signed: bool) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(feed)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable:
        yield "feed", "is no web address; give one such as https://example.com/feed.xml"
        return
    if parts.username is not None or parts.password is not None:
        yield "feed", "holds a user name or a password; put them into Vault, and use sign_in"
    is_local = is_loopback(parts.hostname or "")
    if signed and parts.scheme == "http" and not is_local:
        yield "feed", "is not encrypted: sign_in needs an https address"
    fastest = FASTEST_LOCAL_POLL if is_local else FASTEST_POLL
    for pace in paces:
        if (wished := _duration(pace)) is not None and wished < fastest:
            yield "poll_every", f"is too often; give 'auto' or at least '{format_duration(fastest)}'"


def _duration(text: str) -> timedelta | None:
    try:
        return parse_duration(text)
    except ValueError:
        return None


def texts(table: Any, *path: str) -> list[str]:
    """The text, or the texts of the list, at a path of a TOML table; none where something else is there."""
    value = _at(table, *path)
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _table(content: Any, *path: str) -> dict[str, Any]:
    value = _at(content, *path)
    return value if isinstance(value, dict) else {}


def _list(content: Any, *path: str) -> list[Any]:
    value = _at(content, *path)
    return value if isinstance(value, list) else []


def _at(content: Any, *path: str) -> Any:
    for key in path:
        content = content.get(key) if isinstance(content, dict) else None
    return content
