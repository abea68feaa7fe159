"""A template's language: what it can say, and how it is told what is wrong with it."""

from dataclasses import replace

import pytest

from scheduler.rules.template import (
    EntryFields,
    Fields,
    TemplateFailed,
    fields_used,
    render,
    template_problem,
)
from scheduler.wording import DEFAULT_DIGEST, DEFAULT_TEMPLATE

ENTRY = EntryFields(
    title="Rates rise again | Example News",
    summary="The bank said so. Markets fell.",
    content="The bank said so. Markets fell. Much more.",
    link="https://example.com/a",
    author="Jo Doe",
    categories=("Money", "big banks"),
    published="2026-03-01T07:05:00-05:00",
)
OTHER = replace(ENTRY, title="Second", link="https://example.com/b", categories=())
FIELDS = Fields(ENTRY, (ENTRY, OTHER), ("#Money", "#Banks"), "Example News", "twitter")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (DEFAULT_TEMPLATE, "Rates rise again | Example News #Money #Banks\nhttps://example.com/a"),
        ("a { b } 100 % {# gone #}c", "a { b } 100 % c"),
        ("{% raw %}{{ kept }}{% endraw %}", "{{ kept }}"),
        ("{{ entry['title']|length }}", "31"),
        ("{{ entry.title|before(' | ') ~ ' by ' ~ entry.author }}", "Rates rise again by Jo Doe"),
        ("{{ entry.title|before(' | ' ~ feed.title) }}", "Rates rise again"),
        ("{% for c in entry.categories %}{{ loop.index }}{{ c }}{% if not loop.last %}, {% endif %}{% endfor %}",
         "1Money, 2big banks"),
        ("{% for one in entry.categories if one != 'Money' %}{{ one|hashtag }}{% endfor %}", "#BigBanks"),
        ("{% for one in entry.categories[:0] %}x{% else %}none{% endfor %}", "none"),
        ("{{ entry.categories[0] }}/{{ entry.categories[-1:]|join }}", "Money/big banks"),
        ("{% if network == 'twitter' %}X{% elif network in ('bluesky', 'linkedin') %}B{% else %}?{% endif %}", "X"),
        ("{% if 'Money' in entry.categories and 'bank' in entry.summary %}yes{% endif %}", "yes"),
        ("{{ 'long' if entry.title|length > 20 else 'short' }}", "long"),
        ("{{ entry.author or feed.title }}{{ '!' if not entry.author else '' }}", "Jo Doe"),
        ("{% set short = entry.title|before(' | ') %}{{ short|upper }}", "RATES RISE AGAIN"),
        ("{% if entry.author %}{% set by = entry.author %}{% else %}{% set by = feed.title %}{% endif %}{{ by }}",
         "Jo Doe"),
        ("{{ 7 // 2 * 2 + 1 - 3 }}{{ 7 % 4 }}{{ -1 }}", "43-1"),
        ("{% if entry.categories|length is divisibleby 2 and 3 is odd and 2 is even %}ok{% endif %}", "ok"),
    ],
)  # fmt: skip
def test_a_template_says_what_it_looks_like(template: str, text: str) -> None:
    assert render(template, FIELDS) == text


def test_a_digest_goes_through_its_entries() -> None:
    text = render(DEFAULT_DIGEST, FIELDS, is_digest=True)
    assert text == (
        "• Rates rise again | Example News https://example.com/a\n• Second https://example.com/b\n"
    )
    assert render("{{ entries[1].title }} {{ entries|length }}", FIELDS, is_digest=True) == "Second 2"


def test_what_a_feed_says_is_never_read_as_a_template() -> None:
    hostile = replace(ENTRY, title="{{ 7 * 7 }}{% for x in y %}")
    assert render("{{ entry.title }}", replace(FIELDS, entry=hostile)) == hostile.title


@pytest.mark.parametrize(
    "template", [DEFAULT_TEMPLATE, "plain words", "{% if entry.link %}linked{% endif %}"]
)
def test_a_good_template_has_no_problem(template: str) -> None:
    assert template_problem(template) is None


