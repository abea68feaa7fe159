"""Whether the files that settings name keep their secrets to their owner."""

from collections.abc import Mapping
from pathlib import Path

from scheduler.check.finding import EVERYBODY, Finding

OF_OTHERS = 0o077
"""The bits of a file's mode for its group and for everybody else."""


def check_secret_files(files: Mapping[str, Path]) -> list[Finding]:
    """A note for each that others may open. `files` are by the settings that name them."""
    return [
        Finding(
            EVERYBODY,
            "secret_file",
            True,
            f"others than its owner may open {file} ({name}): chmod 600 it",
            is_note=True,
        )
        for name, file in files.items()
        if _is_open_to_others(file)
    ]


def _is_open_to_others(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & OF_OTHERS)
    except OSError:  # whoever looks after the file has just taken it away
        return False
