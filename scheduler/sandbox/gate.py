"""The way in: every request under `/api` is logged, identified, counted, and meets its fault here."""

import json
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Handler

from scheduler.sandbox import answers
from scheduler.sandbox.answers import Refusal
from scheduler.sandbox.keys import PROFILE_KEY, bearer_of, marks_of
from scheduler.sandbox.request import PROFILE, STATE
from scheduler.sandbox.state import Profile, SandboxRequest, SandboxState
from scheduler.sandbox.strike import strike

PREFIX = "/api"


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the request, let it in or not, and give every answer the rate headers."""
    state = request.config_dict[STATE]
    seen = await _see(request, state)
    try:
        answer = await _answer(request, handler, state, seen)
    except Refusal as refusal:
        answer = web.json_response(refusal.body, status=refusal.status)
    except web.HTTPException as error:
        answer = web.json_response({"status": "error", "message": error.reason}, status=error.status)
    if request.transport is None or not request.transport.is_closing():
        seen.status = answer.status
    profile = request.get(PROFILE)
    answer.headers["x-ratelimit-max"] = str(state.rate_max)
    answer.headers["x-ratelimit-count"] = str(len(profile.recent) if profile else 0)
    return answer


async def _see(request: web.Request, state: SandboxState) -> SandboxRequest:
    path = request.path.removeprefix(PREFIX)
    seen = SandboxRequest(state.clock(), request.method, path, **marks_of(request.headers))
    with suppress(ValueError, web.HTTPException):
        body = json.loads(await request.text() or "null")
        if isinstance(body, dict) and isinstance(body.get("idempotencyKey"), str):
            seen.idempotency_key = body["idempotencyKey"]
    state.requests.append(seen)
    state.counters["requests"] += 1
    return seen


async def _answer(
    request: web.Request, handler: Handler, state: SandboxState, seen: SandboxRequest
) -> web.StreamResponse:
    profile = request[PROFILE] = _identify(request, state)
    seen.profile = profile.title
    if state.over_rate(profile):
        raise answers.over_rate()
    fault = state.faults.take(request.method, seen.path, {profile.title, profile.key})
    if fault is None:
        return await handler(request)
    seen.fault = fault.fault
    state.counters["faults"] += 1
    return await strike(request, handler, fault)


def _identify(request: web.Request, state: SandboxState) -> Profile:
    bearer = bearer_of(request.headers)
    if bearer is None:
        raise Refusal(401, "Missing API Key: send it as Authorization: Bearer <API key>.")
    if not state.accepts_bearer(bearer):
        raise answers.bad_api_key()
    profile = state.profile(request.headers.get(PROFILE_KEY) or None)
    if profile is None:
        raise Refusal(403, "Profile Key not valid")  # neither its HTTP status nor its code is published
    if profile.suspended:
        raise answers.suspended()
    return profile
