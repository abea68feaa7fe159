"""Look for secrets in whatever is given, in every form in which one could lie about."""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import re2

PIECE = 12
"""So many characters of a secret's own part are as good as the whole: a value that is cut short is a leak, too."""


class Place(NamedTuple):
    """Something that was searched, and what was in it."""

    name: str
    content: bytes


def place(name: str, content: str | bytes) -> Place:
    return Place(name, content if isinstance(content, bytes) else content.encode(errors="surrogateescape"))


def found(places: Iterable[Place], secrets: Iterable[str]) -> list[str]:
    """Where a secret is, and in which form: `firetime.db: canary-api as hex`."""
    wanted = [(secret, form, needle) for secret in secrets for form, needle in forms(secret)]
    any_of_them = _any_of(needle for _, _, needle in wanted)
    return [
        f"{where}: {_named(secret)} as {form}"
        for where, content in places
        if any_of_them.search(content)
        for secret, form, needle in wanted
        if needle in content
    ]


def _any_of(needles: Iterable[bytes]) -> Any:
    """One look for thousands of needles."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 1 << 28
    return re2.compile(
        b"|".join(re2.escape(needle.decode("latin-1")).encode("latin-1") for needle in needles), options
    )


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """The secret as it is, as it is encoded, and hashed. Its own part, behind the last dash, is hexadecimal.

    No way to escape a character changes that part: it is the same in JSON, HTML, a header, an address and a repr.
    """
    own = secret.rpartition("-")[2].encode()
    assert len(own) >= 2 * PIECE, "too short to be told from chance"
    yield "itself, from its start", own[:PIECE]
    yield "itself, at its end", own[-PIECE:]
    yield "hex", own[:PIECE].hex().encode()
    yield "upper hex", own[:PIECE].hex().upper().encode()
    for ahead in range(3):
        yield f"base64 ({ahead})", _base64(own, ahead)
    for hashed in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        digest = hashed(secret.encode()).digest()
        name = hashed.__name__.removeprefix("openssl_")
        yield name, digest.hex()[:16].encode()
        yield f"{name} in bytes", digest
        yield f"{name} in base64", b64encode(digest)[:16]
        yield f"{name} in base64 for addresses", urlsafe_b64encode(digest)[:16]


def _base64(own: bytes, ahead: int) -> bytes:
    """What base64 makes of it behind so many bytes of something else (modulo 3): the letters that are its alone."""
    letters = b64encode(bytes(ahead) + own)
    return letters[-(-ahead * 8 // 6) : (ahead + len(own)) * 8 // 6][:16]


def _named(secret: str) -> str:
    return secret.rpartition("-")[0]


def files(folder: Path) -> Iterator[Place]:
    """All files below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Place(str(path.relative_to(folder)), path.read_bytes())


def process(pid: int, *, memory: bool = False) -> Iterator[Place]:
    """What a process tells of itself; if wanted, also all that is in its memory."""
    for name in ("cmdline", "environ"):
        file = Path(f"/proc/{pid}/{name}")
        with suppress(PermissionError):  # it has closed its memory, and we are not root
            yield Place(str(file), file.read_bytes())
    if memory:
        yield Place(f"/proc/{pid}/mem", _memory(pid))


def _memory(pid: int) -> bytes:
    content = b""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            start, end = (int(side, 16) for side in span.split("-"))
            if rights.startswith("rw") and start < 1 << 47:
                mem.seek(start)
                content += mem.read(end - start)
    return content
