"""A post that may have gone out, looked up in the sandbox's history with keys from a real OpenBao."""

from datetime import timedelta
from typing import Any

import pytest

from scheduler.delivery.settle import settle
from scheduler.lifecycle import Event, State
from scheduler.model import Unknown
from scheduler.store import attempts, halts, posts
from tests.integration.desk import Desk, desk
from tests.stored import NOW, add_posts

__all__ = ["desk"]

BOTH = ("twitter", "linkedin")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_a_network_that_nothing_was_said_about_is_found_and_joined(desk: Desk) -> None:
    desk.fault("cut_after")
    await desk.send(*BOTH)
    after = await desk.look_up()

    assert after.state is State.DELIVERED
    assert [network.platform for network in after.network_posts] == [*BOTH]


async def test_half_a_post_that_is_in_doubt_is_looked_up_by_its_key_and_completed_with_another(
    desk: Desk,
) -> None:
    desk.world.sandbox.state.history_lag = timedelta(seconds=30)  # the first look comes too early
    desk.fault("refuse", code=999, retry_available=True)
    half = await desk.send(*BOTH)
    assert (half.state, half.open_platforms) == (State.UNKNOWN, ("twitter",))

    again = await desk.look_up(2)
    assert (again.state, again.idempotency_key, again.is_resend) == (State.SCHEDULED, None, False)
    assert [network.platform for network in again.network_posts] == ["linkedin"]

    desk.fault("cut_after")
    assert (await desk.send(key="ft-2")).state is State.UNKNOWN
    whole = await desk.look_up(2)
    assert whole.state is State.DELIVERED
    assert [network.platform for network in whole.network_posts] == ["linkedin", "twitter"]
    assert len(desk.world.sandbox.state.published("linkedin")) == 1
    assert len(desk.world.sandbox.state.published("twitter")) == 1


async def test_a_networks_passing_trouble_is_given_up_after_a_day_of_attempts(desk: Desk) -> None:
    desk.fault("refuse", code=999, retry_available=True, times=None)
    await desk.send("twitter")
    for number in range(2, 40):
        if (await desk.look_up()).state is not State.SCHEDULED:
            break
        desk.now += HOUR
        await desk.send(key=f"ft-{number}")

    assert (desk.post.state, desk.post.waits_for) == (State.HELD, "person")
    assert desk.now - NOW < DAY + 2 * HOUR
    assert "since 2026-11-22 12:00:00 UTC" in desk.reason


async def test_what_history_says_was_refused_for_good_is_rejected_with_the_networks_that_have_it(
    desk: Desk,
) -> None:
    desk.fault("refuse", code=132, message="Too long", platform="linkedin")
    half = await desk.send(*BOTH)
    assert half.state is State.REJECTED
    assert "published on X, but not on LinkedIn: the text is too long" in desk.reason


async def test_a_refusal_that_only_the_history_tells_opens_the_customers_halt(desk: Desk) -> None:
    desk.fault("credits")
    with desk.means.database.write() as session:
        (post,) = add_posts(session, 1)
        post = posts.advance(session, post, Event.CLAIM, NOW, attempt=1)
        attempts.begin(session, post, "ft-1", NOW)
        post = posts.advance(session, post, Event.SEND, NOW, idempotency_key="ft-1")
    await desk._outcome(post)
    with desk.means.database.write() as session:
        settle(session, post, Unknown("the daemon stopped"), NOW, 0.0)
    after = await desk.look_up()

    assert (after.state, after.waits_for) == (State.HELD, "credits")
    assert "buy credits" in desk.reason
    with desk.means.database.read() as session:
        assert [halt.waits_for for halt in halts.of(session, "acme")] == ["credits"]


async def test_a_second_request_with_the_key_that_is_refused_as_known_ends_with_a_person_and_the_evidence(
    desk: Desk,
) -> None:
    desk.world.sandbox.state.history_lag = DAY
    desk.fault("cut_after")
    await desk.send("twitter")
    assert (await desk.look_up(4)).state is State.SCHEDULED
    desk.now += HOUR
    assert (await desk.send()).state is State.UNKNOWN, "the key has been seen"
    after = await desk.look_up(4)

    assert (after.state, after.waits_for) == (State.HELD, "person")
    assert "sent twice with one key" in desk.reason
    assert "sent at 2026-11-22 12:00:00 UTC with key ft-1 (" in desk.reason
    assert "looked up 8 times" in desk.reason
    assert "firetime release p1" in desk.reason
    assert [one.idempotency_key for one in desk.attempts] == ["ft-1", "ft-1"]
    assert len(desk.world.texts()) == 1


async def test_a_duplicate_after_a_request_in_doubt_is_never_a_failure(desk: Desk) -> None:
    desk.fault("cut_before")
    await desk.send("twitter")
    await desk.look_up(4)
    desk.fault("refuse", code=110, message="Status is a duplicate.")
    assert (await desk.send()).state is State.UNKNOWN
    after = await desk.look_up()

    assert (after.state, after.waits_for) == (State.HELD, "person")
    assert "an earlier request may have published it: X says that it is a duplicate" in desk.reason
    assert "with key ft-1" in desk.reason


