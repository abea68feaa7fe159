"""The addresses that the world may call, on the daemon's own web server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from scheduler.common import VaultLayout
from scheduler.configuration import Configuration
from scheduler.delivery.vault import Vault
from scheduler.settings import Listen, Settings
from scheduler.web.app import WebServer
from scheduler.web.hooks import BURST, PER_MINUTE, Hooks, Rate
from tests.integration.websub.conftest import HOUR, MINUTE, Bench
from tests.unit.config_folder import ROUTE, SMALL, Folder

FEED = "https://acme.example/feed.xml"


@pytest.fixture(params=[None, SecretStr("canary-admin-token")], ids=["no token", "admin token"])
async def client(
    bench: Bench, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole web server that has no admin token and calls it by its public name."""
    (tmp_path / "config").mkdir()
    folder = Folder(tmp_path / "config")
    folder.customer(SMALL + ROUTE)
    settings = Settings(
        config=folder.path,
        listen=Listen("127.0.0.1", 0),
        admin_token=request.param,
        vault_addr="http://127.0.0.1:1",
        vault_token=SecretStr("canary-vault"),
    )
    configuration = Configuration(folder.path)
    configuration.load()
    vault = Vault(settings, VaultLayout)
    hooks = Hooks(bench.database, bench.feeds, bench.callbacks, lambda: bench.now[0])
    server = WebServer(settings, configuration, bench.database, vault, hooks)
    await server.start()
    async with httpx.AsyncClient(
        base_url=server.url, trust_env=False, headers={"Host": "firetime.example"}
    ) as made:
        yield made
    await server.stop()
    vault.close()


def ping_path(bench: Bench) -> str:
    bench.follow(FEED)
    with bench.database.write() as session:
        bench.feeds.postpone(session, bench.feed_id, bench.now[0] + HOUR)
    return f"/hooks/ping/{bench.feed.ping_token}"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_ping_makes_the_feed_due(bench: Bench, client: httpx.AsyncClient, method: str) -> None:
    path = ping_path(bench)

    assert (await client.request(method, path, content=b"anything")).status_code == 202
    assert bench.feed.next_poll_at == bench.now[0]


async def test_several_pings_make_one_poll_and_none_within_a_minute_of_the_last(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    path = ping_path(bench)
    with bench.database.write() as session:
        bench.feeds.record(session, replace(bench.feed, last_polled_at=bench.now[0]))
    for _ in range(3):
        bench.now[0] += MINUTE / 10
        assert (await client.post(path)).status_code == 202

    assert bench.feed.next_poll_at == bench.now[0] - 3 * MINUTE / 10 + MINUTE


async def test_a_ping_does_not_overrule_a_server_that_asked_for_time(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    path = ping_path(bench)
    until = bench.now[0] + 30 * MINUTE
    with bench.database.write() as session:
        bench.feeds.record(session, replace(bench.feed, not_before=until))
    await client.post(path)

    assert bench.feed.next_poll_at == until


@pytest.mark.parametrize("token", ["x", "x" * 32, "", "%2e%2e", "a/b"])
async def test_an_unknown_ping_token_is_404(bench: Bench, client: httpx.AsyncClient, token: str) -> None:
    ping_path(bench)

    assert (await client.post(f"/hooks/ping/{token}")).status_code == 404


async def test_the_ping_token_of_a_feed_that_is_polled_no_more_is_404(
    bench: Bench, client: httpx.AsyncClient
) -> None:
    path = ping_path(bench)
    bench.follow()

    assert (await client.post(path)).status_code == 404


async def test_too_many_pings_are_told_to_slow_down(bench: Bench, client: httpx.AsyncClient) -> None:
    path = ping_path(bench)
    codes = [(await client.post(path)).status_code for _ in range(BURST + 10)]

    assert codes[:BURST] == [202] * BURST
    assert 429 in codes[BURST:]


async def test_an_unknown_callback_is_404_whoever_calls(client: httpx.AsyncClient) -> None:
    assert (await client.get("/websub/x")).status_code == 404
    assert (await client.post("/websub/x", content=b"x")).status_code == 404
    assert (await client.post("/websub/", content=b"x")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/queue", "/hooks/ping", "/websub", "/websubs/x", "/hooks/other/x"]
)
async def test_nothing_else_is_opened_by_it(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code in (401, 403)


@pytest.mark.parametrize("path", ["/websub/../api/v1/queue", "/hooks/ping/..%2f..%2fapi%2fv1%2fqueue"])
async def test_no_detour_leads_to_other_pages(client: httpx.AsyncClient, path: str) -> None:
    request = client.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())

    assert (await client.send(request)).status_code in (401, 403, 404)


async def test_an_answer_to_a_hub_is_never_taken_for_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/websub/x?hub.challenge=<script>")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in answer.text


# The rate


def test_a_key_may_burst_and_then_goes_at_its_pace() -> None:
    now = [0.0]
    rate = Rate(lambda: now[0])

    assert [rate.allows("a") for _ in range(BURST + 1)] == [True] * BURST + [False]
    assert rate.allows("b"), "another key is not held up"
    now[0] += 60 / PER_MINUTE
    assert [rate.allows("a") for _ in range(2)] == [True, False]
    now[0] += 3600
    assert [rate.allows("a") for _ in range(BURST + 1)] == [True] * BURST + [False]


def test_it_remembers_no_more_than_it_must() -> None:
    rate = Rate(lambda: 0.0)
    for number in range(10_500):
        rate.allows(str(number))

    assert len(rate._free_at) == 10_000
