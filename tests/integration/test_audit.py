"""`firetime audit` against a real OpenBao with its audit log: what holds is proven, and whatever was touched shows."""

import gzip
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import requests
import typer
from pydantic import SecretStr

from feeds.database import Database
from scheduler import config
from scheduler.cli.audit import run_audit
from scheduler.common import Common, VaultLayout
from scheduler.custody.audit import Audit, Question, audit
from scheduler.custody.audit_log import read_logs
from scheduler.custody.audit_readings import secrets_of
from scheduler.customer import Customer
from scheduler.delivery.vault import WHY, Vault
from scheduler.settings import Settings
from scheduler.store import migrate
from scheduler.store.chain import CONTENT, Head, link
from scheduler.store.looking import looking
from scheduler.store.proof import lines
from tests.chaos.bao import SealableBao
from tests.process import firetime
from tests.world import World, make_world, until, wait_for_state


@dataclass
class Audited:
    """A world that has posted, and its database and OpenBao's log, of which each test has copies."""

    world: World
    bao: SealableBao
    database: Path
    log: Path

    def audit(self, **asked: Any) -> Audit:
        with looking(f"sqlite:///{self.database}") as session:
            question = Question(**{"logs": [self.log], **asked})
            return audit(session, config.inspect(self.world.config)[0], None, question)

    def found(self, **asked: Any) -> dict[str, int]:
        result = self.audit(**asked).vault
        assert result is not None
        return {str(kind): count for kind, count in result.joined.counts.items() if count}

    def rewrite_log(self, keeps: Callable[[dict[str, Any]], bool]) -> None:
        """Keep these lines, between two others of an hour before and after."""
        told = [json.loads(line) for line in self.log.read_text().splitlines()]
        around = [{**told[0], "time": _shifted(told[0]["time"], hours)} for hours in (-1, 1)]
        told = [around[0], *filter(keeps, told), around[1]]
        self.log.write_text("".join(json.dumps(one) + "\n" for one in told))

    def rewrite_ledger(self, *statements: str) -> None:
        """As somebody does who may do anything with the database, and leaves its guard as it was."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("DROP TRIGGER ledger_no_update")
            connection.execute("DROP TRIGGER ledger_no_delete")
            connection.execute("DROP TRIGGER ledger_no_replace")
            for statement in statements:
                connection.execute(statement)
        database = Database(f"sqlite:///{self.database}")
        migrate.upgrade(database)
        database.close()


def _shifted(time: str, hours: int) -> str:
    return (datetime.fromisoformat(time) + timedelta(hours=hours)).isoformat()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def posted(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Audited]:
    """One post is delivered, one is held since its customer's secret has half a pair."""
    folder = tmp_path_factory.mktemp("audited")
    async with SealableBao(folder / "bao") as bao, make_world(folder, bao) as world:
        for name in ("acme", "globex"):
            world.feeds.add(name, "Old")
        world.add_customer("acme")
        world.add_customer("globex", keys={"x_api_key": world.secret("half")})
        async with world.daemon() as parts:
            await until(lambda: len(world.feeds.requests) >= 4, "two polls of each")
            world.feeds.add("acme", "First")
            await wait_for_state(parts, "delivered")
            world.feeds.add("globex", "Second")
            await wait_for_state(parts, "held")
        shutil.copy(bao.audit_log, folder / "audit.log")
        yield Audited(world, bao, folder / "firetime.db", folder / "audit.log")


@pytest.fixture
def audited(posted: Audited, tmp_path: Path) -> Audited:
    made = Audited(posted.world, posted.bao, tmp_path / "firetime.db", tmp_path / "audit.log")
    shutil.copy(posted.database, made.database)
    shutil.copy(posted.log, made.log)
    return made


async def test_readings_attempts_and_vaults_log_are_joined_one_to_one(audited: Audited) -> None:
    env = {**audited.world.environment, "FIRETIME_DATABASE_URL": f"sqlite:///{audited.database}"}
    told = await firetime("audit", "--json", "--vault-log", str(audited.log), env=env)

    assert told.code == 0, told.err
    vault = {one["what"]: one["count"] for one in told.json["vault"]["findings"]}
    assert {what: count for what, count in vault.items() if count} == {
        "joined": len(told.json["readings"]),
        "attempts": 1,
    }
    assert {one["for"] for one in told.json["readings"]} >= {"start", "p1/1", "p2/1"}
    (attempt,) = told.json["attempts"]
    assert (attempt["post"], attempt["customer"], attempt["outcome"]) == ("p1", "acme", "Delivered")
    assert attempt["vault_request_id"] in audited.log.read_text()
    for secret in audited.world.secrets:
        assert secret not in told.out


