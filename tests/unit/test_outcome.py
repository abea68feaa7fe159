"""What each answer of Ayrshare means for the post, row by row. The rows follow Ayrshare's error documentation."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import (
    HELD,
    MESSAGES,
    REJECTED,
    STATUSES,
    classify,
    first_code,
)
from scheduler.model import Deferred, Delivered, Held, NetworkPost, Outcome, Rejected, Unknown, WaitsFor

X = ("twitter",)
BOTH = ("twitter", "linkedin")
POSTED = {"status": "success", "id": "190", "postUrl": "https://x.com/acme/status/190", "platform": "twitter"}
ON_LINKEDIN = {"status": "success", "id": "urn:li:1", "platform": "linkedin"}
NO_CREDITS = "Your enrolled account [199] does not have any credits to fulfill this request."
NO_WRITE = "Your client app is not configured with the appropriate OAuth1 app permissions."


def flat(code: int | None, message: str = "", **more: Any) -> dict[str, Any]:
    """A request-level failure."""
    return {
        "action": "post",
        "status": "error",
        "message": message,
        **({"code": code} if code else {}),
        **more,
    }


def listed(code: int | None, message: str = "", **more: Any) -> dict[str, Any]:
    """A network's failure, without a Profile-Key."""
    return {"status": "error", "errors": [flat(code, message, **more)], "postIds": [], "id": "ayr-1"}


def wrapped(code: int | None, message: str = "", **more: Any) -> dict[str, Any]:
    """A network's failure, with a Profile-Key."""
    return {"status": "error", "posts": [listed(code, message, **more)]}


def meaning(status: int, body: Any, platforms: tuple[str, ...] = X, **more: Any) -> Outcome:
    return classify(Reply(status, body, **more), platforms)


SHAPES = pytest.mark.parametrize("shape", [flat, listed, wrapped], ids=["flat", "errors", "posts.errors"])

CODES: dict[int, tuple[str, type[Outcome], WaitsFor | None]] = {
    101: ("Missing or incorrect parameters.", Rejected, None),
    110: ("Status is a duplicate.", Rejected, None),
    111: ("Long posts take Premium.", Rejected, None),
    132: ("Post is too long. Please shorten to 280. Overage: 12", Rejected, None),
    136: ("The media URL cannot be used.", Rejected, None),
    137: ("Duplicate or similar content posted within the same two day period.", Rejected, None),
    102: ("API Key not valid", Held, WaitsFor.API_KEY),
    106: ("Monthly quota exhausted", Held, WaitsFor.API_KEY),
    156: ("The social network is not linked.", Held, WaitsFor.RELINK),
    169: ("Your plan does not include this.", Held, WaitsFor.API_KEY),
    272: ("There is an issue authorizing the X/Twitter account.", Held, WaitsFor.RELINK),
    402: ("Payment required", Held, WaitsFor.CREDITS),
    419: ("Credentials are required", Held, WaitsFor.CREDENTIALS),
}
TEXTS: list[tuple[str, WaitsFor]] = [
    (NO_CREDITS, WaitsFor.CREDITS),
    ("CreditsDepleted", WaitsFor.CREDITS),
    (NO_WRITE, WaitsFor.PERMISSION),
    ("x_credentials_required", WaitsFor.CREDENTIALS),
    ("You provided Api-Key but not Api-Secret", WaitsFor.CREDENTIALS),
    ("You provided Api-Secret but not Api-Key", WaitsFor.CREDENTIALS),
    ("API Key not valid", WaitsFor.API_KEY),
]
BARE_STATUSES: dict[int, WaitsFor] = {
    401: WaitsFor.API_KEY,
    402: WaitsFor.CREDITS,
    403: WaitsFor.PERSON,
    419: WaitsFor.CREDENTIALS,
}


def test_every_row_of_the_tables_has_a_case_here() -> None:
    assert set(CODES) == set(REJECTED) | set(HELD)
    assert set(BARE_STATUSES) == set(STATUSES)
    for pattern, waits_for, _ in MESSAGES:
        for part in pattern.pattern.split("|"):
            assert [waits for text, waits in TEXTS if re.search(part, text, re.IGNORECASE)] == [waits_for], (
                part
            )


@SHAPES
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_known_code_decides_whatever_the_status_and_the_shape(shape: Any, code: int, status: int) -> None:
    message, kind, waits_for = CODES[code]
    outcome = meaning(status, shape(code, message))

    assert type(outcome) is kind
    assert getattr(outcome, "waits_for", None) == waits_for
    assert isinstance(outcome, Held | Rejected)
    assert f"[{message}]" in outcome.reason, "what Ayrshare said is kept"
    assert len(outcome.reason) > len(message) + 10, "and put into words"


