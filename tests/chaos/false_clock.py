"""A clock that can be set while the program runs: whoever asks `datetime.now` gets the time of day plus an offset.

The offset, in seconds, lies in a file of eight bytes, which the program looks at through shared memory. Time that is
measured (`time.monotonic`, the event loop) goes on as ever, as it does on a machine whose clock is set.
"""

import inspect
import mmap
import struct
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

OFFSET = struct.Struct("=d")
READERS = ("apscheduler.", "feeds.", "scheduler.")


def set_offset(file: Path, seconds: float) -> None:
    """Let every program that uses this file believe in a time so many seconds ahead."""
    with file.open("r+b" if file.exists() else "wb") as content:
        content.write(OFFSET.pack(seconds))


def believe(file: Path, replace: Callable[[Any, str, Any], None] = setattr) -> None:
    """Replace the clock of all modules that are loaded and read one."""
    shifted = _shifted(_reader(file))
    for module in _that_read_clocks():
        replace(module, "datetime", shifted)


def _reader(file: Path) -> Callable[[], timedelta]:
    with file.open("rb") as content:
        shared = mmap.mmap(content.fileno(), OFFSET.size, access=mmap.ACCESS_READ)
    return lambda: timedelta(seconds=OFFSET.unpack(shared[:])[0])


def _that_read_clocks() -> list[Any]:
    loaded = [module for name, module in sys.modules.items() if name.startswith(READERS)]
    holding = [module for module in loaded if vars(module).get("datetime") is datetime]
    return [module for module in holding if "datetime.now(" in inspect.getsource(module)]


def _shifted(offset: Callable[[], timedelta]) -> type[datetime]:
    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class Shifted(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + offset()

    return Shifted
