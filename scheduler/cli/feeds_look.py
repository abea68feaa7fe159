"""`feeds show` and `feeds replay`: what Firetime sees in documents, with nothing stored."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from feeds.arrive import Arrival
from feeds.body import BODY_LIMIT, read_body
from feeds.model import Document, Entry, FeedAddress, KnownEntry
from feeds.parse import Parser
from feeds.replay import Replay, replay
from feeds.trouble import Trouble
from scheduler import config
from scheduler.bootstrap import open_gatherer, open_vault
from scheduler.cli.output import console, counted, print_json, when
from scheduler.cli.start import begin
from scheduler.errors import Explained
from scheduler.views import instant

UNIX_TIME = re.compile(r"(?<!\d)(1\d{9})(?!\d)")


class CannotRead(Explained):
    """A file is not there, or may not be read."""


def show_feed(source: str, base_url: str, *, as_json: bool) -> None:
    """Print what is in the document at a URL or in a file; exit code 1 where it cannot be read as a feed.

    Raises `CannotRead`.
    """
    try:
        document, problem = asyncio.run(_document(source, base_url)), None
    except Trouble as trouble:
        document, problem = Document(format=""), str(trouble)
    shown = _shown(source, document, problem)
    print_json(shown) if as_json else _print_document(shown)
    raise typer.Exit(0 if problem is None else 1)


def replay_files(files: Sequence[str], base_url: str, *, as_json: bool) -> None:
    """Print what consecutive snapshots of one feed would bring; exit code 1 where one cannot be read.

    Raises `CannotRead`.
    """
    steps = asyncio.run(_replay(files, base_url))
    if as_json:
        print_json(steps)
    else:
        for step in steps:
            _print_step(step)
    raise typer.Exit(1 if any(step["problem"] for step in steps) else 0)


async def _document(source: str, base_url: str) -> Document:
    if not source.startswith(("http://", "https://")):
        async with _parser() as parser:
            return await parser.parse(await _body(source), "", base_url)
    set_to = begin()
    found, _ = config.inspect(set_to.config)
    common = found.common
    with open_vault(set_to, lambda: common.vault) as vault:
        async with open_gatherer(set_to, common.feeds, vault) as (_, gatherer):
            addresses = [address for address in found.feeds() if address.url == source]
            return await gatherer.look(next(iter(addresses), FeedAddress(source)))


async def _replay(files: Sequence[str], base_url: str) -> list[dict[str, Any]]:
    steps = []
    times = _times(files)
    async with _parser() as parser:
        with replay() as feed:
            for file, at in zip(files, times, strict=True):
                about: dict[str, Any] = {"file": file, "at": instant(at)}
                is_first = feed.is_first
                try:
                    document = await parser.parse(await _body(file), "", base_url, feed.known)
                except (Trouble, CannotRead) as trouble:
                    steps.append(about | _step(feed, Arrival(feed.feed), 0, str(trouble), is_first=False))
                else:
                    arrival = feed.take(document, at)
                    steps.append(about | _step(feed, arrival, len(document.items), None, is_first=is_first))
    return steps


def _step(
    feed: Replay, arrival: Arrival, shown: int, problem: str | None, *, is_first: bool
) -> dict[str, Any]:
    announced = [] if is_first else [_entry(one.entry) | _like(feed, arrival, one) for one in arrival.new]
    return {
        "problem": problem,
        "shown": shown,
        "baseline": is_first and bool(arrival.new),
        "announced": announced,
        "held": [_entry(held.known.entry) | {"reason": held.reason} for held in arrival.held],
        "updated": [_entry(known.entry) for known in arrival.edited],
        "withdrawn": [_entry(gone.known.entry) | {"reason": gone.reason} for gone in arrival.withdrawn],
        "returned": [_entry(known.entry) for known in arrival.returned],
        "notes": [asdict(note) for note in arrival.notes],
    }


def _like(feed: Replay, arrival: Arrival, new: KnownEntry) -> dict[str, Any]:
    """Why an entry is new although one with its title was there: `like` is that one, None where there was none."""
    known = feed.entry(arrival.likes.get(new.id, 0))
    if known is None:
        return {"like": None, "reason": None}
    like, its = _entry(known.entry), _entry(new.entry)
    names = {"id": "id", "link": "link", "published_at": "date"}
    other = ", ".join(word for key, word in names.items() if like[key] != its[key])
    return {"like": like, "reason": f"one with its title is gone; another {other}"}


@asynccontextmanager
async def _parser() -> AsyncIterator[Parser]:
    parser = Parser()
    try:
        yield parser
    finally:
        await parser.close()


async def _body(file: str) -> bytes:
    """The file's bytes, unpacked where it is gzipped. Raises a `Trouble` for what no feed may be."""

    async def chunks() -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(_read, file)

    return await read_body(chunks(), wire_limit=BODY_LIMIT)


