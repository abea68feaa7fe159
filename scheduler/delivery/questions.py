"""Questions to Ayrshare that post nothing: what a profile is linked with, and which account X shows for a key pair.

Each is asked within a deadline, and whatever goes wrong is told in words, with what to do.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from scheduler.delivery.ayrshare import Ayrshare, NoAnswer, NotSent, Reply
from scheduler.delivery.outcome import NOT_LINKED, judge
from scheduler.delivery.outcome_table import TABLE, About, Meaning
from scheduler.delivery.refusals import refusal
from scheduler.delivery.vault import CustomerKeys
from scheduler.model import Delivered, Held, Unknown, WaitsFor, X
from scheduler.values import format_usd

DEADLINE_S = 15.0
"""For each question; a post is given longer."""
READ_OF_A_USER_USD = Decimal("0.010")
"""What X charges the app's owner for one read of a user. Source: X's pay-per-use price list."""
OF_AYRSHARE = frozenset({"status", "code", "refId", "title", "activeSocialAccounts", "feeds", X})
"""Fields of which each JSON answer of Ayrshare to these questions has at least one."""
LONGEST_NAME = 80

_INSTEAD = {  # of the meanings that speak of a post, or of the API key: `GET /user` has accepted that before
    "api_key_by_status": Meaning(
        Held,
        "X does not accept the key pair",
        "compare the API key and its secret with those of the app in X's developer console, put them into Vault "
        "anew, then link X again",
        WaitsFor.RELINK,
        About.X,
    ),
    "no_success_for_network": Meaning(
        Unknown, "Ayrshare answered{status} without saying which X account it is", "ask again later"
    ),
    "unknown_4xx": Meaning(
        Held,
        "Ayrshare refused to look at the X account{status}",
        "look at the profile in the Ayrshare dashboard",
    ),
}
_OF_ACCOUNTS = tuple(replace(row, meaning=_INSTEAD.get(row.name, row.meaning)) for row in TABLE)
_LINKED_ANEW = (WaitsFor.RELINK, WaitsFor.PERMISSION)


@dataclass(frozen=True, slots=True)
class XAccount:
    """What X calls the account that a key pair speaks for; "" where the answer does not say."""

    name: str
    username: str

    def __str__(self) -> str:
        """Such as `Acme Media (@acmemedia)`."""
        handle = f"@{self.username}" if self.username else ""
        if self.name and handle:
            return f"{self.name} ({handle})"
        return self.name or handle or "an account without a name"

    @property
    def proof(self) -> str:
        """What its answer shows, and cost."""
        return f"X accepts the keys for {self}; it charges ${format_usd(READ_OF_A_USER_USD)} for that"


class Questions:
    """Asks Ayrshare at `url`. Each answer is a text where it is no answer: why, and what to do."""

    def __init__(self, ayrshare: Ayrshare, url: str, deadline_s: float = DEADLINE_S) -> None:
        self._ayrshare = ayrshare
        self._url = url
        self._deadline_s = deadline_s

    async def user(self, api_key: str, keys: CustomerKeys | None) -> Mapping[str, Any] | str:
        """The profile (`GET /user`); X is not asked, and nothing is charged."""
        reply = await self.asked(self._ayrshare.user(api_key, keys))
        if isinstance(reply, str):
            return reply
        return refusal(reply, "GET /user") or reply.body or {}

    async def x_account(self, customer: str, api_key: str, keys: CustomerKeys) -> XAccount | str:
        """The account that X shows for the keys (`POST /analytics/social`): that proves them.

        X charges `READ_OF_A_USER_USD` for the answer. To be asked where `user` was answered: then it is X that refuses.
        """
        reply = await self.asked(self._ayrshare.x_account(api_key, keys))
        if isinstance(reply, str):
            return reply
        return _account(reply) or _x_refusal(reply, customer)

    async def asked(self, question: Awaitable[Reply]) -> Reply | str:
        """What Ayrshare answers, be it a refusal, or why there is no answer of its."""
        try:
            async with asyncio.timeout(self._deadline_s):
                reply = await question
        except TimeoutError:
            return f"Ayrshare at {self._url} did not answer within {self._deadline_s:g} s"
        except (NotSent, NoAnswer) as error:
            return f"{error}: {self._url}"
        if _is_somebody_else(reply):
            return (
                f"nothing at {self._url} answers like Ayrshare (HTTP {reply.http_status}); "
                "does FIRETIME_AYRSHARE_URL end in /api?"
            )
        return reply


def linked(profile: Mapping[str, Any]) -> set[str]:
    """The networks that a profile is linked with, by `GET /user`."""
    accounts = profile.get("activeSocialAccounts")
    return {str(account) for account in accounts} if isinstance(accounts, list) else set()


def x_row(profile: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `GET /user` says of the profile's account on X; nothing where it says nothing."""
    names = profile.get("displayNames")
    rows = [row for row in names if isinstance(row, dict)] if isinstance(names, list) else []
    return next((row for row in rows if row.get("platform") == X), {})


def handle_of(profile: Mapping[str, Any]) -> str:
    """What the profile's account is called on X, by `GET /user`; "" where it is not told."""
    return _shown(x_row(profile).get("username"))


def not_linked(platforms: set[str]) -> str:
    """What to say of networks that are wanted and not linked."""
    if platforms == {X}:
        return NOT_LINKED.format(network="X")
    return f"not linked in Ayrshare: {', '.join(sorted(platforms))}"


def _is_somebody_else(reply: Reply) -> bool:
    """Whether a page that is not there, or one of another program, was found at the address."""
    strange = not OF_AYRSHARE & (reply.body or {}).keys()
    return strange and (reply.http_status < 400 or reply.http_status in (404, 405))


def _account(reply: Reply) -> XAccount | None:
    body = reply.body or {}
    part = body.get(X)
    analytics = part.get("analytics") if isinstance(part, dict) else None
    if reply.http_status != 200 or body.get("status") == "error":
        return None
    if not (isinstance(analytics, dict) and analytics):
        return None
    return XAccount(_shown(analytics.get("name")), _shown(analytics.get("username")))


def _x_refusal(reply: Reply, customer: str) -> str:
    outcome = judge(reply, [X], _OF_ACCOUNTS).outcome
    if isinstance(outcome, Delivered):
        return (
            "Ayrshare answered as if something had been posted: look at the profile in the Ayrshare dashboard"
        )
    if isinstance(outcome, Held) and outcome.waits_for in _LINKED_ANEW:
        return f"{outcome.reason}; firetime customers link {customer} makes the address for that"
    return outcome.reason


def _shown(value: Any) -> str:
    """A name from outside, on one line and without what a terminal would act on."""
    text = "".join(sign for sign in " ".join(str(value or "").split()) if sign.isprintable())
    return text[:LONGEST_NAME]
