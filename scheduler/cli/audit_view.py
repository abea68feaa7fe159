"""The audit as plain JSON values, with a sentence for each number."""

from typing import Any

from scheduler.custody.audit import AgainstVault, Audit
from scheduler.custody.audit_attempts import Unattempted
from scheduler.custody.audit_join import PROBLEMS, Item, Kind
from scheduler.custody.audit_log import VaultRead
from scheduler.custody.audit_readings import NotedReading
from scheduler.model import Attempt
from scheduler.store.proof import AttemptOf
from scheduler.views import Json, instant

MEANS = {
    Kind.JOINED: "readings that Vault gave out and the ledger has, one to one by Vault's request id",
    Kind.ATTEMPTS: "attempts to send, each with keys from one of these readings",
    Kind.UNUSED: (
        "readings to send a post that were used for nothing: Firetime was stopped then, or had given up waiting; no "
        "post is sent before its readings are in the ledger"
    ),
    Kind.COMMANDS: (
        "readings by a command, or at a start, of which the ledger has no line: it was stopped, or had no "
        "database yet to write into"
    ),
    Kind.FEEDS: "readings of what signs in to feeds, which the ledger does not have",
    Kind.REFUSED: "requests that Vault refused: nothing was given out",
    Kind.NOT_THERE: "requests for a secret that was not there: nothing was given out",
    Kind.OUTSIDE: (
        "readings in the ledger of another time than these files, or within a minute of their ends: give the files of "
        "that time, too"
    ),
    Kind.BEFORE: (
        "readings, whoever's, from before this ledger began, or from before the version of Firetime that keeps all of "
        "them"
    ),
    Kind.MISSING: (
        "readings in the ledger that Vault's log of that time does not have: a file is missing (each node has its "
        "own) or was cut, or the line is made up"
    ),
    Kind.TWICE: "readings that the ledger has a second time",
    Kind.ATTEMPTS_MISSING: "attempts to send whose reading Vault's log of that time does not have",
    Kind.STRANGERS: "readings that were not Firetime's, or of which it left no word: nothing in the ledger names them",
}


def view(audit: Audit) -> Json:
    """All of it."""
    chain, compared = audit.chain, audit.compared
    return {
        "ok": audit.is_good,
        "attempts": [_attempt_of(one) for one in audit.attempts],
        "readings": [_noted(one) for one in audit.readings],
        "ledger": {
            "ok": not chain.problems and audit.guarded,
            "guarded": audit.guarded,
            "head": str(chain.head),
            "lines": chain.head.lines,
            "confirmed": [str(head) for head in chain.confirmed],
            "problems": list(chain.problems),
        },
        "attempts_in_ledger": {
            "ok": compared.is_good,
            "count": compared.counted,
            "unlike": [_attempt_of(one) for one in compared.unlike],
            "missing": [_unattempted(one) for one in compared.missing],
        },
        "vault": None if audit.vault is None else _vault(audit.vault),
    }


def _vault(found: AgainstVault) -> Json:
    log = found.log
    return {
        "ok": found.is_good,
        "lines": log.lines,
        "from": instant(log.first_at),
        "to": instant(log.last_at),
        "shows_headers": log.headers_since is not None,
        "cut_off": log.cut_off,
        "broken": log.broken,
        "refused_for": dict(log.refused),
        "not_there_for": dict(log.not_there),
        "findings": [
            {
                "what": str(kind),
                "count": count,
                "is_problem": bool(count) and kind in PROBLEMS,
                "means": MEANS[kind],
                "which": [_item(one) for one in found.joined.items[kind]],
            }
            for kind, count in found.joined.counts.items()
        ],
    }


def _item(item: Item) -> Json:
    match item:
        case NotedReading():
            return _noted(item)
        case VaultRead():
            return _given_out(item)
        case Attempt():
            return _attempt(item)


def _attempt_of(one: AttemptOf) -> Json:
    attempt, customer = one
    return _attempt(attempt) | {"customer": customer}


def _attempt(one: Attempt) -> Json:
    return {
        "post": f"p{one.post_id}",
        "attempt": one.attempt,
        "sent_at": instant(one.sent_at),
        "outcome": one.outcome,
        "vault_path": one.vault_path,
        "vault_version": one.vault_version,
        "vault_request_id": one.vault_request_id,
    }


def _unattempted(one: Unattempted) -> Json:
    return {
        "line": one.line,
        "at": instant(one.at),
        "action": one.action,
        "post": f"p{one.post_id}",
        "attempt": one.attempt,
    }


def _noted(one: NotedReading) -> Json:
    return {
        "line": one.line,
        "at": instant(one.at),
        "for": one.purpose,
        "customer": one.customer,
        "post": None if one.post_id is None else f"p{one.post_id}",
        "path": one.secret,
        "version": one.version,
        "request_id": one.request_id,
        "put_at": one.put_at,
    }


def _given_out(one: VaultRead) -> dict[str, Any]:
    return {
        "at": instant(one.at),
        "for": one.why,
        "path": one.secret,
        "version": one.version,
        "request_id": one.request_id,
        "display_name": one.by.name,
        "entity_id": one.by.entity_id,
        "accessor": one.by.accessor,
        "remote_address": one.address,
    }
