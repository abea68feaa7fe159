"""The process that parses: one request after another over stdin and stdout, until stdin closes."""

import json
import resource
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from feeds.model import Document
from feeds.read import read_document
from feeds.trouble import NotAFeed, Trouble
from feeds.wire import ANSWER_LENGTH, READY, REQUEST_LENGTHS, to_plain

MEMORY_LIMIT = 1 << 30
MEMORY_FOR_READING = 50 * 1_000_000
_RESERVE = 1 << 20
_STATM = Path("/proc/self/statm")


def main() -> None:
    """Serve requests. Signals are for the parent, which closes stdin when it is time to go."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody is left to hear the answer
    _limit_memory(MEMORY_LIMIT)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while True:
        head_length, body_length = REQUEST_LENGTHS.unpack(_read(requests, REQUEST_LENGTHS.size))
        answer = _answer(_read(requests, head_length), _read(requests, body_length))
        answers.write(ANSWER_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _limit_memory(allowed: int) -> None:
    """Let the process have so many bytes of address space; never more than it was given at its start."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = allowed if most == resource.RLIM_INFINITY else min(allowed, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def _address_space() -> int:
    """How many bytes of it are in use; on systems that do not tell, the limit."""
    try:
        return int(_STATM.read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return MEMORY_LIMIT


def _read(requests: BinaryIO, length: int) -> bytes:
    data = requests.read(length)
    if len(data) < length:
        sys.exit()  # the parent is gone, or done with us
    return data


def _answer(request: bytes, body: bytes) -> bytes:
    head = json.loads(request)
    # The kernel ends a worker that overruns: on the processor's time, and on the clock's if its parent is gone.
    signal.setitimer(signal.ITIMER_PROF, head["cpu_s"])
    signal.setitimer(signal.ITIMER_REAL, head["deadline_s"] + 1)
    answer = json.dumps(_parsed(head, body), default=to_plain, ensure_ascii=False).encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return answer


def _parsed(head: dict[str, Any], body: bytes) -> dict[str, Any]:
    reserve = bytearray(_RESERVE)
    _limit_memory(_address_space() + MEMORY_FOR_READING)
    try:
        return {"document": _document(head, body)}
    except Trouble as failure:
        return {"not_a_feed": isinstance(failure, NotAFeed), "failure": str(failure)}
    except MemoryError:
        del reserve  # to have some for what is left to do
        return {"not_a_feed": False, "failure": "the document needs more memory than the parser may have"}
    finally:
        _limit_memory(MEMORY_LIMIT)


def _document(head: dict[str, Any], body: bytes) -> Document:
    return read_document(
        body,
        content_type=head["content_type"],
        base_url=head["base_url"],
        now=datetime.fromisoformat(head["now"]),
        known=frozenset(head["known"]),
    )


if __name__ == "__main__":
    main()
