"""Adding routes to a customer's file: what is there stays byte for byte, and no broken file is ever written."""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import tomlkit

from feeds.names import same_address
from feeds.urls import host_of
from scheduler import config
from scheduler.customer import Customer
from scheduler.errors import Explained, in_words
from scheduler.problems import Problems
from scheduler.replace_file import create_file, replace_file, sole_writer

LONGEST_SLUG = 40

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class NoSuchCustomer(Explained):
    """No customer is meant, or not a single one; the text lists those there are."""


class CannotAdd(Explained):
    """The routes cannot be added to the file; the text says why."""


@dataclass(frozen=True, slots=True)
class NewRoute:
    """A route to be added: its feed, what its id is made of, the id itself where it is given, a comment above it.

    Each line of the comment becomes one of the file. `more` are further keys of the route with their values.
    """

    feed: str
    title: str = ""
    id: str | None = None
    comment: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CustomerFile:
    """One customer's file as it was read."""

    path: Path
    body: bytes
    customer: Customer

    @cached_property
    def _routes(self) -> dict[str, str]:
        return {same_address(route.feed): route.id for route in reversed(self.customer.routes)}

    def route_of(self, feed_url: str) -> str | None:
        """The id of the first route with this feed, in whichever way its address is written."""
        return self._routes.get(same_address(feed_url))


def find(folder: Path, customer: str | None) -> Path:
    """The file of that customer, or of the only one. Raises `NoSuchCustomer`."""
    files = {file.stem: file for file in sorted((folder / "customers").glob("*.toml"))}
    if customer in files:
        return files[customer]
    if not files:
        raise NoSuchCustomer(f"{folder / 'customers'} has no customer file (*.toml): add one, then its feeds")
    if customer is None and len(files) == 1:
        return next(iter(files.values()))
    names = ", ".join(files)
    if customer is None:
        raise NoSuchCustomer(
            f"there are {len(files)} customers: say whose feed it is with --customer ({names})"
        )
    raise NoSuchCustomer(f"there is no customer {customer!r}; customers: {names}")


def read(path: Path) -> CustomerFile:
    """Read a customer's file. Raises `Problems` where it has mistakes, `CannotAdd` where it cannot be read."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise CannotAdd(f"{path}: cannot be read: {in_words(error)}") from None
    return CustomerFile(path, body, _meaning(path, body))


def ids_for(customer: Customer, routes: Sequence[NewRoute]) -> list[str]:
    """The ids that the routes would get: the given one, or one of their title or host that is not in use."""
    taken = {route.id for route in customer.routes} | {route.id for route in routes if route.id}
    ids: list[str] = []
    for route in routes:
        ids.append(route.id or free(slug(route.title) or slug(host_of(route.feed)) or "feed", taken))
        taken.add(ids[-1])
    return ids


def add(path: Path, routes: Sequence[NewRoute]) -> list[str]:
    """Write the routes at the end of the file, all or none; gives their ids.

    Raises `CannotAdd` where the file has one of the feeds or ids already or cannot be written, and `Problems` where it
    has mistakes or would have.
    """
    try:
        with sole_writer(path):
            file = read(path)
            _check(file, routes)
            ids = ids_for(file.customer, routes)
            after = file.body + _text(file.body, zip(ids, routes, strict=True))
            _meaning(path, after)
            replace_file(path, after)
    except OSError as error:
        raise CannotAdd(f"{path} cannot be written: {in_words(error)}; nothing was changed") from None
    return ids


def create(path: Path, head: str, routes: Sequence[NewRoute] = ()) -> list[str]:
    """Write a new customer's file: what stands at its top, in TOML, and these routes; gives their ids.

    Raises `CannotAdd` where the file is there already or cannot be written, and `Problems` where it would have
    mistakes.
    """
    ids = ids_for(_meaning(path, head.encode()), routes)
    body = head.encode() + _text(head.encode(), zip(ids, routes, strict=True))
    _meaning(path, body)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        create_file(path, body)
    except FileExistsError:
        raise CannotAdd(f"{path} is there already; nothing was changed") from None
    except OSError as error:
        raise CannotAdd(f"{path} cannot be written: {in_words(error)}") from None
    return ids


def _meaning(path: Path, body: bytes) -> Customer:
    customer, problems = config.inspect_customer(path, body)
    if customer is None:
        raise Problems(problems)
    return customer


def _check(file: CustomerFile, routes: Sequence[NewRoute]) -> None:
    for route in routes:
        if known := file.route_of(route.feed):
            raise CannotAdd(f"{file.path} has this feed already, in its route {known!r}: {route.feed}")
        if route.id is not None and file.customer.route(route.id):
            raise CannotAdd(f"{file.path} has a route {route.id!r} already: give another id with --route")
    try:
        tomllib.loads(f"{config.toml_text(file.body)}\n[[route]]\n")
    except tomllib.TOMLDecodeError:
        what = "holds its routes as one list; write each below a [[route]] of its own first"
        raise CannotAdd(f"{file.path} {what}") from None


def free(name: str, taken: Collection[str]) -> str:
    """The name itself, or else with the first number behind it that nobody has."""
    return next(one for n in count(1) if (one := name if n == 1 else f"{name}-{n}") not in taken)


def slug(text: str) -> str:
    """The text in small ASCII letters, digits and hyphens; "" where it has none of them."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_text.replace("'", ""))
    return "-".join(words).removeprefix("www-")[:LONGEST_SLUG].strip("-")


def _text(before: bytes, routes: Iterable[tuple[str, NewRoute]]) -> bytes:
    """What goes below the file's own text: with its line endings, and an empty line between."""
    newline = b"\r\n" if before.rpartition(b"\n")[0].endswith(b"\r") else b"\n"
    text = "\n".join(_block(route_id, route) for route_id, route in routes)
    stands_apart = not before.strip() or before.endswith((b"\n\n", b"\n\r\n"))
    gap = b"" if stands_apart else b"\n" if before.endswith(b"\n") else b"\n\n"
    return (gap + text.encode()).replace(b"\n", newline)


def _block(route_id: str, route: NewRoute) -> str:
    comment = "".join(map(_comment, route.comment.splitlines()))
    table = {"id": route_id, "feed": route.feed} | {key: _inline(value) for key, value in route.more.items()}
    return f"{comment}[[route]]\n{tomlkit.dumps(table)}"


def _comment(line: str) -> str:
    return tomlkit.comment(" ".join(_CONTROL.sub(" ", line).split())).as_string()


def _inline(value: Any) -> Any:
    """A table within a route on one line: a header of its own would end the route's keys."""
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    for key, inner in value.items():
        table.append(key, _inline(inner))
    return table
