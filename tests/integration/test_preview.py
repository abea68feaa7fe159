"""`firetime preview`: what it shows is what the daemon would do, and nothing is stored or sent."""

import re
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.process import firetime
from tests.world import World

ANSI = re.compile(r"\x1b\[[0-9;]*m")


async def previewed(world: World, *arguments: str) -> list[dict[str, Any]]:
    done = await firetime("preview", *arguments, "--json", env=world.environment)
    assert done.code == 0, done.err
    routes: list[dict[str, Any]] = done.json
    return routes


async def test_the_exact_text_is_shown_and_nothing_is_stored(world: World) -> None:
    link = world.feeds.add("acme", "Hello &amp; welcome")
    world.add_customer("acme")
    env = world.environment
    (route,) = await previewed(world)
    (entry,) = route["entries"]
    assert entry["text"] == f"Hello & welcome\n{link}"
    assert entry["weighted_length"] == len("Hello & welcome\n") + 23
    assert (entry["price_usd"], entry["price_reason"]) == ("0.200", "a link")
    assert "there is no database" in route["notes"][0]

    (by_url,) = await previewed(world, f"{world.feeds.url}/acme.xml")
    assert by_url["entries"][0]["text"] == entry["text"]
    for name in ("acme/blog", "blog", "acme"):
        assert "Hello & welcome" in (await firetime("preview", name, env=env)).out
    assert not (world.folder / "firetime.db").exists()


async def test_a_target_that_is_nothing_is_told_what_there_is(world: World) -> None:
    world.add_customer("acme")
    env = world.environment
    wrong = await firetime("preview", "nonsense", env=env)
    assert wrong.code == 1
    assert "routes: acme/blog" in wrong.err
    bare = await firetime("preview", "example.com/feed.xml", env=env)
    assert bare.code == 1
    assert "give the whole of it: https://example.com/feed.xml" in bare.err
    gone = await firetime("preview", f"{world.feeds.url}/nothing/here", "--json", env=env)
    assert gone.code == 1
    assert "404" in gone.json[0]["problem"]
    for misplaced in (("blog", "--route", "blog"), ("blog", "--json", "--html", "-")):
        assert (await firetime("preview", *misplaced, env=env)).code == 2


EVERY_KIND = """
platforms = ["twitter", "bluesky", "telegram"]
first_poll = "newest 10"
[route.select]
exclude = ["sponsored"]
[route.schedule]
min_gap = "20m"

[[route]]
id = "again"
feed = "{feed}"
platforms = ["bluesky", "linkedin"]
first_poll = "newest 10"
[route.digest]
at = ["17:00"]
max = 2

[[route]]
id = "long"
feed = "{feed}"
platforms = ["twitter"]
first_poll = "newest 10"
[route.select]
include = ["sponsored"]
[route.compose]
thread = {{}}
template = "{{{{ entry.title }}}} {{{{ entry.content }}}} {{{{ entry.link }}}}"
"""


async def test_what_a_preview_shows_is_what_the_daemon_then_makes(world: World) -> None:
    for title in ("First", "Sponsored: " + "long words " * 20, "Third " + "and more " * 50, "Fourth"):
        world.feeds.add(
            "acme", title, extra=f"<description>{'Something else is told here. ' * 20}</description>"
        )
    world.add_customer("acme", route=EVERY_KIND.format(feed=f"{world.feeds.url}/acme.xml"))
    shown = [
        entry | {"route": route["route"]} for route in await previewed(world) for entry in route["entries"]
    ]
    env = world.environment
    assert (await firetime("feeds", "poll", env=env)).code == 0
    made = (await firetime("queue", "--json", env=env)).json

    drafts = [entry for entry in shown if entry["posted"]]
    same = ("route", "text", "platforms", "price_usd", "due_reason", "x_posts", "is_digest")
    assert sorted([[one[key] for key in same] for one in drafts], key=str) == sorted(
        [[post[key] for key in same] for post in made], key=str
    )
    assert {one["x_posts"] > 1 for one in drafts if one["route"] == "long"} == {True}, (
        "a thread is among them"
    )
    assert [len(one["sources"]) for one in drafts if one["is_digest"]] == [2, 1, 1], (
        "one goes to two networks"
    )
    for one in drafts:
        (post,) = [post for post in made if (post["route"], post["text"]) == (one["route"], one["text"])]
        own = {network["network"]: network["text"] for network in one["networks"]}
        assert {name: post["variants"].get(name, post["text"]) for name in post["platforms"]} == own


async def test_the_database_gives_the_times_that_are_taken_and_the_posts_that_are_made(world: World) -> None:
    for title in ("Older", "Old"):
        world.feeds.add("acme", title)
    world.add_customer("acme", route='first_poll = "newest 2"\n[route.schedule]\nmin_gap = "2h"\n')
    env = world.environment
    await firetime("feeds", "poll", env=env)
    _, post = (await firetime("queue", "--json", env=env)).json
    before = (world.folder / "firetime.db").read_bytes()
    world.feeds.add("acme", "New")
    (route,) = await previewed(world)
    _, old, new = route["entries"]

    assert route["notes"] == []
    assert old["notes"] == [f"made already: {post['id']} is scheduled; shown as if the entry were new"]
    assert new["notes"] == []
    assert [one["due_reason"] for one in (old, new)] == ["2h after the post before it"] * 2
    assert post["due_at"] < old["due_at"] < new["due_at"]
    assert (world.folder / "firetime.db").read_bytes() == before


