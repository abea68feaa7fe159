"""What becomes of entries and posts, on PostgreSQL as on SQLite."""

import random
from pathlib import Path

from tests.stored import fresh
from tests.unit.config_folder import Folder
from tests.unit.happenings import KINDS, Story


def test_no_order_of_events_loses_an_entry_or_tells_it_twice(tmp_path: Path, postgres: str) -> None:
    """As on SQLite, where it is tried much more often: here it shows that every statement works."""
    chance = random.Random(4)
    steps = [(chance.choice(KINDS), chance.randrange(2**16)) for _ in range(120)]
    with fresh(postgres) as database:
        Story(database, Folder(tmp_path)).play(steps)
