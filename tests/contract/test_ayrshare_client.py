"""The client for Ayrshare against servers that break at every point: what was sent, and what leaks."""

import asyncio
import gc
import gzip
import json
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from scheduler.delivery.ayrshare import LONGEST_REPLY, Ayrshare, NoAnswer, NotSent, Reply
from scheduler.delivery.vault import CustomerKeys, Reading
from tests.contract.raw import (
    Answer,
    RawServer,
    closed_port,
    every_log_line,
    http,
    raw_server,
    read_request,
    replying,
    reset,
)

API_KEY = "canary-api/+=&<\">\\'key"
KEYS = CustomerKeys(
    "canary-x/key", 'canary-x"secret', "canary-profile+key", Reading("secret/acme", 1, "request")
)
SECRETS = (API_KEY, *KEYS.values)
BODY = {"post": "Hällo", "platforms": ["twitter"], "idempotencyKey": "ft-1"}


async def post(url: str, *, keys: CustomerKeys = KEYS, total_timeout_s: float = 5) -> Reply:
    async with Ayrshare(url, total_timeout_s=total_timeout_s) as ayrshare:
        return await ayrshare.post(API_KEY, keys, BODY)


def no_secret_in(*texts: str) -> None:
    for text in texts:
        assert "canary" not in text


async def failure(url: str, kind: type[NotSent | NoAnswer], *, total_timeout_s: float = 5) -> str:
    """The failure's text; no secret is in it, nor in its traceback."""
    with pytest.raises((NotSent, NoAnswer)) as raised:
        await post(url, total_timeout_s=total_timeout_s)
    assert type(raised.value) is kind
    assert raised.value.__suppress_context__, "the cause, which holds the request, is not told"
    no_secret_in(str(raised.value), repr(raised.value), "".join(traceback.format_exception(raised.value)))
    return str(raised.value)


# What goes out


async def test_a_post_goes_out_with_the_customers_headers_and_nothing_else() -> None:
    async with raw_server(replying(http(b"{}"))) as server:
        await post(f"{server.url}/api")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    assert first == "POST /api/post HTTP/1.1"
    assert json.loads(body) == BODY
    assert headers["authorization"] == f"Bearer {API_KEY}"
    assert headers["profile-key"] == KEYS.profile_key
    assert headers["x-twitter-oauth1-api-key"] == KEYS.x_api_key
    assert headers["x-twitter-oauth1-api-secret"] == KEYS.x_api_secret
    assert headers["content-type"] == "application/json"
    assert len([value for value in headers.values() if "canary" in value]) == 4


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (CustomerKeys("canary-k", "canary-s", None, KEYS.reading), 3),
        (CustomerKeys(None, None, "canary-p", KEYS.reading), 2),
        (CustomerKeys(None, None, None, KEYS.reading), 1),
        (CustomerKeys("canary-k", None, "canary-p", KEYS.reading), 2),
        (CustomerKeys(None, "canary-s", "canary-p", KEYS.reading), 2),
    ],
    ids=["no profile", "no pair", "none", "half a pair", "the other half"],
)
async def test_half_a_pair_never_goes_out(keys: CustomerKeys, expected: int) -> None:
    async with raw_server(replying(http(b"{}"))) as server:
        await post(server.url, keys=keys)

    assert server.requests[0].count(b"canary") == expected
    assert b"x-twitter-oauth1" not in server.requests[0].lower() or expected == 3


async def test_the_other_calls_ask_for_what_they_should() -> None:
    async with raw_server(replying(http(b"{}"))) as server, Ayrshare(f"{server.url}/api") as ayrshare:
        await ayrshare.history(API_KEY, KEYS, {"lastDays": "2", "limit": "25"})
        await ayrshare.user(API_KEY, None)

    assert [request.split(b" HTTP")[0] for request in server.requests] == [
        b"GET /api/history?lastDays=2&limit=25",
        b"GET /api/user",
    ]


async def test_it_is_used_as_a_context_manager() -> None:
    with pytest.raises(RuntimeError, match="context manager"):
        await Ayrshare("http://127.0.0.1:1").user(API_KEY, None)


# Certainly not sent


async def test_a_refused_connection_was_not_sent() -> None:
    with closed_port() as port:
        told = await failure(f"http://127.0.0.1:{port}", NotSent)

    assert told == "Ayrshare cannot be reached (ClientConnectorError)"


