"""Reading a response's body with a limit on what comes over the wire and on what it unpacks to."""

from collections.abc import AsyncIterator

from feeds.trouble import FailureKind, FetchFailed
from feeds.unpack import DAMAGED, OFFERED, Unpacker, unpacker

WIRE_LIMIT = 5_000_000
BODY_LIMIT = 10_000_000

_CODINGS = (*OFFERED, "x-gzip", "deflate")  # what may come though it was not offered


def coding(header: str) -> str | None:
    """The one coding that a Content-Encoding header names, None for identity.

    Raises `FetchFailed` for stacked or unknown codings.
    """
    names = [name for part in header.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if not names:
        return None
    if len(names) > 1:
        raise FetchFailed(FailureKind.ENCODING, "the answer is packed more than once, which nobody asked for")
    if names[0] not in _CODINGS:
        raise FetchFailed(FailureKind.ENCODING, f"the answer is packed as none of {', '.join(OFFERED)}")
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
    unpacking: Unpacker | None = None
    body = bytearray()  # not a list of parts: they may be tiny
    wire = 0
    async for chunk in chunks:
        wire += len(chunk)
        if wire > wire_limit:
            raise too_large(wire_limit, "")
        unpacking = unpacking or unpacker(name, chunk)
        body += _unpacked(unpacking, chunk, body_limit + 1 - len(body))
        if len(body) > body_limit:
            raise too_large(body_limit, " when unpacked")
    if unpacking is not None and not unpacking.finished():
        raise FetchFailed(FailureKind.TRUNCATED, "the answer was cut off: its packed stream has no end")
    return bytes(body)


async def read_start(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """The first `limit` bytes, and no more than that."""
    start = b""
    async for chunk in chunks:
        start += chunk[: limit - len(start)]
        if len(start) == limit:
            break
    return start


def too_large(limit: int, how: str) -> FetchFailed:
    """The failure of an answer that goes over a limit in bytes."""
    return FetchFailed(FailureKind.TOO_LARGE, f"the answer is larger than {limit // 1_000_000} MB{how}")


def _unpacked(unpacking: Unpacker, chunk: bytes, limit: int) -> bytes:
    try:
        return unpacking.unpack(chunk, limit)
    except DAMAGED:
        raise FetchFailed(FailureKind.ENCODING, "the answer's packed stream is damaged") from None
