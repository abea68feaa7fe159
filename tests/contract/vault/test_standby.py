"""A cluster: Vault is reached through a standby, while an active server is elected, and where none can be."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from scheduler.delivery.vault import Vault, VaultError, VaultUnavailable
from tests.bao_cluster import BaoCluster
from tests.bao_server import BaoServer
from tests.contract.vault.conftest import WHOLE, Make, reads, told
from tests.contract.vault.test_keeper import token_of
from tests.contract.vault.ways import (
    Given,
    approle,
    by_certificate,
    by_jwt,
    wrapped_secret_id,
)
from tests.world import WITHIN_S, until

Through = Callable[..., Vault]
Outcome = bool | type[VaultError]
IN_TROUBLE = ("reaches no active server, as while one is elected", "it may have no leader now")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BaoCluster]:
    """One cluster for this file, with a whole secret at `acme`."""
    async with BaoCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        cluster.active.write("acme", WHOLE)
        yield cluster


@pytest.fixture
async def cluster(started: BaoCluster) -> BaoCluster:
    """It is whole, whatever the test before has done to it."""
    await started.heal()
    return started


@pytest.fixture
def through(make: Make) -> Through:
    """Makes a `Vault` that talks to this server of the cluster over TLS."""

    def build(server: BaoServer, **settings: Any) -> Vault:
        given = {"vault_addr": server.url, "vault_cacert": server.ca, "vault_token": None}
        return make(**given | settings, total_timeout_s=30)

    return build


async def test_a_standby_serves_readings_and_sign_ins(
    cluster: BaoCluster, through: Through, tmp_path: Path
) -> None:
    ways = every_way(cluster.active, tmp_path)
    await until(cluster.is_whole, "the standbys know them")
    before = audited_readings(cluster)
    for standby in cluster.standbys:
        for way in ways:
            assert await reads(through(standby, **way))
    assert audited_readings(cluster) == before + 2 * len(ways), "each is in one server's log, and in no other"


def audited_readings(cluster: BaoCluster) -> int:
    """How many readings the servers have answered, by their logs; none that was handed on."""
    logs = [server.audit_log for server in cluster.servers if server.audit_log.exists()]
    events = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    return sum(
        event["type"] == "response"
        and event["request"]["path"] == "secret/data/acme"
        and event["request"]["operation"] == "read"
        and not event.get("error")
        for event in events
    )


def every_way(bao: BaoServer, folder: Path) -> list[Given]:
    role = approle(bao)
    file = folder / "token"
    file.write_text(bao.token)
    return [
        {"vault_token": SecretStr(bao.token)},
        {"vault_token_file": file},
        role,
        by_jwt(bao, folder / "jwt"),
        by_certificate(bao, folder),
    ]


async def test_a_wrapped_secret_id_is_unwrapped_through_a_standby(
    cluster: BaoCluster, through: Through
) -> None:
    role = approle(cluster.active)
    for standby in cluster.standbys:
        wrapped = SecretStr(wrapped_secret_id(cluster.active, role["vault_auth_mount"]))
        await until(cluster.is_whole, "the standby knows it")
        assert await reads(
            through(standby, **role | {"vault_secret_id": wrapped}, vault_secret_id_wrapped=True)
        )


async def test_a_killed_active_server_costs_no_more_than_a_wait(
    cluster: BaoCluster, through: Through
) -> None:
    active, standbys = cluster.active, cluster.standbys
    role = approle(active)
    await until(cluster.is_whole, "the standbys know it")
    vaults = [through(standby, **role) for standby in standbys]
    late = [through(standby, **role) for standby in standbys]
    assert all([await reads(vault) for vault in vaults])
    tokens = [token_of(vault) for vault in vaults]

    over = asyncio.Event()
    readers = [asyncio.create_task(outcomes(vault, over)) for vault in vaults * 9 + late]
    await active.stop()
    assert all([await reads_again(vault) for vault in vaults + late])
    over.set()
    assert set().union(*await asyncio.gather(*readers)) <= {True, VaultUnavailable}
    assert cluster.active in standbys
    assert [token_of(vault) for vault in vaults] == tokens


async def test_an_active_server_that_steps_down_is_a_standby_then(
    cluster: BaoCluster, through: Through
) -> None:
    active = cluster.active
    vault = through(active, **approle(active))
    assert await reads(vault)
    token = token_of(vault)

    over = asyncio.Event()
    readers = [asyncio.create_task(outcomes(vault, over)) for _ in range(4)]
    await asyncio.to_thread(active.client.adapter.put, "/v1/sys/step-down")
    await until(cluster.is_whole, "one leads again")
    assert await reads_again(vault)
    over.set()
    assert set().union(*await asyncio.gather(*readers)) <= {True, VaultUnavailable}
    assert token_of(vault) == token


async def test_a_sealed_standby_says_so(cluster: BaoCluster, through: Through) -> None:
    standby = cluster.standbys[0]
    vault = through(standby, vault_token=SecretStr(standby.token))
    assert await reads(vault)
    await standby.restart()
    assert await told(vault, "acme", VaultUnavailable) == f"Vault at {standby.url} is sealed: unseal it"
    assert await reads(through(cluster.active, vault_token=SecretStr(standby.token)))
    await standby.unseal()
    assert await reads(vault)


async def test_a_standby_that_reaches_no_active_server_is_told_as_that(
    cluster: BaoCluster, through: Through
) -> None:
    active = cluster.active
    role = approle(active)
    await until(cluster.is_whole, "the standbys know it")
    alone, other = cluster.standbys
    vault = through(alone, **role)
    assert await reads(vault)
    await asyncio.gather(active.stop(), other.stop())

    words = await told(through(alone, **role), "acme", VaultUnavailable)
    assert any(trouble in words for trouble in IN_TROUBLE), words
    await cluster.heal()
    assert await reads_again(vault)


async def outcomes(vault: Vault, over: asyncio.Event) -> set[Outcome]:
    """What readings came to, one after the other, until `over`."""
    seen: set[Outcome] = set()
    while not over.is_set():
        try:
            seen.add(await reads(vault))
        except VaultError as error:
            seen.add(type(error))
        await asyncio.sleep(0.2)
    return seen


async def reads_again(vault: Vault) -> bool:
    """Whether the right value comes in the end; until then Vault is unavailable."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                return await reads(vault)
            except VaultUnavailable:
                await asyncio.sleep(0.2)
