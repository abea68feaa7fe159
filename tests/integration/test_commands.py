"""Every command as a person and as a program would use it."""

import json
import sqlite3
from contextlib import closing

import pytest

from tests.process import firetime, in_terminal
from tests.world import World, until, wait_for_state


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
    posted.add_customer("globex", keys={})
    assert (await firetime("queue", "--customer", "globex", "--json", env=env)).json == []


@pytest.mark.parametrize("command", ["queue", "history"])
async def test_a_customer_that_nobody_knows_is_told_so(posted: World, command: str) -> None:
    done = await firetime(command, "--customer", "nobody", env=posted.environment)

    assert done.code == 1
    assert "knows a customer 'nobody'; known: acme" in done.err
    (posted.config / "customers" / "acme.toml").unlink()
    assert (await firetime(command, "--customer", "acme", env=posted.environment)).code == 0, "its posts do"


async def test_in_a_terminal_of_80_columns_a_reason_and_a_link_have_lines_of_their_own(posted: World) -> None:
    env = posted.environment
    queue = await in_terminal("queue", env=env, columns=80)
    (row,) = [line for line in queue if line.startswith("p2 ")]
    assert row.split() == ["p2", *row.split()[1:3], "held", "$0.200", "acme/blog"]
    (reason,) = [line for line in queue if line.startswith("    waits for credits: ")]
    assert len(reason) > 60, "it has the whole width"
    assert "buy credits in the X developer console" in " ".join(" ".join(queue).split())

    history = await in_terminal("history", env=env, columns=80)
    (link,) = [line.strip() for line in history if line.startswith("    https://")]
    assert link == posted.sandbox.state.published("twitter")[0].post_ids[0]["postUrl"]

    story = await in_terminal("explain", "p2", env=env, columns=80)
    attempt = story.index(next(line for line in story if line.startswith("attempt  ")))
    assert story[attempt + 1].split()[-3:] == ["held", "402", "402"]
    told = " ".join(" ".join(story[attempt + 2 :]).split())
    assert "the X developer account is out of credits" in told
    assert "idempotency key ft-" in told


