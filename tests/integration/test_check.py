"""`firetime check`: everything that a person should know before the daemon runs."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from scheduler import check, config
from scheduler.bootstrap import open_delivery
from scheduler.delivery.questions import DEADLINE_S
from scheduler.demo.openbao import OpenBao
from tests.process import firetime
from tests.world import World, make_world


async def test_check_is_content_when_all_is_well(world: World) -> None:
    world.add_customer("acme")
    done = await firetime("check", "--json", env=world.environment)

    assert done.code == 0, done.out
    assert done.json["ok"]
    assert {finding["subject"] for finding in done.json["findings"]} == {
        "configuration",
        "database",
        "vault",
        "ayrshare",
        "keys",
        "profile",
        "limits",
    }
    text = (await firetime("check", env=world.environment)).out
    assert not [secret for secret in world.secrets if secret in text + done.out]
    assert not (world.folder / "firetime.db").exists(), "a check makes nothing"

    async with world.daemon():
        beside_it = await firetime("check", "--json", env=world.environment)
    assert beside_it.json["ok"], beside_it.out


async def test_check_notes_a_token_that_may_do_too_much_or_lies_open(world: World, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(world.openbao.token)
    file.chmod(0o644)
    settings = world.settings.model_copy(update={"vault_token": None, "vault_token_file": file})
    found, problems = config.inspect(world.config)
    async with open_delivery(settings, lambda: found.common.vault) as (vault, ayrshare):
        findings = await check.check(settings, found, problems, vault, ayrshare)
    root, open_ = [one.message for one in findings if one.is_note and one.subject in ("vault", "secret_file")]
    assert "is a root token" in root
    assert open_ == f"others than its owner may open {file} (VAULT_TOKEN_FILE): chmod 600 it"


async def test_check_says_whom_it_did_not_look_at_without_vault(world: World) -> None:
    world.add_customer("acme")
    settings = world.settings.model_copy(update={"vault_addr": "http://127.0.0.1:1"})
    found, problems = config.inspect(world.config)
    async with open_delivery(settings, lambda: found.common.vault) as (vault, ayrshare):
        findings = await check.check(settings, found, problems, vault, ayrshare)
    assert [one.subject for one in findings if not one.ok] == ["vault", "customers"]


async def test_check_says_for_each_route_whether_it_can_sign_in(world: World) -> None:
    where = f"{world.prefix}/feeds"
    world.openbao.write(f"{where}/good", {"token": world.secret("token")})
    world.openbao.write(f"{where}/typed", {"username": "me", "password": world.secret("password") + "\n"})
    kinds = {"good": "bearer", "typed": "basic", "gone": "cookie"}
    routes = "".join(
        f'[[route]]\nid = "{name}"\nfeed = "https://acme.example/{name}"\n'
        f'sign_in = {{ kind = "{kind}", vault_path = "{where}/{name}" }}\n'
        for name, kind in kinds.items()
    )
    world.add_customer("acme", route=routes)
    done = await firetime("check", "--json", env=world.environment)

    assert done.code == 1
    found = [finding for finding in done.json["findings"] if finding["subject"] == "sign_in"]
    assert [(finding["customer"], finding["ok"]) for finding in found] == [
        ("acme", True), ("acme", False), ("acme", False),
    ]  # fmt: skip
    good, typed, gone = (finding["message"] for finding in found)
    assert good == "good: good"
    assert typed.startswith("typed: ")
    assert "password in its secret" in typed
    assert "has a line break" in typed
    assert "has no secret at secret/" in gone
    assert not [secret for secret in world.secrets if secret in done.out]


def text_file(file: Path) -> None:
    file.write_text("This is a text and no database. " * 99)


def tables_of_another_program(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE something (id INTEGER)")


def newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")


def folder_that_is_none(file: Path) -> None:
    file.parent.rmdir()
    file.parent.write_text("")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (text_file, "file is not a database"),
        (tables_of_another_program, "holds tables of another program"),
        (newer_version, "upgrade firetime"),
        (folder_that_is_none, "cannot be made: "),
    ],
)
async def test_check_says_when_the_database_cannot_be_used(
    world: World, spoil: Callable[[Path], None], words: str
) -> None:
    world.add_customer("acme")
    file = world.folder / "var" / "firetime.db"
    file.parent.mkdir()
    spoil(file)
    environment = world.environment | {"FIRETIME_DATABASE_URL": f"sqlite:///{file}"}
    done = await firetime("check", "--json", env=environment)

    assert done.code == 1
    (wrong,) = [finding for finding in done.json["findings"] if not finding["ok"]]
    assert wrong["subject"] == "database"
    assert words in wrong["message"]


async def test_check_shows_every_problem_at_once_by_customer(world: World) -> None:
    world.add_customer("good")
    world.add_customer("half", keys={"x_api_key": "k", "profile_key": "p"})
    world.add_customer("missing", keys={})
    world.add_customer("typo", route='[route.schedule]\nmin_gpa = "1m"\n')
    world.add_customer(
        "unlinked",
        keys=(keys := {name: secrets.token_hex(8) for name in ("x_api_key", "x_api_secret", "profile_key")}),
    )
    world.sandbox.state.add_profile(keys["profile_key"], "unlinked", networks=())
    (world.config / "customers" / "broken.toml").write_text("name = \n")

    done = await firetime("check", "--json", env=world.environment)

    assert done.code == 1
    wrong = {(f["customer"], f["subject"]): f["message"] for f in done.json["findings"] if not f["ok"]}
    assert "line 1" in wrong["broken", "configuration"]
    assert "min_gap" in wrong["typo", "configuration"]
    assert "lacks x_api_secret" in wrong["half", "keys"]
    assert "no secret" in wrong["missing", "keys"]
    assert "not linked" in wrong["unlinked", "profile"]
    assert not [name for name, _ in wrong if name == "good"]


async def test_check_tells_a_sealed_an_unreachable_and_a_refusing_vault_apart(tmp_path: Path) -> None:
    async with OpenBao() as bao, make_world(tmp_path, bao) as world:
        world.add_customer("acme")
        refused = await firetime("check", env=world.environment | {"VAULT_TOKEN": "wrong"})
        bao.seal()
        sealed = await firetime("check", env=world.environment)
        away = await firetime("check", env=world.environment | {"VAULT_ADDR": "http://127.0.0.1:9"})

    assert [refused.code, sealed.code, away.code] == [1, 1, 1]
    assert "the token is wrong, expired, used up or revoked" in " ".join(refused.out.split())
    assert "is sealed: unseal it" in sealed.out
    assert "cannot be reached" in away.out


async def test_check_says_when_ayrshare_cannot_be_reached_or_refuses_the_key(world: World) -> None:
    world.add_customer("acme", rest="[x]\nposts_per_day = 50\n")
    away = await firetime(
        "check", env=world.environment | {"FIRETIME_AYRSHARE_URL": "http://127.0.0.1:9/api"}
    )
    assert away.code == 1
    assert "Ayrshare cannot be reached" in away.out
    elsewhere = await firetime(
        "check", env=world.environment | {"FIRETIME_AYRSHARE_URL": world.sandbox.page_url}
    )
    assert elsewhere.code == 1
    url = world.sandbox.page_url.rstrip("/")
    assert (
        f"nothing at {url} answers like Ayrshare (HTTP 404); does FIRETIME_AYRSHARE_URL end in /api?"
        in elsewhere.out
    )
    assert "post" not in elsewhere.out.replace("profile", "")
    world.openbao.write(f"{world.prefix}/ayrshare", {"api_key": "wrong"})
    refused = await firetime("check", env=world.environment)
    assert refused.code == 1
    assert "does not accept the API key" in refused.out


async def test_check_waits_for_ayrshare_only_so_long(world: World) -> None:
    world.add_customer("acme")
    world.sandbox.state.add_fault("hang", path="/user", times=None)
    found, problems = config.inspect(world.config)
    async with open_delivery(world.settings, lambda: found.common.vault) as (vault, ayrshare):
        findings = await check.check(world.settings, found, problems, vault, ayrshare, deadline_s=0.2)

    (wrong,) = [finding for finding in findings if not finding.ok]
    assert wrong.message == f"Ayrshare at {world.sandbox.url} did not answer within 0.2 s"
    assert DEADLINE_S == 15
