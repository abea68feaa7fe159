"""Read secrets from Vault or OpenBao, at the moment they are needed and for no longer.

Nothing is cached: every firing reads anew. Redirects and proxies from the environment are off, because hvac would
send the token along. The token file is opened at each use, since Vault Agent replaces it.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

import hvac
import requests
from hvac import exceptions
from hvac.adapters import JSONAdapter
from requests.adapters import HTTPAdapter

from scheduler.config import VaultLayout
from scheduler.customer import Customer
from scheduler.errors import Explained
from scheduler.settings import Settings

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 3.0
TOTAL_TIMEOUT_S = 5.0
THREADS = 16
WHY = "X-Firetime-For"
"""The request header that says what a reading is for."""

T = TypeVar("T")

_SENDABLE = re.compile(r"[\x21-\x7e]+")


class VaultError(Explained):
    """A secret could not be read. The text is for a person and never holds a value."""


class VaultUnavailable(VaultError):
    """Vault cannot answer now: unreachable, sealed, slow or in trouble. Trying again later is right."""


class VaultDenied(VaultError):
    """Vault refuses our token, or the policy does not allow this path."""


class SecretMissing(VaultError):
    """There is no such secret, or it was deleted."""


class SecretUnusable(VaultError):
    """The secret is there, but a field is missing, empty or malformed: half a pair never leaves the house."""


class Reading(NamedTuple):
    """What joins one reading to Vault's audit log: never a value.

    `created_at` is when this version of the secret was put there, in UTC; a KV v1 store knows neither.
    """

    path: str
    version: int | None
    request_id: str | None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ApiKey:
    """One API key for one use: the operator's of Ayrshare, or a customer's of X. Its repr shows nothing."""

    value: str
    reading: Reading


@dataclass(frozen=True, slots=True, repr=False)
class CustomerKeys:
    """A customer's keys for one firing. Its repr shows nothing."""

    x_api_key: str | None
    x_api_secret: str | None
    profile_key: str | None
    reading: Reading

    @property
    def values(self) -> tuple[str, ...]:
        """The secret values, for redaction."""
        return tuple(v for v in (self.x_api_key, self.x_api_secret, self.profile_key) if v)


