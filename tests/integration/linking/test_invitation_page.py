"""Invitations over HTTP: a page with one button, which makes the page for linking at that moment, once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from scheduler.sandbox.keys import XKeys
from scheduler.web.app import WebServer
from tests.integration.linking.conftest import ADMIN, Campaign

NO_GOOD = "This invitation cannot be used"
FAILED = "That did not work"
GO_ON = "Go on to X"


async def change(campaign: Campaign, statement: str, **values: Any) -> None:
    """What somebody does who can write into the database."""
    with campaign.database.write() as session:
        session.connection().execute(text(statement), values)


async def test_an_invitation_leads_to_a_page_that_links_x_with_the_customers_own_app(
    campaign: Campaign,
) -> None:
    url = await campaign.invite()
    page = await campaign.http.get(url)
    reads = campaign.ledger("keys_read")
    going = await campaign.http.post(url)
    await campaign.http.post(going.headers["Location"])

    assert (page.status_code, going.status_code) == (200, 303)
    assert "Link X for acme" in page.text
    assert "at firetime.example" in page.text
    assert "until Sunday, 29 November 2026, 12:00 (UTC)" in page.text
    assert {line.partition(":")[0] for _, line in reads} == {"keys read for invite"}, (
        "to look at it reads no key"
    )
    assert campaign.profile().x_app == XKeys(
        campaign.key("acme-x_api_key"), campaign.key("acme-x_api_secret")
    )
    assert campaign.ledger("link_invited") == [
        ("acme", "invited by alice to link X, good until 2026-11-29 12:00:00 UTC")
    ]
    assert campaign.ledger("link_made") == [
        ("acme", "page for linking X made by an invitation by alice, good until 12:05:00 UTC")
    ]
    assert campaign.leaks(url, page.text, str(page.headers), going.text, str(going.headers)) == []
    assert url.rpartition("/")[2] not in (campaign.world.folder / "firetime.db-wal").read_bytes().decode(
        "latin-1"
    )


async def test_the_page_is_private_and_may_only_send_its_own_form(campaign: Campaign) -> None:
    url = await campaign.invite()
    for answer in (
        await campaign.http.get(url),
        await campaign.http.post(url),
        await campaign.http.get(f"{url}0"),
    ):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy or answer.status_code == 303
    own = (await campaign.http.get(url)).headers["Content-Security-Policy"]
    origin = campaign.world.sandbox.page_url.rstrip("/")
    assert own.endswith(f"form-action 'self' {origin}")


async def test_it_says_who_invites_and_whom_to_ask(campaign: Campaign) -> None:
    (campaign.world.config / "firetime.toml").write_text(
        '[feeds]\ncontact = "https://example.com/bot"\n'
        '[linking]\noperator = "Example & Agency"\ncontact = "help@example.com"\n'
        + (campaign.world.config / "firetime.toml").read_text()
    )
    campaign.reload()
    page = (await campaign.http.get(await campaign.invite())).text
    assert "Example &amp; Agency invites you: Example &amp; Agency posts to X for you" in page
    assert 'Questions? <a href="mailto:help@example.com">help@example.com</a>' in page
    assert "firetime.example" not in page


async def test_only_these_addresses_do_without_the_admin_token(campaign: Campaign) -> None:
    url = await campaign.invite()
    assert (await campaign.http.get(url)).status_code == 200
    for path in ("/", "/api/v1/status", "/link", "/link/../api/v1/status"):
        assert (await campaign.http.get(path)).status_code == 401, path
    signed_in = {"Authorization": f"Bearer {ADMIN}"}
    assert (await campaign.http.get("/api/v1/status", headers=signed_in)).status_code == 200


async def test_an_unknown_token_is_told_without_asking_vault(campaign: Campaign) -> None:
    url = await campaign.invite()
    before = campaign.ledger("keys_read")
    wrong = [
        f"{url[:-1]}{'0' if url[-1] != '0' else '1'}",
        f"{url}0",
        url[:-1],
        url.upper().replace("LINK", "link"),
    ]
    for address in (*wrong, "/link/nothing", "/link/%00%ff", "/link/\u1234"):
        for answer in (await campaign.http.get(address), await campaign.http.post(address)):
            assert (answer.status_code, NO_GOOD in answer.text) == (404, True), address
            assert "acme" not in answer.text
    assert campaign.ledger("keys_read") == before
    assert campaign.sessions == []


async def over(campaign: Campaign, url: str) -> bool:
    """Whether the address is no good, whatever one does, and says nothing of the customer."""
    answers = await campaign.http.get(url), await campaign.http.post(url)
    assert all("acme" not in answer.text for answer in answers if NO_GOOD in answer.text)
    return all(answer.status_code == 410 and NO_GOOD in answer.text for answer in answers)


async def test_it_is_good_until_its_expiry(campaign: Campaign) -> None:
    url = await campaign.invite(days=2)
    campaign.clock.forward(days=2, seconds=-1)
    assert (await campaign.http.get(url)).status_code == 200
    campaign.clock.forward(seconds=1)
    assert await over(campaign, url)
    assert campaign.sessions == []


async def test_it_is_used_once_and_for_the_next_fifteen_minutes(campaign: Campaign) -> None:
    url = await campaign.invite(days=1)
    campaign.clock.forward(hours=23, minutes=59)
    assert (await campaign.http.post(url)).status_code == 303
    campaign.clock.forward(minutes=15, seconds=-1)
    page = await campaign.http.get(url)
    assert "You have been here before" in page.text
    assert "until Monday, 23 November 2026, 12:14 (UTC)" in page.text
    assert (await campaign.http.post(url)).status_code == 303, "its first page is long over"
    campaign.clock.forward(seconds=1)
    assert await over(campaign, url), "counted from its first use"
    assert len(campaign.sessions) == 2


async def test_once_x_is_linked_it_says_so_and_makes_no_page_any_more(campaign: Campaign) -> None:
    url = await campaign.invite()
    going = await campaign.http.post(url)
    campaign.clock.forward(minutes=1)
    assert GO_ON in (await campaign.http.get(url)).text, "the shared app's old link is none of its doing"
    await campaign.http.post(going.headers["Location"])
    campaign.clock.forward(minutes=1)

    for answer in (await campaign.http.get(url), await campaign.http.post(url)):
        assert answer.status_code == 200
        assert "X is linked for acme" in answer.text
        assert "<strong>@acme</strong>" in answer.text
        assert GO_ON not in answer.text
        assert campaign.leaks(answer.text) == []
    assert len(campaign.sessions) == 1
    assert (await campaign.http.post(await campaign.invite())).status_code == 303, "for another account"


@pytest.mark.parametrize("fault", ["error_before", "refuse", "echo"])
async def test_while_nobody_knows_whether_x_is_linked_it_can_be_used_again(
    campaign: Campaign, fault: str
) -> None:
    url = await campaign.invite()
    await campaign.http.post((await campaign.http.post(url)).headers["Location"])
    campaign.world.sandbox.state.add_fault(fault, times=2, path="/user")
    page = await campaign.http.get(url)
    assert (page.status_code, GO_ON in page.text, campaign.leaks(page.text)) == (200, True, [])
    assert (await campaign.http.post(url)).status_code == 303


async def test_a_newer_one_ends_it(campaign: Campaign) -> None:
    used, others = await campaign.invite(), await campaign.invite("globex")
    assert (await campaign.http.post(used)).status_code == 303
    old, new = await campaign.invite(), await campaign.invite()
    assert await over(campaign, used), "though its fifteen minutes are not over"
    assert await over(campaign, old)
    assert (await campaign.http.get(new)).status_code == (await campaign.http.get(others)).status_code == 200


async def test_two_clicks_at_once_get_one_page(campaign: Campaign) -> None:
    url = await campaign.invite()
    campaign.world.sandbox.state.add_fault("slow", seconds=0.2, path="/profiles/link-sessions")
    answers = await asyncio.gather(*(campaign.http.post(url) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(campaign.sessions) == len(campaign.asked("/profiles/link-sessions")) == 1


@pytest.mark.parametrize("path", ["/profiles/link-sessions", None])
async def test_a_failure_leaves_it_good_and_tells_no_details(campaign: Campaign, path: str | None) -> None:
    url = await campaign.invite()
    secret = f"{campaign.world.prefix}/acme"
    keys = {key: next(one for one in campaign.world.secrets if f"acme-{key}-" in one)
            for key in ("x_api_key", "x_api_secret", "profile_key")}  # fmt: skip
    if path is None:
        campaign.world.openbao.write(secret, keys | {"x_api_secret": ""})
    else:
        campaign.world.sandbox.state.add_fault("echo", path=path)
    answer = await campaign.http.post(url)
    assert answer.status_code == 503
    assert FAILED in answer.text
    assert not {"echo", "Ayrshare", "Vault", "secret"} & set(answer.text.split())
    assert campaign.leaks(answer.text) == []

    campaign.world.openbao.write(secret, keys)
    campaign.clock.forward(days=6)
    assert (await campaign.http.post(url)).status_code == 303


async def test_a_forged_row_of_the_database_opens_nothing(campaign: Campaign) -> None:
    url = await campaign.invite()
    for changed in ("customer = 'globex'", "expires_at = '2027-01-01 00:00:00.000000'"):
        await change(campaign, f"UPDATE invitation SET {changed}")
        answer = await campaign.http.post(url)
        assert (answer.status_code, NO_GOOD in answer.text) == (410, True), changed
    assert campaign.sessions == []


async def test_a_new_api_key_ends_all_that_are_open(campaign: Campaign) -> None:
    url = await campaign.invite()
    campaign.world.openbao.write(
        f"{campaign.world.prefix}/ayrshare", {"api_key": (new := campaign.world.secret("new-api"))}
    )
    campaign.world.sandbox.state.add_api_key(new)
    assert (await campaign.http.post(url)).status_code == 410
    assert (await campaign.http.post(await campaign.invite())).status_code == 303


async def test_a_customer_that_is_gone_is_not_invited_any_more(campaign: Campaign) -> None:
    url = await campaign.invite()
    (campaign.world.config / "customers" / "acme.toml").unlink()
    campaign.reload()
    assert await over(campaign, url)


async def test_one_address_is_not_let_through_without_end(campaign: Campaign) -> None:
    url = await campaign.invite()
    answers = [await campaign.http.get(url) for _ in range(40)]
    assert answers[29].status_code == 200
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Referrer-Policy"] == "no-referrer"
    assert (await campaign.http.get(await campaign.invite("globex"))).status_code == 200


async def test_names_and_contacts_stay_text(campaign: Campaign) -> None:
    folder = campaign.world.config
    file = folder / "customers" / "acme.toml"
    file.write_text(file.read_text().replace('name = "acme"', 'name = "<b onclick=x>A & B</b>"'))
    campaign.world.write_common('[feeds]\ncontact = "<i>help@firetime.example</i>"\n')
    campaign.reload()
    page = await campaign.http.get(await campaign.invite())

    assert "Link X for &lt;b onclick=x&gt;A &amp; B&lt;/b&gt;" in page.text
    assert "Questions? &lt;i&gt;help@firetime.example&lt;/i&gt;" in page.text


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("mailto:help@example.com", '<a href="mailto:help@example.com">help@example.com</a>'),
        (
            "https://example.com/?a&b",
            '<a href="https://example.com/?a&amp;b">https://example.com/?a&amp;b</a>',
        ),
        ("javascript:alert(1)//@example.com", "javascript:alert(1)//@example.com"),
        ("mailto:a@example.com?bcc=b@example.com", "a@example.com?bcc=b@example.com"),
        ('https://example.com/ "onclick=x', "https://example.com/ &#34;onclick=x"),
        ("http://example.com", "http://example.com"),
    ],
)
async def test_a_mail_address_or_a_page_over_tls_can_be_tapped(
    campaign: Campaign, contact: str, shown: str
) -> None:
    campaign.world.write_common(f"[linking]\ncontact = '{contact}'\n")
    campaign.reload()
    assert f"Questions? {shown}</p>" in (await campaign.http.get(await campaign.invite())).text


async def test_ayrshares_own_pages_may_be_on_any_host_but_only_over_tls(campaign: Campaign) -> None:
    settings = campaign.world.settings.model_copy(update={"ayrshare_url": "https://api.ayrshare.com/api"})
    server = WebServer(
        settings,
        campaign.configuration,
        campaign.database,
        campaign.vault,
        invitations=campaign.invitations,
    )
    await server.start()
    token = (await campaign.invite()).rpartition("/")[2]
    page = await campaign.http.get(f"{server.url}link/{token}")
    await server.stop()

    assert page.headers["Content-Security-Policy"].endswith("form-action 'self' https:")
    assert "Firetime posts to X for you" in page.text
