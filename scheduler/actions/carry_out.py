"""One action on many posts: on all of them, or on none where one does not allow it."""

from collections.abc import Callable, Iterable, Sequence

from sqlmodel import Session

from scheduler.actions.order import PASSIVE, Action, CannotAct, Case, Order, Unusable
from scheduler.actions.steps import approve, cancel, release, retry
from scheduler.actions.times import reschedule, send_now
from scheduler.actions.words import edit
from scheduler.config import Config
from scheduler.model import Post
from scheduler.store import posts
from scheduler.timetable import place_anew

DO: dict[Action, Callable[[Case], Post]] = {
    Action.APPROVE: approve,
    Action.REJECT: cancel,
    Action.CANCEL: cancel,
    Action.RELEASE: release,
    Action.RETRY: retry,
    Action.RESCHEDULE: reschedule,
    Action.SEND_NOW: send_now,
    Action.EDIT: edit,
}
MOVES_OTHERS = frozenset(Action) - {Action.APPROVE, Action.EDIT}
"""What frees or takes a place in the customer's timetable, so that its posts are planned anew.

A post that awaits approval has its place already; one that is held, rejected or expired has none.
"""


def carry_out(session: Session, order: Order, found: Sequence[Post], config: Config) -> list[Post]:
    """Do it to each of the posts; gives them as they are then.

    Raises `Unusable` or `CannotAct` with a line for every post that does not allow it; the caller's transaction must
    not be committed then.
    """
    done = _do(session, order, found, config)
    has_grown = any(before.x_posts != after.x_posts for before, after in zip(found, done, strict=True))
    if has_grown or order.action in MOVES_OTHERS:
        _place_others(session, order, found, config)
    return [after for post in found if (after := posts.get(session, post.id)) is not None]


def rehearse(session: Session, order: Order, found: Sequence[Post], config: Config) -> list[Post]:
    """The posts as the action would leave them. Nothing is changed. Raises like `carry_out`."""
    trial = session.begin_nested()
    try:
        return _do(session, order, found, config)
    finally:
        trial.rollback()


def _do(session: Session, order: Order, found: Iterable[Post], config: Config) -> list[Post]:
    done: list[Post] = []
    refused: list[CannotAct | Unusable] = []
    for post in found:
        case = Case(session, post, order, config)
        try:
            case.require_state()
            done.append(DO[order.action](case))
        except (CannotAct, Unusable) as reason:
            refused.append(reason)
    if refused:
        kind = CannotAct if any(isinstance(one, CannotAct) for one in refused) else Unusable
        raise kind("\n".join(map(str, refused)))
    return done


def _place_others(session: Session, order: Order, found: Sequence[Post], config: Config) -> None:
    for name in sorted({post.customer for post in found}):
        ids = [f"p{post.id}" for post in found if post.customer == name]
        what = ids[0] if len(ids) == 1 else f"{len(ids)} posts"
        if (customer := config.customer(name)) is not None:
            place_anew(session, customer, order.now, f"{what} {PASSIVE[order.action]} by {order.by}")