async def test_a_duplicate_after_a_networks_passing_trouble_is_never_a_failure_either(desk: Desk) -> None:
    desk.fault("refuse", code=999, retry_available=True)
    await desk.send("twitter")
    await desk.look_up()
    desk.fault("refuse", code=110, message="Status is a duplicate.")
    assert (await desk.send(key="ft-2")).state is State.UNKNOWN
    assert (await desk.look_up()).state is State.HELD
    assert "with key ft-1" in desk.reason


async def test_the_row_that_shows_the_post_wins_over_one_that_was_refused(desk: Desk) -> None:
    desk.world.sandbox.state.history_lag = HOUR
    desk.fault("cut_after")
    await desk.send("twitter")
    await desk.look_up(4)
    state = desk.world.sandbox.state
    state.posts[0].profile.used_idempotency_keys.clear()  # as if Ayrshare had forgotten the key
    assert (await desk.send()).state is State.UNKNOWN
    assert [post.status for post in state.posts] == ["success", "error"]
    desk.now += HOUR
    after = await desk.look_up()

    assert after.state is State.DELIVERED


async def test_a_history_that_cannot_be_read_for_a_day_ends_with_a_person_and_the_evidence(
    desk: Desk,
) -> None:
    desk.fault("cut_after")
    desk.fault("error_before", path="/history", status=502, times=None)
    await desk.send("twitter")
    lookups = 0
    while (await desk.look_up()).state is State.UNKNOWN:
        lookups += 1
        desk.now += 3 * HOUR
        assert lookups < 20

    assert desk.now - NOW >= DAY
    assert "may have gone out, and Ayrshare's history does not tell" in desk.reason
    assert "HTTP 502" in desk.reason
    assert f"asked {lookups + 1} times since" in desk.reason
    assert "with key ft-1" in desk.reason
    assert desk.lines.count("post_lookup_failed") == 1, "one line, not one each time"


async def test_a_history_that_is_back_settles_the_post_as_if_nothing_had_been(desk: Desk) -> None:
    desk.fault("cut_after")
    desk.fault("error_before", path="/history", status=502, times=3)
    await desk.send("twitter")
    after = await desk.look_up(4)

    assert (after.state, after.trouble_at) == (State.DELIVERED, None)


async def test_a_look_up_that_is_answered_ends_the_trouble_with_the_history(desk: Desk) -> None:
    desk.fault("cut_before")
    desk.fault("error_before", path="/history", status=502)
    await desk.send("twitter")
    failed = await desk.look_up()
    assert (failed.lookups, failed.retries, failed.trouble_at) == (0, 1, desk.now)
    absent = await desk.look_up()
    assert (absent.lookups, absent.retries, absent.trouble_at) == (1, 0, None)


@pytest.mark.parametrize(("options", "least_s"), [({"retry_after": 900}, 900), ({}, 300)])
async def test_a_history_that_is_asked_too_often_is_left_alone_as_long_as_it_says(
    desk: Desk, options: dict[str, Any], least_s: int
) -> None:
    desk.fault("cut_after")
    desk.fault("rate_limit", path="/history", **options)
    await desk.send("twitter")
    after = await desk.look_up()

    assert after.state is State.UNKNOWN
    assert after.wake_at is not None
    assert after.wake_at - desk.now >= timedelta(seconds=least_s)


async def test_a_post_that_ayrshare_is_still_at_is_not_asked_about_for_ever(desk: Desk) -> None:
    desk.fault("cut_after")
    await desk.send("twitter")
    desk.world.sandbox.state.posts[0].status = "processing"
    while (await desk.look_up()).state is State.UNKNOWN:
        desk.now += 3 * HOUR
        assert desk.now - NOW < 2 * DAY

    assert "Ayrshare is still at it" in desk.reason


async def test_after_days_of_standstill_the_history_is_asked_as_far_back(desk: Desk) -> None:
    desk.fault("cut_after")
    await desk.send("twitter")
    desk.now += 9 * DAY
    after = await desk.look_up()

    assert after.state is State.DELIVERED, "absence would have sent it a second time"


async def test_a_history_that_is_full_without_the_post_proves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.delivery.history.SMALL_PAGE", 1)
    monkeypatch.setattr("scheduler.delivery.history.LARGE_PAGE", 2)
    desk.fault("cut_before")
    await desk.send("twitter")
    for number in range(2):
        desk.now += timedelta(seconds=1)
        other = desk.post.id + 100 + number
        await _somebody_posts(desk, f"ft-{other}", f"Something else {number}")
    after = await desk.look_up()

    assert (after.state, after.lookups) == (State.UNKNOWN, 0)
    assert desk.lines[-1] == "post_lookup_failed"


async def _somebody_posts(desk: Desk, key: str, text: str) -> None:
    customer = desk.means.customer("acme")
    assert customer is not None
    keys = await desk.means.vault.customer_keys(customer, with_x=True, why="test")
    body = {"post": text, "platforms": ["twitter"], "notes": key, "idempotencyKey": key}
    api_key = await desk.means.vault.ayrshare_key(why="test")
    reply = await desk.means.ayrshare.post(api_key.value, keys, body)
    assert reply.http_status == 200
