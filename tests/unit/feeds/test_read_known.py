"""Reading only what is new: the rest of the document is as if the known entries were there, only they are not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model import Document
from feeds.read import MAX_ENTRIES, read_document
from feeds.scan import scan
from tests.unit.feeds.test_read import BASE, NOW

HEAD = "<title>T &amp; U</title><link>/</link><ttl>60</ttl><skipHours><hour>3</hour></skipHours>"
RSS = "<?xml version='1.0'?><rss version='2.0'><channel>{}</channel></rss>"
RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    "<channel rdf:about='x'><title>T</title><items><rdf:Seq/></items></channel>{}</rdf:RDF>"
)
ATOM = "<f:feed xmlns:f='http://www.w3.org/2005/Atom'><f:title>T</f:title>{}<f:link href='/'/></f:feed>"
JSON = '{{"version": "https://jsonfeed.org/version/1", "title": "T", "items": [{}]}}'


def read(text: str | bytes, known: frozenset[int] = frozenset(), content_type: str = "") -> Document:
    body = text if isinstance(text, bytes) else text.encode()
    return read_document(body, content_type=content_type, base_url=BASE, now=NOW, known=known)


def rss(*numbers: int, head: str = HEAD) -> str:
    return RSS.format(head + "\n".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in numbers))


def titles(document: Document) -> list[str]:
    return [entry.title for entry in document.entries]


FORMS = {
    "rss": (rss(1, 2, 3), rss(4, 1, 2, 3)),
    "rdf": tuple(
        RDF.format("".join(f"<item rdf:about='{n}'><title>{n}</title></item>" for n in numbers))
        for numbers in ("123", "4123")
    ),
    "atom": tuple(
        ATOM.format("".join(f"<f:entry><f:id>{n}</f:id><f:title>{n}</f:title></f:entry>" for n in numbers))
        for numbers in ("123", "4123")
    ),
    "json": tuple(
        JSON.format(", ".join(f'{{"title": "{n}", "id": {n}}}' for n in numbers))
        for numbers in ("123", "4123")
    ),
    "latin-1": tuple(
        text.replace("'1.0'", "'1.0' encoding='iso-8859-1'").replace("T &amp;", "Ü").encode("latin-1")
        for text in (rss(1, 2, 3), rss(4, 1, 2, 3))
    ),
    "utf-16": (rss(1, 2, 3).encode("utf-16"), rss(4, 1, 2, 3).encode("utf-16")),
    "utf-16 big end first": tuple(
        b"\xfe\xff" + rss(*n).encode("utf-16be") for n in ((1, 2, 3), (4, 1, 2, 3))
    ),
    "broken": (rss(1, 2, 3, head=HEAD + "R & D"), rss(4, 1, 2, 3, head=HEAD + "R & D")),
    "html entities": (rss(1, 2, 3, head=HEAD + "&nbsp;"), rss(4, 1, 2, 3, head=HEAD + "&nbsp;")),
    "doctype": tuple(f"<!DOCTYPE rss [<!ENTITY a 'b'>]>{rss(*n)[21:]}" for n in ((1, 2, 3), (4, 1, 2, 3))),
}


@pytest.mark.parametrize(("before", "after"), FORMS.values(), ids=FORMS)
def test_only_new_entries_are_read_and_all_are_counted(before: str | bytes, after: str | bytes) -> None:
    known = frozenset(read(before).items)
    assert len(known) == 3
    document = read(after, known)
    assert titles(document) == ["4"]
    assert document.items[1:] == read(before).items
    assert [entry.source_hash for entry in document.entries] == [document.items[0]]


@pytest.mark.parametrize("text", [before for before, _ in FORMS.values()], ids=FORMS)
def test_a_document_without_news_still_says_all_about_itself(text: str | bytes) -> None:
    whole = read(text)
    assert read(text, frozenset(whole.items)) == replace(whole, entries=())


def test_an_entry_that_changes_by_one_letter_is_new() -> None:
    known = frozenset(read(rss(1, 2)).items)
    assert titles(read(rss(1, 2).replace("<title>2<", "<title>3<"), known)) == ["3"]


def test_the_same_item_twice_is_one_entry() -> None:
    for text in (rss(1, 2, 1), JSON.format('{"title": "1"}, {"title": "2"}, {"title": "1"}')):
        document = read(text)
        assert titles(document) == ["1", "2"]
        assert document.items[0] == document.items[2]


def test_items_inside_items_are_read_with_the_whole_document() -> None:
    document = read(RSS.format("<item><title>1</title><item><title>2</title></item></item>"))
    assert titles(document) == ["1", "2"]
    assert (
        titles(
            read(
                RSS.format("<item><title>1</title><item><title>2</title></item></item>"),
                frozenset(document.items),
            )
        )
        == []
    )


def test_an_item_of_another_vocabulary_is_none() -> None:
    text = RSS.format("<x:item xmlns:x='urn:x'><title>x</title></x:item><item><title>1</title></item>")
    assert titles(read(text)) == ["1"]


@pytest.mark.parametrize(
    "item", ["<item/>", "<item  />", "<item></item >", "<item>\n</item\n>", "<item><!-- </item> --></item>"]
)
def test_an_item_is_found_from_its_first_byte_to_its_last(item: str) -> None:
    body = RSS.format(f"<title>Ü</title>{item}<x/>").encode()
    scanned = scan(body, None, 10)
    assert scanned is not None
    assert [body[one.start : one.end].decode() for one in scanned.items] == [item]
    assert scanned.with_only(()).decode() == RSS.format("<title>Ü</title><x/>")


def test_of_very_many_items_the_first_are_read() -> None:
    document = read(rss(*range(MAX_ENTRIES + 5)))
    assert len(document.items) == len(document.entries) == MAX_ENTRIES
    assert document.entries[-1].title == str(MAX_ENTRIES - 1)
    assert document.problems == ("of 1,005 entries only the first 1,000 are read",)
    assert document.title == "T &amp; U".replace("&amp;", "&")


def test_a_large_document_is_read_in_portions_with_the_same_result() -> None:
    items = [
        f"<item><title>{n}</title><description>{'x' * 60_000}{n}</description></item>" for n in range(60)
    ]
    document = read(RSS.format("".join(items)))
    assert titles(document) == [str(n) for n in range(60)]
    assert document.problems == ()


def test_the_charset_of_the_answer_is_minded() -> None:
    body = rss(1, 2).replace("<title>1", "<title>Ü").encode("latin-1")
    document = read(body, content_type="text/xml; charset=iso-8859-1")
    assert titles(document) == ["Ü", "2"]
    known = frozenset(document.items[1:])
    assert titles(read(body, known, content_type="text/xml; charset=iso-8859-1")) == ["Ü"]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=20)
markup = st.sampled_from(
    ["", "<!-- <item> -->", "<![CDATA[</item><item>]]>", "<x><item2/></x>", "&lt;item&gt;", "\n"]
)
described = st.tuples(words, markup, st.booleans())


def item(described: tuple[str, str, bool]) -> str:
    text, inside, has_id = described
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    guid = f"<guid>{safe}</guid>" if has_id else ""
    return f"<item><title>{safe}</title>{guid}<description>{inside}</description></item>"


@given(st.lists(described, max_size=6, unique=True), st.data())
def test_whatever_is_known_the_others_come_out_as_they_would_have(
    items: list[tuple[str, str, bool]], data: st.DataObject
) -> None:
    text = RSS.format(HEAD + "".join(map(item, items)))
    whole = read(text)
    known = frozenset(data.draw(st.lists(st.sampled_from(whole.items or (0,)))))
    expected = tuple(entry for entry in whole.entries if entry.source_hash not in known)
    assert read(text, known) == replace(whole, entries=expected)
    assert len(whole.items) == len(items)
    assert all(-(2**63) <= entry.source_hash < 2**63 for entry in whole.entries)
