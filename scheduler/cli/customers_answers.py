"""What `customers add` is told about a customer: by options, and by a person where there is one to ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import typer

from scheduler.cli.acting import name_of_a_person
from scheduler.cli.asking import Asker, Wrong
from scheduler.customer import Attestation, Attested, Customer
from scheduler.errors import Explained
from scheduler.moving import new_customer
from scheduler.moving.new_customer import Surroundings, mistake
from scheduler.moving.x_console import ATTESTED

QUESTIONS = {
    "id": ("CUSTOMER", "Id, the name of its file (such as acme)"),
    "name": ("--name", "Name, as people call the customer"),
    "timezone": ("--timezone", "Time zone of its schedule"),
    "vault_path": ("--vault-path", "Path of its secret in Vault, below the mount"),
}
"""Each of a customer's fields: how it is given with the command, and what is asked."""
ASKED_FOR = ("id", "name", "timezone")
"""What nobody but a person can say; the path has a default that is good without a look at it."""


class Unusable(Explained):
    """What was given cannot be taken; the text has a line for each mistake."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of the command. None, or nothing: ask, where there is anybody."""

    customer: str | None = None
    name: str | None = None
    timezone: str | None = None
    vault_path: str | None = None
    end_customer: str | None = None
    primary_profile: bool = False
    feeds: Sequence[str] = ()
    attest: Sequence[str] = ()
    by: str | None = None

    @property
    def fields(self) -> dict[str, str | None]:
        """What was given for each field of `QUESTIONS`."""
        return {
            "id": self.customer,
            "name": self.name,
            "timezone": self.timezone,
            "vault_path": self.vault_path,
        }


def answered(wish: Wish, where: Surroundings, asker: Asker) -> Customer:
    """The customer that is meant, fit for a file of its own. Raises `Unusable`, or `typer.BadParameter`."""
    if wish.end_customer is not None and (what := mistake("end_customer", wish.end_customer)):
        raise Unusable(f"--end-customer: {what}")
    _refuse_nobody(wish, asker)
    customer = _by_asking(wish, where, asker) if asker.can_ask else _by_options(wish, where)
    if what := where.clash(customer):
        raise Unusable(what)
    return customer


def attested(wish: Wish, today: date, asker: Asker) -> Attested:
    """Who says today that what X asks of an automated account was seen to; nothing where nobody does."""
    said = [
        what
        for what, claim in ATTESTED.items()
        if what in wish.attest or (asker.can_ask and asker.yes(f"{claim}?", default=False))
    ]
    if not said:
        return Attested()
    by = wish.by or asker.text("Who says so", name_of_a_person(), partial(mistake, "name"))
    return Attested(**dict.fromkeys(said, Attestation(by=by, on=today)))


def _refuse_nobody(wish: Wish, asker: Asker) -> None:
    """An attestation is a person's word: a service's login name is none."""
    if wish.attest and wish.by is None and not asker.can_ask:
        raise typer.BadParameter("there is no terminal to ask at, so say who attests", param_hint="--by")
    if wish.by is not None and (what := mistake("name", wish.by)):
        raise typer.BadParameter(what, param_hint="--by")


def _by_options(wish: Wish, where: Surroundings) -> Customer:
    given = {field: answer for field, answer in wish.fields.items() if answer is not None}
    missing = [QUESTIONS[field][0] for field in ASKED_FOR if field not in given]
    if missing:
        raise typer.BadParameter(f"there is no terminal to ask at, so give these, too: {', '.join(missing)}")
    wrong = {field: what for field, answer in given.items() if (what := _wrong(field, answer, where))}
    if wrong:
        raise Unusable("\n".join(f"{QUESTIONS[field][0]}: {what}" for field, what in wrong.items()))
    default = new_customer.default("vault_path", given["id"]) or ""
    return _customer(wish, {"vault_path": default} | given)


def _by_asking(wish: Wish, where: Surroundings, asker: Asker) -> Customer:
    answers: dict[str, str] = {}
    for field, given in wish.fields.items():

        def wrong(answer: str, field: str = field) -> str | None:
            what = _wrong(field, answer, where)
            if what is None and field == "vault_path":
                return where.clash(_customer(wish, answers | {field: answer}, primary_profile=False))
            return what

        answers[field] = _asked(field, given, answers.get("id", ""), asker, wrong)
    return _customer(wish, answers)


def _asked(field: str, given: str | None, customer_id: str, asker: Asker, wrong: Wrong) -> str:
    if given is not None:
        what = wrong(given)
        if what is None:
            return given
        asker.say(f"{QUESTIONS[field][0]} {given}: {what}")
    return asker.text(QUESTIONS[field][1], new_customer.default(field, customer_id), wrong)


def _wrong(field: str, answer: str, where: Surroundings) -> str | None:
    return mistake(field, answer) or (where.taken(answer) if field == "id" else None)


def _customer(wish: Wish, answers: dict[str, str], *, primary_profile: bool | None = None) -> Customer:
    primary = wish.primary_profile if primary_profile is None else primary_profile
    return Customer.model_validate({**answers, "primary_profile": primary, "end_customer": wish.end_customer})
