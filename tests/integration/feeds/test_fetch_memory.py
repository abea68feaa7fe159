"""What an answer unpacks to never fills the memory: measured from outside, in a process of its own."""

import asyncio
import json
import sys
import zlib
from collections.abc import Callable

import brotli
import zstandard
from aiohttp import web

from tests.conftest import ROOT
from tests.integration.feeds.fetching import FEED
from tests.integration.feeds.servers import site

MIB = bytes(1024 * 1024)
STACKED = "the answer is packed more than once, which nobody asked for"
TOO_LARGE = "the answer is larger than 10 MB when unpacked"
MEMORY_LIMIT_MB = 50


def gib_of_zeros(press: Callable[[bytes], bytes], finish: Callable[[], bytes]) -> bytes:
    return b"".join(press(MIB) for _ in range(1024)) + finish()


def raw_deflate() -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return (packer.compress(MIB) + packer.flush(zlib.Z_FULL_FLUSH)) * 1024 + b"\x03\x00"


def gzip_of(deflated: bytes) -> bytes:
    checksum = 0
    for _ in range(1024):
        checksum = zlib.crc32(MIB, checksum)
    trailer = checksum.to_bytes(4, "little") + (1 << 30).to_bytes(4, "little")
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + deflated + trailer


def zlib_of(deflated: bytes) -> bytes:
    return b"\x78\xda" + deflated + ((1 << 30) % 65521 << 16 | 1).to_bytes(4, "big")


def zstd(**parameters: int) -> bytes:
    settings = zstandard.ZstdCompressionParameters(compression_level=1, **parameters)
    packer = zstandard.ZstdCompressor(compression_params=settings).compressobj()
    return gib_of_zeros(packer.compress, packer.flush)


async def test_a_gibibyte_of_zeros_stops_at_the_limit_however_it_is_packed() -> None:
    deflated = raw_deflate()
    gzip, br = gzip_of(deflated), brotli.Compressor(quality=1)
    twice = zlib.compress(gzip, wbits=31)
    bombs = {
        "gzip": ("gzip", gzip, TOO_LARGE),
        "file": ("", gzip, TOO_LARGE),
        "gzip-in-gzip": ("gzip, gzip", twice, STACKED),
        "gzip-in-gzip-told-once": ("gzip", twice, f"{len(gzip)} bytes"),
        "deflate": ("deflate", zlib_of(deflated), TOO_LARGE),
        "raw-deflate": ("deflate", deflated, TOO_LARGE),
        "br": ("br", gib_of_zeros(br.process, br.finish), TOO_LARGE),
        "zstd": ("zstd", zstd(), TOO_LARGE),
        "zstd-window": ("zstd", zstd(window_log=27), "the answer's packed stream is damaged"),
    }

    def answer(request: web.Request) -> web.Response:
        coding, body, _ = bombs.get(request.path[1:], ("", FEED, ""))
        return web.Response(body=body, headers={"Content-Encoding": coding} if coding else {})

    async with site(answer) as server:
        base = server.url.removesuffix("feed")
        told = await outcomes(server.url, *(base + name for name in bombs))

    assert [outcome for outcome, _ in told] == [expected for *_, expected in bombs.values()]
    assert max(rise for _, rise in told) < MEMORY_LIMIT_MB


async def outcomes(*urls: str) -> list[tuple[str, float]]:
    """What came of each URL but the first, and how far memory had risen by then, in MB."""
    command = [sys.executable, "-m", "tests.integration.feeds.memory_probe", *urls]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return [(outcome, rise) for outcome, rise in map(json.loads, output.splitlines())]