def _read(file: str) -> bytes:
    try:
        if Path(file).exists() and not Path(file).is_file():  # raises where a folder may not be entered
            raise CannotRead(f"{file} is no file")
        with Path(file).open("rb") as opened:
            return opened.read(BODY_LIMIT + 1)
    except OSError as error:
        hint = (
            "; if it is a web address, write it whole, with https://"
            if "." in file and "/" not in file[:1]
            else ""
        )
        raise CannotRead(f"{file} cannot be read: {error.strerror}{hint}") from None


def _times(files: Sequence[str]) -> list[datetime | None]:
    """When each snapshot was taken: by a Unix time in all names, else by the files' own times if those ascend."""
    named = [UNIX_TIME.search(Path(file).name) for file in files]
    seconds = [float(found[1]) for found in named if found]
    if len(seconds) < len(files):
        seconds = [_changed_at(file) for file in files]
    if any(later <= earlier for earlier, later in pairwise(seconds)):
        return [None] * len(files)
    return [datetime.fromtimestamp(at, UTC) for at in seconds]


def _changed_at(file: str) -> float:
    """The file's own time in Unix seconds; 0 where it cannot be asked."""
    try:
        return Path(file).stat().st_mtime
    except OSError:
        return 0.0


def _shown(source: str, document: Document, problem: str | None) -> dict[str, Any]:
    hints = document.hints
    return {
        "source": source,
        "format": document.format or None,
        "title": document.title,
        "link": document.link,
        "hints": {
            "ttl_s": hints.ttl_s,
            "update_period_s": hints.update_period_s,
            "skip_hours": sorted(hints.skip_hours),
            "skip_days": sorted(hints.skip_days),
            "hubs": list(document.hubs),
            "self": document.self_url,
            "next": document.next_url,
            "prev_archive": document.prev_archive_url,
            "complete": document.is_complete,
        },
        "deleted_ids": list(document.deleted_ids),
        "entries": [_entry(entry) for entry in document.entries],
        "problems": [*([problem] if problem else []), *document.problems],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.raw_id,
        "link": entry.link,
        "title": entry.title,
        "published_at": instant(entry.published_at),
        "updated_at": instant(entry.updated_at),
        "author": entry.author,
        "categories": list(entry.categories),
        "image": entry.images[0].url if entry.images else None,
        "enclosures": list(entry.enclosures),
    }


def _print_document(shown: dict[str, Any]) -> None:
    out = console()
    for problem in shown["problems"]:
        out.print(f"PROBLEM {problem}", markup=False)
    if shown["format"] is None:
        return
    hints = {name: value for name, value in shown["hints"].items() if value}
    out.rule(f"{shown['title'] or 'no title'}  ({shown['format']})", align="left")
    for name, value in hints.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        out.print(f"  {name.replace('_', ' ')}: {text}", markup=False, highlight=False)
    out.print(counted(len(shown["entries"]), "entry", "entries"), markup=False, highlight=False)
    for entry in shown["entries"]:
        _print_entry(entry, "")


def _print_step(step: dict[str, Any]) -> None:
    out = console()
    kinds = ("announced", "held", "updated", "withdrawn", "returned")
    counts = ", ".join(f"{len(step[kind])} {kind}" for kind in kinds if step[kind])
    verdict = step["problem"] or (
        "baseline: nothing is announced" if step["baseline"] else counts or "nothing new"
    )
    out.rule(f"{step['file']}  {when(step['at'])}", align="left")
    out.print(f"{counted(step['shown'], 'entry', 'entries')}; {verdict}", markup=False, highlight=False)
    for note in step["notes"]:
        out.print(f"  {note['action']}: {note['message']}", markup=False, highlight=False)
    for kind in kinds:
        for entry in step[kind]:
            _print_entry(entry, kind)


def _print_entry(entry: dict[str, Any], kind: str) -> None:
    out = console()
    why = f" ({entry['reason']})" if entry.get("reason") else ""
    out.print(
        f"{f'  {kind} ' if kind else ''}{entry['title'] or 'no title'}{why}", markup=False, highlight=False
    )
    facts = [
        entry["id"] and f"id {entry['id']}",
        entry["link"],
        when(entry["published_at"]),
        entry["author"],
        ", ".join(entry["categories"]),
        entry["image"] and f"image {entry['image']}",
    ]
    out.print("    " + " · ".join(fact for fact in facts if fact), markup=False, style="dim", highlight=False)
