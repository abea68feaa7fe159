"""Whether the database can be used."""

import os
from pathlib import Path

from sqlalchemy import make_url

from feeds.database import reach_the_disk
from scheduler.check.finding import EVERYBODY, Finding
from scheduler.errors import Explained
from scheduler.store.opening import is_there, open_database


def check_database(url: str) -> Finding:
    """Whether it can be opened and written, in this version's schema; one that is not there yet is not made."""
    file = Path(make_url(url).database or "").absolute()
    if not is_there(url):
        folder = next(parent for parent in file.parents if parent.exists())
        if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return Finding(EVERYBODY, "database", True, f"{file} is not there yet; firetime run makes it")
        message = f"{file} cannot be made: {folder} cannot be written (FIRETIME_DATABASE_URL)"
        return Finding(EVERYBODY, "database", False, message)
    try:
        with open_database(url) as database, database.write() as session:
            reach_the_disk(session)
    except Explained as error:
        return Finding(EVERYBODY, "database", False, str(error))
    return Finding(EVERYBODY, "database", True, f"{file} can be written, its schema is current")
