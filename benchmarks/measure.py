"""What it takes to measure a text as X counts it: links, tags, length and price, and texts made to take long.

In this process, without input and output; `firetime measure --jsonl` as a whole is the last table.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.common import run, show
from scheduler.customer import Prices
from scheduler.rules.measured import measured
from scheduler.rules.shorten import shorten
from scheduler.rules.x_text.links import find_links
from scheduler.rules.x_text.weight import weighted_length
from tests.process import FIRETIME

ROUNDS = 5
TIMES = 500
LINES = 20_000
TITLES = (
    "A short title of a blog post about things that happen",
    "Acme releases version 4.2 of its widget library, with better docs",
    "Node.js 22 is out: what is new for developers?",
    "新しい競技場が完成しました: 観客席は六万八千人分",
)
POSTS = (
    (
        "Today we are announcing the general availability of our new platform, after two years of work with customers "
        "in twelve countries. Read what Dr. Smith of the U.S. team says. #launch @acme https://example.com/blog/launch?id=4"
    ),
    "東京オリンピックの新しい競技場が完成しました。建設費は約1,500億円で、観客席は6万8000人分あります。" * 2
    + " https://example.jp/news/12345",
    "👩‍🚀 Mission day! 🚀 The crew of five, from 🇺🇸, 🇯🇵 and 🇩🇪, lifts off at 9:41. " * 3
    + "https://example.com/live",
)
HOSTILE = (
    ("a.", 16_000),
    ("a-", 16_000),
    ("http://", 5_000),
    ("a.com/(", 5_000),
    ("@a.", 8_000),
    ("#a", 16_000),
    ("a.co", 8_000),
    ("x.co ", 6_000),
    ("あ.com", 8_000),
    ("👍\u200d", 16_000),
)
PRICES = Prices()
WORK: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("links", find_links),
    ("weighted length", weighted_length),
    ("everything", lambda text: measured(text, PRICES)),
    ("shorten to 200", lambda text: shorten(text, 200)),
)


def cpu_s(work: Callable[[str], object], texts: Sequence[str], times: int) -> float:
    """Median CPU seconds of one text."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            for text in texts:
                work(text)
        rounds.append((time.process_time() - began) / times / len(texts))
    return median(rounds)


async def lines_per_s() -> list[tuple[str, float, float]]:
    """`firetime measure --jsonl` over a file of posts, start included."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "posts.jsonl"
        file.write_text("".join(json.dumps(POSTS[n % len(POSTS)]) + "\n" for n in range(LINES)))
        done = await run(FIRETIME, "measure", "--jsonl", file, env={"FIRETIME_CONFIG": folder})
    return [(f"{LINES:,} posts", LINES / done.cpu_s, done.cpu_s / LINES * 1e6)]


def main() -> None:
    for title, texts in (("Titles", TITLES), ("Posts of about 230 characters", POSTS)):
        used = [(name, cpu_s(work, texts, TIMES)) for name, work in WORK]
        show(
            title, ("", "texts a CPU second", "µs a text"), [(name, 1 / one, one * 1e6) for name, one in used]
        )
    rows = [
        (f"`{part!a} * {times}`", *(cpu_s(work, [part * times], 1) * 1e3 for _, work in WORK))
        for part, times in HOSTILE
    ]
    show("Hostile texts, CPU ms", ("", *(name for name, _ in WORK)), rows)
    show("The command", ("", "texts a CPU second", "µs a text"), asyncio.run(lines_per_s()))


if __name__ == "__main__":
    main()
