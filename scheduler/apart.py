"""What only one end customer's files may have in common: a secret in Vault, the primary profile."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path

from scheduler.customer import Customer
from scheduler.problems import Problem

TODO = (
    "each customer has an X app and a profile of its own; where they are one, give them the same end_customer"
)
OPERATORS = (
    "is the secret with the operator's own keys (ayrshare_path in firetime.toml); give it a secret of its own"
)


def not_apart(customers: Sequence[Customer], folder: Path, ayrshare_path: str) -> Iterator[Problem]:
    """A problem for each customer that shares what is its own with one that is not declared the same end customer.

    And for one that would post with what the operator's own secret holds, at `ayrshare_path`: only the primary
    profile, which is the operator's, may have its keys there.
    """
    for one in customers:
        if one.vault_path == ayrshare_path and not one.primary_profile:
            yield Problem(f"{folder / one.id}.toml: vault_path", OPERATORS, one.id)
    yield from _sharing(customers, folder, "vault_path", lambda one: one.vault_path)
    yield from _sharing(customers, folder, "primary_profile", lambda one: one.primary_profile or None)


def _sharing(
    customers: Sequence[Customer], folder: Path, key: str, value: Callable[[Customer], Hashable]
) -> Iterator[Problem]:
    groups: dict[Hashable, list[Customer]] = defaultdict(list)
    for one in customers:
        if value(one) is not None:
            groups[value(one)].append(one)
    for group in groups.values():
        for one in group:
            others = [other.id for other in group if other is not one and not one.is_one_with(other)]
            if others:
                where = f"{folder / one.id}.toml: {key}"
                yield Problem(where, f"is also that of {', '.join(others)}: {TODO}", one.id)
