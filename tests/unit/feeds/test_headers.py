from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.headers import first_raw, http_date, max_age_s, retry_after_s

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
