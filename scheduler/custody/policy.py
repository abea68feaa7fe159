"""The least policy for Vault: each secret that the configuration names may be read, and nothing else be done.

Every path is written out. A wildcard would let a new customer's secret be read before anybody has looked at it, and a
prefix such as `customers/acme*` also that of `customers/acme-2`.
"""

import shlex
from dataclasses import dataclass
from itertools import chain

from scheduler.common import VaultLayout
from scheduler.config import Config

READ, UPDATE = "read", "update"


@dataclass(frozen=True, slots=True)
class Rule:
    """One path of Vault's API, what has to be allowed there, and what for."""

    path: str
    capability: str
    purposes: tuple[str, ...]


OWN_TOKEN = (
    Rule("auth/token/lookup-self", READ, ("To see how long its own token lives.",)),
    Rule("auth/token/renew-self", UPDATE, ("To renew it.",)),
    Rule("auth/token/revoke-self", UPDATE, ("To give it up.",)),
    Rule("sys/capabilities-self", UPDATE, ("To ask what it may do: firetime vault policy.",)),
)
"""Vault's default policy allows these as well, but a token may be without it."""


NO_CUSTOMERS = """\
#
# There are no customers yet, so no rule for their secrets is here: make the policy anew when there are.
"""


def least(config: Config) -> tuple[Rule, ...]:
    """What Firetime needs for these customers: the operator's secret first, its own token last."""
    layout = config.common.vault
    return (
        *(Rule(data_path(layout, path), READ, tuple(why)) for path, why in _secrets(config).items()),
        *OWN_TOKEN,
    )


def secret_paths(config: Config) -> tuple[str, ...]:
    """The paths below the mount of all secrets that the configuration names."""
    return tuple(_secrets(config))


def data_path(layout: VaultLayout, path: str) -> str:
    """Where Vault's API has the content of a secret."""
    return f"{layout.mount}/data/{path}" if layout.kv_version == 2 else f"{layout.mount}/{path}"


def as_hcl(rules: tuple[Rule, ...], namespace: str | None, *, no_customers: bool = False) -> str:
    """The policy as a file that `vault policy write` takes, for the namespace that Firetime signs in to."""
    head = _head(namespace) + (NO_CUSTOMERS if no_customers else "")
    blocks = (
        f'{_comment(rule)}\npath "{rule.path}" {{\n  capabilities = ["{rule.capability}"]\n}}\n'
        for rule in rules
    )
    return "\n".join(chain([head], blocks))


def _secrets(config: Config) -> dict[str, list[str]]:
    """What each secret is for. In comments stand ids alone, since a customer's name may hold anything."""
    found = {config.common.vault.ayrshare_path: ["The Ayrshare API key of the operator's account."]}
    for customer in config.customers:
        found.setdefault(customer.vault_path, []).append(
            f"{customer.id}: the keys of its X app, its Profile-Key."
        )
        for route in customer.routes:
            if route.sign_in is not None:
                uses = found.setdefault(route.sign_in.vault_path, [])
                uses.append(f"{customer.id}/{route.id}: what signs in to its feed.")
    return found


def _comment(rule: Rule) -> str:
    return "\n".join(f"# {purpose}" for purpose in rule.purposes)


def _head(namespace: str | None) -> str:
    where = f" -namespace={shlex.quote(namespace)}" if namespace else ""
    return f"""\
# What Firetime may do in Vault or OpenBao: read the secrets of the customers that are configured, look after its own
# token, and nothing else. Each path is written out: when a customer or a feed's sign-in comes, goes or moves, make the
# policy anew, from your own configuration:
#
#   firetime vault policy --no-test > firetime.hcl
#   vault policy write{where} firetime firetime.hcl
"""
