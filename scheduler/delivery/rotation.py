"""Keys that are refused may have been rotated since they were read: one fresh reading tells, and one retry follows."""

from hmac import compare_digest

from scheduler.delivery.keys import Keys
from scheduler.delivery.outcome import Verdict
from scheduler.delivery.outcome_table import API_KEY, HEADERS, RELINK, TABLE
from scheduler.model import Deferred, Delivered, Held, Post, WaitsFor

STANDBY_LAG_S = 0.3
"""A standby of Vault shows a new version this much later, at most, in measurements."""

_KEYS_REFUSED = frozenset(row.name for row in TABLE if row.meaning in (API_KEY, HEADERS, RELINK))
_RETRIED = "other keys are in Vault by now: it is sent again with those, once"


def may_explain(verdict: Verdict, post: Post) -> bool:
    """Whether it was the keys that were refused, for certain, and not already those of a retry.

    Where another network may have published it, nothing is sent again before that is known.
    """
    is_certain = isinstance(verdict.outcome, Held)
    return is_certain and bool(verdict.rows & _KEYS_REFUSED) and _RETRIED not in (post.reason or "")


def retry(verdict: Verdict) -> Deferred:
    """The outcome in place of the refusal, where there are others."""
    return Deferred(WaitsFor.CREDENTIALS, _RETRIED, 0.0, verdict.outcome.networks)


def ask_later(verdict: Verdict) -> Deferred:
    """The outcome in place of the refusal, where Vault cannot say whether there are others."""
    outcome = verdict.outcome
    said = "" if isinstance(outcome, Delivered) else f": {outcome.reason}"
    return Deferred(
        WaitsFor.VAULT,
        f"Vault cannot say now whether the keys are still the same{said}",
        None,
        outcome.networks,
    )


def are_same(one: Keys, other: Keys) -> bool:
    """Whether two readings gave the same values."""
    return all(map(compare_digest, _values(one), _values(other)))


def _values(keys: Keys) -> list[bytes]:
    own = keys.customer
    given = (keys.api_key.value, own.x_api_key, own.x_api_secret, own.profile_key)
    return [(value or "").encode() for value in given]
