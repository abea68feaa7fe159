"""Pages for linking: what was asked for is remembered, and a page for other networks does not link X."""

from typing import Any

import httpx
import pytest

from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import ACME, Caller

ASKED = {"mode": "connect", "network": "twitter", "allowedSocial": ["twitter"], "logout": True}


async def test_what_was_asked_for_is_remembered_without_secrets(
    acme: Caller, primary: Caller, state: SandboxState
) -> None:
    await acme("POST", "/profiles/link-sessions", ASKED | {"email": {"to": "somebody"}})
    secret = {"privateKey": "canary-key", "profileKey": ACME, "twitterApiKey": "a", "twitterApiSecret": "b"}
    await primary("POST", "/profiles/generateJWT", secret | {"domain": "acme", "logout": True})
    by_session, by_jwt = state.link_sessions.values()

    assert (by_session.way, by_session.options) == ("link-sessions", ASKED)
    assert (by_jwt.way, by_jwt.options) == ("generateJWT", {"domain": "acme", "logout": True})


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowedSocial": ["x"]},
        {"allowedSocial": "twitter"},
        {"logout": "true"},
        {"mode": "single"},
        {"mode": "connect"},
        {"mode": "connect", "network": "x"},
    ],
    ids=str,
)
async def test_wrong_options_are_refused(acme: Caller, state: SandboxState, wrong: dict[str, Any]) -> None:
    answer = await acme("POST", "/profiles/link-sessions", wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, 101)
    assert not state.link_sessions


async def test_a_page_for_other_networks_does_not_link_x(
    acme: Caller, http: httpx.AsyncClient, state: SandboxState
) -> None:
    await acme("DELETE", "/profiles/social", {"platform": "twitter"})
    made = (await acme("POST", "/profiles/link-sessions", {"allowedSocial": ["linkedin"]})).json()
    assert "not for X" in (await http.get(made["url"])).text
    await http.post(made["url"])
    profile = state.profile(ACME)
    assert profile is not None
    assert "twitter" not in profile.networks


async def test_the_list_of_profiles_has_pages(acme: Caller, state: SandboxState) -> None:
    for number in range(4):
        state.add_profile(f"key-{number}", f"Profile {number}")
    titles, cursor = [], "0"
    for _ in range(3):
        body = (await acme("GET", f"/profiles?limit=2&cursor={cursor}")).json()
        titles += [row["title"] for row in body["profiles"]]
        cursor = body["pagination"].get("nextCursor", "")
    assert titles == ["Acme Media", *(f"Profile {number}" for number in range(4))]
    assert body["pagination"] == {"hasMore": False, "limit": 2}
    assert (await acme("GET", "/profiles?cursor=6")).json()["code"] == 101
