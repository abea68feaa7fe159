"""What an answer means for a post to several networks, of which some have it and some have not."""

from typing import Any

import pytest

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import judge
from scheduler.model import Deferred, Delivered, Held, NetworkPost, Outcome, Rejected, Unknown, WaitsFor
from tests.unit.answers import BOTH, ON_LINKEDIN, POSTED, flat, meaning

LINKEDIN = NetworkPost("linkedin", "urn:li:1", None)
THREE = ("twitter", "linkedin", "instagram")


def about(platform: str, code: int | None, message: str = "No.", **more: Any) -> dict[str, Any]:
    return flat(code, message, platform=platform, **more)


def partly(*errors: dict[str, Any], profile_key: bool = True) -> dict[str, Any]:
    """LinkedIn has it, and these went wrong."""
    body = {"status": "error", "errors": list(errors), "postIds": [ON_LINKEDIN], "id": "a"}
    return {"status": "error", "posts": [body]} if profile_key else body


MISSING: list[tuple[str, dict[str, Any], type[Outcome], WaitsFor | None]] = [
    ("relink", about("twitter", 272), Held, WaitsFor.RELINK),
    ("credits", about("twitter", 402), Held, WaitsFor.CREDITS),
    ("duplicate_ayrshare", about("twitter", 137), Rejected, None),
    ("rate_limit", about("twitter", 429), Deferred, WaitsFor.RATE_LIMIT),
    ("retry_available", about("twitter", 999, retryAvailable=True), Unknown, None),
    ("unknown_4xx", about("twitter", 999), Held, WaitsFor.PERSON),
    ("relink", about("X", 272), Held, WaitsFor.RELINK),
    ("relink", flat(272, "No."), Held, WaitsFor.RELINK),
    ("no_success_for_network", about("linkedin", 272), Unknown, None),
    ("no_success_for_network", about("facebook", 361), Unknown, None),
]


@pytest.mark.parametrize("profile_key", [True, False])
@pytest.mark.parametrize(("row", "error", "kind", "waits_for"), MISSING, ids=[case[0] for case in MISSING])
def test_the_network_that_has_not_got_it_decides_and_the_others_are_kept(
    row: str, error: dict[str, Any], kind: type[Outcome], waits_for: WaitsFor | None, profile_key: bool
) -> None:
    verdict = judge(Reply(400, partly(error, profile_key=profile_key)), BOTH)

    assert verdict.rows == {row}
    assert type(verdict.outcome) is kind
    assert getattr(verdict.outcome, "waits_for", None) == waits_for
    assert verdict.outcome.networks == (LINKEDIN,)


@pytest.mark.parametrize("status", [200, 400, 402, 403, 429, 500])
def test_a_network_that_nothing_is_said_about_is_looked_up_first(status: int) -> None:
    outcome = meaning(status, partly(), BOTH)

    assert isinstance(outcome, Unknown)
    assert outcome.networks == (LINKEDIN,)
    assert "X" in outcome.reason


def test_a_note_on_a_success_is_no_error() -> None:
    part = {"status": "success", "message": "Posted", "postIds": [ON_LINKEDIN]}

    assert isinstance(meaning(400, {"status": "error", "posts": [part]}, BOTH), Unknown)


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([about("twitter", 137), about("instagram", 137)], Rejected),
        ([about("twitter", 137), about("instagram", 435, details=60)], Deferred),
        ([about("instagram", 435, details=60), about("twitter", 402)], Held),
        ([about("twitter", 402), about("instagram", 999, retryAvailable=True)], Unknown),
        ([about("twitter", 402)], Unknown),
        ([about("twitter", 402), flat(137)], Held),
    ],
)
def test_the_most_careful_reading_of_all_that_are_missing_decides(
    errors: list[dict[str, Any]], kind: type[Outcome]
) -> None:
    outcome = meaning(400, partly(*errors), THREE)

    assert type(outcome) is kind
    assert outcome.networks == (LINKEDIN,)


def test_where_all_are_refused_for_good_each_reason_is_told() -> None:
    outcome = meaning(400, partly(about("twitter", 132), about("instagram", 137)), THREE)

    assert isinstance(outcome, Rejected)
    assert "X: the text is too long" in outcome.reason
    assert "Instagram: Ayrshare has seen" in outcome.reason


def test_a_failure_without_any_success_counts_for_every_network_that_it_does_not_name() -> None:
    both = {"status": "error", "errors": [about("twitter", 137), about("linkedin", 137)]}
    one = {"status": "error", "errors": [about("twitter", 137)]}

    assert isinstance(meaning(400, both, BOTH), Rejected)
    assert isinstance(meaning(400, one, BOTH), Unknown), "nothing is said about LinkedIn"
    assert isinstance(meaning(400, flat(137), BOTH), Rejected)


def test_a_success_that_lists_an_error_is_not_believed_in_either() -> None:
    body = {"status": "success", "postIds": [ON_LINKEDIN], "errors": [about("twitter", 137)]}

    assert isinstance(meaning(200, body, BOTH), Unknown)


def test_all_networks_together_are_delivered_once_each() -> None:
    outcome = meaning(200, {"status": "success", "postIds": [POSTED, ON_LINKEDIN, POSTED]}, BOTH)

    assert isinstance(outcome, Delivered)
    assert [network.platform for network in outcome.networks] == ["twitter", "linkedin"]


def test_a_network_that_was_not_asked_is_not_recorded() -> None:
    outcome = meaning(200, {"status": "success", "postIds": [POSTED, ON_LINKEDIN]}, ("twitter",))

    assert [network.platform for network in outcome.networks] == ["twitter"]


@pytest.mark.parametrize(
    ("platforms", "named", "words"),
    [
        (("twitter",), (None,), "X is not linked"),
        (("linkedin",), (None,), "LinkedIn is not linked"),
        (("twitter", "linkedin"), ("linkedin", "twitter"), "LinkedIn is not linked"),
        (("twitter", "linkedin"), (None,), "A network is not linked"),
    ],
)
def test_the_network_that_is_not_linked_is_named(
    platforms: tuple[str, ...], named: tuple[str | None, ...], words: str
) -> None:
    errors = [flat(156, "Not linked", **({"platform": name} if name else {})) for name in named]
    outcome = meaning(400, {"status": "error", "errors": errors}, platforms)

    assert isinstance(outcome, Held)
    assert outcome.reason.startswith(words)
    assert outcome.platform == (named[0] or (platforms[0] if len(platforms) == 1 else ""))
