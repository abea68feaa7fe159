"""What the web pages and their JSON show, over real HTTP."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from feeds.database import Database
from feeds.model import Held
from scheduler.lifecycle import State
from scheduler.model import NetworkPost
from scheduler.store import attempts, ledger, post_rows, posts
from tests.stored import FEED, NOW, add_entries, add_post, entries, feeds
from tests.unit.config_folder import SMALL, Folder
from tests.unit.web.conftest import Serve

SCRIPT = "<script>alert('1')</script>"


def fill(database: Database) -> None:
    """A post in every state, a feed with a problem, and markup wherever strangers write."""
    with database.write() as session:
        names = [f"entry-{state}" for state in State]
        for number, (state, entry) in enumerate(zip(State, add_entries(session, *names), strict=True)):
            add_post(
                session,
                entry,
                state=state,
                text=f"{SCRIPT} {state}",
                due_at=NOW + timedelta(minutes=number),
                due_reason=SCRIPT,
                price_usd=Decimal("0.015"),
            )
        (feed,) = feeds.by_url(session, "https://acme.example/feed.xml")
        session.connection().execute(
            text("UPDATE feed SET title = :script, problem = :script"), {"script": SCRIPT}
        )
        delivered = next(post for post in posts.newest(session, 99) if post.state is State.DELIVERED)
        out = [
            NetworkPost("twitter", "1", "https://x.com/acme/status/1?a=1&b=\"'>"),
            NetworkPost("x", "2", "javascript:alert(1)"),
        ]
        session.connection().execute(
            text(
                "UPDATE post SET network_posts = :out, reason = :script, waits_for = 'budget' WHERE id = :id"
            ),
            {"out": json.dumps(post_rows.network_values(out)), "script": SCRIPT, "id": delivered.id},
        )
        attempts.begin(session, delivered, "ft-1", NOW, vault_path="secret/acme", vault_version=1)
        posts.note(session, delivered, NOW, "scheduled", SCRIPT)
        ledger.write(session, NOW, "entry_left_out", "too old", entry_id=delivered.entry_id, feed_id=feed.id)


async def test_what_strangers_write_is_shown_as_text(
    serve: Serve, database: Database, folder: Folder
) -> None:
    fill(database)
    folder.customer("name = ", "broken")
    page = (await (await serve()).get("/")).text

    assert SCRIPT not in page
    assert page.count("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;") > len(State) + 3
    assert "javascript:" not in page
    assert 'href="https://x.com/acme/status/1?a=1&amp;b=&#34;&#39;&gt;"' in page
    assert "broken.toml: is not valid TOML" in page


async def test_the_page_shows_every_state(serve: Serve, database: Database) -> None:
    fill(database)
    page = (await (await serve()).get("/")).text

    for state in State:
        assert f">{state.replace('_', ' ')}" in page or f"</b>{state.replace('_', ' ')}" in page
        assert f"{state}</td>" in page, "the post's text"
    assert "No posts yet" not in page


async def test_an_empty_database_has_a_page_too(serve: Serve) -> None:
    page = (await (await serve()).get("/")).text

    assert "No posts yet" in page
    assert "canary" not in page


async def test_a_feed_with_held_entries_is_not_called_good(serve: Serve, database: Database) -> None:
    with database.write() as session:
        known = add_entries(session, "a", "b")
        (feed,) = feeds.by_url(session, FEED)
        entries.hold(session, feed.id, [Held(one, "looks old") for one in known], NOW)
    client = await serve()
    page = (await client.get("/")).text

    assert '<td class="held">2 entries held</td>' in page
    assert ">good<" not in page
    assert "2 entries of the feeds are held" in page
    assert "<code>firetime feeds held</code>" in page

    with database.write() as session:
        entries.let_go(session, [one.id for one in known])
    page = (await client.get("/")).text
    assert ">good<" in page
    assert "firetime feeds held" not in page


async def test_a_server_that_has_asked_to_wait_is_shown_until_then(serve: Serve, database: Database) -> None:
    client = await serve()

    async def page_with(until: str) -> str:
        with database.write() as session:
            add_entries(session, "a")
            session.connection().execute(text("UPDATE feed SET not_before = :until"), {"until": until})
        return (await client.get("/")).text

    assert "has asked to wait until 2999-01-02 03:04:05Z" in await page_with("2999-01-02 03:04:05.000000")
    assert "has asked to wait" not in await page_with("2020-01-02 03:04:05.000000")


async def test_lists_are_json(serve: Serve, database: Database, folder: Folder) -> None:
    fill(database)
    folder.customer(SMALL, "globex")
    client = await serve()

    async def get(path: str) -> Any:
        answer = await client.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        return answer.json()

    assert (await get("status"))["posts"] == dict.fromkeys(State, 1)
    (feed,) = await get("feeds")
    assert (feed["url"], feed["problem"]) == ("https://acme.example/feed.xml", SCRIPT)
    queue, history = await get("queue"), await get("history")
    assert [post["state"] for post in queue] == [
        "awaiting_approval", "scheduled", "firing", "sending", "unknown", "held",
    ]  # fmt: skip
    assert sorted(post["state"] for post in history) == ["cancelled", "delivered", "expired", "rejected"]
    assert queue[0]["due_at"] == "2026-11-22T12:00:00.000Z"
    assert queue[0]["price_usd"] == "0.015"
    assert await get("queue?customer=globex") == await get("history?customer=globex") == []
    for path, status, why in (
        ("queue?customer=nobody", 404, "knows a customer 'nobody'; known: acme, globex"),
        ("history?customer=nobody", 404, "knows a customer 'nobody'"),
        ("queue?customr=acme", 422, "customr: unknown key; accepted here: customer"),
        ("status?customer=acme", 422, "customer: unknown key; accepted here: none"),
    ):
        refused = await client.get(f"/api/v1/{path}")
        assert (refused.status_code, why in refused.json()["error"]) == (status, True), refused.text
    assert await get("queue?customer=acme") == queue


async def test_a_story_is_told_by_the_id_of_a_post_or_an_entry(serve: Serve, database: Database) -> None:
    fill(database)
    client = await serve()
    (delivered,) = [
        post for post in (await client.get("/api/v1/history")).json() if post["state"] == "delivered"
    ]
    of_post = (await client.get(f"/api/v1/explain/{delivered['id']}")).json()
    of_entry = (await client.get(f"/api/v1/explain/{delivered['entry_id'].upper()}")).json()

    assert of_post["post"] == delivered
    assert of_entry["posts"] == [delivered]
    for story in (of_post, of_entry):
        assert story["entry"]["id"] == delivered["entry_id"]
        assert [line["action"] for line in story["ledger"]] == ["post_scheduled", "entry_left_out"]
        assert [attempt["idempotency_key"] for attempt in story["attempts"]] == ["ft-1"]


@pytest.mark.parametrize(
    "number", ["p1", "e1", "p999999999999999999", "17", "p", "x1", "p1x", "%3Cscript%3E", "p-1", "p²"]
)
async def test_an_id_without_a_story_is_not_found_in_words(serve: Serve, number: str) -> None:
    answer = await (await serve()).get(f"/api/v1/explain/{number}")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json()["error"].startswith(("there is no ", "'")), answer.text
