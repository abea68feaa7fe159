"""Every real document, through the parser's processes: what its items say is what the entries say."""

import asyncio
import csv
import gzip
import re
from collections import Counter
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

import pytest

from feeds.model import Document, Entry
from feeds.parse import Parser
from feeds.trouble import NotAFeed, Trouble
from scheduler.rules.media import choose
from scheduler.rules.picture_address import is_gif, is_safe, refused_type, sendable, sides
from scheduler.wording import Compose
from tests.integration.feeds.oracle import Said, said_by_items

BASE = "https://feeds.example/x/"
CUT_OFF = "feed-rs/rss_2.0_invalid_1.xml"  # ends in an exception's text instead of </rss>
WITHOUT_ITEMS = {
    "podcastparser/itunes_categories.rss",
    *(f"sequences/empty-for-8-polls/{name}" for name in (
        "001_1778758487.xml", "002_1778762112.xml", "003_1778765719.xml", "004_1778770368.xml",
        "005_1778773691.xml", "006_1778776768.xml", "007_1778780117.xml", "008_1778783808.xml",
    )),
}  # fmt: skip
NESTED = "an item stands inside another one: what follows the inner one in the outer is lost with it"
NOT_SAID = {
    "feedjira/GoogleDocsList.xml": (
        {"text": 1},
        "the content is the caption of a link to a page elsewhere, of type text/html",
    ),
    "rome/ep1_v4a.xml": ({"title": 1, "text": 1}, NESTED),
    "rome/ep2_v4a.xml": ({"title": 1, "text": 1}, NESTED),
    "rome/v4.xml": ({"title": 1, "text": 1}, NESTED),
    "rome/v5.xml": ({"title": 1, "text": 1}, NESTED),
    "rome/v6.xml": ({"title": 1, "text": 1}, NESTED),
    "feed-rs/rss_2.0_ilmessaggero.xml": ({"date": 1}, "the date is in Italian: mer, 16 nov 2022"),
    "prof18-rss-parser/feed-test-hindi-channel-image.xml": (
        {"date": 1},
        "Friday, January 29, 2021 04:42 PM, of no time zone",
    ),
    "reader/invalid.json": ({"text": 1, "date": 1}, "lists and objects where text belongs, and 'not a date'"),
    "gofeed/issue_275_extensions_and_source.xml": (
        {"text": 3},
        "video and other files in base64 are no text",
    ),
}
EMPTY_ITEMS = {
    "gofeed/feed_item_fallbacks_-_rss_channel_item_extensions.xml",  # one item has nothing but an author
    "miniflux/no_encoding_ISO-8859-1.xml",  # one item has nothing but a date
    "node-feedparser/illegally-nested.xml",  # each item stands in another that says nothing else
    *(name for name, (_, why) in NOT_SAID.items() if why == NESTED),
}


@dataclass(frozen=True)
class Real:
    """A document of the corpus, and what was read from it."""

    name: str
    body: bytes
    expected: int | None
    read: Document | Trouble
    half: Document | Trouble

    @property
    def document(self) -> Document:
        assert isinstance(self.read, Document), (self.name, self.read)
        return self.read


