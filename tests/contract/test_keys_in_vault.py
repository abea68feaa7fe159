"""Whether a new customer's secret is as it must be, against a real OpenBao; what is said never holds a value."""

from uuid import uuid4

import pytest
from pydantic import SecretStr

from scheduler.common import VaultLayout
from scheduler.config import Config
from scheduler.customer import Customer, Route
from scheduler.delivery.vault import Vault
from scheduler.demo.openbao import OpenBao
from scheduler.moving.keys_in_vault import KeysInVault, Looked
from scheduler.settings import Settings

WHOLE = {"x_api_key": "canary-key", "x_api_secret": "canary-secret", "profile_key": "canary-profile"}
MAY_READ = 'path "secret/data/{path}" {{ capabilities = ["read"] }}'


class Place:
    """A corner of a real OpenBao, and a look at one of its secrets."""

    def __init__(self, openbao: OpenBao) -> None:
        self.openbao = openbao
        self.path = f"t{uuid4().hex}"
        self.token = openbao.token

    def customer(self, name: str, *, end_customer: str | None = None, routes: int = 0) -> Customer:
        return Customer(
            id=name,
            name=name,
            timezone="UTC",
            vault_path=f"{self.path}/{name}",
            end_customer=end_customer,
            route=tuple(Route(id=f"r{n}", feed=f"https://{name}.example/{n}") for n in range(routes)),
        )

    def put(self, name: str, secret: dict[str, str]) -> None:
        self.openbao.write(f"{self.path}/{name}", secret)

    def vault(self) -> Vault:
        settings = Settings(vault_addr=self.openbao.url, vault_token=SecretStr(self.token))
        return Vault(settings, VaultLayout)

    async def look(self, keys: KeysInVault, customer: Customer) -> Looked:
        vault = self.vault()
        try:
            return await keys.look(vault, customer)
        finally:
            vault.close()


@pytest.fixture
def place(openbao: OpenBao) -> Place:
    return Place(openbao)


async def test_a_whole_secret_is_good_and_its_reading_is_kept(place: Place) -> None:
    place.put("acme", WHOLE)
    keys = KeysInVault(Config())
    looked = await place.look(keys, place.customer("acme"))
    assert looked.trouble == ""
    assert looked.reading is not None
    assert (looked.reading.path, looked.reading.version) == (f"secret/{place.path}/acme", 1)
    assert keys.noted == [("acme", looked.reading)]


async def test_a_path_with_the_mount_in_it_is_told_as_such(place: Place) -> None:
    acme = place.customer("acme").model_copy(update={"vault_path": "secret/customers/acme"})
    looked = await place.look(KeysInVault(Config()), acme)
    assert "begins below the mount, which is secret: did you mean customers/acme?" in looked.trouble


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (None, ["has no secret at secret/", "needs x_api_key and x_api_secret and profile_key"]),
        ({"x_api_key": "canary"}, ["lacks x_api_secret and profile_key", "kv put replaces all of it"]),
        (WHOLE | {"x_api_secret": "canary\n"}, ["x_api_secret in the secret", "a line break", "@file"]),
        (WHOLE | {"x_api_key": ""}, ["lacks x_api_key"]),
    ],
    ids=["none", "half", "line-end", "empty"],
)
async def test_what_is_wrong_with_a_secret_is_told_with_what_to_do(
    place: Place, secret: dict[str, str] | None, words: list[str]
) -> None:
    if secret is not None:
        place.put("acme", secret)
    looked = await place.look(KeysInVault(Config()), place.customer("acme"))
    assert looked.reading is None
    assert [word for word in words if word not in looked.trouble] == [], looked.trouble
    assert "canary" not in looked.trouble


async def test_a_denied_path_is_told_with_the_line_that_the_policy_lacks(place: Place) -> None:
    place.put("acme", WHOLE)
    operator = place.openbao.client

    def sign_in(*paths: str) -> None:
        rules = "\n".join(MAY_READ.format(path=path) for path in paths)
        operator.sys.create_or_update_policy(
            place.path, rules + '\npath "auth/token/lookup-self" { capabilities = ["read"] }'
        )
        place.token = operator.auth.token.create(policies=[place.path], no_default_policy=True)["auth"][
            "client_token"
        ]

    sign_in()
    denied = await place.look(KeysInVault(Config()), place.customer("acme"))
    missing = MAY_READ.format(path=f"{place.path}/acme")
    assert denied.trouble.endswith(f"Add to the policy: {missing}"), "it is not at the usual path"
    sign_in(f"{place.path}/acme")
    assert (await place.look(KeysInVault(Config()), place.customer("acme"))).reading

    place.token = "nobodys"
    wrong = await place.look(KeysInVault(Config()), place.customer("acme"))
    assert "the token is wrong" in wrong.trouble
    assert "Add to the policy" not in wrong.trouble, "the policy is not to blame"


@pytest.mark.parametrize("routes", [0, 1], ids=["without-a-route", "with-a-route"])
async def test_the_key_of_anothers_app_is_refused_until_it_is_put_right(place: Place, routes: int) -> None:
    for name in ("acme", "beta"):
        place.put(name, WHOLE | {"profile_key": f"canary-profile-of-{name}"})
    beta = place.customer("beta", end_customer="Group", routes=routes)
    broken = place.customer("gone", routes=1)
    keys = KeysInVault(Config(customers=(beta, broken)))
    refused = await place.look(keys, place.customer("acme"))
    assert refused.reading is None
    assert "its X API key is also that of beta" in refused.trouble
    assert "--end-customer" in refused.trouble
    assert "canary" not in refused.trouble
    assert [customer for customer, _ in keys.noted] == ["acme", "beta"]

    assert (await place.look(keys, place.customer("acme", end_customer="Group"))).reading
    place.put("acme", WHOLE | {"x_api_key": "canary-of-its-own"})
    assert (await place.look(keys, place.customer("acme"))).reading


async def test_the_other_was_wrong_and_is_put_right(place: Place) -> None:
    for name in ("acme", "beta"):
        place.put(name, WHOLE | {"profile_key": f"canary-profile-of-{name}"})
    keys = KeysInVault(Config(customers=(place.customer("beta"),)))
    assert not (await place.look(keys, place.customer("acme"))).reading
    place.put("beta", WHOLE | {"x_api_key": "canary-of-its-own"})
    assert (await place.look(keys, place.customer("acme"))).reading
