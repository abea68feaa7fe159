"""Mistaken keys of the configuration: unknown, misspelt, missing, or used twice."""

import pytest

from scheduler.customer import Route
from scheduler.wording import Compose
from tests.unit.config_folder import CANARY, ROUTE, SMALL, Folder

RULE = "all, any, none, title, summary, content, category, author, link, language"
HASHTAGS, UTM = "from, fixed, map, stop, max", "source, medium, campaign, term, content"
LEVELS = [
    (
        "",
        "colour",
        "name, timezone, vault_path, primary_profile, end_customer, budget, calendar, duplicates, x, attested, route",
    ),
    ("[budget]\n", "budget.colour", "x_usd_per_month, soft_x_usd_per_month"),
    ("[duplicates]\n", "duplicates.colour", "by, within"),
    ("[x]\n", "x.colour", "posts_per_half_hour, posts_per_day, posts_per_3_hours"),
    (
        ROUTE,
        "route[1] (blog).colour",
        ", ".join(str(info.alias or name) for name, info in Route.model_fields.items()),
    ),
    (
        f"{ROUTE}[route.select]\n",
        "route[1] (blog).select.colour",
        "include, exclude, fields, categories, authors, languages, where, max_age",
    ),
    (f"{ROUTE}[route.select.where]\n", "route[1] (blog).select.where.colour", RULE),
    (f"{ROUTE}[[route.select.where.any]]\n", "route[1] (blog).select.where.any[1].colour", RULE),
    (
        f"{ROUTE}[[route.select.where.none]]\n[[route.select.where.none.all]]\n",
        "route[1] (blog).select.where.none[1].all[1].colour",
        RULE,
    ),
    (
        f"{ROUTE}[route.compose]\n",
        "route[1] (blog).compose.colour",
        ", ".join(Compose.model_fields),
    ),
    (f"{ROUTE}[route.compose.hashtags]\n", "route[1] (blog).compose.hashtags.colour", HASHTAGS),
    (f"{ROUTE}[route.compose.utm]\n", "route[1] (blog).compose.utm.colour", UTM),
    (f"{ROUTE}[route.compose.thread]\n", "route[1] (blog).compose.thread.colour", "max, numbered"),
    (
        f"{ROUTE}[route.compose.variants.twitter]\n",
        "route[1] (blog).compose.variants.twitter.colour",
        "template, hashtags, utm, link",
    ),
    (
        f"{ROUTE}[route.compose.variants.twitter.hashtags]\n",
        "route[1] (blog).compose.variants.twitter.hashtags.colour",
        HASHTAGS,
    ),
    (f'{ROUTE}[route.digest]\nat = ["17:00"]\n', "route[1] (blog).digest.colour", "at, max"),
    (
        f"{ROUTE}[route.schedule]\n",
        "route[1] (blog).schedule.colour",
        "blackouts, quiet_hours, lane, windows, slots, hold, min_gap, jitter, max_per_day, approval, expires_after",
    ),
]
COMMON_LEVELS = [
    ("", "colour", "vault, feeds, prices, linking"),
    ("[vault]\n", "vault.colour", "mount, kv_version, ayrshare_path, fields"),
    ("[vault.fields]\n", "vault.fields.colour", "x_api_key, x_api_secret, profile_key, api_key, private_key"),
    ("[feeds]\n", "feeds.colour", "contact, fastest_poll, slowest_poll"),
    ("[prices]\n", "prices.colour", "x_post_usd, x_post_with_link_usd, x_alt_text_usd, as_of"),
    ("[linking]\n", "linking.colour", "operator, contact, domain"),
]


@pytest.mark.parametrize(("table", "where", "accepted"), LEVELS, ids=[row[1] for row in LEVELS])
def test_an_unknown_key_is_named_with_those_that_are_accepted(
    folder: Folder, table: str, where: str, accepted: str
) -> None:
    folder.customer(f'{SMALL}{table}colour = "{CANARY}"\n')

    assert folder.mistake() == f"customers/acme.toml: {where}: unknown key; accepted here: {accepted}"


@pytest.mark.parametrize(("table", "where", "accepted"), COMMON_LEVELS, ids=[row[1] for row in COMMON_LEVELS])
def test_an_unknown_key_of_firetime_toml_is_named_too(
    folder: Folder, table: str, where: str, accepted: str
) -> None:
    folder.customer(SMALL + ROUTE)
    folder.common(f'{table}colour = "{CANARY}"\n')

    assert folder.mistake() == f"firetime.toml: {where}: unknown key; accepted here: {accepted}"


@pytest.mark.parametrize(
    ("line", "key", "meant"),
    [('time_zone = "UTC"', "time_zone", "timezone"), ('vaultpath = "x"', "vaultpath", "vault_path"),
     ("[budgets]", "budgets", "budget"), ('[[routes]]\nid = "x"', "routes", "route")],
)  # fmt: skip
def test_a_misspelt_key_is_answered_with_what_was_meant(
    folder: Folder, line: str, key: str, meant: str
) -> None:
    folder.customer(f"{SMALL}{line}\n")

    assert folder.mistake().startswith(
        f"customers/acme.toml: {key}: unknown key; did you mean '{meant}'? accepted"
    )


def test_a_missing_key_is_named(folder: Folder) -> None:
    folder.customer('name = "Acme"\n[[route]]\nplatforms = ["twitter"]\n')

    assert folder.mistakes() == [
        "customers/acme.toml: timezone: is missing",
        "customers/acme.toml: vault_path: is missing",
        "customers/acme.toml: route[1].id: is missing",
        "customers/acme.toml: route[1].feed: is missing",
    ]


def test_a_route_id_that_is_used_twice_is_named(folder: Folder) -> None:
    other = ROUTE.replace("blog", "news")
    folder.customer(SMALL + ROUTE + other + ROUTE + other + other)

    assert folder.mistakes() == [
        "customers/acme.toml: route: the id 'blog' is used 2 times; give each route its own",
        "customers/acme.toml: route: the id 'news' is used 3 times; give each route its own",
    ]


def test_two_customers_may_use_the_same_route_id(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE, "acme")
    folder.customer(SMALL + ROUTE, "globex")

    assert [customer.routes[0].id for customer in folder.load().customers] == ["blog", "blog"]


def test_an_id_in_the_file_is_a_mistake_and_does_not_go_unnoticed(folder: Folder) -> None:
    folder.customer(f'id = "globex"\n{SMALL}{ROUTE}')

    assert folder.mistake() == (
        "customers/acme.toml: id: is not needed: the customer's id is the name of the file"
    )


def test_a_route_in_single_brackets_is_told_how_to_write_it(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE.replace("[[route]]", "[route]"))

    assert folder.mistake() == (
        "customers/acme.toml: route: write [[route]], in two brackets, above each route"
    )
