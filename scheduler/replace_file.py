"""Writing a file as a whole: readers see the old content, or none, or the new one, also after a loss of power."""

import fcntl
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Keep other writers of this kind away from the file's folder while the block runs."""
    folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)  # which gives up the lock


def replace_file(path: Path, content: bytes) -> None:
    """Write the content in place of the file's, which keeps its mode, its owner and the links that lead to it.

    Raises `OSError`, also for a file that nobody may write: it was made read-only on purpose.
    """
    target = path.resolve()
    before = target.stat()
    if not (before.st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError("the file is read-only")
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def create_file(path: Path, content: bytes) -> None:
    """Write a new file, with the mode that the umask leaves. Raises `FileExistsError`, or another `OSError`."""
    draft = path.parent / f".{path.name}.{secrets.token_hex(8)}.tmp"
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # which, unlike a renaming, never takes the place of a file
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
