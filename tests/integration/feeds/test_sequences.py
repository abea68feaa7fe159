"""The same feeds over time, from their real histories: what is announced, held, edited and withdrawn, and why."""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.arrive import Arrival
from feeds.identity import MAX_REPAIRS, name, recognise
from feeds.model import Document, Entry, KnownEntry
from feeds.names import hashed
from feeds.read import read_document
from feeds.replay import Replay, replay
from feeds.trouble import Trouble
from feeds.unpack import GZIP_MAGIC

BASE = "https://feeds.example/x/"


@dataclass
class Story:
    """What became of a feed's documents, but for the first."""

    announced: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tell(self, arrival: Arrival) -> None:
        self.announced += map(_title, arrival.new)
        self.held += [_title(held.known) for held in arrival.held]
        self.edited += map(_title, arrival.edited)
        self.withdrawn += [_title(gone.known) for gone in arrival.withdrawn]
        self.returned += map(_title, arrival.returned)
        self.notes += [note.action for note in arrival.notes]

    @property
    def counts(self) -> dict[str, int]:
        return {kind: len(found) for kind, found in vars(self).items() if found}


def _title(known: KnownEntry) -> str:
    return known.entry.title


def taken_at(file: Path) -> datetime:
    return datetime.fromtimestamp(int(file.stem.partition("_")[2]), UTC)


def read(file: Path, at: datetime, known: frozenset[int] = frozenset()) -> Document:
    body = file.read_bytes()
    body = gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body
    return read_document(body, content_type="", base_url=BASE, now=at, known=known)


def told(folder: Path) -> Story:
    story = Story()
    with replay() as feed:
        for file in sorted(folder.iterdir()):
            is_first, at = feed.is_first, taken_at(file)
            arrival = feed.take(read(file, at, feed.known), at)
            if not is_first:
                story.tell(arrival)
    return story


@pytest.fixture
def sequences(corpus: Path) -> Path:
    return corpus / "sequences"


def test_ids_made_anew_at_every_build_announce_nothing_twice(sequences: Path) -> None:
    """A changelog whose scraper gives every item a new guid: 102 to 163 items in each of 17 documents.

    Between the 8th and the 9th lie three months with 60 releases: 51 are dated after all that was known. The dates are
    made up by the scraper at every build, and nine genuine releases got ones before v1.0.90's: a person has to say.
    The last document but one brings 13 releases without any date.
    """
    story = told(sequences / "guid-reset-every-poll")
    assert story.counts == {"announced": 65, "held": 9, "edited": 2, "notes": 5}
    assert len({*story.announced, *story.held}) == 74
    assert story.announced[0] == "v1.0.90"
    assert story.announced[-1] == "v2.0.74"
    assert story.held[0] == "v1.0.93"
    assert story.held[-1] == "v1.0.113"
    assert story.edited == ["v1.0.38", "v1.0.81"], "words were put right in two old releases"
    assert Counter(story.notes) == {"feed_rekeyed": 3, "feed_ids_ignored": 1, "entries_held": 1}


def test_a_back_catalogue_that_appears_is_held_as_a_whole(sequences: Path) -> None:
    """A blog whose scraper widened its window from 8 to 18 entries: the ten come from the nine months before."""
    story = told(sequences / "backlog-appears-small")
    assert story.counts == {"held": 10, "notes": 1}


def test_a_feed_without_ids_and_links_announces_each_release(sequences: Path) -> None:
    """An appcast edited by hand: two to six releases at a time, mostly one older one pinned below the newest.

    22 releases came in its 24 changes. "7.1.1" came twice, as builds 7122 and 7123: two downloads, two days.
    A release that makes room for the next one was not retracted, although the pinned one is older. One was taken out
    by hand, nine minutes after the next had come.
    """
    story = told(sequences / "appcast-beta")
    assert story.counts == {"announced": 22, "edited": 1, "withdrawn": 1, "notes": 1}
    assert Counter(story.announced)["NetNewsWire 7.1.1"] == 2
    assert len({*story.announced}) == 21


def test_a_feed_that_is_empty_for_a_while_brings_nothing_old_again(sequences: Path) -> None:
    """After eight empty answers all 60 entries are back, and one is new."""
    story = told(sequences / "empty-for-8-polls")
    assert story.counts == {"announced": 1}
    assert story.announced == ["Text Analysis for Hybrid Search: Tokenization, Stopwords & Accent Folding"]


def test_an_ordinary_feed_loses_nothing_and_takes_nothing_for_retracted(sequences: Path) -> None:
    """Ten entries, newest first for a while, then newest last and without dates: 41 new ones, and one better link."""
    story = told(sequences / "ordinary-google-ai")
    assert story.counts == {"announced": 41, "edited": 1}
    assert len({*story.announced}) == 41


