"""Whatever Ayrshare answers has a meaning, and a careful one."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import classify, first_code
from scheduler.delivery.outcome_table import TABLE
from scheduler.model import Deferred, Delivered, Held, Rejected, Unknown
from tests.unit.answers import BOTH, NO_CREDITS, REPLAY, X

KNOWN_CODES = sorted({code for row in TABLE for code in row.codes})
THREE = (*BOTH, "instagram")
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
    max_leaves=10,
)
ENTRIES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["success", "error"]),
        "platform": st.sampled_from(["twitter", "linkedin", "instagram"]),
    },
    optional={"id": VALUES, "code": VALUES, "message": VALUES, "details": VALUES, "postUrl": VALUES},
)
PARTS = st.fixed_dictionaries(
    {"status": st.sampled_from(["success", "error", "scheduled"])},
    optional={
        "postIds": st.lists(ENTRIES, max_size=4),
        "errors": st.lists(ENTRIES, max_size=4),
        "id": VALUES,
    },
)
BODIES = (
    st.none()
    | st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=6)
    | PARTS
    | st.fixed_dictionaries({"posts": st.lists(PARTS, max_size=3)})
)


@given(st.integers(100, 599), BODIES, st.sampled_from([X, BOTH, THREE]))
def test_any_answer_has_a_careful_meaning(status: int, body: Any, platforms: tuple[str, ...]) -> None:
    reply = Reply(status, body)
    outcome = classify(reply, platforms)
    published = {network.platform for network in outcome.networks}

    assert isinstance(first_code(reply), int | None)
    assert published <= {*_successes(body)} & {*platforms}
    match outcome:
        case Delivered():
            assert published == {*platforms}, "nothing is delivered without a success of each network"
        case Held(reason=reason) | Deferred(reason=reason) | Rejected(reason=reason) | Unknown(reason=reason):
            assert reason
    if status >= 500 and isinstance(outcome, Deferred):
        assert any(code in json.dumps(body) for code in ("429", "435")), (
            "a server in trouble may have posted, unless a known code says otherwise"
        )
    for network in outcome.networks:
        assert isinstance(network.id, str)
        assert isinstance(network.url, str | None)


def _successes(value: Any) -> Iterator[str]:
    """The networks of all entries anywhere that say "success"."""
    if isinstance(value, dict):
        if value.get("status") == "success":
            yield str(value.get("platform"))
        yield from (name for inner in value.values() for name in _successes(inner))
    elif isinstance(value, list):
        yield from (name for inner in value for name in _successes(inner))
