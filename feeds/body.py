"""Reading a response's body with a limit on what comes over the wire and on what it unpacks to.

HTTP clients unpack without a limit: 1.8 kB on the wire can become 1 GiB in memory.
"""

import zlib
from collections.abc import AsyncIterator
from typing import Protocol

from feeds.trouble import FailureKind, FetchFailed

WIRE_LIMIT = 5_000_000
BODY_LIMIT = 10_000_000
GZIP_MAGIC = b"\x1f\x8b"

_STEP = 65_536
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


class _Unpacker(Protocol):
    def unpack(self, chunk: bytes, limit: int) -> bytes:
        """Unpack at most `limit` bytes from this chunk and what was left before."""

    def finished(self) -> bool:
        """Whether everything was there and was unpacked."""


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


def coding(header: str) -> str | None:
    """The one coding that a Content-Encoding header names, None for identity.

    Raises `FetchFailed` for stacked or unknown codings.
    """
    names = [name for part in header.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if not names:
        return None
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise FetchFailed(
            FailureKind.ENCODING,
            f"the answer is packed as {', '.join(names)[:80]!r}; only gzip was offered",
        )
    return names[0]


async def read_body(
    chunks: AsyncIterator[bytes],
    *,
    content_encoding: str = "",
    wire_limit: int = WIRE_LIMIT,
    body_limit: int = BODY_LIMIT,
) -> bytes:
    """Read and unpack a whole body; limits are in bytes. A file that is itself gzipped is unpacked once, too.

    Raises `FetchFailed` for too much, a wrong or stacked coding, and a packed stream that is cut off.
    """
    name = coding(content_encoding)
    unpacker: _Unpacker | None = None
    parts: list[bytes] = []
    wire = size = 0
    async for chunk in chunks:
        wire += len(chunk)
        if wire > wire_limit:
            raise too_large(wire_limit, "")
        unpacker = unpacker or _unpacker(name, chunk)
        part = _unpack(unpacker, chunk, body_limit + 1 - size)
        size += len(part)
        if size > body_limit:
            raise too_large(body_limit, " when unpacked")
        parts.append(part)
    if unpacker is not None and not unpacker.finished():
        raise FetchFailed(FailureKind.TRUNCATED, "the answer was cut off: its packed stream has no end")
    return b"".join(parts)


def too_large(limit: int, how: str) -> FetchFailed:
    """The failure of an answer that goes over a limit in bytes."""
    return FetchFailed(FailureKind.TOO_LARGE, f"the answer is larger than {limit // 1_000_000} MB{how}")


def _unpacker(name: str | None, first_chunk: bytes) -> _Unpacker:
    if name == "deflate":
        wrapped = first_chunk[0] & 0x0F == 8  # RFC 1950; some servers send RFC 1951 bare
        return _Zlib(_ZLIB if wrapped else _RAW_DEFLATE)
    if name is not None or first_chunk.startswith(GZIP_MAGIC):
        return _Zlib(_GZIP)
    return _Plain()


def _unpack(unpacker: _Unpacker, chunk: bytes, limit: int) -> bytes:
    try:
        return unpacker.unpack(chunk, limit)
    except zlib.error:
        raise FetchFailed(FailureKind.ENCODING, "the answer's packed stream is damaged") from None
