"""The parser's worker processes, seen from outside."""

import psutil


def parser_workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if is_worker(child)]


def is_worker(process: psutil.Process) -> bool:
    try:
        return "feeds.parse_worker" in process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return False
