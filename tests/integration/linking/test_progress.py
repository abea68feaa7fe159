"""Who is linked with an X app of its own: what Ayrshare says of each customer, and of the account as a whole."""

from typing import Any

import pytest

from scheduler.moving import account
from scheduler.moving.progress import IN_DASHBOARD, Progress, Status
from tests.integration.linking.conftest import Campaign


async def progress(campaign: Campaign) -> Progress:
    return await campaign.survey.progress(campaign.configuration.current.customers)


async def statuses(campaign: Campaign) -> dict[str, tuple[Status, str]]:
    return {one.customer.id: (one.status, one.why) for one in (await progress(campaign)).standings}


async def test_a_customer_goes_from_the_shared_app_over_none_to_its_own(campaign: Campaign) -> None:
    assert (await statuses(campaign))["acme"] == (Status.SHARED_APP, "")
    await campaign.unlinker.unlink(campaign.customer(), "alice")
    assert (await statuses(campaign))["acme"] == (Status.NOT_LINKED, "")
    await campaign.http.post((await campaign.link()).url)
    found = (await progress(campaign)).standings

    assert [(one.customer.id, one.status, one.is_missing) for one in found] == [
        ("acme", Status.OWN_APP, False),
        ("globex", Status.SHARED_APP, True),
    ]
    assert (found[0].profile, found[0].handle) == ("acme", "acme")
    reads = campaign.ledger("keys_read")[-3:]
    assert {who for who, _ in reads} == {None, "acme", "globex"}
    assert all(line.startswith("keys read for list: ") for _, line in reads)


async def test_what_is_not_known_is_said_and_why(campaign: Campaign) -> None:
    world = campaign.world
    world.add_customer("gone", keys={})
    world.add_customer("rss", route='platforms = ["linkedin"]')
    world.add_customer("own", rest="primary_profile = true")
    campaign.reload()
    world.sandbox.state.add_fault("refuse", path="/user", profile="globex", status=403)
    found = await statuses(campaign)

    assert {name: status for name, (status, _) in found.items()} == {
        "acme": Status.SHARED_APP,
        "globex": Status.UNKNOWN,
        "gone": Status.UNKNOWN,
        "own": Status.LINKED,
        "rss": Status.NO_X,
    }
    assert "the profile is suspended" in found["globex"][1]
    assert f"has no secret at secret/{world.prefix}/gone" in found["gone"][1]
    assert found["own"][1] == IN_DASHBOARD


async def test_profiles_that_nobody_uses_are_told_on_however_many_pages_they_are(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("zeta", "beta", "delta"):
        campaign.world.sandbox.state.add_profile(f"key-{name}", name, networks=())
    monkeypatch.setattr(account, "PAGE", 2)
    assert (await progress(campaign)).unused == ["beta", "delta", "zeta"]
    assert len(campaign.asked("/profiles")) == 3 + 1 + 1

    monkeypatch.setattr(account, "MOST_PAGES", 2)
    assert (await progress(campaign)).account.problem.endswith("the list does not end")


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([{"fault": "refuse", "code": 169}], "does not list the account's profiles: the Ayrshare plan"),
        ([{"fault": "error_before", "status": 200, "body": {}}], "its answer has no profiles"),
        ([{"fault": "cut_before", "times": 2}], "the connection broke"),
        (
            [{"fault": "slow", "seconds": 0}, {"fault": "bad_api_key"}],
            "which profiles have their own X app: Ayrshare does not accept the API key",
        ),
        (
            [
                {
                    "fault": "error_before",
                    "status": 200,
                    "body": {"profiles": [{"refId": "1", "title": "acme"}]},
                }
            ]
            * 3,
            "does not say which profiles have their own X app",
        ),
    ],
    ids=["not in the plan", "nothing listed", "no answer", "no filter", "filter passed over"],
)
async def test_where_the_account_is_not_told_a_link_is_only_a_link(
    campaign: Campaign, answers: list[dict[str, Any]], problem: str
) -> None:
    for answer in answers:
        campaign.world.sandbox.state.add_fault(path="/profiles", **answer)
    found = await progress(campaign)

    assert problem in found.account.problem
    assert {(one.status, one.why) for one in found.standings} == {(Status.LINKED, found.account.problem)}


async def test_what_ayrshare_calls_things_stays_on_one_line(campaign: Campaign) -> None:
    campaign.profile().title = "Acme\x1b[31m\nMedia"
    standing = (await progress(campaign)).standings[0]
    assert (standing.profile, standing.handle) == ("Acme[31m Media", "acme31mmedia")
