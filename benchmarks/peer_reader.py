"""Update every feed once with `reader` (https://github.com/lemon24/reader); print what it used, as JSON.

Runs in an environment of its own that has `reader` and nothing of Firetime. The feeds' URLs come on stdin.
"""

import json
import resource
import sys
import time

from reader import make_reader  # type: ignore[import-not-found]  # lives in its own environment

database, workers = sys.argv[1], int(sys.argv[2])
reader = make_reader(database)
for url in json.load(sys.stdin):
    reader.add_feed(url, exist_ok=True)
before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
updated = list(reader.update_feeds_iter(scheduled=False, workers=workers))
wall_s, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF)
cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
good = sum(not isinstance(result.value, Exception) for result in updated)
print(json.dumps({"polled": good, "cpu_s": cpu_s, "wall_s": wall_s, "peak_mb": after.ru_maxrss * 1024 / 1e6}))
