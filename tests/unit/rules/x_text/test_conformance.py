"""X's own conformance suite, case by case, where its files lie beside the project."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from scheduler.rules.x_text.links import Link, find_links
from scheduler.rules.x_text.tags import (
    Tag,
    find_cashtags,
    find_hashtags,
    find_mentions,
    find_mentions_or_lists,
)
from scheduler.rules.x_text.tlds import TLDS
from scheduler.rules.x_text.weight import parse
from tests.conftest import FORCED_SKIP, ROOT

SUITE = ROOT.parent / "shared" / "twitter-text" / "conformance"
if not SUITE.is_dir():
    pytest.skip(f"{FORCED_SKIP}: no folder {SUITE}", allow_module_level=True)


def urls(text: str) -> list[str]:
    return [link.text for link in find_links(text)]


def names(find: Callable[[str], list[Tag]]) -> Callable[[str], list[str]]:
    return lambda text: [tag.name for tag in find(text)]


def placed(key: str, find: Callable[[str], list[Tag]]) -> Callable[[str], list[dict[str, Any]]]:
    return lambda text: [{key: tag.name, "indices": indices(tag)} for tag in find(text)]


def indices(found: Tag | Link) -> list[int]:
    return [found.start, found.end]


def placed_urls(text: str) -> list[dict[str, Any]]:
    return [{"url": link.text, "indices": indices(link)} for link in find_links(text)]


def placed_lists(text: str) -> list[dict[str, Any]]:
    return [
        {"screen_name": mention.name, "list_slug": mention.list_slug, "indices": indices(mention)}
        for mention in find_mentions_or_lists(text)
    ]


def counted(text: str, *, emoji: bool = True) -> dict[str, Any]:
    parsed = parse(text, emoji=emoji)
    return {
        "weightedLength": parsed.weighted_length,
        "valid": parsed.is_valid,
        "permillage": parsed.permillage,
        "displayRangeStart": parsed.display_start,
        "displayRangeEnd": parsed.display_end,
        "validRangeStart": parsed.valid_start,
        "validRangeEnd": parsed.valid_end,
    }


EXTRACT: dict[str, Callable[[str], Any]] = {
    "urls": urls,
    "urls_with_indices": placed_urls,
    "urls_with_directional_markers": placed_urls,
    "tco_urls_with_params": urls,
    "hashtags": names(find_hashtags),
    "hashtags_from_astral": names(find_hashtags),
    "hashtags_with_indices": placed("hashtag", find_hashtags),
    "cashtags": names(find_cashtags),
    "cashtags_with_indices": placed("cashtag", find_cashtags),
    "mentions": names(find_mentions),
    "mentions_with_indices": placed("screen_name", find_mentions),
    "mentions_or_lists_with_indices": placed_lists,
}
VALIDATE: dict[str, Callable[[str], Any]] = {
    "WeightedTweetsCounterTest": lambda text: counted(
        text, emoji=False
    ),  # it is older than emoji that count 2
    "WeightedTweetsWithDiscountedEmojiCounterTest": counted,
    "UnicodeDirectionalMarkerCounterTest": counted,
}


def suite(file: str) -> dict[str, list[dict[str, Any]]]:
    tests: dict[str, list[dict[str, Any]]] = yaml.safe_load((SUITE / file).read_text())["tests"]
    return tests


def cases(file: str, functions: dict[str, Callable[[str], Any]]) -> list[Any]:
    sections = suite(file)
    return [
        pytest.param(function, case["text"], case["expected"], id=f"{section}-{number}")
        for section, function in functions.items()
        for number, case in enumerate(sections[section])
    ]


@pytest.mark.parametrize(
    ("function", "text", "expected"), [*cases("extract.yml", EXTRACT), *cases("validate.yml", VALIDATE)]
)
def test_x_finds_and_counts_the_same(function: Callable[[str], Any], text: str, expected: Any) -> None:
    assert function(text) == expected


def test_only_replies_are_left_out_of_what_x_extracts() -> None:
    assert set(suite("extract.yml")) - set(EXTRACT) == {"replies"}


@pytest.mark.parametrize("kind", ["country", "generic"])
def test_every_top_level_name_makes_a_link(kind: str) -> None:
    wrong = [case["text"] for case in suite("tlds.yml")[kind] if urls(case["text"]) != case["expected"]]

    assert wrong == []


def test_no_other_top_level_name_is_known() -> None:
    known = {
        case["text"].removeprefix("https://twitter.") for part in suite("tlds.yml").values() for case in part
    }

    assert known == TLDS
