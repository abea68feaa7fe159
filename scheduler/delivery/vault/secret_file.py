"""Secrets that lie in files: opened at each use, since whoever looks after them replaces them."""

from pathlib import Path

from scheduler.delivery.vault.errors import NotSignedIn
from scheduler.delivery.vault.secret import SENDABLE
from scheduler.errors import in_words


def read_secret(file: Path, what: str, setting: str) -> str:
    """The one word in the file, which is `what` and named by `setting`. Raises `NotSignedIn` with what to do."""
    try:
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise NotSignedIn(
            f"the {what} file {file} cannot be read: {in_words(error)}; put the {what} there, or correct {setting}"
        ) from None
    return one_word(text, f"the {what} file {file} ({setting})", what)


def one_word(text: str, place: str, what: str) -> str:
    """The text without the white space around it. Raises `NotSignedIn` where that is no single word."""
    word = text.strip()
    if not SENDABLE.fullmatch(word):
        raise NotSignedIn(f"{place} holds no {what}: put one there, alone and on one line")
    return word
