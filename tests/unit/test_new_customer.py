"""What may be answered about a new customer, and that its file says just that."""

import string
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import config, customer_file
from scheduler.cli.customers_app import Attestable
from scheduler.common import VaultLayout
from scheduler.config import Config
from scheduler.customer import Attestation, Attested, Customer
from scheduler.customer_file import CannotAdd, NewRoute
from scheduler.moving.new_customer import FIELDS, Surroundings, default, file_text, mistake
from scheduler.moving.secret_help import SecretHelp
from scheduler.moving.x_console import APP_PERMISSIONS, APP_TYPE, ATTESTED, STEPS
from tests.conftest import ROOT

ANSWERS = st.one_of(st.text(), st.text(string.ascii_letters + string.digits + "-_/", max_size=70))
ZONES = st.sampled_from(sorted(available_timezones()))
NAMES = st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])).filter(
    lambda name: name.strip() != "" and len(name.splitlines()) == 1
)


def a_customer(**changes: object) -> Customer:
    values = {"id": "acme", "name": "Acme", "timezone": "UTC", "vault_path": "customers/acme"}
    return Customer.model_validate(values | changes)


@given(st.sampled_from(FIELDS), ANSWERS)
def test_an_answer_is_taken_just_where_a_customers_file_takes_it(field: str, answer: str) -> None:
    fields = {"id": "acme", "name": "Acme", "timezone": "UTC", "vault_path": "customers/acme"} | {
        field: answer
    }
    try:
        customer = Customer.model_validate(fields)
    except ValueError:
        assert mistake(field, answer)
        return
    assert mistake(field, answer) is None
    body = file_text(customer).encode()
    assert config.inspect_customer(Path(f"{customer.id}.toml"), body) == (customer, [])


@given(
    NAMES,
    ZONES,
    st.none() | NAMES,
    st.booleans(),
    st.dictionaries(st.sampled_from(list(ATTESTED)), st.builds(Attestation, by=NAMES, on=st.dates())),
)
def test_the_file_says_what_was_answered(
    name: str, zone: str, end_customer: str | None, primary: bool, attested: dict[str, Attestation]
) -> None:
    customer = a_customer(
        name=name,
        timezone=zone,
        end_customer=end_customer,
        primary_profile=primary,
        attested=Attested(**attested),
    )
    body = file_text(customer).encode()
    assert config.inspect_customer(Path("acme.toml"), body) == (customer, [])


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,50}", fullmatch=True))
def test_what_is_suggested_can_be_taken(customer_id: str) -> None:
    for field in ("timezone", "vault_path"):
        assert mistake(field, default(field, customer_id) or "") is None


@pytest.mark.parametrize(
    ("field", "answer", "words"),
    [
        ("id", "a b", "may hold letters, digits, '-' and '_' only"),
        ("id", "../acme", "may hold letters, digits, '-' and '_' only"),
        ("id", "a" * 65, "give at most 64 characters"),
        ("name", "", "is empty"),
        ("timezone", "America/New_Yrok", "did you mean 'America/New_York'?"),
        ("vault_path", "/customers/acme", "(and / between the parts of a path)"),
        ("vault_path", "customers/../firetime", "(and / between the parts of a path)"),
    ],
)
def test_a_mistake_is_told_with_what_to_answer(field: str, answer: str, words: str) -> None:
    assert words in (mistake(field, answer) or "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vault_path": "customers/beta"}, "vault_path is also that of beta"),
        ({"vault_path": "customers/beta", "end_customer": "Group"}, None),
        ({"vault_path": "customers/gamma"}, "vault_path is also that of gamma"),
        ({"vault_path": "firetime/ayrshare"}, "vault_path is the secret with the operator's own keys"),
        ({"primary_profile": True}, "primary_profile is also that of beta"),
        ({}, None),
    ],
)
def test_what_is_anothers_is_refused_unless_both_are_one_end_customer(
    changes: dict[str, object], words: str | None
) -> None:
    beta = a_customer(id="beta", vault_path="customers/beta", end_customer="Group", primary_profile=True)
    gamma = a_customer(id="gamma", vault_path="customers/gamma")
    where = Surroundings(Path("config"), Config(customers=(beta, gamma)))
    clash = where.clash(a_customer(**changes))
    assert clash is None if words is None else words in str(clash)


def test_a_file_is_made_once_and_never_written_over(tmp_path: Path) -> None:
    where = Surroundings(tmp_path, Config())
    file, customer = where.file_of("acme"), a_customer()
    assert where.taken("acme") is None
    assert customer_file.create(file, file_text(customer), [NewRoute("https://a.example/")]) == ["a-example"]
    assert "acme.toml already" in (where.taken("acme") or "")

    before = file.read_bytes()
    with pytest.raises(CannotAdd, match=r"acme\.toml is there already"):
        customer_file.create(file, file_text(a_customer(name="Other")))
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file], "no draft is left"


def test_a_secrets_place_is_that_of_the_layout() -> None:
    layout = VaultLayout.model_validate({"mount": "kv/x", "kv_version": 1, "fields": {"x_api_key": "key"}})
    help_ = SecretHelp(layout, a_customer(primary_profile=True))
    assert help_.path == "kv/x/customers/acme"
    assert list(help_.fields) == ["key", "x_api_secret"]
    assert help_.policy_rule == 'path "kv/x/customers/acme" { capabilities = ["read"] }'
    assert SecretHelp(VaultLayout(), a_customer()).policy_rule == (
        'path "secret/data/customers/acme" { capabilities = ["read"] }'
    )


def test_what_can_be_attested_is_what_the_file_knows() -> None:
    assert set(ATTESTED) == set(Attested.model_fields) == set(Attestable)


def test_the_page_about_x_apps_has_what_the_command_says() -> None:
    page = " ".join((ROOT / "docs" / "how-to" / "set-up-an-x-app.md").read_text().split())
    for words in (
        APP_PERMISSIONS,
        APP_TYPE,
        "social-accounts",
        "spending cap",
        "Automated label",
        "consumer key",
    ):
        assert words in page
        assert any(words in step for step in STEPS) or words == "consumer key"
