"""What counts as published in Ayrshare's answers: in full, in part, or perhaps."""

import json
from typing import Any

import pytest

from scheduler.model import Delivered, Held, NetworkPost, Rejected, Unknown
from tests.unit.answers import BOTH, ON_LINKEDIN, POSTED, flat, listed, meaning


def test_a_flat_success_is_delivered() -> None:
    body = {
        "status": "success",
        "errors": [],
        "postIds": [POSTED],
        "id": "ayr-1",
        "refId": "r",
        "post": "Hello",
    }

    assert meaning(200, body) == Delivered(
        "ayr-1", (NetworkPost("twitter", "190", "https://x.com/acme/status/190"),)
    )


def test_a_wrapped_success_is_delivered() -> None:
    body = {"status": "success", "posts": [{"status": "success", "postIds": [POSTED], "id": "ayr-2"}]}

    assert meaning(200, body) == Delivered(
        "ayr-2", (NetworkPost("twitter", "190", "https://x.com/acme/status/190"),)
    )


def test_a_success_on_every_network_is_delivered_although_it_warns() -> None:
    body = {"status": "success", "postIds": [POSTED | {"warnings": [{"code": 518}]}, ON_LINKEDIN], "id": "a"}

    assert isinstance(meaning(200, body, BOTH), Delivered)


NO_SUCCESS: list[Any] = [
    {},
    {"status": "success"},
    {"status": "success", "postIds": [], "errors": []},
    {"status": "success", "postIds": [{"platform": "twitter", "status": "pending"}]},
    {"status": "success", "errors": [{"code": 137, "message": "Duplicate"}], "postIds": []},
    {"status": "scheduled", "scheduleDate": "2026-11-22T10:00:00Z", "id": "a"},
    {"status": "error"},
    {"status": "success", "posts": [{"status": "success", "postIds": []}]},
    {"posts": "none", "postIds": {"twitter": "190"}, "errors": "none"},
]


@pytest.mark.parametrize("body", NO_SUCCESS, ids=lambda body: json.dumps(body)[:60])
@pytest.mark.parametrize("status", [200, 202, 304])
def test_a_success_that_names_no_published_post_may_have_gone_out(body: Any, status: int) -> None:
    assert isinstance(meaning(status, body), Unknown)


def test_an_error_with_http_200_is_an_error() -> None:
    assert isinstance(meaning(200, flat(137, "Duplicate")), Rejected)
    assert isinstance(meaning(200, listed(156)), Held)
    assert isinstance(meaning(200, {"posts": [listed(272)]}), Held)


def test_a_published_post_counts_whatever_else_the_answer_says() -> None:
    body = listed(137, "Duplicate") | {"postIds": [POSTED]}

    assert isinstance(meaning(500, body), Delivered)
    assert isinstance(meaning(402, body), Delivered)


def test_a_network_that_failed_in_post_ids_is_not_published() -> None:
    body = {
        "status": "error",
        "postIds": [{"platform": "twitter", "status": "error", "id": "1"}],
        "errors": [flat(110)],
    }

    assert isinstance(meaning(400, body), Rejected)


@pytest.mark.parametrize("url", [5, {"a": 1}, ["https://x.com"], "", None])
def test_an_address_that_is_no_text_is_left_out(url: Any) -> None:
    outcome = meaning(200, {"status": "success", "postIds": [POSTED | {"postUrl": url}], "id": "a"})

    assert isinstance(outcome, Delivered)
    assert not outcome.networks[0].url
