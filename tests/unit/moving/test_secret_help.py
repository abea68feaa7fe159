"""What is said of a secret that Vault does not let Firetime read."""

from scheduler.common import VaultLayout
from scheduler.customer import Customer
from scheduler.moving.secret_help import SecretHelp


def test_a_customer_without_a_file_gets_into_the_policy_by_its_name_where_its_path_is_the_usual() -> None:
    usual, other = (
        SecretHelp(
            VaultLayout(), Customer(id="acme", name="Acme", timezone="UTC", vault_path=path)
        ).policy_advice
        for path in ("customers/acme", "elsewhere")
    )
    rule = 'path "secret/data/{}" {{ capabilities = ["read"] }}'

    assert usual == (
        "Make it with `firetime vault policy --with acme`, or add to the policy: "
        + rule.format("customers/acme")
    )
    assert other == "Add to the policy: " + rule.format("elsewhere")
