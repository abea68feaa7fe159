"""Something that many want at once is done once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Whoever asks while an answer is being made waits for that one; it is made to the end, whoever stops waiting."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._make = make
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """The answer, or the error that its making raised."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._make())
            self._task.add_done_callback(_heed)
        return await asyncio.shield(self._task)

    def cancel(self) -> None:
        """Stop, if anything is under way."""
        if self._task is not None:
            self._task.cancel()


def _heed(task: asyncio.Task[Any]) -> None:
    """Look at the failure, so that asyncio does not complain where nobody waited for it."""
    if not task.cancelled():
        task.exception()
