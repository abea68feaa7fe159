"""Entries become posts for the networks that can take them, at a price that the month's money allows."""

from datetime import timedelta
from decimal import Decimal

from feeds.database import Database
from tests.stored import entries, feeds
from tests.unit.config_folder import Folder
from tests.unit.newsroom import ONE, Newsroom, route

BUDGET = 'compose = { link = "budget" }'


def test_links_are_dropped_in_time_for_the_months_money_to_last(database: Database, folder: Folder) -> None:
    """A dollar: five links would use it up and hold the posts that follow."""
    customer = "[budget]\nx_usd_per_month = 1.00\n[x]\nposts_per_half_hour = 9"
    room = Newsroom(database, folder, route(more=BUDGET), customer=customer)
    for number in range(17):
        room.bring(f"Entry {number}")
        room.wait(minutes=1)
    prices = [post.price_usd for post in room.posts]
    assert prices[:4] == [Decimal("0.200")] * 4
    assert prices[-10:] == [Decimal("0.015")] * 10
    assert sum(prices) <= 1


def test_a_thread_has_to_be_paid_as_a_whole(database: Database, folder: Folder) -> None:
    """A post with a link could be paid, and this one makes three."""
    template = (
        'template = "{{ entry.title }} {{ entry.summary }}\\n{{ entry.link }}"\nthread = {}\nlink = "budget"'
    )
    room = Newsroom(
        database,
        folder,
        route(more=f"[route.compose]\n{template}"),
        customer="[budget]\nx_usd_per_month = 0.22",
    )
    room.bring("One", summary="A sentence of some length that says what there is to say. " * 11)
    (post,) = room.posts
    assert (post.x_posts, post.price_usd) == (3, Decimal("0.045"))


def test_only_x_goes_without_a_link_to_save_money(database: Database, folder: Folder) -> None:
    own = f'platforms = ["linkedin", "twitter"]\n{BUDGET}'
    room = Newsroom(database, folder, route(more=own), customer="[budget]\nx_usd_per_month = 0.10")
    room.bring("One")
    (post,) = room.posts
    assert (post.text_for("twitter"), post.price_usd) == ("One", Decimal("0.015"))
    assert post.text_for("linkedin") == "One\nhttps://acme.example.com/one"


def test_a_network_that_cannot_take_an_entry_costs_the_others_nothing(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more='platforms = ["bluesky", "twitter", "snapchat"]'))
    long = room.bring("One", "https://acme.example.com/" + "x" * 200)
    longer = room.bring("Two", "https://acme.example.com/" + "y" * 300)
    assert [post.platforms for post in room.posts] == [("bluesky", "twitter"), ("twitter",)]
    assert room.lines(long)[0].startswith(
        "entry_left_out: on snapchat: the template's own words and the link"
    )
    assert [line[:30] for line in room.lines(longer)] == [
        "entry_left_out: on bluesky: th",
        "entry_left_out: on snapchat: t",
        "post_scheduled: due 2026-11-22",
    ]


def test_an_entry_that_no_network_can_take_is_left_out_with_all_reasons(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more='platforms = ["bluesky", "snapchat"]'))
    entry = room.bring("One", "https://acme.example.com/" + "x" * 300)
    (line,) = room.lines(entry)
    assert "bluesky takes 300" in line
    assert "snapchat takes 160" in line


def test_a_held_entry_is_found_once_by_a_route_that_looks_after_its_release(
    database: Database, folder: Folder
) -> None:
    """To post it at the release and again at the first look would break every poll from then on."""
    room = Newsroom(database, folder, route())
    room.bring("One", published_at=room.now)
    held = room.bring("Two", published_at=room.now - timedelta(days=60))
    added = route("more", more='first_poll = "newest 3"\nplatforms = ["linkedin"]')
    room.configure(route(), added, poll=False)
    with database.write() as session:
        (feed,) = feeds.by_url(session, ONE)
        (waiting,) = entries.held(session, feed.id)
        assert room.intake.announce(session, feed, [waiting.known], room.now) == 1
        entries.let_go(session, [held])
    room.poll()
    assert sorted(post.route for post in room.posts if post.entry_id == held) == ["blog", "more"]