async def test_a_post_that_is_tried_again_by_itself_says_when(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    async with world.daemon() as parts:
        await until(lambda: len(world.feeds.requests) >= 2, "two polls")
        world.sandbox.state.add_fault("rate_limit", retry_after=3000)
        world.feeds.add("acme", "First")
        await until(lambda: world.sandbox.state.counters["faults"], "the fault")
        (post,) = await wait_for_state(parts, "scheduled")
        await until(lambda: world.sandbox.state.requests[-1].status == 429, "the answer")
    (post,) = (await firetime("queue", "--json", env=world.environment)).json
    table = (await firetime("queue", env=world.environment)).out

    assert post["next_try_at"] > post["due_at"]
    assert "waits for rate limit: " in table
    assert f"next try at {post['next_try_at'][:19].replace('T', ' ')}Z" in table


async def test_explain_tells_the_whole_story_of_a_post_and_of_an_entry(posted: World) -> None:
    env = posted.environment
    story = (await firetime("explain", "p1", "--json", env=env)).json
    assert [line["action"] for line in story["ledger"]] == ["post_scheduled", "keys_read", "post_deliver"]
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
    assert "a post that is delivered cannot be released" in both.err
    assert (await firetime("queue", "--json", env=env)).json[0]["state"] == "held", "nothing was changed"

    assert (await firetime("cancel", "p2", "--json", env=env)).json[0]["state"] == "cancelled"
    again = await firetime("cancel", "p2", env=env)
    assert again.code == 1
    assert "nothing more can be done with it" in again.err


async def test_feeds_list_and_poll_work_without_a_daemon(world: World) -> None:
    world.feeds.add("acme", "Old")
    world.add_customer("acme")
    env = world.environment
    assert "there is no database" in (await firetime("feeds", "list", "--json", env=env)).err
    (feed,) = (await firetime("feeds", "poll", "--json", env=env)).json
    assert feed["title"] == "acme"
    assert feed["problem"] is None
    world.feeds.add("acme", "Hello")
    assert (await firetime("feeds", "poll", env=env)).code == 0
    assert [p["text"].split("\n")[0] for p in (await firetime("queue", "--json", env=env)).json] == ["Hello"]

    unknown = await firetime("feeds", "poll", "https://elsewhere.example/feed", env=env)
    assert unknown.code == 1
    assert "no route uses https://elsewhere.example/feed" in unknown.err


async def test_db_upgrade_is_idempotent(world: World) -> None:
    env = world.environment
    first = (await firetime("db", "upgrade", "--json", env=env)).json
    assert first["before"] is None
    second = (await firetime("db", "upgrade", "--json", env=env)).json
    assert second == {"before": first["after"], "after": first["after"]}


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
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    assert b"http://127.0.0.1:" in line
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_json_is_json_alone(posted: World) -> None:
    for command in (["queue"], ["history"], ["explain", "p1"], ["feeds", "list"], ["check"]):
        done = await firetime(*command, "--json", env=posted.environment)
        json.loads(done.out)


async def test_polling_by_hand_while_a_file_is_broken_loses_nothing_of_that_customer(world: World) -> None:
    env = world.environment
    for name in ("acme", "globex"):
        world.feeds.add(name, "Old")
        world.add_customer(name)
    await firetime("feeds", "poll", env=env)
    file = world.config / "customers" / "acme.toml"
    content = file.read_text()
    file.write_text("x = [\n" + content)
    broken = await firetime("feeds", "poll", env=env)
    assert broken.code == 1
    assert "acme.toml" in broken.err
    file.write_text(content)
    world.feeds.add("acme", "New")
    await firetime("feeds", "poll", env=env)

    assert [p["text"].split("\n")[0] for p in (await firetime("queue", "--json", env=env)).json] == ["New"]


@pytest.mark.parametrize("command", [["queue"], ["history"], ["db", "upgrade"], ["feeds", "list"], ["run"]])
async def test_a_file_that_is_no_database_is_one_clear_line(world: World, command: list[str]) -> None:
    world.add_customer("acme")
    (world.folder / "firetime.db").write_text("this is no database, but a text of some length " * 50)
    done = await firetime(*command, env=world.environment)

    assert done.code == 1
    lines = [line for line in done.err.splitlines() if line.startswith("firetime:")]
    assert len(lines) == 1, done.err
    assert "file is not a database" in lines[0]


async def test_a_pipe_gets_no_spaces_at_the_ends_of_lines(posted: World) -> None:
    for command in ("queue", "history"):
        out = (await firetime(command, env=posted.environment)).out
        assert out.splitlines() == [line.rstrip() for line in out.splitlines()]
        assert any(line.startswith("    ") for line in out.splitlines())


async def test_the_story_of_a_digest_has_its_entries_and_not_the_first_ones_story(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.feeds.add("acme", title)
    world.add_customer("acme", route='first_poll = "newest 9"\n[route.digest]\nat = ["17:00"]\n')
    env = world.environment
    await firetime("feeds", "poll", env=env)
    with closing(sqlite3.connect(world.folder / "firetime.db")) as database, database:
        database.execute("UPDATE post_entry SET withdrawn = 1 WHERE entry_id = 1")
    story = (await firetime("explain", "p1", "--json", env=env)).json
    told = (await firetime("explain", "p1", env=env)).out

    assert story["entry"] is None
    assert sorted((one["id"], one["title"], one["withdrawn"]) for one in story["entries"]) == [
        ("e1", "One", True),
        ("e2", "Two", False),
        ("e3", "Three", False),
    ]
    assert told.startswith("post p1 of acme/blog is scheduled")
    listed = told[told.index("\nentry") :].splitlines()
    assert "e1     taken out" in listed
    assert [line.split() for line in listed if line.startswith("e2")] == [["e2"]]
    assert "    https://acme.example.com/2" in listed
    assert "entry" in (await firetime("explain", "e1", env=env)).out, "an entry has its own"
