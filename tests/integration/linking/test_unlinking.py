"""X is taken off one customer's profile, and never off the primary one."""

import pytest

from scheduler.model import X
from scheduler.moving.linking import CannotLink
from tests.integration.linking.conftest import Campaign

TROUBLE = r"does not accept the API key|the connection broke"


async def test_x_is_taken_off_the_customers_profile_and_no_other(campaign: Campaign) -> None:
    profiles = campaign.world.sandbox.state.profiles.values()
    assert await campaign.unlinker.linked_account(campaign.customer()) == "acme"
    await campaign.unlinker.unlink(campaign.customer(), "alice")

    assert {one.title: X in one.networks for one in profiles} == {
        "Primary": True,
        "acme": False,
        "globex": True,
    }
    assert await campaign.unlinker.linked_account(campaign.customer()) is None
    assert campaign.ledger("x_unlinked") == [("acme", "X taken off the Ayrshare profile by alice")]
    assert campaign.leaks() == []


@pytest.mark.parametrize("is_primary", [True, False])
@pytest.mark.parametrize("profile_key", [None, ""])
async def test_without_a_profile_key_nothing_is_asked_at_all(
    campaign: Campaign, is_primary: bool, profile_key: str | None
) -> None:
    secret = {"x_api_key": "a", "x_api_secret": "b"}
    campaign.world.openbao.write(
        f"{campaign.world.prefix}/acme",
        secret if profile_key is None else secret | {"profile_key": profile_key},
    )
    campaign.world.add_customer("acme", keys={}, rest=f"primary_profile = {str(is_primary).lower()}")
    campaign.reload()
    for ask in (campaign.unlinker.linked_account, lambda one: campaign.unlinker.unlink(one, "alice")):
        with pytest.raises(
            Exception, match="posts as the primary profile" if is_primary else "lacks profile_key"
        ):
            await ask(campaign.customer())

    assert list(campaign.world.sandbox.state.requests) == []
    assert X in campaign.world.sandbox.state.profiles[None].networks
    assert campaign.ledger("x_unlinked") == []


async def test_the_primary_profile_is_refused_even_if_its_secret_has_a_key(campaign: Campaign) -> None:
    campaign.world.add_customer("acme", rest="primary_profile = true")
    campaign.reload()
    with pytest.raises(CannotLink, match="posts as the primary profile"):
        await campaign.unlinker.unlink(campaign.customer(), "alice")
    assert list(campaign.world.sandbox.state.requests) == []


@pytest.mark.parametrize("fault", ["bad_api_key", "cut_before"])
async def test_a_refusal_is_told_and_nothing_is_noted_as_done(campaign: Campaign, fault: str) -> None:
    campaign.world.sandbox.state.add_fault(fault, path="/profiles/social", times=2)
    with pytest.raises(CannotLink, match=TROUBLE):
        await campaign.unlinker.unlink(campaign.customer(), "alice")
    campaign.world.sandbox.state.add_fault(fault, path="/user", times=2)
    with pytest.raises(CannotLink, match=TROUBLE):
        await campaign.unlinker.linked_account(campaign.customer())

    assert X in campaign.profile().networks
    assert campaign.ledger("x_unlinked") == []
