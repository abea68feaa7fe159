from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.headers import first_raw, http_date, max_age_s, retry_after_s, websub_links
from tests.cost import cheap

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DATE = {"Date": "Sun, 22 Nov 2026 11:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=3600"}, 3600),
        ({"Cache-Control": 'public, Max-Age="60"'}, 60),
        ({"Cache-Control": "max-age=3600", "Age": "3000"}, 600),
        ({"Cache-Control": "max-age=3600", "Age": "9999"}, 0),
        ({"Cache-Control": "max-age=-5"}, None),
        ({"Cache-Control": "s-maxage=3600"}, None),
        ({"Cache-Control": "no-cache, max-age=3600"}, None),
        ({"Cache-Control": "max-age=60", "Expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, 60),
        ({"Expires": "Sun, 22 Nov 2026 13:00:00 GMT", **DATE}, 7200),
        ({"Expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, 3600),
        ({"Expires": "Sun, 22 Nov 2026 10:00:00 GMT", **DATE}, 0),
        ({"Expires": "0", **DATE}, None),
        ({"Cache-Control": "max-age=60", "Age": "9" * 5000}, 60),
        ({"Expires": "Fri, 31 Dec 9999 23:59:59 -0100", **DATE}, None),
    ],
)
def test_freshness_is_read_from_what_the_server_says(headers: dict[str, str], seconds: int | None) -> None:
    assert max_age_s(httpx.Headers(headers), NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 11:30:00 GMT", **DATE}, 1800),
        ({"Retry-After": "Sunday, 22-Nov-26 11:30:00 GMT", **DATE}, 1800),
        ({"Retry-After": "Sun Nov 22 11:30:00 2026", **DATE}, 1800),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Sun, 22 Nov 2026 10:30:00 GMT", **DATE}, None),
    ],
)
def test_retry_after_is_held_against_the_servers_own_clock(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert retry_after_s(httpx.Headers(headers), NOW) == seconds


@given(st.text(max_size=40))
def test_nonsense_is_no_date(text: str) -> None:
    found = http_date(text)
    assert found is None or found.tzinfo is UTC


def test_the_first_of_two_header_lines_counts_byte_for_byte() -> None:
    headers = httpx.Headers([(b"ETag", b'W/"a, b"'), (b"etag", b'"c"'), (b"Last-Modified", b"caf\xc3\xa9")])
    assert first_raw(headers, b"etag") == b'W/"a, b"'
    assert first_raw(headers, b"last-modified") == "café".encode()


def test_a_validator_that_could_not_be_sent_back_as_it_came_is_none() -> None:
    assert first_raw(httpx.Headers([(b"ETag", b'"caf\xe9"')]), b"etag") is None
    assert first_raw(httpx.Headers([(b"ETag", b"")]), b"etag") is None


HUB, TOPIC = "https://hub.example/", "https://a.example/feed"


@pytest.mark.parametrize(
    ("lines", "hubs", "topic"),
    [
        ([], (), None),
        ([f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'], (HUB,), TOPIC),
        ([f"<{HUB}>; rel=hub", f"<{TOPIC}>; rel=self"], (HUB,), TOPIC),
        ([f"<{HUB}>;rel=hub,<{TOPIC}>;rel=self"], (HUB,), TOPIC),
        ([f'<{HUB}> ; REL = "HUB"'], (HUB,), None),
        ([f'<{HUB}>; title="a, b; rel=self"; rel="hub"'], (HUB,), None),
        ([f'<{HUB}>; title="say \\"hub\\", <https://evil.example>; rel=hub"; rel=hub'], (HUB,), None),
        ([f'<{TOPIC}>; rel="alternate  Self\thub"'], (TOPIC,), TOPIC),
        (
            [f"<{HUB}>; rel=hub, <https://b.example/>; rel=hub, <{HUB}>; rel=hub"],
            (HUB, "https://b.example/"),
            None,
        ),
        ([f"<{TOPIC}>; rel=self, <https://b.example/>; rel=self"], (), TOPIC),
        (
            ["</hub>; rel=hub, <?a=1>; rel=self, <>; rel=hub"],
            ("https://a.example/hub",),
            "https://a.example/x/f?a=1",
        ),
        ([f"<{HUB}>; rel=next; rel=hub"], (), None),
        ([f"<{HUB}>; rel=hubs, <{HUB}>; rel=hub-of, <{HUB}>; rev=hub, <{HUB}>"], (), None),
        ([f'<{HUB}>; rel=hub; anchor="https://other.example/"'], (), None),
        (["<mailto:me@a.example>; rel=hub, <http://[bad>; rel=self"], (), None),
        (["nonsense", "<", "<>", "rel=hub", f"<{HUB}; rel=hub", f"<{HUB}>; rel=hub"], (HUB,), None),
    ],
)
def test_hubs_and_topic_are_found_in_links(
    lines: list[str], hubs: tuple[str, ...], topic: str | None
) -> None:
    headers = httpx.Headers([("Link", line) for line in lines])
    assert websub_links(headers, "https://a.example/x/f") == (hubs, topic)


@given(st.text(alphabet='<>;,="\\ \thubrelsf:/.', max_size=200))
def test_no_link_header_breaks_the_reader(text: str) -> None:
    hubs, topic = websub_links(httpx.Headers([("Link", text)]), "https://a.example/")
    assert all(url.startswith(("http://", "https://")) for url in (*hubs, topic or "http://"))


@pytest.mark.parametrize("text", ["<", "<>", "<a>;", "<a>; ", '<a>;rel="', "<a>;rel ", '"\\'])
def test_a_long_link_header_takes_no_time(text: str) -> None:
    with cheap():
        websub_links(httpx.Headers([("Link", text * (8000 // len(text)))] * 100), "https://a.example/")
