"""Which entry is which: each rung of the ladder, and what must not be taken for another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feeds.identity import MAX_REPAIRS, New, name, oldest_first
from feeds.model import Entry
from tests.unit.feeds.memory import Memory

AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SITE = "https://a.example"
TITLE = "The council has approved the budget"
STORY = Entry("tag:1", f"{SITE}/2026/11/budget", TITLE, content="It passed.", published_at=AT)


def other(number: int, **changes: object) -> Entry:
    """An entry that has nothing in common with any other."""
    entry = Entry(
        f"tag:o{number}",
        f"{SITE}/o/{number}",
        f"Something else, number {number}",
        published_at=AT + number * DAY,
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


@pytest.fixture
def memory() -> Memory:
    """Knows one story, which the last document showed beside another entry."""
    memory = Memory()
    memory.take(STORY, other(1))
    return memory


@pytest.mark.parametrize(
    "change",
    [
        {"title": "The council has approved the draft budget"},
        {"link": f"{SITE}/2026/11/the-budget"},
        {"published_at": AT + 3 * DAY},
        {"published_at": None},
        {"title": "The council has approved the draft budget", "link": f"{SITE}/b"},
        {"link": f"{SITE}/b", "published_at": AT + 3 * DAY},
        {"title": "Corrected", "published_at": AT + 3 * DAY},
        {"raw_id": "tag:2"},
        {"raw_id": "tag:2", "title": "Corrected"},
        {"raw_id": "tag:2", "published_at": AT + 3 * DAY},
        {"raw_id": None},
        {"raw_id": None, "title": "Corrected"},
        {"raw_id": "tag:2", "link": f"{SITE}/b"},
        {"raw_id": "tag:2", "link": "https://b.example/2026/11/budget/", "published_at": AT + 9 * DAY},
        {"raw_id": "tag:2", "link": f"{SITE}/b", "published_at": AT + timedelta(hours=14)},
        {"link": "http://www.a.example/2026/11/budget/?utm_source=feed"},
    ],
    ids=" ".join,
)
def test_a_known_entry_is_recognised_when_parts_of_it_change(
    memory: Memory, change: dict[str, object]
) -> None:
    changed = replace(STORY, **change)  # type: ignore[arg-type]
    before = memory.id_of(STORY)
    assert memory.take(changed, other(1)) == []
    assert memory.id_of(changed) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another", "link": f"{SITE}/b", "published_at": AT + DAY},
        {"raw_id": "tag:2", "title": "Another", "published_at": AT + DAY},
        {"raw_id": "tag:2", "link": f"{SITE}/b", "published_at": AT + DAY},
        {"raw_id": "tag:2", "link": f"{SITE}/b", "title": "Another"},
        {"raw_id": "tag:2", "link": f"{SITE}/b", "published_at": None},
        {"raw_id": None, "link": f"{SITE}/b", "title": "Another"},
    ],
    ids=" ".join,
)
def test_an_entry_is_new_when_too_much_of_it_is_another(memory: Memory, change: dict[str, object]) -> None:
    changed = replace(STORY, **change)  # type: ignore[arg-type]
    assert memory.take(changed, other(1)) == [changed]


@pytest.mark.parametrize(
    "change",
    [
        {"raw_id": "tag:2"},
        {"raw_id": "tag:2", "link": f"{SITE}/b"},
        {"raw_id": "tag:2", "link": "https://b.example/2026/11/budget"},
        {"link": f"{SITE}/b", "title": "Another"},
        {"link": f"{SITE}/b"},
    ],
    ids=" ".join,
)
def test_what_stands_beside_its_look_alike_is_another_entry(
    memory: Memory, change: dict[str, object]
) -> None:
    beside = replace(STORY, **change)  # type: ignore[arg-type]
    assert memory.take(beside, STORY, other(1)) == [beside]


def test_names_are_remembered_of_all_times(memory: Memory) -> None:
    moved = replace(STORY, raw_id="tag:2", link="https://b.example/2026/11/budget")
    for back_and_forth in (moved, STORY, moved):
        assert memory.take(back_and_forth, other(1)) == []


def test_an_entry_that_left_the_document_is_remembered(memory: Memory) -> None:
    for number in range(2, 9):
        assert memory.take(other(number)) == [other(number)]
    assert memory.take(STORY, replace(other(2), title="Corrected")) == []


def test_an_id_that_is_used_again_names_a_new_entry(memory: Memory) -> None:
    new = Entry("tag:1", f"{SITE}/2029", "Three years later", published_at=AT + 1000 * DAY)
    assert memory.take(new, other(1)) == [new]
    assert memory.take(replace(new, link=f"{SITE}/2029-b"), other(1)) == []


@pytest.mark.parametrize("dated", [True, False])
def test_entries_that_share_an_id_are_told_apart_by_their_links(dated: bool) -> None:
    stories = [other(n, raw_id="the-blog", **({} if dated else {"published_at": None})) for n in range(5)]
    memory = Memory()
    memory.take(*stories[:2])
    for number in (2, 3, 4):  # each time the oldest one leaves
        assert memory.take(stories[number], stories[number - 1]) == [stories[number]]
    assert memory.take(replace(stories[4], title="Corrected"), stories[3]) == []


def test_entries_that_share_id_and_link_are_told_apart_by_title_and_date() -> None:
    """As in a ministry's feed, where all entries lead to its front page, and have it as their id."""
    front = f"{SITE}/spotlight/"
    stories = [other(n, raw_id=front, link=front) for n in range(6)]
    memory = Memory()
    assert len(memory.take(*stories[:3])) == 3
    assert memory.take(stories[3], *stories[:3]) == [stories[3]]
    assert memory.take(stories[4], stories[3]) == [stories[4]]
    corrected = replace(stories[4], title="Corrected")
    assert memory.take(corrected, stories[3]) == []
    assert memory.take(stories[5], corrected) == [stories[5]]


