"""Run on its own: fetch each URL given, and print what came of it and how far memory has risen by then, in MB."""

import asyncio
import json
import sys
from ipaddress import ip_network
from pathlib import Path

from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.trouble import FetchFailed


def peak_mb() -> float:
    """Of this program alone: what `getrusage` tells may still be that of the process which started it."""
    (line,) = (row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


async def outcome(fetcher: Fetcher, url: str) -> str:
    try:
        return f"{len((await fetcher.fetch(url)).body or b'')} bytes"
    except FetchFailed as failed:
        return str(failed)


async def probe(first: str, *urls: str) -> None:
    async with Fetcher(Guard([ip_network("127.0.0.0/8")])) as fetcher:
        await fetcher.fetch(first)  # what is loaded at first use is no part of what an attack costs
        start = peak_mb()
        for url in urls:
            sys.stdout.write(json.dumps([await outcome(fetcher, url), peak_mb() - start]) + "\n")


if __name__ == "__main__":
    asyncio.run(probe(*sys.argv[1:]))
