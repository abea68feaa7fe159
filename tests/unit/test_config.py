"""The configuration folder: what is accepted and what it means."""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from feeds.model import FeedAddress
from scheduler import config
from scheduler.common import Common, FeedClient
from scheduler.customer import (
    Budget,
    Customer,
    Prices,
    Route,
    Schedule,
    XLimits,
)
from scheduler.selection import Select
from scheduler.values import FirstPoll, parse_window
from scheduler.wording import Compose, Hashtags, Utm
from tests.unit.config_folder import ROUTE, SMALL, Folder

WHOLE = """
name = "Acme Media"
timezone = "America/New_York"
vault_path = "customers/acme"

[budget]
x_usd_per_month = 25.00          # what Firetime may spend with X; above it posts are held

[x]                              # what X lets this account do (these are the defaults: an unverified account)
posts_per_half_hour = 2
posts_per_day = 50
posts_per_3_hours = 300

[[route]]
id = "blog"
feed = "https://acme.example/blog/feed.xml"
poll_every = "auto"              # or a duration, for a feed of your own
platforms = ["twitter"]          # any of Ayrshare's; only "twitter" needs the X keys
first_poll = "baseline"          # or: post the newest N, or those younger than a duration

[route.select]
include = ["release", "/v[0-9]+/"]   # words, or /regex/, over title, summary and categories
exclude = ["sponsored"]
max_age = "3d"

[route.compose]
template = "{{ entry.title }}{% if hashtags %} {{ hashtags }}{% endif %}\\n{{ entry.link }}"
hashtags = { from = "categories", max = 2 }
image = "first"
utm = { source = "x", medium = "social" }
link = "always"                  # "never" saves 93 % of X's price

[route.schedule]
windows = ["mon-fri 09:00-18:00", "sat 10:00-14:00"]
min_gap = "20m"
max_per_day = 12
approval = false
expires_after = "2d"
"""


def test_a_whole_customer_file_is_read_as_it_is_meant(folder: Folder) -> None:
    folder.customer(WHOLE)
    (acme,) = folder.load().customers

    assert acme == Customer(
        id="acme",
        name="Acme Media",
        timezone="America/New_York",
        vault_path="customers/acme",
        budget=Budget(x_usd_per_month=Decimal(25)),
        x=XLimits(posts_per_half_hour=2, posts_per_day=50, posts_per_3_hours=300),
        route=(
            Route(
                id="blog",
                feed="https://acme.example/blog/feed.xml",
                poll_every="auto",
                platforms=("twitter",),
                first_poll=FirstPoll(),
                select=Select(
                    include=("release", "/v[0-9]+/"), exclude=("sponsored",), max_age=timedelta(days=3)
                ),
                compose=Compose(
                    template="{{ entry.title }}{% if hashtags %} {{ hashtags }}{% endif %}\n{{ entry.link }}",
                    hashtags=Hashtags.model_validate({"from": "categories", "max": 2}),
                    image="first",
                    utm=Utm(source="x", medium="social"),
                    link="always",
                ),
                schedule=Schedule(
                    windows=(parse_window("mon-fri 09:00-18:00"), parse_window("sat 10:00-14:00")),
                    min_gap=timedelta(minutes=20),
                    max_per_day=12,
                    approval=False,
                    expires_after=timedelta(days=2),
                ),
            ),
        ),
    )


def test_a_small_customer_file_has_the_documented_defaults(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)
    (acme,) = folder.load().customers
    (route,) = acme.routes

    assert acme.budget.x_usd_per_month is None
    assert acme.x == XLimits(posts_per_half_hour=2, posts_per_day=50, posts_per_3_hours=300)
    assert (route.poll_every, route.platforms, route.first_poll) == ("auto", ("twitter",), FirstPoll())
    assert (route.select, route.compose, route.schedule) == (Select(), Compose(), Schedule())


def test_a_digest_may_be_held_longer_than_it_lives(folder: Folder) -> None:
    """It expires so long after it was due, and does not wait for `hold`."""
    table = 'schedule = { hold = "2h", expires_after = "1h" }\ndigest = { at = ["09:00"] }\n'
    folder.customer(f"{SMALL}{ROUTE}{table}")
    assert folder.load().customers[0].routes[0].schedule.hold == timedelta(hours=2)


def test_without_firetime_toml_the_defaults_hold(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)

    assert folder.load().common == Common()


