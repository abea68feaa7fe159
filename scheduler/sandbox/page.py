"""The sandbox's pages, made on the server out of `templates/`."""

from functools import cache
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

# Everything is in the page itself; it talks to nobody but its own server.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; form-action 'self'"
)


@cache
def _templates() -> Environment:
    loader = PackageLoader("scheduler.sandbox")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def render(template: str, *, status: int = 200, **values: Any) -> web.Response:
    """An HTML answer."""
    text = _templates().get_template(template).render(values)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
