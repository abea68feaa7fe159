"""The nest: a process that has the whole program loaded and hatches it on order, the daemon or a command.

What hatches is a process of its own that runs `firetime <arguments>` and starts in a moment. An order
is a line of JSON on standard input; standard output says the new process's id and, when it is over, its exit status.
The daemon's log goes to standard error. An order may name a point: the process kills itself there with -9.
"""

import asyncio
import functools
import gc
import inspect
import json
import os
import signal
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi

from scheduler import bootstrap, cli
from scheduler.cli import audit, daemon, explain, posts
from tests.chaos.false_clock import believe
from tests.chaos.names import find
from tests.chaos.order import Order
from tests.chaos.points import BY_NAME, POINTS, Moment, Point
from tests.chaos.shorter import shorten

LOADED = (audit, bootstrap, daemon, explain, posts)


def main() -> None:
    """Hatch what is ordered, one after another, until standard input ends."""
    for point in POINTS:
        find(point.target)
    shorten()
    _make_tls_once()
    gc.freeze()  # what is loaded stays shared by all that hatch
    print("ready", flush=True)  # noqa: T201 - the other side reads it
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(Order(**json.loads(line)))
        print(child, flush=True)  # noqa: T201
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _make_tls_once() -> None:
    """Nobody here speaks TLS, but each daemon would read all certificates of the world, twice."""
    vars(ssl)["create_default_context"] = functools.cache(ssl.create_default_context)
    ssl.create_default_context()
    ssl.create_default_context(cafile=certifi.where())


def _become(order: Order) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order.answer, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.environ.update(order.env)
    believe(Path(order.clock))
    if order.point is not None:
        arm(BY_NAME[order.point], functools.partial(_end_at, order))
    sys.argv = ["firetime", *order.arguments]
    try:
        cli.main()
    except SystemExit as left:
        os._exit(_flushed(left.code if isinstance(left.code, int) else bool(left.code)))
    except BaseException:  # noqa: BLE001 - what would be a traceback of the program is one here
        sys.excepthook(*sys.exc_info())
        os._exit(_flushed(1))
    os._exit(_flushed(0))


def _flushed(code: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _end_at(order: Order) -> None:
    with Path(order.hits).open("a") as hits:
        hits.write(f"{order.point}\n")
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: Point, reached: Callable[[], None]) -> None:
    """Have `reached` called wherever the program comes by."""
    owner, name = find(point.target)
    original = getattr(owner, name)

    def is_here(moment: Moment, arguments: tuple[Any, ...], result: Any = None) -> bool:
        return point.moment is moment and bool(point.counts(arguments, result))

    @functools.wraps(original)
    async def later(*arguments: Any, **named: Any) -> Any:
        if is_here(Moment.BEFORE, arguments):
            await asyncio.sleep(point.linger_s)
            reached()
        result = await original(*arguments, **named)
        if is_here(Moment.AFTER, arguments, result):
            reached()
        return result

    @functools.wraps(original)
    def now(*arguments: Any, **named: Any) -> Any:
        if is_here(Moment.BEFORE, arguments):
            reached()
        result = original(*arguments, **named)
        if is_here(Moment.AFTER, arguments, result):
            reached()
        return result

    setattr(owner, name, later if inspect.iscoroutinefunction(original) else now)


if __name__ == "__main__":
    main()
