"""What the process of a command does: be `firetime`."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scheduler.cli import main

WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND
FIRETIME = Path(sys.executable).parent / "firetime"


def run(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: Path, stdout: Path, stderr: Path
) -> None:
    """Be `firetime` with these arguments, this environment and no other, and these files."""
    os.environ.clear()
    os.environ.update(environment)
    for number, path, mode in ((0, stdin, os.O_RDONLY), (1, stdout, WRITE), (2, stderr, WRITE)):
        os.dup2(os.open(path, mode | os.O_NOCTTY, 0o600), number)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - they last as long as the process
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8")  # noqa: SIM115
    sys.argv = [str(FIRETIME), *arguments]
    main()
