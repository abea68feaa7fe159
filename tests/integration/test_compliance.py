"""The compliance report as a whole: by a real OpenBao and a real database, or without the one or the other."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from scheduler import config
from scheduler.actions import Action, Order, carry_out
from scheduler.bootstrap import open_vault
from scheduler.clock import utc_now
from scheduler.custody.compliance import Report, Verdict
from scheduler.custody.compliance_report import Instance, report
from scheduler.delivery import readings
from scheduler.lifecycle import State
from scheduler.settings import Settings
from scheduler.store import attempts, posts, proof, spend
from scheduler.views import NotFound
from tests.process import firetime, in_terminal
from tests.stored import add_posts, fresh
from tests.world import World

SUBJECTS = [
    "own_app", "permissions", "automated_label", "bio", "consent", "duplicate_guard", "released", "mention_guard",
    "hashtags", "caps", "budget", "rotation", "requests", "halts",
]  # fmt: skip
WHOLE = """
[budget]
x_usd_per_month = 25
[attested]
permissions = { by = "Jane Doe", on = 2026-11-02 }
automated_label = { by = "Jane Doe", on = 2026-11-02 }
bio = { by = "Jane Doe", on = 2026-11-02 }
consent = { by = "Jane Doe", on = 2026-11-02 }
"""


async def made(world: World, only: str | None = None, **settings: Any) -> Report:
    """The report that the command prints."""
    given = world.settings.model_copy(update=settings)
    found, problems = config.inspect(given.config)
    with open_vault(given, lambda: found.common.vault) as vault:
        return await report(Instance(given, found, problems), vault, utc_now(), only)


def lines(found: Report, customer: str = "acme") -> dict[str, tuple[Verdict, str]]:
    sheet = next(one for one in found.sheets if one.customer == customer)
    return {line.subject: (line.verdict, line.says) for line in sheet.lines}


def history(settings: Settings) -> None:
    """X took a post of acme's yesterday; one was held as a duplicate, and released by alice."""
    now = utc_now()
    with fresh(settings.database_url) as database, database.write() as session:
        out, held = add_posts(session, 2, state=State.HELD)
        attempts.begin(session, out, "ft-1", now - timedelta(days=1))
        attempts.finish(session, out, now, "Delivered")
        spend.add(session, out, now - timedelta(days=1), is_certain=True)
        posts.postpone(session, held, None, waits_for="duplicate")
        again = posts.get(session, held.id)
        assert again is not None
        carry_out(session, Order(Action.RELEASE, "alice", now), [again], config.Config())


async def test_it_is_good_where_all_is_known_and_right(world: World) -> None:
    world.add_customer("acme", rest=WHOLE)
    history(world.settings)

    done = await firetime("compliance", "--json", env=world.environment)

    assert (done.code, done.err, done.json["ok"], done.json["notes"]) == (0, "", True, [])
    (acme,) = done.json["customers"]
    assert [line["subject"] for line in acme["lines"]] == SUBJECTS
    says = {line["subject"]: line["says"] for line in acme["lines"]}
    assert f"X took a post on {utc_now() - timedelta(days=1):%Y-%m-%d}" in says["permissions"]
    assert says["requests"] == "1 in the last 30 days: 1 delivered"
    assert "p2 (duplicate) by alice on" in says["released"]
    assert f"version 1 of secret/{world.prefix}/acme was put there on" in says["rotation"]
    shown = await in_terminal("compliance", env=world.environment, columns=80)
    assert max(map(len, shown)) <= 80
    assert any(line.startswith("  good       Own X app        no other customer") for line in shown)
    assert [secret for secret in world.secrets if secret in f"{done.out}{shown}"] == []


async def test_each_reading_is_in_the_ledger_with_what_it_was_for(world: World) -> None:
    for name in ("acme", "globex"):
        world.add_customer(name)
    world.add_customer("half", keys={"x_api_secret": "s"})
    world.add_customer("linked", route='platforms = ["linkedin"]\n')
    history(world.settings)
    found = await made(world, "acme")
    assert [sheet.customer for sheet in found.sheets] == ["acme"]
    with fresh(world.settings.database_url) as database, database.read() as session:
        noted = proof.latest_lines(session, readings.ACTION, None, 10)
    told = [(line.content["customer"], line.content["detail"]["for"]) for line in noted]
    assert told == [(name, "compliance") for name in ("acme", "globex", "half", "half", "linked")]