async def read_twice(parser: Parser, name: str, body: bytes, expected: str) -> Real:
    """Read a document as a whole, and again with the later half of its items known."""
    read: list[Document | Trouble] = []
    known: frozenset[int] = frozenset()
    for _ in range(2):
        try:
            read.append(document := await parser.parse(body, "", BASE, known))
            known = frozenset(document.items[len(document.items) // 2 :])
        except Trouble as trouble:
            read.append(trouble)
    return Real(name, body, int(expected) if expected else None, read[0], read[1])


async def read_all(corpus: Path) -> list[Real]:
    parser = Parser()
    reading = []
    with (corpus / "INDEX.tsv").open(newline="") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            body = (corpus / row["file"]).read_bytes()
            body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
            reading.append(read_twice(parser, row["file"], body, row["expected_entries"]))
    documents = list(await asyncio.gather(*reading))
    await parser.close()
    return documents


@pytest.fixture(scope="module")
def documents(corpus: Path) -> list[Real]:
    """Every document of the corpus but the one that is cut off."""
    documents = asyncio.run(read_all(corpus))
    assert len(documents) > 500
    (cut_off,) = (real for real in documents if not isinstance(real.read, Document))
    assert cut_off.name == CUT_OFF
    assert isinstance(cut_off.read, NotAFeed)
    assert "cut off" in str(cut_off.read)
    return [real for real in documents if real is not cut_off]


def test_every_document_has_as_many_entries_as_it_is_known_for(documents: list[Real]) -> None:
    counted = [real for real in documents if real.expected is not None]
    assert len(counted) > 20
    wrong = {
        real.name: (real.expected, len(real.document.items))
        for real in counted
        if real.expected != len(real.document.items)
    }
    assert wrong == {}


def test_every_document_has_entries_that_can_be_told_apart(documents: list[Real]) -> None:
    assert {real.name for real in documents if not real.document.entries} == WITHOUT_ITEMS
    for real in documents:
        told = all(map(says_anything, real.document.entries))
        assert told or real.name in EMPTY_ITEMS, real.name
        assert {entry.source_hash for entry in real.document.entries} == set(real.document.items)


def says_anything(entry: Entry) -> bool:
    return any((entry.raw_id, entry.link, entry.title, entry.content, entry.summary, entry.enclosures))


def test_entries_say_whatever_a_plain_reading_of_their_items_finds(documents: list[Real]) -> None:
    missing: dict[str, dict[str, int]] = {}
    unread = 0
    for real in documents:
        said = said_by_items(real.body)
        if said is None:
            unread += 1
        elif lost := not_said(said, real.document):
            missing[real.name] = dict(lost)
    assert missing == {name: lost for name, (lost, _) in NOT_SAID.items()}
    assert unread < 25  # not well-formed: the other tests hold them to having entries


def not_said(said: list[Said], document: Document) -> Counter[str]:
    entries = {entry.source_hash: entry for entry in document.entries}
    assert len(said) == len(document.items)
    missing: Counter[str] = Counter()
    for one, source_hash in zip(said, document.items, strict=True):
        kept = astuple(said_by_entry(entries[source_hash]))
        missing.update(
            field.name for field, was, now in zip(fields(Said), astuple(one), kept, strict=True) if was > now
        )
    return missing


def said_by_entry(entry: Entry) -> Said:
    return Said(
        id=bool(entry.raw_id),
        title=bool(entry.title),
        text=bool(entry.summary or entry.content),
        link=bool(entry.link),
        date=bool(entry.published_at or entry.updated_at),
        image=bool(entry.images),
    )


def test_reading_only_what_is_new_gives_the_same_entries(documents: list[Real]) -> None:
    """Without exception: small documents of the unknown items against whole ones, over all there are."""
    for real in documents:
        assert isinstance(real.half, Document), real.name
        known = set(real.document.items[len(real.document.items) // 2 :])
        expected = tuple(entry for entry in real.document.entries if entry.source_hash not in known)
        assert replace(real.half, problems=()) == replace(real.document, entries=expected, problems=()), (
            real.name
        )
    assert sum(len(real.half.entries) for real in documents if isinstance(real.half, Document)) > 3_000


def test_the_pictures_that_are_chosen_can_be_sent(documents: list[Real]) -> None:
    every, wanted = 0, Compose(image="first", max_images=4)
    for entry in (entry for real in documents for entry in real.document.entries):
        chosen = choose(entry, wanted)
        every += len(chosen.images)
        for image in chosen.images:
            assert image.url == sendable(image.url)
            assert is_safe(image.url)
            assert refused_type(image.url) is None
            assert min(sides(image.url), default=100) >= 100
            assert len(image.alt) <= 1_000
        assert len(chosen.images) <= (1 if any(is_gif(image.url) for image in chosen.images) else 4)
    assert every > 2_000


def test_languages_are_tags_and_most_feeds_state_one(documents: list[Real]) -> None:
    stated = Counter(entry.language for real in documents for entry in real.document.entries)
    assert stated[""] < stated.total() / 4
    assert stated["en-us"] > 1_000
    assert all(re.fullmatch(r"(?:[a-z]{2,3}(?:-[a-z]{2})?)?", tag) for tag in stated)


def test_documents_that_are_not_well_formed_are_no_failure(documents: list[Real]) -> None:
    damaged = [real for real in documents if real.document.problems]
    assert len(damaged) >= 10
    assert all(real.document.entries for real in damaged if real.name not in WITHOUT_ITEMS)
