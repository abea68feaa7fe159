"""A route's sign-in: what is accepted, how it is referred to, and what is told of each mistake."""

import pytest

from feeds.model import FeedAddress
from tests.unit.config_folder import CANARY, ROUTE, SMALL, Folder

PATH = "may hold letters, digits, '-' and '_' only (and / between the parts of a path)"


def signed(sign_in: str, feed: str = "https://acme.example/feed.xml") -> str:
    return f'{SMALL}[[route]]\nid = "blog"\nfeed = "{feed}"\nsign_in = {sign_in}\n'


@pytest.mark.parametrize(
    ("sign_in", "reference"),
    [
        ('{ kind = "basic", vault_path = "feeds/acme" }', "basic:feeds/acme"),
        ('{ kind = "bearer", vault_path = "feeds/acme" }', "bearer:feeds/acme"),
        ('{ kind = "cookie", vault_path = "acme" }', "cookie:acme"),
        ('{ kind = "header", header = "X-Api-Key", vault_path = "a/b-c/d_e" }', "header:X-Api-Key:a/b-c/d_e"),
        ('{ kind = "header", header = "Authorization", vault_path = "a" }', "header:Authorization:a"),
    ],
)
def test_a_sign_in_is_a_part_of_what_makes_a_feed(folder: Folder, sign_in: str, reference: str) -> None:
    folder.customer(signed(sign_in))
    (route,) = folder.load().customers[0].routes
    assert route.address == FeedAddress("https://acme.example/feed.xml", reference)


def test_a_route_without_one_has_the_empty_reference(folder: Folder) -> None:
    folder.customer(SMALL + ROUTE)
    (route,) = folder.load().customers[0].routes
    assert (route.sign_in, route.address.sign_in) == (None, "")


@pytest.mark.parametrize(
    ("sign_in", "where", "words"),
    [
        ('"basic"', "", "give a table of keys and values"),
        ('{ kind = "basic" }', ".vault_path", "is missing"),
        ('{ vault_path = "a" }', ".kind", "is missing"),
        ('{ kind = "digest", vault_path = "a" }', ".kind", "give 'basic', 'bearer', 'header' or 'cookie'"),
        ('{ kind = "basic", vault_path = "/a" }', ".vault_path", PATH),
        ('{ kind = "basic", vault_path = "a/../b" }', ".vault_path", PATH),
        ('{ kind = "basic", vault_path = "a:b" }', ".vault_path", PATH),
        (
            '{ kind = "header", vault_path = "a" }',
            ".header",
            "is missing: give the name of the header, such as 'X-Api-Key'",
        ),
        (
            '{ kind = "bearer", vault_path = "a", header = "X-Api-Key" }',
            ".header",
            "is not needed for kind 'bearer'; only kind 'header' has one",
        ),
        (
            f'{{ kind = "header", vault_path = "a", header = "{CANARY}: 1" }}',
            ".header",
            "is no name of a header; give one such as 'X-Api-Key'",
        ),
        (
            '{ kind = "header", vault_path = "a", header = "Host" }',
            ".header",
            "is a header that Firetime sets itself; give the one that the feed's server asks for",
        ),
        (
            f'{{ kind = "basic", vault_path = "a", password = "{CANARY}" }}',
            ".password",
            "unknown key; accepted here: kind, vault_path, header",
        ),
    ],
)
def test_a_mistaken_sign_in_is_told_with_what_is_accepted(
    folder: Folder, sign_in: str, where: str, words: str
) -> None:
    folder.customer(signed(sign_in))
    assert folder.mistake() == f"customers/acme.toml: route[1] (blog).sign_in{where}: {words}"


@pytest.mark.parametrize("feed", ["http://acme.example/feed.xml", "HTTP://10.0.0.1/feed.xml"])
def test_a_sign_in_is_not_sent_in_the_clear(folder: Folder, feed: str) -> None:
    folder.customer(signed('{ kind = "basic", vault_path = "a" }', feed))
    assert folder.mistake() == (
        "customers/acme.toml: route[1] (blog).feed: is not encrypted: sign_in needs an https address"
    )


@pytest.mark.parametrize("feed", ["http://127.0.0.1:8000/feed.xml", "http://localhost/feed.xml"])
def test_a_feed_of_this_machine_may_be_signed_in_to_in_the_clear(folder: Folder, feed: str) -> None:
    folder.customer(signed('{ kind = "basic", vault_path = "a" }', feed))
    assert folder.load().customers[0].routes[0].address.sign_in == "basic:a"


def test_all_that_is_wrong_is_told_at_once(folder: Folder) -> None:
    folder.customer(signed('{ kind = "header", vault_path = "/" }', f"http://me:{CANARY}@acme.example/"))
    told = folder.mistakes()
    assert len(told) == 4
    assert CANARY not in "".join(told)
