"""A page of another site, open in the browser of somebody who may change posts, must not be able to do it for them."""

import json
from urllib.parse import urlsplit

from aiohttp import web

JSON = "application/json"


def refuse_foreign_pages(request: web.Request) -> None:
    """Raises `HTTPForbidden` for what a browser says comes from elsewhere, and 415 for what any page may send unasked.

    Programs say neither. Source: Fetch (Sec-Fetch-Site, Origin), by which a page of another site has to ask first
    before it sends `application/json`, and nobody here answers that it may.
    """
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none") or _is_foreign(request):
        raise web.HTTPForbidden(text=_told("this comes from a page of another site"), content_type=JSON)
    if request.content_type != JSON:
        why = "send JSON, with Content-Type: application/json"
        raise web.HTTPUnsupportedMediaType(text=_told(why), content_type=JSON)


def bad_json(why: str) -> web.HTTPBadRequest:
    """What to raise where the body is not what it says."""
    return web.HTTPBadRequest(text=_told(why), content_type=JSON)


def _is_foreign(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != request.host.lower()
    except ValueError:
        return True


def _told(why: str) -> str:
    return json.dumps({"error": why})
