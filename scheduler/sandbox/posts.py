"""Posts: publishing, looking at one, deleting."""

import secrets

from aiohttp import web

from scheduler.model import X
from scheduler.sandbox import answers
from scheduler.sandbox.answers import Json, NetworkRefusal, Refusal
from scheduler.sandbox.checks import Draft, network_refusal, normal, read_draft
from scheduler.sandbox.keys import x_keys_of
from scheduler.sandbox.request import FORCED, PROFILE, STATE, find_post, json_object, require_x_keys, wrong
from scheduler.sandbox.state import Profile, SandboxPost, SandboxState

routes = web.RouteTableDef()


@routes.post("/post")
async def create(request: web.Request) -> web.Response:
    """Publish a post at once, or keep it as `pending` when its date is in the future.

    A pending post is never published: no keys are stored that it could be sent with.
    """
    state, profile, body = request.config_dict[STATE], request[PROFILE], await json_object(request)
    key = _idempotency_key(body, profile)
    draft = read_draft(body, profile, state.clock())
    x_keys = x_keys_of(request.headers) if X in draft.texts else None
    post = SandboxPost(
        id=secrets.token_hex(10),
        profile=profile,
        texts=draft.texts,
        created_at=state.clock(),
        media_urls=draft.media_urls,
        notes=draft.notes,
        idempotency_key=key,
        x_keys=x_keys,
        x_posts=draft.x_posts,
    )
    status = _settle(state, post, draft, request.get(FORCED))
    state.posts.append(post)
    return web.json_response(answers.post_answer(post), status=status)


def _idempotency_key(body: Json, profile: Profile) -> str | None:
    """Take the body's key, once.

    Any request that was read spends its key, also one that is refused. That is the stricter reading of
    Ayrshare's documentation: a client that gets on with it gets on with the other one.
    """
    key = body.get("idempotencyKey")
    if key is None:
        return None
    if not isinstance(key, str) or not key:
        raise wrong("idempotencyKey", "must be a string that is not empty")
    if key in profile.used_idempotency_keys:
        # Ayrshare publishes neither the code nor the HTTP status of this refusal: both numbers are guesses.
        raise Refusal(400, "Idempotency key already used: each request needs a unique idempotencyKey.", 409)
    profile.used_idempotency_keys.add(key)
    return key


def _settle(state: SandboxState, post: SandboxPost, draft: Draft, forced: NetworkRefusal | None) -> int:
    """Let each network take or refuse the post; the HTTP status of the answer."""
    if draft.schedule_at is not None:
        post.status, post.schedule_date = "pending", answers.instant(draft.schedule_at)
        return 200
    refusals = []
    for platform, text in post.texts.items():
        hit = forced if forced is not None and forced.strikes(platform, post.texts) else None
        refusal = hit or network_refusal(post, platform)
        if refusal is None:
            post.post_ids.append(_publish(state, post, platform))
            continue
        refusals.append(refusal)
        post.errors.append(refusal.body(platform, text))
    state.counters["published"] += bool(post.post_ids)
    state.counters["refused"] += bool(refusals)
    if not refusals:
        return 200
    post.status = "error"
    return 400 if post.post_ids else refusals[0].status


def _publish(state: SandboxState, post: SandboxPost, platform: str) -> Json:
    network_id = state.next_network_id()
    for number, part in enumerate(post.x_posts if platform == X else ()):
        part.id = state.next_network_id() if number else network_id
    url = answers.post_url(platform, post.profile.handle, network_id)
    post.profile.last_with_text[platform, normal(post.texts[platform])] = post
    return {"status": "success", "id": network_id, "postUrl": url, "platform": platform, "usedQuota": 1}


@routes.get("/post/{id}")
async def show(request: web.Request) -> web.Response:
    """One post by Ayrshare's id."""
    return web.json_response(answers.history_row(find_post(request, request.match_info["id"])))


@routes.delete("/post")
async def delete(request: web.Request) -> web.Response:
    """Delete one post, several (`bulk`), or all that are scheduled."""
    body = await json_object(request)
    if (several := _several(request, body)) is not None:
        # The shape of this answer is not published.
        return web.json_response({"status": "success", "posts": [_delete(request, post) for post in several]})
    if not isinstance(body.get("id"), str):
        raise wrong("id", "is missing")
    post = find_post(request, body["id"])
    if body.get("markManualDeleted") is True:
        return web.json_response(_mark_deleted(post))
    return web.json_response(_delete(request, post))


def _several(request: web.Request, body: Json) -> list[SandboxPost] | None:
    if body.get("deleteAllScheduled") is True:
        posts = request.config_dict[STATE].posts
        return [post for post in posts if post.profile is request[PROFILE] and post.status == "pending"]
    if isinstance(body.get("bulk"), list):
        return [find_post(request, str(post_id)) for post_id in body["bulk"]]
    return None


def _delete(request: web.Request, post: SandboxPost) -> Json:
    if post.status == "deleted":
        raise Refusal(400, "The post was already deleted.", 383, action="delete", id=post.id)
    if X in post.published_on:
        require_x_keys(request)
    per_network = {
        entry["platform"]: {"action": "delete", "status": "success", "id": entry["id"]}
        for entry in post.post_ids
    }
    post.status = "deleted"
    return {**per_network, "status": "success", "id": post.id, "code": 200}


def _mark_deleted(post: SandboxPost) -> Json:
    if post.status != "success":
        raise Refusal(
            400, "Only a published post can be marked as deleted.", 382, action="delete", id=post.id
        )
    post.status = "deleted"
    return {"status": "success", "id": post.id, "code": 200}
