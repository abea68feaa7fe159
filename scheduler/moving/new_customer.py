"""A customer that is to be taken in: what may be answered, and the file that says it."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from pydantic import ValidationError
from tzlocal import get_localzone_name

from scheduler.apart import not_apart
from scheduler.config import Config
from scheduler.customer import Attestation, Attested, Customer
from scheduler.problems import from_validation

FIELDS = ("id", "name", "timezone", "vault_path")
"""What each customer's file says, in the order in which it is asked for."""
UNKNOWN_ZONE = "UTC"
_GOOD = {"id": "x", "name": "x", "timezone": "UTC", "vault_path": "x"}
_COMMENT_AT = 41


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a new customer joins: the configuration folder, and what is in it."""

    folder: Path
    config: Config

    def file_of(self, customer_id: str) -> Path:
        """Where a customer's file is."""
        return self.folder / "customers" / f"{customer_id}.toml"

    def taken(self, customer_id: str) -> str | None:
        """Why a customer cannot have that id."""
        file = self.file_of(customer_id)
        return f"there is {file} already: give another id, or edit that file" if file.exists() else None

    def clash(self, customer: Customer) -> str | None:
        """What is another's already: the place in Vault, or the primary profile."""
        file, operators = self.file_of(customer.id), self.config.common.vault.ayrshare_path
        for problem in not_apart([*self.config.customers, customer], file.parent, operators):
            if problem.customer == customer.id:
                return f"{problem.where.removeprefix(f'{file}: ')} {problem.what}"
        return None


def mistake(field: str, answer: str) -> str | None:
    """What is wrong with an answer by itself, by the rules of a customer's file; None where nothing is."""
    try:
        Customer.model_validate(_GOOD | {field: answer})
    except ValidationError as error:
        return from_validation(error, "", {})[0].what
    return None


def default(field: str, customer_id: str) -> str | None:
    """What a person would probably answer; None where nobody can know."""
    match field:
        case "name":
            return customer_id.replace("-", " ").replace("_", " ").strip().title()
        case "timezone":
            return own_zone()
        case "vault_path":
            return f"customers/{customer_id}"
    return None


def own_zone() -> str:
    """The time zone that this machine is set to; UTC where that cannot be told."""
    try:
        with warnings.catch_warnings(action="ignore"):  # where nothing is set it takes UTC, and warns
            name = get_localzone_name()
    except (LookupError, ValueError, OSError):
        return UNKNOWN_ZONE
    return name if name and mistake("timezone", name) is None else UNKNOWN_ZONE


def file_text(customer: Customer) -> str:
    """A small file that says the same as `customer`, routes apart."""
    lines = [
        f"# One customer. The file's name is the customer's id: this one is \"{customer.id}\".",
        "# All keys, with their defaults: docs/reference/configuration.md",
        "",
        _line("name", customer.name),
        _line("timezone", customer.timezone, "for windows and for what counts as a day"),
        _line("vault_path", customer.vault_path, "below the mount: its keys are there"),
    ]
    if customer.primary_profile:
        lines.append(_line("primary_profile", True, "it posts as the Ayrshare account's own profile"))
    if customer.end_customer is not None:
        lines.append(
            _line("end_customer", customer.end_customer, "customers with the same may share an X app")
        )
    return "\n".join([*lines, *_attested(customer.attested), ""])


def _attested(attested: Attested) -> list[str]:
    said: Mapping[str, Attestation | None] = dict(attested)
    lines = [
        f"{what} = {{ by = {tomlkit.item(one.by).as_string()}, on = {one.on} }}"
        for what, one in said.items()
        if one is not None
    ]
    if not lines:
        return []
    head = (
        "[attested]".ljust(_COMMENT_AT) + "# what nobody but a person can know: firetime compliance shows it"
    )
    return ["", head, *lines]


def _line(key: str, value: object, comment: str = "") -> str:
    text = f"{key} = {tomlkit.item(value).as_string()}"
    return f"{text.ljust(_COMMENT_AT - 1)} # {comment}" if comment else text
