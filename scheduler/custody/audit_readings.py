"""What the ledger says was read, and which secrets are watched in Vault's log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from scheduler.common import VaultLayout
from scheduler.config import Config
from scheduler.store.chain import Line

GIVEN_BACK = "post_give_back"

T = TypeVar("T")

Paths = Mapping[str, frozenset[str]]
"""By customer, the names of the secrets that were ever read for it, and that its file names now."""


@dataclass(frozen=True, slots=True)
class NotedReading:
    """One reading of one secret, as the ledger has it. `secret` is its full name, such as `secret/customers/acme`."""

    line: int
    at: datetime
    purpose: str
    customer: str | None
    post_id: int | None
    secret: str
    version: int | None
    request_id: str | None
    put_at: str | None


def readings_of(line: Line) -> Iterator[NotedReading]:
    """The readings in a line `keys_read`; what somebody has garbled is none, and breaks the chain besides."""
    content = line.content
    detail, at = content["detail"], content["at"]
    if not isinstance(detail, dict) or not isinstance(at, datetime):
        return
    purpose, found = str(detail.get("for")), detail.get("readings")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield NotedReading(
                line.id,
                at,
                purpose,
                content["customer"],
                content["post_id"],
                str(one.get("path")),
                _if(int, one.get("version")),
                _if(str, one.get("request_id")),
                _if(str, one.get("created_at")),
            )


@dataclass(frozen=True, slots=True)
class CutOff:
    """A firing that was cut off: between these two instants it may have read its customer's keys, each once."""

    purpose: str
    customer: str
    since: datetime
    until: datetime


def cut_off(line: Line) -> CutOff | None:
    """What a line `post_give_back` tells; None of another one, one of an older version, or a garbled one."""
    at, customer, detail = (line.content[name] for name in ("at", "customer", "detail"))
    if line.content["action"] != GIVEN_BACK or not isinstance(detail, dict) or not isinstance(at, datetime):
        return None
    try:
        since = datetime.fromisoformat(str(detail.get("since")))
    except ValueError:
        return None
    return CutOff(
        str(detail.get("for")), str(customer), since if since.tzinfo else since.replace(tzinfo=UTC), at
    )


def _if(kind: type[T], value: object) -> T | None:
    return value if isinstance(value, kind) else None


@dataclass(frozen=True, slots=True)
class Secrets:
    """Which secrets are watched, by their full names, and how Vault's log writes these.

    `feeds` are those with which feeds are signed in to; `of_customers` are the others, but for the Ayrshare one.
    """

    layout: VaultLayout
    namespace: str
    ayrshare: str
    of_customers: Paths
    feeds: frozenset[str]
    watched: frozenset[str]

    def name_of(self, request: Mapping[str, Any]) -> str | None:
        """The full name of the secret that a request in Vault's log is about; None in another namespace."""
        namespace = str((request.get("namespace") or {}).get("path") or "").strip("/")
        if namespace != self.namespace:
            return None
        path = str(request.get("path", "")).strip("/")
        mount = self._mount(request, namespace)
        rest = path.removeprefix(f"{mount}/data/")
        is_kv_1 = self.layout.kv_version == 1 and mount == self.layout.mount
        return path if rest == path or is_kv_1 else f"{mount}/{rest}"

    def may_be_of(self, customer: str, secret: str) -> bool:
        """Whether a firing for the customer reads this secret."""
        return secret == self.ayrshare or secret in self.of_customers.get(customer, ())

    def _mount(self, request: Mapping[str, Any], namespace: str) -> str:
        mount = str(request.get("mount_point") or "").strip("/")
        if namespace:
            mount = mount.removeprefix(f"{namespace}/")
        return mount or self.layout.mount


def secrets_of(config: Config, namespace: str | None, ledger: Paths, customer: str | None = None) -> Secrets:
    """What to watch: what the ledger says was read, and what the configuration names; of one customer, or of all."""
    layout = config.common.vault
    ayrshare = f"{layout.mount}/{layout.ayrshare_path}"
    paths = {name: found - {ayrshare} for name, found in ledger.items()}
    for one in config.customers:
        paths[one.id] = paths.get(one.id, frozenset()) | {f"{layout.mount}/{one.vault_path}"}
    chosen = paths if customer is None else {customer: paths.get(customer, frozenset())}
    everything = frozenset().union(*chosen.values(), {ayrshare} if customer is None else ())
    sign_ins = {
        f"{layout.mount}/{route.sign_in.vault_path}"
        for one in config.customers
        if customer in (None, one.id)
        for route in one.routes
        if route.sign_in is not None
    }
    name = (namespace or "").strip("/")
    return Secrets(layout, name, ayrshare, paths, frozenset(sign_ins), everything | sign_ins)
