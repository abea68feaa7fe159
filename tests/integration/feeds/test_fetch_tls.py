"""TLS: only a certificate that is valid, for this very name, and from an authority that we trust will do."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from feeds.fetch import Fetcher
from feeds.trouble import FailureKind
from tests.integration.feeds.conftest import LOOPBACK
from tests.integration.feeds.fetching import FEED, failure_of, ok, status
from tests.integration.feeds.servers import raw_site, site

Certificate = Callable[..., Path]
DAY = timedelta(days=1)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """Makes a certificate, with its key and its authority's certificate in the same file."""

    def make(name: str = "IP:127.0.0.1", *, expired: bool = False) -> Path:
        authority, file = trustme.CA(), tmp_path / "certificate.pem"
        now = datetime.now(UTC)
        ends = now - DAY if expired else now + DAY
        made = authority.issue_cert(name.partition(":")[2], not_before=now - 2 * DAY, not_after=ends)
        made.private_key_and_cert_chain_pem.write_to_path(file)
        authority.cert_pem.write_to_path(file, append=True)
        return file

    return make


def served_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> Fetcher:
    return Fetcher(LOOPBACK, tls=ssl.create_default_context(cafile=str(certificate)), deadline_s=5)


async def test_a_valid_certificate_of_a_trusted_authority_is_accepted(certificate: Certificate) -> None:
    file = certificate()
    async with site(ok(), tls=served_with(file)) as feed, trusting(file) as fetcher:
        assert (await fetcher.fetch(feed.url)).body == FEED


@pytest.mark.parametrize(
    ("name", "expired", "words"),
    [
        ("IP:127.0.0.1", True, "certificate has expired"),
        ("IP:127.0.0.2", False, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ("DNS:feed.example", False, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
    ids=["expired", "another address", "another name"],
)
async def test_no_other_certificate_is(
    certificate: Certificate, name: str, expired: bool, words: str
) -> None:
    file = certificate(name, expired=expired)
    async with site(ok(), tls=served_with(file)) as feed, trusting(file) as fetcher:
        failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.TLS
    assert str(failure).startswith(f"127.0.0.1's certificate is not valid: {words}")
    assert feed.requests == []


async def test_a_certificate_that_signs_itself_is_trusted_by_nobody(
    fetcher: Fetcher, certificate: Certificate
) -> None:
    async with site(ok(), tls=served_with(certificate())) as feed:
        failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.TLS
    assert "self-signed certificate" in str(failure)
    assert feed.requests == []


async def test_a_redirect_from_https_to_http_is_not_followed(certificate: Certificate) -> None:
    file = certificate()
    async with site(ok()) as plain:
        moved = status(301, Location=plain.url)
        async with site(moved, tls=served_with(file)) as feed, trusting(file) as fetcher:
            failure = await failure_of(fetcher, feed.url)
    assert failure.kind is FailureKind.REDIRECT
    assert str(failure) == "127.0.0.1 redirects from https to plain http on 127.0.0.1: not followed"
    assert plain.requests == []


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 100, b""]
)
async def test_nonsense_instead_of_tls_is_a_failure(fetcher: Fetcher, answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1")
    async with server:
        failure = await failure_of(fetcher, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert failure.kind in (FailureKind.TLS, FailureKind.CONNECTION)


async def test_a_handshake_that_never_ends_ends_with_the_deadline() -> None:
    async with raw_site(b"") as url, Fetcher(LOOPBACK, deadline_s=0.4) as fetcher:
        failure = await failure_of(fetcher, url.replace("http:", "https:"))
    assert failure.kind is FailureKind.TIMEOUT
