"""What an answer from Ayrshare means for the post. Body code first, then message, then HTTP status.

The rows follow Ayrshare's error documentation. What it does not publish is read on the safe side: an unknown 4xx is
`Held`, an unknown 5xx is `Unknown`, and a 200 that names no success for a network is `Unknown` too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scheduler.delivery.ayrshare import Reply
from scheduler.model import Deferred, Delivered, Held, NetworkPost, Outcome, Rejected, Unknown, WaitsFor, X

PERMISSIONS = (
    "the X app may not write: set 'Read and write and Direct message' in the X developer console, "
    "then relink X in Ayrshare"
)
RELINK = "X does not accept the account's link: relink X in Ayrshare with this customer's X app, then release the post"
NOT_LINKED = "{network} is not linked on this Ayrshare profile: link it, then release the post"
CREDITS = (
    "the X developer account is out of credits: buy credits in the X developer console, then release the post"
)
API_KEY = "Ayrshare does not accept the API key: check the secret in Vault and the Ayrshare dashboard"
HEADERS = "Ayrshare did not get both X keys: check the customer's secret in Vault"


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a reply. `code` is Ayrshare's own number, never the HTTP status; `platform` may be empty."""

    code: int | None
    message: str
    retry_available: bool = False
    platform: str = ""


REJECTED: dict[int, str] = {
    101: "a parameter is missing or wrong",
    110: "X says that it is a duplicate",
    111: "the text is too long for an account without Premium",
    132: "the text is too long",
    136: "a picture cannot be used",
    137: "Ayrshare has seen the same or a similar text within two days",
}
HELD: dict[int, tuple[WaitsFor, str]] = {
    102: (WaitsFor.API_KEY, API_KEY),
    106: (WaitsFor.API_KEY, "the Ayrshare plan's monthly quota is used up"),
    156: (WaitsFor.RELINK, NOT_LINKED),
    169: (WaitsFor.API_KEY, "the Ayrshare plan does not include this"),
    272: (WaitsFor.RELINK, RELINK),
    402: (WaitsFor.CREDITS, CREDITS),
    419: (WaitsFor.CREDENTIALS, HEADERS),
}
MESSAGES: tuple[tuple[re.Pattern[str], WaitsFor, str], ...] = (
    (re.compile("creditsdepleted|does not have any credits", re.IGNORECASE), WaitsFor.CREDITS, CREDITS),
    (re.compile("oauth1 app permissions", re.IGNORECASE), WaitsFor.PERMISSION, PERMISSIONS),
    (
        re.compile("x_credentials_required|api-key but not|api-secret but not", re.IGNORECASE),
        WaitsFor.CREDENTIALS,
        HEADERS,
    ),
    (re.compile("api key not valid", re.IGNORECASE), WaitsFor.API_KEY, API_KEY),
)
IDEMPOTENCY = re.compile("idempoten", re.IGNORECASE)
STATUSES: dict[int, tuple[WaitsFor, str]] = {
    401: (WaitsFor.API_KEY, API_KEY),
    402: (WaitsFor.CREDITS, CREDITS),
    403: (WaitsFor.PERSON, "Ayrshare refuses: the profile is suspended or the plan does not allow this"),
    419: (WaitsFor.CREDENTIALS, HEADERS),
}
MOST_CAREFUL_FIRST = (Unknown, Held, Deferred, Rejected)


def classify(reply: Reply, platforms: Sequence[str]) -> Outcome:
    """What a reply to `POST /post` means."""
    body = reply.body
    if body is None:
        return _without_body(reply)
    networks = tuple(_published(body))
    if networks and {network.platform for network in networks} >= set(platforms):
        return Delivered(_ayrshare_id(body), networks)
    if networks:
        names = ", ".join(sorted(set(platforms) - {network.platform for network in networks}))
        reason = f"published in part, but not on {names}: {_first_message(body) or 'no reason given'}"
        return Held(WaitsFor.PERSON, reason, networks)
    faults = [_of_network(fault, platforms) for fault in _faults(body)]
    if reply.http_status < 400 and not (
        faults and any(part.get("status") == "error" for part in _parts(body))
    ):
        return Unknown("Ayrshare answered without saying whether the post is out")
    return _of_faults(faults, reply)


