"""What Ayrshare's client says, raises and logs holds no secret, whichever request fails in whichever way."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from scheduler.delivery.ayrshare import Ayrshare, NoAnswer, NotSent, Reply
from scheduler.delivery.vault import CustomerKeys, Reading
from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.state import SandboxState
from tests.contract.raw import closed_port, every_log_line
from tests.leaks.kinds import KINDS
from tests.leaks.search import found, place

API_KEY, X_KEY, X_SECRET, PROFILE_KEY, PRIVATE_KEY = SECRETS = [
    f"canary-{name}/+&-{value:032x}"
    for name, value in zip(
        ("api", "x-key", "x-secret", "profile", "private"),
        (0x3F9A7C51E0B24D6895A1C7F20E4B6D83 * step % (1 << 128) for step in (1, 3, 5, 7, 9)),
        strict=True,
    )
]
KEYS = CustomerKeys(X_KEY, X_SECRET, PROFILE_KEY, Reading("secret/acme", 1, "r"))
POST = {"post": "Hello", "platforms": ["twitter"], "idempotencyKey": "ft-1", "notes": "ft-1"}

CALLS: dict[str, Callable[[Ayrshare], Awaitable[Reply]]] = {
    "post": lambda one: one.post(API_KEY, KEYS, POST),
    "history": lambda one: one.history(API_KEY, KEYS, {"limit": "25"}),
    "user": lambda one: one.user(API_KEY, KEYS),
    "profiles": lambda one: one.profiles(API_KEY, {"limit": "25"}),
    "feeds": lambda one: one.feeds(API_KEY, KEYS),
    "x_account": lambda one: one.x_account(API_KEY, KEYS),
    "link_session": lambda one: one.link_session(API_KEY, KEYS, {"allowedSocial": ["twitter"]}),
    "generate_jwt": lambda one: one.generate_jwt(API_KEY, KEYS, PRIVATE_KEY, {"domain": "id-EXAMPLE"}),
    "unlink_x": lambda one: one.unlink_x(API_KEY, KEYS),
}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    state = SandboxState([API_KEY])
    state.add_profile(PROFILE_KEY, "acme", x_api_key=X_KEY, x_api_secret=X_SECRET)
    running = await start_sandbox("127.0.0.1", 0, state)
    yield running
    await running.close()


async def told(call: Awaitable[Reply]) -> str:
    """Everything that a caller gets to see."""
    (result,) = await asyncio.gather(call, return_exceptions=True)
    if isinstance(result, Reply):
        return repr(result)
    assert isinstance(result, NotSent | NoAnswer), repr(result)
    assert result.__suppress_context__ or result.__context__ is None, "the cause is not told"
    return f"{result!r} {vars(result)} {''.join(traceback.format_exception(result))}"


def test_every_request_of_the_client_is_made_here() -> None:
    public = {name for name in vars(Ayrshare) if not name.startswith("_")}

    assert public == set(CALLS)


async def test_no_reply_error_or_log_line_holds_a_secret_in_any_form_whatever_fails(
    sandbox: RunningSandbox,
) -> None:
    struck: dict[str, set[str | None]] = {}
    said: list[tuple[str, str]] = []

    async def fail(kind: str, options: dict[str, Any], patience_s: float) -> None:
        sandbox.state.reset()
        sandbox.state.add_fault(**{"path": "*", "times": None} | options)
        async with Ayrshare(sandbox.url, total_timeout_s=patience_s) as client:
            answers = await asyncio.gather(*(told(call(client)) for call in CALLS.values()))
        said.extend((f"{name} under {kind}", answer) for name, answer in zip(CALLS, answers, strict=True))
        struck[kind] = {request.fault for request in sandbox.state.requests}

    with every_log_line() as lines:
        asyncio.get_running_loop().set_debug(True)
        async with Ayrshare(sandbox.url) as client:
            said += [(name, await told(call(client))) for name, call in CALLS.items()]
        for kind, options in KINDS.items():
            await fail(kind, options, patience_s=1)
            if not struck[kind]:  # the machine stood still, and no request got there
                await fail(kind, options, patience_s=30)
        with closed_port() as port:
            async with Ayrshare(f"http://127.0.0.1:{port}/api") as client:
                said += [(f"{name} to nobody", await told(call(client))) for name, call in CALLS.items()]

    assert struck == {kind: {options["fault"]} for kind, options in KINDS.items()}
    assert [line for line in lines if line.startswith(("httpx", "aiohttp", "asyncio"))], "the loggers are on"
    assert found((place(*one) for one in said), SECRETS) == []
    assert found([place("a log line", line) for line in lines], SECRETS) == []
