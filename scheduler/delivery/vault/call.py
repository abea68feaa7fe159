"""One request in a thread of its own, which can be cut from outside: a server that drips holds up nothing.

Timeouts of the library count from one byte to the next, so they do not end such a request. The threads do not keep the
process from ending, either.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from threading import Thread, current_thread
from typing import Any, Generic, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

T = TypeVar("T")


class Call(Thread, Generic[T]):
    """Blocking work in a thread. Await `answer`, and `cut` it where you stop waiting."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="vault", daemon=True)
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[T] = self._loop.create_future()
        self.socket: socket.socket | None = None

    def run(self) -> None:
        """Work, and hand the result over."""
        result: Any = None
        failure: BaseException | None = None
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - whoever awaits the answer gets it
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._tell, result, failure)

    def cut(self) -> None:
        """End what it is talking over: then the thread ends as well."""
        if self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def _tell(self, result: T, failure: BaseException | None) -> None:
        if self.answer.done():  # nobody waits any more
            return
        if failure is None:
            self.answer.set_result(result)
        else:
            self.answer.set_exception(failure)


class CuttableAdapter(HTTPAdapter):
    """requests' own, whose connections let the `Call` that uses them know their socket."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Let urllib3 make our connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class _Known:
    sock: socket.socket | None

    def getresponse(self) -> Any:
        call = current_thread()
        if isinstance(call, Call):
            call.socket = self.sock
        return super().getresponse()  # type: ignore[misc] # the connection's own, which stands behind this one


class _PlainConnection(_Known, HTTPConnection):
    pass


class _TlsConnection(_Known, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
