"""Ask Ayrshare what a profile is and which feeds it has. These questions change nothing, so they may be asked again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from scheduler.delivery.ayrshare import Ayrshare, Reply
from scheduler.delivery.questions import Questions
from scheduler.delivery.refusals import refusal
from scheduler.delivery.throttle import PERIOD_S
from scheduler.delivery.vault import CustomerKeys
from scheduler.errors import Explained

log = structlog.get_logger()

DEADLINE_S = 30.0
"""For each request."""
PAUSES_S = (0.5, 2.0)
"""Before it is asked again where no answer came."""
PATIENCE_S = 60.0
"""So long Ayrshare's own word on when to come back is followed; beyond, a person is told."""

Question = Callable[[], Awaitable[Reply]]


class Refused(Explained):
    """Ayrshare does not answer a question; the text says why."""


class Asking:
    """Asks Ayrshare at `url`. Each method raises `Refused`."""

    def __init__(self, ayrshare: Ayrshare, url: str) -> None:
        self._ayrshare = ayrshare
        self._questions = Questions(ayrshare, url, DEADLINE_S)

    async def profile(self, api_key: str, keys: CustomerKeys | None) -> Mapping[str, Any]:
        """What a profile is (`GET /user`); without keys, the primary one."""
        return await self._answer("GET /user", lambda: self._ayrshare.user(api_key, keys))

    async def feeds(self, api_key: str, keys: CustomerKeys | None) -> list[object]:
        """The feeds that Ayrshare polls for a profile (`GET /feed`), as they are told."""
        body = await self._answer("GET /feed", lambda: self._ayrshare.feeds(api_key, keys))
        feeds = body.get("feeds", [])
        if not isinstance(feeds, list):
            raise Refused("Ayrshare's answer to GET /feed has no list of feeds")
        return feeds

    async def _answer(self, asked: str, question: Question) -> Mapping[str, Any]:
        reply = await self._questions.asked(question())
        for pause_s in PAUSES_S:
            again_s = _again_in_s(reply, pause_s)
            if again_s is None or again_s > PATIENCE_S:
                break
            if again_s != pause_s:
                log.warning("ayrshare_asks_to_wait", question=asked, wait_s=again_s)
            await asyncio.sleep(again_s)
            reply = await self._questions.asked(question())
        if isinstance(reply, str):
            raise Refused(reply)
        if reply.http_status == 429:
            wait = f"{reply.retry_after_s or PERIOD_S:.0f} s"
            raise Refused(f"Ayrshare asks to wait with further requests: run this again in {wait}")
        if reason := refusal(reply, asked):
            raise Refused(reason)
        return reply.body or {}


def _again_in_s(reply: Reply | str, pause_s: float) -> float | None:
    """After how many seconds to ask again; None where that is of no use."""
    if isinstance(reply, str) or reply.http_status >= 500:
        return pause_s
    return (reply.retry_after_s or PERIOD_S) if reply.http_status == 429 else None
