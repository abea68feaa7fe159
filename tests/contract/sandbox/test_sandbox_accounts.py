"""Users, analytics, feeds, profiles, and linking X under an app of one's own."""

from typing import Any

import httpx
import pytest

from scheduler.sandbox.keys import XKeys
from scheduler.sandbox.state import SandboxState
from tests.contract.sandbox.conftest import ACME, X_HEADERS, Caller, Clock


async def test_the_user_tells_what_is_linked(acme: Caller) -> None:
    body = (await acme("GET", "/user")).json()
    assert body["title"] == "Acme Media"
    assert body["activeSocialAccounts"] == ["linkedin", "twitter"]
    names = {name["platform"]: name for name in body["displayNames"]}
    assert names["twitter"]["profileUrl"] == "https://x.com/acmemedia"


async def test_the_field_for_linked_networks_is_missing_when_there_are_none(
    acme: Caller, state: SandboxState
) -> None:
    state.add_profile(ACME, "Bare", networks=())
    assert "activeSocialAccounts" not in (await acme("GET", "/user")).json()


async def test_analytics_try_the_keys_without_a_post(acme: Caller, state: SandboxState) -> None:
    body = (await acme("POST", "/analytics/social", {"platforms": ["twitter"]})).json()
    assert (body["status"], body["twitter"]["analytics"]["username"]) == ("success", "acmemedia")
    assert state.posts == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 101),
        ({"platforms": ["x"]}, 101),
        ({"platforms": ["facebook"]}, 156),
        ({"platforms": ["twitter"], "userName": "other"}, 400),
    ],
)
async def test_analytics_refuse_what_they_cannot_tell(acme: Caller, body: dict[str, Any], code: int) -> None:
    answer = await acme("POST", "/analytics/social", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_feeds_are_registered_changed_and_removed_for_each_profile(
    acme: Caller, primary: Caller
) -> None:
    url = "https://acme.example/feed.xml"
    made = (await acme("POST", "/feed", {"url": url, "useFirstImage": True})).json()
    assert (made["status"], made["rssURL"], made["feedURL"]) == ("success", url, url)
    assert (made["useFirstImage"], made["autoHashtag"]) == (True, False)
    assert (await acme("PUT", "/feed", {"id": made["id"], "autoHashtag": True})).json()["id"] == made["id"]
    (feed,) = (await acme("GET", "/feed")).json()["feeds"]
    assert (feed["link"], feed["type"], feed["autoHashtag"], feed["useFirstImage"]) == (
        url,
        "rss",
        True,
        True,
    )
    assert (await primary("GET", "/feed")).json() == {"status": "success", "feeds": []}
    assert (await acme("DELETE", "/feed", {"id": made["id"]})).json()["status"] == "success"
    for method, action in (("PUT", "update"), ("DELETE", "delete")):
        answer = await acme(method, "/feed", {"id": made["id"]})
        assert (answer.status_code, answer.json()["action"]) == (400, action)
    for body in ({"url": "nothing"}, {"url": url, "type": "podcast"}):
        assert (await acme("POST", "/feed", body)).json()["action"] == "create"
    made = (await acme("POST", "/feed", {"url": url, "autoHashtag": {"max": 2}})).json()
    assert made["autoHashtag"] == {"max": 2}


async def test_a_profile_s_key_is_shown_once_and_works(acme: Caller, primary: Caller) -> None:
    made = (await primary("POST", "/profiles", {"title": "New"})).json()
    acme.profile = made["profileKey"]
    assert (await acme("GET", "/user")).json()["title"] == "New"
    listing = await primary("GET", "/profiles")
    assert {row["title"] for row in listing.json()["profiles"]} == {"Acme Media", "New"}
    assert listing.json()["count"] == 2
    assert made["profileKey"] not in listing.text
    again = await primary("POST", "/profiles", {"title": "New"})
    assert (again.status_code, again.json()["code"]) == (400, 146)
    assert (await primary("POST", "/profiles", {})).json()["code"] == 101


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("title=Acme Media", ["Acme Media"]),
        ("hasActiveSocialAccounts=false", ["Bare"]),
        ("isByokLinked=true", ["Acme Media"]),
        ("isByokLinked=false", ["Old"]),
        ("limit=1", ["Acme Media"]),
    ],
)
async def test_profiles_can_be_filtered(
    primary: Caller, state: SandboxState, query: str, titles: list[str]
) -> None:
    state.add_profile("b", "Bare", networks=())
    state.add_profile("o", "Old")
    rows = (await primary("GET", f"/profiles?{query}")).json()["profiles"]
    assert [row["title"] for row in rows] == titles


