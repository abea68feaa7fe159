"""Profiles, and the links by which their owners connect networks."""

import secrets
from datetime import timedelta

from aiohttp import web

from scheduler.model import X
from scheduler.sandbox import answers
from scheduler.sandbox.answers import Json, Refusal
from scheduler.sandbox.checks import PLATFORMS
from scheduler.sandbox.keys import PROFILE_KEY, X_API_KEY, X_API_SECRET, XKeys, x_keys_of
from scheduler.sandbox.request import PROFILE, STATE, json_object, number_in, wrong
from scheduler.sandbox.state import LinkSession, Profile

MINUTES_TO_LINK = 5
OPTIONS = (
    "mode",
    "network",
    "redirect",
    "allowedSocial",
    "origin",
    "domain",
    "logout",
    "expiresIn",
    "verify",
)
"""What is remembered of the request for a page: none of it is a secret."""

routes = web.RouteTableDef()


@routes.get("/profiles")
async def profiles(request: web.Request) -> web.Response:
    """All profiles but the primary one; never their keys."""
    found = [
        profile
        for key, profile in request.config_dict[STATE].profiles.items()
        if key is not None
        and request.query.get("title") in {None, profile.title}
        and request.query.get("refId") in {None, profile.ref_id}
        and _agrees(request, "hasActiveSocialAccounts", bool(profile.networks))
        and ("isByokLinked" not in request.query or X in profile.networks)
        and _agrees(request, "isByokLinked", profile.x_app is not None)
    ]
    limit, start = number_in(request, "limit", 5000, 1, 5000), number_in(request, "cursor", 0, 0, len(found))
    rows = [_row(profile) for profile in found[start : start + limit]]
    more = (
        {"hasMore": True, "nextCursor": str(start + limit)}
        if len(found) > start + limit
        else {"hasMore": False}
    )
    return web.json_response({"profiles": rows, "count": len(rows), "pagination": {**more, "limit": limit}})


def _agrees(request: web.Request, name: str, value: bool) -> bool:
    return request.query.get(name) in {None, str(value).lower()}


def _row(profile: Profile) -> Json:
    return {
        "title": profile.title,
        "refId": profile.ref_id,
        "status": "suspended" if profile.suspended else "active",
        "activeSocialAccounts": sorted(profile.networks),
        "created": answers.instant(profile.created_at),
        "createdUTC": answers.instant(profile.created_at),
    }


@routes.post("/profiles")
async def add(request: web.Request) -> web.Response:
    """Make a profile; this answer is the only place that shows its key."""
    state, body = request.config_dict[STATE], await json_object(request)
    title = body.get("title")
    if not isinstance(title, str) or not title:
        raise wrong("title", "is missing")
    if any(profile.title == title for profile in state.profiles.values()):
        raise Refusal(400, "A profile with this title exists already.", 146, action="create")
    key = "-".join(secrets.token_hex(4).upper() for _ in range(4))
    profile = state.add_profile(key, title, networks=())
    return web.json_response(
        {
            "status": "success",
            "title": title,
            "refId": profile.ref_id,
            "profileKey": key,
            "messagingActive": False,
        }
    )


@routes.delete("/profiles/social")
async def unlink(request: web.Request) -> web.Response:
    """Unlink one network; this succeeds also when it was not linked."""
    body, profile = await json_object(request), request[PROFILE]
    platform = body.get("platform")
    if platform not in PLATFORMS:
        raise wrong("platform", f"must be one of {', '.join(PLATFORMS)}")
    profile.networks.discard(platform)
    if platform == X:
        profile.x_app = None
    return web.json_response({"status": "success", "platform": platform, "refId": profile.ref_id})


@routes.post("/profiles/generateJWT")
async def generate_jwt(request: web.Request) -> web.Response:
    """A page for linking, the older way: the profile's key is in the body, X's keys in headers or body."""
    body = await json_object(request)
    profile = request.config_dict[STATE].profile(str(body.get("profileKey") or "") or None)
    if profile is None or profile.key is None:
        raise wrong("profileKey", "is missing or unknown")
    for name in ("domain", "privateKey"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise wrong(name, "is missing")
    _check_options(body)
    in_body = {X_API_KEY: body.get("twitterApiKey") or "", X_API_SECRET: body.get("twitterApiSecret") or ""}
    token, _ = _invite(request, profile, _optional_x_keys({**in_body, **_x_headers(request)}), body)
    return web.json_response(
        {
            "status": "success",
            "title": profile.title,
            "token": token,
            "url": _link_url(request, token),
            "emailSent": False,
            "expiresIn": f"{MINUTES_TO_LINK}m",
        }
    )


@routes.post("/profiles/link-sessions")
async def link_session(request: web.Request) -> web.Response:
    """A page for linking: the profile is chosen by Profile-Key, X's keys are in the headers."""
    body, profile = await json_object(request), request[PROFILE]
    if not request.headers.get(PROFILE_KEY):
        raise wrong("Profile-Key", "is missing")
    _check_options(body)
    token, session = _invite(request, profile, _optional_x_keys(_x_headers(request)), body)
    return web.json_response(
        {
            "status": "success",
            "sessionId": token,
            "url": _link_url(request, token),
            "expiresAt": answers.instant(session.expires_at),
            "emailSent": False,
            "title": profile.title,
        }
    )


def _check_options(body: Json) -> None:
    """Refuse what would be understood otherwise than it was meant: an unknown network opens the page to all."""
    networks = body.get("allowedSocial", [])
    if not isinstance(networks, list) or not set(map(str, networks)) <= set(PLATFORMS):
        raise wrong("allowedSocial", f"must be a list of {', '.join(PLATFORMS)}")
    if not isinstance(body.get("logout", False), bool):
        raise wrong("logout", "must be true or false")
    if body.get("mode", "grid") not in {"grid", "connect"}:
        raise wrong("mode", "must be grid or connect")
    if body.get("mode") == "connect" and body.get("network") not in PLATFORMS:
        raise wrong("network", f"must be one of {', '.join(PLATFORMS)}")


def _x_headers(request: web.Request) -> dict[str, str]:
    return {name: request.headers[name] for name in (X_API_KEY, X_API_SECRET) if request.headers.get(name)}


def _optional_x_keys(values: dict[str, str]) -> XKeys | None:
    return x_keys_of(values) if any(values.values()) else None


def _invite(
    request: web.Request, profile: Profile, x_app: XKeys | None, body: Json
) -> tuple[str, LinkSession]:
    state = request.config_dict[STATE]
    expires_at = state.clock() + timedelta(minutes=MINUTES_TO_LINK)
    options = {name: body[name] for name in OPTIONS if name in body}
    session = LinkSession(profile, x_app, expires_at, request.path.rpartition("/")[2], options)
    token = f"ayr_ls_{secrets.token_hex(12)}"
    state.link_sessions[token] = session
    return token, session


def _link_url(request: web.Request, token: str) -> str:
    return str(request.url.origin() / "sandbox" / "link" / token)
