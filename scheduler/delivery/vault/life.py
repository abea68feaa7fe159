"""How long a token lives, and when something has to be done about it. Pure: times are seconds of one clock."""

from dataclasses import dataclass

from scheduler.delivery.vault.token import Token


@dataclass(frozen=True, slots=True)
class Life:
    """One stretch of a token's life, from a sign-in or a renewal to its end.

    Something is due at `due_at`, between a half and two thirds of it; failures do not matter until `pressing_at`, when
    a third is left.
    """

    due_at: float
    pressing_at: float
    ends_at: float


def life_of(token: Token, now: float, chance: float) -> Life | None:
    """The life that Vault told at `now`; None for a token that never ends. `chance`, below 1, spreads many daemons."""
    if not token.ttl_s:
        return None
    span = token.ttl_s if token.renewable else token.left_s
    ends_at = now + token.left_s
    return Life(ends_at - span * (1 / 3 + chance / 6), ends_at - span / 3, ends_at)
