"""What X was paid and will be, over HTTP."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from feeds.database import Database
from scheduler.configuration import Configuration
from scheduler.views import NotFound
from scheduler.views_spend import MONTHS, MOST_MONTHS, spend


class SpendApi:
    """`/api/v1/spend`. `clock` gives the time in UTC."""

    def __init__(
        self, database: Database, configuration: Configuration, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._configuration = configuration
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The routes of this class."""
        return [web.get("/api/v1/spend", self._spend)]

    async def _spend(self, request: web.Request) -> web.Response:
        asked, only = request.query.get("months", str(MONTHS)), request.query.get("customer")
        if asked not in map(str, range(1, MOST_MONTHS + 1)):
            return web.json_response({"error": f"months: give 1 to {MOST_MONTHS}"}, status=422)
        config, now = self._configuration.current, self._clock()
        try:
            shown = await self._database.read_in_thread(
                lambda session: spend(session, config, now, int(asked), only)
            )
        except NotFound as error:
            return web.json_response({"error": str(error)}, status=404)
        return web.json_response(shown)
