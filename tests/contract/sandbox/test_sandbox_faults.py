"""Faults on demand, by the state's methods and over HTTP."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from scheduler.sandbox.app import start_sandbox
from scheduler.sandbox.faults import FaultName
from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import ACME, API_KEY, X_KEY, X_SECRET, Caller


async def broken(caller: Caller) -> bool:
    try:
        await caller.post("Hello")
    except httpx.TransportError:
        return True
    return False


async def test_cut_before_breaks_the_connection_and_accepts_nothing(
    acme: Caller, state: SandboxState
) -> None:
    state.add_fault("cut_before", times=2)
    assert [await broken(acme) for _ in range(3)] == [True, True, False]
    assert len(state.posts) == 1
    assert [seen.status for seen in state.requests] == [None, None, 200]


async def test_cut_after_publishes_and_breaks_the_connection(acme: Caller, state: SandboxState) -> None:
    state.add_fault("cut_after")
    assert await broken(acme)
    assert [post.text for post in state.published()] == ["Hello"]
    assert state.requests[0].status is None
    assert (await acme.post("Hello")).json()["posts"][0]["errors"][0]["code"] == 137


@pytest.mark.parametrize("accepted", [True, False])
async def test_hang_gives_no_answer_and_accepts_only_when_told(
    acme: Caller, state: SandboxState, accepted: bool
) -> None:
    state.add_fault("hang", seconds=60, accepted=accepted)
    with pytest.raises(httpx.ReadTimeout):
        await acme(
            "POST", "/post", {"post": "Hello", "platforms": ["twitter"]}, timeout=httpx.Timeout(60, read=0.1)
        )
    assert len(state.published()) == accepted


async def test_a_hanging_request_breaks_in_the_end_and_does_not_delay_the_close() -> None:
    state = SandboxState(accept_any_key=True)
    running = await start_sandbox("127.0.0.1", 0, state)
    state.add_fault("hang", path="/user", seconds=0.05)
    state.add_fault("hang", path="/user", seconds=600)
    async with httpx.AsyncClient(base_url=running.url, headers={"Authorization": "Bearer x"}) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/user")
        hanging = asyncio.create_task(client.get("/user"))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(60):  # of the 600 that the request would take
            await running.close()
        with pytest.raises(httpx.TransportError):
            await hanging


async def test_slow_answers_late_and_well(acme: Caller, state: SandboxState) -> None:
    state.add_fault("slow", seconds=0.2)
    begin = time.monotonic()
    assert (await acme.post()).status_code == 200
    assert time.monotonic() - begin >= 0.2


async def test_slow_is_carried_out_though_the_client_has_gone(acme: Caller, state: SandboxState) -> None:
    state.add_fault("slow", seconds=0.2)
    with pytest.raises(httpx.ReadTimeout):
        await acme(
            "POST", "/post", {"post": "Hello", "platforms": ["twitter"]}, timeout=httpx.Timeout(60, read=0.05)
        )
    async with asyncio.timeout(60):
        while not state.published():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(("fault", "published"), [("error_before", 0), ("error_after", 1)])
@pytest.mark.parametrize("html", [True, False])
async def test_errors_come_before_or_after_the_post_is_published(
    acme: Caller, state: SandboxState, fault: str, published: int, html: bool
) -> None:
    state.add_fault(fault, status=503, html=html)
    answer = await acme.post()
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html" if html else "application/json")
    assert len(state.published()) == published


async def test_an_error_may_have_any_body_and_status(acme: Caller, state: SandboxState) -> None:
    body = {"status": "success", "id": "x", "postIds": []}
    state.add_fault("error_after", status=200, body=body)
    answer = await acme.post()
    assert (answer.status_code, answer.json()) == (200, body)


@pytest.mark.parametrize(
    ("fault", "status", "code", "words"),
    [
        ("credits", 402, 402, "does not have any credits"),
        ("permission", 403, 403, "OAuth1 app permissions"),
        ("relink", 400, 272, "relink"),
        ("not_linked", 400, 156, "not linked"),
        ("media", 400, 136, "not usable"),
    ],
)
async def test_a_network_s_refusal_is_in_errors_and_in_the_history(
    acme: Caller, state: SandboxState, fault: str, status: int, code: int, words: str
) -> None:
    state.add_fault(fault)
    answer = await acme.post(platforms=["twitter", "linkedin"])
    body = answer.json()["posts"][0]
    assert answer.status_code == 400, "LinkedIn took it"
    assert [(error["platform"], error["code"]) for error in body["errors"]] == [("twitter", code)]
    assert words in body["errors"][0]["message"]
    state.add_fault(fault)
    answer = await acme.post("Another")
    assert answer.status_code == status
    row = (await acme("GET", f"/history/{answer.json()['posts'][0]['id']}")).json()
    assert (row["status"], row["errors"][0]["code"]) == ("error", code)


async def test_a_refusal_may_be_of_one_network_with_details_and_a_word_on_retries(
    acme: Caller, state: SandboxState
) -> None:
    state.add_fault("refuse", platform="linkedin", code=435, details=40, retry_available=True)
    body = (await acme.post(platforms=["twitter", "linkedin"])).json()["posts"][0]
    assert [entry["platform"] for entry in body["postIds"]] == ["twitter"]
    (error,) = body["errors"]
    assert (error["platform"], error["details"], error["retryAvailable"]) == ("linkedin", 40, True)


async def test_x_credits_carry_x_s_own_problem(acme: Caller, state: SandboxState) -> None:
    state.add_fault("credits")
    error = (await acme.post()).json()["posts"][0]["errors"][0]
    assert error["details"]["title"] == "CreditsDepleted"


async def test_a_refusal_may_be_flat_and_have_another_status_code_and_message(
    acme: Caller, state: SandboxState
) -> None:
    state.add_fault("credits", flat=True)
    answer = await acme.post()
    assert (answer.status_code, answer.json()["code"]) == (402, 402)
    state.add_fault("refuse", status=400, code=110, message="Status is a duplicate.")
    answer = await acme.post()
    assert answer.json()["posts"][0]["errors"][0]["message"] == "Status is a duplicate."
    state.add_fault("relink", path="/analytics/social")
    assert (await acme("POST", "/analytics/social", {"platforms": ["twitter"]})).json()["code"] == 272


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("rate_limit", 429, None), ("suspended", 403, None), ("bad_api_key", 403, 102)],
)
async def test_a_request_level_fault_is_flat_and_accepts_nothing(
    acme: Caller, state: SandboxState, fault: str, status: int, code: int | None
) -> None:
    state.add_fault(fault, retry_after=7)
    answer = await acme.post()
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert answer.headers["retry-after"] == "7"
    assert "errors" not in answer.json()
    assert state.posts == []


@pytest.mark.parametrize("status", [400, 500, 200])
async def test_echo_repeats_the_secrets_everywhere_but_the_sandbox_keeps_none(
    acme: Caller, http: httpx.AsyncClient, state: SandboxState, status: int
) -> None:
    state.add_fault("echo", status=status)
    answer = await acme.post()
    assert answer.status_code == status
    body: dict[str, Any] = answer.json()
    for secret in (API_KEY, ACME, X_KEY, X_SECRET):
        assert secret in body["message"]
        assert secret in body["id"]
        assert secret in str(body["errors"] or body["postIds"])
        assert secret in answer.reason_phrase
        assert secret in str(answer.headers)
        for path in ("/", "/sandbox/posts", "/sandbox/requests", "/sandbox/faults"):
            assert secret not in (await http.get(path)).text


async def test_a_fault_waits_for_its_profile_path_and_method(
    acme: Caller, primary: Caller, state: SandboxState
) -> None:
    state.add_fault("suspended", profile=ACME, path="/user")
    assert (await primary("GET", "/user")).status_code == 200
    assert (await acme.post()).status_code == 200
    assert (await acme("GET", "/user")).status_code == 403
    state.add_fault("suspended", profile="Primary", path="*", method="GET")
    assert (await acme("GET", "/user")).status_code == 200
    assert (await primary.post()).status_code == 200
    assert (await primary("GET", "/history")).status_code == 403
    assert state.faults.waiting() == []


async def test_a_fault_without_times_lasts_until_it_is_cleared(acme: Caller, state: SandboxState) -> None:
    state.add_fault("suspended", times=None)
    assert [(await acme.post()).status_code for _ in range(3)] == [403, 403, 403]
    state.faults.clear()
    assert (await acme.post()).status_code == 200


async def test_faults_are_added_listed_and_cleared_over_http(acme: Caller, http: httpx.AsyncClient) -> None:
    added = await http.post("/sandbox/faults", json={"fault": "suspended", "times": 2, "profile": ACME})
    assert added.status_code == 201
    assert (await acme.post()).status_code == 403
    waiting = (await http.get("/sandbox/faults")).json()
    assert [(fault["fault"], fault["left"], fault["for_one_profile"]) for fault in waiting] == [
        ("suspended", 1, True)
    ]
    assert ACME not in str(waiting)
    await http.delete("/sandbox/faults")
    assert (await acme.post()).status_code == 200


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"fault": "explode"}', [name.value for name in FaultName]),
        (b'{"fault": "hang", "minutes": 1}', ["minutes", "seconds"]),
        (b'{"fault": "hang", "times": 0}', ["times"]),
        (b"{}", ["fault"]),
        (b"[]", ["fault"]),
        (b"{", ["JSON"]),
    ],
)
async def test_a_wrong_fault_is_refused_with_what_is_known(
    http: httpx.AsyncClient, body: bytes, words: list[str]
) -> None:
    answer = await http.post("/sandbox/faults", content=body)
    assert answer.status_code == 400
    for word in words:
        assert word in answer.json()["message"]


def test_an_unknown_fault_is_a_value_error_in_python_too() -> None:
    with pytest.raises(ValueError, match="cut_before"):
        SandboxState().add_fault("explode")


@pytest.mark.parametrize("fault", FaultName)
async def test_the_page_shows_what_came_of_every_fault(
    acme: Caller, http: httpx.AsyncClient, state: SandboxState, fault: FaultName
) -> None:
    state.add_fault(fault, seconds=0)
    await broken(acme)
    page = await http.get("/")

    assert page.status_code == 200, page.text
    assert state.counters["faults"] == 1
