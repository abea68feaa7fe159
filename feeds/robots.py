"""What a site's robots.txt allows a program that looks around there by itself (RFC 9309)."""

from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from feeds.fetch import Fetcher
from feeds.trouble import FetchFailed

NAME = "firetime"
LIMIT = 500 * 1024
"""Bytes of the file that are read (RFC 9309, section 2.5)."""


class Robots:
    """The rules of one site."""

    def __init__(self, rules: RobotFileParser) -> None:
        self._rules = rules

    def allow(self, url: str) -> bool:
        """Whether we may ask for this address without having been told to."""
        return self._rules.can_fetch(NAME, url)


async def read_robots(fetcher: Fetcher, url: str) -> Robots:
    """The rules of the site that an address belongs to.

    A site without the file allows everything; one that cannot give it allows nothing (RFC 9309, section 2.3.1).
    """
    rules = RobotFileParser()
    rules.parse(await _lines(fetcher, urljoin(url, "/robots.txt")))
    return Robots(rules)


async def _lines(fetcher: Fetcher, url: str) -> list[str]:
    try:
        fetched = await fetcher.fetch(url)
    except FetchFailed as failure:
        is_missing = failure.status is not None and 400 <= failure.status < 500 and failure.status != 429
        return [] if is_missing else ["User-agent: *", "Disallow: /"]
    return (fetched.body or b"")[:LIMIT].decode(errors="replace").splitlines()
