"""The judging server itself: a good reader is praised, and each bad habit is found."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from tests.integration.feeds import kroll
from tests.integration.feeds.kroll import Action, KrollServer, Scripted, kroll_server

START = datetime(2026, 11, 16, 0, 0, 0, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGENT = "reader/1.0 (+https://reader.example/bot)"
CONDITIONS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


@dataclass
class Reader:
    """Reads one feed as it should be read, save for what a test makes it do."""

    server: KrollServer
    feed: Scripted
    session: aiohttp.ClientSession
    now: list[datetime]
    pair: dict[str, str] = field(default_factory=dict)

    async def ask(
        self,
        after: timedelta = HOUR,
        *,
        method: str = "GET",
        extra: str = "",
        keep: bool = True,
        allow_redirects: bool = True,
        **more: str,
    ) -> int:
        self.now[0] += after
        sent = {CONDITIONS[name]: value for name, value in self.pair.items()}
        headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **sent}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        headers = {name: value for name, value in headers.items() if value}
        url = self.server.url + self.feed.path + extra
        async with self.session.request(
            method, url, headers=headers, allow_redirects=allow_redirects
        ) as response:
            given = {name: response.headers[name] for name in CONDITIONS if name in response.headers}
            if keep and response.status in (200, 304):
                self.pair = given if response.status == 200 else self.pair | given
            return response.status

    def do(self, action: Action) -> None:
        self.feed.now = self.now[0]
        action(self.feed)

    @property
    def faults(self) -> list[str]:
        return self.server.violations


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    now = [START]
    async with (
        kroll_server(lambda: now[0]) as server,
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), skip_auto_headers=["User-Agent"]
        ) as session,
    ):
        made = Reader(server, server.add("blog"), session, now)
        assert await made.ask() == 200
        yield made


async def test_a_good_reader_has_no_faults_and_downloads_only_what_is_new(reader: Reader) -> None:
    actions = [
        kroll.publish, kroll.touch, kroll.publish_within_the_same_second, kroll.touch_the_date,
        kroll.write_etags("weak"), kroll.write_etags("comma"), kroll.show("ETag"), kroll.show("Last-Modified"),
        kroll.show("ETag", "Last-Modified"),
    ]  # fmt: skip
    answers = []
    for action in actions:
        reader.do(action)
        answers.append(await reader.ask())

    assert answers == [200, 200, 200, 304, 304, 200, 304, 200, 304]
    assert await reader.ask() == 304
    assert reader.faults == []
    judge = reader.feed.judge
    assert (judge.requests, judge.unconditional, judge.whole_answers) == (11, 1, 6)
    assert judge.verdicts == {("ETag", "good"): 9, ("Last-Modified", "good"): 10}


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ({"after": timedelta(minutes=59)}, "0:01:00 too soon: an hour is polite"),
        ({"after": timedelta(0)}, "1:00:00 too soon: an hour is polite"),
        ({"method": "HEAD"}, "HEAD instead of GET"),
        ({"extra": "?null"}, "a query string: /blog?null"),
        ({"Cookie": "reader=followed"}, "sent Cookie: reader=followed"),
        ({"Referer": "https://reader.example/"}, "sent Referer: https://reader.example/"),
        ({"Cache_Control": "no-cache"}, "sent Cache-Control: no-cache"),
        ({"Range": "bytes=0-99"}, "sent Range: bytes=0-99"),
        ({"Accept_Encoding": "identity"}, "gzip is not offered"),
        ({"Accept_Encoding": "gzip, br"}, "Accept-Encoding has changed"),
        ({"User_Agent": "reader/1.1 (+https://reader.example/bot)"}, "User-Agent has changed"),
        (
            {"User_Agent": "python-httpx/0.28"},
            "the User-Agent is no name, version and address: python-httpx/0.28",
        ),
        ({"If_None_Match": "1"}, "not the latest pair: ETag bogus; Last-Modified good; forgotten: "),
        ({"If_None_Match": 'W/"1"'}, "not the latest pair: ETag bogus; Last-Modified good; forgotten: "),
        ({"If_None_Match": ""}, "not the latest pair: Last-Modified good; forgotten: ETag"),
        (
            {"If_None_Match": "", "If_Modified_Since": ""},
            "not the latest pair: unconditional; forgotten: ETag, Last-Modified",
        ),
        (
            {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
            "not the latest pair: ETag good; Last-Modified bogus; forgotten: ",
        ),
    ],
)
async def test_a_bad_habit_is_found(reader: Reader, how: dict[str, str], fault: str) -> None:
    await reader.ask(**how)  # type: ignore[arg-type]
    assert f"/blog: {fault}" in reader.faults


@pytest.mark.parametrize(
    ("action", "stale"),
    [
        (kroll.touch, "ETag out of date; Last-Modified out of date"),
        (kroll.publish_within_the_same_second, "ETag out of date; Last-Modified good"),
        (kroll.touch_the_date, "ETag good; Last-Modified out of date"),
    ],
)
async def test_a_pair_that_was_not_renewed_is_found(reader: Reader, action: Action, stale: str) -> None:
    reader.do(action)
    await reader.ask(keep=False)
    await reader.ask()
    assert reader.faults == [f"/blog: not the latest pair: {stale}; forgotten: "]


async def test_a_validator_of_an_earlier_answer_beside_a_later_one_is_found(reader: Reader) -> None:
    reader.do(kroll.touch)
    earlier = dict(reader.pair)
    reader.do(kroll.show("Last-Modified"))
    await reader.ask()
    reader.pair["ETag"] = earlier["ETag"]
    await reader.ask()
    assert reader.faults == ["/blog: not the latest pair: ETag out of date; Last-Modified good; forgotten: "]


async def test_the_etag_of_an_error_is_bogus(reader: Reader) -> None:
    reader.do(kroll.refuse(500))
    assert await reader.ask() == 500
    await reader.ask(If_None_Match='"error"')
    assert reader.faults == ["/blog: not the latest pair: ETag bogus; Last-Modified good; forgotten: "]


@pytest.mark.parametrize(
    ("action", "wait", "why"),
    [
        (kroll.refuse(429, 7_200), 2 * HOUR, "told to wait by 429"),
        (kroll.refuse(503, 7_200, as_date=True), 2 * HOUR, "told to wait by 503"),
        (kroll.refuse(403, 7_200), 2 * HOUR, "told to wait by 403"),
        (kroll.refuse(503), 4 * HOUR, "told to wait by 503"),
        (kroll.refuse(429), 4 * HOUR, "told to wait by 429"),
        (kroll.state_lifetime(7_200), 2 * HOUR, "the answer is still fresh"),
        (kroll.expire_after(7_200), 2 * HOUR, "the answer is still fresh"),
        (kroll.state_lifetime(10**9), 24 * HOUR, "the answer is still fresh"),
        (kroll.show(), 24 * HOUR, "an unconditional reader comes once a day"),
    ],
)
async def test_who_does_not_wait_as_long_as_asked_is_found(
    reader: Reader, action: Action, wait: timedelta, why: str
) -> None:
    reader.do(action)
    await reader.ask()
    await reader.ask(wait - timedelta(seconds=1))
    await reader.ask(max(wait, 24 * HOUR))
    assert reader.faults == [f"/blog: 0:00:01 too soon: {why}"]


async def test_who_asks_again_after_410_or_in_an_hour_to_skip_or_before_the_ttl_is_found(
    reader: Reader,
) -> None:
    hints = reader.server.add("hints", ttl_minutes=180, skip_hours=frozenset({5}))
    reader.feed, reader.pair = hints, {}
    await reader.ask()  # at two o'clock
    await reader.ask(2 * HOUR)
    assert reader.faults == ["/hints: 1:00:00 too soon: the feed's ttl"]
    hints.judge.faults.clear()
    await reader.ask(24 * HOUR + HOUR)
    assert reader.faults == ["/hints: asked at 05:00, in an hour to skip"]
    hints.judge.faults.clear()
    reader.do(kroll.end)
    assert await reader.ask(24 * HOUR) == 410
    hints.judge.faults.clear()
    await reader.ask(240 * HOUR)
    assert reader.faults == ["/hints: asked again after 410"]


async def test_who_asks_an_old_address_again_is_found(reader: Reader) -> None:
    reader.do(reader.server.move("new"))
    await reader.ask()  # and follows
    assert (
        reader.faults
        == [
            "/new: not the latest pair: ETag bogus; Last-Modified bogus; forgotten: "  # they were the old address's
        ]
    )
    reader.server.feeds["/new"].judge.faults.clear()
    await reader.ask(allow_redirects=False)
    assert reader.faults == ["/blog: asked again after 301"]


async def test_an_invented_address_is_found(reader: Reader) -> None:
    await reader.ask(extra="/other/stuff")
    assert reader.faults == ["asked for /blog/other/stuff, which nobody has offered"]


async def test_two_requests_at_a_time_are_found(reader: Reader) -> None:
    reader.server.thinks_s = 600
    asking = [asyncio.create_task(reader.ask()) for _ in range(2)]
    async with asyncio.timeout(60):
        while "more than one request at a time to one host" not in reader.faults:
            await asyncio.sleep(0.01)
    for one in asking:
        one.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
