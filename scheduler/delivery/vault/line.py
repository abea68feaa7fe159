"""The line to Vault: one session, hvac on top of it, and a deadline that holds whatever the server does.

hvac by itself would take tokens, certificates and authorities from the environment and from `~/.vault-token`, go by a
proxy, and send the token along with a redirect. Here it is given everything, so that it looks for nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import hvac
import requests
from hvac.adapters import JSONAdapter

from scheduler.delivery.vault.call import Call, CuttableAdapter
from scheduler.delivery.vault.errors import VaultUnavailable
from scheduler.settings import Settings

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 3.0
AT_ONCE = 16
WHY = "X-Firetime-For"
"""The request header that says what a request is for."""

T = TypeVar("T")


class Line:
    """Makes hvac's clients, and runs what blocks beside the event loop: `AT_ONCE` requests at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(AT_ONCE)
        self._session = self._new_session()

    @property
    def at(self) -> str:
        """Which Vault, for a message."""
        return f"Vault at {self._settings.vault_addr}"

    def client(self, token: str, why: str, *, read_timeout_s: float = READ_TIMEOUT_S) -> hvac.Client:
        """A client with this token, or with none where it is empty. `why` goes along in the header `WHY`."""
        session = self._session
        return hvac.Client(
            url=self._settings.vault_addr,
            token=token,
            namespace=self._settings.vault_namespace,
            session=session,
            cert=session.cert or (),
            verify=session.verify,
            timeout=(CONNECT_TIMEOUT_S, read_timeout_s),
            allow_redirects=False,
            adapter=partial(_Adapter, why=why),
        )

    async def run(self, work: Callable[[], T]) -> T:
        """Do what blocks in a thread. Whoever stops waiting cuts it."""
        async with self._places:
            call = Call(work)
            call.start()
            try:
                return await call.answer
            except asyncio.CancelledError:
                call.cut()
                raise

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """A deadline for all that is in the block. Raises `VaultUnavailable`."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise VaultUnavailable(f"{self.at} did not answer within {seconds:g} s") from None

    def reconnect(self) -> None:
        """Use new connections from now on, so that a client certificate that was replaced is read anew.

        Others may talk over the old ones: these are closed when nobody uses them any more.
        """
        self._session = self._new_session()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        if (
            self._settings.vault_cacert is not None
        ):  # hvac takes a session's own word over its `verify` argument
            session.verify = str(self._settings.vault_cacert)
        if self._settings.vault_client_cert is not None:
            certificate, key = self._settings.vault_client_cert, self._settings.vault_client_key
            session.cert = (str(certificate), str(key or certificate))
        for scheme in ("http://", "https://"):
            session.mount(scheme, CuttableAdapter(pool_maxsize=AT_ONCE))
        return session


class _Adapter(JSONAdapter):  # type: ignore[misc]
    """hvac's own, which says with each request what it is for, and takes nothing but an answer."""

    def __init__(self, *arguments: Any, why: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._why = why

    def request(self, method: str, url: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
        answer = super().request(method, url, headers={**(headers or {}), WHY: self._why}, **options)
        if isinstance(answer, requests.Response) and answer.status_code != 204:
            raise VaultUnavailable(_odd(answer, self.base_uri))
        return answer

    def _raise_for_error(self, method: str, url: str, response: requests.Response) -> None:
        """hvac goes by the status alone: the 404 of a load balancer is not to look like a secret that is not there."""
        if not _is_from_vault(response):
            raise VaultUnavailable(_odd(response, self.base_uri))
        super()._raise_for_error(method, url, response)


def _is_from_vault(refusal: requests.Response) -> bool:
    """Vault's own refusals are JSON objects, whatever they are about."""
    try:
        return isinstance(refusal.json(), dict)
    except ValueError:
        return False


def _odd(answer: requests.Response, address: str) -> str:
    """hvac knows no error for a redirect, or for what is no JSON."""
    words = f"Vault at {address} answered with HTTP {answer.status_code} instead of what it was asked"
    if answer.is_redirect:
        return (
            f"{words}, which is not followed: it may be a standby that reaches no active server, as while one is "
            "elected. If that lasts, let VAULT_ADDR name the active server, or what stands before them all"
        )
    if answer.status_code == 400:
        return f"{words}: VAULT_ADDR may need https:// in place of http://"
    return f"{words}: something before it may answer in its place"
