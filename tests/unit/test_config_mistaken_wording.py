"""Mistakes in what a customer's file says of selection and wording: each with its exact place and a way out."""

import pytest

from scheduler.selection import DEEPEST, MOST_PATTERNS
from tests.unit.config_folder import ROUTE, SMALL, Folder

WITH_LINKEDIN = 'platforms = ["twitter", "linkedin"]\n'
GIVE_A_BUDGET = "goes by the month's money: give budget.x_usd_per_month, or 'always' or 'never' here"
NO_THREAD = "only X has threads; add 'twitter' to the route's platforms, or take thread away"
NO_RE2 = "expressions follow RE2, without look-around and back-references"
NETWORKS = "unknown key; give 'bluesky', 'facebook', 'gmb', "


def rules(levels: int) -> str:
    """`where` with so many levels of rules."""
    return "where = " + "{ any = [" * (levels - 1) + '{ title = ["a"] }' + "] }" * (levels - 1)


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ('where = { any = [{ title = ["a"] }, { title = ["b", "/(/"] }] }', "where.any[2].title[2]", "missing )"),
        ('where = { none = [{ all = [{ link = ["/x/g"] }] }] }', "where.none[1].all[1].link[1]", "after the last '/'"),
        ('where = { category = [" "] }', "where.category[1]", "give a word"),
        ('where = { content = ["/(?=x)/"] }', "where.content[1]", "invalid perl operator"),
        (r"where = { author = ['/(a)\1/'] }", "where.author[1]", "invalid escape sequence"),
        (r"where = { author = ['/\pL{999}/'] }", "where.author[1]", "the expression is too large"),
        (f'where = {{ summary = ["{"a" * 201}"] }}', "where.summary[1]", "is too long for a word or phrase"),
        ("where = { any = [{}] }", "where.any[1]", "is empty; give a rule in it"),
        ("where = { none = [{ title = [] }] }", "where.none[1]", "is empty; give a rule in it"),
        ('where = { any = { title = ["a"] } }', "where.any", "give a list in brackets"),
        ('where = { any = ["a"] }', "where.any[1]", "give a table of keys and values"),
        ('where = { language = ["english"] }', "where.language[1]", "give a language such as 'en' or 'pt-br'"),
        ('languages = ["en", "en_US"]', "languages[2]", "give a language such as 'en' or 'pt-br'"),
        ('categories = ["/[/"]', "categories[1]", "missing ]: [; " + NO_RE2),
        ('authors = [5]', "authors[1]", "give a text in quotes"),
        ('fields = ["titel"]', "fields[1]", "give 'title', 'summary', 'content', 'categories', 'author' or 'link'"),
        ("fields = []", "fields", "give at least one"),
        (rules(DEEPEST + 1), "where", "is nested too deeply; give at most 8 levels of rules within rules"),
        (rules(60), "where", "is nested too deeply; give at most 8 levels of rules within rules"),
    ],
)  # fmt: skip
def test_a_mistake_in_select_is_named_with_its_place(
    folder: Folder, lines: str, where: str, words: str
) -> None:
    folder.customer(f"{SMALL}{ROUTE}[route.select]\n{lines}\n")

    assert folder.mistake().startswith(f"customers/acme.toml: route[1] (blog).select.{where}: {words}")


def test_rules_may_be_as_deep_and_as_many_as_they_may(folder: Folder) -> None:
    words = ", ".join(f'"word{number}"' for number in range(MOST_PATTERNS - 1))
    folder.customer(f"{SMALL}{ROUTE}[route.select]\n{rules(DEEPEST)}\ninclude = [{words}]\n")
    assert len(folder.load().customers[0].routes[0].select.include) == MOST_PATTERNS - 1

    folder.customer(f'{SMALL}{ROUTE}[route.select]\n{rules(DEEPEST)}\ninclude = [{words}, "more"]\n')
    assert folder.mistake().endswith(
        f"select: has {MOST_PATTERNS + 1} patterns; give at most {MOST_PATTERNS}, or join some in an expression: "
        "'/a|b/'"
    )


