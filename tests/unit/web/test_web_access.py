"""Who may look at the web pages, and what a page may do, over real HTTP."""

import asyncio
import base64

import httpx
import pytest
from pydantic import SecretStr

from tests.unit.web.conftest import Serve

TOKEN = "canary-admin-token"
PAGES = [
    "/",
    "/dashboard.js",
    "/api/v1/status",
    "/api/v1/feeds",
    "/api/v1/queue",
    "/api/v1/history",
    "/api/v1/halts",
    "/api/v1/explain/p1",
]
OPEN = ["/healthz", "/readyz"]


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
