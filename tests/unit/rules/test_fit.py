"""What gives way when a text is too long, and what never does."""

from typing import Any

import pytest

from feeds.model import Entry
from scheduler.rules.compose import CannotCompose
from tests.unit.rules.composing import LINK, RICH, TAGS, composed

WORDS = "word " * 100


def test_the_longest_field_gives_way_and_the_rest_stays_whole() -> None:
    entry = Entry("1", LINK, title="Title", summary=WORDS, categories=("AI",))
    (only,) = composed(entry, template=RICH, hashtags=TAGS).texts
    assert only.text.startswith("Title: word word")
    assert only.text.endswith(f"word… #AI\n{LINK}")
    assert 270 <= only.length <= 280
    assert only.notes == ("summary shortened from 499 to 241",)


def test_a_long_title_gives_way_before_a_short_summary() -> None:
    entry = Entry("1", LINK, title=WORDS, summary="A short summary that says it.")
    (only,) = composed(entry, template=RICH).texts
    assert only.text.endswith(f"word…: A short summary that says it.\n{LINK}")
    assert 270 <= only.length <= 280


def test_a_title_keeps_what_makes_it_one_until_nothing_else_is_left() -> None:
    entry = Entry("1", LINK, title=WORDS, summary="more " * 90)
    (only,) = composed(entry, template=RICH).texts
    title, _, rest = only.text.partition(": ")
    assert 70 <= len(title) <= 80
    assert rest.startswith("more more")
    assert only.text.endswith(f"more…\n{LINK}")


def test_hashtags_go_before_the_title_is_cut() -> None:
    (only,) = composed(Entry("1", LINK, title="T" * 248, categories=("AI", "Space")), hashtags=TAGS).texts
    assert only.text == f"{'T' * 248} #AI\n{LINK}"
    assert only.notes == ("#Space left out: no room",)
    (longer,) = composed(Entry("1", LINK, title=WORDS, categories=("AI",)), hashtags=TAGS).texts
    assert "#" not in longer.text
    assert longer.text.endswith(f"word…\n{LINK}")
    assert 270 <= longer.length <= 280
    assert longer.notes == ("#AI left out: no room", "title shortened from 499 to 256")


def test_a_hashtag_of_the_title_is_not_said_twice() -> None:
    result = composed(Entry("1", None, title="All on #AI", categories=("AI", "Law")), hashtags=TAGS)
    assert result.text == "All on #AI #Law"


def test_fields_that_the_template_does_not_show_are_left_alone() -> None:
    entry = Entry("1", LINK, title=WORDS, summary=WORDS * 9)
    (only,) = composed(entry).texts
    assert [note.split()[0] for note in only.notes] == ["title"]


def test_a_sentence_is_kept_whole_where_one_ends_in_time() -> None:
    summary = "The first sentence is long enough to be worth a post of its own. " * 3 + "Then the rest " * 30
    (only,) = composed(Entry("1", LINK, title="Title", summary=summary), template=RICH).texts
    assert "of its own.\n" in only.text


def test_what_the_operator_wrote_is_never_cut() -> None:
    with pytest.raises(CannotCompose, match="twitter takes 280, the text has 282 and cannot be shortened"):
        composed(Entry("1", LINK, title="T"), template="x" * 280 + " {{ entry.title }}{{ entry.summary }}")


@pytest.mark.parametrize("field", ["summary", "content", "author", "title"])
def test_a_template_of_one_field_shows_as_much_of_it_as_fits(field: str) -> None:
    """Without it the text would be empty, which is no reason to give up."""
    values: dict[str, Any] = {"title": "Title"} | {field: WORDS}
    (only,) = composed(Entry("1", LINK, **values), template=f"{{{{ entry.{field} }}}}", link="never").texts
    assert 270 <= only.length <= 280
    assert only.text.endswith("word…")


def test_what_is_left_of_nothing_is_no_text() -> None:
    with pytest.raises(CannotCompose, match="the text is empty"):
        composed(Entry("1", None, title="T"), template="{{ entry.author }}")
