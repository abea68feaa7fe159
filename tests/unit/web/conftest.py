"""A web server on loopback over a database and a configuration of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from feeds.database import Database
from scheduler.common import VaultLayout
from scheduler.configuration import Configuration
from scheduler.delivery.vault import Vault
from scheduler.settings import Listen, Settings
from scheduler.web.app import WebServer
from tests.unit.config_folder import ROUTE, SMALL, Folder

NOWHERE = "http://127.0.0.1:1"

Serve = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "config").mkdir()
    made = Folder(tmp_path / "config")
    made.customer(SMALL + ROUTE)
    return made


@pytest.fixture
async def serve(database: Database, folder: Folder) -> AsyncIterator[Serve]:
    """Starts a server with these settings; gives a client of it."""
    stops: list[Callable[[], Awaitable[None]]] = []

    async def start(**settings: Any) -> httpx.AsyncClient:
        given = {
            "listen": Listen("127.0.0.1", 0),
            "vault_addr": NOWHERE,
            "vault_token": SecretStr("canary-vault"),
        }
        made = Settings(config=folder.path, **given | settings)
        configuration = Configuration(folder.path)
        configuration.load()
        vault = Vault(made, VaultLayout)
        server = WebServer(made, configuration, database, vault)
        await server.start()
        client = httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False)

        async def stop() -> None:
            await client.aclose()
            await server.stop()
            vault.close()

        stops.append(stop)
        return client

    yield start
    for stop in stops:
        await stop()
