"""`check` names what the configuration folder has too much, and whom it lacks although posts wait."""

from pathlib import Path

import pytest

from scheduler import config
from scheduler.check.folder import check_folder
from tests.stored import add_entries, add_post, fresh
from tests.unit.config_folder import ROUTE, SMALL, Folder


def notes(folder: Folder, url: str) -> list[tuple[str, str]]:
    found, _ = config.inspect(folder.path)
    findings = check_folder(folder.path, found, url)
    assert all(one.ok and one.is_note for one in findings)
    return [(one.customer, one.message.replace(f"{folder.path}/", "")) for one in findings]


def test_files_that_are_not_read_and_customers_without_a_file_are_noted(tmp_path: Path) -> None:
    folder, url = Folder(tmp_path), f"sqlite:///{tmp_path / 'firetime.db'}"
    folder.customer(SMALL + ROUTE)
    (tmp_path / "customers" / "Globex.TOML").write_text(SMALL + ROUTE)
    unread = ("all customers", "customers/Globex.TOML: not read: its name does not end in .toml")
    assert notes(folder, url) == [unread], "there is no database yet"

    with fresh(url) as database, database.write() as session:
        for customer in ("acme", "globex"):
            add_post(session, *add_entries(session, customer), customer=customer)
    waits = "1 post of this customer waits, and there is no customers/globex.toml"
    assert notes(folder, url) == [unread, ("globex", f"{waits}: put it back, or cancel what waits")]


@pytest.mark.parametrize("spoilt", ["", "no database at all " * 99])
def test_a_database_that_cannot_be_read_is_another_checks_finding(tmp_path: Path, spoilt: str) -> None:
    folder, file = Folder(tmp_path), tmp_path / "firetime.db"
    folder.customer(SMALL + ROUTE)
    file.write_text(spoilt)
    assert notes(folder, f"sqlite:///{file}") == []
