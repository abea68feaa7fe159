"""Mistaken values of the configuration: each is told with what is accepted, and not repeated."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from feeds.model import FeedAddress
from scheduler import config
from scheduler.common import Common
from scheduler.customer import Customer
from tests.unit.config_folder import CANARY, ROUTE, SMALL, Folder

DURATION = "give a duration such as '90s', '20m', '6h', '3d' or '1d 12h'"
NETWORKS = (
    "give 'bluesky', 'facebook', 'gmb', 'instagram', 'linkedin', 'pinterest', 'reddit', 'snapchat', 'telegram', "
    "'threads', 'tiktok', 'twitter' or 'youtube'"
)
WORD = "may hold letters, digits, '-' and '_' only"
PATH = f"{WORD} (and / between the parts of a path)"
FILE = "is no name of a file in the folder holidays; give one such as 'us.txt'"
WINDOW = "give a window such as 'mon-fri 09:00-18:00', 'sat 10:00-14:00' or '09:00-18:00'"
ADDRESS = "is no web address; give one such as https://example.com/feed.xml"
BAD_VALUES: list[tuple[str, str, str, str]] = [
    ("name", "", '""', "is empty"),
    ("name", "", "5", "give a text in quotes"),
    ("name", "", '" "', "is blank, or more than one line; give a name"),
    ("end_customer", "", '"Two\\nGroups"', "is blank, or more than one line; give a name"),
    ("timezone", "", '"Mars/Olympus"', "is no time zone; give an IANA name such as 'America/New_York' or 'UTC'"),
    ("timezone", "", '"America/NewYork"',
     "is no time zone; did you mean 'America/New_York'? give an IANA name such as 'America/New_York' or 'UTC'"),
    ("timezone", "", "1", "give a text in quotes"),
    ("vault_path", "", '"customers/../globex"', PATH),
    ("vault_path", "", '"/customers/acme"', PATH),
    ("vault_path", "", '""', PATH),
    ("budget", "", "25", "give a table of keys and values"),
    ("x_usd_per_month", "budget", '"much"', "give a number such as 25.00"),
    ("x_usd_per_month", "budget", "-1", "give 0 or more"),
    ("x_usd_per_month", "budget", "nan", "give a number such as 25.00"),
    ("x_usd_per_month", "budget", "inf", "give a number such as 25.00"),
    ("x_usd_per_month", "budget", "true", "give a number such as 25.00"),
    ("posts_per_day", "x", "0", "give 1 or more"),
    ("posts_per_day", "x", "1.5", "give a whole number"),
    ("posts_per_day", "x", '"2"', "give a whole number"),
    ("posts_per_day", "x", "true", "give a whole number"),
    ("route", "", '"blog"', "write [[route]], in two brackets, above each route"),
    ("route", "", '["blog"]', "give a table of keys and values"),
    ("id", "route", '"my blog"', WORD),
    ("id", "route", '""', WORD),
    ("id", "route", f'"{"a" * 65}"', "give at most 64 characters"),
    ("feed", "route", '"acme.example/feed"', ADDRESS),
    ("feed", "route", '"ftp://acme.example/feed"', ADDRESS),
    ("feed", "route", '"https://"', ADDRESS),
    ("feed", "route", '"https://[::1/feed"', ADDRESS),
    ("feed", "route", '"https://acme.example:99999/feed"', ADDRESS),
    ("feed", "route", '"file:///etc/passwd"', ADDRESS),
    ("feed", "route", f'"https://me:{CANARY}@acme.example/feed"',
     "holds a user name or a password; put them into Vault, and use sign_in"),
    ("feed", "route", "5", "give a text in quotes"),
    ("poll_every", "route", '"soon"', f"give 'auto', or {DURATION}"),
    ("poll_every", "route", "60", "give 'auto', or give a text in quotes"),
    ("poll_every", "route", '"59s"', "is too often; give 'auto' or at least '1m'"),
    ("poll_every", "route", '"0s"', "is too often; give 'auto' or at least '1m'"),
    ("poll_every", "route", '"99999999999d"', "give 'auto', or give a duration of ten years ('3650d') at most"),
    ("platforms", "route", '"twitter"', "give a list in brackets"),
    ("platforms", "route", "[]", "give at least one"),
    ("first_poll", "route", '"all"', "give 'baseline', 'newest 3' or 'younger than 2d'"),
    ("select", "route", '"release"', "give a table of keys and values"),
    ("include", "route.select", '"release"', "give a list in brackets"),
    ("max_age", "route.select", '"3 days"', DURATION),
    ("max_age", "route.select", "3", "give a text in quotes"),
    ("template", "route.compose", "5", "give a text in quotes"),
    ("hashtags", "route.compose", '"categories"', "give a table of keys and values"),
    ("image", "route.compose", '"second"', "give 'first', 'page' or 'none'"),
    ("link", "route.compose", "true", "give 'always', 'never' or 'budget'"),
    ("from", "route.compose.hashtags", '"title"', "give 'categories', 'fixed' or 'both'"),
    ("max", "route.compose.hashtags", "11", "give 10 or less"),
    ("source", "route.compose.utm", "5", "give a text in quotes"),
    ("windows", "route.schedule", '"09:00-18:00"', "give a list in brackets"),
    ("min_gap", "route.schedule", '"often"', DURATION),
    ("max_per_day", "route.schedule", "0", "give 1 or more"),
    ("approval", "route.schedule", '"yes"', "give true or false"),
    ("expires_after", "route.schedule", '"-2d"', DURATION),
    ("holidays", "calendar", '["../us.txt"]', FILE),
    ("holidays", "calendar", '[".us"]', FILE),
    ("blackouts", "calendar", '["2026-11-31"]', "there is no such day: 2026-11-31"),
]  # fmt: skip


def with_value(key: str, table: str, value: str) -> str:
    """A customer file whose only mistake is this value."""
    small = "".join(line for line in SMALL.splitlines(keepends=True) if not line.startswith(f"{key} ="))
    line = f"{key} = {value}\n"
    match table:
        case "":
            return small + line
        case "route":
            kept = [row for row in ROUTE.splitlines(keepends=True) if not row.startswith(f"{key} =")]
            return SMALL + "".join(kept) + line
        case _ if table.startswith("route"):
            return f"{SMALL}{ROUTE}[{table}]\n{line}"
        case _:
            return f"{SMALL}[{table}]\n{line}"


@pytest.mark.parametrize(("key", "table", "value", "words"), BAD_VALUES, ids=lambda value: str(value)[:40])
def test_a_wrong_value_is_named_with_what_is_accepted_and_not_repeated(
    folder: Folder, key: str, table: str, value: str, words: str
) -> None:
    folder.customer(with_value(key, table, value))
    told = folder.mistake()
    named = re.sub(r"\[1\]( \(blog\))?", "", told)

    assert named == f"customers/acme.toml: {'.'.join(filter(None, (table, key)))}: {words}"
    assert CANARY not in told


@pytest.mark.parametrize(
    ("table", "lines", "where", "words"),
    [
        ("", 'platforms = ["myspace"]', "platforms[1]", NETWORKS),
        ("", 'platforms = ["x"]', "platforms[1]", "X is called 'twitter' here"),
        ("", 'platforms = ["linkedin", "X"]', "platforms[2]", "X is called 'twitter' here"),
        ("", 'platforms = ["twitter", 5]', "platforms[2]", NETWORKS),
        ("[route.select]", 'include = ["a", "/(/"]', "select.include[2]", "missing ): ("),
        ("[route.select]", 'exclude = ["//"]', "select.exclude[1]", "the expression is empty"),
        ("[route.select]", 'include = ["a", 5]', "select.include[2]", "give a text in quotes"),
        ("[route.select]", 'include = [" "]', "select.include[1]", "give a word, or a regular expression"),
        (
            "[route.compose]",
            "template = '{{ entry.titel }}'",
            "compose.template",
            "line 1: 'entry' has no 'titel'",
        ),
        ("[route.compose]", 'template = "{{ entry.title"', "compose.template", "line 1: "),
        ("[route.schedule]", 'windows = ["sat 10:00-14:00", "daily"]', "schedule.windows[2]", WINDOW),
        (
            "[route.schedule]",
            'hold = "15m"\nexpires_after = "15m"',
            "schedule.expires_after",
            "is over before hold lets a post out; give more than '15m'",
        ),
        (
            "[route.schedule]",
            'windows = ["mit 10:00-14:00"]',
            "schedule.windows[1]",
            "days are mon, tue, wed",
        ),
    ],
)
def test_a_wrong_item_is_named_with_its_place(
    folder: Folder, table: str, lines: str, where: str, words: str
) -> None:
    folder.customer(f"{SMALL}{ROUTE}{table}\n{lines}\n")

    assert folder.mistake().startswith(f"customers/acme.toml: route[1] (blog).{where}: {words}")


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_a_feed_of_this_machine_may_be_polled_each_second_and_not_more_often(
    folder: Folder, address: str
) -> None:
    route = f'[[route]]\nid = "blog"\nfeed = "http://{address}/feed.xml"\npoll_every = '
    folder.customer(f'{SMALL}{route}"1s"\n')
    assert folder.load().feeds() == {FeedAddress(f"http://{address}/feed.xml"): 1}

    folder.customer(f'{SMALL}{route}"0s"\n')
    assert folder.mistake().endswith("poll_every: is too often; give 'auto' or at least '1s'")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            'fastest_poll = "14m"',
            "fastest_poll: is too often; give at least '15m', or a route of your own feed a poll_every",
        ),
        ('fastest_poll = "hourly"', f"fastest_poll: {DURATION}"),
        ('fastest_poll = "1h"\nslowest_poll = "59m"', "slowest_poll: is 59m; give at least fastest_poll, 1h"),
        ('fastest_poll = "1d"', "slowest_poll: is 12h; give at least fastest_poll, 1d"),
    ],
)
def test_bounds_of_the_pace_that_cannot_hold_are_refused(folder: Folder, lines: str, words: str) -> None:
    folder.customer(SMALL + ROUTE)
    folder.common(f"[feeds]\n{lines}\n")

    assert folder.mistake() == f"firetime.toml: feeds.{words}"


def test_the_bounds_of_the_pace_may_be_one_and_the_same(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)
    folder.common('[feeds]\nfastest_poll = "15m"\nslowest_poll = "15m"\n')

    assert folder.load().common.feeds.slowest_poll == timedelta(minutes=15)


def fields(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every key of a model and of the tables in it, but not of lists of tables, nor of tables of networks."""
    for name, field in model.model_fields.items():
        place = (*path, field.alias or name)
        yield place, field
        is_list_of_tables = get_origin(field.annotation) in (tuple, dict) and place != ("route",)
        for kind in () if is_list_of_tables else (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind, place)


