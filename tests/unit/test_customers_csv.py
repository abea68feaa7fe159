"""CSV files: for spreadsheets that take a name for a formula, and for addresses that are secrets."""

import csv
import os
import stat
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cli.customers_csv import FORMULA, CannotWrite, CsvFile, csv_text

CELL = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(CELL | st.sampled_from(FORMULA), CELL)))
def test_every_value_comes_back_and_none_is_a_formula(rows: list[tuple[str, str]]) -> None:
    header, *read = csv.reader(StringIO(csv_text(("a", "b"), rows), newline=""))

    assert header == ["a", "b"]
    assert len(read) == len(rows)
    for cell, given_ in zip([c for row in read for c in row], [c for row in rows for c in row], strict=True):
        assert not cell.startswith(FORMULA)
        assert cell in (given_, f"'{given_}")
        assert (cell == given_) is not given_.startswith(FORMULA)


def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_content_until_then(tmp_path: Path) -> None:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    old.write_text("what was there before, and is longer\n" * 9)
    before = os.umask(0)
    try:
        for path in (new, old):
            with CsvFile(path) as file:
                assert old.read_text().startswith(("what was", "a\r\n"))
                file.write(["a"], [["\u00e9"]])
    finally:
        os.umask(before)

    assert [path.read_bytes() for path in (new, old)] == ["a\r\n\u00e9\r\n".encode()] * 2
    assert stat.S_IMODE(new.stat().st_mode) == 0o600


def test_a_command_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("addresses that were sent\n")
    with pytest.raises(KeyError), CsvFile(path):
        raise KeyError
    assert path.read_text() == "addresses that were sent\n"


@pytest.mark.parametrize("path", [Path("/nowhere/a.csv"), Path("/")])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_done(path: Path) -> None:
    with pytest.raises(CannotWrite, match=rf"^{path} cannot be written: .* \(--csv\)$"), CsvFile(path):
        pytest.fail("the block must not begin")


def test_a_full_disk_is_told() -> None:
    with pytest.raises(CannotWrite, match="No space left on device"), CsvFile(Path("/dev/full")) as file:
        file.write(["a"], [])


def test_it_is_printed_or_goes_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    for path, printed in ((Path("-"), "a\r\n"), (None, "")):
        with CsvFile(path) as file:
            file.write(["a"], [])
        assert capsys.readouterr().out == printed
        assert file.is_printed is bool(printed)
