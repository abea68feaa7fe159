"""The configuration in force: what a broken change does to it, at start and while the daemon runs."""

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from feeds.database import Database
from scheduler import config, customers_gone
from scheduler.configuration import Configuration
from scheduler.lifecycle import Event
from scheduler.problems import Problems
from scheduler.store import posts
from tests.stored import NOW, add_entries, add_post
from tests.unit.config_folder import ROUTE, SMALL, Folder

GOOD = SMALL + ROUTE


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.customer(GOOD, "acme")
    made.customer(GOOD, "globex")
    return made


@pytest.fixture
def configuration(folder: Folder) -> Configuration:
    made = Configuration(folder.path)
    made.load()
    return made


def in_force(configuration: Configuration) -> list[str]:
    return sorted(customer.id for customer in configuration.current.customers)


def test_a_good_folder_is_in_force_from_the_start(configuration: Configuration) -> None:
    assert in_force(configuration) == ["acme", "globex"]
    assert configuration.problems == ()
    assert configuration.current.broken == frozenset()


def test_a_broken_customer_is_left_out_at_start_and_the_others_go_on(folder: Folder) -> None:
    folder.customer("name =", "acme")
    configuration = Configuration(folder.path)
    with capture_logs() as logs:
        configuration.load()

    assert in_force(configuration) == ["globex"]
    assert configuration.current.broken == {"acme"}
    (problem,) = configuration.problems
    assert problem.where.endswith("acme.toml")
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["configuration_problem"]


@pytest.mark.parametrize(
    "names", [("acme", "globex"), ("firetime",)], ids=["every customer", "firetime.toml"]
)
def test_a_start_without_anything_usable_is_refused_with_every_mistake(
    folder: Folder, names: tuple[str, ...]
) -> None:
    for name in names:
        if name == "firetime":
            folder.common("[vault")
        else:
            folder.customer("name =", name)
    configuration = Configuration(folder.path)
    with pytest.raises(Problems) as raised:
        configuration.load()

    assert len(raised.value.problems) == len(names)
    assert configuration.current.customers == ()


def test_a_missing_folder_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="no such folder"):
        Configuration(tmp_path / "nowhere").load()


def test_nothing_is_read_again_while_no_file_changes(configuration: Configuration) -> None:
    before = configuration.current

    assert configuration.reload_if_changed() is False
    assert configuration.current is before


def test_a_change_is_taken_up(folder: Folder, configuration: Configuration) -> None:
    folder.customer(GOOD.replace('"Acme"', '"Acme & Sons"'), "acme")

    assert configuration.reload_if_changed() is True
    acme = configuration.current.customer("acme")
    assert acme is not None
    assert acme.name == "Acme & Sons"


def test_a_touch_makes_the_next_look_read_the_folder_although_no_file_changed(
    configuration: Configuration,
) -> None:
    before = configuration.current
    configuration.touch()

    assert configuration.reload_if_changed() is True
    assert configuration.current == before
    assert configuration.reload_if_changed() is False


def test_a_broken_change_keeps_that_customer_as_it_was_and_takes_up_the_others(
    folder: Folder, configuration: Configuration
) -> None:
    before = configuration.current.customer("acme")
    folder.customer(GOOD.replace("UTC", "Mars"), "acme")
    folder.customer(GOOD.replace('"Acme"', '"Globex"'), "globex")

    assert configuration.reload_if_changed() is True
    assert in_force(configuration) == ["acme", "globex"]
    assert configuration.current.customer("acme") == before
    globex = configuration.current.customer("globex")
    assert globex is not None
    assert globex.name == "Globex"
    assert configuration.current.broken == frozenset(), "what is in force is not broken"
    assert [problem.customer for problem in configuration.problems] == ["acme"]


@pytest.mark.parametrize("content", ["[vault", "[vault]\nmount = 5\n", "colour = 1\n"])
def test_a_broken_firetime_toml_keeps_everything_as_it_was_and_says_so(
    folder: Folder, configuration: Configuration, content: str
) -> None:
    before = configuration.current
    folder.common(content)
    folder.customer(GOOD, "initech")
    with capture_logs() as logs:
        assert configuration.reload_if_changed() is False

    assert configuration.current is before
    assert [line["event"] for line in logs] == ["configuration_kept"]
    assert str(folder.path / "firetime.toml") in configuration.problems[0].where
    assert configuration.reload_if_changed() is False, "it is said once, not at each look"


def test_a_folder_that_is_emptied_or_gone_keeps_everything_as_it_was(
    folder: Folder, configuration: Configuration
) -> None:
    before = configuration.current
    for name in ("acme", "globex"):
        (folder.path / "customers" / f"{name}.toml").unlink()
    assert configuration.reload_if_changed() is False
    assert configuration.current is before
    shutil.rmtree(folder.path)
    configuration.touch()
    assert configuration.reload() is False
    assert configuration.current is before


