"""What the configuration folder lacks or has too much, although each file that is read is good."""

from contextlib import suppress
from pathlib import Path

from scheduler import config, customers_gone
from scheduler.check.finding import EVERYBODY, Finding, counted
from scheduler.config import Config
from scheduler.errors import Explained
from scheduler.store.looking import looking


def check_folder(folder: Path, found: Config, database_url: str) -> list[Finding]:
    """Notes about files that are not read for their names, and about posts that wait for a customer without a file."""
    notes = [(EVERYBODY, f"{file}: {config.NOT_READ}") for file in config.not_read(folder)]
    with (
        suppress(Explained),
        looking(database_url) as session,
    ):  # what is wrong there has a finding of its own
        for name, posts in customers_gone.waiting(session, found).items():
            wait = f"{counted(posts, 'post')} of this customer {'waits' if posts == 1 else 'wait'}"
            file = folder / "customers" / f"{name}.toml"
            notes.append((name, f"{wait}, and there is no {file}: put it back, or cancel what waits"))
    return [Finding(customer, "configuration", True, note, is_note=True) for customer, note in notes]