def test_brackets_without_end_are_told_and_do_no_harm(folder: Folder) -> None:
    folder.customer(f"{SMALL}{ROUTE}[route.select]\n{rules(5_000)}\n")

    assert folder.mistake() == "customers/acme.toml: has brackets within brackets too deeply"


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ('[route.compose]\nlink = "budget"', "compose.link", GIVE_A_BUDGET),
        ('[route.compose.variants.linkedin]\nlink = "budget"', "compose.variants.linkedin.link", GIVE_A_BUDGET),
        ('[route.compose.variants.bluesky]\nlink = "never"', "compose.variants.bluesky",
         "the route does not post there; add 'bluesky' to its platforms, or take this variant away"),
        ('[route.compose.variants.mastodon]\nlink = "never"', "compose.variants.mastodon", NETWORKS),
        ('[route.compose.variants.x]\nlink = "never"', "compose.variants.x", "X is called 'twitter' here"),
        ("[route.compose]\nvariants = 5", "compose.variants", "give a table of keys and values"),
        ('[route.compose.variants.linkedin]\ntemplate = "{{ entry.titel }}"',
         "compose.variants.linkedin.template", "line 1: "),
        ('[route.compose]\nhashtags = { from = "fixed" }', "compose.hashtags.fixed", "is missing: from = 'fixed'"),
        ('[route.compose]\nhashtags = { fixed = ["Acme"] }', "compose.hashtags.fixed", "is not used; give from ="),
        ('[route.compose]\nhashtags = { from = "both", fixed = ["Acme", "C++"] }',
         "compose.hashtags.fixed[2]", "'C++' is no hashtag"),
        ('[route.compose]\nhashtags = { from = "fixed", fixed = ["##Acme"] }',
         "compose.hashtags.fixed[1]", "'##Acme' is no hashtag as X reads it: write '#Acme'"),
        ('[route.compose]\nhashtags = { map = { "AT&T" = "AT&T" } }',
         "compose.hashtags.map.AT&T", "'AT&T' is no hashtag"),
        ("[route.compose]\nhashtags = { map = { Politics = 5 } }",
         "compose.hashtags.map.Politics", "give a text in quotes"),
        ('[route.compose.variants.linkedin]\nhashtags = { from = "fixed", fixed = ["2026"] }',
         "compose.variants.linkedin.hashtags.fixed[1]", "'2026' is no hashtag"),
        ('[route.compose]\nmentions = ["@acme", "news", "ACME"]',
         "compose.mentions", "'@acme' is there 2 times; give it once"),
        ('[route.compose]\nmentions = ["@a b"]', "compose.mentions[1]", "is no account's name"),
        ("[route.compose]\nthread = true", "compose.thread", "give a table of keys and values"),
        ("[route.compose]\nthread = { max = 1 }", "compose.thread.max", "give 2 or more"),
        ('[route.compose]\nthread = {}\n[route.digest]\nat = ["17:00"]', "digest", "cannot go out as a thread"),
        ('[route.digest]\nat = ["25:00"]', "digest.at[1]", "give a time such as '17:00'"),
        ("[route.digest]\nmax = 5", "digest.at", "is missing"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_wording_is_named_with_its_place(
    folder: Folder, lines: str, where: str, words: str
) -> None:
    folder.customer(f"{SMALL}{ROUTE}{WITH_LINKEDIN}{lines}\n")

    assert folder.mistake().startswith(f"customers/acme.toml: route[1] (blog).{where}: {words}")


def test_a_thread_needs_x(folder: Folder) -> None:
    folder.customer(f'{SMALL}{ROUTE}platforms = ["linkedin"]\n[route.compose]\nthread = {{}}\n')

    assert folder.mistake() == f"customers/acme.toml: route[1] (blog).compose.thread: {NO_THREAD}"


def test_what_is_meant_for_unknown_networks_is_told_once(folder: Folder) -> None:
    folder.customer(f'{SMALL}{ROUTE}platforms = ["x"]\n[route.compose]\nthread = {{}}\n')

    assert folder.mistake().endswith("platforms[1]: X is called 'twitter' here, as Ayrshare calls it")


@pytest.mark.parametrize(("key", "value", "words"), [
    ("by", '["links"]', "by[1]: give 'entry', 'link' or 'title'"),
    ("within", '"soon"', "within: give a duration such as"),
])  # fmt: skip
def test_a_mistake_in_duplicates_is_named(folder: Folder, key: str, value: str, words: str) -> None:
    folder.customer(f"{SMALL}[duplicates]\n{key} = {value}\n{ROUTE}")

    assert folder.mistake().startswith(f"customers/acme.toml: duplicates.{words}")


def test_right_wording_has_no_problem(folder: Folder) -> None:
    folder.customer(
        f"""{SMALL}budget = {{ x_usd_per_month = 5 }}
{ROUTE}{WITH_LINKEDIN}
[route.select]
where = {{ any = [{{ title = ["a", "/b/i"] }}, {{ none = [{{ language = ["*"] }}] }}] }}
[route.compose]
link = "budget"
thread = {{}}
mentions = ["@acme", "news"]
hashtags = {{ from = "both", fixed = ["#Acme", "Rockets"], map = {{ "AT&T" = "ATT", Politics = "#Vote" }} }}
[route.compose.variants.linkedin]
template = "{{{{ entry.title }}}}"
"""
    )
    (route,) = folder.load().customers[0].routes

    assert route.select.where.any[1].none[0].language == ("*",)
    assert route.compose.of("linkedin").template == "{{ entry.title }}"


def test_all_mistakes_of_select_and_wording_are_told_at_once(folder: Folder) -> None:
    folder.customer(
        f"""{SMALL}{ROUTE}[route.select]
where = {{ any = [{{ title = ["/(/"], colour = 1 }}] }}
languages = ["english"]
[route.compose]
link = "budget"
mentions = ["a", "a"]
template = "{{{{ nothing }}}}"
[route.compose.variants.bluesky]
[route.digest]
at = ["never"]
"""
    )

    places = [line.split(": ")[1].removeprefix("route[1] (blog).") for line in folder.mistakes()]
    assert sorted(places) == [
        "compose.link", "compose.mentions", "compose.template", "compose.variants.bluesky", "digest.at[1]",
        "select.languages[1]", "select.where.any[1].colour", "select.where.any[1].title[1]",
    ]  # fmt: skip
