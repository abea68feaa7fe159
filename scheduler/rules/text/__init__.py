"""From what a feed says to plain text that may stand in a post. Pure, in linear time, and never raises on odd input.

The order is: `plain`, `without_address`, `unlinked`, `neutral`. Each keeps what the ones before it achieved.
"""

from scheduler.rules.text.addresses import unlinked, without_address
from scheduler.rules.text.characters import tidy
from scheduler.rules.text.markup import LONGEST, plain
from scheduler.rules.text.signs import neutral, one_cashtag

__all__ = ["LONGEST", "neutral", "one_cashtag", "plain", "tidy", "unlinked", "without_address"]
