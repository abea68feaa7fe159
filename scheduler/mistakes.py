"""Mistakes in a customer's file that types alone do not show."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from scheduler.rules.select import pattern_problem
from scheduler.rules.template import template_problem
from scheduler.settings import is_loopback
from scheduler.values import format_duration, parse_duration

FASTEST_POLL = timedelta(minutes=1)
FASTEST_LOCAL_POLL = timedelta(seconds=1)
"""For a feed on this machine, which bothers nobody else."""


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
    for number, route in enumerate(routes, start=1):
        for key, what in _route_problems(route):
            yield f"route[{number}].{key}", what


def _route_problems(route: Any) -> Iterator[tuple[str, str]]:
    for feed in texts(route, "feed"):
        yield from _feed_problems(feed, texts(route, "poll_every"), signed="sign_in" in route)
    for template in texts(route, "compose", "template"):
        if problem := template_problem(template):
            yield "compose.template", problem
    for key in ("include", "exclude"):
        for number, pattern in enumerate(texts(route, "select", key), start=1):
            if problem := pattern_problem(pattern):
                yield f"select.{key}[{number}]", problem


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
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    return [value for value in (table if isinstance(table, list) else [table]) if isinstance(value, str)]
