"""What `firetime preview` says besides the post itself: money, links, pages, and what it cannot read."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.integration.test_preview import previewed
from tests.process import firetime
from tests.world import QUICK, World


def held(route: dict[str, Any]) -> list[bool]:
    return [
        any("would be held: the month's budget" in note for note in one["notes"]) for one in route["entries"]
    ]


@pytest.mark.parametrize(
    ("budget", "link", "expected"),
    [
        ("0", "always", [True, True, True]),
        ("0.25", "always", [False, True, True]),
        ("0.40", "always", [False, False, True]),
        ("0.01", "budget", [True, True, True]),
        ("0", "free", [False, False, False]),
    ],
)
async def test_a_post_that_the_budget_would_hold_says_so(
    world: World, budget: str, link: str, expected: list[bool]
) -> None:
    for title in ("One", "Two", "Three"):
        world.feeds.add("acme", title)
    own = 'platforms = ["bluesky"]' if link == "free" else f'[route.compose]\nlink = "{link}"'
    world.add_customer("acme", rest=f"{QUICK}[budget]\nx_usd_per_month = {budget}\n", route=f"{own}\n")
    (route,) = await previewed(world)
    told = (await firetime("preview", env=world.environment)).out

    assert held(route) == expected
    assert told.count("it would be held: the month's budget of $") == sum(expected)


async def test_the_budget_of_all_routes_is_one_and_its_posts_pay_in_the_order_of_their_times(
    world: World,
) -> None:
    late = '[route.schedule]\nmin_gap = "2h"\n'
    other = f'\n[[route]]\nid = "other"\nfeed = "{world.feeds.url}/other.xml"\n'
    for name, title in (("acme", "One"), ("acme", "Two"), ("other", "Three")):
        world.feeds.add(name, title)
    world.add_customer("acme", rest=f"{QUICK}[budget]\nx_usd_per_month = 0.40\n", route=f"{late}{other}")
    first, second = await previewed(world)

    assert (held(first), held(second)) == ([False, True], [False])
    assert first["entries"][1]["notes"] == ["it would be held: the month's budget of $0.40 is used up"]


async def test_what_is_spent_and_planned_already_leaves_less_of_the_budget(world: World) -> None:
    world.feeds.add("acme", "Old")
    route = 'first_poll = "newest 5"\n[route.compose]\nlink = "never"\n'
    world.add_customer("acme", rest=f"{QUICK}[budget]\nx_usd_per_month = 0.30\n", route=route)
    await firetime("feeds", "poll", env=world.environment)
    world.feeds.add("acme", "New")
    with closing(sqlite3.connect(world.folder / "firetime.db")) as database, database:
        database.execute("UPDATE post SET price_usd = 285000")
    (planned,) = await previewed(world)
    with closing(sqlite3.connect(world.folder / "firetime.db")) as database, database:
        database.execute("UPDATE post SET price_usd = 290000, state = 'delivered', state_at = due_at")
    (spent,) = await previewed(world)

    old, new = planned["entries"]
    assert (old["notes"], new["notes"]) == (
        ["made already: p1 is scheduled; shown as if the entry were new"],
        [],
    ), "what is there already costs nothing more"
    assert spent["entries"][1]["notes"] == ["it would be held: the month's budget of $0.30 is used up"]


async def test_a_page_that_cannot_be_read_and_a_link_that_cannot_be_used_are_told(world: World) -> None:
    gone, long = f"{world.feeds.url}/gone.xml", f"https://a.example.com/{'a' * 5_000}"
    links = (gone, "javascript:alert(1)", long, "")
    world.feeds.entries["acme"] = [
        f"<item><title>Number {n}</title><link>{link}</link><guid isPermaLink='false'>{n}</guid></item>"
        for n, link in enumerate(links)
    ]
    world.feeds.answers["gone"] = lambda _: web.Response(status=404)
    world.add_customer("acme", route="[route.compose]\ncanonical = true\n")
    (route,) = await previewed(world, "--limit", "9")
    notes = {entry["title"]: entry["notes"] for entry in route["entries"]}

    assert re.fullmatch(r"its web page could not be read: .*404.*", notes["Number 0"][0])
    missing = "posted without its link: the feed gives no http or https address for it"
    assert notes["Number 1"] == notes["Number 3"] == [missing]
    assert "posted without its link: it is longer than 4,096 characters" in notes["Number 2"]
    world.add_customer("acme", route='[route.compose]\nlink = "never"\n')
    (route,) = await previewed(world, "--limit", "9")
    assert [entry["notes"] for entry in route["entries"]] == [[], [], [], []]


@pytest.mark.parametrize("there", [True, False])
async def test_an_address_needs_no_configuration(world: World, tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "none"
    if there:
        folder.mkdir()
    world.feeds.add("acme", "Hello")
    env = world.environment | {"FIRETIME_CONFIG": str(folder)}
    url = f"{world.feeds.url}/acme.xml"
    done = await firetime("preview", url, env=env)

    assert (done.code, done.err) == (0, "")
    assert f"no route uses this feed: the defaults  {url}" in done.out
    assert "Hello\nhttps://acme.example.com/1" in done.out
    assert "example/example" not in (await firetime("preview", url, "--html", "-", env=env)).out
    assert (await firetime("preview", env=env)).code == 1, "all routes, and there are none"
    if there:
        (folder / "firetime.toml").write_text("nonsense = 1\n")
        mistaken = await firetime("preview", url, env=env)
        assert mistaken.code == 1
        assert "nonsense" in mistaken.err
        assert "Hello" in mistaken.out


async def test_a_route_whose_file_has_mistakes_is_not_said_to_be_unknown(world: World) -> None:
    world.add_customer("acme", route="nonsense = 1\n")
    env = world.environment
    for target in ("acme/blog", "acme"):
        done = await firetime("preview", target, env=env)
        assert done.code == 1
        assert "nonsense" in done.err
        assert "there is no customer" not in done.err
    assert "in the files without mistakes; routes: none" in (await firetime("preview", "blog", env=env)).err
    tested = await firetime("backtest", "acme/blog", env=env)
    assert tested.code == 1
    assert "there is no route" not in tested.err


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.com/feed.xml", "data:text/plain,x"])
async def test_only_web_addresses_are_read(world: World, target: str) -> None:
    done = await firetime("preview", target, env=world.environment)

    assert done.code == 1
    assert f"firetime: '{target}' is not read: only http and https addresses are\n" in done.err


async def test_a_database_of_an_older_version_names_its_upgrade(world: World) -> None:
    world.feeds.add("acme", "Hello")
    world.add_customer("acme")
    env = world.environment
    await firetime("feeds", "poll", env=env)
    with closing(sqlite3.connect(world.folder / "firetime.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0002'")
    (route,) = await previewed(world)
    tested = await firetime("backtest", "blog", env=env)

    assert "of an older version (0002): run firetime db upgrade; times, money and dup" in route["notes"][0]
    assert (tested.code, tested.out) == (1, "")
    assert tested.err == "firetime: the database is of an older version (0002): run firetime db upgrade\n"
