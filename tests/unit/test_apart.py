"""What two customers may only have in common where they are declared one: a secret in Vault, the primary profile."""

import re

import pytest

from scheduler.config import COMMON_KEYS, KNOWN_KEYS
from scheduler.settings import Settings
from tests.unit.config_folder import ROUTE, Folder

TODO = (
    "each customer has an X app and a profile of its own; where they are one, give them the same end_customer"
)
ONE_SECRET = 'vault_path = "customers/one"\n'
PRIMARY = "primary_profile = true\n"
ONE_END = 'end_customer = "One Group"\n'


def write(folder: Folder, **customers: str) -> None:
    for name, more in customers.items():
        path = "" if "vault_path" in more else f'vault_path = "customers/{name}"\n'
        folder.customer(f'name = "{name}"\ntimezone = "UTC"\n{path}{more}{ROUTE}', name)


def test_customers_with_secrets_of_their_own_are_accepted(folder: Folder) -> None:
    write(folder, acme="", globex="", operator=PRIMARY)
    assert [one.id for one in folder.load().customers] == ["acme", "globex", "operator"]


@pytest.mark.parametrize(("shared", "key"), [(ONE_SECRET, "vault_path"), (PRIMARY, "primary_profile")])
def test_what_is_shared_is_a_problem_of_each_file_and_names_the_others(
    folder: Folder, shared: str, key: str
) -> None:
    write(folder, acme=shared, globex=shared, hooli=shared, umbrella="")
    assert folder.mistakes() == [
        f"customers/acme.toml: {key}: is also that of globex, hooli: {TODO}",
        f"customers/globex.toml: {key}: is also that of acme, hooli: {TODO}",
        f"customers/hooli.toml: {key}: is also that of acme, globex: {TODO}",
    ]


def test_the_operators_own_secret_is_no_customers_but_the_primary_profiles(folder: Folder) -> None:
    """It would post with the operator's own X app, if that has its keys there."""
    operators = 'vault_path = "firetime/ayrshare"\n'
    write(folder, acme=operators)
    (mistake,) = folder.mistakes()
    assert mistake.startswith("customers/acme.toml: vault_path: is the secret with the operator's own keys")
    write(folder, acme=operators + PRIMARY)
    assert [one.id for one in folder.load().customers] == ["acme"]


@pytest.mark.parametrize("shared", [ONE_SECRET, PRIMARY])
def test_one_end_customer_may_share_it(folder: Folder, shared: str) -> None:
    write(folder, acme=shared + ONE_END, globex=shared + ONE_END)
    assert len(folder.load().customers) == 2


@pytest.mark.parametrize("other", ["", 'end_customer = "one group"\n', 'end_customer = "Two Group"\n'])
def test_who_is_declared_another_or_nobodys_is_not_let_in(folder: Folder, other: str) -> None:
    one = ONE_SECRET + ONE_END
    write(folder, acme=one, globex=one, hooli=ONE_SECRET + other)
    assert folder.mistakes() == [
        f"customers/acme.toml: vault_path: is also that of hooli: {TODO}",
        f"customers/globex.toml: vault_path: is also that of hooli: {TODO}",
        f"customers/hooli.toml: vault_path: is also that of acme, globex: {TODO}",
    ]


def test_no_setting_and_no_common_key_could_name_an_x_key_for_all() -> None:
    """What is common to all customers names one secret, Ayrshare's, and how the fields of a customer's are called."""
    names = [f"settings.{field.alias}" for field in Settings.model_fields.values()]
    names += [f"{table}.{key}" for table, keys in COMMON_KEYS.items() for key in keys]
    of_x = re.compile(r"x_?(api|key|secret)|twitter|oauth|consumer", re.IGNORECASE)
    assert [name for name in names if of_x.search(name)] == ["fields.x_api_key", "fields.x_api_secret"]
    assert [name for name in names if "path" in name] == ["vault.ayrshare_path"]
    secrets = [f"{table}.{key}" for table, keys in KNOWN_KEYS.items() for key in keys if "vault" in key]
    assert secrets == [".vault_path", "sign_in.vault_path"], "the customer's own, and that of one feed"
