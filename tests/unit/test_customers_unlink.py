"""What `customers unlink` says when it is done."""

import json

import pytest

from scheduler.cli.customers_unlink import _tell
from scheduler.customer import Customer

ACME = Customer(id="acme", name="Acme", timezone="UTC", vault_path="customers/acme")


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("acme", {"account": "acme", "unlinked": True}),
        ("", {"account": None, "unlinked": True}),  # Ayrshare does not tell its name
        (None, {"account": None, "unlinked": False}),
    ],
)
def test_a_program_is_told_whether_x_was_unlinked(
    capsys: pytest.CaptureFixture[str], account: str | None, told: dict[str, object]
) -> None:
    _tell(ACME, account, "done", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"customer": "acme"} | told
