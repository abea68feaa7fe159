"""What the nest is told to hatch."""

import json
import os
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """What to hatch. `point` is a point's name: the process dies where it comes there first.

    `answer` is the file for standard output, and `hits` the one that a reached point's name is added to.
    """

    arguments: list[str]
    env: dict[str, str]
    clock: str
    hits: str
    point: str | None = None
    answer: str = os.devnull

    @property
    def line(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self)).encode() + b"\n"
