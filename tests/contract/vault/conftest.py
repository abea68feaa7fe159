"""A Vault for each test, against a real OpenBao, and what must never be told."""

import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic
from typing import Any
from uuid import uuid4

import hvac
import pytest
import pytest_asyncio
from pydantic import SecretStr

from scheduler.common import VaultLayout
from scheduler.customer import Customer
from scheduler.delivery.vault import Vault, VaultError
from scheduler.demo.openbao import OpenBao
from scheduler.settings import Settings
from tests.bao_server import BaoServer

PAIR = {"x_api_key": "canary-key", "x_api_secret": "canary-secret"}
WHOLE = PAIR | {"profile_key": "canary-profile"}

Make = Callable[..., Vault]


@pytest.fixture
def operator(openbao: OpenBao) -> hvac.Client:
    return openbao.client


@pytest.fixture
def path() -> str:
    """A place of the test's own."""
    return f"t{uuid4().hex}"


@pytest.fixture
def make(openbao: OpenBao) -> Iterator[Make]:
    """Makes a `Vault` that signs in with the root token, unless the test says otherwise."""
    made: list[Vault] = []

    def build(
        layout: VaultLayout | None = None,
        *,
        total_timeout_s: float | None = None,
        clock: Callable[[], float] = monotonic,
        **settings: Any,
    ) -> Vault:
        given = {"vault_addr": openbao.url, "vault_token": SecretStr(openbao.token)} | settings
        vault = Vault(
            Settings(**given),
            lambda: layout or VaultLayout(),
            total_timeout_s=total_timeout_s,
            clock=clock,
        )
        made.append(vault)
        return vault

    yield build
    for vault in made:
        vault.close()


def customer(path: str, *, primary: bool = False) -> Customer:
    return Customer(id="acme", name="Acme", timezone="UTC", vault_path=path, primary_profile=primary)


async def told(vault: Vault, path: str, kind: type[VaultError], *, with_x: bool = True) -> str:
    """The text of the failure; no secret is in it, nor in its traceback."""
    with pytest.raises(VaultError) as raised:
        await vault.customer_keys(customer(path), with_x=with_x, why="test")
    assert type(raised.value) is kind, raised.value
    assert raised.value.__suppress_context__ or raised.value.__context__ is None, "the cause is not told"
    no_secret_in(repr(raised.value), str(raised.value), "".join(traceback.format_exception(raised.value)))
    return str(raised.value)


def no_secret_in(*texts: str) -> None:
    for text in texts:
        assert "canary" not in text


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bao(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BaoServer]:
    """One OpenBao as in production for the session, with a whole secret at `acme`. Who harms it heals it."""
    async with BaoServer(tmp_path_factory.mktemp("bao") / "server") as server:
        server.write("acme", WHOLE)
        yield server


@pytest.fixture
def over_tls(bao: BaoServer, make: Make) -> Make:
    """Makes a `Vault` that talks to `bao` over TLS, and has no token."""

    def build(**settings: Any) -> Vault:
        return make(
            **{"vault_addr": bao.url, "vault_cacert": bao.ca, "vault_token": None, "total_timeout_s": 30}
            | settings
        )

    return build


async def reads(vault: Vault) -> bool:
    """Whether the secret at `acme` is read."""
    keys = await vault.customer_keys(customer("acme"), with_x=True, why="test")
    return keys.values == tuple(WHOLE.values())
