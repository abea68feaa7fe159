"""What Firetime's token may do in Vault, as Vault itself says, beside what it has to be allowed.

Vault is asked for capabilities alone: no secret is read, and nothing is tried.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex

from scheduler.common import VaultLayout
from scheduler.config import Config
from scheduler.custody.policy import data_path, least, secret_paths
from scheduler.delivery.vault import Vault, VaultError

AT_ONCE = 100
"""Paths in one question. OpenBao looks through the whole policy for each: with 4,000 rules 100 took it 1.3 s."""
PATHS_NAMED = 3
ROOT = "root"
NOTHING = "deny"

_OF_VAULT_ITSELF = {
    "sys/policies/acl/{probe}": "policies",
    "sys/policy/{probe}": "policies",
    "sys/mounts/{probe}": "secrets engines",
    "sys/auth/{probe}": "ways to sign in",
    "sys/audit/{probe}": "audit devices",
    "sys/raw/{probe}": "Vault's raw storage",
    "sys/seal": "the seal",
    "sys/namespaces/{probe}": "namespaces",
    "auth/token/create": "new tokens",
    "auth/token/create-orphan": "new tokens",
    "auth/token/lookup": "other tokens",
    "auth/token/revoke": "other tokens",
    "identity/entity": "identities",
    "{probe}/data/{probe}": "other secrets engines",
}
_OF_VERSIONS = ("metadata", "subkeys", "delete", "undelete", "destroy")


@dataclass(frozen=True, slots=True)
class Finding:
    """Rights that the token has and should not (`too_much`), or should have and has not; `what` they are about.

    As a text it goes on from "the token".
    """

    too_much: bool
    rights: tuple[str, ...]
    what: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        if self.rights == (ROOT,):
            return f"may do anything: {self.what}"
        more = len(self.paths) - PATHS_NAMED
        paths = ", ".join(self.paths[:PATHS_NAMED]) + (f" and {more} more" if more > 0 else "")
        may = "may" if self.too_much else "may not"
        return f"{may} {', '.join(self.rights)} {self.what}: {paths}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Vault says of the token; or, in `problem`, why it could not be asked."""

    findings: tuple[Finding, ...] = ()
    problem: str | None = None

    @property
    def good(self) -> bool:
        """Whether the token has the least policy, and nothing beyond it."""
        return not self.findings and self.problem is None


async def examine(vault: Vault, config: Config) -> Verdict:
    """What the token may do beyond the least policy, as far as one can ask, and what it lacks of it."""
    needed = {rule.path: rule.capability for rule in least(config)}
    others = paths_beyond(config.common.vault, secret_paths(config), f"firetime-probe-{token_hex(4)}")
    # In a store of version 1 a folder's list may be at the path of a secret that is configured.
    beyond = {path: what for path, what in others.items() if path not in needed}
    try:
        return Verdict(judge(needed, beyond, await _ask(vault, [*needed, *beyond])))
    except VaultError as error:
        return Verdict(problem=str(error))


async def _ask(vault: Vault, paths: Sequence[str]) -> dict[str, list[str]]:
    rights: dict[str, list[str]] = {}
    for start in range(0, len(paths), AT_ONCE):
        rights |= await vault.capabilities(paths[start : start + AT_ONCE])
    return rights


def paths_beyond(layout: VaultLayout, secrets: Iterable[str], probe: str) -> dict[str, str]:
    """Paths at which nothing may be allowed, and what they are. Nothing but chance is called like `probe`."""
    found = {path.format(probe=probe): what for path, what in _OF_VAULT_ITSELF.items()}
    found |= dict.fromkeys(
        (f"sys/mounts/{layout.mount}", f"{layout.mount}/config"), "the secrets' own engine"
    )
    found[data_path(layout, probe)] = "secrets that are not configured"
    folders = {""}
    for secret in secrets:
        folders.add(secret.rpartition("/")[0])
        for other in _strangers(secret, probe):
            found[data_path(layout, other)] = "secrets that are not configured"
        if layout.kv_version == 2:
            found |= {f"{layout.mount}/{part}/{secret}": "versions of secrets" for part in _OF_VERSIONS}
    for folder in sorted(folders):
        found |= dict.fromkeys(_listings(layout, folder), "the names of secrets")
    return found


def judge(
    needed: Mapping[str, str], beyond: Mapping[str, str], rights: Mapping[str, Sequence[str]]
) -> tuple[Finding, ...]:
    """What is too much and what is missing; paths with the same answer are one finding."""
    if any(ROOT in found for found in rights.values()):
        return (Finding(True, (ROOT,), "it is a root token, or one of the root policy", ()),)
    same: dict[tuple[bool, tuple[str, ...], str], list[str]] = defaultdict(list)
    for path, capability in needed.items():
        found = set(rights.get(path, ())) - {NOTHING}
        if capability not in found:
            same[False, (capability,), "what it needs"].append(path)
        if more := found - {capability}:
            same[True, tuple(sorted(more)), f"where it has to {capability} only"].append(path)
    for path, what in beyond.items():
        if found := set(rights.get(path, ())) - {NOTHING}:
            same[True, tuple(sorted(found)), what].append(path)
    return tuple(Finding(*key, tuple(paths)) for key, paths in same.items())


def _strangers(secret: str, probe: str) -> Iterator[str]:
    """Beside it, below it, and with another word in place of each of its own: a wildcard may stand for any of them."""
    yield from (f"{secret}-{probe}", f"{secret}/{probe}")
    parts = secret.split("/")
    for place in range(len(parts)):
        yield "/".join([*parts[:place], probe, *parts[place + 1 :]])


def _listings(layout: VaultLayout, folder: str) -> tuple[str, str]:
    """A list is asked for with a slash at its end, but Vault also goes by a rule for the path without it."""
    start = f"{layout.mount}/metadata" if layout.kv_version == 2 else layout.mount
    path = f"{start}/{folder}".rstrip("/")
    return path, f"{path}/"
