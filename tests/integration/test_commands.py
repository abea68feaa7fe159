"""Every command as a person and as a program would use it."""

import json
import secrets
from pathlib import Path

import pytest

from scheduler.demo.openbao import OpenBao
from tests.process import firetime
from tests.world import World, make_world, until, wait_for_state


@pytest.fixture
async def posted(world: World) -> World:
    """A world in which one post was delivered and one is held."""
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.feeds.add("acme", "First")
        await wait_for_state(parts, "delivered")
        world.sandbox.state.add_fault("credits", times=1)
        world.feeds.add("acme", "Second")
        await wait_for_state(parts, "held")
    return world


async def test_queue_and_history_list_posts_as_table_and_json(posted: World) -> None:
    env = posted.environment
    (held,) = (await firetime("queue", "--json", env=env)).json
    (delivered,) = (await firetime("history", "--json", env=env)).json
    assert (held["state"], held["waits_for"]) == ("held", "credits")
    assert delivered["state"] == "delivered"

    table = (await firetime("queue", env=env)).out
    assert "p2" in table
    assert "waits for credits" in table
    assert "buy credits in the X developer console" in " ".join(table.split())
    assert "https://x.com/acme/status/" in (await firetime("history", env=env)).out
    assert (await firetime("queue", "--customer", "globex", "--json", env=env)).json == []


async def test_explain_tells_the_whole_story_of_a_post_and_of_an_entry(posted: World) -> None:
    env = posted.environment
    story = (await firetime("explain", "p1", "--json", env=env)).json
    assert [line["action"] for line in story["ledger"]] == ["post_scheduled", "post_deliver"]
    assert story["attempts"][0]["vault_request_id"]
    told = (await firetime("explain", "e2", env=env)).out
    assert "First" in told
    assert "post_deliver" in told

    for wrong in ("p99", "e99", "17", "x"):
        done = await firetime("explain", wrong, env=env)
        assert done.code == 1
        assert done.err.startswith("firetime: ")


async def test_release_and_cancel_act_on_all_posts_or_on_none(posted: World) -> None:
    env = posted.environment
    both = await firetime("release", "p2", "p1", env=env)
    assert both.code == 1
    assert "a post that is delivered cannot release" in both.err
    assert (await firetime("queue", "--json", env=env)).json[0]["state"] == "held", "nothing was changed"

    assert (await firetime("cancel", "p2", "--json", env=env)).json[0]["state"] == "cancelled"
    again = await firetime("cancel", "p2", env=env)
    assert again.code == 1
    assert "nothing can happen to it any more" in again.err


