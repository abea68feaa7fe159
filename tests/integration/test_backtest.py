"""`firetime backtest`: a route's rules over the entries that the database remembers, or that the feed shows."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from feeds.identity import name
from feeds.model import Entry, FeedAddress
from scheduler.lifecycle import State
from tests.integration.feeds.servers import site
from tests.process import Done, firetime, in_terminal
from tests.stored import add_post, entries, feeds, fresh

FEED = "https://acme.example.com/feed.xml"
OTHER_FEED = "https://other.example.com/feed.xml"
TODAY = datetime.combine(datetime.now(UTC).date(), time(), UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def days_ago(days: int, hour: int = 12) -> datetime:
    return TODAY - days * DAY + hour * HOUR


def entry(title: str, published_at: datetime | None = None) -> Entry:
    link = f"https://acme.example.com/{title.replace(' ', '-')}"
    return Entry(link, link, title, published_at=published_at)


class Folder:
    """A configuration folder and a database, without a daemon."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "config" / "customers").mkdir(parents=True)

    @property
    def env(self) -> dict[str, str]:
        return {
            "FIRETIME_CONFIG": str(self.path / "config"),
            "FIRETIME_DATABASE_URL": f"sqlite:///{self.path / 'firetime.db'}",
            "FIRETIME_ALLOW_PRIVATE": "127.0.0.0/8",
            "VAULT_TOKEN": "unused",
        }

    def customer(self, route: str, *, rest: str = "", feed: str = FEED, of: str = "acme") -> None:
        (self.path / "config" / "customers" / f"{of}.toml").write_text(
            f'name = "{of}"\ntimezone = "UTC"\nvault_path = "customers/{of}"\n{rest}\n'
            f'[[route]]\nid = "blog"\nfeed = "{feed}"\n{route}'
        )

    def remember(
        self, came: Iterable[tuple[Entry, datetime]], *, feed: str = FEED, baseline: int = 40
    ) -> None:
        """Entries as polls have found them; the feed's first poll was so many days ago and found one."""
        with fresh(self.env["FIRETIME_DATABASE_URL"]) as database, database.write() as session:
            feeds.sync(session, {FeedAddress(feed): None}, TODAY, forget=False)
            (known,) = feeds.by_url(session, feed)
            for one, at in [(entry("from the beginning"), days_ago(baseline)), *came]:
                entries.add(session, known.id, [name(one)], at)

    async def backtest(self, *arguments: str) -> dict[str, Any]:
        done = await firetime("backtest", "blog", "--json", *arguments, env=self.env)
        assert done.code == 0, done.err
        shown: dict[str, Any] = done.json
        return shown


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def test_entries_are_replayed_at_the_instants_at_which_they_came(folder: Folder) -> None:
    folder.customer(
        '[route.select]\nexclude = ["sponsored"]\nmax_age = "2d"\n'
        '[route.schedule]\nwindows = ["13:00-14:00"]\nmin_gap = "40m"\n',
        rest="[budget]\nx_usd_per_month = 0.5\n",
    )
    came = [(entry(f"number {n}"), days_ago(9)) for n in range(3)]
    came += [(entry("sponsored words"), days_ago(8)), (entry("old", days_ago(20)), days_ago(8))]
    came += [(entry("long ago"), days_ago(35))]
    folder.remember(came)
    before = (folder.path / "firetime.db").read_bytes()
    shown = await folder.backtest("--days", "10", "--limit", "5")

    assert (shown["source"], shown["entries"], shown["notes"]) == ("database", 5, [])
    assert [(one["due_at"], one["due_reason"]) for one in shown["posts"]] == [
        (f"{days_ago(9, 13):%Y-%m-%dT%H:%M}:00.000Z", "next window 13:00-14:00"),
        (f"{days_ago(9, 13):%Y-%m-%dT%H}:40:00.000Z", "40m after the post before it"),
        (f"{days_ago(8, 13):%Y-%m-%dT%H:%M}:00.000Z", "next window 13:00-14:00"),
    ]
    assert [(one["reason"], one["entries"], one["example"]) for one in shown["left_out"]] == [
        ("excluded by 'sponsored' in its title", 1, "sponsored words"),
        ("older than 2d (max_age)", 1, "old"),
    ]
    assert (shown["waited"]["posts"], shown["waited"]["longest"]) == (3, "1d 1h")
    assert len(shown["days"]) == 10
    assert (folder.path / "firetime.db").read_bytes() == before


