"""No template, and no text in one, takes long or much memory, or reaches anything but its fields."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.rules.template import EntryFields, Fields, TemplateFailed, render, template_problem
from scheduler.rules.template.sandbox import LONGEST_SOURCE
from scheduler.rules.template.work import LONGEST_OUTPUT
from tests.cost import cheap

"""Seconds on a busy machine; most end in a hundredth of one."""

MOST_MEMORY = 20_000_000

_HUGE = EntryFields(
    title="Mc-a/b " * 20_000,
    summary="a" * 100_000,
    content="Dr. É. “x” " * 10_000,
    link="https://example.com/" + "a" * 100_000,
    author="'" * 100_000,
    categories=("a.b " * 10_000,) * 1_000,
    published="2026" * 10_000,
)
HUGE = Fields(_HUGE, (_HUGE,) * 1_000, ("#a" * 10_000,) * 100, "x" * 100_000, "twitter")


def outcome(source: str, *, is_digest: bool = False) -> str | None:
    """What refuses or ends the template, or None where it renders."""
    try:
        render(source, HUGE, is_digest=is_digest)
    except TemplateFailed as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "template",
    [
        "{{ entry.__class__ }}",
        "{{ entry['__class__'] }}",
        "{{ entry|attr('__class__') }}",
        "{{ entry.title.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__ }}",
        "{{ (1).__class__ }}",
        "{{ [].append }}",
        "{{ feed.__init__.__globals__ }}",
        "{{ hashtags.format }}",
        "{{ loop }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ _work }}",
        "{{ context }}",
        "{{ caller() }}",
        "{{ cycler('a') }}",
        "{{ joiner }}",
        "{{ namespace(a=1) }}",
        "{{ lipsum(n=10000) }}",
        "{{ dict(a=1) }}",
        "{{ range(10**9) }}",
        "{{ range(999999999)|list|length }}",
        "{{ '{0.__class__}'.format(entry) }}",
        "{{ '{:>1000000000}'.format('a') }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 999999 }}",
        "{{ 99999999999 * 2 }}",
        "{{ 1e999 }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ 'a'|indent(1000000000) }}",
        "{{ 'a'|wordwrap(1) }}",
        "{{ [1,2]|sum }}",
        "{{ entry.title|list }}",
        "{{ entry.title|map('upper')|join }}",
        "{{ entry.title|_join }}",
        "{{ entry.title|tojson }}",
        "{{ entry.title|urlize }}",
        "{{ {'a': 1} }}",
        "{{ [1, 2] }}",
        "{% for c in entry.title %}x{% endfor %}",
        "{% for c in range(9) %}x{% endfor %}",
        "{% for c in ['a', 'b'] %}x{% endfor %}",
        "{% for a, b in entry.categories %}x{% endfor %}",
        "{% for a in entry.categories recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a in entry.categories %}{{ loop.cycle('a') }}{% endfor %}",
        "{% for a in entry.categories %}{{ loop.nextitem.x }}{% endfor %}",
        "{% for a in entry.categories %}" * 3 + "{% endfor %}" * 3,
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% filter upper %}a{% endfilter %}",
        "{% call x() %}{% endcall %}",
        "{% with a = 1 %}{% endwith %}",
        "{% set x %}a{% endset %}",
        "{% set x.y = 1 %}",
        "{% set a, b = 1, 2 %}",
        "{% set entry = 1 %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% do x %}",
        "{% debug %}",
        "{{ entry.title is callable }}",
        "{{ entry is mapping }}",
        "{{ entry.title|upper(*entry.categories) }}",
        "{{ entry.title|truncate(99999999999) }}",
        "{{ entry.title|truncate(-1) }}",
        "{{ entry.title|truncate(true) }}",
        "{{ entry.title|sentences(1.5) }}",
        "{{ 'a'|replace('', 'b') }}",
        "{{ " + "(" * 1_900 + "1" + ")" * 1_900 + " }}",
        "{{ " + "not " * 900 + "1 }}",
        "{{ entry" + ".a" * 1_900 + " }}",
        "{{ entry.title" + "|upper" * 600 + " }}",
        "{{ 1" + "+1" * 1_900 + " }}",
        "{% if 1 %}" * 180 + "{% endif %}" * 180,
        "{{ '" + "x" * LONGEST_SOURCE + "' }}",
        "{{ 'open",
        "{{ entry.title",
        "{% if %}",
        "{{ \u202eentry.title }}",
        "{{ еntry.title }}",
        "{{ entry.title|ｕpper }}",
    ],
)
def test_what_no_template_needs_is_refused_when_the_configuration_is_read(template: str) -> None:
    with cheap(30):
        assert template_problem(template) is not None
        assert outcome(template) is not None


@pytest.mark.parametrize(
    "template",
    [
        "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 150 + "{{ x }}",
        "{% set x = 'a' %}" + "{% set x = x|replace('a', 'aa') %}" * 90 + "{{ x }}",
        "{% set x = 999 %}" + "{% set x = x * x %}" * 150 + "{{ x }}",
        "{{ entry.content|replace('r', entry.content) }}",
        "{{ entry.categories|join(entry.content) }}",
        "{{ entry.content" + " ~ entry.content" * 200 + " }}",
        "{{ entry.content }}" * 200,
        "{% for a in entry.categories %}{% for b in entry.categories %}{{ entry.content }}{% endfor %}{% endfor %}",
        "{% for a in entry.categories %}{% for b in entry.categories %}"
        + "{% set t = entry.title|titlecase %}" * 90
        + "{% endfor %}{% endfor %}",
        "{{ entry.title" + "|titlecase" * 25 + " }}",
        "{% set t = entry.summary|truncate(9999)|hashtag|quote|upper|sentences(9) %}" * 50,
    ],
)
def test_what_would_grow_or_last_ends_soon(template: str) -> None:
    with cheap(30):
        assert outcome(template) is not None


@pytest.mark.parametrize(
    "template",
    [
        "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 150 + "{{ x }}",
        "{{ entry.content|replace('r', entry.content) }}",
        "{{ entry.content" + " ~ entry.content" * 200 + " }}",
        "{{ entry.content }}" * 200,
    ],
)
def test_what_would_grow_takes_little_memory(template: str) -> None:
    outcome(template)  # compiled once
    tracemalloc.start()
    outcome(template)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_MEMORY


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in entries %}{% for b in a.categories %}" + "{{ '' }}" * 450 + "{% endfor %}{% endfor %}",
        "{% for a in entries %}{% for b in entries %}" + "{% if a.title in b.content %}{% endif %}" * 90
        + "{% endfor %}{% endfor %}",
        "{% for a in entries %}{% for b in a.categories %}" + "{% set t = b|upper %}" * 150
        + "{% endfor %}{% endfor %}",
        "{% for a in entries %}{{ a.title[:50]|titlecase }}{{ a.content|first_sentence|truncate(90) }}{% endfor %}",
    ],
)  # fmt: skip
def test_a_digest_of_everything_ends_soon(template: str) -> None:
    with cheap(30):
        outcome(template, is_digest=True)


def test_a_text_is_never_longer_than_any_network_takes() -> None:
    loop = "{% for a in entry.categories %}{{ entry.summary }}{% endfor %}"
    assert outcome(loop) == f"the text is longer than {LONGEST_OUTPUT:,} characters"


_PIECES = [
    "{{", "}}", "{%", "%}", "{#", "#}", " entry", ".title", ".link", "|", "upper", "join", "(", ")", "'", '"',
    "for a in ", "entry.categories", "endfor", "if ", "endif", "else", "set x = ", "~", "+", "[", "]", ":", "1", "loop",
    ".", ",", "not ",
    "and ", "is ", "in ", "\n", "é", "\u200b", "\\",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join) | st.text(max_size=40))
def test_any_source_renders_or_says_what_is_wrong(source: str) -> None:
    problem = template_problem(source)
    assert problem is None or problem
    failed = outcome(source)
    assert failed is None or problem or "line" in failed or "longer" in failed
