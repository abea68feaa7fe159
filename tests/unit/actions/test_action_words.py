"""A person's own words for a post, and what becomes of them when its entry changes."""

from decimal import Decimal

import pytest

from feeds.database import Database
from feeds.model import Image
from scheduler.actions import Action, CannotAct, Choice, Order, Unusable, carry_out, chosen
from scheduler.lifecycle import State
from scheduler.model import APPROVAL, OWN_WORDS, NetworkPost, Post
from scheduler.store import posts
from scheduler.store.post_rows import network_values
from tests.unit.actions.desk import Desk
from tests.unit.config_folder import Folder
from tests.unit.newsroom import DIGEST, Newsroom, route

LINKED = "Read https://acme.example.com/a"
PICTURE = Image("https://acme.example.com/a.png", "A picture")
THREAD = "\n\n".join(("x" * 200, "y" * 200 + " https://acme.example.com/a"))


def test_the_price_the_length_and_the_pictures_are_those_of_the_new_text(desk: Desk) -> None:
    post = desk.post(media=(PICTURE,))
    for text, x_posts, price in (("Short", 1, "0.020"), (LINKED, 1, "0.205"), (THREAD, 2, "0.220")):
        (post,) = desk.act(Action.EDIT, post, text=f"  {text}  ")
        assert (post.text, post.x_posts, post.price_usd) == (text, x_posts, Decimal(price))
        assert (post.media, post.waived) == ((PICTURE,), (OWN_WORDS,))
    (post,) = desk.act(Action.EDIT, post, text="Not a thread\nany more")
    assert post.x_posts == 1


def test_the_ledger_keeps_who_edited_and_the_text_before(desk: Desk) -> None:
    post = desk.post(text="Before", price_usd=Decimal("0.015"))
    desk.act(Action.EDIT, post, text=LINKED)
    (line,) = desk.lines(post)

    assert (line.action, line.message) == ("post_edit", "text edited by alice, $0.200")
    assert line.detail == {"by": "alice", "before": {"twitter": "Before"}}


def test_one_network_may_get_its_own_text(desk: Desk) -> None:
    post = desk.post(platforms=("bluesky", "twitter"), text="All", price_usd=Decimal("0.015"))
    (post,) = desk.act(Action.EDIT, post, text=LINKED, networks=("bluesky",))
    assert (post.text, post.variants, post.price_usd) == ("All", {"bluesky": LINKED}, Decimal("0.015"))
    with pytest.raises(Unusable, match="different texts: say for which of bluesky, twitter this one is"):
        desk.act(Action.EDIT, post, text="Both")

    (post,) = desk.act(Action.EDIT, post, text="Both", networks=("twitter", "bluesky"))
    assert (post.text, post.variants) == ("Both", {})
    (other,) = desk.act(Action.EDIT, desk.post(platforms=("bluesky",)), text="Free")
    assert (other.text, other.price_usd) == ("Free", Decimal("0.200")), "no price of X is asked for"


@pytest.mark.parametrize(
    ("text", "networks", "why"),
    [
        ("", (), "there is no text"),
        ("\u200b \n", (), "there is no text"),
        ("x" * 281, (), "X does not take the text: it is 1 too long"),
        ("x" * 301, ("bluesky",), "bluesky takes 300, and the text has 301"),
        ("Fine", ("linkedin",), "does not go to linkedin, but to bluesky, twitter"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_changes_nothing(
    desk: Desk, text: str, networks: tuple[str, ...], why: str
) -> None:
    post = desk.post(platforms=("bluesky", "twitter"))
    with pytest.raises(Unusable, match=why):
        desk.act(Action.EDIT, post, text=text, networks=networks)
    assert desk.again(post) == post


@pytest.mark.parametrize(
    "out", [{"idempotency_key": "ft-1"}, {"network_posts": network_values([NetworkPost("twitter", "1")])}]
)
def test_what_may_be_out_already_is_not_edited(desk: Desk, out: dict[str, object]) -> None:
    post = desk.post(state=State.HELD)
    posts.postpone(desk.session, post, None, **out)
    with pytest.raises(CannotAct, match="it is out on some of its networks, or may be"):
        desk.act(Action.EDIT, desk.again(post), text="New")


def test_a_text_that_changed_while_a_person_wrote_is_not_overwritten(desk: Desk) -> None:
    post = desk.post(text="Now")
    with pytest.raises(CannotAct, match="its text has changed meanwhile"):
        desk.act(Action.EDIT, post, text="New", seen="Before")
    desk.act(Action.EDIT, post, text="New", seen="Now")


def test_editing_does_not_ask_for_approval_again_but_for_duplicates(desk: Desk) -> None:
    (post,) = desk.act(Action.APPROVE, desk.post(state=State.AWAITING_APPROVAL))
    posts.postpone(desk.session, post, None, waived=[APPROVAL, "duplicate"])
    (edited,) = desk.act(Action.EDIT, desk.again(post), text="New")

    assert (edited.state, edited.waived) == (State.SCHEDULED, (APPROVAL, OWN_WORDS))


# Entries that change


def edit(room: Newsroom, post: Post) -> Post:
    order, choice = Order(Action.EDIT, "alice", room.now, text="In my words"), Choice((f"p{post.id}",))
    with room.database.write() as session:
        found = chosen(session, choice, order.action, room.config)
        return carry_out(session, order, found, room.config)[0]


def test_a_persons_words_stay_when_the_entry_is_edited_and_go_when_it_is_taken_back(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more='schedule = { hold = "9h" }'))
    room.bring("News")
    edit(room, room.posts[0])
    room.edit("News", title="Other news")
    assert [post.text for post in room.posts] == ["In my words"]

    back = room.take_back("News")
    assert room.posts[0].state is State.CANCELLED
    room.say("News", back)
    assert [(post.state, post.text) for post in room.posts] == [(State.SCHEDULED, "In my words")]


def test_a_digest_in_a_persons_words_stays_and_is_looked_at_again_when_it_loses_an_entry(
    database: Database, folder: Folder
) -> None:
    room = Newsroom(database, folder, route(more=DIGEST.replace("2", "3")))
    first, second = room.bring("One"), room.bring("Two")
    digest = edit(room, room.posts[0])
    room.edit("Two", title="Two, corrected")
    back = room.take_back("One")
    asked = room.post(digest.id)

    assert (asked.state, asked.text, asked.entry_id) == (State.AWAITING_APPROVAL, "In my words", second)
    assert room.entries_of(asked) == [second]
    (line,) = [line for line in room.lines(first) if "post_review" in line]
    assert f"e{first} has left it (the entry was taken back" in line
    room.take_back("Two")
    assert room.post(digest.id).state is State.CANCELLED
    room.say("One", back)
    assert first in [entry for post in room.posts for entry in room.entries_of(post)], (
        "another digest tells it"
    )
