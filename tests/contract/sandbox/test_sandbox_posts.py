"""Posting and deleting: each row of the contract."""

import re
from typing import Any

import pytest

from scheduler.sandbox.keys import XKeys
from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import ACME, X_KEY, X_SECRET, Caller, Clock


async def test_success_with_a_profile_key_is_wrapped(acme: Caller, state: SandboxState) -> None:
    answer = await acme.post("Hello", notes="tag-1")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "success"
    post = body["posts"][0]
    assert (post["status"], post["post"], post["errors"]) == ("success", "Hello", [])
    assert post["profileTitle"] == "Acme Media"
    sent = post["postIds"][0]
    assert (sent["status"], sent["platform"]) == ("success", "twitter")
    assert re.fullmatch(rf"https://x\.com/acmemedia/status/{sent['id']}", sent["postUrl"])
    (published,) = state.published(profile="Acme Media")
    assert published.id == post["id"]
    assert published.x_keys == XKeys.of(X_KEY, X_SECRET)


async def test_success_without_a_profile_key_is_flat(primary: Caller) -> None:
    body = (await primary.post("Hello")).json()
    assert "posts" not in body
    assert body["postIds"][0]["platform"] == "twitter"
    assert {"status", "errors", "postIds", "id", "refId", "post"} <= set(body)


@pytest.mark.parametrize(
    "change",
    [
        {"platforms": ["x"]},
        {"platforms": ["Twitter"]},
        {"platforms": []},
        {"platforms": "twitter"},
        {"platforms": None},
        {"post": None},
        {"post": 5},
        {"post": ""},
        {"post": {"linkedin": "only there"}},
        {"mediaUrls": "https://img.example/a.png"},
        {"notes": 7},
        {"scheduleDate": ""},
        {"idempotencyKey": ""},
        {"idempotencyKey": 5},
    ],
)
async def test_a_wrong_field_is_a_flat_101(acme: Caller, state: SandboxState, change: dict[str, Any]) -> None:
    answer = await acme("POST", "/post", {"post": "Hello", "platforms": ["twitter"], **change})
    assert (answer.status_code, answer.json()["code"]) == (400, 101)
    assert "errors" not in answer.json()
    assert state.posts == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_json_object_is_a_flat_101(acme: Caller, content: bytes) -> None:
    headers = {"Content-Type": "application/json", "Profile-Key": ACME}
    answer = await acme.http.post("/api/post", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)


async def test_pictures_on_this_machine_need_no_https(acme: Caller) -> None:
    assert (await acme.post(mediaUrls=["http://127.0.0.1:8422/a.png"])).status_code == 200


@pytest.mark.parametrize(
    "url",
    ["http://img.example/a.png", "http://127.0.0.1.img.example/a.png", "https://[", "javascript:alert(1)", 5],
)
async def test_a_media_url_that_is_not_https_is_136(acme: Caller, url: object) -> None:
    answer = await acme.post(mediaUrls=[url])
    assert (answer.status_code, answer.json()["code"]) == (400, 136)


async def test_a_post_may_be_media_alone_and_have_a_text_for_each_network(
    acme: Caller, state: SandboxState
) -> None:
    assert (await acme.post("", mediaUrls=["https://img.example/a.png"])).status_code == 200
    texts = {"twitter": "short", "default": "long"}
    await acme("POST", "/post", {"post": texts, "platforms": ["twitter", "linkedin"]})
    assert state.posts[-1].texts == {"twitter": "short", "linkedin": "long"}


async def test_a_network_that_is_not_linked_is_156_and_the_post_is_an_error_in_history(
    primary: Caller, state: SandboxState
) -> None:
    answer = await primary.post(platforms=["facebook"])
    assert answer.status_code == 400
    body = answer.json()
    error = body["errors"][0]
    assert (body["status"], body["postIds"]) == ("error", [])
    assert (error["action"], error["status"], error["code"], error["platform"]) == (
        "post",
        "error",
        156,
        "facebook",
    )
    row = (await primary("GET", f"/post/{body['id']}")).json()
    assert (row["status"], row["errors"][0]["code"]) == ("error", 156)
    assert state.published("facebook") == []


async def test_all_means_what_is_linked(acme: Caller, state: SandboxState) -> None:
    assert (await acme.post(platforms=["all"])).status_code == 200
    assert state.posts[0].platforms == ("linkedin", "twitter")
    state.add_profile(ACME, "Bare", networks=())
    answer = await acme.post(platforms=["all"])
    assert (answer.status_code, answer.json()["code"]) == (400, 156)


async def test_networks_fail_on_their_own(acme: Caller) -> None:
    answer = await acme.post(platforms=["twitter", "facebook"])
    body = answer.json()["posts"][0]
    assert answer.status_code == 400
    assert answer.json()["status"] == body["status"] == "error"
    assert [sent["platform"] for sent in body["postIds"]] == ["twitter"]
    assert [error["platform"] for error in body["errors"]] == ["facebook"]


