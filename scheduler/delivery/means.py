"""What firing a post and looking one up both need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feeds.database import Database
from scheduler.config import Config
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.vault import Vault


@dataclass(frozen=True, slots=True)
class Means:
    """The parts of the outside world, and how to ask for the configuration in force and the time in UTC."""

    database: Database
    vault: Vault
    ayrshare: Ayrshare
    config: Callable[[], Config]
    clock: Callable[[], datetime]
