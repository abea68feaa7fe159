"""What firing a post and looking one up both need."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from feeds.database import Database
from feeds.head import AskHead
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.delivery.alarm import Alarm
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.owed import Owed
from scheduler.delivery.throttle import Throttle
from scheduler.delivery.vault import Vault
from scheduler.delivery.x_apps import XApps
from scheduler.model import WaitsFor
from scheduler.store import posts


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
    throttle: Throttle = field(default_factory=Throttle)
    vault_alarm: Alarm = field(default_factory=partial(Alarm, "vault"))
    ayrshare_alarm: Alarm = field(default_factory=partial(Alarm, "ayrshare"))
    x_apps: XApps = field(default_factory=XApps)
    owed: Owed = field(init=False)

    def __post_init__(self) -> None:
        """What cannot be written is owed to the same database."""
        object.__setattr__(self, "owed", Owed(self.database))

    async def wake(self, waits_for: WaitsFor) -> None:
        """Let what has waited for this go on in its order, and not when each has backed off for itself."""
        now = self.clock()
        await self.owed.write(lambda session: posts.wake(session, waits_for, now))

    def customer(self, customer_id: str) -> Customer | None:
        """The customer of that id in the configuration in force, or None."""
        return self.config().customer(customer_id)
