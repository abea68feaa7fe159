"""What a template's filters make of texts, and that they take any text."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.template.fields import EntryFields, Fields, TemplateFailed
from scheduler.rules.template.filters import FILTERS, Takes
from scheduler.rules.template.kinds import Kind
from scheduler.rules.template.moments import DIRECTIVES, format_problem, formatted
from scheduler.rules.template.sandbox import render
from scheduler.rules.x_text.weight import weighted_length

_ENTRY = EntryFields("", "", "", "", "", (), "2026-03-01T17:05:09-05:00")
_ARGUMENTS = {Takes.TEXT: " ", Takes.COUNT: 3, Takes.FORMAT: "%d"}


def filtered(text: str, filters: str) -> str:
    fields = Fields(replace(_ENTRY, title=text), (_ENTRY,), (), "", "twitter")
    return render(f"{{{{ entry.title|{filters} }}}}", fields)


@pytest.mark.parametrize(
    ("text", "filters", "result"),
    [
        ("NASA and iPhone", "upper", "NASA AND IPHONE"),
        ("NASA", "lower|capitalize", "Nasa"),
        (" a ", "trim", "a"),
        ("a-b-a", "replace('a', 'xy')", "xy-b-xy"),
        ("", "default('none')", "none"),
        ("x", "default('none')", "x"),
        ("how NASA and the iPhone changed a world", "titlecase", "How NASA and the iPhone Changed a World"),
        ("BIG NEWS FROM THE U.S.", "titlecase", "Big News From the U.S."),
        ("", "titlecase", ""),
        ("One. Two. Three.", "first_sentence", "One."),
        ("One! Two? Three. Four", "sentences(2)", "One! Two?"),
        ("One. Two.", "sentences(5)", "One. Two."),
        ("one two, three four", "words(2)", "one two…"),
        ("one two", "words(2)", "one two"),
        ("A title | Site", "before(' | ')", "A title"),
        ("A | b | Site", "before(' | ')", "A | b"),
        ("A title", "before(' | ')", "A title"),
        (" | Site", "before(' | ')", " | Site"),
        ("Podcast: Part 5: The end", "after(':')", "Part 5: The end"),
        ("Podcast:", "after(':')", "Podcast:"),
        ("Podcast", "after(':')", "Podcast"),
        ("machine learning", "hashtag", "#MachineLearning"),
        ("2026", "hashtag", ""),
        ("hello", "quote", "“hello”"),
        ("he said “no” to \"this thing\" twice", "quote", "“he said \u2018no\u2019 to \u2018this thing\u2019 twice”"),
        ("", "quote", ""),
    ],
)  # fmt: skip
def test_a_filter_gives_what_its_name_says(text: str, filters: str, result: str) -> None:
    assert filtered(text, filters) == result


def test_lists_give_their_first_last_length_and_all() -> None:
    entry = replace(_ENTRY, categories=("a", "b", "c"))
    fields = Fields(entry, (entry,), (), "", "twitter")
    shown = (
        "{{ entry.categories|first }}{{ entry.categories|last }}"
        "{{ entry.categories|length }}{{ entry.categories|join('+') }}"
    )
    assert render(shown, fields) == "ac3a+b+c"
    bare = replace(fields, entry=replace(entry, categories=()))
    assert render(shown, bare) == "0"


def test_truncating_counts_as_x_does_and_ends_at_a_word() -> None:
    assert filtered("Rates rise again, and again", "truncate(16)") == "Rates rise…"
    assert filtered("日本語の記事", "truncate(8)") == "日本語…"
    assert filtered("short", "truncate(16)") == "short"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Dr. Who met Mr. Smith on Jan. 5. He ran.", "Dr. Who met Mr. Smith on Jan. 5."),
        ("He is No. 1. Really.", "He is No. 1."),
        ("J. R. R. Tolkien wrote. He slept.", "J. R. R. Tolkien wrote."),
        ("The U.S. Army left. Then it rained.", "The U.S. Army left."),
        ("It left the U.S. The rest stayed.", "It left the U.S."),
        ("Apple Inc. CEO speaks. More.", "Apple Inc. CEO speaks."),
        ("He works at Apple Inc. She does not.", "He works at Apple Inc."),
        ("At 5 p.m. The show began.", "At 5 p.m."),
        ("Version 3.14 is out. Get it.", "Version 3.14 is out."),
        ("“Why?” he asked. Nobody knew.", "“Why?” he asked."),
        ("He said “no.” Then he left.", "He said “no.”"),
        ("Wait... what? Yes.", "Wait... what?"),
        ("これは文です。次の文。", "これは文です。"),
        ("No end", "No end"),
        ("", ""),
    ],
)
def test_a_sentence_ends_where_a_reader_ends_it(text: str, first: str) -> None:
    assert filtered(text, "first_sentence") == first


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("%d %B %Y", "01 March 2026"),
        ("%-d %b %y", "1 Mar 26"),
        ("%A, %a %m/%-m", "Sunday, Sun 03/3"),
        ("%H:%M %I %-I%p %%", "17:05 05 5PM %"),
    ],
)
def test_a_date_is_written_in_english_and_in_the_customers_zone(pattern: str, shown: str) -> None:
    fields = Fields(_ENTRY, (_ENTRY,), (), "", "twitter")
    assert render(f"{{{{ entry.published|date('{pattern}') }}}}", fields) == shown
    undated = replace(fields, entry=replace(_ENTRY, published=""))
    assert render(f"{{{{ entry.published|date('{pattern}') }}}}", undated) == ""


@given(st.text(max_size=12), st.datetimes())
def test_a_format_without_a_problem_shows_any_date(pattern: str, at: datetime) -> None:
    if format_problem(pattern) is None:
        assert "%" not in formatted(at, pattern.replace("%%", ""))


@pytest.mark.parametrize("directive", sorted(set(DIRECTIVES) - {"%%"}))
def test_a_directive_is_the_c_librarys(directive: str) -> None:
    at = datetime(2026, 11, 3, 7, 4)  # noqa: DTZ001 - a date to be written, in no zone
    assert formatted(at, directive) == at.strftime(directive)


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["a", "Mc", "-", "/", ".", " ", '"', "'", "É", "。", "U.S.", "\n", "|"])).map(
        "".join
    )
)
def test_every_filter_takes_any_text(text: str) -> None:
    for name, known in FILTERS.items():
        if Kind.TEXT not in known.of or name == "date":
            continue
        result = known.function(text, *(_ARGUMENTS[takes] for takes in known.takes))
        assert isinstance(result, int if known.gives == Kind.NUMBER else str)
        if name == "truncate":
            assert weighted_length(str(result)) <= 3


@given(st.text(max_size=30))
def test_a_text_that_is_no_date_fails_as_a_template_does(text: str) -> None:
    try:
        datetime.fromisoformat(text or "2026-01-01")
    except ValueError:
        with pytest.raises(TemplateFailed, match=r"^date is for entry\.published$"):
            FILTERS["date"].function(text, "%Y")
