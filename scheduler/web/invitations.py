"""The page behind an invitation: it names the customer, says what will happen, and has one button.

It needs no admin token: whoever has the address may use it. It shows nothing but the customer's name, and no key.
"""

import re
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment

from scheduler.configuration import Configuration
from scheduler.moving.invitations import PATH, Invitations, Invited, NotGood, NotNow
from scheduler.moving.tokens import mark
from scheduler.settings import Settings
from scheduler.web.hooks import Rate

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' {onward}"
)
PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
MAIL_TO = "mailto:"
MAIL = re.compile(r"(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
"""A mail address alone: without a subject or further recipients."""
WEB = re.compile(r"https://[!-~]+")


class LinkPages:
    """The routes below `PATH`."""

    def __init__(
        self, invitations: Invitations, configuration: Configuration, settings: Settings, pages: Environment
    ) -> None:
        self._invitations = invitations
        self._configuration = configuration
        self._settings = settings
        self._pages = pages
        self._rate = Rate()

    def routes(self) -> list[web.RouteDef]:
        """The routes of this class."""
        return [web.get(f"{PATH}{{token}}", self._show), web.post(f"{PATH}{{token}}", self._go)]

    async def _show(self, request: web.Request) -> web.Response:
        """What will happen, and the button, or that it is done.

        Vault is not asked before the first use: programs that look into mails open addresses, too.
        """
        try:
            return self._page(200, await self._invitations.look(self._let_through(request)))
        except NotGood as reason:
            return self._no_good(reason)

    async def _go(self, request: web.Request) -> web.Response:
        """Make the page for linking now, and send the browser there; once it is linked, say so."""
        token = self._let_through(request)
        try:
            made = await self._invitations.use(token)
        except NotGood as reason:
            return self._no_good(reason)
        except NotNow:
            return await self._failed(token)
        if isinstance(made, Invited):
            return self._page(200, made)
        return web.Response(status=303, headers={**PRIVATE, "Location": made.url})

    async def _failed(self, token: str) -> web.Response:
        try:
            return self._page(503, await self._invitations.find(token), failed=True)
        except NotGood as reason:  # its time has run out meanwhile
            return self._no_good(reason)

    def _let_through(self, request: web.Request) -> str:
        token = request.match_info["token"]
        if not self._rate.allows(mark(token)):
            raise web.HTTPTooManyRequests(headers=PRIVATE)
        return token

    def _no_good(self, reason: NotGood) -> web.Response:
        return self._page(410 if reason.is_over else 404, None)

    def _page(self, status: int, invited: Invited | None, *, failed: bool = False) -> web.Response:
        public_url, common = self._settings.public_url, self._configuration.current.common
        contact = common.linking.contact or common.feeds.contact or ""
        text = self._pages.get_template("link.html").render(
            name=invited.customer.name if invited else "",
            account=invited.account if invited else None,
            was_used=invited is not None and invited.invitation.used_at is not None,
            until=_told(invited) if invited else "",
            failed=failed,
            host=urlsplit(public_url).netloc if public_url else "",
            operator=common.linking.operator,
            contact=contact.removeprefix(MAIL_TO),
            contact_link=_address(contact),
        )
        headers = {**PRIVATE, "Content-Security-Policy": POLICY.format(onward=self._onward)}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    @property
    def _onward(self) -> str:
        """Where the form may lead in the end: Chromium holds the policy against redirects, too.

        Ayrshare's pages have hosts of its own choosing, over TLS; a stand-in's are on its own address.
        """
        parts = urlsplit(self._settings.ayrshare_url)
        return "https:" if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"


def _address(contact: str) -> str | None:
    """What a tap on the contact opens: a mail, or a page over TLS; None for any other text."""
    if MAIL.fullmatch(contact):
        return f"{MAIL_TO}{contact.removeprefix(MAIL_TO)}"
    return contact if WEB.fullmatch(contact) else None


def _told(invited: Invited) -> str:
    """Until when the invitation is good, by the customer's clock."""
    until: datetime = invited.invitation.good_until.astimezone(invited.customer.zone)
    return f"{until:%A, %-d %B %Y, %H:%M} ({invited.customer.timezone})"