def test_the_default_digest_has_no_problem_as_a_digest() -> None:
    assert template_problem(DEFAULT_DIGEST, is_digest=True) is None
    assert "'entries' is unknown" in (template_problem(DEFAULT_DIGEST) or "")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ entry.titel }}", "line 1: 'entry' has no 'titel'; there is title, summary, content, link"),
        ("a\n{{ author }}", "line 2: 'author' is unknown; there is entry, feed, hashtags, network"),
        ("{{ author }}", "did you mean entry.author?"),
        ("a\n\n{{ entry.title", "line 3: "),
        ("{% if true %}", "line 1: "),
        ("{% if false %}\n{{ feed.name }}{% endif %}", "line 2: 'feed' has no 'name'; there is title"),
        ("{{ entry.title|title }}", "line 1: there is no filter 'title'; did you mean 'titlecase'? there is after,"),
        ("{{ entry.title|uper }}", "did you mean 'upper'?"),
        ("{{ 3 is prime }}", "line 1: there is no test 'prime'; there is divisibleby, even, odd"),
        ("a\n{{ 1 / 0 }}", "line 2: division by zero"),
        ("{{ entry.title.upper() }}", "line 1: calls are not possible; use a filter: {{ entry.title|upper }}"),
        ("{{ entry.title.strip() }}", "use a filter: {{ entry.title|trim }}"),
        ("{{ entry }}", "line 1: entry is an entry, no text; say which of its fields, such as .title"),
        ("{{ entry.categories }}", "write it with a filter, such as |join(', ')"),
        ("{{ entry.title == '' }}", "use {% if … %}"),
        ("{{ 'a' + 'b' }}", "line 1: + is for numbers; join texts with ~"),
        ("{{ entry.title > 5 }}", "a comparison with a text takes a text; 5 is a number"),
        ("{{ 'x' if entry.author }}", "needs an else"),
        ("{{ entry.categories|upper }}", "upper takes a text; entry.categories is a list of texts"),
        ("{{ entry.title|join }}", "join takes a list of texts; entry.title is a text"),
        ("{{ entry.title|truncate }}", "truncate takes 1 value in its brackets, not 0"),
        ("{{ entry.title|truncate('x') }}", "truncate takes a number; 'x' is a text"),
        ("{{ entry.title|truncate(0) }}", "truncate takes a whole number from 1 to 10,000"),
        ("{{ entry.title|truncate(length=5) }}", "have no names or stars"),
        ("{{ entry.title|words(entry.title|length) }}", "words takes a number that is written out in its brackets"),
        ("{{ entry.published|date('%d %Q') }}", "a date has no '%Q'; there is %A %a"),
        ("{{ entry.published|date('today') }}", "a date's format is such as '%d %B %Y'"),
        ("{{ entry.title|date('%d') }}", "line 1: date is for entry.published"),
        ("{{ entry.categories[0] }}", "line 1: tuple object has no element 0; an entry may have fewer"),
        ("{{ entry.categories[0]|upper }}", "line 1: tuple object has no element 0; an entry may have fewer"),
        ("{% if network == 'x' %}a{% endif %}", "line 1: X is called 'twitter' here"),
        ("{% if network in ['twiter'] %}a{% endif %}", "there is no network 'twiter'; did you mean 'twitter'?"),
        ("{% set entry = 'x' %}", "'entry' cannot be another thing's name"),
        ("{% set _x = 'x' %}", "'_x' cannot be another thing's name"),
        ("{% if entry.author %}{% set by = entry.author %}{% endif %}{{ by }}", "'by' is unknown"),
        ("{% for one in entry.categories %}{% set by = one %}{% endfor %}{{ by }}", "'by' is unknown"),
        ("{{ none }}", "'none' is not possible in a template"),
    ],
)  # fmt: skip
def test_a_wrong_template_is_told_where_and_what_to_write(template: str, problem: str) -> None:
    assert problem in (template_problem(template) or "")


def test_a_digest_is_told_to_loop() -> None:
    assert template_problem("\n{{ entry.title }}", is_digest=True) == (
        "line 2: 'entry' is unknown here: a digest has several; write {% for entry in entries %}…{% endfor %}"
    )


@pytest.mark.parametrize(
    "template",
    [
        "({{ entry.link }})",
        "{{ entry.link }}.",
        "“{{ entry.title }}” {{ entry.link }}\n{{ hashtags }}",
        "acme.com has news: {{ entry.link }}",
        "{% if network == 'linkedin' %}{{ entry.link }} acme.com{% endif %}",
        "{{ entry.link }}\n{{ entry.link }}",
    ],
)
def test_the_link_may_stand_wherever_x_sees_it_whole_and_last(template: str) -> None:
    assert template_problem(template) is None


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ entry.title }}{{ entry.link }}", "line 1: entry.link is glued to other characters"),
        ("\n{{ entry.link }}/more", "line 2: entry.link is glued to other characters"),
        ("{{ entry.link }}é", "X sees https://example.com/2026/firsté; put a space or a line break"),
        ("{{ entry.link }}&ref=x", "glued"),
        ("{{ entry.link }}\nacme.com", "the last address that X sees is acme.com, not the entry's link: put"),
        ("{{ entry.link|upper }}", "without filters"),
        ("{{ entry.link|replace('https://', '') }}", "without filters"),
    ],
)  # fmt: skip
def test_a_link_that_x_would_not_see_is_told(template: str, problem: str) -> None:
    assert problem in (template_problem(template) or "")


def test_in_a_digest_the_last_link_must_be_an_entrys() -> None:
    glued = "{% for entry in entries %}{{ entry.title }}{{ entry.link }}\n{% endfor %}"
    assert "glued" in (template_problem(glued, is_digest=True) or "")
    followed = "{% for entry in entries %}{{ entry.link }}\n{% endfor %}acme.com"
    assert "acme.com" in (template_problem(followed, is_digest=True) or "")


@pytest.mark.parametrize(
    ("template", "used"),
    [
        ("plain", set()),
        ("{{ feed.title }}{{ network }}", set()),
        (DEFAULT_TEMPLATE, {"title", "hashtags", "link"}),
        (DEFAULT_DIGEST, {"title", "link"}),
        ("{% for e in entries %}{{ e['summary']|upper|truncate(5) }}{% endfor %}", {"summary"}),
        ("{% set a = entry.content|default(entry.author) %}", {"content", "author"}),
        ("{% if entry.categories|length > 1 and entry.published %}a{% endif %}", {"categories", "published"}),
    ],
)  # fmt: skip
def test_the_fields_that_a_template_uses_are_found(template: str, used: set[str]) -> None:
    assert fields_used(template) == used


def test_what_fails_at_run_time_names_its_line() -> None:
    with pytest.raises(TemplateFailed, match=r"^line 2: tuple object has no element 9"):
        render("\n{{ entry.categories[9] }}", FIELDS)
    with pytest.raises(TemplateFailed, match=r"^line 1: there is no filter 'x'"):
        render("{{ entry.title|x }}", FIELDS)