def test_a_second_entry_with_id_and_link_of_the_only_one_known_is_seen() -> None:
    front = f"{SITE}/spotlight/"
    first, second = (other(n, raw_id=front, link=front) for n in range(2))
    memory = Memory()
    memory.take(first)
    assert memory.take(second, first) == [second]


def test_two_entries_with_id_and_link_of_one_that_is_gone_are_both_new() -> None:
    front = f"{SITE}/spotlight/"
    first, *others = (other(n, raw_id=front, link=front) for n in range(3))
    memory = Memory()
    memory.take(first)
    assert memory.take(*others) == others


def test_a_feed_of_one_entry_with_a_constant_id_shows_a_new_one_each_day() -> None:
    memory = Memory()
    memory.take(other(0, raw_id="latest"))
    for day in range(1, 5):
        today = other(day, raw_id="latest")
        assert memory.take(today) == [today]


def test_an_entry_that_stands_in_its_document_twice_counts_once(memory: Memory) -> None:
    again = replace(STORY, content="It passed. (Updated)")
    assert memory.take(again, STORY, other(1)) == []
    twice = [other(2), other(2, content="x")]
    assert memory.take(*twice) == [twice[0]]


def test_without_ids_entries_go_by_link_and_title() -> None:
    one, two = (other(n, raw_id=None) for n in (1, 2))
    memory = Memory()
    memory.take(one, two)
    assert memory.take(replace(one, title="Corrected"), replace(two, published_at=None)) == []


def test_without_ids_a_link_that_all_share_tells_nothing() -> None:
    memory = Memory()
    stories = [other(n, raw_id=None, link=f"{SITE}/alerts") for n in range(5)]
    memory.take(*stories[:2])
    for number in (2, 3, 4):
        assert memory.take(stories[number], stories[number - 1]) == [stories[number]]


@pytest.mark.parametrize("front", [SITE, f"{SITE}/"])
def test_a_sites_front_page_tells_nothing_even_of_a_single_entry(front: str) -> None:
    memory = Memory()
    memory.take(other(0, raw_id=None, link=front))
    assert memory.take(other(1, raw_id=None, link=front)) == [other(1, raw_id=None, link=front)]


def test_without_id_and_link_an_enclosure_is_a_name() -> None:
    release = Entry(None, None, "App 1.0", published_at=AT, enclosures=(f"{SITE}/app-1.0.zip",))
    memory = Memory()
    memory.take(release)
    assert memory.take(replace(release, title="App 1.0 (4)")) == []
    assert memory.take(replace(release, enclosures=(f"{SITE}/app-1.1.zip",), published_at=AT + DAY)) != []


