"""The configuration folder: `firetime.toml` and one file a customer, read and checked as a whole."""

import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from feeds.model import FeedAddress
from scheduler.apart import not_apart
from scheduler.common import Common, FeedClient, Linking, VaultFields, VaultLayout
from scheduler.customer import (
    Attestation,
    Attested,
    Budget,
    Calendar,
    Customer,
    Duplicates,
    Prices,
    Route,
    Schedule,
    SignIn,
    XLimits,
)
from scheduler.days import Days, parse_days_file
from scheduler.errors import in_words
from scheduler.mistakes import second_look, texts
from scheduler.problems import Problem, Problems, from_validation
from scheduler.selection import Condition, Select
from scheduler.wording import Compose, Digest, Evergreen, Hashtags, Platform, Thread, Utm, Variant

HOLIDAYS = "holidays"
"""The folder with the files that customers' calendars name."""
NOT_READ = "not read: its name does not end in .toml"
_LEFT_BEHIND = ("~", ".bak", ".orig", ".rej", ".swo", ".swp", ".tmp")


@dataclass(frozen=True)
class Config:
    """What is in force. `broken` names the customers whose files have mistakes and are left out."""

    common: Common = field(default_factory=Common)
    customers: tuple[Customer, ...] = ()
    broken: frozenset[str] = frozenset()

    @cached_property
    def _by_id(self) -> dict[str, Customer]:
        return {customer.id: customer for customer in self.customers}

    @cached_property
    def _by_feed(self) -> dict[FeedAddress, list[tuple[Customer, Route]]]:
        routes: dict[FeedAddress, list[tuple[Customer, Route]]] = {}
        for customer in self.customers:
            for route in customer.routes:
                routes.setdefault(route.address, []).append((customer, route))
        return routes

    def is_broken(self, name: str) -> bool:
        """Whether the customer's file has mistakes, which the name of a customer or `customer/route` begins with."""
        return name.partition("/")[0] in self.broken

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id, or None."""
        return self._by_id.get(customer_id)

    def in_shadow(self, customer_id: str, route_id: str) -> bool | None:
        """Whether a route sends nothing; None where the customer has no file, or one with mistakes."""
        customer = self.customer(customer_id)
        return None if customer is None else route_id in customer.shadows

    def routes_of(self, address: FeedAddress) -> list[tuple[Customer, Route]]:
        """Every route that uses a feed, with its customer."""
        return self._by_feed.get(address, [])

    def feeds(self) -> dict[FeedAddress, int | None]:
        """Each feed with the pace its routes ask for, in seconds; None is `auto`. The quickest wins."""
        paces: dict[FeedAddress, int | None] = {}
        for customer in self.customers:
            for route in customer.routes:
                wished = None if route.poll_every == "auto" else int(route.poll_every.total_seconds())
                known = paces.get(route.address)
                paces[route.address] = wished if known is None else min(known, wished or known)
        return paces


_TABLES: dict[str, type[BaseModel]] = {
    "": Customer,
    "route": Route,
    "sign_in": SignIn,
    "select": Select,
    **dict.fromkeys(("where", "all", "any", "none"), Condition),
    "compose": Compose,
    "hashtags": Hashtags,
    "utm": Utm,
    "thread": Thread,
    **dict.fromkeys(get_args(Platform), Variant),
    "digest": Digest,
    "evergreen": Evergreen,
    "calendar": Calendar,
    "duplicates": Duplicates,
    "schedule": Schedule,
    "budget": Budget,
    "x": XLimits,
    "attested": Attested,
    **dict.fromkeys(Attested.model_fields, Attestation),
}
_COMMON_TABLES: dict[str, type[BaseModel]] = {
    "": Common,
    "vault": VaultLayout,
    "fields": VaultFields,
    "feeds": FeedClient,
    "prices": Prices,
    "linking": Linking,
}
KNOWN_KEYS = {
    name: [str(info.alias or key) for key, info in model.model_fields.items() if (name, key) != ("", "id")]
    for name, model in _TABLES.items()
}
COMMON_KEYS = {name: list(model.model_fields) for name, model in _COMMON_TABLES.items()}


def load(folder: Path) -> Config:
    """Read and check the configuration folder.

    Raises `Problems` with every mistake of every file at once.
    """
    config, problems = inspect(folder)
    if problems:
        raise Problems(problems)
    return config


def inspect(folder: Path) -> tuple[Config, list[Problem]]:
    """Read the folder as far as it goes: the parts without mistakes, and all mistakes."""
    if not folder.is_dir():
        return Config(), [
            Problem(str(folder), "no such folder; set FIRETIME_CONFIG to the one with firetime.toml")
        ]
    problems: list[Problem] = []
    common = read_common(folder / "firetime.toml", problems)
    files = customer_files(folder)
    if not files:
        problems.append(Problem(str(folder / "customers"), "has no customer file (*.toml); add one"))
    customers = [customer for file in files if (customer := _customer(file, problems)) is not None]
    problems += not_apart(customers, folder / "customers", common.vault.ayrshare_path)
    broken = frozenset(problem.customer for problem in problems if problem.customer is not None)
    return Config(common, tuple(one for one in customers if one.id not in broken), broken), problems


def inspect_common(folder: Path) -> tuple[Config, list[Problem]]:
    """What there is without customers, and its mistakes. A folder that is missing or empty is none: defaults do."""
    problems: list[Problem] = []
    return Config(read_common(folder / "firetime.toml", problems)), problems


def has_customers(folder: Path) -> bool:
    """Whether there is any customer's file."""
    return bool(customer_files(folder))


