"""Why Ayrshare does not do what was asked of it about profiles and their links, in words and with what to do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.delivery.answer import Fault, faults_of
from scheduler.delivery.ayrshare import Reply
from scheduler.delivery.outcome import classify
from scheduler.model import Delivered, X

CALLBACK_URLS = (
    "https://profile.ayrshare.com/social-accounts",
    "https://app.ayrshare.com/social-accounts",
    "https://api.ayrshare.com/social-accounts",
)
"""What an X app must allow as callback URLs before an account can be linked with it.

Source: Ayrshare's documentation of BYO keys; the last one stands on an older page of it.
"""


@dataclass(frozen=True, slots=True)
class _Reason:
    """What Ayrshare says, by its own number or its words, and what to do about it."""

    code: int | None
    says: re.Pattern[str] | None
    words: str


_REASONS = (
    _Reason(
        None,
        re.compile("callback", re.IGNORECASE),
        "the X app does not let Ayrshare have the answer: enter these as its callback URLs in the X developer "
        f"console: {', '.join(CALLBACK_URLS)}",
    ),
    _Reason(
        None,
        re.compile("profile.?key not valid", re.IGNORECASE),
        "Ayrshare does not know this Profile-Key: put the one of the customer's profile into its secret in Vault",
    ),
    _Reason(
        189,
        None,
        "Ayrshare cannot read the private key: put it into the Ayrshare secret in Vault as the dashboard gives it, "
        "with its line breaks",
    ),
)


def refusal(reply: Reply, asked: str) -> str:
    """Why Ayrshare refuses what was asked, such as `GET /user`; "" where it does not."""
    if reply.http_status < 400 and reply.body is None:
        return f"Ayrshare's answer to {asked} cannot be read (HTTP {reply.http_status})"
    if reply.http_status < 400 and reply.body is not None and reply.body.get("status") != "error":
        return ""
    own = next(_own_words(faults_of(reply, [X], in_part=False)), "")
    return own or _posts_words(reply).replace("refused the post", f"refused {asked}")


def _own_words(faults: list[Fault]) -> Iterator[str]:
    for fault in faults:
        for reason in _REASONS:
            if fault.code == reason.code is not None or (reason.says and reason.says.search(fault.text)):
                yield f"{reason.words} [{fault.said}]"


def _posts_words(reply: Reply) -> str:
    """The words for a post that is refused so: what to do is the same."""
    outcome = classify(reply, [X])
    return "" if isinstance(outcome, Delivered) else outcome.reason
