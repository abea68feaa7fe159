"""What every command does first: read the settings, and keep logs away from its own output."""

from scheduler import logs, settings
from scheduler.settings import Settings


def begin(*, signs_in: bool = True) -> Settings:
    """The settings; what signs in to Vault only where it is asked for. Logs go to standard error, where something is
    amiss.

    Raises `Problems`.
    """
    found = settings.load(signs_in=signs_in)
    logs.set_up(found.effective_log_format, "debug" if found.log_level == "debug" else "warning")
    return found
