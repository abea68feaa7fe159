"""What a server says of a file without sending it: the answer to HEAD (RFC 9110, section 9.3.2)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Head:
    """A good answer. `url` is the final address after redirects, `length` the bytes of the file, 0 where unsaid."""

    url: str
    content_type: str
    length: int


AskHead = Callable[[str], Awaitable[Head]]
"""Asks for the head of one address. Raises `FetchFailed` where there is no good answer."""
