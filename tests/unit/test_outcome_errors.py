"""What each error of Ayrshare means for the post, row by row. The rows follow Ayrshare's error documentation."""

import re
from typing import Any

import pytest

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import HELD, MESSAGES, REJECTED, STATUSES, classify, first_code
from scheduler.model import Deferred, Held, Outcome, Rejected, Unknown, WaitsFor
from tests.unit.answers import BOTH, NO_CREDITS, REPLAY, flat, listed, meaning, wrapped

NO_WRITE = "Your client app is not configured with the appropriate OAuth1 app permissions."

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


@pytest.mark.parametrize(
    ("platforms", "named", "words"),
    [
        (("twitter",), None, "X is not linked"),
        (("linkedin",), None, "Linkedin is not linked"),
        (("twitter", "linkedin"), "linkedin", "Linkedin is not linked"),
        (("twitter", "linkedin"), None, "A network is not linked"),
    ],
)
def test_the_network_that_is_not_linked_is_named(
    platforms: tuple[str, ...], named: str | None, words: str
) -> None:
    error = {"action": "post", "status": "error", "code": 156, "message": "Not linked"}
    reply = Reply(400, {"status": "error", "errors": [error | ({"platform": named} if named else {})]})
    outcome = classify(reply, platforms)
    assert isinstance(outcome, Held)
    assert outcome.reason.startswith(words)
