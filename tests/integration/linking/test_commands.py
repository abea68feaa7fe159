"""`customers list`, `link` and `unlink`, as an operator runs them."""

import csv
import re
import stat
from io import StringIO
from pathlib import Path

import httpx

from scheduler.model import X
from tests.integration.linking.conftest import ADMIN
from tests.process import firetime, in_terminal
from tests.stored import fresh
from tests.world import World


def two_customers(world: World) -> dict[str, str]:
    """`acme` and `globex`, linked with no app of their own, and a database; gives the environment of commands."""
    with fresh(world.settings.database_url):
        pass
    for name in ("acme", "globex"):
        world.add_customer(name)
    for profile in world.sandbox.state.profiles.values():
        profile.x_app = None
    file = world.config / "customers" / "globex.toml"
    file.write_text(file.read_text().replace('name = "globex"', 'name = "=cmd()|Globex"'))
    return world.environment | {"FIRETIME_PUBLIC_URL": "http://127.0.0.1:8420", "FIRETIME_ADMIN_TOKEN": ADMIN}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


async def test_links_are_made_for_those_who_are_missing_until_none_is(world: World) -> None:
    env = two_customers(world)
    before = await firetime("customers", "list", "--csv", "-", env=env)
    shown = await in_terminal("customers", "list", env=env, columns=80)
    made = await firetime("customers", "link", "--by", "alice", env=env)
    addresses = re.findall(r"http://\S+/sandbox/link/\S+", made.out)
    async with httpx.AsyncClient(verify=False) as http:
        for address in addresses:
            await http.post(address)
    again = await firetime("customers", "link", env=env)
    after = await firetime("customers", "list", "--json", env=env)

    assert (before.code, made.code, again.code, after.code) == (0, 0, 0, 0)
    assert [(row["customer"], row["name"], row["status"]) for row in rows_of(before.out)] == [
        ("acme", "acme", "shared app"),
        ("globex", "'=cmd()|Globex", "shared app"),
    ]
    assert max(map(len, shown)) <= 80
    assert [line.rstrip() for line in shown[1:3]] == [
        "acme      shared app  @acme",
        "    acme, in Ayrshare acme",
    ]
    assert shown[-1] == "2 customers post to X; linked with an app of their own: 0."
    assert len(addresses) == 2
    assert made.out.startswith("acme (acme)\n    http://")
    assert "good for 5 minutes, until " in made.out
    assert again.out == "Every customer that posts to X is linked with an app of its own.\n"
    assert {row["status"] for row in after.json["customers"]} == {"own app"}
    assert all(row["page_made_at"] for row in after.json["customers"])
    assert (after.json["unused_profiles"], after.json["problem"]) == ([], None)
    said = before.out + made.out + made.err + again.out + after.out
    assert not [one for one in world.secrets if one in said]


async def test_invitations_go_into_a_file_and_each_works_once_the_daemon_runs(
    world: World, tmp_path: Path
) -> None:
    env = two_customers(world)
    world.openbao.write(f"{world.prefix}/acme", {"x_api_key": "half"})
    file = tmp_path / "invitations.csv"
    made = await firetime("customers", "link", "globex", "acme", "--invite", "--csv", str(file), env=env)
    globex, acme = rows_of(file.read_text())

    assert made.code == 1, "one of them cannot be invited"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (globex["customer"], globex["status"], globex["why"]) == ("globex", "invitation made", "")
    assert re.fullmatch(r"http://127\.0\.0\.1:8420/link/[0-9a-f]{32}\.[0-9a-f]{64}", globex["address"])
    assert re.fullmatch(r"\d+ \w+ 20\d\d, \d\d:\d\d \(UTC\)", globex["good_until"])
    assert (acme["status"], acme["address"]) == ("failed", "")
    assert "lacks x_api_secret and profile_key" in acme["why"]
    assert "1 invitation, each for one use" in made.out
    assert (f"): in {file}\n" in made.out, globex["address"] in made.out) == (True, False)
    async with world.daemon() as parts, httpx.AsyncClient(verify=False) as http:
        going = await http.post(f"{parts.web.url}link/{globex['address'].rpartition('/')[2]}")
        await http.post(going.headers["location"])
    listed = await firetime("customers", "list", "--missing", "--json", env=env)

    assert going.status_code == 303
    assert (listed.code, [row["customer"] for row in listed.json["customers"]]) == (1, ["acme"])


async def test_unlinking_asks_first(world: World) -> None:
    env = two_customers(world)
    profile = next(one for one in world.sandbox.state.profiles.values() if one.title == "acme")
    nobody_there = await firetime("customers", "unlink", "acme", env=env)
    assert (nobody_there.code, X in profile.networks) == (1, True)
    assert "give --yes" in nobody_there.err
    assert list(world.sandbox.state.requests) == []

    done = await firetime("customers", "unlink", "acme", "--yes", env=env)
    assert (done.code, X in profile.networks) == (0, False)
    assert (
        done.out == "acme (@acme): unlinked: nothing goes to X for this customer until it is linked again\n"
    )
    assert X in world.sandbox.state.profiles[None].networks


async def test_wrong_use_and_a_vault_that_is_away_are_told(world: World) -> None:
    env = two_customers(world)
    alone = await firetime("customers", "list", "--json", env=env | {"VAULT_ADDR": "http://127.0.0.1:1"})
    assert [(row["customer"], row["status"]) for row in alone.json["customers"]] == [
        ("acme", "unknown"), ("globex", "unknown"),
    ]  # fmt: skip
    assert (alone.code, "cannot be reached" in alone.json["problem"]) == (1, True)
    del env["FIRETIME_PUBLIC_URL"]
    assert "set FIRETIME_PUBLIC_URL" in (await firetime("customers", "link", "--invite", env=env)).err
    unknown = await firetime("customers", "link", "amce", env=env)
    assert (unknown.code, "no customer 'amce'; known: acme, globex" in unknown.err) == (1, True)
    nowhere = await firetime("customers", "link", "--csv", "/nowhere/at/all.csv", env=env)
    assert (nowhere.code, "/nowhere/at/all.csv cannot be written: No such file" in nowhere.err) == (1, True)
    assert list(world.sandbox.state.requests) == []