def test_another_ordinary_feed_loses_nothing(sequences: Path) -> None:
    """It keeps all its entries: 31 new ones; a text and a headline were put right within the hour."""
    story = told(sequences / "ordinary-ollama")
    assert story.counts == {"announced": 31, "edited": 2}
    assert len({*story.announced}) == 31


@pytest.mark.parametrize(
    "folder", ["duplicate-guids", "only-lastbuilddate-changes", "reorder-and-moving-dates"]
)
def test_where_nothing_is_new_nothing_is_announced_held_or_withdrawn(sequences: Path, folder: str) -> None:
    assert told(sequences / folder).counts == {}


# What the corpus has no documents of, made of its documents


@pytest.fixture
def feed(sequences: Path) -> Iterator[tuple[Replay, Document, datetime]]:
    """A feed that has shown its 103 entries, with titles that tell them apart."""
    file = sequences / "guid-reset-every-poll" / "007_1756094904.xml"
    at = taken_at(file)
    document = read(file, at)
    long = [replace(entry, title=f"{entry.title} of the changelog") for entry in document.entries]
    document = of(long)
    with replay() as made:
        made.take(document, at)
        yield made, document, at


def of(entries: list[Entry]) -> Document:
    items = tuple(hashed(repr(entry)) for entry in entries)
    entries = [replace(entry, source_hash=item) for entry, item in zip(entries, items, strict=True)]
    return Document("rss20", entries=tuple(entries), items=items)


def rekeyed(entry: Entry, **changes: object) -> Entry:
    """The entry with another id and another address: no path stays."""
    number = hashed(entry.link or "")
    changed = replace(entry, raw_id=f"urn:new:{number}", link=f"https://new.example/p/{number}")
    return replace(changed, **changes)  # type: ignore[arg-type]


def test_a_move_to_another_system_with_dates_kept_announces_and_holds_nothing(
    feed: tuple[Replay, Document, datetime],
) -> None:
    made, document, at = feed
    arrival = made.take(of([rekeyed(entry) for entry in document.entries]), at + timedelta(hours=1))
    assert (arrival.new, arrival.held, arrival.withdrawn) == ((), (), ())
    assert [note.action for note in arrival.notes] == ["feed_rekeyed"]


@pytest.mark.parametrize("spread", [timedelta(0), timedelta(seconds=1), timedelta(minutes=-3)])
def test_a_move_with_all_dates_reset_is_held(
    feed: tuple[Replay, Document, datetime], spread: timedelta
) -> None:
    made, document, at = feed
    later = at + timedelta(days=1)
    entries = [
        rekeyed(entry, published_at=later - timedelta(hours=6) + place * spread)
        for place, entry in enumerate(document.entries)
    ]
    arrival = made.take(of(entries), later)
    assert arrival.new == ()
    assert len(entries) - MAX_REPAIRS <= len(arrival.held) <= len(entries), (
        "all that titles alone do not tell"
    )


def test_a_reset_of_all_dates_alone_is_nothing(feed: tuple[Replay, Document, datetime]) -> None:
    made, document, at = feed
    entries = [replace(entry, published_at=at) for entry in document.entries]
    arrival = made.take(of(entries), at + timedelta(hours=1))
    assert (arrival.new, arrival.held, arrival.edited, arrival.withdrawn) == ((), (), (), ())


def test_genuine_entries_after_a_move_are_announced(feed: tuple[Replay, Document, datetime]) -> None:
    made, document, at = feed
    moved = [rekeyed(entry) for entry in document.entries]
    made.take(of(moved), at + timedelta(hours=1))
    news = Entry(
        "urn:news", "https://new.example/p/news", "News after the move", published_at=at + timedelta(hours=2)
    )
    arrival = made.take(of([*moved[1:], news]), at + timedelta(hours=3))
    assert [known.entry.title for known in arrival.new] == ["News after the move"]
    assert (arrival.held, arrival.withdrawn) == ((), ())


DOUBLES = {
    "fastfeedparser/7ef13a42fa7e177a.xml": 1,  # a garden's page that is named twice, with the same title
    "feed-io/feed.json": 2,  # the same announcement three times
    "newsboat/rss20_2.xml": 1,  # made up: one id and one instant for two items
}


def test_of_every_real_document_each_entry_is_seen(corpus: Path) -> None:
    """Also where all share an id and a link, as in rome/issue137-rss.xml."""
    doubles = {}
    for file in sorted(corpus.rglob("*")):
        if "sequences" in file.parts or not file.is_file() or file.parent == corpus:
            continue
        try:
            entries = read(file, datetime(2026, 11, 1, tzinfo=UTC)).entries
        except Trouble:
            continue
        if twice := len(entries) - len(recognise([name(entry) for entry in entries], []).new):
            doubles[str(file.relative_to(corpus))] = twice
    assert doubles == DOUBLES