def customer_files(folder: Path) -> list[Path]:
    """The customers' files, in the order of their names. Hidden ones are editors' own."""
    return [file for file in sorted((folder / "customers").glob("*.toml")) if not file.name.startswith(".")]


def not_read(folder: Path) -> list[Path]:
    """The files beside the customers' that are not read for their names, without those that editors leave behind."""
    read = set(customer_files(folder))
    return [
        file
        for file in sorted((folder / "customers").glob("[!.]*"))
        if file not in read and file.is_file() and not file.name.endswith(_LEFT_BEHIND)
    ]


def inspect_customer(file: Path, body: bytes) -> tuple[Customer | None, list[Problem]]:
    """What a customer's file with this content would mean, whatever is on the disk, and its mistakes."""
    problems: list[Problem] = []
    return _customer(file, problems, body), problems


def toml_text(content: bytes) -> str:
    """A file's text, with one kind of line endings and without the mark that editors on Windows put in front.

    Raises `UnicodeDecodeError`.
    """
    return TextIOWrapper(BytesIO(content), encoding="utf-8-sig").read()


def fingerprint(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Changes whenever a file of the folder does."""
    customers = (*customer_files(folder), *not_read(folder))
    files = [folder / "firetime.toml", *customers, *(folder / HOLIDAYS).glob("*")]
    stats = [(file, file.stat()) for file in files if file.is_file()]
    return frozenset((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in stats)


def read_common(file: Path, problems: list[Problem]) -> Common:
    """What `firetime.toml` says; the defaults where it is missing, or has mistakes, which join `problems`."""
    if not file.exists():
        return Common()
    content = _toml(file, None, problems)
    if content is None:
        return Common()
    try:
        return Common.model_validate(content)
    except ValidationError as error:
        problems += from_validation(error, str(file), COMMON_KEYS)
        return Common()


def _customer(file: Path, problems: list[Problem], body: bytes | None = None) -> Customer | None:
    content = _toml(file, file.stem, problems, body)
    if content is None:
        return None
    found = [Problem(f"{file}: {where}", what, file.stem) for where, what in second_look(content)]
    customer = None
    try:
        customer = Customer.model_validate({**content, "id": file.stem})
    except ValidationError as error:
        told = {problem.where for problem in found}
        more = from_validation(error, str(file), KNOWN_KEYS, file.stem)
        found += [problem for problem in more if problem.where not in told]
    if customer is not None:
        customer, more = _with_holidays(customer, file)
        found += more
    problems += [_named(problem, file, content) for problem in found]
    return None if found else customer


def _with_holidays(customer: Customer, file: Path) -> tuple[Customer, list[Problem]]:
    """The customer with the days of the files that its calendar names, and what is wrong with those."""
    days: list[Days] = []
    problems: list[Problem] = []
    for name in customer.calendar.holidays:
        source = file.parent.parent / HOLIDAYS / name
        try:
            text = toml_text(source.read_bytes())
        except (OSError, UnicodeDecodeError) as error:
            what = in_words(error) if isinstance(error, OSError) else "it is not UTF-8 text"
            where = f"{file}: calendar.holidays"
            problems.append(Problem(where, f"{source} cannot be read: {what}", customer.id))
            continue
        for number, found in parse_days_file(text):
            if isinstance(found, Days):
                days.append(found)
            else:
                problems.append(Problem(f"{source}, line {number}", str(found), customer.id))
    calendar = customer.calendar.model_copy(update={"blackouts": (*customer.calendar.blackouts, *days)})
    return customer.model_copy(update={"calendar": calendar}), problems


def _toml(
    file: Path, customer: str | None, problems: list[Problem], body: bytes | None = None
) -> dict[str, Any] | None:
    try:
        content = file.read_bytes() if body is None else body
        return tomllib.loads(toml_text(content))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(str(file), f"is not valid TOML: {error}", customer))
    except UnicodeDecodeError:
        problems.append(Problem(str(file), "is not UTF-8 text", customer))
    except RecursionError:
        problems.append(Problem(str(file), "has brackets within brackets too deeply", customer))
    except OSError as error:
        problems.append(Problem(str(file), f"cannot be read: {error.strerror}", customer))
    return None


def _named(problem: Problem, file: Path, content: dict[str, Any]) -> Problem:
    """Say a route's id beside its number, and call `id` what it is: the file's name."""
    if problem.where == f"{file}: id" and "id" not in content:
        return replace(problem, where=str(file), what=f"the file's name {problem.what}")
    found = re.search(r"route\[(\d+)\]", problem.where)
    ids = texts(content["route"][int(found[1]) - 1], "id") if found else []
    if found is None or not ids or not re.fullmatch(r"[\w-]{1,64}", ids[0]):
        return problem
    return replace(problem, where=problem.where.replace(found[0], f"{found[0]} ({ids[0]})", 1))
