"""The sandbox as a server: its page, its own routes, its start and end."""

import asyncio
import re
import signal
import socket

import httpx
import pytest

from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import Caller
from tests.process import FIRETIME, firetime


async def test_the_page_shows_posts_newest_first_with_their_state(
    acme: Caller, http: httpx.AsyncClient, state: SandboxState
) -> None:
    empty = await http.get("/")
    assert "Nothing was posted yet" in empty.text
    await acme.post("First https://acme.com/1", mediaUrls=["https://img.example/a.png"])
    state.add_fault("credits")
    await acme.post("<script>Second</script>", platforms=["twitter", "linkedin"])
    page = (await http.get("/")).text
    assert page.index("Second") < page.index("First")
    assert "&lt;script&gt;Second" in page
    assert 'href="https://acme.com/1"' in page
    assert "X 402: Your enrolled account" in page
    for words in (
        "@acmemedia",
        "22 Nov, 09:00:00 UTC",
        "LinkedIn",
        "https://img.example/a.png",
        "success",
        "error",
    ):
        assert words in page
    counts = re.findall(r"<dt>([a-z ]+)</dt><dd>(\d+)</dd>", page)
    assert counts == [("published", "2"), ("refused", "1"), ("requests", "2"), ("faults met", "1")]


async def test_the_page_loads_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_posts_are_shown_as_json(acme: Caller, http: httpx.AsyncClient) -> None:
    await acme.post("One", notes="tag", idempotencyKey="key-1")
    await acme.post("Two")
    posts = (await http.get("/sandbox/posts")).json()
    assert [post["post"] for post in posts] == ["Two", "One"]
    assert (posts[1]["profile"], posts[1]["notes"], posts[1]["idempotencyKey"]) == (
        "Acme Media",
        "tag",
        "key-1",
    )


async def test_a_profile_can_be_added_over_http(acme: Caller, http: httpx.AsyncClient) -> None:
    body = {"key": "k", "title": "Globex", "x_api_key": "a", "x_api_secret": "b"}
    assert (await http.post("/sandbox/profiles", json=body)).status_code == 201
    acme.profile = "k"
    assert (await acme.post()).json()["posts"][0]["errors"][0]["code"] == 272
    acme.x = dict(zip(acme.x, ("a", "b"), strict=True))
    assert (await acme.post()).status_code == 200
    wrong = await http.post("/sandbox/profiles", json={"x_api_secret": "very secret", "colour": 1})
    assert wrong.status_code == 400
    assert "title" in wrong.text
    assert "very secret" not in wrong.text


async def test_reset_forgets_everything_but_the_profiles(
    acme: Caller, http: httpx.AsyncClient, state: SandboxState
) -> None:
    await acme.post("Hello", idempotencyKey="k")
    state.add_fault("suspended")
    assert (await http.post("/sandbox/reset")).status_code == 200
    assert (state.posts, list(state.requests), state.faults.waiting()) == ([], [], [])
    assert (await acme.post("Hello", idempotencyKey="k")).status_code == 200


async def test_a_port_in_use_is_an_os_error(sandbox: RunningSandbox) -> None:
    port = httpx.URL(sandbox.url).port
    assert port
    with pytest.raises(OSError, match="in use"):
        await start_sandbox("127.0.0.1", port, SandboxState())


async def test_nothing_listens_after_the_close(sandbox: RunningSandbox) -> None:
    other = await start_sandbox("127.0.0.1", 0, SandboxState())
    assert other.url == f"{other.page_url}api"
    await other.close()
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(other.page_url)


async def test_many_posts_at_once_all_arrive(acme: Caller, state: SandboxState) -> None:
    answers = await asyncio.gather(*(acme.post(f"Post {n}", idempotencyKey=f"k{n}") for n in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({post.post_ids[0]["id"] for post in state.published()}) == 50


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_takes_any_key_and_stops_at_a_signal(end: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        FIRETIME, "sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    url = line.split()[-1]
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer any"}) as http:
        headers = {"X-Twitter-OAuth1-Api-Key": "k", "X-Twitter-OAuth1-Api-Secret": "s", "Profile-Key": "p"}
        body = {"post": "Hi", "platforms": ["twitter"]}
        assert (await http.post("api/post", json=body, headers=headers)).status_code == 200
    process.send_signal(end)
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_the_command_says_in_one_line_that_its_port_is_busy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = await firetime("sandbox", "--port", str(port), env={})
    assert done.code == 1
    assert (
        done.err
        == f"firetime: the sandbox cannot listen on 127.0.0.1:{port}: Address already in use (--port)\n"
    )
