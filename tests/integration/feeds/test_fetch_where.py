"""Where requests go, and where they never do."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.trouble import FailureKind
from tests.integration.feeds.conftest import LOOPBACK
from tests.integration.feeds.fetching import FEED, Names, failure_of, ok, status
from tests.integration.feeds.servers import http, raw_site, site

TLS = ssl.create_default_context()


async def test_a_redirect_inside_is_refused_though_its_source_is_allowed(fetcher: Fetcher) -> None:
    async with site(ok(), "127.0.0.3") as inside, site(status(302, Location=inside.url)) as feed:
        failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.REFUSED
    assert str(failure) == "127.0.0.1 redirects to 127.0.0.3, whose address is not public: not followed"
    assert inside.requests == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.3", "2130706435", "0x7f000003", "127.3", "[::1]", "[::ffff:127.0.0.3]", "localhost", "0.0.0.0"],
)
async def test_no_way_to_write_an_address_gets_around_the_guard(host: str) -> None:
    async with Fetcher(Guard(), deadline_s=5) as fetcher:
        failure = await failure_of(fetcher, f"http://{host}:1/feed")
    assert failure.kind in (FailureKind.REFUSED, FailureKind.URL)


async def test_a_name_that_changes_its_answer_is_checked_each_time() -> None:
    async with raw_site(http(body=FEED)) as url, site(ok(), "127.0.0.3") as inside:
        port, inner = url.split(":")[2].split("/")[0], inside.url.split(":")[2].split("/")[0]
        names = Names(["127.0.0.1"], ["127.0.0.3"])
        async with Fetcher(LOOPBACK, resolver=names) as fetcher:
            assert (await fetcher.fetch(f"http://rebind.example:{port}/feed")).body == FEED
            failure = await failure_of(fetcher, f"http://rebind.example:{inner}/feed")
    assert failure.kind is FailureKind.REFUSED
    assert str(failure).startswith("rebind.example leads to 127.0.0.3")
    assert inside.requests == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_talked_to() -> None:
    async with site(ok(), "127.0.0.3") as inside, site(ok()) as feed:
        port = feed.url.split(":")[2]
        names = Names(["127.0.0.1"], ["127.0.0.3"])
        async with Fetcher(LOOPBACK, resolver=names) as fetcher:
            await fetcher.fetch(f"http://rebind.example:{port}")
    assert names.asked == ["rebind.example"]
    assert (len(feed.requests), inside.requests) == (1, [])


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "127.0.0.3", "100.64.0.1"])
async def test_a_redirect_to_a_name_that_leads_inside_is_refused(address: str) -> None:
    away = status(302, Location="http://inner.example:1/")
    async with site(away) as feed, Fetcher(LOOPBACK, resolver=Names([address])) as fetcher:
        failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.REFUSED
    assert str(failure) == "127.0.0.1 redirects to inner.example, whose address is not public: not followed"


async def test_the_first_of_several_redirects_is_blamed_for_where_they_lead() -> None:
    async with site(status(302, Location="http://inner.example:1/")) as second:
        away = status(301, Location=second.url)
        async with (
            site(away, "127.0.0.2") as first,
            Fetcher(LOOPBACK, resolver=Names(["10.0.0.1"])) as fetcher,
        ):
            failure = await failure_of(fetcher, first.url)
    assert str(failure) == "127.0.0.2 redirects to inner.example, whose address is not public: not followed"


async def test_an_address_inside_that_the_operator_gave_says_how_to_allow_it(fetcher: Fetcher) -> None:
    failure = await failure_of(fetcher, "http://127.0.0.3:1/feed")
    assert "FIRETIME_ALLOW_PRIVATE" in str(failure)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/", "data:,<rss/>", "http://["])
async def test_a_redirect_out_of_the_web_is_not_followed(fetcher: Fetcher, target: str) -> None:
    async with site(status(301, Location=target)) as feed:
        failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.URL
    assert str(failure) == "127.0.0.1 redirects to what is no http or https address"


async def test_a_login_in_a_redirect_is_neither_sent_nor_kept(fetcher: Fetcher) -> None:
    async with site(ok()) as there:
        target = there.url.replace("http://", "http://me:canary@")
        async with site(status(301, Location=target)) as feed:
            fetched = await fetcher.fetch(feed.url)
    assert "Authorization" not in there.requests[0].headers
    assert (fetched.url, fetched.moved_to) == (there.url, there.url)


async def test_an_address_with_a_login_is_refused_without_repeating_it(fetcher: Fetcher) -> None:
    failure = await failure_of(fetcher, "https://me:canary@a.example/feed")
    assert failure.kind is FailureKind.URL
    assert str(failure) == (
        "the address on a.example holds a user name or a password: take it out, and use sign_in"
    )
    assert "canary" not in str(await failure_of(fetcher, "gopher://me:canary@a.example/feed"))


async def test_a_name_with_one_good_address_is_reached_there_and_only_there() -> None:
    async with site(ok()) as feed:
        names = Names(["10.255.255.1", "127.0.0.1"])
        async with Fetcher(LOOPBACK, resolver=names) as fetcher:
            port = feed.url.split(":")[2]
            assert (await fetcher.fetch(f"http://mixed.example:{port}")).body == FEED


async def test_a_name_whose_addresses_are_all_inside_is_refused() -> None:
    async with Fetcher(LOOPBACK, resolver=Names(["10.0.0.1", "10.0.0.2", "10.0.0.3"])) as fetcher:
        assert (await failure_of(fetcher, "http://inside.example/")).kind is FailureKind.REFUSED


async def test_a_name_that_does_not_exist_is_named() -> None:
    async with Fetcher(LOOPBACK, resolver=Names([])) as fetcher:
        failure = await failure_of(fetcher, "http://no-such.example/feed")
    assert failure.kind is FailureKind.DNS
    assert "no-such.example" in str(failure)


async def test_a_label_that_is_too_long_is_no_name(fetcher: Fetcher) -> None:
    failure = await failure_of(fetcher, f"http://{'a' * 70}.example/feed")
    assert failure.kind in (FailureKind.DNS, FailureKind.URL)


@pytest.mark.parametrize(
    "url", ["", "feed.xml", "ftp://a.example/", "file:///etc/passwd", "http://", "http://[bad"]
)
async def test_what_is_no_web_address_is_a_failure(fetcher: Fetcher, url: str) -> None:
    assert (await failure_of(fetcher, url)).kind is FailureKind.URL


async def test_a_port_where_nobody_listens_is_a_refused_connection(fetcher: Fetcher) -> None:
    async with site(ok()) as feed:
        pass
    failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.CONNECTION
    assert "is its server running?" in str(failure)


async def test_https_to_a_server_without_tls_is_a_tls_failure(fetcher: Fetcher) -> None:
    async with site(ok()) as feed:
        assert (await failure_of(fetcher, feed.url.replace("http:", "https:"))).kind is FailureKind.TLS


@given(
    st.text(max_size=30)
    | st.text(alphabet="a0.:[]@%/?#\\ \n\0é。𝟘ß\u200b\udc80", max_size=12).map("http://{}".format)
)
async def test_whatever_an_address_looks_like_it_is_a_failure_that_can_be_told(url: str) -> None:
    async with Fetcher(Guard(), deadline_s=2, resolver=Names([]), tls=TLS) as fetcher:
        failure = await failure_of(fetcher, url)
    assert failure.kind in (FailureKind.URL, FailureKind.DNS, FailureKind.REFUSED)
