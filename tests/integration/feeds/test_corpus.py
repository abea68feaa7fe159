"""Every real document of the corpus, through the parser as the daemon uses it."""

import csv
import gzip
from pathlib import Path

from feeds.parse import Parser
from feeds.trouble import NotAFeed
from feeds.unpack import GZIP_MAGIC

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
        if (expected and int(expected) != len(found.entries)) or not (found.entries or "empty" in name):
            wrong[name] = (expected, len(found.entries))
    assert len(rows) > 500
    assert set(wrong) == {CUT_OFF} | NOT_READ, wrong