async def test_a_person_sees_what_it_means_and_a_noted_head_is_confirmed(audited: Audited) -> None:
    env = {**audited.world.environment, "FIRETIME_DATABASE_URL": f"sqlite:///{audited.database}"}
    head = str(audited.audit(logs=[]).chain.head)
    packed = gzip.compress(audited.log.read_bytes())
    told = await firetime("audit", "--vault-log", "-", "--head", head, env=env, text=packed)

    assert told.code == 0, told.out
    assert "p1/1" in told.out
    assert f"Its head is {head}" in told.out
    assert f"It still has the line that was noted as {head}" in told.out
    assert "0  readings that were not Firetime's" in told.out
    assert told.out.endswith("All of it holds.\n")


def test_who_else_reads_is_told_and_what_a_killed_firing_has_read_is_not(audited: Audited) -> None:
    bao, url = audited.bao, f"{audited.bao.url}/v1/secret/data/{audited.world.prefix}/acme"
    other = bao.client.auth.token.create(policies=["root"])["auth"]["client_token"]
    for token, why in (
        (bao.token, None),
        (other, "p1/1"),
        (bao.token, "p1/1"),
        (bao.token, "p1/9"),
        (bao.token, "check"),
        ("bad", "p1/1"),
    ):
        answer = requests.get(url, headers={"X-Vault-Token": token} | ({WHY: why} if why else {}), timeout=10)
        assert answer.ok is (token != "bad")
    before = audited.found()
    shutil.copy(bao.audit_log, audited.log)
    after = audited.found()

    gained = {kind: after[kind] - before.get(kind, 0) for kind in after if after[kind] != before.get(kind, 0)}
    assert gained == {"strangers": 3, "unused": 1, "commands": 1, "refused": 1}
    assert not audited.audit().is_good
    strict = audited.found(strict=True)
    assert strict == {**before, "strangers": 5, "refused": after["refused"]}, "whoever signs in as Firetime"


@pytest.mark.parametrize("customer", ["acme", "globex"])
def test_one_customer_alone_is_audited_by_its_own_secrets(audited: Audited, customer: str) -> None:
    done = audited.audit(customer=customer)

    assert done.is_good
    assert {one.customer for one in done.readings} == {customer}
    assert [name for _, name in done.attempts] == ["acme"] * (customer == "acme")


def test_what_is_taken_out_of_vaults_log_is_missing(audited: Audited) -> None:
    request_id = audited.audit().attempts[0][0].vault_request_id
    audited.rewrite_log(lambda _: True)
    assert audited.audit().is_good
    audited.rewrite_log(lambda one: one["request"]["id"] != request_id)

    assert {"missing": 1, "attempts_missing": 1}.items() <= audited.found().items()
    assert not audited.audit().is_good


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE ledger SET message = 'nothing' WHERE id = 3", "line 3 ("),
        ("UPDATE ledger SET detail = 'no json' WHERE id = 3", "line 3 ("),
        (
            """UPDATE ledger SET detail = '{"readings": [1, {"path": [], "version": {}}]}' WHERE id = 1""",
            "line 1 (",
        ),
        ("UPDATE ledger SET at = 'long ago' WHERE id = 3", "long ago) was changed"),
        ("UPDATE ledger SET at = '9999-12-31T23:59:59-23:00' WHERE id = 3", "line 3 ("),
        (f"UPDATE ledger SET detail = '{'[' * 5000}' WHERE id = 3", "line 3 ("),
        ("UPDATE ledger SET customer = x'00ff' WHERE id = 3", "line 3 ("),
        ("DELETE FROM ledger WHERE id = 3", "1 line is missing before line 4 ("),
        ("DELETE FROM ledger WHERE id > 3", "missing at the end: the ledger's head counts"),
        ("DELETE FROM ledger_head", "the ledger's own head is gone"),
        ("UPDATE ledger_head SET lines = 'many'", "the ledger's own head is gone"),
    ],
)
def test_whatever_is_done_to_the_ledger_is_told_with_its_line(
    audited: Audited, statement: str, told: str
) -> None:
    assert audited.audit().chain.problems == ()
    audited.rewrite_ledger(statement)

    (problem,) = audited.audit().chain.problems
    assert told in problem


