"""Unpacking a body step by step, so that what comes out of one step is bounded.

HTTP clients unpack without a limit: 809 bytes on the wire can become 1 GiB in memory.
"""

import zlib
from typing import Protocol

import brotli
import zstandard

OFFERED = ("gzip", "br", "zstd")
GZIP_MAGIC = b"\x1f\x8b"

_STEP = 65_536
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15
_ZSTD_WINDOW = 8 * 1024 * 1024  # the largest that HTTP allows (RFC 9659)
_ZSTD_BITE = 128
"""Bytes of input for one step. The densest block has 4 bytes and unpacks to 128 KiB: 4 MiB a step."""

DAMAGED = (zlib.error, brotli.error, zstandard.ZstdError)
"""What an unpacker raises for a stream that is damaged."""


class Unpacker(Protocol):
    """Takes a packed stream apart, chunk by chunk."""

    def unpack(self, chunk: bytes, limit: int) -> bytes:
        """What this chunk unpacks to; it may stop early once that is `limit` bytes or a step more."""

    def finished(self) -> bool:
        """Whether everything was there and was unpacked."""


def unpacker(coding: str | None, first_chunk: bytes) -> Unpacker:
    """The one for a coding; a body without one may still be a gzipped file."""
    match coding:
        case "br":
            return _Brotli()
        case "zstd":
            return _Zstd()
        case "deflate":
            wrapped = first_chunk[0] & 0x0F == 8  # RFC 1950; some servers send RFC 1951 bare
            return _Zlib(_ZLIB if wrapped else _RAW_DEFLATE)
        case None if not first_chunk.startswith(GZIP_MAGIC):
            return _Plain()
        case _:
            return _Zlib(_GZIP)


class _Plain:
    def unpack(self, chunk: bytes, limit: int) -> bytes:
        return chunk[:limit]

    def finished(self) -> bool:
        return True


class _Zlib:
    """Gzip (also of several members) and both things that are called deflate."""

    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits
        self._stream = zlib.decompressobj(window_bits)

    def unpack(self, chunk: bytes, limit: int) -> bytes:
        parts: list[bytes] = []
        while limit > 0:
            if self._stream.eof:
                if not chunk.startswith(GZIP_MAGIC):
                    break  # padding after the end
                self._stream = zlib.decompressobj(self._window_bits)
            step = min(limit, _STEP)
            part = self._stream.decompress(chunk, step)
            parts.append(part)
            limit -= len(part)
            chunk = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            if not chunk and len(part) < step:
                break
        return b"".join(parts)

    def finished(self) -> bool:
        return self._stream.eof


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def unpack(self, chunk: bytes, limit: int) -> bytes:
        parts = [self._stream.process(chunk, output_buffer_limit=_STEP)]
        size = len(parts[0])
        while parts[-1] and size < limit:  # there may be more to come though it took in the whole chunk
            parts.append(self._stream.process(b"", output_buffer_limit=_STEP))
            size += len(parts[-1])
        return b"".join(parts)

    def finished(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    """Zstandard, also of several frames."""

    def __init__(self) -> None:
        self._frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._frames.decompressobj()

    def unpack(self, chunk: bytes, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        for start in range(0, len(chunk), _ZSTD_BITE):
            bite = chunk[start : start + _ZSTD_BITE]
            while bite and size < limit:
                if self._frame.eof:
                    self._frame = self._frames.decompressobj()
                parts.append(self._frame.decompress(bite))
                size += len(parts[-1])
                bite = self._frame.unused_data if self._frame.eof else b""
        return b"".join(parts)

    def finished(self) -> bool:
        return bool(self._frame.eof)
