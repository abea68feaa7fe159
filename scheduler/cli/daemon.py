"""`run`: the daemon in the foreground."""

import asyncio

from scheduler import daemon, logs, settings
from scheduler.errors import Explained, in_words


def run_daemon() -> None:
    """Run until SIGTERM or SIGINT. Raises `Explained` with what keeps it from starting."""
    set_to = settings.load()
    logs.set_up(set_to.effective_log_format, set_to.log_level)
    try:
        asyncio.run(daemon.run(set_to))
    except OSError as error:
        host, port = set_to.listen
        raise Explained(f"cannot listen on {host}:{port}: {in_words(error)} (FIRETIME_LISTEN)") from None
