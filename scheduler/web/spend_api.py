"""What X was paid and will be, over HTTP."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from feeds.database import Database
from scheduler.actions import Unusable
from scheduler.configuration import Configuration
from scheduler.views_spend import MONTHS, MOST_MONTHS, spend
from scheduler.web.asked import query
from scheduler.web.told import told


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
        return [web.get("/api/v1/spend", told(self._spend))]

    async def _spend(self, request: web.Request) -> web.Response:
        given = query(request, "customer", "months")
        asked, only = given.get("months", str(MONTHS)), given.get("customer")
        if asked not in map(str, range(1, MOST_MONTHS + 1)):
            raise Unusable(f"months: give 1 to {MOST_MONTHS}")
        config, now = self._configuration.current, self._clock()
        return web.json_response(
            await self._database.read_in_thread(lambda session: spend(session, config, now, int(asked), only))
        )
