"""Take X off a customer's Ayrshare profile.

Without a Profile-Key Ayrshare would take it off the primary profile: so without one, nothing is asked.
"""

from sqlmodel import Session

from scheduler.customer import Customer
from scheduler.delivery.ayrshare import Ayrshare
from scheduler.delivery.keys import Keys
from scheduler.delivery.questions import Questions, handle_of, linked
from scheduler.delivery.refusals import refusal
from scheduler.model import X
from scheduler.moving.linking import CannotLink, answer_to, refuse_primary
from scheduler.moving.reading import KeyReader
from scheduler.store import ledger

WHY = "unlink"


class Unlinker:
    """Looks at what a profile is linked with, and unlinks X. Each method raises `CannotLink`, or a `VaultError`.

    Each reads the keys for itself: a person may take their time between the two.
    """

    def __init__(self, reader: KeyReader, ayrshare: Ayrshare, url: str) -> None:
        self._reader = reader
        self._ayrshare = ayrshare
        self._questions = Questions(ayrshare, url)

    async def linked_account(self, customer: Customer) -> str | None:
        """The name of the X account that the profile is linked with, "" where it is not told; None without one."""
        keys = await self._keys(customer)
        profile = await self._questions.user(keys.api_key.value, keys.customer)
        if isinstance(profile, str):
            raise CannotLink(profile)
        return handle_of(profile) if X in linked(profile) else None

    async def unlink(self, customer: Customer, by: str) -> None:
        """Take X off the profile; a line in the ledger says who did."""
        keys = await self._keys(customer)
        reply = await answer_to(self._ayrshare.unlink_x(keys.api_key.value, keys.customer))
        if reason := refusal(reply, "DELETE /profiles/social"):
            raise CannotLink(reason)
        now = self._reader.clock()

        def note(session: Session) -> None:
            message = f"X taken off the Ayrshare profile by {by}"
            ledger.write(session, now, "x_unlinked", message, customer=customer.id, detail={"by": by})

        await self._reader.database.write_in_thread(note)

    async def _keys(self, customer: Customer) -> Keys:
        refuse_primary(customer)
        return await self._reader.both(customer, WHY)
