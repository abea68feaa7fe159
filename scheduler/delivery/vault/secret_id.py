"""The secret id of AppRole: from a file or a variable, as it is or wrapped.

A wrapped one is not in the file at all, only a token that gives it out once. So if somebody else has used that token,
it shows. What it gives is kept in memory, until the file has another one.
"""

import re

from hvac.exceptions import InvalidRequest

from scheduler.delivery.vault.errors import NotSignedIn, explained
from scheduler.delivery.vault.line import Line
from scheduler.delivery.vault.secret_file import one_word, read_secret
from scheduler.settings import Settings

UNWRAP = "unwrap"


class SecretId:
    """Gives the secret id, anew for each sign-in. It blocks."""

    def __init__(self, settings: Settings, line: Line, mount: str) -> None:
        self._settings = settings
        self._line = line
        self._made_at = re.compile(
            rf"({re.escape(settings.vault_namespace or '')}/)?auth/{re.escape(mount)}/role/[^/]+/(custom-)?secret-id"
        )
        self._lost = ""
        self._unwrapped = ("", "")

    @property
    def place(self) -> str:
        """Where it comes from, for a message."""
        file = self._settings.vault_secret_id_file
        return f"the file {file} (VAULT_SECRET_ID_FILE)" if file else "VAULT_SECRET_ID"

    def __call__(self) -> str:
        """The secret id. Raises `NotSignedIn` or `VaultUnavailable`."""
        given = self._given()
        if not self._settings.vault_secret_id_wrapped:
            return given
        if self._unwrapped[0] != given:
            self._unwrapped = (given, self._unwrap(given))
        return self._unwrapped[1]

    def _given(self) -> str:
        what = "wrapping token" if self._settings.vault_secret_id_wrapped else "secret id"
        if self._settings.vault_secret_id_file is not None:
            return read_secret(self._settings.vault_secret_id_file, what, "VAULT_SECRET_ID_FILE")
        secret = self._settings.vault_secret_id
        return one_word(secret.get_secret_value() if secret else "", "VAULT_SECRET_ID", what)

    def _unwrap(self, given: str) -> str:
        self._check_origin(given)
        try:
            answer = self._line.client(given, UNWRAP).sys.unwrap()
            return str(answer["data"]["secret_id"])
        except InvalidRequest:
            raise NotSignedIn(self._used_up(given)) from None
        except Exception as error:  # noqa: BLE001 - hvac lets requests' and its own errors through; all are mapped
            self._lost = given
            raise explained(error, self._line.at, "the wrapping token") from None

    def _check_origin(self, given: str) -> None:
        """Whoever can replace the file could put in a wrapped secret id of their own: Vault knows where it was made."""
        client = self._line.client("", UNWRAP)
        try:
            answer = client.adapter.post("/v1/sys/wrapping/lookup", json={"token": given})
            made_at = str(answer["data"]["creation_path"])
        except InvalidRequest:
            raise NotSignedIn(self._used_up(given)) from None
        except Exception as error:  # noqa: BLE001 - as above
            raise explained(error, self._line.at, "the wrapping token") from None
        if not self._made_at.fullmatch(made_at):
            raise NotSignedIn(
                f"the wrapping token in {self.place} was made at {made_at}, where no secret ids of this sign-in are "
                "made: somebody may have replaced it. It was not used: find out who put it there"
            )

    def _used_up(self, given: str) -> str:
        if given == self._lost:
            return f"Vault's answer to the wrapping token in {self.place} was lost: put a new one there"
        return (
            f"what is in {self.place} is no wrapping token, or was used already, or has run out. If it is a plain "
            "secret id, leave out VAULT_SECRET_ID_WRAPPED. Each start and each command of Firetime's uses up one "
            "wrapping token; if none of them has used this one, and you have not, somebody has stolen its secret id: "
            "destroy that one in Vault. In any case, put a new wrapping token there"
        )