async def test_the_budget_is_spent_month_by_month_and_the_rest_is_held(folder: Folder) -> None:
    folder.customer("", rest="[budget]\nx_usd_per_month = 0.5\n")
    month = (TODAY.replace(day=1) - DAY).replace(day=1)
    folder.remember([(entry(f"number {n}"), month + n * DAY) for n in range(5)], baseline=100)
    shown = await folder.backtest("--days", "62")

    (one,) = shown["months"]
    assert one == {
        "month": f"{month:%Y-%m}",
        "posted": 2,
        "price_usd": "0.400",
        "other_posts_usd": "0.000",
        "budget_usd": "0.500",
        "ran_out_at": f"{month + 2 * DAY:%Y-%m-%dT%H:%M:%S}.000Z",
        "held": 3,
    }
    assert (shown["posted"], shown["held"], shown["price_usd"]) == (2, 3, "0.400")
    assert [post["outcome"] for post in shown["posts"]] == ["posted"] * 2 + ["held"] * 3


async def test_a_link_that_the_budget_would_not_last_for_is_left_out(folder: Folder) -> None:
    folder.customer('[route.compose]\nlink = "budget"\n', rest="[budget]\nx_usd_per_month = 0.5\n")
    month = (TODAY.replace(day=1) - DAY).replace(day=1)
    folder.remember([(entry(f"number {n}"), month + n * DAY) for n in range(6)], baseline=100)
    shown = await folder.backtest("--days", "62")

    assert [post["price_usd"] for post in shown["posts"]] == ["0.200"] + ["0.200"] + ["0.015"] * 4
    assert shown["held"] == 0


async def test_the_customers_other_posts_count(folder: Folder) -> None:
    title = "The council has agreed on a plan for the new harbour bridge"
    folder.customer('[route.schedule]\nwindows = ["12:00-13:00"]\n', rest="[x]\nposts_per_half_hour = 1\n")
    folder.remember([(entry(title), days_ago(3)), (entry("another one"), days_ago(2))])
    folder.remember(
        [(entry(f"{title}!"), days_ago(3)), (entry("of the other"), days_ago(3))], feed=OTHER_FEED
    )
    with fresh(folder.env["FIRETIME_DATABASE_URL"]) as database, database.write() as session:
        (other,) = feeds.by_url(session, OTHER_FEED)
        newer, older, _ = entries.recent(session, other.id, 3)
        for known, at in ((older, days_ago(3)), (newer, days_ago(2))):
            post = add_post(session, known, route="news", feed_id=other.id, state=State.DELIVERED, due_at=at)
            session.connection().exec_driver_sql(
                "UPDATE post SET created_at = ?, state_at = ? WHERE id = ?",
                (stored(at - HOUR), stored(at), post.id),
            )
    shown = await folder.backtest("--days", "7")

    assert (shown["duplicates"], shown["left_out"][0]["reason"]) == (
        1,
        "told already: a post of route news has nearly the same title",
    )
    (post,) = shown["posts"]
    assert post["due_reason"] == "1 post in half an hour is X's limit for this account"
    assert {one["other_posts_usd"] for one in shown["months"]} <= {"0.200", "0.400"}


