"""`vault policy`: the least policy on standard output, and on standard error what the token may do beyond it."""

import asyncio
from dataclasses import asdict, dataclass

import typer

from scheduler import config
from scheduler.bootstrap import open_vault
from scheduler.cli.output import print_json
from scheduler.cli.start import begin
from scheduler.config import Config
from scheduler.custody import policy, rights
from scheduler.delivery.vault import VaultError
from scheduler.settings import Settings


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Vault says of the token; or why it could not be asked."""

    findings: tuple[rights.Finding, ...] = ()
    problem: str | None = None

    @property
    def lines(self) -> list[str]:
        """One line for each thing that is wrong."""
        if self.problem is not None:
            return [f"not tested: {self.problem}"]
        return [f"the token has not this policy: {finding}" for finding in self.findings]


def show_policy(*, test: bool, as_json: bool) -> None:
    """Print the policy; exit code 1 where the token has other rights, or could not be tested.

    Raises `Problems` where the configuration has mistakes: what its files leave out would be missing in the policy.
    """
    settings = begin()
    found = config.load(settings.config)
    text = policy.as_hcl(policy.least(found), settings.vault_namespace)
    verdict = asyncio.run(_tested(settings, found)) if test else Verdict()
    if as_json:
        findings = [asdict(finding) | {"message": str(finding)} for finding in verdict.findings]
        tested = test and verdict.problem is None
        print_json({"policy": text, "tested": tested, "problem": verdict.problem, "findings": findings})
    else:
        typer.echo(text, nl=False)
        for line in verdict.lines:
            typer.echo(f"firetime: {line}", err=True)
    raise typer.Exit(1 if verdict.lines else 0)


async def _tested(settings: Settings, found: Config) -> Verdict:
    with open_vault(settings, lambda: found.common.vault) as vault:
        try:
            return Verdict(tuple(await rights.survey(vault, found)))
        except VaultError as error:
            return Verdict(problem=str(error))
