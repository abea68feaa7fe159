"""The audit for people, readable in 80 columns."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from scheduler.cli.output import Block, console, counted, print_blocks, when
from scheduler.custody.audit_join import Kind
from scheduler.values import printable
from scheduler.views import Json

MOST_SHOWN = 20
"""Of each kind; --json has all."""
GUARD_IS_GONE = (
    "the database no longer refuses to change or delete its lines: a trigger was taken away. To put it back, stop the "
    "daemon and run firetime db upgrade"
)
ALWAYS = (Kind.JOINED, Kind.ATTEMPTS, Kind.MISSING, Kind.STRANGERS)
NOTE_IT = (
    "Note the head where nobody who can write this database can change it: firetime audit --head … finds with it what "
    "was written anew since then."
)
UNEXPLAINED = (
    "Vault's log shows no X-Firetime-For, so what was read and never noted, but for firings that were cut off, cannot "
    "be told from what a stranger has read: let Vault log that header in clear."
)


def print_audit(shown: Json) -> None:
    """Print the verdict, lists, what they prove, and the verdict again: it is to be seen at either end.

    What somebody has put into the ledger cannot wipe a problem off the terminal.
    """
    shown = _printable(shown)
    _say(_verdict(shown, "below"))
    _say("")
    if attempts := [_attempt(one) for one in shown["attempts"]]:
        print_blocks(("attempt", "sent", "outcome", "customer"), attempts, "")
        _say("")
    if others := list(_others(shown)):
        print_blocks(("read for", "at", "customer"), others, "")
        _say("")
    for line in (*_ledger(shown), *(_vault(shown["vault"]) if shown["vault"] else ())):
        _say(line)
    _say(_verdict(shown, "above"))


def _verdict(shown: Json, where: str) -> str:
    return "All of it holds." if shown["ok"] else f"NOT all of it holds: see PROBLEM {where}."


def _attempt(one: Json) -> Block:
    outcome = (one["outcome"] or "under way").lower()
    cells = (f"{one['post']}/{one['attempt']}", when(one["sent_at"]), outcome, one.get("customer", ""))
    return Block(cells, [_secret(one["vault_path"], one["vault_version"], one["vault_request_id"])])


def _others(shown: Json) -> Iterator[Block]:
    """The readings of lines that do not belong to an attempt above."""
    listed = {one["vault_request_id"] for one in shown["attempts"]}
    for _, line in groupby(shown["readings"], key=lambda one: one["line"]):
        readings = list(line)
        if not listed & {one["request_id"] for one in readings}:
            first = readings[0]
            told = [_secret(one["path"], one["version"], one["request_id"]) for one in readings]
            yield Block((first["for"], when(first["at"]), first["customer"] or ""), told)


def _secret(path: str | None, version: int | None, request_id: str | None) -> str:
    of_version = f" v{version}" if version is not None else ""
    return f"{path or 'no secret'}{of_version}  Vault request {request_id or 'unknown'}"


def _ledger(shown: Json) -> Iterator[str]:
    ledger, attempts = shown["ledger"], shown["attempts_in_ledger"]
    yield from (f"PROBLEM in the ledger: {problem}" for problem in ledger["problems"])
    if not ledger["guarded"]:
        yield f"PROBLEM in the ledger: {GUARD_IS_GONE}"
    if not ledger["problems"]:
        yield f"The ledger's {counted(ledger['lines'], 'line is', 'lines are')} as written: a chain without a gap."
        yield from (f"It still has the line that was noted as {head}" for head in ledger["confirmed"])
        yield f"Its head is {ledger['head']}"
        yield NOTE_IT
    if attempts["ok"]:
        yield f"{counted(attempts['count'], 'attempt', 'attempts')} to send: the ledger has the reading of each."
    for one in attempts["unlike"][:MOST_SHOWN]:
        yield f"PROBLEM {_told_attempt(one)}: the ledger has another reading for it, or none"
    yield from _more(attempts["unlike"])
    for one in attempts["missing"][:MOST_SHOWN]:
        yield f"PROBLEM {_told_missing(one)}"
    yield from _more(attempts["missing"])


def _vault(vault: Json) -> Iterator[str]:
    yield ""
    yield f"Vault's log: {counted(vault['lines'], 'line', 'lines')}, {when(vault['from'])} to {when(vault['to'])}"
    yield from (f"  {note}" for note in vault["cut_off"])
    yield from (f"  PROBLEM {problem}" for problem in vault["broken"])
    for finding in vault["findings"]:
        if finding["count"] or finding["what"] in ALWAYS:
            mark = "PROBLEM " if finding["is_problem"] else ""
            yield f"{finding['count']:>7}  {mark}{finding['means']}"
        yield from (f"         {_told(one)}" for one in finding["which"][:MOST_SHOWN])
        yield from _more(finding["which"])
    if not vault["shows_headers"] and any(one["is_problem"] for one in vault["findings"]):
        yield UNEXPLAINED
    yield ""


def _told(one: Json) -> str:
    if "display_name" in one:
        entity = f" (entity {one['entity_id']})" if one["entity_id"] else ""
        who = f"by {one['display_name'] or 'nobody'}{entity} from {one['remote_address'] or 'nowhere'}"
        purpose = f"for {one['for']} " if one["for"] else ""
        return f"{when(one['at'])}  {_secret(one['path'], one['version'], one['request_id'])}  {purpose}{who}"
    return _told_attempt(one) if "attempt" in one else _told_reading(one)


def _told_attempt(one: Json) -> str:
    secret = _secret(one["vault_path"], one["vault_version"], one["vault_request_id"])
    return f"{one['post']}/{one['attempt']}  {when(one['sent_at'])}  {secret}"


def _told_missing(one: Json) -> str:
    of = f"attempt {one['attempt']}, which is gone" if one["attempt"] else "an attempt, and there is none"
    return (
        f"{one['post']}: line {one['line']} of the ledger ({one['action']}, {when(one['at'])}) came of {of}"
    )


def _told_reading(one: Json) -> str:
    secret = _secret(one["path"], one["version"], one["request_id"])
    return f"line {one['line']}  {when(one['at'])}  for {one['for']}  {secret}"


def _more(which: list[Json]) -> Iterator[str]:
    if len(which) > MOST_SHOWN:
        yield f"         and {len(which) - MOST_SHOWN} more: --json has all"


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case list():
            return [_printable(one) for one in value]
        case dict():
            return {key: _printable(one) for key, one in value.items()}
        case _:
            return value


def _say(line: str) -> None:
    console().print(line, markup=False, highlight=False, soft_wrap=True)
