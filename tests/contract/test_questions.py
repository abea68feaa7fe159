"""What X and Ayrshare say when keys are proved, in words that lead on: against the sandbox, without a post."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.questions import LONGEST_NAME, Questions, XAccount
from scheduler.delivery.vault import CustomerKeys, Reading
from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.state import SandboxState
from tests.contract.raw import http, raw_server, replying

API_KEY, X_KEY, X_SECRET, PROFILE = (f"canary-{name}" for name in ("api", "key", "secret", "profile"))
KEYS = CustomerKeys(X_KEY, X_SECRET, PROFILE, Reading("secret/acme", 1, "request"))
SOCIAL = "/analytics/social"
LINK = "firetime customers link acme makes the address for that"
Ask = Callable[..., Awaitable[XAccount | str]]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    state = SandboxState([API_KEY])
    state.add_profile(PROFILE, "Acme Media", x_api_key=X_KEY, x_api_secret=X_SECRET)
    running = await start_sandbox("127.0.0.1", 0, state)
    yield running
    await running.close()


async def ask(
    url: str, keys: CustomerKeys = KEYS, *, api_key: str = API_KEY, deadline_s: float = 5
) -> XAccount | str:
    async with Ayrshare(url) as ayrshare:
        return await Questions(ayrshare, url, deadline_s).x_account("acme", api_key, keys)


async def test_keys_are_proved_by_the_account_that_x_shows_for_them(sandbox: RunningSandbox) -> None:
    account = await ask(sandbox.url)
    assert account == XAccount("Acme Media", "acmemedia")
    assert str(account) == "Acme Media (@acmemedia)"
    assert account.proof == "X accepts the keys for Acme Media (@acmemedia); it charges $0.010 for that"
    assert [(one.method, one.path) for one in sandbox.state.requests] == [("POST", SOCIAL)]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"fault": "not_linked"}, ["X is not linked on this Ayrshare profile (code 156)", "link it", LINK]),
        (
            {"fault": "relink"},
            ["X does not accept the account's link (code 272)", "this customer's X app", LINK],
        ),
        (
            {"fault": "refuse", "status": 401, "message": "Could not authenticate you."},
            ["X does not accept the key pair [Could not authenticate you.]", "X's developer console", LINK],
        ),
        ({"fault": "credits"}, ["out of credits (code 402)", "buy credits in the X developer console"]),
        (
            {"fault": "permission"},
            ["may not write", "'Read and write and Direct message'", "relink X in Ayrshare", LINK],
        ),
        ({"fault": "suspended"}, ["the profile is suspended", "ask Ayrshare's support"]),
        ({"fault": "bad_api_key"}, ["does not accept the API key (code 102)"]),
        ({"fault": "rate_limit"}, ["Ayrshare's rate limit is reached"]),
        (
            {"fault": "refuse", "status": 418, "message": "I am a teapot."},
            ["Ayrshare refused to look at the X account (HTTP 418)"],
        ),
        ({"fault": "error_before", "status": 502, "html": True}, ["Ayrshare failed (HTTP 502)"]),
        (
            {"fault": "error_after", "status": 200, "body": {"status": "success"}},
            ["without saying which X account"],
        ),
        ({"fault": "cut_before"}, ["the connection broke"]),
        ({"fault": "echo", "status": 200}, ["Ayrshare"]),
    ],
    ids=lambda value: str(value.get("status", "")) + value["fault"] if isinstance(value, dict) else "",
)
async def test_each_failure_says_what_to_do(
    sandbox: RunningSandbox, fault: dict[str, Any], words: list[str]
) -> None:
    sandbox.state.faults.add({"path": SOCIAL, **fault})
    said = await ask(sandbox.url)
    assert isinstance(said, str), said
    assert [word for word in words if word not in said] == [], said
    assert "canary" not in said
    assert "refused the post" not in said


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            replace(KEYS, x_api_key=None, x_api_secret=None),
            ["Ayrshare did not get both X keys (code 419)", "in Vault"],
        ),
        (replace(KEYS, x_api_secret="another"), ["X does not accept the account's link (code 272)", LINK]),
        (replace(KEYS, profile_key="unknown"), ["Profile Key not valid"]),
    ],
    ids=["none", "wrong", "profile"],
)
async def test_keys_that_are_missing_or_wrong_prove_nothing(
    sandbox: RunningSandbox, keys: CustomerKeys, words: list[str]
) -> None:
    said = await ask(sandbox.url, keys)
    assert isinstance(said, str), said
    assert [word for word in words if word not in said] == [], said


async def test_an_answer_is_waited_for_only_so_long(sandbox: RunningSandbox) -> None:
    sandbox.state.add_fault("hang", path=SOCIAL)
    assert await ask(sandbox.url, deadline_s=0.1) == f"Ayrshare at {sandbox.url} did not answer within 0.1 s"


@pytest.mark.parametrize(
    ("analytics", "shown"),
    [
        (b'{"name": "A\\u001b[31m\\nB", "username": "ab"}', "A[31m B (@ab)"),
        (b'{"name": "' + b"x" * 500 + b'", "username": ""}', "x" * LONGEST_NAME),
        (b'{"tweetCount": 3}', "an account without a name"),
    ],
)
async def test_a_name_from_outside_cannot_act_on_the_terminal(analytics: bytes, shown: str) -> None:
    body = b'{"status": "success", "twitter": {"analytics": ' + analytics + b"}}"
    async with raw_server(replying(http(body))) as server:
        assert str(await ask(server.url)) == shown


@pytest.mark.parametrize(
    "body", [b"{}", b"<html></html>", b'{"twitter": 3}', b'{"twitter": {"analytics": {}}}']
)
async def test_what_shows_no_account_proves_nothing(body: bytes) -> None:
    async with raw_server(replying(http(body))) as server:
        assert isinstance(await ask(server.url), str)