async def test_a_name_that_does_not_resolve_was_not_sent() -> None:
    assert "cannot be reached" in await failure("http://firetime.invalid", NotSent)


async def test_a_server_that_does_not_speak_tls_is_not_sent_anything() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
        served.requests.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(answer) as server:
        await failure(f"https://127.0.0.1:{server.port}", NotSent)

    assert b"canary" not in b"".join(server.requests)


# May have been sent

Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter, RawServer], Awaitable[None]]


async def reset_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
    served.requests.append(b"")
    reset(writer)


async def close_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
    served.requests.append(b"")
    writer.close()


async def reset_after_reading(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer
) -> None:
    await read_request(reader, served)
    reset(writer)


BREAKING: dict[str, Answer] = {
    "reset at once": reset_at_once,
    "close at once": close_at_once,
    "reset after reading": reset_after_reading,
    "close after reading": replying(b""),
    "half a status line": replying(b"HTTP/1.1 20"),
    "half the headers": replying(b"HTTP/1.1 200 OK\r\nContent-Type: appl"),
    "half the body": replying(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status": "success"'),
    "half a chunk": replying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}"),
    "a chunk that is none": replying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n"),
    "no HTTP": replying(b"220 mail.example ESMTP\r\n"),
    "no gzip": replying(http(b"{}", headers="Content-Encoding: gzip\r\n")),
}


@pytest.mark.parametrize("answer", BREAKING.values(), ids=BREAKING.keys())
async def test_a_connection_that_breaks_may_have_been_sent_and_is_never_tried_again(answer: Answer) -> None:
    async with raw_server(answer) as server:
        await failure(server.url, NoAnswer)
        await asyncio.sleep(0.05)

    assert len(server.requests) == 1


async def test_a_server_that_never_answers_is_left_at_the_deadline() -> None:
    async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter, served: RawServer) -> None:
        await read_request(reader, served)
        await asyncio.sleep(600)

    async with raw_server(hang) as server:
        told = await failure(server.url, NoAnswer, total_timeout_s=0.3)

    assert told == "no answer within 0.3 s"
    assert len(server.requests) == 1


async def test_a_server_that_drips_is_left_at_the_deadline() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: RawServer) -> None:
        await read_request(reader, served)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with raw_server(drip) as server:
        assert await failure(server.url, NoAnswer, total_timeout_s=0.5) == "no answer within 0.5 s"


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the transport forgets to close
async def test_what_the_library_itself_stumbles_over_may_have_been_sent() -> None:
    reply = http(b"{}").replace(b"200 OK", b"200 \xff\xfe")
    async with raw_server(replying(reply)) as server:
        told = await failure(server.url, NoAnswer)
    gc.collect()

    assert told == "the answer cannot be read (UnicodeEncodeError)"


# What comes back


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
async def test_a_redirect_is_not_followed_and_the_keys_go_to_no_other_host(status: str) -> None:
    async with raw_server(replying(http(b"{}"))) as other:
        moved = http(b"{}", status=status, headers=f"Location: {other.url}/api/post\r\n")
        async with raw_server(replying(moved)) as server:
            reply = await post(server.url)

    assert reply.http_status == int(status[:3])
    assert other.requests == []
    assert len(server.requests) == 1


async def test_cookies_are_not_sent_back() -> None:
    cookie = http(b"{}", headers="Set-Cookie: session=1; Path=/\r\n")
    async with raw_server(replying(cookie)) as server, Ayrshare(server.url) as ayrshare:
        for _ in range(3):
            await ayrshare.user(API_KEY, KEYS)

    assert len(server.requests) == 3
    assert not [request for request in server.requests if b"cookie" in request.lower()]


def escaped(text: str) -> str:
    """JSON with every character of every text escaped."""
    return "".join(f"\\u{ord(character):04x}" for character in text)


ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": lambda secret: json.dumps({"headers": {"Authorization": f"Bearer {secret}"}}),
    "as a key": lambda secret: json.dumps({"headers": {secret: "x"}}),
    "in a list": lambda secret: json.dumps({"errors": [{"message": [f"bad key {secret}, {secret}"]}]}),
    "with escaped slashes": lambda secret: json.dumps({"m": secret}).replace("/", "\\/"),
    "with HTML escapes": lambda secret: (
        json.dumps({"m": secret}).replace("<", "\\u003c").replace("&", "\\u0026")
    ),
    "all escaped": lambda secret: '{"m": "' + escaped(secret) + '"}',
    "in JSON in JSON": lambda secret: json.dumps({"details": {"raw": f"key={secret}"}}),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
