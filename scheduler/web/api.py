"""The JSON API: it shows what commands show, and does to posts and customers what commands do."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlmodel import Session

from feeds.database import Database
from scheduler import actions, views
from scheduler.actions import Action, Order, Unusable
from scheduler.configuration import Configuration
from scheduler.web.asked import BODIES, Asked, Pause, Resume, Which, query, read
from scheduler.web.own_pages import refuse_foreign_pages
from scheduler.web.told import Handler, told

ROWS = 100
Work = Callable[[Session], Any]


class Api:
    """The routes below `/api/v1`. `clock` gives the time in UTC."""

    def __init__(
        self, database: Database, configuration: Configuration, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._configuration = configuration
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The routes of this class."""
        return [
            web.get("/api/v1/status", self._showing(views.status)),
            web.get("/api/v1/feeds", self._showing(views.feeds)),
            web.get("/api/v1/halts", self._showing(views.halts_now)),
            web.get("/api/v1/queue", self._listing(self._queue)),
            web.get("/api/v1/history", self._listing(views.history)),
            web.get("/api/v1/explain/{id}", told(self._explain)),
            web.post("/api/v1/posts/{action}", self._change(self._act_on_many)),
            web.post("/api/v1/posts/{id}/{action}", self._change(self._act_on_one)),
            web.post("/api/v1/customers/{action}", self._change(self._stop_or_go)),
            web.post("/api/v1/customers/{id}/{action}", self._change(self._stop_or_go)),
        ]

    def _queue(self, session: Session, customer: str | None, limit: int) -> list[views.Json]:
        return views.queue(self._configuration.current, session, customer, limit)

    def _showing(self, show: Work) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            query(request)
            return web.json_response(await self._database.read_in_thread(show))

        return told(handle)

    def _listing(self, listed: Callable[[Session, str | None, int], list[views.Json]]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            customer, config = query(request, "customer").get("customer"), self._configuration.current

            def show(session: Session) -> list[views.Json]:
                rows = listed(session, customer, ROWS)
                if not rows and customer is not None:
                    actions.require_customer(session, customer, config)
                return rows

            return web.json_response(await self._database.read_in_thread(show))

        return told(handle)

    async def _explain(self, request: web.Request) -> web.Response:
        query(request)
        number = request.match_info["id"]
        return web.json_response(
            await self._database.read_in_thread(lambda session: views.explain(session, number))
        )

    def _change(self, asked: Callable[[web.Request, views.Json], Work]) -> Handler:
        """Read the body, do what `asked` makes of it in one transaction, and answer what that gives."""

        async def handle(request: web.Request) -> web.Response:
            refuse_foreign_pages(request)
            query(request)
            work = asked(request, await read(request))
            return web.json_response(await self._database.write_in_thread(work))

        return told(handle)

    def _act_on_one(self, request: web.Request, body: views.Json) -> Work:
        action = Action(_named(request, Action))
        work = self._work(action, Which(ids=(request.match_info["id"],)), BODIES[action].of(body))
        return lambda session: work(session)[0]

    def _act_on_many(self, request: web.Request, body: views.Json) -> Work:
        action = Action(_named(request, Action))
        if action is Action.EDIT:
            raise Unusable("a text is for one post: use /api/v1/posts/{id}/edit")
        which = Which.of({key: body.pop(key) for key in Which.model_fields.keys() & body.keys()})
        return self._work(action, which, BODIES[action].of(body))

    def _work(self, action: Action, which: Which, asked: Asked) -> Callable[[Session], list[views.Json]]:
        config, choice = self._configuration.current, which.choice()
        order = Order(action, now=self._clock(), **asked.words())
        do = actions.rehearse if asked.dry_run else actions.carry_out

        def work(session: Session) -> list[views.Json]:
            found = actions.chosen(session, choice, action, config)
            return [views.post(post) for post in do(session, order, found, config)]

        return work

    def _stop_or_go(self, request: web.Request, body: views.Json) -> Work:
        if "id" in request.match_info:
            body |= {"customers": [request.match_info["id"]]}
        if _named(request, ("pause", "resume")) == "pause":
            return self._pause(Pause.of(body))
        return self._resume(Resume.of(body))

    def _pause(self, asked: Pause) -> Work:
        config, now = self._configuration.current, self._clock()

        def work(session: Session) -> list[views.Json]:
            names = actions.named(session, asked.customers, config, everything=asked.all)
            ends = {
                name: actions.end_of_pause(asked.until, name, now, config) if asked.until else None
                for name in names
            }
            for name, until_at in ends.items():
                actions.pause(session, name, asked.by, now, until_at, asked.reason)
            return views.halts_now(session)

        return work

    def _resume(self, asked: Resume) -> Work:
        if asked.all and asked.common:
            raise Unusable("give all, which ends everything, or common: not both")
        config, now = self._configuration.current, self._clock()

        def work(session: Session) -> views.Json:
            names = actions.named(session, asked.customers, config, everything=asked.all or asked.common)
            return actions.shown(
                [actions.resume(session, name, asked.by, now, config, common=asked.common) for name in names]
            )

        return work


def _named(request: web.Request, actions: Iterable[str]) -> str:
    """The action that the address names. Raises `NotFound`."""
    named, known = request.match_info["action"], list(actions)
    if named not in known:
        raise views.NotFound(f"there is no action {named!r}; there is {', '.join(known)}")
    return named
