"""What Ayrshare says of a feed, in any shape, becomes a route that is accepted, or a reason why not."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.discover import Found
from feeds.names import same_address
from scheduler import config, customer_file
from scheduler.moving.feeds_there import FeedThere, Unreadable, read_feed
from scheduler.moving.routes_there import Wish, chosen, networks, new_route
from scheduler.moving.take_over import TakeOver
from scheduler.moving.whose_feeds import Profile
from tests.unit.config_folder import SMALL

CHANNEL = f"UC{'a' * 22}"
OF_CHANNEL = f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"
OF_ACME = "https://acme.substack.com/feed"
BLOG = "https://acme.example/feed.xml"


@pytest.mark.parametrize(
    ("row", "address", "is_feed"),
    [
        ({"rssURL": BLOG}, BLOG, True),
        ({"feedURL": BLOG, "link": "https://acme.example/"}, BLOG, True),
        ({"feed_url": f" {BLOG}#top "}, BLOG, True),
        ({"url": BLOG}, BLOG, False),
        ({"link": "acme.example"}, "https://acme.example", False),
        ({"rssURL": "", "feedURL": None, "url": BLOG}, BLOG, False),
        ({"rssURL": "no address", "link": BLOG}, BLOG, False),
        ({"rssURL": BLOG, "type": None}, BLOG, True),
        ({"url": "https://acme.substack.com/p/a-post?x=1", "type": "substack"}, OF_ACME, True),
        ({"link": "acme", "type": "Substack"}, OF_ACME, True),
        ({"rssURL": OF_ACME, "type": "substack"}, OF_ACME, True),
        ({"url": "https://news.acme.example", "type": "substack"}, "https://news.acme.example/feed", True),
        ({"url": "https://substack.com/@acme", "type": "substack"}, "https://substack.com/@acme", False),
        ({"url": CHANNEL, "type": "youtube"}, OF_CHANNEL, True),
        ({"url": f"https://youtube.com/channel/{CHANNEL}/videos", "type": "youtube"}, OF_CHANNEL, True),
        ({"link": OF_CHANNEL, "type": "youtube"}, OF_CHANNEL, True),
        ({"url": "@acme", "type": "youtube"}, "https://www.youtube.com/@acme", False),
        ({"rssURL": "https://www.youtube.com/c/acme", "type": "youtube"}, "https://www.youtube.com/c/acme", False),
    ],
)  # fmt: skip
def test_where_a_feed_is(row: dict[str, Any], address: str, is_feed: bool) -> None:
    read = read_feed(row)
    assert isinstance(read, FeedThere)
    assert (read.address, read.is_feed) == (address, is_feed)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (None, "a feed: what Ayrshare says of it is no object"),
        ({"id": "f1"}, "f1: it has no address"),
        ({"title": "Acme", "url": "ftp://acme.example/"}, "Acme: 'ftp://acme.example/' is no http or https address"),
        ({"url": "not an address"}, "not an address: 'not an address' is no http or https address"),
        ({"url": BLOG, "type": "podcast"}, f"{BLOG}: its type 'podcast' is none of rss, substack, youtube"),
        ({"url": "https://jane:pw@acme.example/"}, "the address on acme.example holds a user name or a password"),
    ],
)  # fmt: skip
def test_why_there_is_no_route_for_a_feed(row: object, told: str) -> None:
    read = read_feed(row)
    assert isinstance(read, Unreadable)
    assert told in f"{read.title}: {read.why}"
    assert ":pw@" not in f"{read.title}{read.why}{read.address}"
    assert read.address == (BLOG if "podcast" in told else "")


@pytest.mark.parametrize(
    ("said", "count", "lost"),
    [
        (True, 3, ()),
        ("true", 3, ()),
        (False, 0, ()),
        (None, 0, ()),
        ({}, 2, ()),
        ({"max": 1}, 1, ()),
        ({"max": 10, "position": "auto"}, 3, ("autoHashtag.position",)),
        ({"max": -1}, 0, ()),
        ({"max": "many"}, 0, ()),
        (["a"], 0, ()),
    ],
)
def test_how_many_hashtags_a_post_gets(said: object, count: int, lost: tuple[str, ...]) -> None:
    read = read_feed({"rssURL": BLOG, "autoHashtag": said})
    assert isinstance(read, FeedThere)
    assert (read.hashtags, read.lost) == (count, lost)


def test_an_option_without_a_counterpart_is_told_and_what_ayrshare_found_out_is_not() -> None:
    row = {"rssURL": BLOG, "id": "1", "created": "2026-01-01", "image": {"url": "x"}, "status": "active"}
    news = {"paused": True, "status": "error", "template": {"text": "x"}, "delay": 0}
    plain, odd = read_feed(row), read_feed(row | news)
    assert isinstance(plain, FeedThere)
    assert isinstance(odd, FeedThere)
    assert (plain.lost, odd.lost) == ((), ("status = error", "paused = True", "template"))


def there(**changes: Any) -> FeedThere:
    values: dict[str, Any] = {"title": "Acme", "address": BLOG, "is_feed": True} | changes
    return FeedThere(**values)


@pytest.mark.parametrize(
    ("platforms", "only", "linked", "found"),
    [
        (("twitter",), (), (), ("twitter",)),
        (("twitter", "bluesky"), (), (), ("twitter", "bluesky")),
        ((), (), ("twitter", "linkedin", "tiktok"), ("linkedin", "twitter")),
        (("twitter",), ("facebook",), ("twitter",), ()),
        ((), ("facebook", "twitter"), ("twitter", "linkedin"), ("twitter",)),
        (("twitter",), ("all",), (), ("twitter",)),
        ((), (), ("tiktok",), ()),
    ],
)
def test_which_networks_a_route_has(
    platforms: tuple[str, ...], only: tuple[str, ...], linked: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert networks(there(only=only), Wish(platforms), linked) == found
    assert all(map(Wish(platforms).may_post_to, found))


@pytest.mark.parametrize(
    ("titles", "known", "meant"),
    [
        (["Whatever"], "", 0),
        (["Other", "acme"], "", 1),
        (["Other", "Podcast"], "https://acme.example/0", 0),
        (["Other", "Podcast"], "", None),
        (["Acme", "Acme"], "", None),
    ],
)
def test_which_of_a_pages_feeds_is_meant(titles: list[str], known: str, meant: int | None) -> None:
    found = [Found(f"https://acme.example/{n}", title, "rss20", 1) for n, title in enumerate(titles)]
    one = chosen(there(address="https://acme.example/"), found, {same_address(known)} if known else set())
    if meant is not None:
        assert one == f"https://acme.example/{meant}"
    else:
        assert isinstance(one, Unreadable)
        assert "leads to 2 feeds" in one.why


def test_each_choice_is_explained_above_the_route(tmp_path: Path) -> None:
    feed = there(first_image=True, hashtags=3, lost=("paused = True",))
    route = new_route(feed, BLOG, ("twitter",), Wish(shadow=True))
    customer_file.create(tmp_path / "customers" / "acme.toml", SMALL, [route])
    text = (tmp_path / "customers" / "acme.toml").read_text().removeprefix(SMALL)
    comment, _, keys = text.partition("[[route]]\n")
    explained = [line.removeprefix("# ").partition(":")[0] for line in comment.strip().splitlines()[1:]]
    assert explained == [
        "platforms", "first_poll", "shadow", "compose.image", "compose.hashtags", "not taken over",
    ]  # fmt: skip
    assert "137" in comment
    assert "X forbids posts for trending topics" in comment
    assert tomllib.loads(keys) == {
        "id": "acme", "feed": BLOG, "platforms": ["twitter"], "first_poll": "baseline", "shadow": True,
        "compose": {"image": "first", "hashtags": {"from": "categories", "max": 3}},
    }  # fmt: skip


words = st.text(max_size=12) | st.sampled_from(
    [BLOG, "acme", "@acme", CHANNEL, "https://x y/", "true", OF_ACME]
)
leaves = words | st.none() | st.booleans() | st.integers() | st.floats()
values = leaves | st.lists(leaves, max_size=2) | st.dictionaries(words, leaves, max_size=2)
names = st.sampled_from(
    [
        "rssURL",
        "feedURL",
        "url",
        "link",
        "type",
        "title",
        "autoHashtag",
        "useFirstImage",
        "platforms",
        "id",
        "status",
    ]
) | st.text(max_size=5)
rows = st.dictionaries(names, values, max_size=6) | values


async def no_feed(url: str) -> list[Found]:
    return [Found(url, "", "rss20", 1)]


@settings(max_examples=50)
@given(
    told=st.lists(rows, max_size=6),
    title=st.text(max_size=12),
    shadow=st.booleans(),
    everywhere=st.booleans(),
)
async def test_whatever_ayrshare_says_each_feed_has_its_route_or_its_reason(
    tmp_path_factory: pytest.TempPathFactory, told: list[object], title: str, shadow: bool, everywhere: bool
) -> None:
    folder = tmp_path_factory.mktemp("config")
    customer, _ = config.inspect_customer(folder / "customers" / "acme.toml", SMALL.encode())
    assert customer is not None
    feeds = tuple(map(read_feed, told))
    profile = Profile(title, (customer,), feeds, frozenset({"twitter", "facebook"}), is_new=True)
    wish = Wish(() if everywhere else ("twitter",), shadow)
    taking = TakeOver(folder, wish, no_feed, has_guessed_zone=True)
    plan = await taking.plan(profile)
    lines = taking.write(plan)
    with_route = {same_address(line.feed) for line in lines}
    with_reason = {trouble.feed for trouble in plan.troubles}
    for feed in feeds:
        where = feed.address if isinstance(feed, FeedThere) else ""
        assert same_address(where) in with_route or (feed.title or where) in with_reason
    assert len(lines) == len(with_route), "none twice"
    if lines:
        written = config.load(folder).customers[0]
        assert [(route.id, route.feed) for route in written.routes] == [
            (line.route, line.feed) for line in lines
        ]
        assert all(route.shadow is shadow and route.first_poll.text == "baseline" for route in written.routes)
        again = await taking.plan(Profile(title, (written,), feeds, profile.linked))
        assert again.new == [], "a second import adds nothing"
