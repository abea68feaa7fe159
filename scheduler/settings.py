"""The settings of the process: the one place that reads the environment.

Each `FIRETIME_…` setting and `VAULT_ROLE_ID` may also be given with `_FILE` at the end of the name: the path of a file
that holds the value.
"""

import os
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from scheduler.problems import Problem, Problems, from_validation

_HOST_AND_PORT = re.compile(r"(\[[^\[\]]+\]|[^:\[\]]+):([0-9]{1,5})")

_MOUNT = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")

_NAMESPACE = re.compile(r"[\x21-\x7e]*")  # it goes along as a header

_NEEDED_TO_SIGN_IN = {  # the field, and the ways to sign in that need it
    "vault_role_id": ("approle",),
    "vault_secret_id_file": ("approle",),
    "vault_role": ("kubernetes", "jwt"),
    "vault_jwt_file": ("jwt",),
    "vault_client_cert": ("cert",),
}

_WITH_SECRETS = ("vault_token_file", "vault_secret_id_file", "vault_jwt_file", "vault_client_key")

# Kubernetes puts such names into every container of a namespace with a Service called firetime.
_FROM_KUBERNETES = re.compile(r"FIRETIME_(SERVICE|PORT)(_.*)?")


class Listen(NamedTuple):
    """The address that the web server listens on."""

    host: str
    port: int


class Settings(BaseModel):
    """What the environment says, checked. Field aliases are the names of the variables."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    config: Path = Field(default=Path("config"), alias="FIRETIME_CONFIG")
    database_url: str = Field(default="sqlite:///var/firetime.db", alias="FIRETIME_DATABASE_URL")
    engine: Literal["embedded"] = Field(default="embedded", alias="FIRETIME_ENGINE")
    ayrshare_url: str = Field(default="https://api.ayrshare.com/api", alias="FIRETIME_AYRSHARE_URL")
    listen: Listen = Field(default=Listen("127.0.0.1", 8420), alias="FIRETIME_LISTEN")
    public_url: str | None = Field(default=None, alias="FIRETIME_PUBLIC_URL")
    admin_token: SecretStr | None = Field(default=None, alias="FIRETIME_ADMIN_TOKEN", validate_default=True)
    allow_private: tuple[IPv4Network | IPv6Network, ...] = Field(default=(), alias="FIRETIME_ALLOW_PRIVATE")
    log_format: Literal["console", "json"] | None = Field(default=None, alias="FIRETIME_LOG_FORMAT")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", alias="FIRETIME_LOG_LEVEL"
    )
    vault_addr: str = Field(default="https://127.0.0.1:8200", alias="VAULT_ADDR")
    vault_namespace: str | None = Field(default=None, alias="VAULT_NAMESPACE")
    vault_cacert: FilePath | None = Field(default=None, alias="VAULT_CACERT")
    vault_auth: Literal["token", "approle", "kubernetes", "jwt", "cert"] = Field(
        default="token", alias="VAULT_AUTH"
    )
    vault_auth_mount: str | None = Field(default=None, alias="VAULT_AUTH_MOUNT")
    vault_token: SecretStr | None = Field(default=None, alias="VAULT_TOKEN")
    vault_token_file: Path | None = Field(default=None, alias="VAULT_TOKEN_FILE")
    vault_role_id: str | None = Field(default=None, alias="VAULT_ROLE_ID", validate_default=True)
    vault_secret_id: SecretStr | None = Field(default=None, alias="VAULT_SECRET_ID")
    vault_secret_id_file: Path | None = Field(
        default=None, alias="VAULT_SECRET_ID_FILE", validate_default=True
    )
    vault_secret_id_wrapped: bool = Field(default=False, alias="VAULT_SECRET_ID_WRAPPED")
    vault_role: str | None = Field(default=None, alias="VAULT_ROLE", validate_default=True)
    vault_jwt_file: Path | None = Field(default=None, alias="VAULT_JWT_FILE", validate_default=True)
    vault_client_cert: FilePath | None = Field(default=None, alias="VAULT_CLIENT_CERT", validate_default=True)
    vault_client_key: FilePath | None = Field(default=None, alias="VAULT_CLIENT_KEY")

    @field_validator("listen", mode="before")
    @classmethod
    def _host_and_port(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        match = _HOST_AND_PORT.fullmatch(value)
        if match is None or int(match[2]) > 65_535:
            raise ValueError("give host:port, for example 127.0.0.1:8420 or [::1]:8420")
        return Listen(match[1].strip("[]"), int(match[2]))

    @field_validator("allow_private", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError:
            raise ValueError("give networks such as 10.0.0.0/8,fd00::/8 (not 10.0.0.1/8)") from None

    @field_validator("ayrshare_url", "vault_addr")
    @classmethod
    def _no_secret_in_clear(cls, url: str) -> str:
        parts = _plain_url(url)
        if parts is None:
            raise ValueError("give a URL such as https://vault.example:8200, without user name and password")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("secrets travel here: use https:// (http:// is for this machine only)")
        return url.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _reachable_in_secret(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = _plain_url(url)
        if parts is None:
            raise ValueError("give a URL such as https://firetime.example, without user name and password")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("hubs send secrets there: use https:// (http:// is for this machine only)")
        return url.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _supported_database(cls, url: str) -> str:
        if not url.startswith("sqlite:///") or url.endswith(("///", ":memory:")):
            raise ValueError("give a file such as sqlite:///var/firetime.db")
        return url

    @field_validator("admin_token")
    @classmethod
    def _guarded_when_public(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        listen = info.data.get("listen")
        if token is None and listen is not None and not is_loopback(listen.host):
            raise ValueError("is needed, since FIRETIME_LISTEN is not on loopback")
        return token

    @field_validator("vault_namespace")
    @classmethod
    def _path_of_a_namespace(cls, namespace: str | None) -> str | None:
        path = (namespace or "").strip().strip("/")
        if not _NAMESPACE.fullmatch(path):
            raise ValueError("give a path such as agency or agency/acme")
        return path or None

    @field_validator("vault_auth_mount")
    @classmethod
    def _path_of_a_mount(cls, mount: str | None) -> str | None:
        if mount is None:
            return None
        path = mount.strip("/").removeprefix("auth/")
        if not _MOUNT.fullmatch(path):
            raise ValueError("give the path below auth/, for example approle or teams/approle")
        return path

    @field_validator(*_NEEDED_TO_SIGN_IN)
    @classmethod
    def _enough_to_sign_in(cls, value: object, info: ValidationInfo) -> object:
        auth = info.data.get("vault_auth")
        if value is not None or auth not in _NEEDED_TO_SIGN_IN[info.field_name or ""]:
            return value
        if info.field_name == "vault_secret_id_file":
            if info.data.get("vault_secret_id") is not None:
                return value
            raise ValueError(f"is needed for VAULT_AUTH={auth} (or VAULT_SECRET_ID)")
        raise ValueError(f"is needed for VAULT_AUTH={auth}")

    @property
    def effective_log_format(self) -> Literal["console", "json"]:
        """`console` for a person at a terminal, `json` for a machine, unless the operator chose."""
        return self.log_format or ("console" if sys.stderr.isatty() else "json")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _plain_url(url: str) -> SplitResult | None:
    """The parts of a web address; None where it is none, or holds more than scheme, host, port and path."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    too_much = "@" in parts.netloc or parts.query or parts.fragment
    return parts if parts.scheme in ("http", "https") and host and not too_much else None


