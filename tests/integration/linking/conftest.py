"""A campaign: customers in a configuration, their keys in OpenBao, their profiles in the sandbox, a clock to turn."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from feeds.database import Database
from scheduler.configuration import Configuration
from scheduler.customer import Customer
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.vault import Vault
from scheduler.delivery.x_apps import XApps
from scheduler.moving.invitations import Invitations
from scheduler.moving.linking import Link, Linker
from scheduler.moving.progress import Survey
from scheduler.moving.reading import KeyReader
from scheduler.moving.unlinking import Unlinker
from scheduler.sandbox.keys import fingerprint
from scheduler.sandbox.state import LinkSession, Profile
from scheduler.web.app import WebServer
from tests.stored import fresh
from tests.world import World

ADMIN = "canary-admin-token"


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    now: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Campaign:
    """Two customers, `acme` and `globex`, whose X is linked with no app of their own yet."""

    world: World
    database: Database
    configuration: Configuration
    vault: Vault
    ayrshare: Ayrshare
    clock: Clock
    http: httpx.AsyncClient

    def __post_init__(self) -> None:
        reader = KeyReader(self.vault, self.database, self.clock)
        self.linker = Linker(reader, self.ayrshare, lambda: self.configuration.current, XApps())
        self.survey = Survey(reader, self.ayrshare, self.world.sandbox.url)
        self.unlinker = Unlinker(reader, self.ayrshare, self.world.sandbox.url)
        self.invitations = Invitations(
            self.linker, self.database, lambda: self.configuration.current, self.clock
        )

    def customer(self, name: str = "acme") -> Customer:
        found = self.configuration.current.customer(name)
        assert found is not None
        return found

    def profile(self, name: str = "acme") -> Profile:
        return next(one for one in self.world.sandbox.state.profiles.values() if one.title == name)

    def canary(self, name: str) -> str:
        """The secret whose name begins so, such as `acme-x_api_key`."""
        return next(one for one in self.world.secrets if one.startswith(f"canary-{name}-"))

    def key(self, name: str) -> str:
        """The same as the sandbox remembers it."""
        return fingerprint(self.canary(name))

    async def link(self, name: str = "acme") -> Link:
        keys = await self.linker.keys(self.customer(name))
        return await self.linker.link(self.customer(name), keys, "alice")

    @property
    def sessions(self) -> list[LinkSession]:
        return list(self.world.sandbox.state.link_sessions.values())

    def asked(self, path: str) -> list[Any]:
        return [seen for seen in self.world.sandbox.state.requests if seen.path == path]

    def ledger(self, action: str) -> list[tuple[str | None, str]]:
        """Customer and message of the lines with this action, oldest first."""
        with self.database.read() as session:
            rows = session.connection().execute(
                text("SELECT customer, message FROM ledger WHERE action = :action ORDER BY id"),
                {"action": action},
            )
            return [(row.customer, row.message) for row in rows]

    def reload(self) -> None:
        self.configuration.touch()
        self.configuration.reload()

    def leaks(self, *texts: str) -> list[str]:
        """The canaries that these texts, or the database's file, hold: none."""
        folder = self.world.folder
        files = b"".join(file.read_bytes() for file in folder.glob("firetime.db*"))
        return [one for one in self.world.secrets if one.encode() in files or any(one in t for t in texts)]

    async def invite(self, name: str = "acme", days: int = 7) -> str:
        """An address on this campaign's own server."""
        address = str(self.http.base_url).rstrip("/")
        return (await self.invitations.invite(self.customer(name), "alice", days, address)).url


@pytest.fixture
async def campaign(world: World) -> AsyncIterator[Campaign]:
    for name in ("acme", "globex"):
        world.add_customer(name)
    clock = Clock()
    for profile in world.sandbox.state.profiles.values():
        profile.x_app, profile.x_linked_at = None, clock.now - timedelta(days=400)
    world.sandbox.state.clock = clock
    configuration = Configuration(world.config)
    configuration.load()
    settings = world.settings.model_copy(
        update={"admin_token": SecretStr(ADMIN), "public_url": "https://firetime.example"}
    )
    vault = Vault(settings, lambda: configuration.current.common.vault)
    with fresh(settings.database_url) as database:
        async with (
            Ayrshare(settings.ayrshare_url) as ayrshare,
            httpx.AsyncClient(timeout=60, verify=False) as http,
        ):
            made = Campaign(world, database, configuration, vault, ayrshare, clock, http)
            server = WebServer(settings, configuration, database, vault, invitations=made.invitations)
            await server.start()
            http.base_url = httpx.URL(server.url)
            yield made
            await server.stop()
    vault.close()