@SHAPES
@pytest.mark.parametrize(("message", "waits_for"), TEXTS)
@pytest.mark.parametrize("code", [None, 400, 403, 999])
def test_a_known_message_decides_where_the_code_is_unknown(
    shape: Any, message: str, waits_for: WaitsFor, code: int | None
) -> None:
    outcome = meaning(400, shape(code, message.upper()))

    assert isinstance(outcome, Held)
    assert outcome.waits_for is waits_for


@pytest.mark.parametrize("field", ["details", "identifier"])
def test_a_message_may_stand_in_other_fields(field: str) -> None:
    outcome = meaning(400, flat(None, "An error", **{field: "x_credentials_required"}))
    nested = meaning(403, listed(403, "Forbidden", details={"title": "CreditsDepleted", "status": 402}))

    assert isinstance(outcome, Held)
    assert outcome.waits_for is WaitsFor.CREDENTIALS
    assert isinstance(nested, Held)
    assert nested.waits_for is WaitsFor.CREDITS


@pytest.mark.parametrize(("status", "waits_for"), BARE_STATUSES.items())
@pytest.mark.parametrize(
    "body", [None, {}, flat(None, "No."), flat(987, "No.")], ids=["none", "empty", "text", "code"]
)
def test_a_known_status_decides_where_nothing_else_does(status: int, waits_for: WaitsFor, body: Any) -> None:
    outcome = meaning(status, body)

    assert isinstance(outcome, Held)
    assert outcome.waits_for is waits_for


@pytest.mark.parametrize("body", [None, {}, flat(429, "Too many requests"), flat(None, "Slow down")])
def test_the_rate_limit_defers_for_as_long_as_the_server_asks(body: Any) -> None:
    assert meaning(429, body, retry_after_s=17.0) == Deferred(
        WaitsFor.RATE_LIMIT, "Ayrshare's rate limit is reached", 17.0
    )
    deferred = meaning(429, body)
    assert isinstance(deferred, Deferred)
    assert deferred.retry_after_s is None


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 418, 422, 451, 499])
@pytest.mark.parametrize(
    "body", [None, {}, flat(None), flat(999, "Something new")], ids=["none", "empty", "flat", "code"]
)
def test_an_unknown_4xx_waits_for_a_person(status: int, body: Any) -> None:
    outcome = meaning(status, body)

    assert isinstance(outcome, Held)
    assert outcome.waits_for is WaitsFor.PERSON
    assert f"HTTP {status}" in outcome.reason


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 599])
@pytest.mark.parametrize(
    "body", [None, {}, flat(None), flat(999, "Something new")], ids=["none", "empty", "flat", "code"]
)
def test_an_unknown_5xx_may_have_gone_out(status: int, body: Any) -> None:
    assert isinstance(meaning(status, body), Unknown)


@pytest.mark.parametrize("status", [200, 201, 204, 301, 302, 307, 308])
def test_an_answer_without_a_readable_body_may_have_gone_out(status: int) -> None:
    assert isinstance(meaning(status, None), Unknown)


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


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_partial_success_waits_for_a_person_and_keeps_what_was_published(status: int) -> None:
    error = flat(272, "There is an issue authorizing the X/Twitter account.", platform="twitter")
    body = {"status": "error", "errors": [error], "postIds": [ON_LINKEDIN], "id": "a"}
    outcome = meaning(status, body, BOTH)

    assert outcome == Held(
        WaitsFor.PERSON,
        "published in part, but not on twitter: There is an issue authorizing the X/Twitter account.",
        (NetworkPost("linkedin", "urn:li:1", None),),
    )


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


REPLAY = "The idempotencyKey has already been used."


@SHAPES
@pytest.mark.parametrize("status", [400, 409, 429, 500])
@pytest.mark.parametrize("code", [None, 101, 400, 999])
def test_a_key_that_was_seen_before_means_that_the_first_request_arrived(
    shape: Any, status: int, code: int | None
) -> None:
    assert isinstance(meaning(status, shape(code, REPLAY)), Unknown)


