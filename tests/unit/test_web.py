"""The web server over real HTTP: who may look, what is shown, and what a page may do."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from feeds.database import Database
from scheduler.config import VaultLayout
from scheduler.configuration import Configuration
from scheduler.delivery.vault import Vault
from scheduler.demo.openbao import OpenBao
from scheduler.lifecycle import State
from scheduler.model import NetworkPost
from scheduler.settings import Listen, Settings
from scheduler.store import attempts, ledger, posts
from scheduler.web.app import CannotListen, WebServer
from tests.stored import NOW, add_entries, add_post, feeds, fresh
from tests.unit.config_folder import ROUTE, SMALL, Folder

TOKEN = "canary-admin-token"
SCRIPT = "<script>alert('1')</script>"
NOWHERE = "http://127.0.0.1:1"
PAGES = [
    "/",
    "/dashboard.js",
    "/api/v1/status",
    "/api/v1/feeds",
    "/api/v1/queue",
    "/api/v1/history",
    "/api/v1/explain/p1",
]
OPEN = ["/healthz", "/readyz"]

Serve = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with fresh(f"sqlite:///{tmp_path}/firetime.db") as made:
        yield made


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
        client = httpx.AsyncClient(base_url=server.url, timeout=10, trust_env=False)

        async def stop() -> None:
            await client.aclose()
            await server.stop()
            vault.close()

        stops.append(stop)
        return client

    yield start
    for stop in stops:
        await stop()


def basic(password: str, user: str = "anybody") -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


async def raw(client: httpx.AsyncClient, request: bytes) -> bytes:
    """Send bytes as they are; the answer's first line."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(request)
    await writer.drain()
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


# Health


async def test_it_is_alive_whatever_the_state_of_vault(serve: Serve) -> None:
    answer = await (await serve()).get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_it_is_ready_when_the_database_and_vault_are(serve: Serve, openbao: OpenBao) -> None:
    client = await serve(vault_addr=openbao.url, vault_token=SecretStr(openbao.token))
    answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "problems": []})


async def test_it_is_not_ready_without_vault_and_says_why(serve: Serve) -> None:
    answer = await (await serve()).get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "problems": [f"Vault at {NOWHERE} cannot be reached"]}


async def test_it_is_not_ready_with_a_token_that_vault_refuses(serve: Serve, openbao: OpenBao) -> None:
    answer = await (await serve(vault_addr=openbao.url)).get("/readyz")

    assert answer.status_code == 503
    assert "the token is wrong, expired or revoked" in answer.json()["problems"][0]
    assert "canary" not in answer.text


async def test_it_is_not_ready_with_a_broken_database_and_tells_all_reasons(
    serve: Serve, database: Database
) -> None:
    client = await serve()
    with database.write() as session:
        session.connection().execute(text("PRAGMA foreign_keys=OFF"))
        session.connection().execute(text("ALTER TABLE post RENAME TO gone"))
    answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["problems"] == [
        "database: OperationalError",
        f"Vault at {NOWHERE} cannot be reached",
    ]


# Who may look


async def test_without_the_admin_token_nothing_is_shown(serve: Serve) -> None:
    client = await serve(admin_token=SecretStr(TOKEN))
    for path in PAGES:
        answer = await client.get(path)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="firetime"'
        assert "Firetime" not in answer.text


@pytest.mark.parametrize("path", OPEN)
async def test_health_is_told_without_the_admin_token(serve: Serve, path: str) -> None:
    client = await serve(admin_token=SecretStr(TOKEN))

    assert (await client.get(path)).json()["status"] in ("alive", "not ready")


@pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN), basic(TOKEN, user="")])
async def test_the_admin_token_opens_every_page(serve: Serve, given: str) -> None:
    client = await serve(admin_token=SecretStr(TOKEN))

    for path in PAGES[:-1]:
        assert (await client.get(path, headers={"Authorization": given})).status_code == 200


WRONG = [
    "", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer  {TOKEN}", f"Bearer {TOKEN.upper()}",
    TOKEN, f"Token {TOKEN}", "Basic", "Basic ???", "Basic Zm9v", basic("wrong"), basic("", user=TOKEN),
]  # fmt: skip


