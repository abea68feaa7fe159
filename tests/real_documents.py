"""Real feed documents, read in this very process: quick, and the same entries each time."""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from feeds.model import Document
from feeds.read import read_document
from feeds.trouble import Trouble

NOW = datetime(2026, 11, 20, tzinfo=UTC)
BASE = "https://feeds.example.com/"


def read(path: Path) -> Document:
    """The document in the file. Raises `Trouble`."""
    body = path.read_bytes()
    body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    return read_document(body, content_type="", base_url=BASE, now=NOW, known=frozenset())


def readable(corpus: Path) -> Iterator[tuple[str, Document]]:
    """All that can be read, with their names in the corpus."""
    with (corpus / "INDEX.tsv").open(newline="") as index:
        names = [row["file"] for row in csv.DictReader(index, delimiter="\t")]
    for name in names:
        try:
            yield name, read(corpus / name)
        except Trouble:
            continue
