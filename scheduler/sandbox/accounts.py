"""What belongs to one profile: its accounts, their numbers, and the feeds that Ayrshare would poll itself."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from aiohttp import web

from scheduler.model import X
from scheduler.sandbox import answers
from scheduler.sandbox.answers import Json, Refusal
from scheduler.sandbox.checks import PLATFORMS
from scheduler.sandbox.keys import PROFILE_KEY, x_keys_of
from scheduler.sandbox.request import PROFILE, STATE, json_object, require_x_keys, wrong
from scheduler.sandbox.state import Profile

FEED_TYPES = ("rss", "substack", "youtube")

routes = web.RouteTableDef()


@routes.get("/user")
async def user(request: web.Request) -> web.Response:
    """The profile and what it is linked to."""
    state, profile = request.config_dict[STATE], request[PROFILE]
    calls = sum(seen.profile == profile.title for seen in state.requests)
    return web.json_response(answers.user(profile, calls))


@routes.post("/analytics/social")
async def analytics(request: web.Request) -> web.Response:
    """Numbers of an account: the request that tries X's keys without posting."""
    profile, body = request[PROFILE], await json_object(request)
    platforms = body.get("platforms")
    if not isinstance(platforms, list) or not platforms or not set(platforms) <= set(PLATFORMS):
        raise wrong("platforms", f"must be a list of {', '.join(PLATFORMS)}")
    if (body.get("userId") or body.get("userName")) and request.headers.get(PROFILE_KEY):
        raise Refusal(400, "userId and userName cannot be used with a Profile-Key.", 400)
    if X in platforms:
        x_keys_of(request.headers)
    if not set(platforms) <= profile.networks:
        raise answers.NOT_LINKED.flat()
    if X in platforms:
        require_x_keys(request)
    published = request.config_dict[STATE].published
    counts = {name: sum(post.profile is profile for post in published(name)) for name in platforms}
    return web.json_response(
        {"status": "success"} | {name: _numbers(profile, name, count) for name, count in counts.items()}
    )


def _numbers(profile: Profile, platform: str, posts: int) -> Json:
    analytics = {
        "id": profile.ref_id[:12],
        "name": profile.title,
        "username": profile.handle,
        "profileUrl": answers.profile_url(platform, profile.handle),
        "verified": False,
        "protected": False,
        "tweetCount": posts,
        "listedCount": 0,
    }
    return {"id": profile.ref_id[:12], "analytics": analytics}


@routes.get("/feed")
async def feeds(request: web.Request) -> web.Response:
    """The feeds that are registered with Ayrshare."""
    return web.json_response({"status": "success", "feeds": list(request[PROFILE].feeds.values())})


@routes.post("/feed")
async def add_feed(request: web.Request) -> web.Response:
    """Register a feed. Nothing is fetched or posted: since BYO keys, Ayrshare posts no feed to X either."""
    body = await json_object(request)
    url, kind = body.get("url"), body.get("type") or FEED_TYPES[0]
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
        raise Refusal(400, "Missing or incorrect parameters: url.", 101, action="create")
    if kind not in FEED_TYPES:
        raise Refusal(400, "Missing or incorrect parameters: type.", 101, action="create")
    feed: Json = {
        "id": secrets.token_hex(8),
        "type": kind,
        "title": urlsplit(url).hostname,
        "description": "",
        "link": url,
        "autoHashtag": _auto_hashtag(body.get("autoHashtag")),
        "useFirstImage": bool(body.get("useFirstImage")),
        "created": answers.instant(request.config_dict[STATE].clock()),
    }
    request[PROFILE].feeds[feed["id"]] = feed
    # The documentation shows `rssURL`, Ayrshare's own tests look for `feedURL`: both are sent.
    shown = {name: feed[name] for name in ("id", "title", "autoHashtag", "useFirstImage")}
    urls = {"websiteLink": url, "rssURL": url, "feedURL": url}
    return web.json_response({"status": "success", **shown, **urls})


@routes.put("/feed")
async def change_feed(request: web.Request) -> web.Response:
    """Change a feed's options."""
    body = await json_object(request)
    feed = _feed(request, body, "update")
    options: dict[str, Callable[[object], object]] = {"autoHashtag": _auto_hashtag, "useFirstImage": bool}
    feed.update({key: read(body[key]) for key, read in options.items() if key in body})
    return web.json_response({"status": "success", "id": feed["id"]})


@routes.delete("/feed")
async def remove_feed(request: web.Request) -> web.Response:
    """Remove a feed."""
    feed = _feed(request, await json_object(request), "delete")
    del request[PROFILE].feeds[feed["id"]]
    return web.json_response({"status": "success", "id": feed["id"]})


def _auto_hashtag(wanted: object) -> object:
    """A switch, or an object as for posts: which of the two feeds take is not said for certain."""
    return wanted if isinstance(wanted, dict) else bool(wanted)


def _feed(request: web.Request, body: Json, action: str) -> Json:
    try:
        return request[PROFILE].feeds[body.get("id", "")]
    except KeyError:
        raise Refusal(400, "Missing or incorrect parameters: id.", 101, action=action) from None
