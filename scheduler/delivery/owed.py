"""Results that are known but could not be written: kept in memory, and written before anything else is begun."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from feeds.database import Database
from scheduler.store import posts
from scheduler.store.trouble import is_trouble

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Step:
    post_id: int | None
    work: Callable[[Session], Any]
    then: Callable[[Any], object]


class Owed:
    """What the database is owed. It is gone with the process: the next start takes back what was under way then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._steps: deque[_Step] = deque()

    async def write(
        self,
        work: Callable[[Session], T],
        then: Callable[[T], object] = lambda _: None,
        post_id: int | None = None,
    ) -> None:
        """Do `work` in a transaction, and tell `then` what came of it: now, or once the database can be written.

        A post that has moved on meanwhile is let go. Raises what else `work` raises, unless trouble with the database
        is to blame.
        """
        step = _Step(post_id, work, then)
        try:
            await self._do(step)
        except DatabaseError as error:
            if not is_trouble(error):
                raise
            self._steps.append(step)

    def later(self, work: Callable[[Session], Any]) -> None:
        """Do `work` once the database can be written."""
        self._steps.append(_Step(None, work, lambda _: None))

    async def pay(self) -> None:
        """Do what is owed, in its order. Raises `DatabaseError` where the database still cannot be written."""
        while self._steps:
            step = self._steps.popleft()
            try:
                await self._do(step)
            except DatabaseError as error:
                if is_trouble(error):
                    self._steps.appendleft(step)
                raise

    async def _do(self, step: _Step) -> None:
        try:
            step.then(await self._database.write_in_thread(step.work))
        except posts.Overtaken as overtaken:
            log.warning("post_overtaken", post=f"p{step.post_id}", reason=str(overtaken))
