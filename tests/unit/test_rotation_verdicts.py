"""Which refusals of keys are tried once more with others: those after which nothing can be out that was not told."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from scheduler.delivery import rotation
from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import judge
from scheduler.lifecycle import State
from scheduler.model import Deferred, Held, Post, Unknown, WaitsFor
from tests.stored import NOW

TO_BOTH = ("twitter", "facebook")
POST = Post(
    id=1, customer="acme", route="blog", feed_id=1, entry_id=1, platforms=TO_BOTH, text="Hello", media=(),
    price_usd=Decimal(0), state=State.SENDING, attempt=1, created_at=NOW, due_at=NOW, due_reason="now",
)  # fmt: skip
RELINK = {"code": 272, "platform": "twitter", "message": "relink"}
IN_DOUBT: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "silent": (400, []),
    "for the time being": (
        400,
        [{"code": 0, "platform": "facebook", "message": "temporary", "retryAvailable": True}],
    ),
    "server trouble": (500, [{"platform": "facebook", "message": "boom"}]),
    "seen before": (400, [{"platform": "facebook", "message": "Idempotency key seen"}]),
}


def reply(status: int, *errors: dict[str, Any], out: tuple[str, ...] = ()) -> Reply:
    networks = [{"platform": name, "status": "success", "id": name} for name in out]
    return Reply(status, {"status": "error", "errors": list(errors), "postIds": networks})


@pytest.mark.parametrize("doubt", IN_DOUBT)
def test_where_another_network_is_in_doubt_nothing_is_sent_again(doubt: str) -> None:
    status, more = IN_DOUBT[doubt]
    verdict = judge(reply(status, RELINK, *more), TO_BOTH)

    assert isinstance(verdict.outcome, Unknown)
    assert not rotation.may_explain(verdict, replace(POST, reason=None))


@pytest.mark.parametrize("code", [102, 272, 419])
def test_a_refusal_of_keys_is_tried_once_more_for_the_networks_that_are_missing(code: int) -> None:
    verdict = judge(reply(400, RELINK | {"code": code}, out=("facebook",)), TO_BOTH)
    post = replace(POST, reason="late")

    assert isinstance(verdict.outcome, Held)
    assert rotation.may_explain(verdict, post)
    again = rotation.retry(verdict)
    assert [one.platform for one in again.networks] == ["facebook"]
    assert not rotation.may_explain(verdict, replace(POST, reason=again.reason)), "once"


def test_where_vault_cannot_say_it_is_asked_later() -> None:
    verdict = judge(reply(400, RELINK, out=("facebook",)), TO_BOTH)
    later = rotation.ask_later(verdict)

    assert (type(later), later.waits_for) == (Deferred, WaitsFor.VAULT)
    assert [one.platform for one in later.networks] == ["facebook"]
    assert rotation.may_explain(verdict, replace(POST, reason=later.reason)), "then it is looked at again"
