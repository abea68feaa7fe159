"""The lines of a report about the customer's X app and account, and about its secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.common import VaultLayout
from scheduler.config import Config
from scheduler.custody.compliance import Line, Verdict
from scheduler.custody.compliance_keys import Looked, Seen
from scheduler.custody.compliance_live import Account
from scheduler.custody.compliance_records import Records
from scheduler.customer import Attestation, Customer
from scheduler.delivery.questions import not_linked
from scheduler.delivery.x_apps import posts_to_x
from scheduler.model import X
from scheduler.views import instant

NO_DATABASE = "there is no database yet"


@dataclass(frozen=True, slots=True)
class Case:
    """A customer, and what its lines are made of; no `records` where there is no database yet."""

    customer: Customer
    config: Config
    looked: Looked
    records: Records | None
    now: datetime


def account(case: Case) -> Iterator[Line]:
    """Which X account all of it is about, where Ayrshare was asked."""
    if not case.looked.is_live:
        return
    seen = case.looked.of(case.customer)
    found = seen.account or Account(problem=seen.problem)
    facts = {"handle": found.handle or None, "linked": None if found.problem else found.is_linked}
    to_others = ""
    if found.problem:
        verdict, says, to_others = Verdict.NOT_KNOWN, found.problem, "it could not be looked at"
    elif not found.is_linked:
        verdict, says, to_others = Verdict.TO_DO, not_linked({X}), "none is linked yet"
    elif not found.handle:
        verdict, says = Verdict.NOT_KNOWN, "X is linked, and Ayrshare does not tell the name of the account"
    else:
        verdict, says = Verdict.GOOD, f"@{found.handle}, says Ayrshare of the profile that it posts with"
    yield Line("account", "X account", verdict, says, facts, to_others)


def own_app(case: Case) -> Line:
    """Whether anybody else's posts go through the customer's X app."""
    verdict, says, facts = _own_app(case)
    return Line("own_app", "Own X app", verdict, says, facts, _without_names(case, facts))


def _problem_to_others(seen: Seen) -> str:
    """What is wrong with the secret, without where it is and what the operator has to do; "" where nothing is."""
    if not seen.problem:
        return ""
    return "its keys cannot be used as they are" if seen.is_known else "its keys could not be read"


def _without_names(case: Case, facts: dict[str, Any]) -> str:
    """The same where the line names customers that are nobody's business but the operator's; else ""."""
    problem = _problem_to_others(case.looked.of(case.customer))
    if facts["shared_with"]:
        return _joined(problem, case.looked.x_apps.refusal(case.customer, case.config, unnamed=True))
    if problem:
        return problem
    is_known = all(case.looked.of(one).is_known for one in case.config.customers if posts_to_x(one))
    return "" if is_known else "the X API keys of other customers could not be read"


def _own_app(case: Case) -> tuple[Verdict, str, dict[str, Any]]:
    customer, config, apps = case.customer, case.config, case.looked.x_apps
    seen = case.looked.of(customer)
    sharing, same = apps.sharing(customer, config), apps.same_app(customer, config)
    others = [one for one in config.customers if one is not customer and posts_to_x(one)]
    compared, broken = sum(not case.looked.of(one).problem for one in others), len(config.broken)
    facts = {
        "shared_with": [one.id for one in sharing],
        "end_customer": customer.end_customer,
        "one_with": [one.id for one in same if customer.is_one_with(one)],
        "compared": compared,
        "not_compared": sorted(config.broken),
    }
    if sharing:
        return Verdict.TO_DO, _joined(seen.problem, apps.refusal(customer, config)), facts
    if seen.problem:
        return Verdict.TO_DO if seen.is_known else Verdict.NOT_KNOWN, seen.problem, facts
    if unknown := [one.id for one in others if not case.looked.of(one).is_known]:
        return Verdict.NOT_KNOWN, f"the X API keys of {', '.join(unknown)} could not be read", facts
    if same:
        names = ", ".join(one.id for one in same)
        return Verdict.GOOD, f"shared with {names}, declared one end customer: {customer.end_customer}", facts
    besides = f"; not {broken} with mistakes in their files" if broken else ""
    return Verdict.GOOD, f"no other customer has its X API key ({compared} compared{besides})", facts


def _joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))


TO_ATTEST = {
    "permissions": (
        "App permissions",
        '"Read and write and Direct message"',
        'set "Read and write and Direct message" for its app in X\'s developer console',
    ),
    "automated_label": (
        "Automated label",
        "the account carries X's Automated label",
        "turn the Automated label on in the settings of its X account",
    ),
    "bio": (
        "Bio",
        "the account's bio says that it posts by itself, and who runs it",
        "say in its X account's bio that it posts by itself, and who runs it",
    ),
    "consent": (
        "Consent",
        "the account's owner agrees to the posts and their hashtags",
        "get the account's owner to agree to its posts and their hashtags",
    ),
}
"""Of each: its title, what is attested, and what to do first. Source: X's automation rules."""
SHOW_IT = "firetime preview --html shows them"

