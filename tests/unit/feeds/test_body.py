import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Sequence

import brotli
import pytest
import zstandard
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


SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"  # RFC 8878, section 3.1.2
PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", lambda data: packed(data, 31)),
    ("deflate", lambda data: packed(data, 15)),
    ("deflate", lambda data: packed(data, -15)),
    ("br", lambda data: brotli.compress(data, quality=3)),
    ("zstd", zstandard.compress),
]


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
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("ZSTD", zstandard.compress(TEXT[:1000]) + zstandard.compress(TEXT[1000:])),
        ("zstd", SKIPPABLE + zstandard.compress(TEXT)),
        ("", gzip.compress(TEXT)),
    ],
    ids=[
        "plain",
        "identity",
        "gzip",
        "x-gzip",
        "members",
        "padded",
        "zlib",
        "raw deflate",
        "br",
        "zstd",
        "frames",
        "a skippable frame",
        "a gzipped file",
    ],
)
async def test_a_body_is_unpacked_whatever_it_is_called(coding: str, wire: bytes) -> None:
    assert await read_body(chunks_of(wire), content_encoding=coding) == TEXT
    assert await read_body(chunks_of(wire, 7), content_encoding=coding) == TEXT


@given(
    data=st.binary(max_size=200_000),
    repeated=st.sampled_from([1, 20]),
    size=st.integers(1, 70_000),
    packer=st.sampled_from(PACKERS),
)
async def test_every_way_to_cut_a_stream_gives_the_same_body(
    data: bytes, repeated: int, size: int, packer: tuple[str, Callable[[bytes], bytes]]
) -> None:
    coding, pack = packer
    wire = pack(data * repeated)
    chunks = chunks_of(wire, max(size, len(wire) // 500))
    assert await read_body(chunks, content_encoding=coding) == data * repeated


@pytest.mark.parametrize("size", [65_536, 131_072, 65_536 * 3])
async def test_a_body_that_ends_with_a_full_step_is_whole(size: int) -> None:
    for coding, pack in PACKERS:
        assert len(await read_body(chunks_of(pack(b"a" * size)), content_encoding=coding)) == size


@pytest.mark.parametrize("lost", [1, 8, 9, 50])
@pytest.mark.parametrize("packer", PACKERS, ids=["gzip", "zlib", "raw deflate", "br", "zstd"])
async def test_a_stream_without_its_end_is_cut_off(
    lost: int, packer: tuple[str, Callable[[bytes], bytes]]
) -> None:
    coding, pack = packer
    assert (await failure_of(pack(TEXT)[:-lost], coding)).kind is FailureKind.TRUNCATED


async def test_a_second_member_without_its_end_is_cut_off() -> None:
    wire = gzip.compress(TEXT) + gzip.compress(TEXT)[:-4]
    assert (await failure_of(wire, "gzip")).kind is FailureKind.TRUNCATED


@pytest.mark.parametrize("packer", PACKERS, ids=["gzip", "zlib", "raw deflate", "br", "zstd"])
async def test_a_bomb_stops_at_the_limit_of_the_body(packer: tuple[str, Callable[[bytes], bytes]]) -> None:
    coding, pack = packer
    failure = await failure_of(pack(b"\0" * 40_000_000), coding)
    assert failure.kind is FailureKind.TOO_LARGE
    assert "10 MB when unpacked" in str(failure)


async def test_the_limits_themselves_are_allowed() -> None:
    assert len(await read_body(chunks_of(b"a" * 100), wire_limit=100, body_limit=100)) == 100
    assert (await failure_of(b"a" * 101, wire_limit=100)).kind is FailureKind.TOO_LARGE
    assert (await failure_of(b"a" * 101, body_limit=100)).kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize(
    ("coding", "words"),
    [
        ("gzip, gzip", "more than once"),
        ("gzip,deflate", "more than once"),
        ("zstd, br", "more than once"),
        ("compress", "none of gzip, br, zstd"),
        ("nonsense", "none of gzip, br, zstd"),
    ],
)
async def test_stacked_and_unknown_codings_are_refused(coding: str, words: str) -> None:
    failure = await failure_of(b"whatever", coding)
    assert failure.kind is FailureKind.ENCODING
    assert words in str(failure)


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(TEXT)[:50] + b"\xff" * 500),
        ("br", b"no brotli at all"),
        ("br", brotli.compress(TEXT) + b"more"),
        ("zstd", b"no zstd at all"),
        ("zstd", zstandard.compress(TEXT)[:20] + b"\xff" * 500),
        ("zstd", zstandard.compress(TEXT) + b"more"),
    ],
)
async def test_a_damaged_stream_is_refused(coding: str, wire: bytes) -> None:
    assert (await failure_of(wire, coding)).kind is FailureKind.ENCODING


async def test_a_zstd_window_above_what_http_allows_is_refused() -> None:
    for window_log, kind in ((23, None), (24, FailureKind.ENCODING)):
        settings = zstandard.ZstdCompressionParameters(window_log=window_log)
        packer = zstandard.ZstdCompressor(compression_params=settings).compressobj()
        wire = packer.compress(TEXT) + packer.flush()
        if kind is None:
            assert await read_body(chunks_of(wire), content_encoding="zstd") == TEXT
        else:
            assert (await failure_of(wire, "zstd")).kind is kind


@pytest.mark.parametrize("coding", ["", "gzip", "deflate", "br", "zstd"])
async def test_nothing_at_all_is_an_empty_body(coding: str) -> None:
    empty: Sequence[bytes] = ()

    async def nothing() -> AsyncIterator[bytes]:
        for chunk in empty:
            yield chunk

    assert await read_body(nothing(), content_encoding=coding) == b""