async def test_feeds_list_and_poll_work_without_a_daemon(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    env = world.environment
    assert (await firetime("feeds", "list", "--json", env=env)).json == []
    (feed,) = (await firetime("feeds", "poll", "--json", env=env)).json
    assert feed["title"] == "acme"
    assert feed["problem"] is None
    world.feeds.add("acme", "Hello")
    assert (await firetime("feeds", "poll", env=env)).code == 0
    assert [p["text"].split("\n")[0] for p in (await firetime("queue", "--json", env=env)).json] == ["Hello"]

    unknown = await firetime("feeds", "poll", "https://elsewhere.example/feed", env=env)
    assert unknown.code == 1
    assert "no route uses https://elsewhere.example/feed" in unknown.err


async def test_preview_shows_the_exact_text_and_stores_nothing(world: World) -> None:
    link = world.feeds.add("acme", "Hello &amp; welcome")
    world.add_customer("acme")
    env = world.environment
    (route,) = (await firetime("preview", "--json", env=env)).json
    (entry,) = route["entries"]
    assert entry["text"] == f"Hello & welcome\n{link}"
    assert entry["weighted_length"] == len("Hello & welcome\n") + 23
    assert entry["price_usd"] == "0.200"

    by_url = (await firetime("preview", f"{world.feeds.url}/acme.xml", "--json", env=env)).json
    assert by_url[0]["entries"][0]["text"] == entry["text"]
    assert "Hello & welcome" in (await firetime("preview", "acme/blog", env=env)).out
    assert not (world.folder / "firetime.db").exists()

    wrong = await firetime("preview", "nonsense", env=env)
    assert wrong.code == 1
    assert "routes: acme/blog" in wrong.err
    gone = await firetime("preview", f"{world.feeds.url}/nothing/here", "--json", env=env)
    assert gone.code == 1
    assert "404" in gone.json[0]["problem"]


async def test_db_upgrade_is_idempotent(world: World) -> None:
    env = world.environment
    first = (await firetime("db", "upgrade", "--json", env=env)).json
    assert first["before"] is None
    second = (await firetime("db", "upgrade", "--json", env=env)).json
    assert second == {"before": first["after"], "after": first["after"]}


async def test_check_is_content_when_all_is_well(world: World) -> None:
    world.add_customer("acme")
    done = await firetime("check", "--json", env=world.environment)

    assert done.code == 0, done.out
    assert done.json["ok"]
    assert {finding["subject"] for finding in done.json["findings"]} == {
        "configuration",
        "vault",
        "ayrshare",
        "keys",
        "profile",
    }
    text = (await firetime("check", env=world.environment)).out
    assert not [secret for secret in world.secrets if secret in text + done.out]


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
    assert "the token is wrong, expired or revoked" in " ".join(refused.out.split())
    assert "is sealed: unseal it" in sealed.out
    assert "cannot be reached" in away.out


async def test_check_says_when_ayrshare_cannot_be_reached_or_refuses_the_key(world: World) -> None:
    world.add_customer("acme")
    away = await firetime(
        "check", env=world.environment | {"FIRETIME_AYRSHARE_URL": "http://127.0.0.1:9/api"}
    )
    assert away.code == 1
    assert "Ayrshare cannot be reached" in away.out
    world.openbao.write(f"{world.prefix}/ayrshare", {"api_key": "wrong"})
    refused = await firetime("check", env=world.environment)
    assert refused.code == 1
    assert "does not accept the API key" in refused.out


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"FIRETIME_CONFIG": "/nowhere"}, "/nowhere: no such folder"),
        ({"FIRETIME_LISTEN": "8420"}, "FIRETIME_LISTEN: give host:port"),
        ({"FIRETIME_LSITEN": "127.0.0.1:1"}, "did you mean FIRETIME_LISTEN?"),
        ({"VAULT_ADDR": "http://vault.example:8200"}, "use https://"),
        ({"FIRETIME_DATABASE_URL": "sqlite:////proc/nowhere/x.db"}, "firetime:"),
    ],
)
async def test_a_mistake_in_the_settings_is_one_clear_line(
    world: World, environment: dict[str, str], words: str
) -> None:
    world.add_customer("acme")
    done = await firetime("run", env=world.environment | environment)

    assert done.code == 1
    lines = [line for line in done.err.splitlines() if line.startswith("firetime:")]
    assert len(lines) == 1, done.err
    assert words in lines[0]


async def test_wrong_use_is_exit_code_2(world: World) -> None:
    for arguments in (["nonsense"], ["queue", "--limit", "0"], ["explain"]):
        assert (await firetime(*arguments, env=world.environment)).code == 2


async def test_sandbox_runs_alone(world: World) -> None:
    import asyncio
    import signal

    from tests.process import FIRETIME

    process = await asyncio.create_subprocess_exec(
        FIRETIME, "sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE, env={"PATH": "/usr/bin"}
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 15)
    assert b"http://127.0.0.1:" in line
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_json_is_json_alone(posted: World) -> None:
    for command in (["queue"], ["history"], ["explain", "p1"], ["feeds", "list"], ["check"]):
        done = await firetime(*command, "--json", env=posted.environment)
        json.loads(done.out)
