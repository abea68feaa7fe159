"""Mistakes in the configuration folder's files and their names are told to the person who made them, all at once."""

from pathlib import Path

import pytest

from scheduler import config
from scheduler.problems import Problems
from tests.unit.config_folder import CANARY, ROUTE, SMALL, Folder


def test_a_missing_folder_is_one_mistake_that_says_where_to_put_it_right(tmp_path: Path) -> None:
    with pytest.raises(Problems) as raised:
        config.load(tmp_path / "nowhere")

    assert str(raised.value) == (
        f"{tmp_path}/nowhere: no such folder; set FIRETIME_CONFIG to the one with firetime.toml"
    )


@pytest.mark.parametrize("with_folder", [True, False])
def test_a_folder_without_customers_is_a_mistake(tmp_path: Path, with_folder: bool) -> None:
    if with_folder:
        Folder(tmp_path)
    with pytest.raises(Problems) as raised:
        config.load(tmp_path)

    assert str(raised.value) == f"{tmp_path}/customers: has no customer file (*.toml); add one"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SMALL + "[[route\n", "is not valid TOML: Expected ']]' at the end of an array declaration (at line 4"),
        ('name = "Acme\n', "(at line 1, column 13)"),
        ('name = "A"\nname = "B"\n', "Cannot overwrite a value (at line 2, column 11)"),
        (f"name = {CANARY}\n", "is not valid TOML: Invalid value (at line 1, column 8)"),
        (f'{SMALL}secret = "{CANARY}\n', "(at line 4, column"),
        (b'name = "Caf\xe9"\n', "is not UTF-8 text"),
        (SMALL.encode("utf-16"), "is not UTF-8 text"),
    ],
    ids=["bracket", "quote", "twice", "bare", "canary", "latin-1", "utf-16"],
)  # fmt: skip
def test_a_file_that_is_no_toml_is_named_with_its_line(
    folder: Folder, content: str | bytes, words: str
) -> None:
    folder.customer(content)
    told = folder.mistake()

    assert told.startswith("customers/acme.toml: ")
    assert words in told
    assert CANARY not in told


def test_a_customer_file_that_is_a_folder_is_told(folder: Folder) -> None:
    (folder.path / "customers" / "acme.toml").mkdir()

    assert folder.mistake() == "customers/acme.toml: cannot be read: Is a directory"


@pytest.mark.parametrize("name", ["acme media", "-acme", "acmé", "acme.old", "a" * 65])
def test_a_file_name_that_is_no_customer_id_is_told_as_such(folder: Folder, name: str) -> None:
    folder.customer(SMALL + ROUTE, name)

    assert folder.mistake().startswith(f"customers/{name}.toml: the file's name ")


def test_all_mistakes_of_all_files_are_told_at_once(folder: Folder) -> None:
    folder.common('[vault]\nkv_version = 3\nmount = "a b"\n[price]\n')
    folder.customer(
        f'{SMALL}colour = "red"\n{ROUTE}poll_every = "5s"\nplatform = "x"\n[route.select]\ninclude = ["/(/"]\n'
        f'max_age = 3\n[route.compose]\ntemplate = "{{{{ nothing }}}}"\n{ROUTE}feed2 = 1\n',
        "acme",
    )
    folder.customer("name = ", "broken")
    folder.customer(SMALL + ROUTE, "fine")
    folder.customer(SMALL.replace("UTC", "Mars") + ROUTE, "globex")
    told = folder.mistakes()

    assert [line.partition(";")[0].partition(": missing )")[0] for line in told] == [
        "firetime.toml: vault.mount: may hold letters, digits, '-' and '_' only (and / between the parts of a path)",
        "firetime.toml: vault.kv_version: give 1 or 2",
        "firetime.toml: price: unknown key",
        "customers/acme.toml: route: the id 'blog' is used 2 times",
        "customers/acme.toml: route[1] (blog).poll_every: is too often",
        "customers/acme.toml: route[1] (blog).compose.template: line 1: 'nothing' is unknown",
        "customers/acme.toml: route[1] (blog).select.include[1]",
        "customers/acme.toml: route[1] (blog).select.max_age: give a text in quotes",
        "customers/acme.toml: route[1] (blog).platform: unknown key",
        "customers/acme.toml: route[2] (blog).feed2: unknown key",
        "customers/acme.toml: colour: unknown key",
        "customers/broken.toml: is not valid TOML: Invalid value (at end of document)",
        "customers/globex.toml: timezone: is no time zone",
    ]
