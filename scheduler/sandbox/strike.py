"""What a fault does to the request that it meets."""

import asyncio
from base64 import b64encode
from contextlib import suppress
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from scheduler.sandbox import answers
from scheduler.sandbox.answers import Json, NetworkRefusal, Refusal
from scheduler.sandbox.faults import Fault, FaultName
from scheduler.sandbox.request import FORCED

HTML_ERROR = """<html>
<head><title>{0}</title></head>
<body>
<center><h1>{0}</h1></center>
</body>
</html>
"""

NETWORK_REFUSALS = {
    FaultName.CREDITS: answers.CREDITS,
    FaultName.PERMISSION: answers.PERMISSION,
    FaultName.RELINK: answers.RELINK,
    FaultName.NOT_LINKED: answers.NOT_LINKED,
    FaultName.MEDIA: answers.MEDIA,
    FaultName.REFUSE: NetworkRefusal(400, None, "The network refused the post."),
}
REQUEST_REFUSALS = {
    FaultName.RATE_LIMIT: answers.over_rate,
    FaultName.SUSPENDED: answers.suspended,
    FaultName.BAD_API_KEY: answers.bad_api_key,
}
CARRIED_OUT = {FaultName.CUT_AFTER, FaultName.ERROR_AFTER}
CUT = {FaultName.CUT_BEFORE, FaultName.CUT_AFTER, FaultName.HANG}


async def strike(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    """Answer the request as the fault has it.

    Raises `Refusal` where the request itself, carried out late, is refused.
    """
    name = fault.fault
    if name in CARRIED_OUT or (name is FaultName.HANG and fault.accepted):
        with suppress(Refusal):
            await handler(request)
    if name in {FaultName.HANG, FaultName.SLOW}:
        await asyncio.sleep(fault.seconds)
    if name is FaultName.SLOW:
        return await handler(request)
    if name in CUT:
        return _cut(request)
    if name in {FaultName.ERROR_BEFORE, FaultName.ERROR_AFTER}:
        return _error(fault)
    return _echo(request, fault) if name is FaultName.ECHO else await _refuse(request, handler, fault)


def _cut(request: web.Request) -> web.Response:
    """Break the connection; the answer never gets out."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _refuse(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    if fault.fault in REQUEST_REFUSALS:
        return _flat(REQUEST_REFUSALS[fault.fault](), fault)
    preset = NETWORK_REFUSALS[fault.fault]
    refusal = NetworkRefusal(
        fault.status or preset.status,
        fault.code or preset.code,
        fault.message or preset.message,
        preset.details if fault.details is None else fault.details,
        fault.platform,
        fault.retry_available,
    )
    if fault.flat or (request.method, request.path) != ("POST", "/api/post"):
        return _flat(refusal.flat(), fault)
    request[FORCED] = refusal
    return await handler(request)


def _flat(refusal: Refusal, fault: Fault) -> web.Response:
    body = refusal.body | {key: value for key in ("code", "message") if (value := getattr(fault, key))}
    return web.json_response(body, status=fault.status or refusal.status, headers=_retry_after(fault))


def _retry_after(fault: Fault) -> dict[str, str]:
    return {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}


def _error(fault: Fault) -> web.Response:
    """A server's error; real ones are often a proxy's HTML."""
    status, message = fault.status or 502, fault.message or "Internal error"
    if fault.html:
        text = HTML_ERROR.format(f"{status} {message}")
        return web.Response(text=text, status=status, content_type="text/html", headers=_retry_after(fault))
    preset = {"status": "error", "code": fault.code or status, "message": message}
    body = preset if fault.body is None else fault.body
    return web.json_response(body, status=status, headers=_retry_after(fault))


def _echo(request: web.Request, fault: Fault) -> web.Response:
    """Repeat every header of the request wherever a careless client might keep it."""
    status = fault.status or 400
    lines = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
    secrets = " ".join(value for value in request.headers.values())
    body = _echo_body(status, f"{fault.message or 'Request refused'} [{lines}]", secrets, fault.code)
    body["request"] = {
        "headers": dict(request.headers),
        "base64": b64encode(lines.encode()).decode(),
        "quoted": quote(lines),
    }
    headers = {"X-Echo": quote(lines)} | {f"X-Echo-{name}": value for name, value in request.headers.items()}
    if fault.html:
        return web.Response(
            text=f"<pre>{lines}</pre>", status=status, content_type="text/html", headers=headers
        )
    return web.json_response(body, status=status, reason=lines.replace("\r", " "), headers=headers)


def _echo_body(status: int, message: str, secrets: str, code: int | None) -> Json:
    outcome = "success" if status == 200 else "error"
    error = {
        "action": "post",
        "status": "error",
        "code": code,
        "message": message,
        "platform": "twitter",
        "details": message,
    }
    sent = {
        "status": "success",
        "id": secrets,
        "postUrl": f"https://x.com/?{quote(secrets)}",
        "platform": "twitter",
    }
    return {
        "status": outcome,
        "code": code,
        "message": message,
        "id": secrets,
        "refId": secrets,
        "post": secrets,
        "errors": [] if outcome == "success" else [error],
        "postIds": [sent] if outcome == "success" else [],
    }
