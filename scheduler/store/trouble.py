"""Trouble with the database that is no bug: a full disk, a lock, missing rights. In words, and what to do about it."""

import os
from pathlib import Path
from typing import TypeGuard

from sqlalchemy import URL
from sqlalchemy.exc import DatabaseError, OperationalError

from scheduler.errors import in_words

NO_WAY_IN = "unable to open database file"
TO_DO = {
    "database or disk is full": "make room on the disk of {folder}",
    "disk I/O error": "look whether the disk of {folder} is full or broken",
    "database is locked": "another program holds it: end what works on {file}",
    "attempt to write a readonly database": "let this user write {file} and its folder",
    "file is not a database": "FIRETIME_DATABASE_URL has to name another file",
}
"""By what SQLite says."""


def is_trouble(error: BaseException) -> TypeGuard[DatabaseError]:
    """Whether circumstances are to blame: a broken promise of the schema is a bug instead."""
    return type(error) in (DatabaseError, OperationalError)


def told(error: DatabaseError, url: URL) -> str:
    """What SQLite says of it, and what to do."""
    said = str(error.orig)
    file = Path(url.database or "").absolute()
    if said == NO_WAY_IN:
        return f"{said}: {_why_not(file)}"
    to_do = TO_DO.get(said)
    return f"{said}: {to_do.format(file=file, folder=file.parent)}" if to_do else said


def _why_not(file: Path) -> str:
    """SQLite does not say why it cannot open a file; the system does."""
    for path, flags in ((file, os.O_RDWR), (file.parent, os.O_RDONLY)):
        try:
            os.close(os.open(path, flags))
        except FileNotFoundError:
            continue  # it would be made: its folder is to blame
        except OSError as error:
            return f"{path}: {in_words(error)}"
    return f"let this user write {file} and its folder"
