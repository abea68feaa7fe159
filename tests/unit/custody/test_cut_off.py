"""A firing whose worker is gone leaves word of when it may have read keys: an audit goes by that."""

from pathlib import Path
from typing import Any

import pytest

from scheduler.custody.audit_readings import CutOff, cut_off
from scheduler.delivery.fire import recover
from scheduler.store import posts, proof
from scheduler.store.chain import Line
from tests.stored import MINUTE, NOW, add_posts, fresh

GIVEN_BACK = {"for": "p1/1", "since": NOW.isoformat()}


def test_a_firing_that_is_taken_back_says_since_when_it_was_claimed(tmp_path: Path) -> None:
    with fresh(f"sqlite:///{tmp_path}/firetime.db") as database, database.write() as session:
        add_posts(session, 1)
        (post,) = posts.claim_due(session, NOW, NOW + MINUTE, 1)
        recover(session, post, NOW + MINUTE)
        found = [one for line in proof.lines(session) if (one := cut_off(line)) is not None]

    assert found == [CutOff("p1/1", "acme", NOW, NOW + MINUTE)]


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "post_defer"},
        {"detail": None},
        {"detail": {"for": "p1/1"}},
        {"detail": GIVEN_BACK | {"since": ["once"]}},
        {"at": "long ago"},
    ],
)
def test_any_other_line_says_nothing_of_it(changes: dict[str, Any]) -> None:
    content = {"action": "post_give_back", "at": NOW + MINUTE, "customer": "acme", "detail": GIVEN_BACK}

    assert cut_off(Line(1, "", content)) == CutOff("p1/1", "acme", NOW, NOW + MINUTE)
    assert cut_off(Line(1, "", content | changes)) is None
