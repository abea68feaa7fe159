"""The commands that act on posts and customers, as a person and as a program uses them."""

import json
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from feeds.database import Database
from scheduler.cli.acting import is_person
from scheduler.cli.app import app
from scheduler.errors import Explained
from scheduler.lifecycle import State
from scheduler.store import halts, posts
from tests.stored import NOW, add_entries, add_post
from tests.unit.config_folder import ROUTE, SMALL, Folder

Run = Callable[..., Result]
TEXT = {"text": "Out of the feed", "variants": {}}


@pytest.fixture
def environment(tmp_path: Path, database: Database, database_file: Path) -> dict[str, str]:
    """Settings over a database with p1 and p2, which await approval, p3, which is held, and p4, which is out."""
    (tmp_path / "config").mkdir()
    Folder(tmp_path / "config").customer(SMALL + ROUTE)
    states = (State.AWAITING_APPROVAL, State.AWAITING_APPROVAL, State.HELD, State.DELIVERED)
    with database.write() as session:
        for entry, state in zip(add_entries(session, *"abcd"), states, strict=True):
            post = add_post(session, entry, state=state, **TEXT)
            if state is State.HELD:
                posts.postpone(session, post, None, waits_for="paused", reason="because")
    return {
        "FIRETIME_CONFIG": str(tmp_path / "config"),
        "FIRETIME_DATABASE_URL": f"sqlite:///{database_file}",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Runs a command in this process."""

    def run(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=text, env=environment)

    return run


def done(result: Result) -> Any:
    """What a command that went well printed as JSON."""
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def refused(result: Result) -> str:
    """Why a command was refused, as `main` prints it."""
    assert isinstance(result.exception, Explained), (result.output, result.exception)
    return str(result.exception)


def last_line(run: Run, post_id: str) -> str:
    return str(done(run("explain", post_id, "--json"))["ledger"][-1]["message"])


@pytest.mark.parametrize(
    ("uid", "shell", "is_somebody"),
    [
        (0, "/bin/bash", False),
        (999, "/bin/bash", False),
        (1000, "/usr/sbin/nologin", False),
        (65_534, "/bin/false", False),
        (1000, "/bin/bash", True),
    ],
)
def test_root_and_services_are_nobody_who_could_attest_anything(
    uid: int, shell: str, *, is_somebody: bool
) -> None:
    assert is_person(pwd.struct_passwd(("name", "x", uid, uid, "", "/", shell))) is is_somebody


def test_who_asks_is_the_login_name_unless_another_is_given(run: Run) -> None:
    done(run("approve", "p1", "--json"))
    assert last_line(run, "p1") == f"approved by {pwd.getpwuid(os.getuid()).pw_name}"
    done(run("reject", "p2", "--by", "alice", "--reason", "wrong tone", "--json"))
    assert last_line(run, "p2") == "rejected by alice: wrong tone"

    assert run("cancel", "p1", "--by", " ").exit_code == 2
    assert run("cancel", "p1", "--reason", "x" * 301).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["approve", "--customer", "acme"], ["p1", "p2"]),
        (["release", "--waits-for", "paused"], ["p3"]),
        (["cancel", "--state", "held", "--route", "blog"], ["p3"]),
        (["reschedule", "--all", "--at", "2h"], ["p1", "p2", "p3"]),
        (["send-now", "p3", "p1"], ["p3", "p1"]),
        (["retry", "--all"], []),
    ],
)
def test_many_posts_are_acted_on_in_one_go(run: Run, arguments: list[str], ids: list[str]) -> None:
    before = done(run("queue", "--json"))
    rehearsed = done(run(*arguments, "--dry-run", "--json"))
    assert done(run("queue", "--json")) == before
    acted = done(run(*arguments, "--json"))

    assert [post["id"] for post in acted] == [post["id"] for post in rehearsed] == ids
    assert (done(run("queue", "--json")) != before) is bool(ids)


def test_what_was_done_is_shown_and_a_rehearsal_says_that_it_is_one(run: Run) -> None:
    shown = run("approve", "p1", "--dry-run").stdout
    assert re.search(r"^p1 .* scheduled ", shown, re.MULTILINE)
    assert "a person has let it pass: approval" in shown
    assert "This is how it would be: nothing is changed yet." in shown
    assert run("retry", "--all").stdout == "No post can be retried: nothing is done.\n"
    nothing = run("retry", "--customer", "acme").stdout
    assert nothing == "No post that passes the filter can be retried: nothing is done.\n"


def test_the_queue_shows_why_a_post_is_due_when_it_is(run: Run) -> None:
    assert run("queue").stdout.count("    at once\n") == 2, "of p1 and p2; p3 is held, p4 is out"
    run("reschedule", "p1", "--at", "2h", "--by", "alice")
    assert "    set by alice\n" in run("queue").stdout


def test_what_expires_before_its_turn_is_told_so_in_the_queue(run: Run, database: Database) -> None:
    with database.write() as session:
        (entry,) = add_entries(session, "late")
        expires = {"expires_at": NOW, "wake_at": NOW}
        add_post(session, entry, due_at=NOW + timedelta(hours=1), due_reason="now", **expires)
    shown = run("queue").stdout
    assert "    expires 2026-11-22 12:00:00Z, before its turn\n" in shown
    assert "next try at" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["approve"],
        ["approve", "p1", "--all"],
        ["approve", "p1", "--customer", "acme"],
        ["reschedule", "p1"],
        ["edit", "--text", "x"],
        ["pause"],
        ["pause", "acme", "--all"],
        ["resume"],
        ["resume", "acme", "--common"],
        ["resume", "--all", "--common"],
    ],
    ids=" ".join,
)
def test_a_command_that_does_not_say_what_is_meant_is_wrong_use(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_refusal_names_every_post_and_changes_nothing(run: Run) -> None:
    why = refused(run("release", "p1", "p3", "p4")).splitlines()
    assert [line.partition(":")[0] for line in why] == ["p1", "p4"]
    assert done(run("explain", "p3", "--json"))["post"]["state"] == "held"
    assert "known: acme" in refused(run("approve", "--customer", "nobody"))
    assert "known: blog" in refused(run("approve", "--customer", "acme", "--route", "nope"))
    assert "has passed" in refused(run("reschedule", "p1", "--at", "2026-01-01T00:00"))


def test_a_text_comes_from_an_option_or_from_standard_input(run: Run) -> None:
    (post,) = done(run("edit", "p1", "--text", "My words", "--json"))
    assert (post["text"], post["price_usd"], post["waived"]) == ("My words", "0.015", ["own_words"])
    (post,) = done(run("edit", "p1", "--text", "-", "--by", "alice", "--json", text="Two\n\nlines\n"))
    assert post["text"] == "Two\n\nlines"
    assert last_line(run, "p1") == "text edited by alice, $0.015"
    told = run("explain", "p1").stdout
    assert "before, on twitter: My words" in told
    assert "in a person's own words" in told

    assert "it is 1 too long" in refused(run("edit", "p1", "--text", "x" * 281))
    assert "with --text" in refused(run("edit", "p1"))


def test_on_a_terminal_an_editor_opens_with_the_text(environment: dict[str, str]) -> None:
    ours, its = os.openpty()
    try:
        firetime = Path(sys.executable).parent / "firetime"
        env = environment | {"PATH": os.environ["PATH"], "EDITOR": "sed -i -e 's/Out of/Fresh from/'"}
        ended = subprocess.run(
            [firetime, "edit", "p1", "--json"],
            env=env,
            stdin=its,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(its)

    assert json.loads(ended.stdout)[0]["text"] == "Fresh from the feed", ended.stderr


def test_a_customer_is_paused_listed_and_resumed(run: Run, database: Database) -> None:
    assert "Nothing stops any customer's posts." in run("halts").stdout
    assert run("pause", "acme", "--until", "2h").stdout.startswith("customer acme paused until 2")
    again = run("pause", "acme", "--reason", "launch is off", "--by", "eve").stdout
    assert again == "customer acme was paused already; now until it is resumed\n"
    (halt,) = done(run("halts", "--json"))
    assert (halt["customer"], halt["held"], halt["by"], halt["until_at"]) == ("acme", 1, "eve", None)
    shown = run("halts").stdout
    assert re.search(r"^acme +paused +.* eve +1 post$", shown, re.MULTILINE)
    assert "    paused by eve: launch is off\n    until it is resumed: firetime resume acme\n" in shown

    with database.write() as session:
        held = add_post(session, *add_entries(session, "dear"), state=State.HELD)
        posts.postpone(session, held, None, waits_for="budget", reason="spent")
    done(run("pause", "--all", "--json"))
    resumed = run("resume", "acme").stdout.splitlines()
    assert resumed[:2] == ["customer acme no longer waits for paused", "1 post released"]
    assert resumed[2] == (
        "still stopped: every customer waits for paused (firetime resume --common ends that)"
    )
    assert resumed[3] == (
        "1 post of customer acme held for budget, which no resume ends: firetime queue --customer acme says what does"
    )
    done(run("cancel", "p5", "--json"))
    run("pause", "acme")
    assert run("resume", "--common").stdout == "every customer no longer waits for paused\n0 posts released\n"
    assert run("resume", "--common").stdout == "Nothing stops all customers at once.\n"
    assert run("resume", "--all").stdout.startswith("customer acme no longer waits for paused")
    assert run("resume", "acme").stdout == "Nothing stops them.\n"
    assert done(run("resume", "acme", "--json")) == {"ended": [], "released": [], "still": []}


def test_a_halt_that_ends_by_itself_says_how_it_ends_at_once(run: Run, database: Database) -> None:
    with database.write() as session:
        for customer in ("acme", "*"):
            halts.add(session, customer, "", "credentials", "no key", "firetime", NOW, probe_at=NOW)
    shown = run("halts").stdout
    for command in ("firetime resume acme", "firetime resume --common"):
        assert f" to see; at once with {command}\n" in shown


def test_a_mistake_in_the_prices_stops_an_edit_and_nothing_else(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config" / "firetime.toml").write_text("[prices]\nx_post_usd = 'much'\n")
    assert "firetime.toml" in refused(run("edit", "p1", "--text", "My words"))
    assert len(done(run("approve", "p1", "--json"))) == 1


def test_posts_that_wait_for_vault_are_told_where_people_ask_what_stops_them(
    run: Run, database: Database
) -> None:
    assert "Nothing stops any customer's posts." in run("halts").output
    with database.write() as session:
        (entry,) = add_entries(session, "e")
        post = add_post(session, entry, **TEXT)
        posts.postpone(session, post, NOW, waits_for="vault", reason="sealed")
    output = run("halts").output

    assert "Nothing stops" not in output
    assert "1 due post waits for vault" in output


def test_a_pause_without_a_database_pauses_nobody_and_says_so(
    environment: dict[str, str], tmp_path: Path
) -> None:
    gone = environment | {"FIRETIME_DATABASE_URL": f"sqlite:///{tmp_path}/gone.db"}
    result = CliRunner().invoke(app, ["pause", "acme"], env=gone)

    assert isinstance(result.exception, Explained)
    assert "there is no database" in str(result.exception)
    assert not (tmp_path / "gone.db").exists()
