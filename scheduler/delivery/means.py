"""What firing a post and looking one up both need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feeds.database import Database
from feeds.head import AskHead
from scheduler.config import Config
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.vault import Vault


@dataclass(frozen=True, slots=True)
class Means:
    """The parts of the outside world, and how to ask for the configuration in force and the time in UTC.

    `head` asks for pictures; `ayrshare_url` tells with it whether this machine is connected at all.
    """

    database: Database
    vault: Vault
    ayrshare: Ayrshare
    ayrshare_url: str
    head: AskHead
    config: Callable[[], Config]
    clock: Callable[[], datetime]