def stored(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


async def test_what_was_there_at_the_first_poll_comes_on_its_own_date(folder: Folder) -> None:
    folder.customer('[route.digest]\nat = ["17:00"]\nmax = 2\n')
    folder.remember([], baseline=1)
    with fresh(folder.env["FIRETIME_DATABASE_URL"]) as database, database.write() as session:
        (feed,) = feeds.by_url(session, FEED)
        dates = [days_ago(6), days_ago(6), days_ago(6), days_ago(4)]
        there = [name(entry(f"number {n}", date)) for n, date in enumerate(dates)]
        entries.add(session, feed.id, there, days_ago(1))
    shown = await folder.backtest("--days", "7")

    assert [(one["due_at"][:13], one["entries"]) for one in shown["posts"]] == [
        (f"{days_ago(6, 17):%Y-%m-%dT%H}", 2),
        (f"{days_ago(6, 17):%Y-%m-%dT%H}", 1),
        (f"{days_ago(4, 17):%Y-%m-%dT%H}", 1),
        (f"{days_ago(1, 17):%Y-%m-%dT%H}", 1),
    ]
    assert shown["digests"] == 4
    assert shown["notes"] == ["1 of the first poll's entries bear no date: they count as new at that poll"]


async def test_posts_that_come_too_late_and_texts_that_come_twice_are_told(folder: Folder) -> None:
    folder.customer(
        '[route.schedule]\nmin_gap = "1d"\nexpires_after = "1d 1h"\n[route.compose]\ntemplate = "News!"\n'
    )
    folder.remember([(entry(f"number {n}"), days_ago(5)) for n in range(3)])
    shown = await folder.backtest("--days", "7")

    assert [one["outcome"] for one in shown["posts"]] == ["posted", "posted"]
    assert (shown["posted"], shown["price_usd"]) == (2, "0.030")
    assert [one["reason"][:34] for one in shown["left_out"]] == ["it would expire before its turn"]
    first = f"the post of {days_ago(5):%Y-%m-%d %H:%M} UTC"
    assert shown["identical"][0]["same_as"] == first
    assert len(shown["identical"]) == 1


async def test_a_feed_that_was_never_polled_is_read_as_it_is_now(folder: Folder) -> None:
    items = "".join(
        f"<item><title>number {days}</title><link>https://acme.example.com/{days}</link>"
        f"<pubDate>{format_datetime(days_ago(days))}</pubDate></item>"
        for days in (1, 2, 50)
    )
    document = f"<rss version='2.0'><channel><title>A</title>{items}<item><title>undated</title></item></channel></rss>"
    async with site(lambda _: web.Response(text=document, content_type="application/rss+xml")) as served:
        folder.customer("", feed=served.url)
        shown = await folder.backtest()

    assert (shown["source"], shown["posted"]) == ("feed", 2)
    assert "there is no database" in shown["notes"][0]
    assert shown["notes"][1].startswith("the feed was never polled")
    assert shown["notes"][2] == "1 of them bear no date and are left out of account"
    assert not (folder.path / "firetime.db").exists()

    unread = await firetime("backtest", "blog", env=folder.env)
    assert unread.code == 1
    assert "the database has no entries of" in unread.err


async def test_a_route_goes_by_its_name(folder: Folder) -> None:
    async def refused(route: str) -> Done:
        done = await firetime("backtest", route, env=folder.env)
        assert done.code == 1
        return done

    folder.customer("")
    assert "there is no route 'news'; routes: acme/blog" in (await refused("news")).err
    folder.customer("", of="globex")
    assert "name one of acme/blog, globex/blog" in (await refused("blog")).err


async def test_the_tables_can_be_read_in_80_columns(folder: Folder) -> None:
    folder.customer(
        '[route.select]\nexclude = ["sponsored"]\n[route.schedule]\nmin_gap = "1h"\n',
        rest="[budget]\nx_usd_per_month = 0.5\n",
    )
    folder.remember([(entry(f"number {n} {'with a long title ' * 9}"), days_ago(3)) for n in range(3)])
    folder.remember([(entry("sponsored words"), days_ago(2))])
    lines = await in_terminal("backtest", "acme/blog", "--days", "7", env=folder.env, columns=80)

    assert max(map(len, lines)) <= 80
    assert "2 posts for $0.400" in lines
    assert "2 posts had to wait, 2h at most: number 2" in " ".join(lines)
    assert [line.split() for line in lines if line.startswith("due ")] == [
        ["due", "(UTC)", "price", "outcome"]
    ]
    assert [
        line.split()[-1]
        for line in lines
        if "  $0.200  " in line and line.startswith(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    ] == ["posted", "posted", "held"]
