"""`db upgrade`."""

from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.lock import only_daemon
from scheduler.store import migrate
from scheduler.store.opening import open_any_version


def run_upgrade(*, as_json: bool) -> None:
    """Apply missing migrations. Raises `AlreadyRunning` while a daemon is at work, `NoDatabase`, `CannotLock`."""
    url = begin().database_url
    with only_daemon(url), open_any_version(url) as database:
        before, after = migrate.upgrade(database)
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        print(f"The database is at {after} already.")  # noqa: T201
    else:
        print(f"The database went from {before or 'empty'} to {after}.")  # noqa: T201
