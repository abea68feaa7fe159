"""Whatever a feed calls its link: the post's is one that X takes as a whole."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.rules.links import is_link_for_x, post_link
from scheduler.rules.x_text.links import find_links
from scheduler.wording import Utm
from tests.cost import cheap

NONE = Utm()
OWN = Utm(source="x", medium="social", campaign="日本 & {route}", content="a+b.")
VARIABLES = {"route": "blog"}

utms = st.sampled_from([NONE, OWN])
odd = st.text(
    st.sampled_from("ab1é日()[]{}|'\"!?*;:,.$%@&=+-_~#/\\ \n\u200b\ufeff\ud800"), max_size=30
) | st.text(max_size=20)
parameters = st.sampled_from(
    ["utm_source=a", "amp;utm_term=b", "fbclid=1", "ref=rss", "id=3", "&amp;x=1", "rss=1", "y"]
)
queries = st.lists(parameters | odd, max_size=4).map("&".join)
hosts = st.sampled_from(
    ["example.com", "Bücher.de", "t.co", "www.google.com", "my_blog.example.org:8080", "例え.みんな"]
)
tails = st.tuples(odd, queries, odd).map(lambda parts: "{}?{}#{}".format(*parts)) | odd
addresses = st.builds("https://{}/{}".format, hosts, tails)
redirects = st.builds("https://www.google.com/url?sa=t&url={}".format, addresses)


@given(addresses | redirects, utms)
def test_x_takes_the_whole_link_where_it_ends_a_text(address: str, utm: Utm) -> None:
    link = post_link(address, utm, VARIABLES)
    assert link is not None
    assert link.isascii()
    if urlsplit(link).hostname == "t.co":  # X takes no more of it than it made itself
        return
    assert is_link_for_x(link)
    for before in ("A title\n", "A title ", "", "#Tag ", "title.\n"):
        assert find_links(before + link)[-1].text == link


@given(addresses | redirects | odd, utms)
def test_a_link_that_was_made_once_stays_as_it_is(address: str, utm: Utm) -> None:
    link = post_link(address, utm, VARIABLES)
    assert post_link(link, utm, VARIABLES) == link


@given(addresses)
def test_the_routes_own_parameters_are_there_once_and_no_others_of_their_names(address: str) -> None:
    link = post_link(address, OWN, VARIABLES)
    assert link is not None
    campaign = [(name, value) for name, value in parse_qsl(urlsplit(link).query) if name.startswith("utm_")]
    assert campaign == [
        ("utm_source", "x"),
        ("utm_medium", "social"),
        ("utm_campaign", "日本 & blog"),
        ("utm_content", "a+b."),
    ]


@given(st.lists(st.from_regex(r"[a-zA-Z][a-z0-9]{0,3}=[a-zA-Z0-9%+,;:@/-]{0,5}", fullmatch=True), max_size=5))
def test_unknown_parameters_stay_in_their_order(parts: list[str]) -> None:
    link = post_link("https://example.com/a?" + "&".join(["id=1", *parts, "z=2"]), NONE, {})
    assert link is not None
    kept = urlsplit(link).query.split("&")
    assert (kept[0], kept[-1]) == ("id=1", "z=2")
    sent = iter(part.partition("=")[0] for part in ["id=1", *parts, "z=2"])
    assert all(part.partition("=")[0] in sent for part in kept)


@given(st.text(max_size=40))
def test_anything_gives_a_web_link_or_none(text: str) -> None:
    for address in (text, "https://" + text):
        link = post_link(address, OWN, VARIABLES)
        if link is not None:
            parts = urlsplit(link)
            assert link.isascii()
            assert parts.scheme in {"http", "https"}
            assert parts.hostname
            assert parts.username is None
            assert not set(link) & set(" \"'<>()[]{}|\\^`") or "[" in parts.netloc


@pytest.mark.parametrize(
    "address",
    [
        "https://" + "a." * 8_000,
        "https://" + "ü" * 8_000,
        "https:" + "/\\" * 8_000,
        "https://example.com/" + "&amp;" * 3_000,
        "https://example.com/?" + "&rss" * 4_000,
        "https://example.com/?source=" + "rss" * 5_000,
        "https://example.com/" + "%" * 16_000,
        "https://www.google.com/url?url=" * 500,
        "https://example.com/" + "a" * 5_000_000,
    ],
)
def test_a_hostile_address_costs_no_time(address: str) -> None:
    with cheap():
        is_link_for_x(post_link(address, OWN, VARIABLES) or "")