async def test_an_idempotency_key_is_taken_once_in_each_profile(
    acme: Caller, primary: Caller, state: SandboxState
) -> None:
    assert (await acme.post("One", idempotencyKey="k")).status_code == 200
    again = await acme.post("Two", idempotencyKey="k")
    assert again.status_code == 400
    assert re.search("idempoten", again.json()["message"], re.IGNORECASE)
    assert "id" not in again.json()
    assert (await primary.post("Three", idempotencyKey="k")).status_code == 200
    assert [post.text for post in state.posts] == ["One", "Three"]


async def test_an_idempotency_key_is_spent_by_a_failed_post_too(acme: Caller) -> None:
    assert (await acme.post("a" * 281, idempotencyKey="k")).status_code == 400
    assert "Idempotency" in (await acme.post("fine", idempotencyKey="k")).json()["message"]


async def test_the_same_text_within_two_days_is_137_for_that_profile_and_network(
    acme: Caller, primary: Caller, clock: Clock
) -> None:
    first = (await acme.post("Hello world")).json()["posts"][0]
    again = await acme.post(" hello  WORLD ", platforms=["twitter", "linkedin"])
    body = again.json()["posts"][0]
    assert again.status_code == 400
    assert [(error["code"], error["platform"]) for error in body["errors"]] == [(137, "twitter")]
    assert body["errors"][0]["details"] == {"id": first["id"]}
    assert [sent["platform"] for sent in body["postIds"]] == ["linkedin"]
    assert (await primary.post("Hello world")).status_code == 200
    clock.forward(days=2)
    assert (await acme.post("Hello world")).status_code == 200


async def test_a_text_that_was_refused_is_no_duplicate_of_itself(acme: Caller, state: SandboxState) -> None:
    state.add_fault("credits")
    assert (await acme.post("Hello")).status_code == 402
    assert (await acme.post("Hello")).status_code == 200


@pytest.mark.parametrize(
    ("text", "overage"),
    [
        ("a" * 280, 0),
        ("a" * 283, 3),
        ("日" * 140, 0),
        ("日" * 141, 2),
        ("a" * 256 + " https://acme.com/" + "b" * 99, 0),
    ],
)
async def test_a_text_too_long_for_x_is_132_with_the_overage(acme: Caller, text: str, overage: int) -> None:
    answer = await acme.post(text)
    if not overage:
        assert answer.status_code == 200
        return
    error = answer.json()["posts"][0]["errors"][0]
    assert (answer.status_code, error["code"]) == (400, 132)
    assert error["message"].endswith(f"Overage: {overage}")


async def test_other_networks_take_longer_texts(acme: Caller) -> None:
    assert (await acme.post("a" * 500, platforms=["linkedin"])).status_code == 200


async def test_a_later_date_is_kept_as_pending_and_a_past_one_publishes(
    acme: Caller, primary: Caller, state: SandboxState
) -> None:
    body = (await acme.post("Later", scheduleDate="2026-11-23T09:00:00Z")).json()
    assert (body["status"], body["posts"][0]["status"]) == ("scheduled", "scheduled")
    assert body["posts"][0]["scheduleDate"] == "2026-11-23T09:00:00Z"
    assert "postIds" not in body["posts"][0]
    assert (await primary.post("Late", scheduleDate="2026-11-21T09:00:00Z")).json()["status"] == "success"
    assert [post.status for post in state.posts] == ["pending", "success"]


async def test_a_post_is_deleted_once_with_the_keys_of_its_app(acme: Caller, state: SandboxState) -> None:
    post_id = (await acme.post()).json()["posts"][0]["id"]
    keys, acme.x = acme.x, {}
    assert (await acme("DELETE", "/post", {"id": post_id})).json()["code"] == 419
    acme.x = keys
    gone = await acme("DELETE", "/post", {"id": post_id})
    assert gone.status_code == 200
    assert gone.json()["twitter"]["action"] == "delete"
    assert (gone.json()["status"], gone.json()["id"], gone.json()["code"]) == ("success", post_id, 200)
    assert (await acme("DELETE", "/post", {"id": post_id})).json()["code"] == 383
    assert state.posts[0].status == "deleted"


async def test_unknown_posts_cannot_be_deleted_or_shown(acme: Caller, primary: Caller) -> None:
    of_another = (await primary.post()).json()["id"]
    for post_id in ("nothing", of_another):
        answer = await acme("DELETE", "/post", {"id": post_id})
        assert (answer.status_code, answer.json()["code"]) == (404, 114)
        assert (await acme("GET", f"/post/{post_id}")).status_code == 404
    assert (await acme("DELETE", "/post", {})).json()["code"] == 101


async def test_posts_are_deleted_in_bulk_by_hand_and_before_their_date(
    acme: Caller, state: SandboxState
) -> None:
    ids = [(await acme.post(text)).json()["posts"][0]["id"] for text in ("One", "Two", "Three")]
    await acme.post("Later", scheduleDate="2026-11-23T09:00:00Z")
    assert len((await acme("DELETE", "/post", {"bulk": ids[:2]})).json()["posts"]) == 2
    assert (await acme("DELETE", "/post", {"id": ids[2], "markManualDeleted": True})).status_code == 200
    assert (await acme("DELETE", "/post", {"id": ids[2], "markManualDeleted": True})).json()["code"] == 382
    assert len((await acme("DELETE", "/post", {"deleteAllScheduled": True})).json()["posts"]) == 1
    assert {post.status for post in state.posts} == {"deleted"}
