"""Where a customer's secret must be in Vault, what must be in it, and how to put it there or let it be read."""

from dataclasses import dataclass

from scheduler.common import VaultLayout
from scheduler.customer import Customer
from scheduler.moving.new_customer import default


@dataclass(frozen=True, slots=True)
class SecretHelp:
    """The words about one customer's secret, by the layout of `firetime.toml`. It knows no value."""

    layout: VaultLayout
    customer: Customer

    @property
    def path(self) -> str:
        """The full path, as Vault's commands show it."""
        return f"{self.layout.mount}/{self.customer.vault_path}"

    @property
    def fields(self) -> dict[str, str]:
        """Each field that must be there, and what goes into it."""
        names = self.layout.fields
        pair = {
            names.x_api_key: "the API key (consumer key) of the customer's own X app",
            names.x_api_secret: "its secret; not the access token, and not that one's secret",
        }
        if self.customer.primary_profile:
            return pair
        return pair | {
            names.profile_key: "the Profile-Key of the customer's Ayrshare profile; "
            "not with --primary-profile, which posts as the account's own"
        }

    @property
    def put_from_input(self) -> str:
        """The command that takes the fields as JSON from standard input, where no list of processes shows them."""
        return f"{self._put} -"

    @property
    def json_text(self) -> str:
        """What that command is given, with a placeholder for each value."""
        return "{" + ", ".join(f'"{name}": "{name.upper()}"' for name in self.fields) + "}"

    @property
    def put_from_files(self) -> str:
        """The command that takes each field from a file, with the line end that the file may have."""
        return " ".join([self._put, *(f"{name}=@{name}.txt" for name in self.fields)])

    @property
    def policy_rule(self) -> str:
        """What a policy must have, on one line, so that Firetime's token may read the secret."""
        data = "data/" if self.layout.kv_version == 2 else ""
        return f'path "{self.layout.mount}/{data}{self.customer.vault_path}" {{ capabilities = ["read"] }}'

    @property
    def policy_advice(self) -> str:
        """What to do so that Firetime's token may read the secret, while there is no file that names it."""
        rule = f"to the policy: {self.policy_rule}"
        if self.customer.vault_path != default("vault_path", self.customer.id):
            return f"Add {rule}"
        return f"Make it with `firetime vault policy --with {self.customer.id}`, or add {rule}"

    @property
    def hint(self) -> str:
        """What may be wrong with the path itself: the mount stands in it twice; "" where it does not."""
        mount, path = self.layout.mount, self.customer.vault_path
        if not path.startswith(f"{mount}/"):
            return ""
        return f". A path begins below the mount, which is {mount}: did you mean {path.removeprefix(f'{mount}/')}?"

    @property
    def _put(self) -> str:
        return f"vault kv put -mount={self.layout.mount} {self.customer.vault_path}"