async def test_unlinking_works_also_when_nothing_is_linked(acme: Caller) -> None:
    for _ in range(2):
        answer = await acme("DELETE", "/profiles/social", {"platform": "twitter"})
        assert (answer.status_code, answer.json()["platform"]) == (200, "twitter")
    assert (await acme.post()).json()["posts"][0]["errors"][0]["code"] == 156
    assert (await acme("DELETE", "/profiles/social", {})).json()["code"] == 101


async def test_a_link_session_links_x_under_the_app_whose_keys_made_it(
    acme: Caller, http: httpx.AsyncClient, state: SandboxState
) -> None:
    await acme("DELETE", "/profiles/social", {"platform": "twitter"})
    acme.x = {name: f"new {value}" for name, value in X_HEADERS.items()}
    session = (
        await acme("POST", "/profiles/link-sessions", {"mode": "connect", "network": "twitter"})
    ).json()
    assert (session["status"], session["title"], session["emailSent"]) == ("success", "Acme Media", False)
    assert session["expiresAt"] == "2026-11-22T09:05:00Z"
    assert "Link X" in (await http.get(session["url"])).text
    assert (await acme.post()).status_code == 400, "looking at the page links nothing"
    assert (await http.post(session["url"])).status_code == 200
    assert (await acme.post("Linked")).status_code == 200
    profile = state.profile(ACME)
    assert profile is not None
    assert profile.x_app == XKeys.of(*acme.x.values())


@pytest.mark.parametrize("in_body", [True, False])
async def test_the_older_linking_call_takes_the_keys_in_headers_or_body(
    primary: Caller, http: httpx.AsyncClient, state: SandboxState, in_body: bool
) -> None:
    body = {"domain": "acme", "privateKey": "pem", "profileKey": ACME}
    keys = {"twitterApiKey": "new key", "twitterApiSecret": "new secret"}
    primary.x = {} if in_body else dict(zip(X_HEADERS, keys.values(), strict=True))
    made = (await primary("POST", "/profiles/generateJWT", body | (keys if in_body else {}))).json()
    assert {"status", "title", "token", "url", "emailSent", "expiresIn"} == set(made)
    await http.post(made["url"])
    profile = state.profile(ACME)
    assert profile is not None
    assert profile.x_app == XKeys.of("new key", "new secret")


async def test_linking_calls_refuse_half_a_pair_and_missing_fields(acme: Caller, primary: Caller) -> None:
    assert (await primary("POST", "/profiles/link-sessions", {})).json()["code"] == 101
    assert (await primary("POST", "/profiles/generateJWT", {"profileKey": "nobody"})).json()["code"] == 101
    assert (await primary("POST", "/profiles/generateJWT", {"profileKey": ACME})).json()["code"] == 101
    acme.x.popitem()
    assert "but not" in (await acme("POST", "/profiles/link-sessions", {})).json()["message"]


async def test_a_link_expires(acme: Caller, http: httpx.AsyncClient, clock: Clock) -> None:
    url = (await acme("POST", "/profiles/link-sessions", {})).json()["url"]
    clock.forward(minutes=5)
    assert (await http.post(url)).status_code == 410
    assert (await http.get("/sandbox/link/nothing")).status_code == 410