class Vault:
    """The one door to Vault. Each method reads anew, in a thread, within `total_timeout_s` seconds.

    `why` says what a reading is for, such as `p17/1` or `check`; it goes along in the header `WHY`, which Vault's audit
    log shows where its operator has asked for that. Every method raises one of the `VaultError` classes.
    """

    def __init__(
        self,
        settings: Settings,
        layout: Callable[[], VaultLayout],
        *,
        total_timeout_s: float | None = None,
    ) -> None:
        self._settings = settings
        self._layout = layout
        self._total_timeout_s = total_timeout_s or TOTAL_TIMEOUT_S
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="vault")
        self._session = requests.Session()
        self._session.trust_env = False
        if settings.vault_cacert is not None:  # hvac takes a session's own word over its `verify` argument
            self._session.verify = str(settings.vault_cacert)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=THREADS))

    async def customer_keys(self, customer: Customer, *, with_x: bool, why: str) -> CustomerKeys:
        """A customer's keys; the X pair only where the post goes to X.

        Without a Profile-Key Ayrshare acts on the operator's own primary profile, so it may only be missing where
        the customer's file says that this is meant.
        """
        names = self._layout().fields
        data, reading = await self._read(customer.vault_path, why)
        wanted = [names.x_api_key, names.x_api_secret] if with_x else []
        if not customer.primary_profile:
            wanted.append(names.profile_key)
        found = _fields(data, wanted, reading.path)
        return CustomerKeys(
            found.get(names.x_api_key),
            found.get(names.x_api_secret),
            found.get(names.profile_key),
            reading,
        )

    async def ayrshare_key(self, *, why: str) -> ApiKey:
        """The Ayrshare API key of the operator's account."""
        layout = self._layout()
        data, reading = await self._read(layout.ayrshare_path, why)
        name = layout.fields.api_key
        return ApiKey(_fields(data, [name], reading.path)[name], reading)

    async def x_api_key(self, customer: Customer, *, why: str) -> ApiKey:
        """A customer's X API key alone, to tell whose X app it is."""
        name = self._layout().fields.x_api_key
        data, reading = await self._read(customer.vault_path, why)
        return ApiKey(_fields(data, [name], reading.path)[name], reading)

    async def feed_secret(self, path: str, names: list[str]) -> dict[str, str]:
        """The fields of these names of a feed's secret: texts, none of them empty."""
        data, reading = await self._read(path, "feed")
        return _texts(data, names, reading.path)

    async def check(self) -> None:
        """Make sure that Vault answers, is unsealed and knows our token."""
        await self._in_thread(self._look_up_token)

    def close(self) -> None:
        """Close connections and let threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    async def _read(self, path: str, why: str) -> tuple[dict[str, Any], Reading]:
        return await self._in_thread(lambda: self._read_now(path, why))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` within the total deadline: per-read timeouts alone do not stop a server that drips."""
        try:
            async with asyncio.timeout(self._total_timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise VaultUnavailable(f"{self._at} did not answer within {self._total_timeout_s:g} s") from None

    def _read_now(self, path: str, why: str) -> tuple[dict[str, Any], Reading]:
        layout = self._layout()
        full = f"{layout.mount}/{path}"
        kv = self._client(why).secrets.kv
        try:
            if layout.kv_version == 1:
                answer = kv.v1.read_secret(path, mount_point=layout.mount)
                data, version, created_at = _dict(answer)["data"], None, None
            else:
                answer = kv.v2.read_secret_version(
                    path, mount_point=layout.mount, raise_on_deleted_version=False
                )
                inner = _dict(answer)["data"]
                data, version = inner["data"], inner["metadata"]["version"]
                created_at = datetime.fromisoformat(inner["metadata"]["created_time"])
        except Exception as error:  # noqa: BLE001 - hvac lets requests' and its own errors through; all are mapped
            raise self._explained(error, full) from None
        if not isinstance(data, dict):
            raise SecretMissing(
                f"the newest version of the secret at {full} was deleted: put a new one there"
            )
        return data, Reading(full, version, answer.get("request_id"), created_at)

    def _look_up_token(self) -> None:
        try:
            _dict(self._client("check").auth.token.lookup_self())
        except Exception as error:  # noqa: BLE001 - as above
            raise self._explained(error, None) from None

    def _client(self, why: str) -> hvac.Client:
        return hvac.Client(
            url=self._settings.vault_addr,
            token=self._token(),
            namespace=self._settings.vault_namespace,
            session=self._session,
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            allow_redirects=False,
            adapter=partial(_Adapter, why=why),
        )

    def _token(self) -> str:
        file, token = self._settings.vault_token_file, self._settings.vault_token
        if file is not None:
            try:
                given = file.read_text(encoding="ascii", errors="replace").strip()
            except OSError as error:
                raise VaultDenied(
                    f"the token file {file} cannot be read: {error.strerror} (VAULT_TOKEN_FILE)"
                ) from None
        elif token is not None:
            given = token.get_secret_value().strip()
        else:
            raise VaultDenied("no Vault token is set: give VAULT_TOKEN_FILE (or VAULT_TOKEN)")
        if not _SENDABLE.fullmatch(given):
            raise VaultDenied(f"{f'the token file {file}' if file else 'VAULT_TOKEN'} holds no Vault token")
        return given

    @property
    def _at(self) -> str:
        return f"Vault at {self._settings.vault_addr}"

    def _explained(self, error: Exception, path: str | None) -> VaultError:
        """hvac's, requests' and the system's errors in words; the original is dropped, it may hold a header."""
        if isinstance(error, VaultError):
            return error
        for kinds, meaning, words in _WORDS:
            if isinstance(error, kinds):
                return meaning(words.format(at=self._at, path=path or "the token's own record"))
        reason = getattr(error, "strerror", None) or type(error).__name__
        return VaultUnavailable(f"{self._at} answered with an error ({reason})")


class _Adapter(JSONAdapter):  # type: ignore[misc]
    """hvac's own, which says with each request what it is for."""

    def __init__(self, *arguments: Any, why: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._why = why

    def request(self, method: str, url: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
        return super().request(method, url, headers={**(headers or {}), WHY: self._why}, **options)


_WORDS: tuple[tuple[type[Exception], type[VaultError], str], ...] = (
    (exceptions.VaultDown, VaultUnavailable, "{at} is sealed: unseal it"),
    (exceptions.VaultNotInitialized, VaultUnavailable, "{at} is not initialised"),
    (
        exceptions.Forbidden,
        VaultDenied,
        "{at} denies reading {path}: the token is wrong, expired or revoked, or its policy lacks this path",
    ),
    (
        exceptions.InvalidPath,
        SecretMissing,
        "{at} has no secret at {path}: put one there, or correct the path (or mount and kv_version in firetime.toml)",
    ),
    (
        requests.exceptions.SSLError,
        VaultUnavailable,
        "{at}: its TLS certificate is not trusted (VAULT_CACERT)",
    ),
    (requests.exceptions.Timeout, VaultUnavailable, "{at} did not answer in time"),
    (requests.exceptions.ConnectionError, VaultUnavailable, "{at} cannot be reached"),
)


def _dict(answer: Any) -> dict[str, Any]:
    """hvac gives back a bare response for statuses that it does not know, a redirect among them."""
    if isinstance(answer, dict):
        return answer
    raise VaultUnavailable(f"Vault answered with HTTP {answer.status_code} instead of a secret")


def _fields(data: dict[str, Any], names: list[str], path: str) -> dict[str, str]:
    found = _texts(data, names, path)
    for name in names:
        if not _SENDABLE.fullmatch(found[name]):
            raise SecretUnusable(
                f"{name} in the secret at {path} has a line break, a space or another character "
                "that a header cannot carry"
            )
    return found


def _texts(data: dict[str, Any], names: list[str], path: str) -> dict[str, str]:
    missing = [name for name in names if not data.get(name)]
    if missing:
        raise SecretUnusable(f"the secret at {path} lacks {' and '.join(missing)}")
    for name in names:
        if not isinstance(data[name], str):
            raise SecretUnusable(f"{name} in the secret at {path} is no text")
    return {name: data[name] for name in names}
