"""What every command does first: read the settings, and keep logs away from its own output."""

from scheduler import logs, settings
from scheduler.settings import Settings


def begin() -> Settings:
    """The settings. Logs go to standard error, and only where something is amiss.

    Raises `Problems`.
    """
    found = settings.load()
    logs.set_up(found.effective_log_format, "debug" if found.log_level == "debug" else "warning")
    return found
