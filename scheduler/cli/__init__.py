"""The `firetime` command. Each command imports what it needs when it runs, so that `--help` is quick."""

from scheduler.cli.app import main

__all__ = ["main"]
