"""What is expected to go wrong with a feed. Each message is one sentence for the person who runs Firetime."""

from enum import StrEnum


class FailureKind(StrEnum):
    """Why a feed could not be fetched."""

    URL = "url"
    DNS = "dns"
    REFUSED = "refused"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    STATUS = "status"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    TRUNCATED = "truncated"
    PROTOCOL = "protocol"


class Trouble(Exception):
    """A feed could not be read; the text says why."""


class FetchFailed(Trouble):
    """No usable answer came.

    `status` is set when the server answered; `retry_after_s` is the server's own word, in seconds.
    """

    def __init__(
        self, kind: FailureKind, message: str, *, status: int | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.retry_after_s = retry_after_s


class ParseFailed(Trouble):
    """The parser could not finish with the document."""


class NotAFeed(Trouble):
    """The document is no feed, or only a part of one; the message says what was found."""


class SignInFailed(Trouble):
    """What a feed is signed in with could not be had, or not be sent; the message never holds a value."""
