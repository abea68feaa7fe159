"""The history of a profile."""

from datetime import timedelta

from aiohttp import web

from scheduler.model import X
from scheduler.sandbox import answers
from scheduler.sandbox.answers import Json
from scheduler.sandbox.checks import PLATFORMS
from scheduler.sandbox.request import PROFILE, STATE, find_post, number_in, require_x_keys
from scheduler.sandbox.state import Profile, SandboxPost, SandboxState

CACHE = timedelta(minutes=1)
UNCACHED_LIMIT = 25
DEFAULT_DAYS = 30

routes = web.RouteTableDef()


@routes.get("/history")
async def history(request: web.Request) -> web.Response:
    """What was posted with this profile, newest first; above 25 rows, as it was up to a minute ago."""
    state, profile = request.config_dict[STATE], request[PROFILE]
    limit = number_in(request, "limit", 25, 1, 1000)
    if state.reads_need_x_keys and X in _list(request, "platforms"):
        require_x_keys(request)
    find = _select if limit <= UNCACHED_LIMIT else _select_cached
    posts = find(request, state, profile)[:limit]
    if not posts:
        return web.json_response(answers.EMPTY_HISTORY, status=400)
    return web.json_response(answers.history(profile, posts, state.clock()))


def _select_cached(request: web.Request, state: SandboxState, profile: Profile) -> list[SandboxPost]:
    cached_at, posts = profile.cached_history.get(request.query_string, (None, []))
    if cached_at is None or cached_at + CACHE <= state.clock():
        posts = _select(request, state, profile)
        profile.cached_history[request.query_string] = (state.clock(), posts)
    return posts


def _select(request: web.Request, state: SandboxState, profile: Profile) -> list[SandboxPost]:
    days = number_in(request, "lastDays", DEFAULT_DAYS, 0, 36_500)
    platforms, now = _list(request, "platforms"), state.clock()
    status, kind = request.query.get("status"), request.query.get("type")
    return [
        post
        for post in reversed(state.posts)
        if post.profile is profile
        and post.created_at + state.history_lag <= now
        and (not days or post.created_at > now - timedelta(days=days))
        and (not platforms or platforms & set(post.platforms))
        and (post.status == status if status else post.status != "deleted")
        and kind in (None, "scheduled" if post.schedule_date else "immediate")
    ]


@routes.get("/history/{id}")
async def history_of(request: web.Request) -> web.Response:
    """One post by id, or what a network shows: `/history/twitter`."""
    wanted = request.match_info["id"]
    if wanted not in PLATFORMS:
        return web.json_response(answers.history_row(find_post(request, wanted)))
    if wanted == X:
        require_x_keys(request)
    limit = number_in(request, "limit", 10, 1, 500)
    published = reversed(request.config_dict[STATE].published(wanted))
    shown = [row for post in published if post.profile is request[PROFILE] for row in _native(post, wanted)]
    return web.json_response({"status": "success", "posts": shown[:limit]})


def _native(post: SandboxPost, platform: str) -> list[Json]:
    """What the network shows, newest first: each part of a thread is a post of its own."""
    network_id = next(str(entry["id"]) for entry in post.post_ids if entry["platform"] == platform)
    parts = [(part.id, part.text) for part in reversed(post.x_posts)] if platform == X else []
    return [
        {
            "id": post_id,
            "post": text,
            "created": answers.instant(post.created_at),
            "postUrl": answers.post_url(platform, post.profile.handle, str(post_id)),
            "publicMetrics": {"likeCount": 0, "replyCount": 0, "retweetCount": 0},
        }
        for post_id, text in parts or [(network_id, post.texts[platform])]
    ]


def _list(request: web.Request, name: str) -> set[str]:
    values = ",".join(request.query.getall(name, []) + request.query.getall(f"{name}[]", []))
    return {value.strip(' "[]') for value in values.split(",") if value.strip(' "[]')}
