from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.identity import KEY_LIMIT, content_hash, identify, oldest_first_new
from feeds.model import Entry

DAY = datetime(2026, 11, 1, tzinfo=UTC)
entries = st.lists(
    st.builds(
        Entry,
        raw_id=st.none() | st.sampled_from(["1", "2", "3", "x" * 600, "ä" * 400]),
        link=st.none()
        | st.sampled_from(["https://a.example/1", "https://a.example/2", "https://a.example/2#b"]),
        title=st.sampled_from(["", "A", "B"]),
        content=st.sampled_from(["", "text"]),
        published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    max_size=8,
)


def keys(*found: Entry) -> list[str]:
    return [identified.key for identified in identify(found)]


def test_an_id_of_its_own_is_the_key_whatever_else_changes() -> None:
    assert keys(Entry("1", "https://a.example/1", "A"), Entry("2", "https://a.example/1", "A")) == ["1", "2"]


def test_a_repeated_id_is_told_apart_by_the_link() -> None:
    assert keys(Entry("1", "https://a.example/1"), Entry("1", "https://a.example/2")) == [
        "1 https://a.example/1",
        "1 https://a.example/2",
    ]


def test_of_an_entry_that_is_there_twice_the_first_stays() -> None:
    twice = identify([Entry("1", "https://a.example/1", "new"), Entry("1", "https://a.example/1", "old")])
    assert [identified.entry.title for identified in twice] == ["new"]


def test_without_an_id_the_link_is_the_key_with_its_fragment() -> None:
    assert keys(Entry(None, "https://a.example/log#v1"), Entry(None, "https://a.example/log#v2")) == [
        "https://a.example/log#v1",
        "https://a.example/log#v2",
    ]


def test_entries_without_ids_that_share_a_link_are_told_apart_by_their_titles() -> None:
    assert len(set(keys(Entry(None, "https://a.example/", "A"), Entry(None, "https://a.example/", "B")))) == 2


def test_without_id_and_link_title_and_content_are_the_key() -> None:
    assert (
        len(set(keys(Entry(None, None, "A"), Entry(None, None, "B"), Entry(None, None, "A", content="x"))))
        == 3
    )


def test_new_entries_come_oldest_first_by_date_where_all_have_one() -> None:
    found = identify([Entry(str(day), None, published_at=DAY + timedelta(days=day)) for day in (2, 3, 1)])
    assert [new.key for new in oldest_first_new(found, set())] == ["1", "2", "3"]


def test_new_entries_come_in_reversed_document_order_where_a_date_is_missing() -> None:
    found = identify([Entry("c", None), Entry("b", None, published_at=DAY), Entry("a", None)])
    assert [new.key for new in oldest_first_new(found, {"b"})] == ["a", "c"]


def test_entries_of_the_same_date_keep_reversed_document_order() -> None:
    found = identify([Entry(name, None, published_at=DAY) for name in ("c", "b", "a")])
    assert [new.key for new in oldest_first_new(found, set())] == ["a", "b", "c"]


def test_the_content_hash_ignores_dates_and_sees_edits() -> None:
    entry = Entry("1", "https://a.example/1", "A", content="x", published_at=DAY)
    assert content_hash(entry) == content_hash(replace(entry, published_at=None, updated_at=DAY))
    assert content_hash(entry) != content_hash(replace(entry, content="y"))


@given(entries)
def test_keys_are_unique_in_a_document_and_fit_an_index(found: list[Entry]) -> None:
    got = keys(*found)
    assert len(set(got)) == len(got)
    assert all(0 < len(key.encode()) <= KEY_LIMIT for key in got)


@given(entries)
def test_a_document_that_comes_again_brings_nothing_new_in_any_order(found: list[Entry]) -> None:
    known = set(keys(*found))
    assert oldest_first_new(identify(found), known) == ()
    assert oldest_first_new(identify(list(reversed(found))), known) == ()


@given(entries, st.sets(st.sampled_from(["1", "2", "3"])))
def test_every_entry_is_either_known_or_new(found: list[Entry], known: set[str]) -> None:
    identified = identify(found)
    new = oldest_first_new(identified, known)
    assert {item.key for item in new} == {item.key for item in identified} - known


@given(entries)
def test_new_entries_with_dates_are_in_order(found: list[Entry]) -> None:
    dates = [item.entry.published_at for item in oldest_first_new(identify(found), set())]
    if all(dates):
        assert dates == sorted(date for date in dates if date)