def toml(table: tuple[str, ...], key: str, value: str) -> str:
    head = "".join(f"[[{part}]]\n" if part == "route" else "" for part in table[:1])
    return (
        f"{head}[{'.'.join(table)}]\n{key} = {value}\n"
        if table not in ((), ("route",))
        else f"{head}{key} = {value}\n"
    )


KEYS = [(Customer, path) for path, _ in fields(Customer)] + [(Common, path) for path, _ in fields(Common)]
STRANGE = [
    "5", "-1", "1.5", "true", '"?"', '""', "[]", "[[1]]", "{}", "{ a = 1 }", "nan", "2026-11-22", "[5, true]",
    f'"{CANARY}/"',
]  # fmt: skip
WORDS_OF_A_LIBRARY = re.compile(
    r"input|instance|tuple|dictionary|\bint\b|\bstr\b|boolean|decimal|pydantic|nonetype", re.IGNORECASE
)


@pytest.mark.parametrize(("model", "path"), KEYS, ids=[".".join(path) for _, path in KEYS])
def test_whatever_a_key_holds_no_mistake_is_told_in_the_words_of_a_library(
    folder: Folder, model: type[BaseModel], path: tuple[str, ...]
) -> None:
    for value in STRANGE:
        content = toml(path[:-1], path[-1], value)
        if model is Common:
            folder.common(content)
        else:
            folder.customer(content)
        _, problems = config.inspect(folder.path)
        told = "\n".join(str(problem).removeprefix(f"{folder.path}/") for problem in problems)

        assert not WORDS_OF_A_LIBRARY.search(told), value
        assert CANARY not in told
