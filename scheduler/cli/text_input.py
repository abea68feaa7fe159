"""A text that is given on standard input."""

import sys

from scheduler.errors import Explained

STANDARD_INPUT = "-"


def standard_input() -> str:
    """All of it, without the line break that `echo` adds. Raises `Explained` where it is no text."""
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise Explained("standard input is not UTF-8 text") from None
    return text.removesuffix("\n").removesuffix("\r")
