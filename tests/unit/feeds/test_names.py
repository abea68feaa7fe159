"""What makes no difference between two names of an entry, and what does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Entry, Image
from feeds.names import content_hash, hashed, same_address, same_id, same_path, same_title

PLAIN = "https://a.example/news/1"
AT = datetime(2026, 11, 1, tzinfo=UTC)
words = st.text("abcXYZ019-._~", min_size=1, max_size=8)
urls = st.builds("https://{}.example/{}/{}".format, st.text("abc", min_size=1, max_size=5), words, words)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/news/1",
        "https://www.a.example/news/1",
        "https://A.Example/news/1",
        "https://a.example:443/news/1",
        "http://a.example:80/news/1",
        "https://a.example/news/1/",
        "  https://a.example/news/1\n",
        "https://a.example/news/1?utm_source=rss&utm_medium=feed&UTM_Campaign=x",
        "https://a.example/news/1?fbclid=1&gclid=2&msclkid=3&twclid=4&yclid=5&dclid=6&gbraid=7&wbraid=8",
        "https://a.example/news/1?mc_cid=3&mc_eid=4&igshid=5&_hsenc=6&_hsmi=7&mkt_tok=8",
        "https://a.example/news/1?at_medium=RSS&at_campaign=rss",
        "https://reader:secret@a.example/news/1",
    ],
)
def test_what_changes_while_the_page_stays_the_same_makes_no_difference(url: str) -> None:
    assert same_address(url) == same_address(PLAIN)


@pytest.mark.parametrize(
    "url",
    [
        "https://b.example/news/1",
        "https://blog.a.example/news/1",
        "https://a.example:8443/news/1",
        "https://a.example/News/1",
        "https://a.example/news/1#v2",
        "https://a.example/news/1?id=2",
        "https://a.example/news/1?at=2",
        "https://a.example/news/1?medium=2",
        "https://a.example/news/1.html",
    ],
)
def test_what_may_be_another_page_makes_a_difference(url: str) -> None:
    assert same_address(url) != same_address(PLAIN)


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        (f"{PLAIN}?utm_source=rss&id=2&fbclid=3&at_medium=RSS", -6_961_402_579_934_980_497),
        (f"{PLAIN}?wt_mc=rss.ho&ref=rss", -8_506_111_357_908_086_434),
    ],
)
def test_the_names_that_databases_hold_stay_the_same_whatever_links_lose_elsewhere(
    address: str, stored: int
) -> None:
    assert hashed("link", same_address(address)) == stored


def test_parameters_that_are_no_tracking_stay_in_their_order() -> None:
    assert same_address(f"{PLAIN}?b=1&utm_source=x&a=&b=2") == same_address(f"{PLAIN}?b=1&a=&b=2")
    assert same_address(f"{PLAIN}?b=1") != same_address(f"{PLAIN}?b=2")


@pytest.mark.parametrize(
    "broken", ["http://[", "https://a.example:x/", "https://a.example:99999/", "", "#", "?"]
)
def test_a_broken_address_is_a_name_all_the_same(broken: str) -> None:
    assert same_address(broken) == same_address(broken)
    assert isinstance(same_path(broken), str | None)


@given(urls)
def test_the_scheme_www_tracking_and_a_last_slash_make_no_difference_to_any_address(url: str) -> None:
    assert same_address(url) == same_address(f"{url}/?utm_source=feed".replace("https://", "http://www."))


@given(urls, words)
def test_every_fragment_makes_another_address(url: str, fragment: str) -> None:
    assert same_address(f"{url}#{fragment}") != same_address(url)


@given(st.text())
def test_any_text_at_all_has_a_name(text: str) -> None:
    assert same_address(text) == same_address(text)
    assert -(2**63) <= hashed("link", text) < 2**63


def test_a_path_is_what_is_left_when_a_site_moves() -> None:
    assert same_path("https://old.example/2026/11/post/?p=1") == same_path(
        "http://new.example/2026/11/post?p=1"
    )
    assert same_path("https://old.example/a") != same_path("https://new.example/b")


@pytest.mark.parametrize(
    "front", ["https://a.example", "https://a.example/", "https://a.example/#news", None]
)
def test_the_front_page_has_no_path_that_could_name_an_entry(front: str | None) -> None:
    assert same_path(front) is None


def test_an_id_that_is_a_web_address_is_compared_like_one() -> None:
    assert same_id("http://a.example/?p=1&utm_source=x") == same_id("https://www.a.example/?p=1")
    assert same_id("http://a.example/?p=1") != same_id("http://a.example/?p=2")


@pytest.mark.parametrize("raw_id", ["tag:a.example,2026:1", "Post-1/", "urn:uuid:1", "www.a.example/1"])
def test_any_other_id_is_compared_letter_by_letter(raw_id: str) -> None:
    assert same_id(raw_id) == raw_id


def test_a_version_behind_the_address_of_the_page_makes_no_other_id() -> None:
    page = "https://news.example/articles/c0rn?at_medium=RSS"
    assert same_id("https://news.example/articles/c0rn#0", page) == same_id(
        "https://news.example/articles/c0rn#7", page
    )


def test_where_the_page_itself_is_named_with_a_fragment_the_ids_differ() -> None:
    log = "https://a.example/log"
    assert same_id(f"{log}#v1", f"{log}#v1") != same_id(f"{log}#v2", f"{log}#v2")
    assert same_id(f"{log}#v1", "https://a.example/other") != same_id(f"{log}#v2", "https://a.example/other")
    assert same_id(f"{log}#v1") != same_id(f"{log}#v2")


def test_a_title_is_compared_as_a_reader_sees_it() -> None:
    assert same_title(Entry("1", None, "<b>Caf&eacute;</b>\n  Opens")) == same_title(
        Entry("2", None, "café OPENS")
    )


def test_without_a_title_the_beginning_of_the_text_takes_its_place() -> None:
    assert same_title(Entry("1", None, summary="Good <i>morning</i>", content="x")) == "good morning"
    assert same_title(Entry("1", None, content="Good morning")) == "good morning"
    assert same_title(Entry("1", None)) == ""
    assert same_title(Entry("1", None, summary="a" * 400)) == same_title(Entry("1", None, summary="a" * 500))


def test_parts_of_a_name_do_not_run_into_each_other() -> None:
    assert hashed("id", "a") != hashed("link", "a")
    assert hashed("a", "bc") != hashed("ab", "c")


def test_an_edit_is_what_a_reader_sees_and_neither_date_nor_picture() -> None:
    entry = Entry("1", PLAIN, "A", "s", "c", published_at=AT)
    same = replace(
        entry, published_at=None, updated_at=AT, images=(Image("x"),), categories=("x",), raw_id="2"
    )
    assert content_hash(same) == content_hash(entry)
    for change in ({"title": "B"}, {"link": None}, {"summary": ""}, {"content": "C"}):
        assert content_hash(replace(entry, **change)) != content_hash(entry)
