"""When a condition that stops a customer is looked at again, by letting one post through. All durations are seconds."""

from datetime import datetime, timedelta

from scheduler.model import WaitsFor, X

_PROBES_S: dict[str, tuple[float, float]] = {
    WaitsFor.CREDITS: (900.0, 14_400.0),
    WaitsFor.API_KEY: (300.0, 3_600.0),
    WaitsFor.CREDENTIALS: (300.0, 3_600.0),  # while a key is missing, a probe reads Vault and sends nothing
}
"""The first and the longest time between two probes. What is not here is left to a person: X's developers are told to
stop an account whose sign-in is refused, and not to try again."""
_LINKED_ANEW = (WaitsFor.RELINK, WaitsFor.PERMISSION)


def next_probe(waits_for: str, probes: int, now: datetime, rand: float) -> datetime | None:
    """When the next post is let through, each time after twice as long; None for never.

    `probes` counts those before and `rand` in [0, 1) adds up to a tenth, so that customers do not come all at once.
    """
    if waits_for not in _PROBES_S:
        return None
    first, longest = _PROBES_S[waits_for]
    wait = min(longest, first * 2.0 ** min(probes, 30))
    return now + timedelta(seconds=wait * (1 + rand / 10))


def with_way_on(reason: str, waits_for: str, customer: str, platform: str = "") -> str:
    """A reason that ends with what a person does, once; as it is where a probe finds out that it has passed."""
    resume = f"; then: firetime resume {customer}"
    if waits_for in _PROBES_S or reason.endswith(resume):
        return reason
    if platform == X and waits_for in _LINKED_ANEW:
        return f"{reason}; firetime customers link {customer} makes the address for linking{resume}"
    return reason + resume