def test_a_ledger_that_was_written_anew_as_a_whole_is_found_by_a_noted_head(audited: Audited) -> None:
    noted = audited.audit().chain.head
    with looking(f"sqlite:///{audited.database}") as session:
        found = list(lines(session))
    before, statements = "", ["UPDATE ledger SET message = 'nothing' WHERE id = 3"]
    for number, line in enumerate(found, 1):
        content = line.content if number != 3 else {**line.content, "message": "nothing"}
        assert set(content) == set(CONTENT)
        before = link(before, number, content)
        statements.append(f"UPDATE ledger SET hash = '{before}' WHERE id = {line.id}")
    audited.rewrite_ledger(*statements, f"UPDATE ledger_head SET hash = '{before}'")

    assert audited.audit().is_good
    assert audited.audit(noted=[Head(2, found[1].hash)]).is_good
    (problem,) = audited.audit(noted=[noted]).chain.problems
    assert problem.startswith(f"line {noted.lines} has another hash than was noted")


def test_an_attempt_that_claims_another_reading_is_told(audited: Audited) -> None:
    audited.rewrite_ledger("UPDATE attempt SET vault_version = 7")

    done = audited.audit(logs=[], limit=0)
    assert (done.attempts, done.readings) == ([], [])
    assert [attempt.post_id for attempt, _ in done.compared.unlike] == [1]
    assert not done.is_good


def test_what_was_read_before_the_ledger_began_is_no_problem(audited: Audited) -> None:
    with looking(f"sqlite:///{audited.database}") as session:
        began = next(lines(session)).content["at"]
    request_id = audited.audit(logs=[]).attempts[0][0].vault_request_id
    told = [json.loads(line) for line in audited.log.read_text().splitlines()]
    (_, reading) = (one for one in told if one["request"]["id"] == request_id)
    for hours in (-1, 1):
        at = (began + timedelta(hours=hours)).isoformat()
        reading |= {"time": at, "request": reading["request"] | {"id": at, "headers": {}}}
        with audited.log.open("a") as log:
            log.write(json.dumps(reading) + "\n")

    assert {"before": 1, "strangers": 1}.items() <= audited.found().items()


@pytest.mark.parametrize(
    ("mount", "kv_version", "namespace"), [("kv1/x", 1, None), ("kv2", 2, None), ("secret", 2, "team")]
)
async def test_the_log_names_a_secret_as_we_do_in_every_kind_of_store(
    audited: Audited, mount: str, kv_version: int, namespace: str | None
) -> None:
    client = audited.bao.client
    if namespace:
        client.adapter.post(f"/v1/sys/namespaces/{namespace}")
        client = type(client)(url=client.url, token=client.token, namespace=namespace)
    client.sys.enable_secrets_engine("kv", path=mount, options={"version": str(kv_version)})
    layout = VaultLayout.model_validate({"mount": mount, "kv_version": kv_version})
    customer = Customer(id="acme", name="Acme", timezone="UTC", vault_path="customers/acme")
    data, path = {"x_api_key": "some-key"}, "customers/acme" if kv_version == 1 else "data/customers/acme"
    await until(lambda: _written(client, f"/v1/{mount}/{path}", data if kv_version == 1 else {"data": data}))
    settings = Settings(
        vault_addr=audited.bao.url, vault_token=SecretStr(audited.bao.token), vault_namespace=namespace
    )
    vault = Vault(settings, lambda: layout)
    reading = (await vault.identity(customer, why="check")).reading
    vault.close()

    found = config.Config(common=Common(vault=layout), customers=(customer,))
    log = read_logs([audited.bao.audit_log], secrets_of(found, namespace, {}))
    read = log.reads[reading.request_id or ""]
    assert (read.secret, read.version, read.why) == (reading.path, reading.version, "check")


def _written(client: Any, path: str, data: Any) -> bool:
    try:
        client.adapter.post(path, json=data)
    except Exception:  # noqa: BLE001 - a new store is set up for a moment
        return False
    return True


@pytest.mark.parametrize("head", ["12", "x:y", f"5:{'g' * 64}", ":"])
def test_a_head_has_a_form(head: str) -> None:
    with pytest.raises(typer.BadParameter, match="NUMBER:HASH"):
        run_audit([], None, 100, [head], as_json=True)


def test_the_strict_need_vaults_log() -> None:
    with pytest.raises(typer.BadParameter, match="give --vault-log, too"):
        run_audit([], None, 100, [], strict=True, as_json=True)
