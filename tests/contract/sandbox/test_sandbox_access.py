"""Who gets in: API keys, profiles, X keys, and how often."""

import httpx
import pytest

from scheduler.sandbox.keys import fingerprint
from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import ACME, API_KEY, X_HEADERS, X_KEY, X_SECRET, Caller, Clock

KEY, SECRET = X_HEADERS


@pytest.mark.parametrize("value", ["", "Bearer", "Basic abc"])
async def test_a_request_without_an_api_key_is_401(http: httpx.AsyncClient, value: str) -> None:
    answer = await http.get("/api/user", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.json()["status"] == "error"


@pytest.mark.parametrize("value", ["Bearer wrong", f"Bearer {ACME}"])
async def test_an_unknown_api_key_is_102_under_403(http: httpx.AsyncClient, value: str) -> None:
    answer = await http.get("/api/user", headers={"Authorization": value})
    assert answer.status_code == 403
    assert answer.json() == {"status": "error", "code": 102, "message": "API Key not valid"}


async def test_any_api_key_gets_in_where_the_sandbox_is_told_so(
    http: httpx.AsyncClient, state: SandboxState
) -> None:
    state.accept_any_key = True
    assert (await http.get("/api/user", headers={"Authorization": "Bearer any"})).status_code == 200
    assert (await http.get("/api/user", headers={"Authorization": "Bearer"})).status_code == 401


async def test_an_unknown_profile_key_is_refused(acme: Caller) -> None:
    acme.profile = "somebody-else"
    assert (await acme("GET", "/user")).status_code == 403


async def test_an_unknown_profile_key_becomes_a_profile_where_the_sandbox_is_told_so(
    acme: Caller, state: SandboxState
) -> None:
    state.accept_any_profile = True
    acme.profile = "somebody-new"
    titles = {(await acme("GET", "/user")).json()["title"] for _ in range(2)}
    assert len(titles) == 1
    assert (await acme.post()).json()["posts"][0]["profileTitle"] in titles


async def test_without_a_profile_key_the_primary_profile_acts(acme: Caller, primary: Caller) -> None:
    assert (await primary("GET", "/user")).json()["title"] == "Primary"
    assert (await acme("GET", "/user", headers={"Profile-Key": ""})).json()["title"] == "Primary"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/post", {"post": "Hi", "platforms": ["twitter"]}),
        ("POST", "/post", {"post": "Hi", "platforms": ["linkedin", "twitter"]}),
        ("POST", "/post", {"post": "Hi", "platforms": ["all"]}),
        ("POST", "/analytics/social", {"platforms": ["twitter"]}),
        ("GET", "/history?platforms=twitter", None),
        ("GET", "/history/twitter", None),
    ],
)
async def test_each_request_that_targets_x_needs_both_headers(
    acme: Caller, method: str, path: str, body: object
) -> None:
    acme.x = {}
    answer = await acme(method, path, body)
    assert answer.status_code == 400
    assert answer.json()["code"] == 419
    assert answer.json()["identifier"] == "x_credentials_required"

    acme.x = {KEY: X_KEY, SECRET: ""}
    answer = await acme(method, path, body)
    assert (answer.status_code, answer.json()["message"]) == (400, "You provided Api-Key but not Api-Secret")

    acme.x = {SECRET: X_SECRET}
    answer = await acme(method, path, body)
    assert (answer.status_code, answer.json()["message"]) == (400, "You provided Api-Secret but not Api-Key")


async def test_other_networks_and_reads_need_no_x_headers(acme: Caller, state: SandboxState) -> None:
    acme.x = {}
    assert (await acme.post(platforms=["linkedin"])).status_code == 200
    assert (await acme("GET", "/user")).status_code == 200
    assert (await acme("GET", "/history")).status_code == 200
    state.reads_need_x_keys = False
    assert (await acme("GET", "/history?platforms=linkedin,twitter")).status_code == 200


@pytest.mark.parametrize("wrong", [{KEY: "other"}, {SECRET: "other"}])
async def test_keys_of_another_app_are_272(acme: Caller, wrong: dict[str, str]) -> None:
    acme.x |= wrong
    answer = await acme.post()
    assert answer.status_code == 400
    assert answer.json()["posts"][0]["errors"][0]["code"] == 272
    probe = await acme("POST", "/analytics/social", {"platforms": ["twitter"]})
    assert (probe.status_code, probe.json()["code"]) == (400, 272)


async def test_every_answer_tells_the_rate(acme: Caller, http: httpx.AsyncClient) -> None:
    counts = [(await acme("GET", "/user")).headers["x-ratelimit-count"] for _ in range(3)]
    assert counts == ["1", "2", "3"]
    for answer in (await acme("GET", "/nothing"), await http.get("/api/user", headers={"Authorization": ""})):
        assert answer.headers["x-ratelimit-max"] == "300"
        assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_too_many_requests_in_5_minutes_are_429_for_that_profile_alone(
    acme: Caller, primary: Caller, state: SandboxState, clock: Clock
) -> None:
    state.rate_max = 2
    assert [(await acme("GET", "/user")).status_code for _ in range(3)] == [200, 200, 429]
    assert (await primary("GET", "/user")).status_code == 200
    clock.forward(minutes=5)
    assert (await acme("GET", "/user")).status_code == 200


async def test_a_thousand_429_in_a_day_suspend_the_profile(
    acme: Caller, state: SandboxState, clock: Clock
) -> None:
    state.rate_max = 0
    profile = state.profile(ACME)
    assert profile is not None
    for _ in range(999):
        state.over_rate(profile)
    assert (await acme("GET", "/user")).status_code == 429
    clock.forward(days=2)
    assert (await acme("GET", "/user")).status_code == 403


async def test_requests_are_logged_with_fingerprints_and_never_with_a_secret(
    acme: Caller, http: httpx.AsyncClient
) -> None:
    await acme.post(idempotencyKey="once")
    text = (await http.get("/sandbox/requests")).text
    for secret in (API_KEY, ACME, X_KEY, X_SECRET):
        assert secret not in text
        assert fingerprint(secret) in text
    seen = (await http.get("/sandbox/requests")).json()[0]
    assert (seen["method"], seen["path"], seen["profile"], seen["status"]) == (
        "POST",
        "/post",
        "Acme Media",
        200,
    )
    assert seen["idempotency_key"] == "once"
    assert seen["x_api_secret"] == fingerprint(X_SECRET)
