"""The web server of the daemon: its pages, its API, and the hooks by which hubs and publishers say what is new."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import BasicAuth, web
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from feeds.database import Database
from scheduler import views
from scheduler.clock import utc_now
from scheduler.configuration import Configuration
from scheduler.delivery.vault import Vault, VaultDenied, VaultError
from scheduler.errors import Explained, in_words
from scheduler.moving.invitations import Invitations
from scheduler.settings import Settings, is_loopback
from scheduler.store import choosing
from scheduler.web.api import ROWS, Api
from scheduler.web.hooks import Hooks, is_open
from scheduler.web.invitations import LinkPages
from scheduler.web.spend_api import SpendApi

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = ("/healthz", "/readyz")
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Server": "Firetime",
}


class CannotListen(Explained):
    """The address is taken, or is not one of this machine's."""


class WebServer:
    """Serves the dashboard, `/api/v1`, the health checks, the hooks and invitations on the configured address."""

    def __init__(
        self,
        settings: Settings,
        configuration: Configuration,
        database: Database,
        vault: Vault,
        hooks: Hooks | None = None,
        invitations: Invitations | None = None,
    ) -> None:
        self._settings = settings
        self._configuration = configuration
        self._database = database
        self._vault = vault
        self._hooks = hooks
        self._invitations = invitations
        self._api = Api(database, configuration, utc_now)
        self._spending = SpendApi(database, configuration, utc_now)
        self._runner: web.AppRunner | None = None
        self._not_ready: dict[str, str] = {}
        self._pages = Environment(
            loader=PackageLoader("scheduler.web"), autoescape=True, undefined=StrictUndefined
        )
        self.url = ""

    async def start(self) -> None:
        """Listen. Raises `CannotListen` where the port is taken."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/", self._dashboard),
                web.get("/dashboard.js", self._script),
                web.get("/healthz", self._alive),
                web.get("/readyz", self._ready),
                *self._api.routes(),
                *self._spending.routes(),
            ]
        )
        if self._hooks is not None:
            app.add_routes(self._hooks.routes())
        if self._invitations is not None:
            pages = LinkPages(self._invitations, self._configuration, self._settings, self._pages)
            app.add_routes(pages.routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        host, port = self._settings.listen
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise CannotListen(
                f"cannot listen on {host}:{port}: {in_words(error)} (FIRETIME_LISTEN)"
            ) from None
        bound = self._runner.addresses[0]
        shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        self.url = f"http://{shown}:{bound[1]}/"

    async def stop(self) -> None:
        """Stop listening and end open connections."""
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ask for the admin token where one is set: as a bearer, or as the password of a browser's sign-in.

        Without one only this machine is served, and only under its own name: another site's page could otherwise
        have its name resolved to this address and read along.
        """
        try:
            self._admit(request)
            response = await handler(request)
        except web.HTTPException as refusal:
            _complete(refusal)
            raise
        _complete(response)
        return response

    def _admit(self, request: web.Request) -> None:
        if is_open(request.path):
            return  # whoever knows the rest of the address may call it, from anywhere
        token = self._settings.admin_token
        if token is None and not _names_this_machine(request):
            raise web.HTTPForbidden(text="Open this page as http://127.0.0.1 or set FIRETIME_ADMIN_TOKEN.")
        if token is not None and request.path not in OPEN_PATHS:
            given = _given_token(request.headers.get("Authorization", ""))
            if not hmac.compare_digest(
                given.encode(errors="surrogateescape"), token.get_secret_value().encode()
            ):
                raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="firetime"'})

    async def _dashboard(self, _request: web.Request) -> web.Response:
        def gather(session: Session) -> dict[str, Any]:
            return {
                "counts": views.status(session)["posts"],
                "queue": views.queue(self._configuration.current, session, None, ROWS),
                "history": views.history(session, None, ROWS),
                "halts": views.halts_now(session),
                "waiting": choosing.waiting_for_all(session),
                "feeds": views.feeds(session),
            }

        shown = await self._database.read_in_thread(gather)
        page = self._pages.get_template("dashboard.html").render(
            **shown,
            now=views.instant(utc_now()),
            problems=self._configuration.problems,
            kind=views.kind,
            situation=views.situation,
            when=views.when,
        )
        return web.Response(text=page, content_type="text/html")

    async def _script(self, _request: web.Request) -> web.Response:
        script = self._pages.get_template("dashboard.js").render()
        return web.Response(text=script, content_type="text/javascript")

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _ready(self, _request: web.Request) -> web.Response:
        """What is missing, by name alone, since anybody may ask. The log has the rest, once, when it changes."""
        problems: dict[str, str] = {}
        try:
            await self._database.read_in_thread(views.status)
        except SQLAlchemyError as error:
            problems["database: cannot be read"] = type(error).__name__
        if self._database.problem is not None:
            problems["database: the last write failed"] = self._database.problem
        try:
            await self._vault.check()
        except VaultError as error:
            problems[f"vault: {'denied' if isinstance(error, VaultDenied) else 'unavailable'}"] = str(error)
        if problems and problems != self._not_ready:
            log.warning("not_ready", problems=[f"{name} ({reason})" for name, reason in problems.items()])
        self._not_ready = problems
        return web.json_response(
            {"status": "not ready" if problems else "ready", "problems": list(problems)},
            status=503 if problems else 200,
        )


def _complete(response: web.StreamResponse) -> None:
    """Give it the headers that every answer has, where it has no word of its own about them."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _names_this_machine(request: web.Request) -> bool:
    try:
        return is_loopback(request.url.host or "")
    except ValueError:  # the Host header is no host at all
        return False


def _given_token(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest
    try:
        return BasicAuth.decode(header).password if scheme.lower() == "basic" else ""
    except ValueError:
        return ""