def test_a_repaired_file_comes_back(folder: Folder, configuration: Configuration) -> None:
    folder.customer("name =", "acme")
    folder.customer("name =", "initech")
    assert configuration.reload_if_changed() is True
    assert configuration.current.broken == {"initech"}

    folder.customer(GOOD.replace('"Acme"', '"Repaired"'), "acme")
    folder.customer(GOOD, "initech")
    assert configuration.reload_if_changed() is True

    assert in_force(configuration) == ["acme", "globex", "initech"]
    acme = configuration.current.customer("acme")
    assert acme is not None
    assert acme.name == "Repaired"
    assert (configuration.problems, configuration.current.broken) == ((), frozenset())


def test_a_file_that_was_broken_at_start_comes_in_when_it_is_repaired(folder: Folder) -> None:
    folder.customer("name =", "acme")
    configuration = Configuration(folder.path)
    configuration.load()
    folder.customer(GOOD, "acme")

    assert configuration.reload_if_changed() is True
    assert in_force(configuration) == ["acme", "globex"]


def test_a_customer_whose_file_is_removed_is_gone(folder: Folder, configuration: Configuration) -> None:
    (folder.path / "customers" / "acme.toml").unlink()

    assert configuration.reload_if_changed() is True
    assert in_force(configuration) == ["globex"]
    assert configuration.current.broken == frozenset()


@pytest.mark.parametrize("name", ["Globex.TOML", "x.tml", "acme.toml.txt", "initech"])
def test_a_file_that_is_not_read_for_its_name_is_told(
    folder: Folder, configuration: Configuration, name: str
) -> None:
    (folder.path / "customers" / name).write_text(GOOD)
    with capture_logs() as logs:
        assert configuration.reload_if_changed() is True

    told = [(line["where"], line["problem"]) for line in logs if line["event"] == "file_not_read"]
    assert told == [
        (str(folder.path / "customers" / name), "not read: its name does not end in .toml"),
    ]
    assert in_force(configuration) == ["acme", "globex"]


@pytest.mark.parametrize(
    "name", ["acme.toml~", ".acme.toml.swp", "acme.toml.orig", "acme.toml.bak", ".#acme.toml"]
)
def test_what_editors_leave_behind_is_nothing(
    folder: Folder, configuration: Configuration, name: str
) -> None:
    (folder.path / "customers" / name).symlink_to("user@host.1234")
    (folder.path / "customers" / f"{name}~").write_text(GOOD)

    assert configuration.reload_if_changed() is False
    assert (config.not_read(folder.path), configuration.problems) == ([], ())


async def test_a_customer_whose_file_is_gone_is_named_with_how_many_posts_wait(
    folder: Folder, configuration: Configuration, database: Database
) -> None:
    with database.write() as session:
        for customer in ("acme", "acme", "globex", "initech", "broken"):
            add_post(session, *add_entries(session, customer), customer=customer)
        cancelled = add_post(session, *add_entries(session, "x"), customer="settled")
        posts.advance(session, cancelled, Event.CANCEL, NOW)
    (folder.path / "customers" / "acme.toml").unlink()
    folder.customer("name =", "broken")
    told = []
    for _ in range(2):
        configuration.reload()
        with capture_logs() as logs:
            await customers_gone.tell(database, configuration.current, configuration.gone)
        told.append([(line["event"], line["customer"], line["posts"]) for line in logs])
    assert told[0] == told[1] == [("customer_gone", "acme", 2), ("customer_gone", "initech", 1)]


async def test_a_customer_who_goes_is_named_once_where_nothing_waits(
    folder: Folder, configuration: Configuration, database: Database
) -> None:
    (folder.path / "customers" / "globex.toml").unlink()
    counted = []
    for _ in range(2):
        configuration.reload()
        with database.read() as session:
            counted.append(customers_gone.waiting(session, configuration.current, configuration.gone))
    assert counted == [{"globex": 0}, {}]


def test_a_customer_whose_broken_file_is_removed_is_gone_too(
    folder: Folder, configuration: Configuration
) -> None:
    file = folder.customer("name =", "acme")
    configuration.reload_if_changed()
    file.unlink()

    assert configuration.reload_if_changed() is True
    assert in_force(configuration) == ["globex"]
    assert configuration.problems == ()


def test_a_new_customer_gets_nothing_of_one_whose_old_file_is_still_in_force(
    folder: Folder, configuration: Configuration
) -> None:
    folder.customer(SMALL + ROUTE + "colour = 1\n")
    folder.customer((SMALL + ROUTE).encode(), "initech")  # as it is: with acme's path in Vault
    configuration.reload()

    assert in_force(configuration) == ["acme", "globex"]
    assert "initech.toml: vault_path: is also that of acme" in "\n".join(map(str, configuration.problems))
