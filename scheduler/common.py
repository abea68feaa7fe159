"""What `firetime.toml` says: what all customers share."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from scheduler.customer import Prices
from scheduler.values import Duration, format_duration

FASTEST_AUTO_POLL = timedelta(minutes=15)
"""For feeds that may be anybody's."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class VaultFields(_Table):
    """The names of the fields inside the secrets."""

    x_api_key: str = "x_api_key"
    x_api_secret: str = "x_api_secret"  # noqa: S105 - the name of a field, not a secret
    profile_key: str = "profile_key"
    api_key: str = "api_key"
    private_key: str = "private_key"


class VaultLayout(_Table):
    """Where in Vault the secrets are."""

    mount: str = Field(default="secret", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    kv_version: Literal[1, 2] = 2
    ayrshare_path: str = Field(default="firetime/ayrshare", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    fields: VaultFields = VaultFields()


class FeedClient(_Table):
    """How the feed client behaves towards other people's servers.

    `contact` is a web or mail address where its operator can be reached. A feed whose pace is `auto` is polled
    every `fastest_poll` at most and every `slowest_poll` at least, unless it or its server asks for less.
    """

    contact: str | None = None
    fastest_poll: Duration = timedelta(hours=1)
    slowest_poll: Duration = Field(default=timedelta(hours=12), validate_default=True)

    @field_validator("fastest_poll")
    @classmethod
    def _is_polite(cls, wished: timedelta) -> timedelta:
        if wished < FASTEST_AUTO_POLL:
            least = format_duration(FASTEST_AUTO_POLL)
            raise ValueError(
                f"is too often; give at least '{least}', or a route of your own feed a poll_every"
            )
        return wished

    @field_validator("slowest_poll")
    @classmethod
    def _is_no_faster(cls, wished: timedelta, info: ValidationInfo) -> timedelta:
        fastest = info.data.get("fastest_poll", wished)
        if wished < fastest:
            raise ValueError(
                f"is {format_duration(wished)}; give at least fastest_poll, {format_duration(fastest)}"
            )
        return wished


class Linking(_Table):
    """How customers link their accounts.

    The page behind an invitation names the `operator`, and the `contact` for questions; that is the one of `feeds`
    where none is given. `domain` is for plans for which Ayrshare has no link sessions, only its older way, JWTs: the
    one that Ayrshare gave the account. The private key is a field of the Ayrshare secret.
    """

    operator: str | None = Field(default=None, min_length=1)
    contact: str | None = Field(default=None, min_length=1)
    domain: str | None = None


class Common(_Table):
    """`firetime.toml`: what all customers share."""

    vault: VaultLayout = VaultLayout()
    feeds: FeedClient = FeedClient()
    prices: Prices = Prices()
    linking: Linking = Linking()
