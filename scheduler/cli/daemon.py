"""`run`: the daemon in the foreground."""

import asyncio

from scheduler import daemon, logs, settings


def run_daemon() -> None:
    """Run until SIGTERM or SIGINT. Raises `Explained` with what keeps it from starting."""
    set_to = settings.load()
    logs.set_up(set_to.effective_log_format, set_to.log_level)
    asyncio.run(daemon.run(set_to))
