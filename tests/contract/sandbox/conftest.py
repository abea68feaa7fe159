"""A sandbox on loopback, a clock that tests turn, and a customer who calls it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.state import SandboxState

API_KEY = "api-key-of-the-operator"
ACME = "profile-key-acme"
X_KEY, X_SECRET = "x-key-of-acme", "x-secret-of-acme"
X_HEADERS = {"X-Twitter-OAuth1-Api-Key": X_KEY, "X-Twitter-OAuth1-Api-Secret": X_SECRET}


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    now: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Caller:
    """Sends requests as one client of Ayrshare does: bearer, Profile-Key, X keys."""

    http: httpx.AsyncClient
    profile: str | None = ACME
    x: dict[str, str] = field(default_factory=lambda: dict(X_HEADERS))

    async def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {
            **self.x,
            **({"Profile-Key": self.profile} if self.profile else {}),
            **more.pop("headers", {}),
        }
        return await self.http.request(method, f"/api{path}", json=body, headers=headers, **more)

    async def post(self, text: str = "Hello", **body: Any) -> httpx.Response:
        return await self("POST", "/post", {"post": text, "platforms": ["twitter"], **body})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(clock: Clock) -> SandboxState:
    state = SandboxState([API_KEY], clock=clock)
    state.add_profile(
        ACME, "Acme Media", networks=("twitter", "linkedin"), x_api_key=X_KEY, x_api_secret=X_SECRET
    )
    return state


@pytest.fixture
async def sandbox(state: SandboxState) -> AsyncIterator[RunningSandbox]:
    running = await start_sandbox("127.0.0.1", 0, state)
    yield running
    await running.close()


@pytest.fixture
async def http(sandbox: RunningSandbox) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(base_url=sandbox.page_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def acme(http: httpx.AsyncClient) -> Caller:
    return Caller(http)


@pytest.fixture
def primary(http: httpx.AsyncClient) -> Caller:
    return Caller(http, profile=None)
