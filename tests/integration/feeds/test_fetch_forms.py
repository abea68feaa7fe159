"""Forms, as hubs get them."""

import asyncio

import pytest
from aiohttp import web

from feeds.fetch import Fetcher, PostAnswer
from feeds.trouble import FailureKind, FetchFailed
from tests.integration.feeds.conftest import LOOPBACK
from tests.integration.feeds.fetching import says, status
from tests.integration.feeds.servers import http, raw_site, site

FIELDS = {"hub.mode": "subscribe", "hub.topic": "https://a.example/f?a=1&b=ü"}


async def refusal_of(fetcher: Fetcher, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await fetcher.post_form(url, FIELDS)
    return failed.value


async def test_a_form_is_posted_and_answered(fetcher: Fetcher) -> None:
    forms: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        forms.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=202, text="wird geprüft")

    async with site(answer) as hub:
        assert await fetcher.post_form(hub.url, FIELDS) == PostAnswer(202, "wird geprüft")
    (request,) = hub.requests
    assert (request.method, request.content_type) == ("POST", "application/x-www-form-urlencoded")
    assert "firetime/" in request.headers["User-Agent"]
    assert request.headers["Accept-Encoding"] == "identity"
    assert forms == [FIELDS]


@pytest.mark.parametrize("code", [200, 204, 301, 302, 303, 400, 404, 429, 500])
async def test_any_other_status_is_an_answer_too(fetcher: Fetcher, code: int) -> None:
    reason = "" if code == 204 else "because"
    async with site(says(code, reason.encode(), {"Location": "/elsewhere"})) as hub:
        assert await fetcher.post_form(hub.url, FIELDS) == PostAnswer(code, reason)
    assert len(hub.requests) == 1


@pytest.mark.parametrize("code", [307, 308])
async def test_a_form_goes_on_to_where_the_hub_has_moved(fetcher: Fetcher, code: int) -> None:
    forms: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        forms.append(f"{request.method} {request.path} {await request.text()}")
        steps = {"/feed": "/second", "/second": "/third"}
        if request.path in steps:
            return web.Response(status=code, headers={"Location": steps[request.path]})
        return web.Response(status=202)

    async with site(answer) as hub:
        assert (await fetcher.post_form(hub.url, {"a": "b c"})).status == 202
    assert forms == ["POST /feed a=b+c", "POST /second a=b+c", "POST /third a=b+c"]


async def test_a_form_does_not_wander_for_ever(fetcher: Fetcher) -> None:
    async with site(status(307, Location="/feed")) as hub:
        failure = await refusal_of(fetcher, hub.url)
    assert failure.kind is FailureKind.REDIRECT
    assert len(hub.requests) == 3


async def test_a_form_goes_nowhere_inside(fetcher: Fetcher) -> None:
    async with site(status(202), "127.0.0.3") as inside, site(status(307, Location=inside.url)) as hub:
        assert (await refusal_of(fetcher, hub.url)).kind is FailureKind.REFUSED
        assert (await refusal_of(fetcher, inside.url)).kind is FailureKind.REFUSED
    assert inside.requests == []


async def test_only_the_start_of_an_answer_is_read(fetcher: Fetcher) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http("400 Bad Request"))
        while True:
            writer.write(b"no! " * 1000)
            await writer.drain()

    async with raw_site(talk) as url:
        answer = await fetcher.post_form(url, FIELDS)
    assert answer == PostAnswer(400, "no! " * 1024)


async def test_a_hub_that_does_not_answer_is_a_failure_in_time() -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_site(talk) as url, Fetcher(LOOPBACK, deadline_s=0.3) as fetcher:
        assert (await refusal_of(fetcher, url)).kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("url", ["", "ftp://hub.example/", "https://me:canary@hub.example/"])
async def test_what_is_no_address_of_a_hub_is_a_failure(fetcher: Fetcher, url: str) -> None:
    failure = await refusal_of(fetcher, url)
    assert failure.kind is FailureKind.URL
    assert "canary" not in str(failure)
