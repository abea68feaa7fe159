"""`feeds show` and `feeds replay`: what is seen in documents, with nothing stored."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.process import firetime
from tests.world import World

START = 1_780_000_000
HOUR = 3600
NOTHING: dict[str, str] = {}

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>tag:a.example:1</id>
<link rel="alternate" href="https://a.example/"/><updated>2026-05-02T00:00:00Z</updated>
<entry><id>tag:a.example:e1</id><title>A [bold] start</title><link href="posts/1"/><author><name>Ada</name></author>
<published>2026-05-01T10:00:00+02:00</published><updated>2026-05-02T00:00:00Z</updated>
<category term="tools"/><category term="news"/>
<content type="html">&lt;p&gt;Hi &lt;img src="/one.png"&gt;&lt;/p&gt;</content></entry></feed>"""

ENTRY = {
    "id": "tag:a.example:e1",
    "link": "https://a.example/posts/1",
    "title": "A [bold] start",
    "published_at": "2026-05-01T08:00:00.000Z",
    "updated_at": "2026-05-02T00:00:00.000Z",
    "author": "Ada",
    "categories": ["tools", "news"],
    "image": "https://a.example/one.png",
    "enclosures": [],
}


def item(name: str, at: int, *, title: str = "", summary: str = "Words") -> str:
    dated = format_datetime(datetime.fromtimestamp(at, UTC))
    return (
        f"<item><guid isPermaLink='false'>id-{name}</guid><link>https://a.example/{name}</link><pubDate>{dated}</pubDate>"
        f"<title>{title or f'Story number {name}'}</title><description>{summary}</description></item>"
    )


def rss(items: Sequence[str]) -> str:
    return f"<rss version='2.0'><channel><title>News</title>{''.join(items)}</channel></rss>"


async def test_a_file_is_shown_with_all_that_its_entries_say(tmp_path: Path) -> None:
    file = tmp_path / "feed.atom"
    file.write_bytes(gzip.compress(ATOM.encode()))
    arguments = ("feeds", "show", str(file), "--url", "https://a.example/feed")
    shown = (await firetime(*arguments, "--json", env=NOTHING)).json
    text = await firetime(*arguments, env=NOTHING)

    assert shown["entries"] == [ENTRY]
    assert (shown["format"], shown["title"], shown["problems"]) == ("atom10", "News", [])
    assert text.code == 0
    assert "1 entry\n" in text.out
    assert "A [bold] start" in text.out, "nothing is read as markup"
    assert "https://a.example/posts/1 · 2026-05-01 08:00:00Z · Ada · tools, news" in text.out


async def test_a_damaged_file_is_shown_as_far_as_it_goes_with_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(rss([item("a", START), item("b", START, title="Salt & pepper")]))
    done = await firetime("feeds", "show", str(file), "--json", env=NOTHING)

    assert [entry["title"] for entry in done.json["entries"]] == ["Story number a", "Salt & pepper"]
    assert done.json["problems"], "the bare ampersand is told"
    assert done.code == 0, "it can be read"


async def test_what_is_no_feed_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><html><title>Hello</title></html>")
    as_json = await firetime("feeds", "show", str(page), "--json", env=NOTHING)
    as_text = await firetime("feeds", "show", str(page), env=NOTHING)

    assert (as_json.code, as_text.code) == (1, 1)
    assert (as_json.json["format"], as_json.json["entries"]) == (None, [])
    (problem,) = as_json.json["problems"]
    assert "HTML page" in problem
    assert "PROBLEM" in as_text.out


async def test_what_is_no_readable_file_is_one_clear_line(tmp_path: Path) -> None:
    missing = await firetime("feeds", "show", str(tmp_path / "nowhere.xml"), env=NOTHING)
    folder = await firetime("feeds", "show", str(tmp_path), env=NOTHING)
    bare = await firetime("feeds", "show", "a.example", env=NOTHING)

    endless = await firetime("feeds", "show", f"{tmp_path}/{'x' * 300}", env=NOTHING)
    among = await firetime("feeds", "replay", "x" * 300, str(tmp_path), "--json", env=NOTHING)

    assert [missing.code, folder.code, bare.code, endless.code, among.code] == [1] * 5
    assert "cannot be read: File name too long" in endless.err
    assert ["too long" in among.json[0]["problem"], "is no file" in among.json[1]["problem"]] == [True, True]
    assert missing.err == f"firetime: {tmp_path}/nowhere.xml cannot be read: No such file or directory\n"
    assert folder.err == f"firetime: {tmp_path} is no file\n"
    assert "if it is a web address, write it whole, with https://" in bare.err


