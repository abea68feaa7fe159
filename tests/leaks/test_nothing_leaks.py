"""No secret is anywhere but in Vault and with those whom it is for, after each way in which something can fail."""

import logging
import secrets
import sqlite3
from collections.abc import AsyncIterator
from multiprocessing.util import get_temp_dir
from pathlib import Path

import pytest
import structlog

from scheduler import daemon
from scheduler.bootstrap import Parts
from scheduler.delivery import ayrshare
from tests.leaks import looks, story
from tests.leaks.kinds import KINDS
from tests.leaks.nest import Nest, make_nest
from tests.leaks.search import files, found, place
from tests.stored import fresh
from tests.unit.test_docs import commands

PLANTED = f"canary-planted-{secrets.token_hex(16)}"


NOT_RUN_HERE = {
    "demo": "it has a world of its own, and searches it",
    "measure": "it is given all that it says",
    "backtest": "it shows what preview shows",
    "db upgrade": "it names the database",
    "customers add": "it asks what check asks, and says the same",
    **dict.fromkeys(
        ("feeds poll", "feeds add", "feeds import", "feeds show", "feeds replay"),
        "they say what feeds list says",
    ),
    **dict.fromkeys(("feeds release", "feeds dismiss"), "they say what feeds held says"),
    **dict.fromkeys(("pause", "resume"), "they say what halts says"),
    **dict.fromkeys(
        ("approve", "reject", "edit", "reschedule", "send-now", "release", "retry", "cancel"),
        "they show a post as queue does",
    ),
}


def test_each_command_that_prints_json_is_searched_or_says_what_another_one_says() -> None:
    run = (*looks.COMMANDS, *looks.WHILE_AYRSHARE_REPEATS, "explain ID --json")
    with_json = {
        name.removeprefix("firetime ")
        for name, command in commands()
        if any("--json" in one.opts for one in command.params)
    }

    left_out = {name for name in with_json if not any(line.startswith(f"{name} ") for line in run)}
    assert left_out == set(NOT_RUN_HERE)


@pytest.fixture
async def nest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Nest]:
    with fresh(f"sqlite:///{tmp_path}/first.db"):  # which leaves a template in the usual temporary folder
        pass
    get_temp_dir()  # the fork server's socket stays where paths are short
    monkeypatch.setenv("TMPDIR", str(tmp_path / "world" / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(ayrshare, "TOTAL_TIMEOUT_S", 5.0)
    monkeypatch.setattr(daemon, "GRACE_S", 0.1)
    async with make_nest(tmp_path) as made:
        yield made


async def test_no_secret_is_anywhere_after_each_way_in_which_something_can_fail(
    nest: Nest, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = nest.world.folder
    with story.everything_logged(folder) as lines:
        async with story.at_work(nest, nest.settings) as parts:
            await story.first_firings(nest, parts)
            await story.look_ups(nest, parts)
            await story.everybodys_trouble(nest, parts)
            places = await looks.every_page(nest, parts)
            places += await looks.every_command(nest, parts)
            await story.cancelled(nest, parts)
        places += await looks.a_real_process(nest)
        async with story.at_work(nest, nest.settings_of_approle) as parts:
            await story.vault_trouble(nest, parts)
            places += [*await looks.every_page(nest, parts), *files(folder), place("logs", "\n".join(lines))]
            places += [place("output", "".join(capfd.readouterr()))]

            assert found(places, nest.secrets) == []
            await _each_kind_took_place(nest, parts)
            await _what_is_planted_is_found(nest, parts, lines)


async def _each_kind_took_place(nest: Nest, parts: Parts) -> None:
    struck = {(one.profile, one.fault) for one in nest.world.sandbox.state.requests}
    assert {(name, options["fault"]) for name, options in KINDS.items()} <= struck

    became = {}
    for name in ("cancelled", "killed", "rotated", "half", "denied", "twin-a", "sealed", "member-basic"):
        post = await story.of_customer(parts, name)
        became[name] = post["waits_for"] or post["state"]
    assert became == {
        "cancelled": "unknown",
        "killed": "unknown",
        "rotated": "delivered",
        "half": "credentials",
        "denied": "vault",
        "twin-a": "credentials",
        "sealed": "vault",
        "member-basic": "delivered",
    }


async def _what_is_planted_is_found(nest: Nest, parts: Parts, lines: list[str]) -> None:
    """In each place there is a leak now, and the same search sees them all."""
    del lines[:]
    (nest.world.folder / "tmp" / "planted").write_text(PLANTED)
    logging.getLogger("httpx").debug("%s", PLANTED)
    structlog.get_logger().critical("planted", exc_info=ValueError(PLANTED))
    number = (await story.of_customer(parts, "sealed"))["id"]
    with sqlite3.connect(nest.world.folder / "firetime.db") as database:
        database.execute("UPDATE post SET text = ? WHERE id = ?", (PLANTED, number[1:]))
    database.close()
    places = [
        *files(nest.world.folder),
        place("logs", "\n".join(lines)),
        *await looks.every_page(nest, parts),
    ]
    places += await looks.commands(nest, ["queue --json"])

    assert {hit.partition(":")[0] for hit in found(places, [PLANTED])} == {
        "firetime.db-wal",
        "firetime.log",
        "tmp/planted",
        "logs",
        "GET /",
        "GET /api/v1/queue",
        f"GET /api/v1/explain/{number}",
        "firetime queue --json",
    }
