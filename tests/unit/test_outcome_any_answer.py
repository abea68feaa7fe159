"""Whatever Ayrshare answers has a meaning, and a careful one."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import HELD, REJECTED, classify, first_code
from scheduler.model import Deferred, Delivered, Held, Rejected, Unknown
from tests.unit.answers import BOTH, NO_CREDITS, REPLAY, X, meaning

KNOWN_CODES = sorted({*REJECTED, *HELD})
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
WORDS = st.sampled_from(
    ["error", "success", "twitter", "linkedin", REPLAY, NO_CREDITS, *map(str, KNOWN_CODES)]
)
VALUES = st.recursive(
    SCALARS | WORDS | st.sampled_from(KNOWN_CODES),
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
