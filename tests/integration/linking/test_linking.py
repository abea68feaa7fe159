"""Pages for linking X: what is asked of Ayrshare for one, what is noted, and what is said where there is none."""

from datetime import timedelta
from typing import Any

import pytest

from scheduler.delivery.refusals import CALLBACK_URLS
from scheduler.delivery.vault import SecretUnusable
from scheduler.moving import linking
from scheduler.moving.linking import CannotLink
from scheduler.sandbox.keys import XKeys
from tests.integration.linking.conftest import Campaign

SESSIONS, JWT = "/profiles/link-sessions", "/profiles/generateJWT"
X_ALONE = {"allowedSocial": ["twitter"], "logout": True}
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\ncanary-of-the-private-key\n-----END RSA PRIVATE KEY-----\n"


def with_domain(campaign: Campaign) -> None:
    """Give the account what the older way needs."""
    world = campaign.world
    api_key = next(one for one in world.secrets if one.startswith("canary-api-"))
    world.openbao.write(f"{world.prefix}/ayrshare", {"api_key": api_key, "private_key": PRIVATE_KEY})
    world.secrets.append("canary-of-the-private-key")
    world.write_common('[linking]\ndomain = "acme"\n')
    campaign.reload()


async def test_a_page_is_for_x_alone_with_the_customers_own_app_and_a_fresh_sign_in(
    campaign: Campaign,
) -> None:
    link = await campaign.link()
    assert (await campaign.http.post(link.url)).status_code == 200

    assert link.expires_at == campaign.clock.now + timedelta(minutes=5)
    (session,) = campaign.sessions
    assert session.options == {"mode": "connect", "network": "twitter", **X_ALONE}
    own = XKeys(campaign.key("acme-x_api_key"), campaign.key("acme-x_api_secret"))
    assert campaign.profile().x_app == own
    assert campaign.profile("globex").x_app is None
    (seen,) = campaign.asked(SESSIONS)
    assert (seen.bearer, seen.profile) == (campaign.key("api"), "acme")
    assert campaign.ledger("link_made") == [
        ("acme", "page for linking X made by alice, good until 12:05:00 UTC")
    ]
    reads = campaign.ledger("keys_read")
    assert sorted(customer or "" for customer, _ in reads) == ["acme", "acme", "globex"]
    assert all(read.startswith("keys read for link: secret/") for _, read in reads)
    assert campaign.leaks(link.url) == []


@pytest.mark.parametrize(
    "answer", [{"status": 404}, {"status": 405}, {"status": 501}, {"status": 400, "code": 169}]
)
async def test_a_plan_without_link_sessions_is_asked_the_older_way(
    campaign: Campaign, answer: dict[str, Any]
) -> None:
    with_domain(campaign)
    campaign.world.sandbox.state.add_fault("refuse", path=SESSIONS, **answer)
    link = await campaign.link()
    await campaign.http.post(link.url)

    (session,) = campaign.sessions
    assert (session.way, session.options) == ("generateJWT", {"domain": "acme", **X_ALONE})
    assert campaign.profile().x_app == session.x_app is not None
    assert link.expires_at == campaign.clock.now + timedelta(minutes=5)
    assert [line for _, line in campaign.ledger("keys_read")][-1].endswith("/ayrshare version 2")
    assert campaign.leaks(link.url) == []