FIRST_ZONE = timedelta(hours=14)
"""Where a day begins first: whoever attests may be there."""


def attested(case: Case) -> Iterator[Line]:
    """What X asks for and only a person can know. That X takes posts speaks for the app's permissions as well."""
    for key, (title, what, todo) in TO_ATTEST.items():
        found: Attestation | None = getattr(case.customer.attested, key)
        evidence, facts = _evidence(case) if key == "permissions" else ("", {})
        if found is None:
            how = f" ({SHOW_IT})" if key == "consent" else ""
            says = f"nobody attests it ({key} under [attested]): {todo}{how}{evidence}"
            facts = {"by": None, "on": None, **facts}
            yield Line(key, title, Verdict.TO_DO, says, facts, f"nobody attests it yet: {todo}{evidence}")
            continue
        facts = {"by": found.by, "on": found.on.isoformat(), **facts}
        by = f"attested by {found.by} on {found.on}"
        if found.on > (case.now + FIRST_ZONE).date():
            to_others = f"{by}, which is yet to come"
            says = f"{to_others}: correct that ({key} under [attested])"
            yield Line(key, title, Verdict.TO_DO, says, facts, to_others)
        else:
            yield Line(key, title, Verdict.GOOD, f"{what}: {by}{evidence}", facts)


def _evidence(case: Case) -> tuple[str, dict[str, Any]]:
    """Whether the app may write, as far as X itself has shown it."""
    if case.records is None:
        return f"; whether X took a post is not known: {NO_DATABASE}", {"last_on_x_at": None}
    last = case.records.on_x.get(case.customer.id)
    said = "; X has taken no post yet" if last is None else f"; X took a post on {last:%Y-%m-%d}"
    return said, {"last_on_x_at": instant(last)}


def rotation(case: Case) -> Line:
    """How old the secret's newest version is: when anything in it was changed last."""
    verdict, says, facts = _rotation(case)
    return Line("rotation", "Key rotation", verdict, says, facts, _rotation_to_others(case, facts))


def _rotation_to_others(case: Case, facts: dict[str, Any]) -> str:
    if not facts:
        return _problem_to_others(case.looked.of(case.customer))
    return (
        "" if facts["created_at"] else "the store that holds its keys does not tell when they were put there"
    )


def _rotation(case: Case) -> tuple[Verdict, str, dict[str, Any]]:
    seen = case.looked.of(case.customer)
    read_at, reading = case.now, seen.reading
    if reading is None and case.records is not None:
        read_at, reading = case.records.readings.get(case.customer.id, (case.now, None))
    if reading is None:
        return Verdict.NOT_KNOWN, "it has none that can be used" if seen.is_known else seen.problem, {}
    facts = {
        "path": reading.path,
        "version": reading.version,
        "created_at": instant(reading.created_at),
        "read_at": instant(read_at),
    }
    if reading.created_at is None:
        verdict, why = _timeless(case.config.common.vault)
        return verdict, f"{reading.path}: {why}", facts
    days = max((case.now - reading.created_at).days, 0)
    age = "today" if not days else "1 day ago" if days == 1 else f"{days} days ago"
    as_of = "" if seen.reading else f", as it was read on {read_at:%Y-%m-%d}"
    put = f"put there on {reading.created_at:%Y-%m-%d}, {age}{as_of}"
    says = f"version {reading.version} of {reading.path} was {put}"
    return Verdict.GOOD, says, facts | {"age_days": days}


def _timeless(store: VaultLayout) -> tuple[Verdict, str]:
    """Nothing is wrong with a store that keeps no times; only, it cannot tell."""
    if store.kv_version == 1:
        instead = f"vault kv enable-versioning {store.mount}, then kv_version = 2 in firetime.toml"
        says = f"a KV v1 store cannot tell how old it is; one of version 2 would ({instead})"
        return Verdict.GOOD, says
    return Verdict.NOT_KNOWN, "Vault did not say when it was put there"
