"""The sandbox as a server."""

from dataclasses import dataclass

from aiohttp import web

from scheduler.sandbox import accounts, control, history, posts, profiles
from scheduler.sandbox.gate import PREFIX, gate
from scheduler.sandbox.request import STATE
from scheduler.sandbox.state import SandboxState

SHUTDOWN_S = 0.2  # requests that hang on demand are not waited for


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A sandbox that listens. `url` is what stands for `https://api.ayrshare.com/api`."""

    state: SandboxState
    page_url: str
    runner: web.AppRunner

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.page_url.rstrip("/") + PREFIX

    async def close(self) -> None:
        """Stop listening and end what still runs."""
        await self.runner.cleanup()


def make_app(state: SandboxState) -> web.Application:
    """The application: Ayrshare's routes under `/api`, the sandbox's own beside them."""
    api = web.Application(middlewares=[gate])
    for table in (posts.routes, history.routes, accounts.routes, profiles.routes):
        api.add_routes(table)
    app = web.Application(middlewares=[control.mistakes])
    app[STATE] = state
    app.add_routes(control.routes)
    app.add_subapp(PREFIX, api)
    return app


async def start_sandbox(host: str, port: int, state: SandboxState) -> RunningSandbox:
    """Start to listen; port 0 takes any free one.

    Raises `OSError` when the address cannot be had.
    """
    runner = web.AppRunner(make_app(state), access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except BaseException:
        await runner.cleanup()
        raise
    name = f"[{host}]" if ":" in host else host
    return RunningSandbox(state, f"http://{name}:{runner.addresses[0][1]}/", runner)
