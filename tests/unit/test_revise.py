"""What becomes of a post when its entry changes: each state that it may be in meanwhile."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from feeds.database import Database
from feeds.entry_store import EntryStore
from feeds.model import Feed, KnownEntry, Polled, PollResult, Withdrawn
from scheduler.lifecycle import Event, State
from scheduler.model import OF_THE_TEXT, NetworkPost, Post, WaitsFor
from scheduler.revise import Revision
from scheduler.store import ledger, post_rows, posts
from tests.stored import FEED, NOW, add_entries, add_post
from tests.unit.config_folder import ROUTE, SMALL, Folder

LATER = NOW + timedelta(hours=1)
ON_THEIR_WAY = (State.FIRING, State.SENDING, State.UNKNOWN)
SETTLED = (State.DELIVERED, State.REJECTED, State.CANCELLED, State.EXPIRED)
WAITING = (State.AWAITING_APPROVAL, State.SCHEDULED, State.HELD)


class Desk:
    """One post of one entry, and what becomes of it."""

    def __init__(self, database: Database, folder: Folder, route: str = "", **post: Any) -> None:
        folder.customer(f"{SMALL}{ROUTE}{route}")
        config = folder.load()
        self.revision = Revision(EntryStore(), lambda: config)
        self.database = database
        with database.write() as session:
            (self.entry,) = add_entries(session, "a")
            made = add_post(session, self.entry, text="A\nhttps://acme.example.com/a", **post)
        self.post_id = made.id

    @property
    def post(self) -> Post:
        with self.database.read() as session:
            found = posts.get(session, self.post_id)
        assert found is not None
        return found

    @property
    def actions(self) -> list[str]:
        with self.database.read() as session:
            return [line.action for line in ledger.of_entry(session, self.entry.id)]

    def advance(self, event: Event, **changes: Any) -> None:
        with self.database.write() as session:
            posts.advance(session, self.post, event, NOW, **changes)

    def follow(self, **found: Any) -> None:
        feed = Feed(1, FEED)
        with self.database.write() as session:
            self.revision.follow(session, Polled(feed, feed, LATER, PollResult.UNCHANGED, **found))

    def edit(self, title: str = "Corrected") -> KnownEntry:
        changed = replace(self.entry, entry=replace(self.entry.entry, title=title))
        self.follow(edited=(changed,))
        return changed

    def take_back(self) -> None:
        self.follow(withdrawn=(Withdrawn(self.entry, "it is gone"),))

    def give_back(self, entry: KnownEntry | None = None) -> None:
        self.follow(returned=(entry or self.entry,))


@pytest.mark.parametrize("state", WAITING)
def test_a_post_that_waits_is_worded_anew_and_stays_where_it_is(
    database: Database, folder: Folder, state: State
) -> None:
    desk = Desk(database, folder, state=state, wake_at=LATER)
    before = desk.post
    desk.edit()
    assert desk.post == replace(before, text="Corrected\nhttps://acme.example.com/a")
    assert desk.actions == ["entry_edited", "post_reworded"]


def test_what_a_person_has_let_pass_were_the_old_words_and_the_new_ones_are_judged_anew(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, wake_at=LATER)
    with database.write() as session:
        posts.postpone(session, desk.post, LATER, waived=["credits", *OF_THE_TEXT])
    desk.edit()
    assert desk.post.waived == ("credits",)


@pytest.mark.parametrize("state", [*ON_THEIR_WAY, *SETTLED])
def test_of_a_post_that_is_on_its_way_or_settled_only_the_ledger_notes_it(
    database: Database, folder: Folder, state: State
) -> None:
    desk = Desk(database, folder, state=state)
    before = desk.post
    desk.edit()
    desk.take_back()
    desk.give_back()
    assert desk.post == before
    assert desk.actions == ["entry_edited", "entry_withdrawn", "entry_returned"]


def test_a_post_that_may_be_out_keeps_its_words_until_it_is_sent_again(
    database: Database, folder: Folder
) -> None:
    """It goes out with the same key, under which the network may know the old words already."""
    desk = Desk(database, folder, state=State.UNKNOWN)
    desk.advance(Event.RESEND, idempotency_key="ft-1", lookups=3, wake_at=LATER)
    before = desk.post
    desk.edit()
    desk.take_back()
    assert desk.post == before


def test_a_post_that_is_out_on_one_network_keeps_its_words_for_the_others(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, state=State.SENDING, platforms=("twitter", "linkedin"))
    desk.advance(Event.HOLD, network_posts=post_rows.network_values([NetworkPost("twitter", "1")]))
    before = desk.post
    desk.edit()
    desk.take_back()
    assert desk.post == before


@pytest.mark.parametrize("state", WAITING)
def test_a_post_that_waits_is_withdrawn_and_taken_up_again(
    database: Database, folder: Folder, state: State
) -> None:
    desk = Desk(database, folder, state=state)
    desk.take_back()
    assert (desk.post.state, desk.post.waits_for) == (State.CANCELLED, WaitsFor.ENTRY)
    desk.give_back()
    assert (desk.post.state, desk.post.waits_for, desk.post.reason) == (State.SCHEDULED, None, None)
    assert desk.post.wake_at == LATER, "it was due meanwhile"


def test_a_post_that_returns_says_what_its_entry_says_now(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder)
    desk.take_back()
    changed = desk.edit("Corrected meanwhile")
    assert desk.post.text == "A\nhttps://acme.example.com/a"
    desk.give_back(changed)
    assert (desk.post.state, desk.post.text.split("\n")[0]) == (State.SCHEDULED, "Corrected meanwhile")


def test_a_post_that_returns_keeps_its_words_where_the_route_ignores_edits(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, 'edits = "ignore"\n')
    desk.take_back()
    desk.give_back(desk.edit())
    assert (desk.post.state, desk.post.text.split("\n")[0]) == (State.SCHEDULED, "A")


def test_a_post_that_returns_waits_for_approval_where_the_route_asks_for_it(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, "[route.schedule]\napproval = true\n", expires_at=LATER)
    desk.take_back()
    desk.give_back()
    assert (desk.post.state, desk.post.wake_at) == (State.AWAITING_APPROVAL, LATER)


def test_a_post_that_a_person_has_cancelled_stays_so(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder)
    desk.advance(Event.CANCEL)
    desk.take_back()
    desk.give_back()
    assert (desk.post.state, desk.post.waits_for) == (State.CANCELLED, None)


def test_an_edit_that_changes_no_word_of_the_post_is_no_news_to_it(
    database: Database, folder: Folder
) -> None:
    desk = Desk(database, folder, "[route.schedule]\napproval = true\n")
    desk.follow(edited=(replace(desk.entry, entry=replace(desk.entry.entry, content="more")),))
    assert desk.post.state is State.SCHEDULED
    assert desk.actions == ["entry_edited"]


def test_an_edit_does_not_make_an_entry_too_old(database: Database, folder: Folder) -> None:
    """What counts is its age when the post was made."""
    desk = Desk(database, folder, '[route.select]\nmax_age = "30m"\n')
    dated = replace(desk.entry, entry=replace(desk.entry.entry, title="Corrected", published_at=NOW))
    desk.follow(edited=(dated,))
    assert (desk.post.state, desk.post.text.split("\n")[0]) == (State.SCHEDULED, "Corrected")


def test_posts_of_a_route_that_is_gone_are_left_alone(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder, route="")
    (folder.path / "customers" / "acme.toml").write_text(SMALL)
    config = folder.load()
    desk.revision = Revision(EntryStore(), lambda: config)
    before = desk.post
    desk.edit()
    desk.take_back()
    assert desk.post == before


def test_the_session_is_the_callers(database: Database, folder: Folder) -> None:
    desk = Desk(database, folder)

    def fails(session: Session) -> None:
        feed = Feed(1, FEED)
        gone = (Withdrawn(desk.entry, "it is gone"),)
        desk.revision.follow(session, Polled(feed, feed, LATER, PollResult.UNCHANGED, withdrawn=gone))
        raise RuntimeError("afterwards")

    with pytest.raises(RuntimeError), database.write() as session:
        fails(session)
    assert desk.post.state is State.SCHEDULED
    assert desk.actions == []