def test_without_any_name_title_and_text_are_one() -> None:
    memory = Memory()
    memory.take(Entry(None, None, "A", content="x"), Entry(None, None, content="y"))
    assert memory.take(Entry(None, None, "A", content="x", author="me"), Entry(None, None, content="y")) == []
    assert memory.take(Entry(None, None, content="z")) == [Entry(None, None, content="z")]


def alert(day: int, title: str = "Weather alert", **changes: object) -> Entry:
    entry = Entry(f"alert-{day}", f"{SITE}/alerts/{day}", title, "Storm", published_at=AT + day * DAY)
    return replace(entry, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("title", ["Weather alert", "What we are reading this week"])
@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("length", [2, 3])
def test_a_title_that_comes_again_every_day_is_new_every_day(title: str, length: int, dated: bool) -> None:
    days = [alert(day, title, **({} if dated else {"published_at": None})) for day in range(9)]
    memory = Memory()
    memory.take(*days[:length])
    for day in range(length, 9):
        assert memory.take(*days[day - length + 1 : day + 1][::-1]) == [days[day]], day


def test_a_title_that_comes_again_every_day_in_a_feed_of_one_entry_is_new_every_day() -> None:
    memory = Memory()
    for day in range(5):
        assert memory.take(alert(day, "What we are reading this week")) != []


def test_a_short_title_tells_nothing_by_itself() -> None:
    memory = Memory()
    memory.take(alert(0, "Today's menu"))
    later = alert(1, "Today's menu", published_at=AT + timedelta(hours=5))
    assert memory.take(later) == [later]


def test_titles_that_come_again_on_one_page_with_ids_of_their_own_are_new() -> None:
    memory = Memory()
    days = [alert(day, link=f"{SITE}/alerts") for day in range(6)]
    memory.take(*days[:2])
    for day in range(2, 6):
        assert memory.take(days[day], days[day - 1]) == [days[day]]


def test_only_so_many_entries_of_a_document_are_recognised_by_their_titles_alone() -> None:
    stories = [other(n, title=f"A long title with the number {n}") for n in range(9)]
    renamed = [
        replace(s, raw_id=f"x{s.raw_id}", link=f"{s.link}-x", published_at=AT + n * DAY + timedelta(hours=1))
        for n, s in enumerate(stories)
    ]
    memory = Memory()
    memory.take(*stories)
    found = memory.recognise(*renamed)
    assert len(found.matches) == MAX_REPAIRS
    assert all(new.like for new in found.new)


def test_a_new_entry_looks_like_none_that_is_still_there(memory: Memory) -> None:
    [new] = memory.recognise(replace(other(2), title=STORY.title), STORY, other(1)).new
    assert new.like is None


def test_a_match_by_other_names_than_the_id_is_a_repair(memory: Memory) -> None:
    [by_link] = memory.recognise(replace(STORY, raw_id="tag:2"), other(1)).matches
    [by_id] = memory.recognise(replace(STORY, raw_id="tag:2", link=f"{SITE}/b"), other(1)).matches
    assert (by_link.repaired, by_id.repaired) == (True, False)


def test_where_ids_churn_they_are_left_out_of_account(memory: Memory) -> None:
    memory.ids_churn = True
    churned = replace(STORY, raw_id=other(1).raw_id, title="Corrected")
    assert memory.take(churned, replace(other(1), raw_id=STORY.raw_id)) == []


def order(*entries: Entry) -> list[str | None]:
    return [one.named.entry.raw_id for one in oldest_first(New(name(entry)) for entry in entries)]


def test_new_entries_come_oldest_first_by_date_where_all_have_one() -> None:
    assert order(*(Entry(str(day), None, published_at=AT + day * DAY) for day in (2, 3, 1))) == [
        "1",
        "2",
        "3",
    ]


def test_new_entries_come_in_reversed_document_order_where_a_date_is_missing() -> None:
    assert order(Entry("c", None), Entry("b", None, published_at=AT), Entry("a", None)) == ["a", "b", "c"]


def test_entries_of_the_same_date_keep_reversed_document_order() -> None:
    assert order(*(Entry(one, None, published_at=AT) for one in "cba")) == ["a", "b", "c"]
