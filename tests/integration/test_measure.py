"""`firetime measure`, as a person and as a program use it."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.process import FIRETIME, Done, firetime

POST = "New: #Widgets 4.2 is out, $ACME rises, says @bob https://acme.example.com/blog/4.2?id=1"
KEYS = ["weighted_length", "valid", "urls", "hashtags", "cashtags", "mentions", "price_usd"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """No configuration at all."""
    return {"FIRETIME_CONFIG": str(tmp_path / "none")}


async def piped(*arguments: str, text: bytes, env: dict[str, str]) -> Done:
    """Run `firetime measure` with this on its standard input."""
    return await firetime("measure", *arguments, env=env, text=text)


def answers(done: Done) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.out.splitlines()]


async def test_a_person_sees_what_x_makes_of_a_text(env: dict[str, str]) -> None:
    done = await firetime("measure", POST, env=env)

    assert done.code == 0
    assert [line.split(maxsplit=1) for line in done.out.splitlines()] == [
        ["length", "72 of 280"],
        ["valid", "yes"],
        ["URLs", "https://acme.example.com/blog/4.2?id=1"],
        ["hashtags", "#Widgets"],
        ["cashtags", "$ACME"],
        ["mentions", "@bob"],
        ["price", "$0.200"],
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a" * 281, "no: it is 1 too long"),
        ("", "no: it is empty"),
        ("a\ufeff", "no: it holds U+FEFF, which X takes in no post"),
    ],
    ids=["long", "empty", "refused"],
)
async def test_a_text_that_x_refuses_is_given_the_reason(env: dict[str, str], text: str, reason: str) -> None:
    done = await firetime("measure", text, env=env)

    assert reason in done.out
    assert "none" in done.out


async def test_a_program_gets_json(env: dict[str, str]) -> None:
    done = await firetime("measure", POST, "--json", env=env)

    assert done.json == {
        "weighted_length": 72,
        "valid": True,
        "urls": ["https://acme.example.com/blog/4.2?id=1"],
        "hashtags": ["Widgets"],
        "cashtags": ["ACME"],
        "mentions": ["bob"],
        "price_usd": "0.200",
    }


async def test_a_text_comes_from_standard_input_without_its_last_line_break(env: dict[str, str]) -> None:
    done = await piped("-", "--json", text="日本\nnews\n".encode(), env=env)

    assert done.json["weighted_length"] == 9
    assert done.json["price_usd"] == "0.015"


async def test_input_that_is_no_text_is_named(env: dict[str, str]) -> None:
    done = await piped("-", text=b"\xff\xfe", env=env)

    assert (done.code, done.out, done.err) == (1, "", "firetime: standard input is not UTF-8 text\n")


async def test_control_characters_do_not_reach_the_terminal(env: dict[str, str]) -> None:
    done = await piped("-", text=b"http://\x1b1.com", env=env)

    assert "http://\\x1b1.com" in done.out


async def test_each_line_of_json_is_answered_by_one(env: dict[str, str]) -> None:
    texts = ["x.ai", "", "#a \ud800 👍🏽", "line\nbreak", "a" * 300]
    lines = "".join(json.dumps(text) + "\n" for text in texts)

    done = await piped("--jsonl", "-", text=lines.encode(), env=env)

    found = answers(done)
    assert (done.code, done.err) == (0, "")
    assert [list(one) for one in found] == [KEYS] * len(texts)
    assert [one["weighted_length"] for one in found] == [23, 0, 8, 10, 300]
    assert [one["valid"] for one in found] == [True, False, True, True, False]
    assert [one["price_usd"] for one in found] == ["0.200", "0.015", "0.015", "0.015", "0.015"]


@pytest.mark.parametrize("wrong", ["x", "1", '["a"]', '"a', "[" * 100_000, '"a" "b"', "null"])
async def test_a_line_that_is_no_json_string_costs_no_other_line_its_answer(
    env: dict[str, str], wrong: str
) -> None:
    done = await piped("--jsonl", "-", text=f'"a"\n{wrong}\n"bc"\n'.encode(), env=env)

    problem = 'line 2: is no JSON string; write a text as "..."'
    first, second, third = answers(done)
    assert (first["weighted_length"], second, third["weighted_length"]) == (1, {"error": problem}, 2)
    assert done.err == f"firetime: {problem}\n"
    assert done.code == 1


async def test_lines_come_from_a_file_too(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('"a"\n"x.ai"')

    done = await firetime("measure", "--jsonl", str(file), env=env)
    missing = await firetime("measure", "--jsonl", str(tmp_path / "no.jsonl"), env=env)

    assert [one["urls"] for one in answers(done)] == [[], ["x.ai"]]
    assert missing.code == 2
    assert "no.jsonl" in re.sub(r"[\s│]", "", missing.err), "the frame around it may break it anywhere"


async def test_a_line_is_answered_before_the_next_one_comes(env: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        FIRETIME,
        *("measure", "--jsonl", "-"),
        env=env,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for text in ("a", "bc"):
        process.stdin.write(json.dumps(text).encode() + b"\n")
        await process.stdin.drain()
        answer = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        assert answer["weighted_length"] == len(text)
    process.stdin.close()

    assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_prices_are_those_of_the_configuration(tmp_path: Path) -> None:
    env = {"FIRETIME_CONFIG": str(tmp_path)}
    common = tmp_path / "firetime.toml"
    common.write_text("[prices]\nx_post_usd = 0.02\nx_post_with_link_usd = 0.3\n")
    found = [(await firetime("measure", text, "--json", env=env)).json for text in ("a", "x.ai")]
    common.write_text("[prices]\nx_post_eur = 0.02\n")
    broken = await firetime("measure", "a", env=env)

    assert [one["price_usd"] for one in found] == ["0.020", "0.300"]
    assert broken.code == 1
    assert "x_post_eur" in broken.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "or --jsonl with a file"), (("a", "--jsonl", "-"), "either a text or --jsonl, not both")],
    ids=["nothing", "both"],
)
async def test_a_text_or_lines_are_needed(env: dict[str, str], arguments: tuple[str, ...], told: str) -> None:
    done = await firetime("measure", *arguments, env=env)

    assert done.code == 2
    assert told in " ".join(done.err.replace("│", " ").split())


async def test_it_starts_without_what_only_the_daemon_needs() -> None:
    heavy = ("aiohttp", "apscheduler", "feedparser", "hvac", "httpx", "rich", "sqlalchemy", "structlog")
    program = f"import sys, scheduler.cli.measure; print([name for name in {heavy} if name in sys.modules])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()

    assert out == b"[]\n"