async def test_a_web_address_is_read_and_one_that_is_none_is_told(world: World) -> None:
    world.add_customer("acme")
    link = world.feeds.add("acme", "Hello")
    there = await firetime("feeds", "show", f"{world.feeds.url}/acme.xml", "--json", env=world.environment)
    none = await firetime("feeds", "show", "http://[::1/", "--json", env=world.environment)

    assert [(entry["title"], entry["link"]) for entry in there.json["entries"]] == [("Hello", link)]
    assert (there.code, none.code) == (0, 1)
    assert none.json["problems"] == ["'http://[::1/' is no http or https address"]
    assert not (world.folder / "firetime.db").exists(), "nothing is stored"


@pytest.fixture
def snapshots(tmp_path: Path) -> list[str]:
    """A baseline of 7 entries; a new and an edited one; no feed; 6 of the known under new ids, links and dates."""
    old = [item(str(n), START - n * 20 * HOUR) for n in range(1, 8)]
    edited = [item("1", START - 20 * HOUR, summary="Other words"), *old[1:]]
    rekeyed = [
        item(f"new-{n}", START + 2 * HOUR + n * 60, title=f"Story number {n}") for n in range(6, 0, -1)
    ]
    contents = [
        rss(old),
        rss([item("8", START + 100), *edited]),
        "<html><body>Oops</body></html>",
        rss(rekeyed),
    ]
    files = []
    for number, content in enumerate(contents):
        file = tmp_path / f"{START + number * HOUR}.xml"
        file.write_text(content)
        files.append(str(file))
    return files


async def test_snapshots_are_replayed_as_they_would_have_been_polled(snapshots: list[str]) -> None:
    done = await firetime("feeds", "replay", *snapshots, "--json", env=NOTHING)
    baseline, news, unreadable, rekeyed = done.json

    assert done.code == 1, "one of them cannot be read"
    assert baseline["at"] == datetime.fromtimestamp(START, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (baseline["baseline"], baseline["shown"], baseline["announced"]) == (True, 7, [])
    assert [(one["title"], one["like"]) for one in news["announced"]] == [("Story number 8", None)]
    assert [one["title"] for one in news["updated"]] == ["Story number 1"]
    assert "HTML page" in unreadable["problem"]
    assert not any(unreadable[kind] for kind in ("announced", "held", "updated", "withdrawn", "baseline"))
    assert rekeyed["announced"] == []
    assert sorted(one["title"] for one in rekeyed["held"]) == [f"Story number {n}" for n in range(1, 7)]
    assert all("one of 6 new entries at once" in one["reason"] for one in rekeyed["held"])
    assert "entries_held" in [note["action"] for note in rekeyed["notes"]]


async def test_a_replay_is_told_in_words(snapshots: list[str]) -> None:
    done = await firetime("feeds", "replay", *snapshots, env=NOTHING)

    assert done.code == 1
    for words in (
        "7 entries; baseline: nothing is announced",
        "8 entries; 1 announced, 1 updated",
        "announced Story number 8",
        "HTML page",
        "6 entries; 6 held",
        "entries_held: 6 of 6 new entries look like old ones",
    ):
        assert words in done.out


async def test_an_entry_that_takes_the_title_of_one_that_is_gone_says_so(tmp_path: Path) -> None:
    first, second = tmp_path / f"a-{START}.xml", tmp_path / f"a-{START + 96 * HOUR}.xml"
    known = [item(str(n), START - n * 20 * HOUR) for n in range(1, 5)]
    weekly = "What happened in this week"
    first.write_text(rss([item("monday", START - HOUR, title=weekly), *known]))
    second.write_text(rss([item("friday", START + 95 * HOUR, title=weekly), *known]))
    as_json = await firetime("feeds", "replay", str(first), str(second), "--json", env=NOTHING)
    as_text = await firetime("feeds", "replay", str(first), str(second), env=NOTHING)

    (announced,) = as_json.json[1]["announced"]
    assert announced["id"] == "id-friday"
    assert announced["like"]["id"] == "id-monday"
    assert announced["reason"] == "one with its title is gone; another id, link, date"
    assert f"announced {weekly} ({announced['reason']})" in as_text.out
    assert (as_json.code, as_text.code) == (0, 0)


async def test_snapshots_whose_times_nobody_knows_are_replayed_in_order(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    later, earlier = tmp_path / f"{START + HOUR}.xml", tmp_path / f"{START}.xml"
    fresh = [item(str(n), int((now - timedelta(hours=n)).timestamp())) for n in range(1, 5)]
    later.write_text(rss(fresh[1:]))
    earlier.write_text(rss(fresh))
    done = await firetime("feeds", "replay", str(later), str(earlier), "--json", env=NOTHING)

    assert [step["at"] for step in done.json] == [None, None]
    assert [one["id"] for one in done.json[1]["announced"]] == ["id-1"]
