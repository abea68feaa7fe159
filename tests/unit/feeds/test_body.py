import gzip
import zlib
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.body import read_body
from feeds.trouble import FailureKind, FetchFailed

TEXT = b"<rss>" + bytes(range(256)) * 900 + b"</rss>"


async def chunks_of(data: bytes, size: int = 16_384) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def packed(data: bytes, window_bits: int) -> bytes:
    packer = zlib.compressobj(wbits=window_bits)
    return packer.compress(data) + packer.flush()


async def failure_of(data: bytes, coding: str = "", **limits: int) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await read_body(chunks_of(data), content_encoding=coding, **limits)
    return failed.value


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("X-GZip", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:])),
        ("gzip", gzip.compress(TEXT) + b"\0" * 100),
        ("deflate", packed(TEXT, 15)),
        ("deflate", packed(TEXT, -15)),
        ("", gzip.compress(TEXT)),
    ],
    ids=["plain", "identity", "gzip", "x-gzip", "members", "padded", "zlib", "raw deflate", "a gzipped file"],
)
async def test_a_body_is_unpacked_whatever_it_is_called(coding: str, wire: bytes) -> None:
    assert await read_body(chunks_of(wire), content_encoding=coding) == TEXT
    assert await read_body(chunks_of(wire, 7), content_encoding=coding) == TEXT


@given(data=st.binary(max_size=200_000), size=st.integers(1, 70_000), coding=st.sampled_from([15, -15, 31]))
async def test_every_way_to_cut_a_stream_gives_the_same_body(data: bytes, size: int, coding: int) -> None:
    name = "gzip" if coding == 31 else "deflate"
    wire = packed(data, coding)
    assert await read_body(chunks_of(wire, max(size, len(wire) // 500)), content_encoding=name) == data


@pytest.mark.parametrize("size", [65_536, 131_072, 65_536 * 3])
async def test_a_body_that_ends_with_a_full_step_is_whole(size: int) -> None:
    for bits in (-15, 15):
        assert len(await read_body(chunks_of(packed(b"a" * size, bits)), content_encoding="deflate")) == size


@pytest.mark.parametrize("lost", [1, 8, 9, 500])
async def test_a_gzip_stream_without_its_end_is_cut_off(lost: int) -> None:
    assert (await failure_of(gzip.compress(TEXT)[:-lost], "gzip")).kind is FailureKind.TRUNCATED


async def test_a_second_member_without_its_end_is_cut_off() -> None:
    wire = gzip.compress(TEXT) + gzip.compress(TEXT)[:-4]
    assert (await failure_of(wire, "gzip")).kind is FailureKind.TRUNCATED


async def test_a_bomb_stops_at_the_limit_of_the_body() -> None:
    failure = await failure_of(gzip.compress(b"\0" * 40_000_000), "gzip")
    assert failure.kind is FailureKind.TOO_LARGE
    assert "10 MB when unpacked" in str(failure)


async def test_the_limits_themselves_are_allowed() -> None:
    assert len(await read_body(chunks_of(b"a" * 100), wire_limit=100, body_limit=100)) == 100
    assert (await failure_of(b"a" * 101, wire_limit=100)).kind is FailureKind.TOO_LARGE
    assert (await failure_of(b"a" * 101, body_limit=100)).kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,deflate", "br", "zstd", "nonsense"])
async def test_stacked_and_unknown_codings_are_refused(coding: str) -> None:
    failure = await failure_of(b"whatever", coding)
    assert failure.kind is FailureKind.ENCODING
    assert "only gzip was offered" in str(failure)


@pytest.mark.parametrize("wire", [b"no gzip at all", gzip.compress(TEXT)[:50] + b"\xff" * 500])
async def test_a_damaged_stream_is_refused(wire: bytes) -> None:
    assert (await failure_of(wire, "gzip")).kind is FailureKind.ENCODING


@pytest.mark.parametrize("coding", ["", "gzip", "deflate"])
async def test_nothing_at_all_is_an_empty_body(coding: str) -> None:
    empty: Sequence[bytes] = ()

    async def nothing() -> AsyncIterator[bytes]:
        for chunk in empty:
            yield chunk

    assert await read_body(nothing(), content_encoding=coding) == b""
