"""Look at everything that a firing needs, and say every problem at once."""

from scheduler.check.finding import EVERYBODY, Finding
from scheduler.check.run import WHY, check

__all__ = ["EVERYBODY", "WHY", "Finding", "check"]
