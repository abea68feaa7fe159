"""The systemd unit keeps what it runs from leaving a secret behind."""

import pytest

from tests.conftest import ROOT

UNIT = (ROOT / "config" / "firetime.service").read_text().splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "LimitCORE=0",
        "MemorySwapMax=0",
        "NoNewPrivileges=yes",
        "ProtectProc=invisible",
        "CapabilityBoundingSet=",
        "LoadCredential=vault-token:/etc/firetime/vault-token",
        "Environment=VAULT_TOKEN_FILE=%d/vault-token",
    ],
)
def test_the_unit_has(line: str) -> None:
    assert line in UNIT


def test_no_secret_is_in_its_environment() -> None:
    given = [line.partition("=")[2].partition("=")[0] for line in UNIT if line.startswith("Environment=")]

    assert not {"VAULT_TOKEN", "VAULT_SECRET_ID", "FIRETIME_ADMIN_TOKEN"} & set(given)
