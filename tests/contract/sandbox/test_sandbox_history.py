"""The history: rows, filters, and its oddities."""

from datetime import timedelta
from typing import Any

import pytest

from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import Caller, Clock


async def texts(caller: Caller, query: str = "") -> list[str]:
    answer = await caller("GET", f"/history{query}")
    return [row["post"] for row in answer.json()["history"]] if answer.status_code == 200 else []


async def test_an_empty_history_is_221_under_400_instead_of_an_empty_list(acme: Caller) -> None:
    answer = await acme("GET", "/history?platforms=twitter&lastDays=1")
    assert answer.status_code == 400
    assert answer.json() == {"history": {"code": 221, "status": "error"}}


async def test_a_row_tells_the_whole_post_with_its_notes(acme: Caller) -> None:
    post = (await acme.post("Hello", notes="tag-1", mediaUrls=["https://img.example/a.png"])).json()["posts"][
        0
    ]
    body = (await acme("GET", "/history")).json()
    assert body["count"] == 1
    row = body["history"][0]
    expected: dict[str, Any] = {
        "id": post["id"],
        "post": "Hello",
        "platforms": ["twitter"],
        "postIds": post["postIds"],
        "status": "success",
        "type": "now",
        "created": "2026-11-22T09:00:00Z",
        "errors": [],
        "notes": "tag-1",
        "mediaUrls": ["https://img.example/a.png"],
        "profileTitle": "Acme Media",
    }
    assert row | expected == row
    assert row["scheduleDate"]["utc"] == "2026-11-22T09:00:00Z"
    for path in (f"/history/{post['id']}", f"/post/{post['id']}"):
        assert (await acme("GET", path)).json() == row


async def test_the_newest_come_first_and_limit_days_platforms_and_status_choose(
    acme: Caller, clock: Clock, state: SandboxState
) -> None:
    await acme.post("old")
    clock.forward(days=31)
    await acme.post("on LinkedIn", platforms=["linkedin"])
    state.add_fault("not_linked")
    await acme.post("refused")
    clock.forward(hours=1)
    await acme.post("new")
    assert await texts(acme) == ["new", "refused", "on LinkedIn"]
    assert await texts(acme, "?lastDays=0") == ["new", "refused", "on LinkedIn", "old"]
    assert await texts(acme, "?limit=1") == ["new"]
    assert await texts(acme, "?platforms=twitter") == ["new", "refused"]
    assert await texts(acme, "?platforms=twitter,linkedin") == ["new", "refused", "on LinkedIn"]
    assert await texts(acme, '?platforms=["linkedin"]') == ["on LinkedIn"]
    assert await texts(acme, "?platforms[]=linkedin") == ["on LinkedIn"]
    assert await texts(acme, "?status=error") == ["refused"]
    assert await texts(acme, "?type=scheduled") == []


async def test_each_profile_has_its_own_history(acme: Caller, primary: Caller) -> None:
    await acme.post("of Acme")
    await primary.post("of the primary profile")
    assert await texts(acme) == ["of Acme"]


async def test_deleted_posts_are_shown_only_when_asked_for(acme: Caller) -> None:
    post_id = (await acme.post("gone")).json()["posts"][0]["id"]
    await acme("DELETE", "/post", {"id": post_id})
    assert await texts(acme) == []
    assert await texts(acme, "?status=deleted") == ["gone"]


async def test_more_than_25_rows_come_from_a_cache_of_a_minute(acme: Caller, clock: Clock) -> None:
    await acme.post("one")
    assert await texts(acme, "?limit=100") == ["one"]
    await acme.post("two")
    assert await texts(acme, "?limit=100") == ["one"]
    assert await texts(acme, "?limit=25") == ["two", "one"]
    clock.forward(minutes=1)
    assert await texts(acme, "?limit=100") == ["two", "one"]


async def test_a_post_stays_out_of_the_history_for_the_lag_that_is_asked_for(
    acme: Caller, clock: Clock, state: SandboxState
) -> None:
    state.history_lag = timedelta(seconds=30)
    await acme.post("slow to show")
    assert await texts(acme) == []
    clock.forward(seconds=30)
    assert await texts(acme) == ["slow to show"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "lastDays=-1", "limit=²"])
async def test_a_wrong_number_is_101(acme: Caller, query: str) -> None:
    answer = await acme("GET", f"/history?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, 101)


async def test_the_history_of_a_network_shows_what_is_on_it(acme: Caller, primary: Caller) -> None:
    await primary.post("not mine")
    sent = (await acme.post("mine")).json()["posts"][0]["postIds"][0]
    body = (await acme("GET", "/history/twitter")).json()
    assert [(post["id"], post["post"], post["postUrl"]) for post in body["posts"]] == [
        (sent["id"], "mine", sent["postUrl"])
    ]
