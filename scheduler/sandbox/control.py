"""The sandbox's own routes: what was posted, what was asked, faults, profiles and links."""

import json
from dataclasses import asdict

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict

from scheduler.model import X
from scheduler.sandbox.answers import Json, history_row, instant
from scheduler.sandbox.page import render
from scheduler.sandbox.request import STATE
from scheduler.sandbox.state import SandboxPost, SandboxRequest

routes = web.RouteTableDef()


class NewProfile(BaseModel):
    """A profile as it is given to the sandbox."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: str
    title: str
    networks: tuple[str, ...] = (X,)
    x_api_key: str | None = None
    x_api_secret: str | None = None


@routes.get("/sandbox/posts")
async def posts(request: web.Request) -> web.Response:
    """Every post, newest first, also what the networks refused."""
    return web.json_response([_post(post) for post in reversed(request.app[STATE].posts)])


@routes.get("/sandbox/requests")
async def requests(request: web.Request) -> web.Response:
    """The last requests, newest first; secrets are fingerprints."""
    return web.json_response([_request(seen) for seen in reversed(request.app[STATE].requests)])


@routes.get("/sandbox/faults")
async def faults(request: web.Request) -> web.Response:
    """The faults that wait."""
    return web.json_response(request.app[STATE].faults.waiting())


@routes.post("/sandbox/faults")
async def add_fault(request: web.Request) -> web.Response:
    """Add a fault: `{"fault": "cut_after", "times": 2, "path": "/post"}`."""
    state = request.app[STATE]
    state.faults.add(await _json(request))
    return web.json_response(state.faults.waiting(), status=201)


@routes.delete("/sandbox/faults")
async def clear_faults(request: web.Request) -> web.Response:
    """Drop all waiting faults."""
    request.app[STATE].faults.clear()
    return web.json_response([])


@routes.post("/sandbox/profiles")
async def add_profile(request: web.Request) -> web.Response:
    """Add or replace a profile, as `SandboxState.add_profile` does."""
    wanted = NewProfile.model_validate(await _json(request))
    profile = request.app[STATE].add_profile(**wanted.model_dump())
    return web.json_response({"title": profile.title, "refId": profile.ref_id}, status=201)


@routes.post("/sandbox/reset")
async def reset(request: web.Request) -> web.Response:
    """Forget posts, requests, faults and counters."""
    request.app[STATE].reset()
    return web.json_response({"status": "success"})


@routes.get("/sandbox/link/{token}")
async def invitation(request: web.Request) -> web.Response:
    """The page of a link session: one button that links X."""
    return _link_page(request, linked=False)


@routes.post("/sandbox/link/{token}")
async def link(request: web.Request) -> web.Response:
    """Link X to the session's profile, under the app whose keys made the session."""
    state = request.app[STATE]
    session = state.link_sessions.get(request.match_info["token"])
    if session is not None and session.links_x and session.expires_at > state.clock():
        session.profile.networks.add(X)
        session.profile.x_app = session.x_app
        session.profile.x_linked_at = state.clock()
    return _link_page(request, linked=True)


def _link_page(request: web.Request, *, linked: bool) -> web.Response:
    state = request.app[STATE]
    session = state.link_sessions.get(request.match_info["token"])
    expired = session is None or session.expires_at <= state.clock()
    status = 410 if expired else 200
    return render("link.html", status=status, session=session, linked=linked, expired=expired)


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    """What was posted, for people."""
    return render("posts.html", state=request.app[STATE], shown=50)


@web.middleware
async def mistakes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a wrong request to the sandbox itself with what is wrong."""
    try:
        return await handler(request)
    except ValueError as error:
        return web.json_response({"status": "error", "message": str(error)}, status=400)


async def _json(request: web.Request) -> object:
    try:
        return await request.json()
    except json.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error}") from None


def _post(post: SandboxPost) -> Json:
    keys = asdict(post.x_keys) if post.x_keys else {"key": None, "secret": None}
    return history_row(post) | {
        "profile": post.profile.title,
        "created": post.created_at.isoformat(),
        "idempotencyKey": post.idempotency_key,
        "texts": post.texts,
        "x_posts": [asdict(part) for part in post.x_posts],
        "x_api_key": keys["key"],
        "x_api_secret": keys["secret"],
    }


def _request(seen: SandboxRequest) -> Json:
    return asdict(seen) | {"at": instant(seen.at)}