@pytest.mark.parametrize("secret", SECRETS, ids=["api key", "x key", "x secret", "profile key"])
async def test_a_secret_that_the_server_echoes_is_cleansed(echo: Callable[[str], str], secret: str) -> None:
    assert secret in str(json.loads(echo(secret))).encode().decode("unicode_escape"), "the echo holds it"
    async with raw_server(replying(http(echo(secret).encode(), status="403 Forbidden"))) as server:
        reply = await post(server.url)

    assert reply.body is not None
    assert "[secret]" in str(reply.body)
    no_secret_in(repr(reply))


async def test_a_body_of_two_megabytes_is_not_read_to_its_end() -> None:
    body = json.dumps({"status": "success", "padding": "x" * 2_000_000}).encode()
    async with raw_server(replying(http(body))) as server:
        reply = await post(server.url)

    assert reply == Reply(200, None)


async def test_a_body_below_the_limit_is_read_whole() -> None:
    body = {"padding": "x" * (LONGEST_REPLY - 100)}
    async with raw_server(replying(http(json.dumps(body).encode()))) as server:
        assert (await post(server.url)).body == body


NO_OBJECTS: dict[str, bytes] = {
    "nothing": b"",
    "html": b"<html><h1>502 Bad Gateway</h1></html>",
    "list": b'[{"status": "success"}]',
    "text": b'"success"',
    "number": b"5",
    "half": b'{"status": "succ',
    "deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "digits": b'{"a": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS.keys())
async def test_a_body_that_is_no_json_object_is_none(body: bytes) -> None:
    async with raw_server(replying(http(body, status="502 Bad Gateway"))) as server:
        assert await post(server.url) == Reply(502, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'\xef\xbb\xbf{"status": "success"}', {"status": "success"}),
        (b'{"post": "caf\xe9"}', {"post": "caf\ufffd"}),
        ('{"post": "é ☃ 🎉"}'.encode(), {"post": "é ☃ 🎉"}),
    ],
    ids=["byte order mark", "broken UTF-8", "UTF-8"],
)
async def test_a_text_that_is_oddly_encoded_is_read_all_the_same(body: bytes, expected: Any) -> None:
    async with raw_server(replying(http(body))) as server:
        assert (await post(server.url)).body == expected


async def test_a_compressed_body_is_read() -> None:
    reply = http(gzip.compress(b'{"status": "success"}'), headers="Content-Encoding: gzip\r\n")
    async with raw_server(replying(reply)) as server:
        assert (await post(server.url)).body == {"status": "success"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("17", 17.0), ("0", 0.0), ("", None), ("-1", None), ("1.5", None), ("soon", None), ("9" * 400, None),
     ("\xb2", None), ("Sun, 22 Nov 2026 10:00:00 GMT", None)],
)  # fmt: skip
async def test_retry_after_counts_where_it_is_a_number_of_seconds(value: str, expected: float | None) -> None:
    limited = http(b"{}", status="429 Too Many Requests", headers=f"Retry-After: {value}\r\n")
    async with raw_server(replying(limited)) as server:
        assert await post(server.url) == Reply(429, {}, expected)


# What leaks


async def test_proxies_and_logins_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    async with raw_server(replying(http(b"{}"))) as proxy, raw_server(replying(http(b"{}"))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        await post(server.url)

    assert proxy.requests == []
    assert f"Bearer {API_KEY}".encode() in server.requests[0]


async def test_no_log_line_of_any_library_holds_a_secret() -> None:
    echo = http(
        json.dumps({"headers": list(SECRETS)}).encode(), status="403 Forbidden", headers="X-Echo: 1\r\n"
    )
    with every_log_line() as lines:
        for answer in (replying(echo), replying(http(b"{}")), *BREAKING.values()):
            async with raw_server(answer) as server:
                try:
                    await post(server.url)
                except (NotSent, NoAnswer):
                    continue
        with closed_port() as port, pytest.raises(NotSent):
            await post(f"http://127.0.0.1:{port}")

    assert [line for line in lines if line.startswith("httpx ")], "the loggers are on"
    no_secret_in(*lines)


def test_keys_show_nothing() -> None:
    no_secret_in(repr(KEYS), str(KEYS), f"{KEYS}", f"{[KEYS]}", repr({"keys": KEYS}))
