"""Whose X app is whose, by marks of keys that a real OpenBao holds."""

import pytest

from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.delivery import x_apps
from scheduler.delivery.vault import CustomerKeys, Reading
from scheduler.delivery.x_apps import XApps
from scheduler.demo.openbao import OpenBao
from tests.contract.vault.conftest import WHOLE, Make, no_secret_in


def owner(path: str, name: str, end: str | None = None, platform: str = "twitter") -> Customer:
    route = Route.model_validate({"id": "blog", "feed": "https://acme.example/", "platforms": [platform]})
    where = f"{path}/{name}"
    return Customer(id=name, name=name, timezone="UTC", vault_path=where, end_customer=end, route=[route])


def ids(customers: list[Customer]) -> list[str]:
    return [one.id for one in customers]


def put(openbao: OpenBao, customer: Customer, key: str, profile_key: str | None = None) -> None:
    own = profile_key or f"canary-profile-of-{customer.id}"
    openbao.write(customer.vault_path, WHOLE | {"x_api_key": key, "profile_key": own})


async def test_customers_with_one_key_are_found_but_for_one_end_customers(
    openbao: OpenBao, make: Make, path: str
) -> None:
    acme, globex, initech = owner(path, "acme", "One"), owner(path, "globex", "One"), owner(path, "initech")
    hooli, nobody, elsewhere = (
        owner(path, "hooli"),
        owner(path, "nobody"),
        owner(path, "elsewhere", None, "linkedin"),
    )
    config = Config(customers=(acme, globex, initech, hooli, nobody, elsewhere))
    for one in (acme, globex, initech, elsewhere):
        put(openbao, one, "canary-shared")
    put(openbao, hooli, "canary-own")
    apps = XApps()

    found = await apps.survey(make(), config, "test")

    assert sorted(one.customer for one in found) == ["acme", "elsewhere", "globex", "hooli", "initech"]
    assert all(one.reading.path.endswith(one.customer) and one.reading.request_id for one in found)
    assert ids(apps.sharing(acme, config)) == ids(apps.sharing(globex, config)) == ["initech"]
    assert ids(apps.sharing(initech, config)) == ["acme", "globex"]
    assert ids(apps.same_app(acme, config)) == ["globex", "initech"]
    assert [apps.sharing(one, config) for one in (hooli, nobody, elsewhere)] == [[], [], []]
    assert apps.refusal(initech, config) == (
        "its X API key is also that of acme, globex: each customer needs an X app of its own, or, where they are one "
        "end customer, the same end_customer in their files"
    )


async def test_customers_with_one_profile_are_found_wherever_they_post(
    openbao: OpenBao, make: Make, path: str
) -> None:
    acme, globex = owner(path, "acme"), owner(path, "globex", None, "facebook")
    config, apps = Config(customers=(acme, globex)), XApps()
    put(openbao, acme, "canary-1", "canary-one-profile")
    put(openbao, globex, "canary-2", "canary-one-profile")
    await apps.survey(make(), config, "test")

    assert ids(apps.sharing(acme, config)) == ["globex"]
    assert apps.same_app(acme, config) == []
    assert apps.shares_profile(globex, config)
    assert apps.refusal(globex, config).startswith(
        "its Profile-Key is also that of acme: each customer needs an"
    )


async def test_each_key_is_looked_at_once_and_one_that_is_shared_until_it_is_put_right(
    openbao: OpenBao, make: Make, path: str
) -> None:
    acme, globex, hooli = (owner(path, name) for name in ("acme", "globex", "hooli"))
    config, apps, vault = Config(customers=(acme, globex, hooli)), XApps(), make()
    for one, key in ((acme, "canary-1"), (globex, "canary-1"), (hooli, "canary-2")):
        put(openbao, one, key)

    async def looked_at(about: Customer) -> list[str]:
        found = await apps.survey(vault, config, "test", about)
        return sorted(one.customer for one in found)

    assert await looked_at(hooli) == ["acme", "globex", "hooli"]
    assert await looked_at(hooli) == []
    assert await looked_at(globex) == ["acme"]
    assert ids(apps.sharing(globex, config)) == ["acme"]

    put(openbao, acme, "canary-3")
    await apps.survey(vault, config, "test", globex)
    assert apps.sharing(globex, config) == apps.to_survey(config, globex) == []


async def test_those_that_were_seen_with_one_key_can_be_looked_at_anew_all_together(
    openbao: OpenBao, make: Make, path: str
) -> None:
    acme, globex = owner(path, "acme"), owner(path, "globex")
    config, apps, vault = Config(customers=(acme, globex)), XApps(), make()
    for one in (acme, globex):
        put(openbao, one, "canary-1")
    await apps.survey(vault, config, "test")
    put(openbao, acme, "canary-2")
    assert await apps.survey(vault, config, "test") == []
    assert apps.sharing(globex, config) == [acme]

    found = await apps.look_anew(vault, [acme, globex], "test")
    assert (sorted(one.customer for one in found), apps.sharing(globex, config)) == (["acme", "globex"], [])


async def test_a_survey_that_meets_no_vault_is_made_later(
    openbao: OpenBao, make: Make, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = owner(path, "acme"), owner(path, "globex")
    config, apps = Config(customers=(acme, globex)), XApps()
    for one in (acme, globex):
        put(openbao, one, "canary-1")

    monkeypatch.setattr(x_apps, "REST_S", 0.0)
    assert await apps.survey(make(vault_addr="http://127.0.0.1:9"), config, "test") == []
    assert apps.to_survey(config) == apps.unknown(config) == [acme, globex]

    assert len(await apps.survey(make(), config, "test")) == 2
    assert apps.unknown(config) == []
    assert ids(apps.sharing(acme, config)) == ["globex"]


async def test_another_path_is_another_secret_and_is_looked_at(
    openbao: OpenBao, make: Make, path: str
) -> None:
    acme, moved = owner(path, "acme"), owner(f"{path}/new", "acme")
    apps = XApps()
    put(openbao, acme, "canary-1")
    await apps.survey(make(), Config(customers=(acme,)), "test")
    assert apps.to_survey(Config(customers=(moved,))) == [moved]


def test_what_is_remembered_is_no_key_and_means_nothing_to_another_process(path: str) -> None:
    acme, globex = owner(path, "acme"), owner(path, "globex")
    ours, theirs = XApps(), XApps()
    for apps in (ours, theirs):
        for one in (acme, globex):
            apps.note(one, CustomerKeys("canary-1", None, "canary-2", Reading(path, 1, None)))
    no_secret_in(repr(vars(ours)))
    assert (
        len({mark for apps in (ours, theirs) for marks in vars(apps)["_marks"].values() for mark in marks})
        == 4
    )
