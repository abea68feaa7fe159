"""The root of all errors whose text is written for a person: commands print it instead of a traceback."""

import os


class Explained(Exception):
    """Something that a person can put right. The text says what is wrong, where, and what to do."""


def in_words(error: OSError) -> str:
    """What the system complains of, without the decoration that differs between Python's versions."""
    return os.strerror(error.errno) if error.errno else str(error)
