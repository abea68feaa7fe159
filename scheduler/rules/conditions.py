"""Rules over an entry's fields, and rules within rules: whether they hold, and what makes it so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feeds.model import Entry
from scheduler.patterns import Text, first_found
from scheduler.rules.text import plain, tidy
from scheduler.selection import FIELDS, Condition

_SHOWN = 5
_SHOWN_CHARACTERS = 60


class Texts:
    """The texts of an entry, each cleaned once, and only when it is asked for."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._clean: dict[str, tuple[Text, ...]] = {}

    def of(self, field: str) -> tuple[Text, ...]:
        """What the entry has in that field: one text, or one for each category."""
        field = "categories" if field == "category" else field
        if field not in self._clean:
            self._clean[field] = tuple(map(Text, self._read(field)))
        return self._clean[field]

    @property
    def language(self) -> str:
        """The language that the entry states, a lower-case tag, or nothing."""
        return self._entry.language.lower()

    def _read(self, field: str) -> tuple[str, ...]:
        if field == "categories":
            return tuple(map(plain, self._entry.categories))
        if field == "link":
            return (tidy(self._entry.link or ""),)
        return (plain(getattr(self._entry, field)),)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Whether a rule holds, and what makes it so, with its path such as `where.any[2].title`."""

    holds: bool
    why: str


def weigh(condition: Condition, texts: Texts, path: str) -> Weighed:
    """Whether everything in a rule holds for an entry; the first that does not is why."""
    weighed = Weighed(True, f"{path}: holds for every entry")
    for weighed in _parts(condition, texts, path):
        if not weighed.holds:
            break
    return weighed


def is_in(language: str, ranges: Sequence[str]) -> bool:
    """Whether a language matches one of the ranges. Source: RFC 4647, section 3.3.1 (basic filtering)."""
    return bool(language) and any(
        wanted == "*" or f"{language}-".startswith(f"{wanted}-") for wanted in ranges
    )


def listed(patterns: Sequence[str]) -> str:
    """Patterns in quotes, as many as a person reads."""
    shown = [repr(_cut(pattern)) for pattern in patterns[:_SHOWN]]
    more = [f"{len(patterns) - _SHOWN} more"] if len(patterns) > _SHOWN else []
    return ", ".join(shown + more)


def _parts(condition: Condition, texts: Texts, path: str) -> Iterator[Weighed]:
    """What must hold, one by one."""
    for field in FIELDS:
        if patterns := getattr(condition, field):
            yield _field(patterns, texts.of(field), f"{path}.{field}")
    if condition.language:
        yield _language(condition.language, texts.language, f"{path}.language")
    yield from (weigh(rule, texts, f"{path}.all[{n}]") for n, rule in enumerate(condition.all, start=1))
    if condition.any:
        yield _any(condition.any, texts, f"{path}.any")
    for n, rule in enumerate(condition.none, start=1):
        weighed = weigh(rule, texts, f"{path}.none[{n}]")
        yield Weighed(not weighed.holds, weighed.why)


def _field(patterns: tuple[str, ...], texts: Sequence[Text], path: str) -> Weighed:
    found = first_found(patterns, texts)
    if found is None:
        return Weighed(False, f"{path}: none of {listed(patterns)} is in it")
    return Weighed(True, f"{path}: {_cut(found)!r} is in it")


def _language(ranges: Sequence[str], language: str, path: str) -> Weighed:
    stated = f"it is in {_cut(language)!r}" if language else "it states no language"
    return Weighed(is_in(language, ranges), f"{path}: {stated}")


def _any(rules: Sequence[Condition], texts: Texts, path: str) -> Weighed:
    doubts = []
    for number, rule in enumerate(rules, start=1):
        weighed = weigh(rule, texts, f"{path}[{number}]")
        if weighed.holds:
            return weighed
        doubts.append(weighed.why)
    return Weighed(False, "; ".join(doubts))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
