"""Answers of Ayrshare in the shapes that its documentation gives, and what each means."""

from typing import Any

from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import classify
from scheduler.model import Outcome

X = ("twitter",)
BOTH = ("twitter", "linkedin")
POSTED = {"status": "success", "id": "190", "postUrl": "https://x.com/acme/status/190", "platform": "twitter"}
ON_LINKEDIN = {"status": "success", "id": "urn:li:1", "platform": "linkedin"}
NO_CREDITS = "Your enrolled account [199] does not have any credits to fulfill this request."
REPLAY = "The idempotencyKey has already been used."


def flat(code: int | None, message: str = "", **more: Any) -> dict[str, Any]:
    """A request-level failure."""
    return {
        "action": "post",
        "status": "error",
        "message": message,
        **({"code": code} if code else {}),
        **more,
    }


def listed(code: int | None, message: str = "", **more: Any) -> dict[str, Any]:
    """A network's failure, without a Profile-Key."""
    return {"status": "error", "errors": [flat(code, message, **more)], "postIds": [], "id": "ayr-1"}


def wrapped(code: int | None, message: str = "", **more: Any) -> dict[str, Any]:
    """A network's failure, with a Profile-Key."""
    return {"status": "error", "posts": [listed(code, message, **more)]}


def meaning(status: int, body: Any, platforms: tuple[str, ...] = X, **more: Any) -> Outcome:
    return classify(Reply(status, body, **more), platforms)