async def test_who_shares_an_app_is_told_and_one_end_customer_is_good(world: World) -> None:
    keys = {name: world.secret(name) for name in ("x_api_key", "x_api_secret", "profile_key")}
    for name, end in (("acme", '"One"'), ("globex", '"One"'), ("hooli", '"Two"')):
        world.add_customer(name, keys=keys, rest=f"end_customer = {end}")
    found = await made(world)
    assert lines(found)["own_app"][0] is Verdict.TO_DO
    assert "is also that of hooli" in lines(found)["own_app"][1]
    assert "is also that of acme, globex" in lines(found, "hooli")["own_app"][1]
    (world.config / "customers" / "hooli.toml").unlink()
    assert lines(await made(world))["own_app"] == (
        Verdict.GOOD,
        "shared with globex, declared one end customer: One",
    )


async def test_half_a_pair_may_be_half_of_anothers(world: World) -> None:
    shared = world.secret("shared")
    world.add_customer(
        "acme",
        keys={key: world.secret(key) for key in ("x_api_secret", "profile_key")} | {"x_api_key": shared},
    )
    world.add_customer("half", keys={"x_api_key": shared})
    found = await made(world)
    assert lines(found)["own_app"][0] is Verdict.TO_DO
    assert lines(found)["own_app"][1].startswith("its X API key is also that of half")
    says = lines(found, "half")["own_app"][1]
    assert "lacks x_api_secret and profile_key; its X API key is also that of acme" in says


async def test_asked_live_it_names_the_account_and_the_readings_are_in_the_ledger(world: World) -> None:
    world.add_customer("acme", rest=WHOLE)
    world.add_customer("half", keys={"x_api_secret": "s"})
    history(world.settings)
    done = await firetime("compliance", "--live", "--json", env=world.environment)
    acme, half = ({line["subject"]: line for line in one["lines"]} for one in done.json["customers"])
    assert acme["account"]["facts"] == {"handle": "acme", "linked": True}
    assert half["account"]["verdict"] == "not_known"
    with fresh(world.settings.database_url) as database, database.read() as session:
        noted = proof.latest_lines(session, readings.ACTION, None, 10)
    assert [line.content["customer"] for line in noted] == ["acme", "half", "half", None]


async def test_without_a_database_it_says_what_is_not_known_and_makes_none(world: World) -> None:
    world.add_customer("acme", rest=WHOLE)
    found = await made(world)
    unknown = {subject for subject, (verdict, _) in lines(found).items() if verdict is Verdict.NOT_KNOWN}
    assert unknown == {"released", "requests", "halts"}
    assert found.notes == ("there is no database yet: what has happened so far is not known",)
    assert not found.is_good
    assert [file.name for file in world.folder.iterdir()] == ["config"]


@pytest.mark.parametrize(
    "trouble", [{"vault_addr": "http://127.0.0.1:9"}, {"vault_token": SecretStr("wrong")}]
)
async def test_without_vault_it_says_what_is_not_known_and_when_keys_were_read_last(
    world: World, trouble: dict[str, Any]
) -> None:
    world.add_customer("acme", rest=WHOLE)
    history(world.settings)
    await made(world)
    found = await made(world, **trouble)
    assert lines(found)["own_app"][0] is Verdict.NOT_KNOWN
    verdict, says = lines(found)["rotation"]
    assert verdict is Verdict.GOOD
    assert says.endswith(f", as it was read on {utc_now():%Y-%m-%d}")
    assert "127.0.0.1" in found.notes[0]


async def test_a_customer_whose_file_has_mistakes_has_a_sheet_as_well(world: World) -> None:
    world.add_customer("acme")
    (world.config / "customers" / "globex.toml").write_text("name = 3\n")
    found = await made(world, "globex")
    (sheet,) = found.sheets
    assert {line.subject for line in sheet.lines} == {"configuration"}
    assert "globex.toml: name: give a text in quotes" in sheet.lines[0].says
    assert not found.is_good
    with pytest.raises(NotFound, match="there is no customer 'acmee'; there is acme, globex"):
        await made(world, "acmee")


async def test_a_customer_without_x_needs_no_app(world: World) -> None:
    world.add_customer("acme", route='platforms = ["linkedin"]\n')
    found = lines(await made(world))
    assert found["own_app"] == (Verdict.GOOD, "it needs none: none of its routes posts to X")
    assert not {"permissions", "caps", "budget"} & found.keys()
    assert found["rotation"][0] is Verdict.GOOD


async def test_the_page_is_written_where_it_is_asked_for_and_printed_for_a_dash(world: World) -> None:
    world.add_customer("acme")
    done = await firetime("compliance", "--html", "-", env=world.environment)
    assert done.code == 1, "nobody attests anything"
    assert done.out.startswith("<!doctype html>")
    assert "How credentials are handled" in done.out
    refused = await firetime("compliance", "--html", "-", "--json", env=world.environment)
    assert refused.code == 2
    world.write_common("mount = 3\n")
    broken = await firetime("compliance", env=world.environment)
    assert (broken.code, broken.out) == (1, "")
    assert "firetime.toml: vault.mount" in broken.err