def test_firetime_toml_sets_what_all_customers_share(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)
    folder.common(
        '[vault]\nmount = "kv/agency"\nkv_version = 1\nayrshare_path = "ayr"\n[vault.fields]\nx_api_key = "key"\n'
        '[feeds]\ncontact = "ops@acme.example"\nfastest_poll = "15m"\nslowest_poll = "1d"\n'
        '[prices]\nx_post_usd = 0.02\nas_of = "2026-11-01"\n'
    )
    common = folder.load().common

    assert (common.vault.mount, common.vault.kv_version, common.vault.ayrshare_path) == (
        "kv/agency",
        1,
        "ayr",
    )
    assert (common.vault.fields.x_api_key, common.vault.fields.x_api_secret) == ("key", "x_api_secret")
    assert common.feeds == FeedClient(
        contact="ops@acme.example", fastest_poll=timedelta(minutes=15), slowest_poll=timedelta(days=1)
    )
    assert common.prices == Prices(x_post_usd=Decimal("0.02"), as_of="2026-11-01")


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(folder: Folder) -> None:
    folder.customer(b"\xef\xbb\xbf" + (SMALL + ROUTE).replace("\n", "\r\n").encode())

    assert folder.load().customers[0].name == "Acme"


def test_only_toml_files_are_customers(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)
    for name in ("acme.toml~", "acme.toml.bak", "README.md", ".acme.toml.swp"):
        (folder.path / "customers" / name).write_text("no toml at all [")

    assert [customer.id for customer in folder.load().customers] == ["acme"]


def test_a_feed_is_polled_at_the_quickest_pace_that_any_route_asks_for(folder: Folder) -> None:
    paces = {"a": "auto", "b": "10m", "c": "5m", "d": "auto"}
    for name, pace in paces.items():
        folder.customer(f'{SMALL}{ROUTE}poll_every = "{pace}"\n', name)
    folder.customer(f"{SMALL}{ROUTE.replace('/feed.xml', '/own.xml')}", "e")
    loaded = folder.load()

    feed, own = (FeedAddress(f"https://acme.example/{name}.xml") for name in ("feed", "own"))
    assert loaded.feeds() == {feed: 300, own: None}
    assert [customer.id for customer, _ in loaded.routes_of(feed)] == [*paces]


def test_the_same_url_with_a_sign_in_is_another_feed(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)
    folder.customer(
        f'{SMALL}{ROUTE}[route.sign_in]\nkind = "bearer"\nvault_path = "feeds/acme"\n', "subscriber"
    )
    loaded = folder.load()

    public = FeedAddress("https://acme.example/feed.xml")
    signed_in = FeedAddress("https://acme.example/feed.xml", "bearer:feeds/acme")
    assert loaded.feeds() == {public: None, signed_in: None}
    assert [customer.id for customer, _ in loaded.routes_of(signed_in)] == ["subscriber"]


def test_the_parts_without_mistakes_are_given_beside_the_mistakes(folder: Folder) -> None:
    folder.customer("name = ", "broken")
    folder.customer(SMALL + ROUTE, "fine")
    found, problems = config.inspect(folder.path)

    assert [customer.id for customer in found.customers] == ["fine"]
    assert [problem.customer for problem in problems] == ["broken"]


def test_the_fingerprint_changes_with_every_change_of_a_file(folder: Folder) -> None:
    file = folder.customer(SMALL + ROUTE)
    seen = [config.fingerprint(folder.path)]

    def now() -> frozenset[tuple[str, int, int]]:
        seen.append(config.fingerprint(folder.path))
        return seen[-1]

    assert now() == seen[0], "nothing changed"
    file.write_text(SMALL)
    assert now() != seen[-2], "another size"
    os.utime(file, ns=(1, file.stat().st_mtime_ns + 1))
    assert now() != seen[-2], "another time"
    folder.customer(SMALL, "globex")
    assert now() != seen[-2], "a file more"
    (folder.path / "customers" / "globex.toml").rename(folder.path / "customers" / "other.toml")
    assert now() != seen[-2], "another name"
    folder.common("")
    assert now() != seen[-2], "firetime.toml"
    (folder.path / "firetime.toml").unlink()
    assert now() == seen[-3], "as before"
    new = folder.path / "new"
    new.write_text(file.read_text())
    os.utime(new, ns=(5, 5))
    new.rename(file)
    assert now() != seen[-2], "replaced by rename"
    (folder.path / "customers" / "acme.toml~").write_text("not ours")
    assert now() == seen[-2], "what an editor leaves behind does not count"


def test_the_fingerprint_of_a_folder_that_is_gone_is_empty(tmp_path: Path) -> None:
    assert config.fingerprint(tmp_path / "nowhere") == frozenset()
