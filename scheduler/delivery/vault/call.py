"""One request in a thread of its own, which can be cut from outside: a server that drips holds up nothing.

Timeouts of the library count from one byte to the next, so they do not end such a request. The threads do not keep the
process from ending, either.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from threading import Lock, Thread, current_thread
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
        self._lock = Lock()
        self._is_cut = False
        self._held: socket.socket | None = None

    def run(self) -> None:
        """Work, and hand the result over."""
        result: Any = None
        failure: BaseException | None = None
        try:
            result = self._work()
        except BaseException as error:  # noqa: BLE001 - whoever awaits the answer gets it
            failure = error
        self.let_go()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            # No arguments: asyncio's debug mode logs them, and they are keys.
            self._loop.call_soon_threadsafe(lambda: self._tell(result, failure))

    def cut(self) -> None:
        """End what it is talking over, or is about to: then the thread ends as well."""
        with self._lock:
            self._is_cut = True
            if self._held is not None:
                with contextlib.suppress(OSError):  # not TLS's own, which would go on in the clear
                    socket.socket.shutdown(self._held, socket.SHUT_RDWR)

    def hold(self, connection: socket.socket) -> None:
        """Talk over this from now on. Raises `ConnectionAbortedError` where nobody waits for the answer any more."""
        with self._lock:
            if self._is_cut:
                raise ConnectionAbortedError("nobody waits for the answer")
            self._held = connection

    def let_go(self) -> None:
        """From now on somebody else may talk over what was held."""
        with self._lock:
            self._held = None

    def _tell(self, result: T, failure: BaseException | None) -> None:
        if self.answer.done():  # nobody waits any more
            return
        if failure is None:
            self.answer.set_result(result)
        else:
            self.answer.set_exception(failure)


class CuttableAdapter(HTTPAdapter):
    """requests' own, whose connections are held by the `Call` that uses them, for as long as it does."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Let urllib3 make our connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class _Connection:
    sock: socket.socket | None

    def getresponse(self) -> Any:
        call = current_thread()
        if isinstance(call, Call) and self.sock is not None:
            call.hold(self.sock)
        return super().getresponse()  # type: ignore[misc] # the connection's own, which stands behind this one


class _PlainConnection(_Connection, HTTPConnection):
    pass


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool:
    def _put_conn(self, connection: Any) -> None:
        call = current_thread()
        if isinstance(call, Call):
            call.let_go()
        super()._put_conn(connection)  # type: ignore[misc] # the pool's own, likewise


class _PlainPool(_Pool, HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
