"""How much one rendering may do. What counts is characters, so that a text fails everywhere or nowhere."""

from scheduler.rules.template.fields import TemplateFailed

MOST_WORK = 1_000_000
"""Characters that the filters of one rendering may read and write together."""

LONGEST_VALUE = 20_000
"""Characters of a text that a filter gives, or that `~` joins."""

LONGEST_OUTPUT = 100_000
"""Characters of a rendered text: more than any network takes."""

CALL = 20
"""Characters that calling a filter costs, whatever it reads."""


class Work:
    """What is left of the work that one rendering may do."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_WORK

    def spend(self, characters: int) -> None:
        """Take it off. Raises `TemplateFailed` when nothing is left."""
        self._left -= characters
        if self._left < 0:
            raise TemplateFailed("the template does too much: use fewer filters and loops")


def refuse_longer(characters: int) -> None:
    """Raise `TemplateFailed` where a value would be too long to go on with."""
    if characters > LONGEST_VALUE:
        raise TemplateFailed(
            f"makes a text of more than {LONGEST_VALUE:,} characters; shorten its parts first"
        )
