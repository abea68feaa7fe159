"""The configuration in force: read at start, read again when a file changes, kept where a change is broken."""

from dataclasses import replace
from pathlib import Path

import structlog

from scheduler import config
from scheduler.apart import not_apart
from scheduler.config import Config
from scheduler.customer import Customer
from scheduler.problems import Problem, Problems

log = structlog.get_logger()


class Configuration:
    """Holds what is in force. `current` is replaced as a whole, never changed.

    `gone` are the customers whose files were there at the reading before the last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current = Config()
        self.problems: tuple[Problem, ...] = ()
        self.gone: frozenset[str] = frozenset()
        self._fingerprint: frozenset[tuple[str, int, int]] = frozenset()

    def load(self) -> None:
        """Read the folder at start. A customer whose file has mistakes is left out, the others go on.

        Raises `Problems` where the folder, `firetime.toml` or every customer is unusable.
        """
        self._fingerprint = config.fingerprint(self.folder)
        found, problems = config.inspect(self.folder)
        if any(problem.customer is None for problem in problems) or not found.customers:
            raise Problems(problems)
        self._take(found, problems)

    def touch(self) -> None:
        """Make the next look read the folder, changed or not."""
        self._fingerprint = frozenset()

    def reload_if_changed(self) -> bool:
        """Read the folder again if a file has changed; says whether a new configuration is in force."""
        fingerprint = config.fingerprint(self.folder)
        return fingerprint != self._fingerprint and self.reload()

    def reload(self) -> bool:
        """Read the folder again. What is broken stays as it was, and is said."""
        self._fingerprint = config.fingerprint(self.folder)
        found, problems = config.inspect(self.folder)
        if any(problem.customer is None for problem in problems):
            self.problems = tuple(problems)
            self._say("configuration_kept")
            return False
        broken = {problem.customer for problem in problems}
        kept = tuple(customer for customer in self.current.customers if customer.id in broken)
        found, more = _without_those_that_share(found, kept, self.folder)
        problems += more
        self._take(replace(found, customers=(*found.customers, *kept)), problems)
        log.info("configuration_loaded", customers=len(self.current.customers), kept=[c.id for c in kept])
        return True

    def _take(self, found: Config, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        in_force = {customer.id for customer in found.customers}
        broken = frozenset(p.customer for p in problems if p.customer is not None) - in_force
        self.gone = frozenset(customer.id for customer in self.current.customers) - in_force - broken
        self.current = replace(found, broken=broken)
        self._say("configuration_problem")

    def _say(self, action: str) -> None:
        for problem in self.problems:
            log.error(action, where=problem.where, problem=problem.what)
        for file in config.not_read(self.folder):
            log.warning("file_not_read", where=str(file), problem=config.NOT_READ)


def _without_those_that_share(
    found: Config, kept: tuple[Customer, ...], folder: Path
) -> tuple[Config, list[Problem]]:
    """What was found, without customers that have what is that of one whose old file is still in force."""
    of_the_kept = {customer.id for customer in kept}
    problems = list(
        not_apart((*found.customers, *kept), folder / "customers", found.common.vault.ayrshare_path)
    )
    new = [problem for problem in problems if problem.customer not in of_the_kept]
    refused = {problem.customer for problem in new}
    return replace(found, customers=tuple(one for one in found.customers if one.id not in refused)), new
