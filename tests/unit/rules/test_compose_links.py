"""The entry's link goes out as it is, and mentions nobody."""

import pytest

from feeds.model import Entry
from scheduler.rules.compose import CannotCompose
from scheduler.rules.x_text.tags import find_mentions
from scheduler.wording import Digest
from tests.unit.rules.composing import composed


@pytest.mark.parametrize(
    "link", ["https://medium.com/@acme/a-b-c", "https://front-end.social/@acme/1", "https://e.com/$AAPL"]
)
def test_a_link_with_a_sign_stays_whole(link: str) -> None:
    result = composed(Entry("1", link, title="@acme on $TSLA"))
    assert result.text == f"acme on $TSLA\n{link}"
    assert result.link == link


def test_links_of_a_digest_stay_whole_where_one_begins_like_another() -> None:
    entries = [Entry(str(number), f"https://medium.com/@acme/{number}", title="T") for number in (1, 11)]
    text = composed(*entries, digest=Digest.model_validate({"at": ["17:00"]})).text
    assert text == "• T https://medium.com/@acme/1\n• T https://medium.com/@acme/11"


def test_an_address_that_x_does_not_link_mentions_nobody_either() -> None:
    text = composed(Entry("1", "http://192.0.2.1/@acme", title="T")).text
    assert text == "T\nhttp://192.0.2.1/%40acme"
    assert find_mentions(text) == []


def test_a_template_that_breaks_the_link_is_refused_with_what_to_do() -> None:
    entry = Entry("1", "https://example.com/a", title="T", author="x")
    with pytest.raises(CannotCompose, match="put"):
        composed(entry, template="{{ entry.author }}{{ entry.link }}")


def test_a_threads_parts_begin_with_words() -> None:
    words = ", ".join(["word" * 5] * 60)
    result = composed(
        Entry("1", None, title=words), template="{{ entry.title }}", thread={"max": 10, "numbered": False}
    )
    assert result.x_posts > 3
    assert all(part.startswith("word") for part in result.main.parts)
