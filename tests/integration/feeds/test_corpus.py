"""Every real document of the corpus, through the parser as the daemon uses it."""

import csv
import gzip
from pathlib import Path

from feeds.body import GZIP_MAGIC
from feeds.identity import identify, oldest_first_new
from feeds.parse import Parser
from feeds.trouble import NotAFeed

CUT_OFF = "feed-rs/rss_2.0_invalid_1.xml"  # ends in an exception's text instead of </rss>
NOT_READ = {
    "fastfeedparser/7ef13a42fa7e177a.xml",  # a garbled XML declaration and prefixed elements
    "podcastparser/itunes_categories.rss",  # has none
}


def document(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body


async def test_every_real_document_is_read(corpus: Path, parser: Parser) -> None:
    wrong: dict[str, object] = {}
    with (corpus / "INDEX.tsv").open(newline="") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    for row in rows:
        name, expected = row["file"], row["expected_entries"]
        try:
            found = await parser.parse(document(corpus / name), "", "https://feeds.example/x/")
        except NotAFeed as no_feed:
            wrong[name] = str(no_feed)
            continue
        keys = [item.key for item in identify(found.entries)]
        if (expected and int(expected) != len(found.entries)) or not (keys or "empty" in name):
            wrong[name] = (expected, len(found.entries))
        assert len(set(keys)) == len(keys), name
    assert len(rows) > 500
    assert set(wrong) == {CUT_OFF} | NOT_READ, wrong


async def test_an_ordinary_feed_over_time_brings_each_entry_once(corpus: Path, parser: Parser) -> None:
    known: set[str] = set()
    fresh: list[int] = []
    for path in sorted((corpus / "sequences" / "ordinary-ollama").iterdir()):
        found = await parser.parse(document(path), "", "https://feeds.example/x/")
        new = oldest_first_new(identify(found.entries), known)
        fresh.append(len(new))
        known |= {item.key for item in new}
    assert sum(fresh) == len(known)
    assert sum(fresh[1:]) < sum(fresh)
    assert max(fresh[1:]) < 5


async def test_a_feed_that_is_empty_for_a_while_brings_nothing_twice(corpus: Path, parser: Parser) -> None:
    known: set[str] = set()
    announced: list[str] = []
    for path in sorted((corpus / "sequences" / "empty-for-8-polls").iterdir()):
        found = await parser.parse(document(path), "", "https://feeds.example/x/")
        new = [item.key for item in oldest_first_new(identify(found.entries), known)]
        announced += new
        known |= set(new)
    assert len(announced) == len(set(announced)) <= 61
