"""The reference of templates is complete, and its examples give what it says."""

from datetime import datetime

import pytest

from scheduler.rules.template import EntryFields, Fields, render
from scheduler.rules.template.filters import FILTERS
from scheduler.rules.template.kinds import COMMON_NAMES, PARTS, Kind
from scheduler.rules.template.moments import DIRECTIVES, formatted
from tests.unit.markdown import keyed, page, rows, section

ENTRY = EntryFields("", "", "", "", "", ("Money", "Banks"), "")
EXAMPLES = [(row[0].strip("`"), *row[2:]) for row in rows(section(page("templates"), "Filters"))]


def code(cell: str) -> str:
    """What a cell of a table shows as code."""
    return cell.strip("`").replace("\\\u2502", "|")


def test_every_field_is_in_the_reference() -> None:
    fields = [f"entry.{name}" for name in PARTS[Kind.ENTRY]] + [f"feed.{name}" for name in PARTS[Kind.FEED]]
    documented = keyed(section(page("templates"), "Fields"))
    assert sorted(documented) == sorted({*fields, *COMMON_NAMES} - {"feed"})


def test_every_filter_is_in_the_reference_with_as_many_values_as_it_takes() -> None:
    documented = {name.partition("(")[0]: name.partition("(")[2] for name, *_ in EXAMPLES}
    assert list(documented) == sorted(FILTERS)
    for name, brackets in documented.items():
        assert len(FILTERS[name].takes) == (brackets.count(",") + 1 if brackets else 0), name


@pytest.mark.parametrize(("name", "template", "text"), EXAMPLES)
def test_an_example_gives_what_the_reference_says(name: str, template: str, text: str) -> None:
    fields = Fields(ENTRY, (ENTRY,), (), "", "twitter")
    assert render(code(template), fields) == code(text)
    assert f"|{name.partition('(')[0]}" in code(template)


def test_every_directive_of_dates_is_in_the_reference_with_what_it_gives() -> None:
    at = datetime(2026, 11, 3, 17, 5)  # noqa: DTZ001 - a date to be written, in no zone
    documented = keyed(section(page("templates"), "Dates"))
    assert {name: cells[0].strip("`") for name, cells in documented.items()} == {
        name: formatted(at, name) for name in DIRECTIVES
    }
