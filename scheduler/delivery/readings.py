"""Write down each reading of a secret: what joins it to Vault's audit log, and what it was for. Never a value."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from scheduler.delivery.vault import Reading
from scheduler.model import Post
from scheduler.store import ledger
from scheduler.values import format_instant

ACTION = "keys_read"
COMMANDS = frozenset(
    {"check", "compliance", "customers add", "import", "invite", "link", "list", "start", "unlink"}
)
"""What readings are for that are no post's, nor a feed's."""


def purpose(post: Post) -> str:
    """What a reading for a post is for: the post and which of its attempts, such as `p17/2`."""
    return f"p{post.id}/{post.attempt}"


def of_post(session: Session, post: Post, readings: Iterable[Reading], now: datetime) -> None:
    """Note what was read to send a post, or to look it up."""
    _write(session, readings, purpose(post), now, customer=post.customer, post=post)


def cut_off(post: Post) -> dict[str, str | None]:
    """What the ledger keeps of a firing whose worker is gone: it may have read keys since then, and not noted it."""
    since = post.state_at.isoformat() if post.state_at else None
    return {"for": purpose(post), "since": since}


def of_customer(
    session: Session, readings: Iterable[Reading], why: str, now: datetime, customer: str | None = None
) -> None:
    """Note what was read for a customer, or of the operator's own: `why` is one of `COMMANDS`.

    Raises `ValueError` for another word: the audit would take the reading for a stranger's.
    """
    if why not in COMMANDS:
        raise ValueError(f"{why!r} is no purpose of a reading")
    _write(session, readings, why, now, customer=customer)


def of_customers(
    session: Session, found: Iterable[tuple[str | None, Reading]], why: str, now: datetime
) -> None:
    """The same for several, each with the customer that it was for; None: the operator's own."""
    for customer, reading in found:
        of_customer(session, [reading], why, now, customer)


def _write(
    session: Session,
    readings: Iterable[Reading],
    why: str,
    now: datetime,
    *,
    customer: str | None,
    post: Post | None = None,
) -> None:
    found = list(readings)
    if not found:
        return
    ledger.write(
        session,
        now,
        ACTION,
        f"keys read for {why}: {', '.join(_told(reading) for reading in found)}",
        customer=customer,
        route=post.route if post else None,
        feed_id=post.feed_id if post else None,
        entry_id=post.entry_id if post else None,
        post_id=post.id if post else None,
        detail={"for": why, "readings": [_kept(reading) for reading in found]},
    )


def _told(reading: Reading) -> str:
    version = f" version {reading.version}" if reading.version is not None else ""
    return f"{reading.path}{version}"


def _kept(reading: Reading) -> dict[str, str | int | None]:
    put = format_instant(reading.created_at) if reading.created_at else None
    return {
        "path": reading.path,
        "version": reading.version,
        "request_id": reading.request_id,
        "created_at": put,
    }
