"""Each of the five questions has an answer of two sentences, and every test that is named as its proof is there."""

import ast
import re
from functools import cache

import pytest

from scheduler.custody.compliance import CREDENTIALS
from tests.conftest import ROOT
from tests.unit.markdown import DOCS, rows, section

TEXT = (DOCS / "explanation" / "five-questions.md").read_text()
QUESTIONS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


@cache
def defined_in(file: str) -> set[str]:
    """The tests that a file defines, without importing it."""
    body = ast.parse((ROOT / file).read_text()).body
    functions = (one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return {one.name for one in functions if one.name.startswith("test_")}


def test_there_are_five() -> None:
    assert len(QUESTIONS) == 5
    assert all(question.endswith("?") for question in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_two_sentences_and_names_its_proof(question: str) -> None:
    answer = section(TEXT, question)
    sentences = answer.strip().partition("\n\n")[0].splitlines()
    assert [line[-1] for line in sentences] == [".", "."]
    assert not [line for line in sentences if re.search(r"[.?!] [A-Z]", line)], "a line is a sentence"
    assert all("::test_" in proof for _, proof in rows(answer))
    assert len(rows(answer)) >= 3


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda value: value)
def test_every_test_that_is_named_is_there(file: str, name: str) -> None:
    assert (ROOT / file).is_file()
    assert name in defined_in(file)


def test_nothing_that_looks_like_a_tests_name_is_overlooked() -> None:
    assert len(NAMED) == TEXT.count("::") > 20


def test_the_report_says_of_credentials_what_the_first_answer_says() -> None:
    assert CREDENTIALS in " ".join(section(TEXT, QUESTIONS[0]).split())
