"""What the API does to posts and customers, over real HTTP, and whom it refuses."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from feeds.database import Database
from scheduler.lifecycle import State
from scheduler.model import Post
from scheduler.store import halts, ledger, posts
from tests.stored import add_entries, add_post
from tests.unit.web.conftest import Serve

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def api(serve: Serve, database: Database) -> httpx.AsyncClient:
    """A client; p1 and p2 await approval, p3 is held, p4 is delivered."""
    states = (State.AWAITING_APPROVAL, State.AWAITING_APPROVAL, State.HELD, State.DELIVERED)
    with database.write() as session:
        for entry, state in zip(add_entries(session, *"abcd"), states, strict=True):
            add_post(session, entry, state=state)
    return await serve()


def stored(database: Database, post_id: int) -> Post:
    with database.read() as session:
        found = posts.get(session, post_id)
    assert found is not None
    return found


# What it does


async def test_one_post_is_acted_on_and_shown_as_it_is_then(
    api: httpx.AsyncClient, database: Database
) -> None:
    answer = await api.post("/api/v1/posts/p1/approve", json={"by": "alice"})
    story = (await api.get("/api/v1/explain/p1")).json()

    assert answer.status_code == 200
    assert answer.json() == story["post"]
    assert (story["post"]["state"], story["post"]["waived"]) == ("scheduled", ["approval"])
    (line,) = [one for one in story["ledger"] if one["action"] == "post_approve"]
    assert (line["message"], line["detail"]) == ("approved by alice", {"by": "alice"})


async def test_each_action_takes_what_its_command_takes(api: httpx.AsyncClient) -> None:
    for path, body, expected in (
        ("p1/edit", {"text": "Mine", "networks": ["twitter"]}, {"text": "Mine", "price_usd": "0.015"}),
        ("p1/reschedule", {"at": "3h"}, {"pinned": True, "due_reason": "set by api"}),
        ("p1/reject", {"reason": "wrong tone"}, {"reason": "rejected by api: wrong tone"}),
        ("p2/send-now", {}, {"state": "scheduled", "pinned": True}),
        ("p3/release", {"by": " Bob\n"}, {"state": "scheduled"}),
        ("p3/cancel", {"by": "bob", "reason": "old"}, {"reason": "cancelled by bob: old"}),
    ):
        answer = await api.post(f"/api/v1/posts/{path}", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json().items() >= expected.items()


async def test_many_posts_are_acted_on_or_none(api: httpx.AsyncClient, database: Database) -> None:
    refused = await api.post("/api/v1/posts/cancel", json={"ids": ["p1", "p4"]})
    assert (refused.status_code, stored(database, 1).state) == (409, State.AWAITING_APPROVAL)
    assert refused.json()["error"].startswith("p4: a post that is delivered cannot be cancelled")

    shown = await api.post("/api/v1/posts/approve", json={"customer": "acme", "dry_run": True})
    assert [post["state"] for post in shown.json()] == ["scheduled"] * 2
    assert stored(database, 1).state is State.AWAITING_APPROVAL

    done = await api.post("/api/v1/posts/cancel", json={"all": True, "by": "alice"})
    assert [post["id"] for post in done.json()] == ["p1", "p2", "p3"]
    assert (await api.post("/api/v1/posts/cancel", json={"state": "held"})).json() == []


async def test_customers_are_paused_and_resumed(api: httpx.AsyncClient, database: Database) -> None:
    paused = await api.post(
        "/api/v1/customers/acme/pause", json={"until": "2h", "reason": "off", "by": "eve"}
    )
    (halt,) = paused.json()
    assert (halt["customer"], halt["waits_for"], halt["by"]) == ("acme", "paused", "eve")
    assert halt["reason"].endswith(": off")
    await api.post("/api/v1/customers/pause", json={"all": True})
    shown = (await api.get("/api/v1/halts")).json()
    assert [one["customer"] for one in shown] == ["acme", None]
    page = (await api.get("/")).text
    assert "Stopped" in page
    assert halt["reason"][1:] in page

    resumed = (await api.post("/api/v1/customers/resume", json={"customers": ["acme"]})).json()
    assert ([one["customer"] for one in resumed["ended"]], len(resumed["still"])) == (["acme"], 1)
    await api.post("/api/v1/customers/acme/pause")
    ended = (await api.post("/api/v1/customers/resume", json={"common": True})).json()["ended"]
    assert [one["customer"] for one in ended] == [None]
    await api.post("/api/v1/customers/resume", json={"all": True})
    with database.read() as session:
        assert halts.every(session) == []
    assert "Stopped" not in (await api.get("/")).text


@pytest.mark.parametrize(
    ("path", "body", "status", "why"),
    [
        ("posts/p99/cancel", {}, 404, "there is no post p99"),
        ("posts/17/cancel", {}, 404, "'17' is no id"),
        ("posts/p1/publish", {}, 404, "there is no action 'publish'; there is approve, reject"),
        ("posts/publish", {}, 404, "there is no action 'publish'"),
        ("customers/acne/pause", {}, 404, "knows a customer 'acne'; known: acme"),
        ("customers/acme/stop", {}, 404, "there is no action 'stop'; there is pause, resume"),
        ("posts/p4/cancel", {}, 409, "nothing more can be done with it"),
        ("posts/p1/approve", {"who": "alice"}, 422, "who: unknown key; accepted here: by, dry_run"),
        ("posts/p1/approve", {"by": ""}, 422, "by: is empty"),
        ("posts/p1/approve", {"by": 7}, 422, "by: "),
        ("posts/p1/reschedule", {}, 422, "at: is missing"),
        ("posts/p1/reschedule", {"at": "someday"}, 422, "p1: the time 'someday' is none; give a time such as"),
        ("posts/p1/edit", {"text": "x" * 281}, 422, "it is 1 too long"),
        ("posts/p1/edit", {"text": ["x"]}, 422, "text: "),
        ("posts/edit", {"text": "x", "all": True}, 422, "a text is for one post"),
        ("posts/cancel", {}, 422, "say which posts"),
        ("posts/cancel", {"ids": "p1"}, 422, "ids: "),
        ("posts/cancel", {"state": "gone"}, 422, "nothing is called 'gone'"),
        ("posts/cancel", {"route": "blgo"}, 404, "knows a route 'blgo'; known: blog"),
        ("posts/cancel", {"route": "blog", "all": True}, 422, "not two of them"),
        ("posts/cancel?dry_run=true", {"all": True}, 422, "dry_run: unknown key; accepted here: none"),
        ("customers/pause", {}, 422, "say which customers"),
        ("customers/pause", {"common": True}, 422, "common: unknown key"),
        ("customers/resume", {"common": True, "all": True}, 422, "not both"),
        ("customers/acme/resume", {"common": True}, 422, "not both"),
        ("customers/acme/pause", {"until": "2026-01-01T00:00Z"}, 422, "has passed"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_told_as_json(
    api: httpx.AsyncClient, path: str, body: dict[str, Any], status: int, why: str
) -> None:
    answer = await api.post(f"/api/v1/{path}", json=body)

    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert why in answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"p1"', b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(api: httpx.AsyncClient, body: bytes) -> None:
    answer = await api.post("/api/v1/posts/p1/cancel", content=body, headers=JSON)

    assert answer.status_code == 400
    assert "the body is no" in answer.json()["error"]


# Whom it refuses

FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "OWN", "Sec-Fetch-Site": "cross-site"},
]
WITHOUT_ASKING = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
    "text/plain;application/json",
    "",
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_a_page_of_another_site_can_do_nothing(
    api: httpx.AsyncClient, database: Database, headers: dict[str, str]
) -> None:
    own = str(api.base_url).rstrip("/")
    sent = {name: own if value == "OWN" else value for name, value in headers.items()}
    for path in ("posts/p1/cancel", "posts/cancel", "customers/acme/pause"):
        answer = await api.post(f"/api/v1/{path}", json={"all": True}, headers=sent)
        assert (answer.status_code, answer.json()) == (
            403,
            {"error": "this comes from a page of another site"},
        )
    assert stored(database, 1).state is State.AWAITING_APPROVAL


@pytest.mark.parametrize("kind", WITHOUT_ASKING)
async def test_what_any_page_may_send_without_asking_is_refused(
    api: httpx.AsyncClient, database: Database, kind: str
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await api.post("/api/v1/posts/p1/cancel", content=b"{}", headers=headers)

    assert (answer.status_code, stored(database, 1).state) == (415, State.AWAITING_APPROVAL)
    assert answer.json() == {"error": "send JSON, with Content-Type: application/json"}


async def test_a_page_of_its_own_and_a_program_may_act(api: httpx.AsyncClient) -> None:
    own = {"Origin": str(api.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}

    assert (await api.post("/api/v1/posts/p1/approve", json={}, headers=own)).status_code == 200
    utf8 = {"Content-Type": "application/json; charset=utf-8"}
    assert (await api.post("/api/v1/posts/p2/approve", content=b"", headers=utf8)).status_code == 200


async def test_other_sites_are_never_told_that_they_may_ask(api: httpx.AsyncClient) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await api.options("/api/v1/posts/p1/cancel", headers=asks)

    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


async def test_without_the_admin_token_or_under_another_name_nothing_is_done(
    api: httpx.AsyncClient, serve: Serve, database: Database
) -> None:
    guarded = await serve(admin_token=SecretStr("canary-admin-token"))
    path = "/api/v1/posts/p1/approve"

    assert (await guarded.post(path, json={})).status_code == 401
    assert (await api.post(path, json={}, headers={"Host": "evil.example"})).status_code == 403
    assert stored(database, 1).state is State.AWAITING_APPROVAL
    bearer = {"Authorization": "Bearer canary-admin-token"}
    assert (await guarded.post(path, json={}, headers=bearer)).status_code == 200
    assert (await guarded.get(path, headers=bearer)).status_code == 405


async def test_what_came_from_the_api_is_told_apart(api: httpx.AsyncClient, database: Database) -> None:
    await api.post("/api/v1/posts/p1/approve", json={})
    with database.read() as session:
        assert [line.message for line in ledger.of_post(session, 1)] == ["approved by api"]
