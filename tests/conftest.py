"""What every test has: a clean environment, the corpus where it is there, and no quiet skips in CI."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import openbao

__all__ = ["openbao"]  # here, once: each conftest that named it would start a server of its own

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"

# A skip whose reason begins like this is forced by the machine: there is nothing to install against it.
FORCED_SKIP = "needs corpus"
OUR_SETTINGS = ("FIRETIME_", "VAULT_", "BAO_")

# A busy machine makes single examples slow; that is not what a property test asks about.
settings.register_profile("firetime", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("firetime")


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """No test sees the settings of whoever runs it. Of session scope, so that shared servers don't either."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(OUR_SETTINGS)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real feed documents, which lies beside the project where there is one."""
    if not CORPUS.is_dir():
        pytest.skip(f"{FORCED_SKIP}: no folder {CORPUS}")
    return CORPUS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail on skips that the machine does not force")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if unforced_skips(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if skips := unforced_skips(config):
        terminalreporter.section("skips fail this run (--no-skips)", red=True)
        terminalreporter.write("".join(f"{skip}\n" for skip in skips))


def unforced_skips(config: pytest.Config) -> list[str]:
    """The skips that fail a run with --no-skips; under xdist only the controller knows them."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not config.option.no_skips:
        return []
    reasons = [(report.nodeid, skip_reason(report)) for report in reporter.stats.get("skipped", [])]
    return [f"{nodeid}: {reason}" for nodeid, reason in reasons if not reason.startswith(FORCED_SKIP)]


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"xfail: {report.wasxfail}"
    match report.longrepr:
        case (_, _, str(reason)):
            return reason.removeprefix("Skipped: ")
        case other:
            return str(other)