def names() -> list[str]:
    """The names of all settings, in the order of the documentation."""
    return [str(field.alias) for field in Settings.model_fields.values()]


def secret_files(settings: Settings, environ: Mapping[str, str] | None = None) -> dict[str, Path]:
    """The files with secrets that are set, by the names of the variables."""
    found = {str(Settings.model_fields[name].alias): getattr(settings, name) for name in _WITH_SECRETS}
    admin = f"{Settings.model_fields['admin_token'].alias}_FILE"
    found[admin] = (os.environ if environ is None else environ).get(admin)
    return {name: Path(file) for name, file in found.items() if file}


_CALLED_FOR = [
    str(field.alias)
    for field in Settings.model_fields.values()
    if field.default is None and field.validate_default
]


def load(environ: Mapping[str, str] | None = None, *, signs_in: bool = True) -> Settings:
    """Read the settings from the environment; those of Vault but for its namespace only where somebody `signs_in`.

    Raises `Problems` with every mistake at once.
    """
    environ = os.environ if environ is None else environ
    # given, so that pydantic calls them by these names if they are missed
    values: dict[str, Any] = dict.fromkeys(_CALLED_FOR)
    problems = [_misspelt(name) for name in environ if _is_unknown(name)]
    for name in names():
        if not signs_in and name.startswith("VAULT_") and name != "VAULT_NAMESPACE":
            continue
        try:
            value = _value(environ, name)
        except ValueError as reason:
            problems.append(Problem(f"{name}_FILE", str(reason)))
            continue
        if value:
            values[name] = value
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += from_validation(error, "", {})
    if problems:
        raise Problems(problems)
    return settings


def _value(environ: Mapping[str, str], name: str) -> str | None:
    """What the variable or the file says. Raises `ValueError` with what is wrong with the file."""
    path = environ.get(f"{name}_FILE")
    if not path or not (name.startswith("FIRETIME_") or name == "VAULT_ROLE_ID"):
        return environ.get(name)
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8 text") from None
    if not text:
        raise ValueError("the file is empty")
    return text


def _is_unknown(name: str) -> bool:
    if _FROM_KUBERNETES.fullmatch(name):
        return False
    return name.startswith("FIRETIME_") and name.removesuffix("_FILE") not in names()


def _misspelt(name: str) -> Problem:
    close = get_close_matches(name, names(), n=1)
    return Problem(name, f"unknown setting; did you mean {close[0]}?" if close else "unknown setting")