async def test_the_older_way_says_what_it_needs(campaign: Campaign) -> None:
    campaign.world.sandbox.state.add_fault("refuse", path=SESSIONS, status=404, times=2)
    with pytest.raises(CannotLink, match=r"\[linking\] domain in firetime.toml"):
        await campaign.link()
    campaign.world.write_common('[linking]\ndomain = "acme"\n')
    campaign.reload()
    with pytest.raises(Exception, match="ayrshare lacks private_key"):
        await campaign.link()
    assert campaign.sessions == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"fault": "refuse", "status": 403, "message": "Callback URL not approved for this client"},
            f"enter these as its callback URLs in the X developer console: {', '.join(CALLBACK_URLS)}",
        ),
        ({"fault": "relink"}, "relink X in Ayrshare with this customer's X app"),
        ({"fault": "refuse", "status": 401}, "Ayrshare does not accept the API key"),
        ({"fault": "bad_api_key"}, "Ayrshare does not accept the API key"),
        ({"fault": "permission"}, "'Read and write and Direct message'"),
        ({"fault": "suspended"}, "the profile is suspended"),
        ({"fault": "rate_limit"}, "Ayrshare's rate limit is reached"),
        (
            {"fault": "refuse", "status": 403, "message": "Profile Key not valid"},
            "does not know this Profile-Key",
        ),
        ({"fault": "refuse", "status": 418}, "Ayrshare refused POST /profiles/link-sessions (HTTP 418)"),
        ({"fault": "error_before", "status": 502}, "Ayrshare failed (HTTP 502)"),
        ({"fault": "error_before", "status": 200, "html": True}, "cannot be read (HTTP 200)"),
        ({"fault": "error_before", "status": 200, "body": {"status": "success"}}, "no address"),
        (
            {
                "fault": "error_before",
                "status": 200,
                "body": {"status": "success", "url": "http://else.example/"},
            },
            "no address",
        ),
        ({"fault": "echo"}, "Ayrshare refused POST /profiles/link-sessions"),
        ({"fault": "cut_before"}, "the connection broke"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["fault"],
)
async def test_why_there_is_no_page_is_said_with_what_to_do(
    campaign: Campaign, fault: dict[str, Any], words: str
) -> None:
    campaign.world.sandbox.state.add_fault(path=SESSIONS, **fault)
    with pytest.raises(CannotLink) as raised:
        await campaign.link()

    assert words in str(raised.value)
    assert campaign.ledger("link_failed") == [("acme", f"no page for linking X for alice: {raised.value}")]
    assert campaign.ledger("link_made") == []
    assert campaign.leaks(str(raised.value)) == []


async def test_nobody_waits_for_ayrshare_without_end(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "DEADLINE_S", 0.05)
    campaign.world.sandbox.state.add_fault("hang", path=SESSIONS)
    with pytest.raises(CannotLink, match=r"Ayrshare did not answer within 0\.05 s"):
        await campaign.link()


async def test_the_primary_profile_gets_no_page_and_ayrshare_is_not_asked(campaign: Campaign) -> None:
    campaign.world.add_customer("acme", rest="primary_profile = true")
    campaign.reload()
    with pytest.raises(CannotLink, match="sign in to Ayrshare's dashboard"):
        await campaign.link()
    assert list(campaign.world.sandbox.state.requests) == []
    assert campaign.ledger("keys_read") == []


async def test_what_was_read_is_written_down_also_where_it_cannot_be_used(campaign: Campaign) -> None:
    place, acme, reader = campaign.world.prefix, campaign.customer(), campaign.linker._reader
    for name in ("acme", "ayrshare"):
        campaign.world.openbao.write(f"{place}/{name}", {"x_api_key": "half"})
    for asked, lacks in (
        (reader.both(acme, "link"), "x_api_secret and profile_key"),
        (reader.customer_keys(acme, "import", with_x=False), "profile_key"),
        (reader.api_key("list"), "api_key"),
        (reader.private_key("link", acme), "private_key"),
    ):
        with pytest.raises(SecretUnusable, match=f"lacks {lacks}"):
            await asked
    own, operators = f"secret/{place}/acme version 2", f"secret/{place}/ayrshare version 2"
    assert sorted(campaign.ledger("keys_read"), key=str) == [
        ("acme", f"keys read for import: {own}"),
        ("acme", f"keys read for link: {own}"),
        ("acme", f"keys read for link: {operators}"),
        ("acme", f"keys read for link: {operators}"),
        (None, f"keys read for list: {operators}"),
    ]


async def test_no_page_leads_to_an_app_that_is_anothers_unless_both_are_one_end_customer(
    campaign: Campaign,
) -> None:
    invitation, world = await campaign.invite(), campaign.world
    pair = {key: campaign.canary(f"globex-{key}") for key in ("x_api_key", "x_api_secret")}
    world.openbao.write(f"{world.prefix}/acme", pair | {"profile_key": campaign.canary("acme-profile_key")})
    with pytest.raises(CannotLink, match="its X API key is also that of globex: each customer needs"):
        await campaign.link()
    with pytest.raises(CannotLink, match="its X API key is also that of globex"):
        await campaign.invite()
    assert (await campaign.http.post(invitation)).status_code == 503
    assert [message.partition(":")[0] for _, message in campaign.ledger("link_failed")] == [
        "no page for linking X for alice",
        "no page for linking X for an invitation by alice",
    ]
    assert list(world.sandbox.state.requests) == []

    for file in (world.config / "customers").glob("*.toml"):
        file.write_text(f'end_customer = "One"\n{file.read_text()}')
    campaign.reload()
    assert (await campaign.http.post(invitation)).status_code == 303
    assert len(campaign.sessions) == 1
