"""Every row of the outcome table, in every shape that Ayrshare's answers have; no row without an example."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from scheduler.delivery.ayrshare import NoAnswer, NotSent, Reply
from scheduler.delivery.outcome import Verdict, judge, judge_failure
from scheduler.delivery.outcome_table import DUPLICATES, TABLE, Row
from scheduler.model import Deferred, Held, Outcome, Rejected, Unknown, WaitsFor
from tests.unit.answers import NO_CREDITS, REPLAY, X, flat, listed, wrapped

LINKEDIN = ("linkedin",)
NO_WRITE = "Your client app is not configured with the appropriate OAuth1 app permissions."
CREDITS_TYPE = "https://api.twitter.com/2/problems/credits"


@dataclass(frozen=True)
class Case:
    """What Ayrshare says, and what it means. `about` is the network that a `Held` has to name."""

    row: str
    kind: type[Outcome]
    status: int
    code: int | None
    message: str
    waits_for: WaitsFor | None = None
    about: str = ""
    platforms: tuple[str, ...] = X
    more: tuple[tuple[str, Any], ...] = ()
    names_network: bool = False

    @property
    def replies(self) -> Iterator[Reply]:
        shapes = (flat, listed, wrapped)
        network = {"platform": self.platforms[0]} if self.names_network else {}
        more = dict(self.more) | network
        return (Reply(self.status, shape(self.code, self.message, **more), 17.0) for shape in shapes)


def rejected(row: str, code: int | None, message: str, status: int = 400) -> Case:
    return Case(row, Rejected, status, code, message)


def held(
    row: str, waits_for: WaitsFor, about: str, code: int | None, message: str, status: int = 400, **more: Any
) -> Case:
    return Case(row, Held, status, code, message, waits_for, about, more=tuple(more.items()))


PASSED_ON = {"title": "CreditsDepleted", "detail": NO_CREDITS, "type": CREDITS_TYPE, "status": 402}
OTHER_CODES = (107, 108, 138, 161, 288, 349, 350, 361, 362, 373, 379, 435, 436, 440, 479, 485)
CASES: tuple[Case, ...] = (
    Case("idempotency", Unknown, 400, None, REPLAY),
    Case("idempotency", Unknown, 409, 101, REPLAY),
    rejected("parameter", 101, "Missing or incorrect parameters."),
    held("api_key", WaitsFor.API_KEY, "", 102, "API Key not valid", 403),
    held("api_key", WaitsFor.API_KEY, "", 102, "No."),
    held("quota", WaitsFor.API_KEY, "", 106, "Monthly quota exhausted"),
    rejected("duplicate_x", 110, "Status is a duplicate."),
    rejected("duplicate_x", 110, "No.", 403),
    rejected("long_without_premium", 111, "Long posts take Premium."),
    *(rejected("delete", code, "Not there.", 404) for code in (114, 382, 383)),
    rejected("too_long", 132, "Post is too long. Please shorten to 280. Overage: 12"),
    rejected("media", 136, "The media URL cannot be used."),
    rejected(
        "duplicate_ayrshare", 137, "Duplicate or similar content posted within the same two day period."
    ),
    rejected("duplicate_ayrshare", 137, "No."),
    held("not_linked", WaitsFor.RELINK, "twitter", 156, "The social network is not linked."),
    Case("not_linked", Held, 400, 156, "Not linked.", WaitsFor.RELINK, "linkedin", LINKEDIN),
    held("plan", WaitsFor.API_KEY, "", 169, "Your plan does not include this."),
    held("relink", WaitsFor.RELINK, "twitter", 272, "There is an issue authorizing the X/Twitter account."),
    held("credits", WaitsFor.CREDITS, "twitter", 402, "Payment required"),
    held("headers_missing", WaitsFor.CREDENTIALS, "twitter", 419, "Credentials are required"),
    Case("rate_limit", Deferred, 400, 429, "Too many requests", WaitsFor.RATE_LIMIT),
    Case("network_rate", Deferred, 400, 435, "Wait", WaitsFor.RATE_LIMIT, "", LINKEDIN, (("details", "40"),)),
    Case("network_rate", Deferred, 500, 435, "Wait", WaitsFor.RATE_LIMIT, "", LINKEDIN, (("details", 40),)),
    *(
        Case("other_networks", Held, 400, code, "The page is gone.", WaitsFor.PERSON, "linkedin", LINKEDIN)
        for code in OTHER_CODES
    ),
    held("credits_in_words", WaitsFor.CREDITS, "twitter", None, NO_CREDITS, 403),
    held("credits_in_words", WaitsFor.CREDITS, "twitter", 999, "CreditsDepleted"),
    held("credits_in_words", WaitsFor.CREDITS, "twitter", 403, "Forbidden", 403, details=PASSED_ON),
    held("credits_in_words", WaitsFor.CREDITS, "twitter", 400, "No.", title="CreditsDepleted"),
    held("credits_in_words", WaitsFor.CREDITS, "twitter", 400, "No.", type=CREDITS_TYPE),
    held("permission", WaitsFor.PERMISSION, "twitter", 403, NO_WRITE, 403),
    held("permission", WaitsFor.PERMISSION, "twitter", None, NO_WRITE.upper()),
    held("headers_missing_in_words", WaitsFor.CREDENTIALS, "twitter", None, "x_credentials_required"),
    held(
        "headers_missing_in_words",
        WaitsFor.CREDENTIALS,
        "twitter",
        400,
        "No.",
        identifier="x_credentials_required",
    ),
    held("missing_pair", WaitsFor.CREDENTIALS, "twitter", 400, "You provided Api-Key but not Api-Secret"),
    held("missing_pair", WaitsFor.CREDENTIALS, "twitter", None, "You provided Api-Secret but not Api-Key"),
    held("api_key_in_words", WaitsFor.API_KEY, "", None, "API Key not valid", 403),
    rejected("duplicate_ayrshare_in_words", None, "Duplicate or similar content posted.", 403),
    rejected(
        "duplicate_x_in_words", 403, "You are not allowed to create a Tweet with duplicate content.", 403
    ),
    rejected("duplicate_x_in_words", None, "Status is a duplicate."),
    Case("retry_available", Unknown, 400, 999, "X failed", more=(("retryAvailable", True),)),
    Case("retry_available", Unknown, 403, None, "X failed", more=(("retryAvailable", True),)),
    held("api_key_by_status", WaitsFor.API_KEY, "", None, "No.", 401),
    Case("relink_by_status", Held, 401, 401, "No.", WaitsFor.RELINK, "twitter", names_network=True),
    held("credits_by_status", WaitsFor.CREDITS, "twitter", 987, "No.", 402),
    held("suspended", WaitsFor.SUSPENDED, "", 987, "No.", 403),
    held("headers_missing_by_status", WaitsFor.CREDENTIALS, "twitter", None, "No.", 419),
    Case("rate_limit_by_status", Deferred, 429, None, "Slow down", WaitsFor.RATE_LIMIT),
    *(Case("server_trouble", Unknown, status, 999, "Down") for status in (500, 502, 503, 504)),
    *(Case("unknown_5xx", Unknown, status, 999, "Down") for status in (501, 520, 599)),
    *(
        held("unknown_4xx", WaitsFor.PERSON, "twitter", 999, "Something new", status)
        for status in (400, 404, 405, 409, 413, 418, 422, 451, 499)
    ),
    Case("unknown_4xx", Held, 401, 401, "No.", WaitsFor.PERSON, "linkedin", LINKEDIN, names_network=True),
    Case("unknown_4xx", Held, 403, 403, "No.", WaitsFor.PERSON, "twitter", names_network=True),
)
SILENT = (
    Reply(200, {"status": "success"}),
    Reply(200, {"posts": [{"status": "success", "postIds": []}]}),
    Reply(301, None),
)
FAILURES: dict[str, tuple[Any, ...]] = {
    "not_delivered": (NotSent("Ayrshare cannot be reached"), NotSent("no name")),
    "maybe_posted": (NoAnswer("no answer within 90 s"), NoAnswer("the connection broke")),
}
Judge = Callable[[tuple[Row, ...]], Verdict]


def examples() -> Iterator[tuple[str, Judge]]:
    """For each row what Ayrshare may say, to be judged by a table."""
    for case in CASES:
        for reply in case.replies:
            yield case.row, partial(judge, reply, case.platforms)
    for reply in SILENT:
        yield "no_success_for_network", partial(judge, reply, X)
    for name, failures in FAILURES.items():
        for failure in failures:
            yield name, partial(judge_failure, failure)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row}-{case.status}-{case.code}")
def test_each_row_is_read_from_every_shape(case: Case) -> None:
    for reply in case.replies:
        verdict = judge(reply, case.platforms)
        outcome = verdict.outcome

        assert verdict.rows == {case.row}
        assert type(outcome) is case.kind
        assert getattr(outcome, "waits_for", None) == case.waits_for
        assert getattr(outcome, "platform", "") == case.about
        if not isinstance(outcome, Deferred):  # what was said is kept, and put into words
            assert f"[{case.message}" in getattr(outcome, "reason", "")
            assert not getattr(outcome, "reason", "[").startswith("[")


def test_the_lack_of_an_answer_has_a_row_too() -> None:
    cannot, lost = NotSent("Ayrshare cannot be reached"), NoAnswer("no answer within 90 s")

    assert judge_failure(cannot).outcome == Deferred(WaitsFor.AYRSHARE, "Ayrshare cannot be reached")
    assert judge_failure(lost).outcome == Unknown("no answer within 90 s")


def test_every_row_has_two_examples_and_every_example_a_row() -> None:
    counted = {name: len(list(group)) for name, group in itertools.groupby(sorted(n for n, _ in examples()))}

    assert counted.keys() == {row.name for row in TABLE}
    assert len(TABLE) == len({row.name for row in TABLE})
    assert min(counted.values()) >= 2


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_row_cannot_be_left_out_without_an_example_that_notices(row: Row) -> None:
    without = tuple(other for other in TABLE if other is not row)

    assert any(_differs(judge_by, without) for name, judge_by in examples() if name == row.name)


def _differs(judge_by: Judge, table: tuple[Row, ...]) -> bool:
    try:
        return judge_by(table).outcome != judge_by(TABLE).outcome
    except LookupError:
        return True


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_code_word_and_status_of_a_row_has_an_example(row: Row) -> None:
    cases = [case for case in CASES if case.row == row.name]
    said = [f"{case.message} {dict(case.more)}".lower() for case in cases]

    assert row.codes <= {case.code for case in cases}
    for words in row.words.pattern.split("|") if row.words else ():
        assert any(words in text for text in said), words
    if isinstance(row.statuses, tuple):
        assert set(row.statuses) == {case.status for case in cases}


def test_the_body_code_decides_before_the_message_and_the_message_before_the_http_status() -> None:
    for status, code, message, row in (
        (402, 137, NO_CREDITS, "duplicate_ayrshare"),
        (429, None, NO_WRITE, "permission"),
        (500, 272, "x_credentials_required", "relink"),
        (403, 999, "Something", "suspended"),
    ):
        assert judge(Reply(status, flat(code, message)), X).rows == {row}


def test_the_rows_that_say_duplicate_are_known_as_such() -> None:
    assert {case.row for case in CASES if "uplicate" in case.message} == DUPLICATES


def test_what_a_person_must_do_is_said_once_and_without_how_to_go_on() -> None:
    for row in TABLE:
        if row.meaning.kind is Held:
            assert row.meaning.todo, row.name
            assert "release" not in row.meaning.todo, row.name
            assert row.meaning.todo[-1] not in ".,;:", row.name
