"""The body of `POST /post` that a post becomes."""

from typing import Any

from scheduler.model import Post, X
from scheduler.rules.media import LONGEST_ALT_TEXT


def request_body(post: Post) -> dict[str, Any]:
    """Everything that Ayrshare is told, without keys.

    The idempotency key also goes into `notes`, which the history gives back.
    """
    body: dict[str, Any] = {
        "post": _text(post),
        "platforms": list(post.open_platforms),
        "idempotencyKey": post.idempotency_key,
        "notes": post.idempotency_key,
        "shortenLinks": False,
    }
    media = [image.url for image in post.media]
    if media and not (_is_thread(post) and post.open_platforms == (X,)):
        body["mediaUrls"] = media
    if options := _x_options(post, media):
        body["twitterOptions"] = options
    return body


def _text(post: Post) -> str | dict[str, str]:
    texts = {platform: post.text_for(platform) for platform in post.open_platforms}
    default = next(iter(texts.values()))
    own = {platform: text for platform, text in texts.items() if text != default}
    return {"default": default, **own} if own else default


def _x_options(post: Post, media: list[str]) -> dict[str, Any]:
    if not post.needs_x_keys:
        return {}
    options: dict[str, Any] = {}
    if any(image.alt for image in post.media):
        options["altText"] = [image.alt[:LONGEST_ALT_TEXT] for image in post.media]
    if _is_thread(post):
        options["thread"] = True
        if media:
            options["mediaUrls"] = [media, *[None] * (post.x_posts - 1)]
    return options


def _is_thread(post: Post) -> bool:
    return post.needs_x_keys and post.x_posts > 1
