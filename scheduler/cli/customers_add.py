"""`customers add`: from a few answers to a customer's file, with keys that are known to be there."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import typer

from feeds.discover import discover
from feeds.names import same_address
from feeds.trouble import Trouble
from scheduler import config, customer_file
from scheduler.bootstrap import open_delivery, open_reader
from scheduler.cli.asking import Asker, wrapped
from scheduler.cli.customers_added import result, show
from scheduler.cli.customers_answers import Wish, answered, attested
from scheduler.cli.feeds_add import NoFeed
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.clock import utc_now
from scheduler.common import FeedClient
from scheduler.customer import Customer
from scheduler.customer_file import NewRoute
from scheduler.delivery import noted
from scheduler.delivery.questions import Questions, XAccount
from scheduler.errors import Explained
from scheduler.moving.keys_in_vault import WHY, KeysInVault, Looked
from scheduler.moving.new_customer import Surroundings, file_text
from scheduler.moving.secret_help import SecretHelp
from scheduler.moving.x_console import STEPS
from scheduler.problems import Problems
from scheduler.settings import Settings

__all__ = ["Wish", "add_customer"]


NOTHING = "nothing was written"


class NotTakenIn(Explained):
    """The customer's keys are not as they must be: nothing was written."""


def add_customer(wish: Wish, *, live: bool, as_json: bool) -> None:
    """Take a customer in; exit code 1 where X does not prove its keys.

    Raises `Unusable`, `NotTakenIn`, `NoFeed`, `CannotAdd`, `Problems` or `typer.BadParameter`.
    """
    settings, asker = begin(), Asker(as_json=as_json)
    where = _surroundings(settings.config)
    desk = _Desk(settings, where, asker)
    try:
        customer, routes, looked = _told(wish, desk)
    except typer.Abort:  # Ctrl-C, or Ctrl-D, at a question
        raise NotTakenIn(NOTHING) from None
    file = where.file_of(customer.id)
    ids = customer_file.create(file, file_text(customer), routes)
    account = desk.prove(customer) if live else None
    said = result(customer, file, looked, dict(zip(ids, routes, strict=True)), account)
    if not asker.can_ask:
        desk.explain_x()
    (print_json if as_json else show)(said)
    raise typer.Exit(1 if isinstance(account, str) else 0)


def _told(wish: Wish, desk: "_Desk") -> tuple[Customer, list[NewRoute], Looked]:
    """The customer that is meant, its routes, and its secret, which is good."""
    customer = answered(wish, desk.where, desk.asker)
    client = desk.where.config.common.feeds
    routes = asyncio.run(_routes(desk.settings, client, wish.feeds)) if wish.feeds else []
    if desk.asker.can_ask:
        desk.explain_x()
        desk.explain(customer)
    looked = desk.until_good(customer)
    today = utc_now().astimezone(customer.zone).date()
    said = attested(wish, today, desk.asker)
    return customer.model_copy(update={"attested": said}), routes, looked


class _Desk:
    """Where a person and Vault are asked in turns."""

    def __init__(self, settings: Settings, where: Surroundings, asker: Asker) -> None:
        self.settings = settings
        self.where = where
        self.asker = asker
        self._layout = where.config.common.vault
        self._keys = KeysInVault(where.config)

    def explain_x(self) -> None:
        """Say what is to be done at X."""
        self.asker.say("\nWhat is to be set at X, before the first post:")
        for number, step in enumerate(STEPS, 1):
            self.asker.say(wrapped(step, f"{number:>3}. "))

    def explain(self, customer: Customer) -> None:
        """Say what must be in Vault."""
        say, help_ = self.asker.say, SecretHelp(self._layout, customer)
        say(f"\nWhat must be in Vault, at {help_.path}:")
        for name, what in help_.fields.items():
            say(wrapped(what, f"  {name}: "))
        say(
            wrapped(
                "Put it there with one of these, from standard input or from files (bao takes the same words):"
            )
        )
        say(f"  {help_.put_from_input}")
        say(f"    followed by this, and Ctrl-D: {help_.json_text}")
        say(f"  {help_.put_from_files}")
        say(wrapped("@ takes a file as it is: a line end in it, as editors write it, makes a key unusable."))
        say("")

    def until_good(self, customer: Customer) -> Looked:
        """Look at the secret until all is well, or nobody wants to try again. Raises `NotTakenIn`."""
        while True:
            looked = asyncio.run(self._look(customer))
            if looked.reading is not None:
                version = f", version {looked.reading.version}" if looked.reading.version is not None else ""
                self.asker.say(f"Vault has all of it: {looked.reading.path}{version}")
                return looked
            if not self.asker.can_ask:
                raise NotTakenIn(f"{looked.trouble}\n{NOTHING}")
            self.asker.say(wrapped(looked.trouble))
            if not self.asker.yes("Look again?", default=True):
                raise NotTakenIn(NOTHING)

    def prove(self, customer: Customer) -> XAccount | str:
        """Have X prove the keys."""
        return asyncio.run(self._prove(customer))

    async def _look(self, customer: Customer) -> Looked:
        async with open_delivery(self.settings, lambda: self._layout) as (vault, _):
            try:
                return await self._keys.look(vault, customer)
            finally:
                self._note()

    async def _prove(self, customer: Customer) -> XAccount | str:
        async with open_delivery(self.settings, lambda: self._layout) as (vault, ayrshare):
            questions = Questions(ayrshare, self.settings.ayrshare_url)
            try:
                return await self._keys.prove(vault, questions, customer)
            finally:
                self._note()

    def _note(self) -> None:
        """Write the readings into the ledger, where there is one."""
        try:
            noted.note(self.settings.database_url, self._keys.noted, WHY, utc_now())
        except Explained as error:
            typer.echo(f"firetime: what was read from Vault is not in the ledger: {error}", err=True)
        self._keys.noted.clear()


def _surroundings(folder: Path) -> Surroundings:
    """What is there already. Raises `Problems` where what all customers share has mistakes."""
    if not folder.is_dir():
        config.load(folder)  # which says so
    found, problems = config.inspect_common(folder)
    if problems:
        raise Problems(problems)
    if config.has_customers(folder):
        found, _ = config.inspect(folder)
    for broken in sorted(found.broken):
        what = f"the file of {broken} has mistakes (firetime check), so nothing is compared with it"
        typer.echo(f"firetime: note: {what}", err=True)
    return Surroundings(folder, found)


async def _routes(settings: Settings, client: FeedClient, urls: Sequence[str]) -> list[NewRoute]:
    """A route for the feed at each address. Raises `NoFeed` where there is none, or several."""
    routes: dict[str, NewRoute] = {}
    async with open_reader(settings, client) as (fetcher, parser):
        for url in urls:
            try:
                found = await discover(fetcher, parser, url)
            except Trouble as trouble:
                raise NoFeed(str(trouble)) from None
            if len(found) > 1:
                several = ", ".join(one.url for one in found)
                raise NoFeed(f"{url} has {len(found)} feeds: give one of them with --feed: {several}")
            routes[same_address(found[0].url)] = NewRoute(found[0].url, found[0].title)
    return list(routes.values())
