"""The language of an entry: its own, or else its document's."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.language import language_of
from feeds.model import Document, Entry
from feeds.names import content_hash
from tests.unit.feeds.test_read import only, read
from tests.unit.feeds.test_read_forms import json_feed

DC = "xmlns:dc='http://purl.org/dc/elements/1.1/'"


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en", "en"), (" EN-us ", "en-us"), ("pt_BR", "pt-br"), ("zh-Hant-TW", "zh-hant-tw"), ("es-419", "es-419"),
        ("de-CH-1996", "de-ch-1996"), ("sl-rozaj-biske", "sl-rozaj-biske"), ("en-u-ca-gregory", "en-u-ca-gregory"),
        ("gsw", "gsw"), ("zh-cmn-hans-cn", "zh-cmn-hans-cn"), ("fr-x-own", "fr-x-own"),
        ("English", ""), ("en-", ""), ("en, de", ""), ("e", ""), ("x-default", ""), ("en-us.utf-8", ""), ("", ""),
        ("und", ""), ("mul", ""), ("zxx", ""), (None, ""), (7, ""), (["en"], ""), ("en-" + "x" * 40, ""),
        ("\u0435n", ""),
        ("<b>en</b>", ""),
    ],
)  # fmt: skip
def test_a_language_is_a_tag_or_nothing(stated: Any, tag: str) -> None:
    assert language_of(stated) == tag


@given(st.lists(st.none() | st.text() | st.integers()))
def test_anything_may_be_stated_as_a_language(stated: list[Any]) -> None:
    tag = language_of(*stated)
    assert tag == tag.lower()
    assert language_of(tag) == tag


def rss(item: str, channel: str = "", root: str = "") -> Document:
    return read(
        f"<rss version='2.0' {DC} {root}><channel><title>T</title>{channel}<item><guid>1</guid>{item}</item>"
        "</channel></rss>"
    )


def atom(entry: str, entry_more: str = "", feed: str = "") -> Document:
    return read(
        f"<feed xmlns='http://www.w3.org/2005/Atom' {feed}><title>T</title><entry {entry_more}><id>1</id>{entry}"
        "</entry></feed>"
    )


LANGUAGE = "<language>en-GB</language>"


@pytest.mark.parametrize(
    ("document", "tag"),
    [
        (rss("<title>A</title>"), ""),
        (rss("<title>A</title>", LANGUAGE), "en-gb"),
        (rss("<title>A</title>", "<language>British</language>"), ""),
        (rss("<title>A</title><dc:language>fr</dc:language>", LANGUAGE), "fr"),
        (rss("<title>A</title><dc:language>French</dc:language>", LANGUAGE), "en-gb"),
        (rss("<title xml:lang='de'>A</title>", LANGUAGE), "de"),
        (rss("<description xml:lang='it'>A</description>", LANGUAGE), "it"),
        (rss("<title>A</title>", "", "xml:lang='nl'"), "nl"),
        (rss("<title>A</title>", "<dc:language>ja</dc:language>"), "ja"),
        (rss("<title>A</title><x>R & D</x>", LANGUAGE), "en-gb"),
        (atom("<title>A</title>", feed="xml:lang='en-US'"), "en-us"),
        (atom("<title>A</title>", "xml:lang='pl'", "xml:lang='en-US'"), "pl"),
        (atom("<title>A</title><content xml:lang='cs'>x</content>"), "cs"),
        (json_feed('{"id": "1"}'), ""),
        (json_feed('{"id": "1"}', '"language": "sv",'), "sv"),
        (json_feed('{"id": "1", "language": "fi"}', '"language": "sv",'), "fi"),
        (json_feed('{"id": "1", "language": 5}', '"language": {},'), ""),
    ],
)  # fmt: skip
def test_an_entry_has_its_own_language_or_else_its_documents(document: Document, tag: str) -> None:
    assert only(document).language == tag


def test_another_language_of_the_feed_makes_no_entry_an_edited_one() -> None:
    entry = Entry("1", None, "Title", language="en")
    assert content_hash(entry) == content_hash(replace(entry, language="de"))
    before, after = (rss("<title>A</title>", f"<language>{tag}</language>") for tag in ("en", "de"))
    assert before.items == after.items, "a known item is not even read again"
