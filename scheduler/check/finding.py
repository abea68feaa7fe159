"""What a check says."""

from dataclasses import dataclass

EVERYBODY = "all customers"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `message` says what is wrong and what to do, or what was found.

    `is_note` is for what is no problem now and may become one.
    """

    customer: str
    subject: str
    ok: bool
    message: str
    is_note: bool = False


def counted(number: int, what: str) -> str:
    """So many of something, such as `1 customer` or `2 customers`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