def _of_faults(faults: Sequence[Fault], reply: Reply) -> Outcome:
    """What a reply without any published post means: where networks failed differently, the most careful reading."""
    outcomes = [_of_fault(fault) or _of_status(reply, fault) for fault in faults or [Fault(None, "")]]
    return min(outcomes, key=lambda outcome: MOST_CAREFUL_FIRST.index(type(outcome)))


def _of_status(reply: Reply, fault: Fault) -> Outcome:
    if reply.http_status == 429 or fault.code == 429:
        return Deferred(WaitsFor.RATE_LIMIT, "Ayrshare's rate limit is reached", reply.retry_after_s)
    if reply.http_status >= 500 or fault.retry_available:
        return Unknown(f"Ayrshare failed (HTTP {reply.http_status}) {fault.message}".strip())
    if row := STATUSES.get(reply.http_status):
        return Held(row[0], _with(row[1], fault.message))
    return Held(
        WaitsFor.PERSON,
        f"Ayrshare refused the post (HTTP {reply.http_status}): {fault.message or 'no reason given'}",
    )


def _of_fault(fault: Fault) -> Outcome | None:
    """The row for one error, or None where the HTTP status has to decide."""
    if IDEMPOTENCY.search(fault.message):
        return Unknown("Ayrshare has received this post before")
    if fault.code in REJECTED:
        return Rejected(_with(f"{REJECTED[fault.code]} (code {fault.code})", fault.message))
    for pattern, waits_for, advice in MESSAGES:
        if pattern.search(fault.message):
            return Held(waits_for, _with(advice, fault.message))
    if fault.code in HELD:
        waits_for, advice = HELD[fault.code]
        advice = advice.format(network=_name(fault.platform))
        return Held(waits_for, _with(f"{advice} (code {fault.code})", fault.message))
    return None


def first_code(reply: Reply) -> int | None:
    """Ayrshare's own error number, kept beside the HTTP status: the two collide."""
    return next((fault.code for fault in _faults(reply.body or {}) if fault.code), None)


def _without_body(reply: Reply) -> Outcome:
    if 400 <= reply.http_status < 500:
        return _of_faults([], reply)
    return Unknown(f"Ayrshare answered HTTP {reply.http_status} without a readable body")


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The object itself and, with a Profile-Key, the objects wrapped in `posts`."""
    yield body
    yield from (part for part in _list(body.get("posts")) if isinstance(part, dict))


def _published(body: Mapping[str, Any]) -> Iterator[NetworkPost]:
    for part in _parts(body):
        for post in _list(part.get("postIds")):
            if isinstance(post, dict) and post.get("status") == "success":
                url = post.get("postUrl")
                yield NetworkPost(
                    str(post.get("platform", "")),
                    str(post.get("id", "")),
                    url if isinstance(url, str) else None,
                )


def _faults(body: Mapping[str, Any]) -> Iterator[Fault]:
    for part in _parts(body):
        errors: list[Mapping[str, Any]] = [
            error for error in _list(part.get("errors")) if isinstance(error, dict)
        ]
        if not errors and part.get("status") == "error" and ("code" in part or "message" in part):
            errors = [part]
        yield from map(_fault, errors)


def _fault(error: Mapping[str, Any]) -> Fault:
    code = error.get("code")
    words = (error.get("message"), error.get("details"), error.get("identifier"))
    message = " ".join(str(word) for word in words if word)[:500]
    platform = str(error.get("platform") or "")
    return Fault(
        code if isinstance(code, int) else None, message, error.get("retryAvailable") is True, platform
    )


def _of_network(fault: Fault, platforms: Sequence[str]) -> Fault:
    """The fault with the network that it is about, where that was the only one or the answer names it."""
    return replace(fault, platform=platforms[0]) if not fault.platform and len(platforms) == 1 else fault


def _name(platform: str) -> str:
    return {X: "X", "": "A network"}.get(platform, platform.capitalize())


def _ayrshare_id(body: Mapping[str, Any]) -> str:
    return next((str(part["id"]) for part in _parts(body) if part.get("id")), "")


def _first_message(body: Mapping[str, Any]) -> str:
    return next((fault.message for fault in _faults(body) if fault.message), "")


def _with(advice: str, message: str) -> str:
    return f"{advice} [{message}]" if message else advice


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
