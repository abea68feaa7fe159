"""`db upgrade`."""

from sqlalchemy.exc import OperationalError

from feeds.database import Database
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.lock import only_daemon
from scheduler.store import migrate
from scheduler.store.opening import NoDatabase


def run_upgrade(*, as_json: bool) -> None:
    """Apply missing migrations. Raises `AlreadyRunning` while a daemon is at work on the database."""
    url = begin().database_url
    with only_daemon(url):
        database = Database(url)
        try:
            before, after = migrate.upgrade(database)
        except OperationalError as error:
            raise NoDatabase(f"the database {url}: {error.orig}") from None
        finally:
            database.close()
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        print(f"The database is at {after} already.")  # noqa: T201
    else:
        print(f"The database went from {before or 'empty'} to {after}.")  # noqa: T201
