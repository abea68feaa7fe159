"""No profile is asked more often than Ayrshare allows, nor while it has asked to wait."""

import pytest

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.throttle import PERIOD_S, REQUESTS, Throttle


async def test_a_profile_that_has_used_up_its_requests_waits_and_others_do_not() -> None:
    throttle = Throttle()
    for _ in range(REQUESTS):
        assert throttle.wait_s("acme") == 0
        await throttle.count("acme")
    assert throttle.wait_s("acme") > 0
    assert throttle.wait_s("globex") == 0


@pytest.mark.parametrize(
    ("reply", "at_least_s", "at_most_s"),
    [
        (Reply(429, None, retry_after_s=30.0), 20, 30),
        (Reply(429, {}), PERIOD_S - 10, PERIOD_S),
        (Reply(200, {}, is_last=True), PERIOD_S - 10, PERIOD_S),
        (Reply(200, {}), 0, 0),
        (Reply(503, None), 0, 0),
    ],
)
async def test_an_answer_says_when_to_go_on(reply: Reply, at_least_s: float, at_most_s: float) -> None:
    throttle = Throttle()
    throttle.heard("acme", reply)
    assert at_least_s <= throttle.wait_s("acme") <= at_most_s
    assert throttle.wait_s("globex") == 0