@pytest.mark.parametrize("given", WRONG)
async def test_a_wrong_token_opens_nothing(serve: Serve, given: str) -> None:
    client = await serve(admin_token=SecretStr(TOKEN))

    assert (await client.get("/", headers={"Authorization": given})).status_code == 401


@pytest.mark.parametrize("value", [b"Bearer \xff\xfe", "Bearer ünïcödé".encode(), b"Basic \xff", b"\xff"])
async def test_a_token_in_strange_bytes_is_refused_and_no_failure(serve: Serve, value: bytes) -> None:
    client = await serve(admin_token=SecretStr(TOKEN))
    line = await raw(client, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: " + value + b"\r\n\r\n")

    assert line.startswith(b"HTTP/1.1 401 ")


async def test_a_token_with_accents_works(serve: Serve) -> None:
    client = await serve(admin_token=SecretStr("schlüssel"))
    value = "Bearer schlüssel".encode()

    assert (await client.get("/", headers={b"Authorization": value})).status_code == 200
    line = await raw(
        client, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer schl\xfcssel\r\n\r\n"
    )
    assert line.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("host", ["evil.example:8420", "127.0.0.1.evil.example", "10.0.0.5", "0.0.0.0"])
async def test_without_a_token_nothing_is_shown_under_another_name(serve: Serve, host: str) -> None:
    client = await serve()
    for path in (*PAGES, *OPEN):
        answer = await client.get(path, headers={"Host": host})

        assert answer.status_code == 403
        assert answer.text == "Open this page as http://127.0.0.1 or set FIRETIME_ADMIN_TOKEN."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8420", "[::1]:8420", "LOCALHOST"])
async def test_without_a_token_this_machines_own_names_are_served(serve: Serve, host: str) -> None:
    assert (await (await serve()).get("/", headers={"Host": host})).status_code == 200


async def test_with_the_token_any_name_is_served(serve: Serve) -> None:
    client = await serve(admin_token=SecretStr(TOKEN))
    headers = {"Host": "firetime.example", "Authorization": f"Bearer {TOKEN}"}

    assert (await client.get("/", headers=headers)).status_code == 200


@pytest.mark.parametrize("host", [b"", b"a b", b"[", b"\xff\xfe", b"127.0.0.1:port", b"@"])
async def test_a_host_that_is_none_is_no_failure(serve: Serve, host: bytes) -> None:
    line = await raw(await serve(), b"GET /api/v1/status HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")

    assert line[9:12] in (b"400", b"403"), line


# What a page may do


async def test_every_answer_forbids_what_a_page_does_not_need(serve: Serve) -> None:
    client = await serve()
    protected = await serve(admin_token=SecretStr(TOKEN))
    answers = [
        *[await client.get(path) for path in (*PAGES, *OPEN, "/nothing/here")],
        await client.post("/"),
        await client.get("/", headers={"Host": "evil.example"}),
        await protected.get("/"),
    ]

    assert {answer.status_code for answer in answers} == {200, 401, 403, 404, 405, 503}
    for answer in answers:
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
        assert policy["script-src"] == "'self'", "no script of the page's own text"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_page_holds_no_script_but_the_one_that_it_names(serve: Serve) -> None:
    client = await serve()
    page = (await client.get("/")).text

    assert page.count("<script") == 1
    assert '<script src="/dashboard.js" defer></script>' in page
    script = await client.get("/dashboard.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "fetch(" in script.text


async def test_nothing_can_be_changed(serve: Serve) -> None:
    client = await serve()

    for path in (*PAGES, *OPEN):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await client.request(method, path)).status_code == 405


# What is shown


def fill(database: Database) -> None:
    """A post in every state, a feed with a problem, and markup wherever strangers write."""
    with database.write() as session:
        names = [f"entry-{state}" for state in State]
        for number, (state, entry) in enumerate(zip(State, add_entries(session, *names), strict=True)):
            add_post(
                session,
                entry,
                state=state,
                text=f"{SCRIPT} {state}",
                due_at=NOW + timedelta(minutes=number),
                due_reason=SCRIPT,
                price_usd=Decimal("0.015"),
            )
        feed = feeds.by_url(session, "https://acme.example/feed.xml")
        assert feed is not None
        session.connection().execute(
            text("UPDATE feed SET title = :script, problem = :script"), {"script": SCRIPT}
        )
        delivered = next(post for post in posts.newest(session, 99) if post.state is State.DELIVERED)
        out = [
            NetworkPost("twitter", "1", "https://x.com/acme/status/1?a=1&b=\"'>"),
            NetworkPost("x", "2", "javascript:alert(1)"),
        ]
        session.connection().execute(
            text(
                "UPDATE post SET network_posts = :out, reason = :script, waits_for = 'budget' WHERE id = :id"
            ),
            {"out": json.dumps(posts.network_values(out)), "script": SCRIPT, "id": delivered.id},
        )
        attempts.begin(session, delivered, "ft-1", NOW, vault_path="secret/acme", vault_version=1)
        posts.note(session, delivered, NOW, "scheduled", SCRIPT)
        ledger.write(session, NOW, "entry_left_out", "too old", entry_id=delivered.entry_id, feed_id=feed.id)


async def test_what_strangers_write_is_shown_as_text(
    serve: Serve, database: Database, folder: Folder
) -> None:
    fill(database)
    folder.customer("name = ", "broken")
    page = (await (await serve()).get("/")).text

    assert SCRIPT not in page
    assert page.count("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;") > len(State) + 3
    assert "javascript:" not in page
    assert 'href="https://x.com/acme/status/1?a=1&amp;b=&#34;&#39;&gt;"' in page
    assert "broken.toml: is not valid TOML" in page


async def test_the_page_shows_every_state(serve: Serve, database: Database) -> None:
    fill(database)
    page = (await (await serve()).get("/")).text

    for state in State:
        assert f">{state.replace('_', ' ')}" in page or f"</b>{state.replace('_', ' ')}" in page
        assert f"{state}</td>" in page, "the post's text"
    assert "No posts yet" not in page


async def test_an_empty_database_has_a_page_too(serve: Serve) -> None:
    page = (await (await serve()).get("/")).text

    assert "No posts yet" in page
    assert "canary" not in page


async def test_lists_are_json(serve: Serve, database: Database) -> None:
    fill(database)
    client = await serve()

    async def get(path: str) -> Any:
        answer = await client.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        return answer.json()

    assert (await get("status"))["posts"] == dict.fromkeys(State, 1)
    (feed,) = await get("feeds")
    assert (feed["url"], feed["problem"]) == ("https://acme.example/feed.xml", SCRIPT)
    queue, history = await get("queue"), await get("history")
    assert [post["state"] for post in queue] == [
        "awaiting_approval", "scheduled", "firing", "sending", "unknown", "held",
    ]  # fmt: skip
    assert sorted(post["state"] for post in history) == ["cancelled", "delivered", "expired", "rejected"]
    assert queue[0]["due_at"] == "2026-11-22T12:00:00.000Z"
    assert queue[0]["price_usd"] == "0.015"
    assert await get("queue?customer=globex") == await get("history?customer=globex") == []
    assert await get("queue?customer=acme") == queue


async def test_a_story_is_told_by_the_id_of_a_post_or_an_entry(serve: Serve, database: Database) -> None:
    fill(database)
    client = await serve()
    (delivered,) = [
        post for post in (await client.get("/api/v1/history")).json() if post["state"] == "delivered"
    ]
    of_post = (await client.get(f"/api/v1/explain/{delivered['id']}")).json()
    of_entry = (await client.get(f"/api/v1/explain/{delivered['entry_id'].upper()}")).json()

    assert of_post["post"] == delivered
    assert of_entry["posts"] == [delivered]
    for story in (of_post, of_entry):
        assert story["entry"]["id"] == delivered["entry_id"]
        assert [line["action"] for line in story["ledger"]] == ["post_scheduled", "entry_left_out"]
        assert [attempt["idempotency_key"] for attempt in story["attempts"]] == ["ft-1"]


@pytest.mark.parametrize(
    "number", ["p1", "e1", "p999999999999999999", "17", "p", "x1", "p1x", "%3Cscript%3E", "p-1", "p²"]
)
async def test_an_id_without_a_story_is_not_found_in_words(serve: Serve, number: str) -> None:
    answer = await (await serve()).get(f"/api/v1/explain/{number}")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json()["error"].startswith(("there is no ", "'")), answer.text


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
        await asyncio.wait_for(server.stop(), 5)
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")
    await server.stop()
    vault.close()
