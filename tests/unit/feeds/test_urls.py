import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.client import user_agent
from feeds.text import unescaped, web_address
from feeds.trouble import FailureKind, FetchFailed
from feeds.urls import host_of, origin, redirect_target, server_of, web_url, without_login


@pytest.mark.parametrize(
    ("here", "location", "target"),
    [
        ("http://a.example/x/feed", "/new", "http://a.example/new"),
        ("http://a.example/x/feed", "other?b=1#part", "http://a.example/x/other?b=1"),
        ("http://a.example/feed", "https://b.example/feed", "https://b.example/feed"),
        ("https://a.example/feed", "//b.example/feed", "https://b.example/feed"),
    ],
)
def test_a_redirect_is_resolved_against_where_it_was_found(here: str, location: str, target: str) -> None:
    assert redirect_target(here, location) == target


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://a.example/feed", FailureKind.REDIRECT),
        ("HTTP://a.example/feed", FailureKind.REDIRECT),
        ("file:///etc/passwd", FailureKind.URL),
        ("ftp://a.example/feed", FailureKind.URL),
        ("https://[bad", FailureKind.URL),
    ],
)
def test_a_redirect_from_https_leads_to_https_only(location: str, kind: FailureKind) -> None:
    with pytest.raises(FetchFailed) as failed:
        redirect_target("https://a.example/feed", location)
    assert failed.value.kind is kind


def test_a_wrong_address_is_named_without_its_password() -> None:
    with pytest.raises(FetchFailed) as failed:
        redirect_target("https://a.example/", "ftp://me:hunter2@b.example/")
    assert "hunter2" not in str(failed.value)
    with pytest.raises(FetchFailed) as failed:
        web_url("ftp://me:hunter2@b.example/")
    assert str(failed.value) == "'b.example/' is no http or https address"


def test_an_address_is_taken_as_it_is() -> None:
    for url in ("http://a.example", "HTTPS://A.example:443/x?#", "https://a.example/?u=x@y"):
        assert web_url(url) == url


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://a.example/x", ("https", "a.example", 443)),
        ("HTTPS://A.Example:443", ("https", "a.example", 443)),
        ("http://a.example/", ("http", "a.example", 80)),
        ("http://a.example:8080/", ("http", "a.example", 8080)),
        ("http://[::1]/", ("http", "::1", 80)),
    ],
)
def test_an_address_belongs_to_its_scheme_host_and_port(url: str, owner: tuple[str, str, int]) -> None:
    assert origin(url) == owner


@pytest.mark.parametrize(
    "url", ["http://[::1/", "http://a]/", "http://[bad]/", "http://a:99999/", "http://a:b/", ""]
)
def test_what_is_no_address_belongs_to_nobody(url: str) -> None:
    assert origin(url) == ("", "", 0)
    assert host_of(url) == server_of(url) == ""
    assert without_login(url) == ""


@given(st.text() | st.text("[]@:/.a1%", max_size=12).map("http://{}".format))
def test_any_text_can_be_asked_whose_it_is(url: str) -> None:
    assert origin(url)[1] == host_of(url)
    assert "@" not in server_of(url)
    without_login(url)


def test_a_login_is_taken_off_an_address() -> None:
    assert without_login("https://me:p%40ss@a.example:8443/f?u=x@y") == "https://a.example:8443/f?u=x@y"
    assert without_login("https://a.example/f") == "https://a.example/f"


def test_the_user_agent_says_who_polls() -> None:
    assert user_agent("https://agency.example/bot").endswith(" (+https://agency.example/bot)")
    assert user_agent().startswith("firetime/")


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("/a?x=1&section=2", "https://a.example/a?x=1&section=2"),
        ("  http://b.example/\n x ", "http://b.example/x"),
        ("b", "https://a.example/x/b"),
        ("mailto:me@a.example", None),
        ("javascript:alert(1)", None),
        ("tag:a.example,2026:1", None),
        ("http://[bad", None),
        ("https://a.example/" + "x" * 20_000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_is_an_absolute_web_address_or_nothing(value: object, address: str | None) -> None:
    assert web_address(value, "https://a.example/x/feed") == address


def test_only_whole_references_are_resolved_in_addresses() -> None:
    assert unescaped("?a=1&amp;b=2&#38;copy=3&section=4&#x26;") == "?a=1&b=2&copy=3&section=4&"