@SHAPES
def test_what_a_network_may_try_again_may_have_gone_out(shape: Any) -> None:
    assert isinstance(meaning(400, shape(999, "X failed", retryAvailable=True)), Unknown)
    assert isinstance(meaning(400, shape(272, "X failed", retryAvailable=True)), Held), "a known code decides"


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ([110, 137], Rejected),
        ([110, 272], Held),
        ([272, 110], Held),
        ([110, 999], Held),
        ([999, 110], Held),
        ([429, 110], Deferred),
    ],
)
def test_where_networks_fail_differently_the_most_careful_reading_counts(
    codes: list[int], kind: type[Outcome]
) -> None:
    body = {"status": "error", "errors": [flat(code, "No.") for code in codes], "postIds": []}

    assert type(meaning(400, body, BOTH)) is kind


def test_one_network_that_may_have_published_makes_the_whole_post_unknown() -> None:
    errors = [flat(110, "Duplicate"), flat(272, "Relink"), flat(999, "X failed", retryAvailable=True)]

    assert isinstance(meaning(400, {"status": "error", "errors": errors}, BOTH), Unknown)


COLLIDING = [400, 401, 403, 404, 430, 431, 432, 433, 434, 435, 500, 501, 502, 503, 504]


@SHAPES
@pytest.mark.parametrize("code", COLLIDING)
def test_ayrshares_own_number_is_never_read_as_an_http_status(shape: Any, code: int) -> None:
    outcome = meaning(400, shape(code, "Something"))

    assert isinstance(outcome, Held)
    assert outcome.waits_for is WaitsFor.PERSON
    assert "HTTP 400" in outcome.reason


@SHAPES
def test_the_number_and_the_status_are_kept_apart(shape: Any) -> None:
    assert first_code(Reply(400, shape(503, "Session expired"))) == 503
    assert first_code(Reply(503, shape(None, "Down"))) is None
    assert first_code(Reply(502, None)) is None


@pytest.mark.parametrize(
    "code",
    ["137", 137.0, None, [137], {"a": 1}, ""],
    ids=["text", "float", "null", "list", "object", "empty"],
)
def test_a_code_that_is_no_whole_number_is_no_code(code: Any) -> None:
    assert isinstance(meaning(400, {"status": "error", "code": code, "message": "?"}), Held)


def test_a_long_message_is_cut() -> None:
    outcome = meaning(400, flat(137, "x" * 10_000))

    assert isinstance(outcome, Rejected)
    assert len(outcome.reason) < 700


@pytest.mark.parametrize("url", [5, {"a": 1}, ["https://x.com"], "", None])
def test_an_address_that_is_no_text_is_left_out(url: Any) -> None:
    outcome = meaning(200, {"status": "success", "postIds": [POSTED | {"postUrl": url}], "id": "a"})

    assert isinstance(outcome, Delivered)
    assert not outcome.networks[0].url


SCALARS = st.none() | st.booleans() | st.integers(-5, 1000) | st.floats() | st.text(max_size=12)
NAMES = st.sampled_from(
    [
        "status",
        "posts",
        "postIds",
        "errors",
        "code",
        "message",
        "details",
        "id",
        "platform",
        "postUrl",
        "history",
    ]
)
WORDS = st.sampled_from(["error", "success", "twitter", "linkedin", REPLAY, NO_CREDITS, *map(str, CODES)])
VALUES = st.recursive(
    SCALARS | WORDS | st.sampled_from(sorted(CODES)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)
BODIES = st.none() | st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=6)


@given(st.integers(100, 599), BODIES, st.sampled_from([X, BOTH]))
def test_any_answer_has_a_meaning_that_can_be_written_down(
    status: int, body: Any, platforms: tuple[str, ...]
) -> None:
    reply = Reply(status, body)
    outcome = classify(reply, platforms)

    assert isinstance(first_code(reply), int | None)
    match outcome:
        case Delivered(networks=networks):
            assert {network.platform for network in networks} >= set(platforms)
        case Held(reason=reason) | Deferred(reason=reason) | Rejected(reason=reason) | Unknown(reason=reason):
            assert reason
    for network in getattr(outcome, "networks", ()):
        assert isinstance(network.platform, str)
        assert isinstance(network.id, str)
        assert isinstance(network.url, str | None)


@given(st.integers(200, 599), BODIES)
def test_nothing_but_a_published_post_is_ever_delivered(status: int, body: Any) -> None:
    outcome = meaning(status, body)

    if isinstance(outcome, Delivered):
        assert '"success"' in json.dumps(body)
        assert "twitter" in json.dumps(body)


@given(st.integers(500, 599), BODIES)
def test_a_server_in_trouble_is_never_taken_for_a_request_that_was_not_sent(status: int, body: Any) -> None:
    outcome = meaning(status, body)

    assert not isinstance(outcome, Deferred) or "429" in json.dumps(body)