async def test_a_digest_that_waits_already_is_shown_with_what_joins_it(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme", route='first_poll = "newest 1"\n[route.digest]\nat = ["17:00"]\n')
    await firetime("feeds", "poll", env=world.environment)
    world.feeds.add("acme", "New")
    (route,) = await previewed(world)
    (digest,) = route["entries"]

    assert digest["post_id"] == "p1"
    assert [one["title"] for one in digest["sources"]] == ["Old", "New"]
    assert "Old" in digest["text"]
    assert "New" in digest["text"]
    assert "which is p1 already" in (await firetime("preview", env=world.environment)).out


async def test_a_story_of_another_feed_is_left_out(world: World) -> None:
    title = "The council has agreed on a plan for the new harbour bridge"
    world.feeds.add("acme", title)
    world.feeds.add("other", title)
    other = f'\n[[route]]\nid = "other"\nfeed = "{world.feeds.url}/other.xml"\n'
    world.add_customer("acme", route=other)
    first, second = await previewed(world)
    assert first["entries"][0]["posted"]
    assert not second["entries"][0]["posted"]
    assert re.search(
        r"told already: .* of route blog has nearly the same title", second["entries"][0]["reason"]
    )


async def test_a_database_that_cannot_be_read_is_done_without(world: World) -> None:
    world.feeds.add("acme", "Hello")
    world.add_customer("acme")
    (world.folder / "firetime.db").write_bytes(b"no database at all " * 100)
    (route,) = await previewed(world)
    assert route["entries"][0]["posted"]
    assert "file is not a database" in route["notes"][0]


async def test_a_pipe_gets_the_text_as_it_is_and_a_terminal_gets_colours(world: World) -> None:
    title = "[bold]no markup[/bold] :smile: #news @acme " + "words " * 30
    world.feeds.add("acme", title)
    world.add_customer(
        "acme", route='platforms = ["telegram", "bluesky"]\n[route.compose]\nmentions = ["acme"]\n'
    )
    env = world.environment
    (route,) = await previewed(world)
    telegram, bluesky = route["entries"][0]["networks"]
    assert telegram["text"] == bluesky["text"]
    plain = (await firetime("preview", env=env)).out
    coloured = (await firetime("preview", env=env | {"FORCE_COLOR": "1", "TERM": "xterm-256color"})).out
    monochrome = (
        await firetime("preview", env=env | {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"})
    ).out

    assert (
        f"\ntelegram, bluesky\n{telegram['text']}\n  telegram {telegram['length']} of 4096, bluesky " in plain
    )
    assert "\x1b" not in plain
    for colour, word in ((35, "#news"), (34, "@acme")):
        assert f"\x1b[{colour}m{word}\x1b[0m" in coloured
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", monochrome)
    assert telegram["text"] in ANSI.sub("", coloured)


def page(head: str) -> web.Response:
    return web.Response(text=f"<html><head>{head}</head><body></body></html>", content_type="text/html")


async def test_a_web_page_is_shown_as_the_entry_of_its_feed(world: World) -> None:
    url = f"{world.feeds.url}/post.xml"
    world.feeds.entries["acme"] = [
        f"<item><title>From the feed</title><link>{url}?utm_source=rss</link></item>"
    ]
    world.feeds.answers["post"] = lambda _: page(
        '<title>From the page</title><link rel="alternate" type="application/rss+xml" href="/acme.xml">'
    )
    world.add_customer("acme", route="[route.compose]\nutm = { source = 'x' }\n")
    (route,) = await previewed(world, url)

    assert (route["customer"], route["route"]) == ("acme", "blog"), "the route that uses the feed"
    assert route["entries"][0]["text"] == f"From the feed\n{url}?utm_source=x"
    assert route["notes"][-1] == f"{url} is an entry of the feed {world.feeds.url}/acme.xml"


async def test_a_web_page_without_a_feed_is_composed_from_what_it_says(world: World) -> None:
    url = f"{world.feeds.url}/post.xml"
    world.feeds.answers["post"] = lambda _: page(
        "<title>Ignored</title><meta property='og:title' content='Q&amp;amp;A: 1 &lt; 2'>"
        "<meta name='description' content='What it is about.'>"
    )
    template = "template = '{{ entry.title }}: {{ entry.summary }} {{ entry.link }}'"
    world.add_customer("acme", route=f"[route.compose]\n{template}\n")
    (default,) = await previewed(world, url)
    (by_rule,) = await previewed(world, url, "--route", "acme/blog")

    assert (default["customer"], default["entries"][0]["text"]) == ("example", f"Q&amp;A: 1 < 2\n{url}")
    assert "composed from what the page says of itself" in default["notes"][-1]
    assert by_rule["entries"][0]["text"] == f"Q&amp;A: 1 < 2: What it is about. {url}"


async def test_a_page_is_written_or_printed(world: World, tmp_path: Path) -> None:
    world.feeds.add("acme", "<script>alert(1)</script> & co")
    world.add_customer("acme")
    env = world.environment
    file = tmp_path / "page.html"
    done = await firetime("preview", "--html", str(file), env=env)
    printed = await firetime("preview", "--html", "-", env=env)

    assert (done.code, done.out) == (0, "")
    assert f"wrote {file} with 1 post" in done.err
    assert printed.out.startswith("<!doctype html>")
    assert "<script" not in printed.out
    refused = await firetime("preview", "--html", str(tmp_path / "no" / "page.html"), env=env)
    assert refused.code == 1
    assert "cannot be written: No such file or directory" in refused.err
