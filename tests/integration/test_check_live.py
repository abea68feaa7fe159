"""`firetime check --live`: X itself proves each pair; and what a check says of shared apps, limits and its readings."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from scheduler import check, config
from scheduler.bootstrap import open_delivery
from scheduler.check import Finding
from scheduler.check.limits import check_limits
from scheduler.customer import Customer, XLimits
from scheduler.rules.x_rules import ANY_ACCOUNT
from tests.process import firetime
from tests.stored import fresh
from tests.world import World

SOCIAL = "/analytics/social"
MODEST = "[x]\nposts_per_day = 50\n"


async def checked(world: World, *, live: bool = False) -> list[Finding]:
    found, problems = config.inspect(world.config)
    async with open_delivery(world.settings, lambda: found.common.vault) as (vault, ayrshare):
        return await check.check(world.settings, found, problems, vault, ayrshare, live=live)


def of(findings: list[Finding], subject: str) -> dict[str, Finding]:
    return {finding.customer: finding for finding in findings if finding.subject == subject}


def asked_of_x(world: World) -> list[str]:
    return sorted(str(one.profile) for one in world.sandbox.state.requests if one.path == SOCIAL)


async def test_x_proves_the_keys_of_each_customer_that_posts_there_and_of_no_other(world: World) -> None:
    world.add_customer("acme")
    world.add_customer("wrong")
    world.add_customer("elsewhere", route='platforms = ["linkedin"]\n')
    world.add_customer("unlinked")
    new = world.config / "customers" / "new.toml"
    world.add_customer("new")
    new.write_text(new.read_text().partition("[[route]]")[0])
    profiles = {profile.title: profile for profile in world.sandbox.state.profiles.values()}
    profiles["elsewhere"].networks = {"linkedin"}
    profiles["unlinked"].networks = set()
    world.sandbox.state.add_fault("relink", path=SOCIAL, profile="wrong")

    without = await checked(world)
    assert asked_of_x(world) == [], "X is never called unless somebody asks for it: it costs"
    assert of(without, "x") == {}

    done = await firetime("check", "--live", "--json", env=world.environment)
    assert done.code == 1
    assert not [secret for secret in world.secrets if secret in done.out + done.err]
    found = {one["customer"]: one for one in done.json["findings"] if one["subject"] == "x"}
    assert {name: one["ok"] for name, one in found.items()} == {"acme": True, "new": True, "wrong": False}
    assert found["acme"]["message"] == "X accepts the keys for acme (@acme); it charges $0.010 for that"
    assert "firetime customers link wrong" in found["wrong"]["message"]
    assert asked_of_x(world) == ["acme", "new", "wrong"]
    assert of(without, "profile")["unlinked"].ok is False
    assert world.sandbox.state.posts == []


async def test_a_shared_x_app_is_a_problem_of_both(world: World) -> None:
    world.add_customer("acme")
    keys = dict(zip(("x_api_key", "x_api_secret", "profile_key"), world.secrets[-3:], strict=True))
    world.add_customer("beta", keys=keys)
    world.add_customer("gamma")
    found = of(await checked(world), "x_app")
    assert {name: finding.ok for name, finding in found.items()} == {"acme": False, "beta": False}
    assert "its X API key is also that of beta" in found["acme"].message
    assert "its X API key is also that of acme" in found["beta"].message

    for name in ("acme", "beta"):
        file = world.config / "customers" / f"{name}.toml"
        file.write_text(f'end_customer = "Group"\n{file.read_text()}')
    assert of(await checked(world), "x_app") == {}


async def test_what_was_read_is_in_the_ledger_where_there_is_one(world: World) -> None:
    world.add_customer("acme", rest=MODEST)
    world.add_customer("half", keys={"profile_key": world.secret("profile")})
    await checked(world)
    assert not (world.folder / "firetime.db").exists(), "a check makes no database"
    with fresh(world.settings.database_url) as database:
        await checked(world)
        with database.read() as session:
            rows = session.connection().execute(
                text("SELECT customer, detail FROM ledger WHERE action = 'keys_read'")
            )
            lines = [(customer, json.loads(detail)) for customer, detail in rows]
    read = {customer: detail["readings"][0] for customer, detail in lines}
    assert {detail["for"] for _, detail in lines} == {"check"}
    assert read[None]["path"] == f"secret/{world.prefix}/ayrshare"
    assert read["acme"]["path"] == f"secret/{world.prefix}/acme"
    assert all(reading["request_id"] for reading in read.values())
    assert not [secret for secret in world.secrets if secret in json.dumps(lines)]


async def test_a_database_of_another_version_is_one_finding_and_stops_no_other(world: World) -> None:
    world.add_customer("acme", rest=MODEST)
    with fresh(world.settings.database_url) as database, database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = '9999'"))
    findings = await checked(world)
    assert [finding.subject for finding in findings if not finding.ok] == ["database"]
    assert of(findings, "keys")["acme"].ok


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, None),
        (ANY_ACCOUNT.model_dump(), None),
        ({"posts_per_day": 2_401}, "posts_per_day is 2,401 (at most 2,400)"),
        ({"posts_per_half_hour": 51}, "posts_per_half_hour is 51 (at most 50)"),
        ({"posts_per_3_hours": 301}, "posts_per_3_hours is 301 (at most 300)"),
    ],
)
def test_limits_above_those_of_any_account_are_a_note(limits: dict[str, Any], words: str | None) -> None:
    customer = Customer(id="acme", name="Acme", timezone="UTC", vault_path="acme", x=XLimits(**limits))
    notes = check_limits(customer)
    assert [(note.ok, note.is_note) for note in notes] == ([(True, True)] if words else [])
    assert [note.message.partition(": ")[2] for note in notes] == ([words] if words else [])
