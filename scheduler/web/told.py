"""What cannot be shown or done is told as JSON, with a status that says whose fault it is."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from scheduler.actions import CannotAct, Unusable
from scheduler.views import NotFound

Handler = Callable[[web.Request], Awaitable[web.Response]]


def told(handler: Handler) -> Handler:
    """The handler, with an answer in the place of each of these errors."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except NotFound as error:
            return _error(error, 404)
        except CannotAct as error:
            return _error(error, 409)
        except Unusable as error:
            return _error(error, 422)

    return handle


def _error(error: Exception, status: int) -> web.Response:
    return web.json_response({"error": str(error)}, status=status)
