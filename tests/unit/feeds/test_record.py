"""Whose word a failure is."""

import pytest

from feeds.record import speaks_for_its_host
from feeds.trouble import FailureKind, FetchFailed, NotAFeed, Trouble

NAMED, GATEWAY = "https://feeds.example/a", "http://10.0.0.7:1200/a"


def answered(status: int) -> Trouble:
    return FetchFailed(FailureKind.STATUS, "it answered", status=status, retry_after_s=60)


@pytest.mark.parametrize(
    ("trouble", "url", "speaks"),
    [
        (answered(429), NAMED, True),
        (answered(403), NAMED, False),
        (answered(503), NAMED, False),
        (answered(429), GATEWAY, False),
        (answered(429), "http://[fd00::7]/a", False),
        (NotAFeed("no feed"), NAMED, False),
    ],
)
def test_only_too_many_requests_from_a_named_server_may_concern_all_of_its_feeds(
    trouble: Trouble, url: str, *, speaks: bool
) -> None:
    assert speaks_for_its_host(trouble, url) is speaks
