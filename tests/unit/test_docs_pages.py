"""The documentation hangs together: links lead somewhere, words are the project's own, the examples are accepted."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scheduler import common, config
from scheduler.config import COMMON_KEYS, KNOWN_KEYS
from scheduler.customer import Prices
from tests.conftest import ROOT
from tests.unit.markdown import DECISIONS, DOCS, PAGES, rows, section, shown

EXAMPLE = ROOT / "config"
THE_DESIGNS_WORDS = (
    "attempt", "baseline", "customer", "engine", "entry", "feed", "fire", "ledger", "outcome", "post", "route",
)  # fmt: skip
OTHER_WORDS_FOR_THEM = re.compile(r"\b(tenant|tweet|story|stories|article|retweet)s?\b", re.IGNORECASE)
BOASTING = re.compile(
    r"\b(seamless|powerful|robust|blazing|effortless|leverage|cutting-edge|world-class|enterprise-grade|simply|"
    r"easily|just works|state-of-the-art|best-in-class|game-chang\w+)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("file", PAGES, ids=shown)
def test_every_link_leads_somewhere(file: Path) -> None:
    text = re.sub(r"```.*?```", "", file.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (file.parent / path).resolve() if path else file
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text()), target


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        file = waiting.pop()
        if file in seen or file.suffix != ".md":
            continue
        seen.add(file)
        targets = re.findall(r"\]\(([^)#\s]+)", file.read_text())
        waiting += [
            found
            for target in targets
            if "://" not in target and (found := (file.parent / target).resolve()).is_file()
        ]

    assert {file for file in PAGES if file not in seen} <= {DOCS / "README.md"}


@pytest.mark.parametrize("file", PAGES, ids=shown)
def test_a_page_is_plain(file: Path) -> None:
    text = file.read_text()

    assert [match[0] for match in BOASTING.finditer(text)] == []
    assert text.count("\n# ") + text.startswith("# ") >= 1
    assert not re.search(r"[ \t]$", text, re.MULTILINE), "space at the end of a line"


@pytest.mark.parametrize("file", PAGES, ids=shown)
def test_a_page_uses_the_projects_own_words(file: Path) -> None:
    prose = re.sub(
        r"```.*?```|`[^`]*`|whole story|same story|its story", "", file.read_text(), flags=re.DOTALL
    )

    assert [match[0] for match in OTHER_WORDS_FOR_THEM.finditer(prose)] == []


@pytest.mark.parametrize("word", THE_DESIGNS_WORDS)
def test_the_glossary_has_the_word(word: str) -> None:
    assert f"| {word} |" in (DOCS / "glossary.md").read_text()


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_has_a_question_an_answer_and_what_was_rejected(file: Path) -> None:
    text = file.read_text()

    assert re.match(r"# .+\?\n", text)
    assert section(text, "Answer").strip()
    assert "- **" in section(text, "Rejected")
    assert len(text) < 3_000, "half a page"


def test_decisions_are_numbered_and_listed() -> None:
    listed = rows((DOCS / "decisions" / "README.md").read_text())

    assert [int(file.name[:4]) for file in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert [f"[{file.read_text().splitlines()[0][2:]}]({file.name})" for file in DECISIONS] == [
        row[1] for row in listed
    ]


def test_the_example_configuration_has_no_mistake() -> None:
    found = config.load(EXAMPLE)

    assert [customer.id for customer in found.customers] == ["acme"]


def test_the_example_of_firetime_toml_shows_the_defaults() -> None:
    assert config.load(EXAMPLE).common == common.Common()


def test_the_examples_show_every_key() -> None:
    common = (EXAMPLE / "firetime.toml").read_text()
    for key in ("contact", "domain", "operator"):
        common = common.replace(f"# {key}", key)
    customer = (EXAMPLE / "customers" / "acme.toml").read_text().replace("# sign_in", "sign_in")

    assert keys_of(tomllib.loads(common)) == {key for keys in COMMON_KEYS.values() for key in keys}
    assert keys_of(tomllib.loads(customer)) == {key for keys in KNOWN_KEYS.values() for key in keys}


def keys_of(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(keys_of, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    named = {
        name for table in ("variants", "map") for name in value.get(table, {})
    }  # by people, not by the program
    return {*value, *(key for inner in value.values() for key in keys_of(inner))} - named


def test_the_readme_names_the_prices_that_the_program_reckons_with() -> None:
    readme = (ROOT / "README.md").read_text()
    prices = Prices()

    assert f"${prices.x_post_usd} for a post without a link" in readme
    assert f"${prices.x_post_with_link_usd} for one with a link" in readme
    assert (
        f"${300 * prices.x_post_with_link_usd:.2f} with links and ${300 * prices.x_post_usd:.2f} without"
        in readme
    )


def test_the_readme_says_the_most_important_things_on_its_first_screen() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:30])

    for needed in (
        "make demo",
        "make test",
        "──►",
        "Vault",
        "Ayrshare",
        "## From the demo to your own feeds",
    ):
        assert needed in first_screen
