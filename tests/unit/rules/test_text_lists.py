"""A reader of a page sees where a heading ends and a list's items begin; in one line, marks say so."""

import pytest

from scheduler.rules.hashtags import as_hashtag
from scheduler.rules.text import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>News</p><ul><li>One</li><li>Two</li></ul><p>Bye</p>", "News: One; Two. Bye"),
        ("News:<ul><li>One.<li>Two!<li>Three</ul>", "News: One. Two! Three"),
        ("<ol><li>One</li><li>Two</li></ol>", "One; Two"),
        ("<h2>Summary</h2><p>Text</p>", "Summary: Text"),
        ("<h2>Why?</h2><p>Text</p><h2>Last</h2>", "Why? Text Last"),
        ("<dl><dt>Time</dt><dd>9:00</dd><dt>Place</dt><dd>Here</dd></dl>", "Time 9:00; Place Here"),
        ("Fruit<ul><li>Apples<ul><li>Red</li></ul></li><li>Pears</li></ul>", "Fruit: Apples: Red; Pears"),
        ("<ul><li></li><li>One</li></ul>", "One"),
        ("<h1>\ufdd0\ufdd3</h1>x", "x"),
    ],
)
def test_lists_and_headings_have_marks(html: str, text: str) -> None:
    assert plain(html) == text


def test_an_escaped_apostrophe_belongs_to_its_word() -> None:
    assert as_hashtag("angie\\'s list") == "#AngiesList"
