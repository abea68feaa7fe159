"""What every handler finds in its request."""

import json

from aiohttp import web

from scheduler.sandbox.answers import RELINK, Json, NetworkRefusal, Refusal
from scheduler.sandbox.keys import XKeys, x_keys_of
from scheduler.sandbox.state import Profile, SandboxPost, SandboxState

STATE = web.AppKey("state", SandboxState)
PROFILE = web.RequestKey("profile", Profile)
FORCED = web.RequestKey("forced", NetworkRefusal)


async def json_object(request: web.Request) -> Json:
    """The body as a JSON object.

    Raises `Refusal` 101 for anything else.
    """
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise wrong("the body", "must be a JSON object")
    return body


def require_x_keys(request: web.Request) -> XKeys:
    """The X key pair of the request.

    Raises `Refusal` when it is incomplete, or 272 when the profile was linked under another app.
    """
    x_keys = x_keys_of(request.headers)
    x_app = request[PROFILE].x_app
    if x_app is not None and not x_app.accepts(x_keys):
        raise RELINK.flat()
    return x_keys


def find_post(request: web.Request, post_id: str) -> SandboxPost:
    """The profile's post with this id.

    Raises `Refusal` 114 under HTTP 404 where there is none.
    """
    for post in request.config_dict[STATE].posts:
        if post.id == post_id and post.profile is request[PROFILE]:
            return post
    raise Refusal(404, "The post was not found.", 114, id=post_id)


def number_in(request: web.Request, name: str, default: int, least: int, most: int) -> int:
    """A number of the query.

    Raises `Refusal` 101 for anything but a number from `least` to `most`.
    """
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise wrong(name, f"must be a number from {least} to {most}")
    return int(text)


def wrong(field: str, what: str) -> Refusal:
    """The refusal of a missing or wrong parameter."""
    return Refusal(400, f"Missing or incorrect parameters: {field} {what}.", 101, action="request")
