"""The lines of a report about what keeps a customer's posts within X's rules, and about what became of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from scheduler.custody.compliance import Line, Verdict
from scheduler.custody.compliance_account import NO_DATABASE, Case
from scheduler.custody.compliance_records import LATELY
from scheduler.customer import Route, XLimits
from scheduler.delivery.said_already import ON_ONE, ON_TWO
from scheduler.model import EVERYBODY, OF_THE_TEXT, Halt, WaitsFor, X
from scheduler.rules.x_rules import ANY_ACCOUNT, may_be_mentioned
from scheduler.store.lately import Released
from scheduler.values import format_limit
from scheduler.views import instant

SHOWN = 8
"""So many posts, or routes, are told one by one; JSON has all."""


def duplicates() -> Line:
    """That the same text goes out once is no choice of a configuration's."""
    on_two, on_one = ON_TWO.days, ON_ONE // timedelta(hours=1)
    says = (
        f"on: what says the same as a post on another customer's X account within {on_two} days, or as one on the same "
        f"account within {on_one} hours, is held; no key of a file switches it off"
    )
    facts = {"on_two_accounts_days": on_two, "on_one_account_hours": on_one}
    return Line("duplicate_guard", "Duplicate guard", Verdict.GOOD, says, facts)


def mentions(case: Case) -> Line:
    """Whom each route allows to be mentioned."""
    allowed = {route.id: _names(route) for route in case.customer.routes}
    told = _by_route({name: _ats(names) for name, names in allowed.items()})
    says = f"on: what mentions anybody else is held. Allowed are, by route, {told}"
    return Line("mention_guard", "Mention guard", Verdict.GOOD, says, {"allowed": allowed})


def _names(route: Route) -> list[str]:
    how = route.compose.of(X)
    texts = (how.template, *(route.evergreen.texts if route.evergreen else ()))
    return sorted(may_be_mentioned(how.mentions, "\n".join(texts)))


def _ats(names: list[str]) -> str:
    return ", ".join(f"@{name}" for name in names) or "nobody"


def hashtags(case: Case) -> Line:
    """Where each route's hashtags come from."""
    sources = {route.id: _tags(route) for route in case.customer.routes}
    told = _by_route({name: _tags_told(tags) for name, tags in sources.items()})
    says = f"never by what trends, and Ayrshare is not asked to add any. By route, {told}"
    return Line("hashtags", "Hashtags", Verdict.GOOD, says, {"routes": sources})


def _tags(route: Route) -> dict[str, Any]:
    wanted = route.compose.of(X).hashtags
    if wanted is None:
        return {"from": None, "fixed": [], "max": 0}
    fixed = list(wanted.fixed) if wanted.source != "categories" else []
    return {"from": wanted.source, "fixed": fixed, "max": wanted.max}


def _tags_told(tags: dict[str, Any]) -> str:
    fixed = [f"#{tag.removeprefix('#')}" for tag in tags["fixed"]]
    sources = ["the entries' categories"] if tags["from"] in ("categories", "both") else []
    told = " and ".join([*sources, *([", ".join(fixed)] if fixed else [])])
    return f"{told}, at most {tags['max']}" if told and tags["max"] else "none"


