"""Whether a post says what has been said already: on its own account lately, or on another customer's X account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from scheduler.lifecycle import State
from scheduler.model import Post, X
from scheduler.rules.alike import ON_ONE_ACCOUNT, ON_TWO_ACCOUNTS, bands, is_alike, normal
from scheduler.store import said
from scheduler.store.said import Candidate
from scheduler.values import format_instant

ON_ONE = timedelta(hours=48)
"""Source: Ayrshare's documentation, of its error 137."""
ON_TWO = timedelta(days=30)
"""Source: X's automation rules, which forbid it "also at different times", without an end."""
KEPT = ON_TWO + timedelta(days=1)
"""How long it is worth to remember what was said."""
MAY_REPEAT = frozenset({"pinterest", "reddit", "telegram"})
"""Source: Ayrshare's documentation, of its error 137."""

_HAPPENED = {
    State.FIRING: "is being sent",
    State.SENDING: "is being sent",
    State.UNKNOWN: "may have gone out",
    State.CANCELLED: "would have gone out, but for the shadow",
}


@dataclass(frozen=True, slots=True)
class Twin:
    """Another post that says the same on a network; `reason` is for people, and says what can be done."""

    post_id: int
    customer: str
    platform: str
    at: datetime
    reason: str


def twin(
    session: Session, post: Post, now: datetime, *, waived: bool = False, in_shadow: bool = False
) -> Twin | None:
    """The post that has said this before; None where there is none, and then this one is remembered.

    Both in one transaction: of two equal posts in the same second, one passes. With `waived`, by a person who wants it
    sent all the same, it passes and is remembered too. What ended in the shadow has been said for a post `in_shadow`,
    and for no other.
    """
    said.one_at_a_time(session)
    if not waived:
        for platform in post.open_platforms:
            if found := _twin_on(session, post, platform, now, in_shadow=in_shadow):
                return found
    said.remember(session, post)
    return None


def _twin_on(session: Session, post: Post, platform: str, now: datetime, *, in_shadow: bool) -> Twin | None:
    if platform in MAY_REPEAT:
        return None
    text = normal(post.text_for(platform))
    others_since = now - ON_TWO if platform == X else None
    its_bands, since = bands(text), now - ON_ONE
    for other in said.candidates(
        session, post, platform, its_bands, since, others_since, in_shadow=in_shadow
    ):
        own = other.customer == post.customer
        its_text = normal(other.text)
        if is_alike(text, its_text, ON_ONE_ACCOUNT if own else ON_TWO_ACCOUNTS):
            reason = _reason(
                post, platform, other, same="the same" if text == its_text else "nearly the same"
            )
            return Twin(other.post_id, other.customer, platform, other.at, reason)
    return None


def _reason(post: Post, platform: str, other: Candidate, *, same: str) -> str:
    happened = _HAPPENED.get(other.state, "went out")
    network = "X" if platform == X else platform
    if other.customer == post.customer:
        whose, rule = "", "Ayrshare refuses that within 48 hours"
    else:
        whose, rule = f" of customer {other.customer}", "X forbids that on two accounts"
    name = f"p{post.id}"
    return (
        f"p{other.post_id}{whose} says {same} on {network} and {happened} ({format_instant(other.at)}): {rule}. "
        f"Change the text (firetime edit {name}), cancel the post (firetime cancel {name}), "
        f"or send it as it is (firetime release {name})"
    )
