"""The web server's health, start and stop, over real HTTP."""

import asyncio

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from feeds.database import Database
from scheduler.common import VaultLayout
from scheduler.configuration import Configuration
from scheduler.delivery.vault import Vault
from scheduler.demo.openbao import OpenBao
from scheduler.settings import Listen, Settings
from scheduler.web.app import CannotListen, WebServer
from tests.unit.config_folder import Folder
from tests.unit.web.conftest import NOWHERE, Serve

# Health


async def test_it_is_alive_whatever_the_state_of_vault(serve: Serve) -> None:
    answer = await (await serve()).get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_it_is_ready_when_the_database_and_vault_are(serve: Serve, openbao: OpenBao) -> None:
    client = await serve(vault_addr=openbao.url, vault_token=SecretStr(openbao.token))
    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "problems": []})


async def test_it_is_not_ready_without_vault_and_names_that_alone(serve: Serve) -> None:
    answer = await (await serve()).get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "problems": ["vault: unavailable"]}


async def test_it_is_not_ready_with_a_token_that_vault_refuses(serve: Serve, openbao: OpenBao) -> None:
    answer = await (await serve(vault_addr=openbao.url)).get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "problems": ["vault: denied"]}


async def test_the_log_says_more_and_says_it_once(serve: Serve) -> None:
    client = await serve()
    with capture_logs() as lines:
        for _ in range(3):
            await client.get("/readyz")

    (line,) = lines
    assert (line["event"], line["log_level"]) == ("not_ready", "warning")
    assert line["problems"] == [f"vault: unavailable (Vault at {NOWHERE} cannot be reached)"]


async def test_it_is_not_ready_with_a_broken_database_and_tells_all_reasons(
    serve: Serve, database: Database
) -> None:
    client = await serve()
    with database.write() as session:
        session.connection().execute(text("PRAGMA foreign_keys=OFF"))
        session.connection().execute(text("ALTER TABLE post RENAME TO gone"))
    answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["problems"] == ["database: cannot be read", "vault: unavailable"]


# Start and stop


async def test_a_port_that_is_taken_is_told_and_nothing_stays_open(serve: Serve) -> None:
    client = await serve()
    port = client.base_url.port or 0
    with pytest.raises(CannotListen, match=f"127.0.0.1:{port}: Address already in use"):
        await serve(listen=Listen("127.0.0.1", port))

    assert (await client.get("/healthz")).status_code == 200


async def test_it_listens_on_ipv6_as_well(serve: Serve) -> None:
    client = await serve(listen=Listen("::1", 0))

    assert client.base_url.host == "::1"
    assert (await client.get("/healthz")).status_code == 200


async def test_it_stops_with_connections_open_and_may_be_stopped_twice(
    database: Database, folder: Folder
) -> None:
    settings = Settings(config=folder.path, listen=Listen("127.0.0.1", 0))
    vault = Vault(settings, VaultLayout)
    server = WebServer(settings, Configuration(folder.path), database, vault)
    await server.stop()
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        await client.get("/healthz")
        await asyncio.wait_for(server.stop(), 60)
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")
    await server.stop()
    vault.close()