def _by_route(told: Mapping[str, str]) -> str:
    """What holds for which routes: those with the same in one, and a long row of them by its first."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for route, what in told.items():
        alike[what].append(route)
    return "; ".join(f"{_few(routes)}: {what}" for what, routes in alike.items()) or "none"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def caps(case: Case) -> Line:
    """Whether Firetime's own count stops where X's would."""
    found, unverified = case.customer.x.model_dump(), XLimits().model_dump()
    too_high = [
        f"{name} is {found[name]:,}, and X lets no account post more than {most:,}"
        for name, most in ANY_ACCOUNT.model_dump().items()
        if found[name] > most
    ]
    if too_high:
        what = "; ".join(too_high)
        says = f"{what}: lower that under [x] in its file"
        return Line("caps", "Caps", Verdict.TO_DO, says, found, what.replace("_", " "))
    says = (
        f"{case.customer.x.posts_per_half_hour} in half an hour, {case.customer.x.posts_per_day} a day, "
        f"{case.customer.x.posts_per_3_hours} in 3 hours: within X's own"
    )
    if any(found[name] > unverified[name] for name in found):
        says += f" for a verified account; an unverified one may post {unverified['posts_per_day']} a day"
    return Line("caps", "Caps", Verdict.GOOD, says, found)


def budget(case: Case) -> Line:
    """Whether anything limits what X is paid."""
    limits = case.customer.budget
    hard, soft = (
        None if limit is None else format_limit(limit)
        for limit in (limits.x_usd_per_month, limits.soft_x_usd_per_month)
    )
    facts = {"x_usd_per_month": hard, "soft_x_usd_per_month": soft}
    if hard is None and soft is None:
        what = "no limit to what X is paid"
        says = f"{what}: set x_usd_per_month under [budget] in its file"
        return Line("budget", "Budget", Verdict.TO_DO, says, facts, f"{what}: agree on one")
    told = (
        f"${hard} a month with X at most" if hard else "",
        f"from ${soft} a month on each post waits for a person" if soft else "",
    )
    return Line("budget", "Budget", Verdict.GOOD, "; ".join(filter(None, told)), facts)


def released(case: Case) -> Line:
    """What persons let pass of the guards of texts."""
    subject, title = "released", "Let pass"
    if case.records is None:
        return Line(subject, title, Verdict.NOT_KNOWN, NO_DATABASE)
    every = case.records.released.get(case.customer.id, [])
    found = [one for one in every if {*one.waits_for} & {*OF_THE_TEXT}]
    facts = {"days": LATELY.days, "posts": [_release(one) for one in found]}
    told = [
        f"p{one.post_id} ({', '.join(_conditions(one))}) by {one.by} on {one.at:%Y-%m-%d}"
        for one in found[-SHOWN:]
    ]
    more = f"; and {len(found) - SHOWN} before" if len(found) > SHOWN else ""
    says = f"in the last {LATELY.days} days by persons: {'; '.join(told) or 'nothing'}{more}"
    return Line(subject, title, Verdict.GOOD, says, facts)


def _release(one: Released) -> dict[str, Any]:
    return {"post": f"p{one.post_id}", "by": one.by, "at": instant(one.at), "waits_for": _conditions(one)}


def _conditions(one: Released) -> list[str]:
    return [condition for condition in one.waits_for if condition in OF_THE_TEXT]


def requests(case: Case) -> Line:
    """What became of the requests of late."""
    subject, title = "requests", "Requests"
    if case.records is None:
        return Line(subject, title, Verdict.NOT_KNOWN, NO_DATABASE)
    counts = case.records.outcomes.get(case.customer.id, Counter())
    told = ", ".join(f"{count} {outcome.lower()}" for outcome, count in sorted(counts.items()))
    says = f"{sum(counts.values())} in the last {LATELY.days} days" + (f": {told}" if told else "")
    return Line(subject, title, Verdict.GOOD, says, {"days": LATELY.days, "outcomes": dict(counts)})


def halts(case: Case) -> Line:
    """What stops the customer's posts now. A pause is a person's choice, and nothing to do."""
    subject, title = "halts", "Halts"
    if case.records is None:
        return Line(subject, title, Verdict.NOT_KNOWN, NO_DATABASE)
    found = [halt for halt in case.records.halts if halt.customer in (EVERYBODY, case.customer.id)]
    is_chosen = all(halt.waits_for == WaitsFor.PAUSED for halt in found)
    says = "; ".join(map(_halt, found)) or "nothing stops its posts"
    facts = {"waits_for": [halt.waits_for for halt in found]}
    to_others = "; ".join(map(_since, found))
    return Line(subject, title, Verdict.GOOD if is_chosen else Verdict.TO_DO, says, facts, to_others)


def _halt(halt: Halt) -> str:
    return f"{_since(halt)}: {halt.reason}"


def _since(halt: Halt) -> str:
    """Without its reason, which may tell of other customers, or be the operator's own words."""
    what = f"paused by {halt.by}" if halt.waits_for == WaitsFor.PAUSED else f"waits for {halt.waits_for}"
    return f"{what} since {halt.since_at:%Y-%m-%d}"
