"""What each error of Ayrshare means beyond the rows of the table: shapes, collisions, and what is never guessed."""

from typing import Any

import pytest

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import classify, first_code
from scheduler.model import Deferred, Held, Outcome, Rejected, Unknown, WaitsFor
from tests.unit.answers import BOTH, REPLAY, flat, listed, meaning, wrapped

SHAPES = pytest.mark.parametrize("shape", [flat, listed, wrapped], ids=["flat", "errors", "posts.errors"])
KNOWN = {101: Rejected, 137: Rejected, 156: Held, 272: Held, 402: Held}
BARE_STATUSES: dict[int, WaitsFor] = {
    400: WaitsFor.PERSON,
    401: WaitsFor.API_KEY,
    402: WaitsFor.CREDITS,
    403: WaitsFor.SUSPENDED,
    404: WaitsFor.PERSON,
    419: WaitsFor.CREDENTIALS,
}


@SHAPES
@pytest.mark.parametrize("code", KNOWN)
@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_a_known_code_decides_whatever_the_status_and_the_shape(shape: Any, code: int, status: int) -> None:
    assert type(meaning(status, shape(code, "No."))) is KNOWN[code]


def test_an_error_nested_as_in_the_history_is_read() -> None:
    body = {"history": {"status": "error", "code": 272, "message": "Relink"}}

    assert first_code(Reply(400, body)) == 272
    assert isinstance(meaning(400, body), Held)
    assert getattr(meaning(400, body), "waits_for", None) is WaitsFor.RELINK


def test_x_s_own_problem_is_read_as_it_stands() -> None:
    problem = {"title": "CreditsDepleted", "detail": "No.", "type": "about:blank", "status": 402}
    for body in (problem, {"status": "error", "posts": [problem]}):
        outcome = meaning(400, body)

        assert isinstance(outcome, Held)
        assert (outcome.waits_for, outcome.platform) == (WaitsFor.CREDITS, "twitter")


@pytest.mark.parametrize(("status", "waits_for"), BARE_STATUSES.items())
@pytest.mark.parametrize(
    "body", [None, {}, flat(None, "No."), flat(987, "No.")], ids=["none", "empty", "text", "code"]
)
def test_the_status_decides_where_nothing_else_does(status: int, waits_for: WaitsFor, body: Any) -> None:
    outcome = meaning(status, body)

    assert isinstance(outcome, Held)
    assert outcome.waits_for is waits_for
    assert waits_for is not WaitsFor.PERSON or f"HTTP {status}" in outcome.reason


@pytest.mark.parametrize("body", [None, {}, flat(429, "Too many requests"), flat(None, "Slow down")])
def test_the_rate_limit_defers_for_as_long_as_the_server_asks(body: Any) -> None:
    limit = Deferred(WaitsFor.RATE_LIMIT, "Ayrshare's rate limit is reached", 17.0)

    assert meaning(429, body, retry_after_s=17.0) == limit
    assert getattr(meaning(429, body), "retry_after_s", 0) is None


@pytest.mark.parametrize(
    ("details", "seconds"), [(40, 40.0), ("90", 90.0), (0.5, 0.5), ("soon", None), (-1, None), (True, None)]
)
def test_another_networks_rate_limit_defers_where_it_says_for_how_long(
    details: Any, seconds: float | None
) -> None:
    outcome = classify(Reply(400, listed(435, "Slow down", details=details)), ["instagram"])

    if seconds is None:
        assert isinstance(outcome, Held)
        assert "Slow down" in outcome.reason
    else:
        assert outcome == Deferred(WaitsFor.RATE_LIMIT, "Instagram's rate limit is reached", seconds)


@pytest.mark.parametrize("code", [107, 361, 435, 485])
def test_other_networks_codes_say_nothing_about_x(code: int) -> None:
    refused, failed = meaning(400, listed(code, "?", details=40)), meaning(500, listed(code, "?"))

    assert isinstance(refused, Held)
    assert "HTTP 400" in refused.reason
    assert isinstance(failed, Unknown)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 599])
@pytest.mark.parametrize(
    "body", [None, {}, flat(None), flat(999, "Something new")], ids=["none", "empty", "flat", "code"]
)
def test_a_5xx_may_have_gone_out(status: int, body: Any) -> None:
    assert isinstance(meaning(status, body), Unknown)


@SHAPES
@pytest.mark.parametrize("status", [200, 400, 409, 429, 500])
@pytest.mark.parametrize("code", [None, 101, 400, 999])
def test_a_key_that_was_seen_before_means_that_the_first_request_arrived(
    shape: Any, status: int, code: int | None
) -> None:
    assert isinstance(meaning(status, shape(code, REPLAY)), Unknown)


@SHAPES
def test_a_known_code_decides_before_what_a_network_says_about_retries(shape: Any) -> None:
    assert isinstance(meaning(400, shape(272, "X failed", retryAvailable=True)), Held)


def test_a_401_that_names_x_never_blames_the_api_key_of_everybody() -> None:
    body = listed(401, "Unauthorized", platform="twitter")

    assert getattr(meaning(401, body), "waits_for", None) is WaitsFor.RELINK
    assert getattr(meaning(401, flat(401, "Unauthorized")), "waits_for", None) is WaitsFor.API_KEY


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_a_warning_among_the_errors_stops_nothing(status: int) -> None:
    alone, beside = meaning(status, listed(518)), meaning(status, {"errors": [flat(518), flat(137)]} | ERROR)

    assert alone == meaning(status, ERROR)
    assert isinstance(beside, Rejected)


ERROR: dict[str, Any] = {"status": "error"}
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
    ["137", 137.0, None, True, [137], {"a": 1}, ""],
    ids=["text", "float", "null", "truth", "list", "object", "empty"],
)
def test_a_code_that_is_no_whole_number_is_no_code(code: Any) -> None:
    assert isinstance(meaning(400, {"status": "error", "code": code, "message": "?"}), Held)


def test_a_long_message_is_cut_for_people_and_read_to_its_end() -> None:
    outcome = meaning(400, flat(None, "x" * 10_000 + " CreditsDepleted"))

    assert isinstance(outcome, Held)
    assert outcome.waits_for is WaitsFor.CREDITS
    assert len(outcome.reason) < 700


def test_what_a_database_cannot_keep_is_taken_out_of_what_is_said() -> None:
    outcome = meaning(400, flat(137, "a\ud800b\0c\nd"))

    assert isinstance(outcome, Rejected)
    assert "[a?bc d]" in outcome.reason


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ([110, 137], Rejected),
        ([110, 272], Held),
        ([272, 110], Held),
        ([110, 999], Held),
        ([429, 110], Deferred),
        ([429, 272], Held),
    ],
)
def test_where_a_request_fails_in_several_ways_the_most_careful_reading_counts(
    codes: list[int], kind: type[Outcome]
) -> None:
    body = {"status": "error", "errors": [flat(code, "No.") for code in codes], "postIds": []}

    assert type(meaning(400, body, BOTH)) is kind
