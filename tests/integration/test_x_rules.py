"""A text that breaks one of X's rules does not leave the daemon, until a person says so."""

from scheduler.actions import Action, Choice, Order, carry_out, chosen
from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.config import Config
from tests.world import World, wait_for_state

STRANGER = "A launch by @nobody_asked"


def act(parts: Parts, action: Action, text: str = "") -> None:
    with parts.database.write() as session:
        found = chosen(session, Choice(("p1",)), action, Config())
        carry_out(session, Order(action, "alice", utc_now(), text=text), found, Config())


async def test_a_persons_words_that_mention_a_stranger_are_held_and_sent_once_that_is_meant(
    world: World,
) -> None:
    world.add_customer("acme", route='first_poll = "newest 1"\nschedule = { approval = true }\n')
    world.feeds.add("acme", "Ask @nasa about $AAPL and $TSLA")
    async with world.daemon() as parts:
        (composed,) = await wait_for_state(parts, "awaiting_approval")
        assert composed["text"].startswith("Ask nasa about $AAPL and TSLA")
        act(parts, Action.EDIT, text=STRANGER)
        act(parts, Action.APPROVE)

        (held,) = await wait_for_state(parts, "held")
        assert held["waits_for"] == "x_rules"
        assert "the text mentions @nobody_asked" in held["reason"]
        assert list(world.sandbox.state.requests) == []

        act(parts, Action.RELEASE)
        await wait_for_state(parts, "delivered")
    assert world.texts() == [STRANGER]
