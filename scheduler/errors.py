"""The root of all errors whose text is written for a person: commands print it instead of a traceback."""


class Explained(Exception):
    """Something that a person can put right. The text says what is wrong, where, and what to do."""
