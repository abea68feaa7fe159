"""The profiles of the Ayrshare account as a whole, and which of them are linked to X with an app of the customer's own.

Source: Ayrshare's documentation of `GET /profiles`: `isByokLinked` says which have moved, `pagination` leads on.
Ayrshare makes this list anew every five minutes, and leaves the primary profile out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.delivery.ayrshare import Ayrshare, NoAnswer, NotSent
from scheduler.delivery.refusals import refusal

PAGE = 5_000
MOST_PAGES = 1_000
"""No account has as many: a cursor that leads in circles must end somewhere."""


@dataclass(frozen=True, slots=True)
class Account:
    """Titles of profiles by their `refId`. `own_app` has those that are linked to X with their own app.

    `problem` says why one of the two is not known, and is "" where both are.
    """

    profiles: Mapping[str, str]
    own_app: frozenset[str] = frozenset()
    problem: str = ""


class _Refused(Exception):
    """A page of the list cannot be had; the text says why."""


async def read_account(ayrshare: Ayrshare, api_key: str) -> Account:
    """Ask for all profiles, and for those that have moved and have not."""
    try:
        profiles = await _listed(ayrshare, api_key, {})
    except _Refused as reason:
        return Account({}, problem=f"Ayrshare does not list the account's profiles: {reason}")
    try:
        moved = (await _listed(ayrshare, api_key, {"isByokLinked": "true"})).keys()
        not_moved = (await _listed(ayrshare, api_key, {"isByokLinked": "false"})).keys()
    except _Refused as reason:
        return Account(
            profiles, problem=f"Ayrshare does not say which profiles have their own X app: {reason}"
        )
    if moved & not_moved:  # a filter that is not known is passed over, and then all are in both
        return Account(profiles, problem="Ayrshare does not say which profiles have their own X app")
    return Account(profiles, frozenset(moved))


async def _listed(ayrshare: Ayrshare, api_key: str, wanted: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    params = {**wanted, "limit": str(PAGE)}
    for _ in range(MOST_PAGES):
        body = await _page(ayrshare, api_key, params)
        rows = body.get("profiles")
        if not isinstance(rows, list):
            raise _Refused("its answer has no profiles")
        found |= {str(row["refId"]): shown(row.get("title")) for row in rows if _is_profile(row)}
        cursor = _next(body)
        if not cursor:
            return found
        params = {**params, "cursor": cursor}
    raise _Refused("the list does not end")


async def _page(ayrshare: Ayrshare, api_key: str, params: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        reply = await ayrshare.profiles(api_key, params)
    except (NotSent, NoAnswer) as error:
        raise _Refused(str(error)) from None
    if reason := refusal(reply, "GET /profiles"):
        raise _Refused(reason)
    return reply.body or {}


def shown(name: Any) -> str:
    """A name from outside, on one line and without what a terminal would act on."""
    return "".join(sign for sign in " ".join(str(name or "").split()) if sign.isprintable())


def _is_profile(row: Any) -> bool:
    return isinstance(row, dict) and bool(row.get("refId"))


def _next(body: Mapping[str, Any]) -> str:
    """The cursor of the next page, "" behind the last one."""
    pagination = body.get("pagination")
    if not isinstance(pagination, dict) or not pagination.get("hasMore"):
        return ""
    return str(pagination.get("nextCursor") or "")
