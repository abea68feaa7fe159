"""Keep the memory of this process, through which keys pass, out of core dumps, TLS key logs and other processes."""

import ctypes
import os
import resource
import sys

from scheduler.errors import Explained

PR_SET_DUMPABLE = 4
"""From Linux's `<sys/prctl.h>`; see prctl(2)."""


class CannotHarden(Explained):
    """The system does not let a process close its memory."""


def harden() -> None:
    """Write no core dump, and let no process of the same user read `/proc/PID/{mem,environ,maps,fd}` or attach to it.

    Nor is `SSLKEYLOGFILE` obeyed, where Python's TLS would write what decrypts its traffic.

    A child that is forked keeps both. One that is executed keeps only the ban on core dumps: give it no secret. Whoever
    is root may look all the same. Raises `CannotHarden`.
    """
    os.environ.pop("SSLKEYLOGFILE", None)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    # A handler that core_pattern pipes dumps to is called whatever the limit says: only this keeps it away.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise CannotHarden(
            f"this process cannot close its memory to others: prctl(PR_SET_DUMPABLE) failed ({reason})"
        )
