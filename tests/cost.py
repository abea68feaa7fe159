"""What hostile input may cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

MOST_S = 10.0


@contextmanager
def cheap(most_s: float = MOST_S) -> Iterator[None]:
    """Fail where the block takes this thread more than `most_s` seconds of the processor's time.

    Make that at least 30 times what it takes on a usual machine, so that a slow or busy one stays below it; and the
    input so long that work which grows with its square, or has no bound, goes far beyond.
    """
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < most_s, f"it took {took:.1f} s of the processor's time"
