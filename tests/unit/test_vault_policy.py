"""The text of the least policy, and what is made of Vault's answers about a token."""

import re

import pytest
import typer

from scheduler.cli.vault_policy import show_policy
from scheduler.common import VaultLayout
from scheduler.config import Config
from scheduler.custody.policy import OWN_TOKEN, as_hcl, least
from scheduler.custody.rights import judge, paths_beyond
from scheduler.customer import Customer, Route, SignIn
from tests.conftest import ROOT


def customer(of: str, path: str, **more: object) -> Customer:
    given = {"id": of, "name": of, "timezone": "UTC", "vault_path": path} | more
    return Customer.model_validate(given)


def config(*customers: Customer, **layout: object) -> Config:
    common = Config().common
    return Config(common.model_copy(update={"vault": VaultLayout.model_validate(layout)}), customers)


def paths(found: Config) -> list[str]:
    return [rule.path for rule in least(found)][: -len(OWN_TOKEN)]


FEED = Route(id="blog", feed="https://a.example/f.xml", sign_in=SignIn(kind="bearer", vault_path="feeds/a"))


def test_each_secret_of_the_configuration_has_a_rule_and_nothing_else_has() -> None:
    found = config(customer("acme", "customers/acme", route=[FEED]), customer("globex", "globex"))

    assert paths(found) == [
        "secret/data/firetime/ayrshare",
        "secret/data/customers/acme",
        "secret/data/feeds/a",
        "secret/data/globex",
    ]
    assert {rule.capability for rule in least(found)[: -len(OWN_TOKEN)]} == {"read"}


def test_a_store_of_version_1_has_no_data_in_its_paths() -> None:
    found = config(customer("acme", "acme"), kv_version=1, mount="team/keys", ayrshare_path="ours")

    assert paths(found) == ["team/keys/ours", "team/keys/acme"]


def test_a_secret_that_several_use_has_one_rule_that_names_them_all() -> None:
    found = config(customer("acme", "one", route=[FEED]), customer("globex", "one", route=[FEED]))
    text = as_hcl(least(found), None)

    assert text.count('path "secret/data/one"') == 1
    assert "# acme: the keys of its X app, its Profile-Key.\n# globex: the keys" in text
    assert "# acme/blog: what signs in to its feed.\n# globex/blog: what signs in" in text


def test_nothing_that_a_customer_is_called_gets_into_the_policy() -> None:
    hostile = 'Acme" } path "*" { capabilities = ["root"] }'
    text = as_hcl(least(config(customer("acme", "acme", name=hostile, end_customer=hostile))), None)

    named = re.findall(r'^path "([^"]*)" \{\n  capabilities = \["(?:read|update)"\]\n\}$', text, re.MULTILINE)
    assert len(named) == text.count("path ") - text.count("Each path ") == 2 + len(OWN_TOKEN)
    assert not [path for path in named if re.search(r"[*+]", path)]


def test_it_says_in_which_namespace_it_belongs() -> None:
    assert "vault policy write -namespace=team-a/b firetime" in as_hcl((), "team-a/b")
    assert "vault policy write -namespace='a b' firetime" in as_hcl((), "a b")


def test_paths_with_the_same_answer_are_one_finding_that_names_some_of_them() -> None:
    needed = {f"secret/data/{number}": "read" for number in range(10)}
    (finding,) = judge(needed, {}, dict.fromkeys(needed, ("update", "read")))

    assert str(finding) == (
        "may update where it has to read only: secret/data/0, secret/data/1, secret/data/2 and 7 more"
    )
    assert len(finding.paths) == 10


def test_what_is_denied_or_not_answered_at_all_is_missing() -> None:
    told = judge({"a": "read", "b": "read"}, {"c": "policies"}, {"a": ["deny"], "c": ["deny"]})

    assert [str(finding) for finding in told] == ["may not read what it needs: a, b"]


def test_strangers_are_asked_about_beside_below_and_around_each_secret() -> None:
    asked = paths_beyond(VaultLayout(), ["customers/acme", "customers/acme/x"], "probe")

    assert {
        "secret/data/customers/probe",
        "secret/data/customers/acme-probe",
        "secret/data/customers/acme/probe",
        "secret/data/customers/probe/x",
        "secret/data/probe/acme",
        "secret/data/probe",
        "secret/metadata/customers/",
        "secret/metadata/customers/acme",
        "secret/metadata/",
    } <= asked.keys()
    assert not asked.keys() & {rule.path for rule in least(config(customer("acme", "customers/acme")))}


def test_the_example_names_each_path() -> None:
    text = (ROOT / "config" / "vault-policy.hcl").read_text()

    assert not re.search(r'^path ".*[*+].*"', text, re.MULTILINE)


NEWCOMER = """\
# globex: the keys of its X app, its Profile-Key.
path "secret/data/customers/globex" {
  capabilities = ["read"]
}

"""


def test_customers_that_are_to_come_have_their_rule_and_nobody_signs_in_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRETIME_CONFIG", str(ROOT / "config"))
    monkeypatch.setenv("VAULT_AUTH", "approle")  # and there is no role id yet
    before = run_policy([], capsys)

    assert run_policy(["acme"], capsys) == before, "it has a file"
    more = run_policy(["globex", "globex"], capsys)
    assert more.replace(NEWCOMER, "") == before
    assert more.count(NEWCOMER) == 1
    with pytest.raises(typer.BadParameter, match="a b: "):
        show_policy(["a b"], test=False, as_json=False)


def run_policy(newcomers: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(typer.Exit) as done:
        show_policy(newcomers, test=False, as_json=False)
    assert done.value.exit_code == 0
    return capsys.readouterr().out
