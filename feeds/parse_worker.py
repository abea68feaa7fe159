"""The process that parses: one request after another over stdin and stdout, until stdin closes."""

import json
import resource
import signal
import sys
from datetime import datetime
from typing import Any, BinaryIO

from feeds.read import read_document
from feeds.trouble import NotAFeed, Trouble
from feeds.wire import ANSWER_LENGTH, REQUEST_LENGTHS, to_plain

MEMORY_LIMIT = 1 << 30


def main() -> None:
    """Serve requests. Signals are for the parent, which closes stdin when it is time to go."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody is left to hear the answer
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head_length, body_length = REQUEST_LENGTHS.unpack(_read(requests, REQUEST_LENGTHS.size))
        answer = _answer(_read(requests, head_length), _read(requests, body_length))
        answers.write(ANSWER_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _limit_memory() -> None:
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if allowed == resource.RLIM_INFINITY else min(MEMORY_LIMIT, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _read(requests: BinaryIO, length: int) -> bytes:
    data = requests.read(length)
    if len(data) < length:
        sys.exit()  # the parent is gone, or done with us
    return data


def _answer(request: bytes, body: bytes) -> bytes:
    head = json.loads(request)
    # The kernel ends a worker that overruns, even if its parent is gone and can no longer do it.
    signal.setitimer(signal.ITIMER_REAL, head["deadline_s"] + 1)
    answer = json.dumps(_parsed(head, body), ensure_ascii=False).encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return answer


def _parsed(head: dict[str, Any], body: bytes) -> dict[str, Any]:
    now = datetime.fromisoformat(head["now"])
    try:
        document = read_document(body, content_type=head["content_type"], base_url=head["base_url"], now=now)
        return {"document": to_plain(document)}
    except Trouble as failure:
        return {"not_a_feed": isinstance(failure, NotAFeed), "failure": str(failure)}
    except MemoryError:
        return {"not_a_feed": False, "failure": "the document needs more memory than the parser may have"}


if __name__ == "__main__":
    main()
