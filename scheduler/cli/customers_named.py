"""Which customers a command is about."""

from collections.abc import Iterable

import typer

from scheduler import config
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.problems import Problem, Problems
from scheduler.settings import Settings
from scheduler.views import NotFound


def configured(settings: Settings) -> tuple[Config, list[Problem]]:
    """The customers whose files are in order. The mistakes of the others are told.

    Raises `Problems` where something that all have in common is wrong: where Vault keeps their keys, for one.
    """
    found, mistakes = config.inspect(settings.config)
    general = [one for one in mistakes if one.customer is None]
    if general:
        raise Problems(general)
    for one in mistakes:
        typer.echo(f"firetime: {one}", err=True)
    return found, mistakes


def named(found: Config, names: Iterable[str]) -> list[Customer]:
    """The customers of these names, each once. Raises `NotFound`."""
    return [_one(found, name) for name in dict.fromkeys(names)]


def _one(found: Config, name: str) -> Customer:
    customer = found.customer(name)
    if customer is not None:
        return customer
    if found.is_broken(name):
        raise NotFound(f"the file of customer {name} has mistakes: put them right first")
    known = ", ".join(sorted(one.id for one in found.customers)) or "none"
    raise NotFound(f"the configuration has no customer {name!r}; known: {known}")
