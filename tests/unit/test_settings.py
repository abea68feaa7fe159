"""The settings: every variable, its file, and every mistake told at once without a secret."""

import os
import pickle
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from scheduler import settings
from scheduler.problems import Problems
from scheduler.settings import Listen, Settings, is_loopback, names

CANARY = "canary-3f9a7c"


def mistakes(**environ: str) -> list[str]:
    with pytest.raises(Problems) as raised:
        settings.load(environ)
    return str(raised.value).splitlines()


def mistake(**environ: str) -> str:
    (line,) = mistakes(**environ)
    return line


def shown(value: Any) -> Any:
    """A setting as a test compares it: secrets opened."""
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


DEFAULTS: dict[str, Any] = {
    "config": Path("config"),
    "database_url": "sqlite:///var/firetime.db",
    "engine": "embedded",
    "ayrshare_url": "https://api.ayrshare.com/api",
    "listen": Listen("127.0.0.1", 8420),
    "public_url": None,
    "admin_token": None,
    "allow_private": (),
    "log_format": None,
    "log_level": "info",
    "vault_addr": "https://127.0.0.1:8200",
    "vault_namespace": None,
    "vault_cacert": None,
    "vault_auth": "token",
    "vault_token": None,
    "vault_auth_mount": None,
    "vault_token_file": None,
    "vault_role_id": None,
    "vault_secret_id": None,
    "vault_secret_id_file": None,
    "vault_secret_id_wrapped": False,
    "vault_role": None,
    "vault_jwt_file": None,
    "vault_client_cert": None,
    "vault_client_key": None,
}
NETWORKS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
EXAMPLES: list[tuple[str, str, str, Any]] = [
    ("FIRETIME_CONFIG", "/etc/firetime", "config", Path("/etc/firetime")),
    ("FIRETIME_DATABASE_URL", "sqlite:////srv/f.db", "database_url", "sqlite:////srv/f.db"),
    ("FIRETIME_ENGINE", "embedded", "engine", "embedded"),
    ("FIRETIME_AYRSHARE_URL", "http://127.0.0.1:8421/api/", "ayrshare_url", "http://127.0.0.1:8421/api"),
    ("FIRETIME_LISTEN", "[::1]:9000", "listen", Listen("::1", 9000)),
    ("FIRETIME_PUBLIC_URL", "https://f.example/x/", "public_url", "https://f.example/x"),
    ("FIRETIME_ADMIN_TOKEN", CANARY, "admin_token", CANARY),
    ("FIRETIME_ALLOW_PRIVATE", "10.0.0.0/8, fd00::/8,", "allow_private", NETWORKS),
    ("FIRETIME_LOG_FORMAT", "json", "log_format", "json"),
    ("FIRETIME_LOG_LEVEL", "debug", "log_level", "debug"),
    ("VAULT_ADDR", "https://vault.example:8200/", "vault_addr", "https://vault.example:8200"),
    ("VAULT_NAMESPACE", "agency/acme/\n", "vault_namespace", "agency/acme"),
    ("VAULT_CACERT", __file__, "vault_cacert", Path(__file__)),
    ("VAULT_AUTH", "token", "vault_auth", "token"),
    ("VAULT_AUTH_MOUNT", "auth/teams/approle/", "vault_auth_mount", "teams/approle"),
    ("VAULT_TOKEN", CANARY, "vault_token", CANARY),
    ("VAULT_TOKEN_FILE", "/run/vault/token", "vault_token_file", Path("/run/vault/token")),
    ("VAULT_ROLE_ID", "d1b3a", "vault_role_id", "d1b3a"),
    ("VAULT_SECRET_ID", CANARY, "vault_secret_id", CANARY),
    ("VAULT_SECRET_ID_FILE", "/run/secret-id", "vault_secret_id_file", Path("/run/secret-id")),
    ("VAULT_SECRET_ID_WRAPPED", "true", "vault_secret_id_wrapped", True),
    ("VAULT_ROLE", "firetime", "vault_role", "firetime"),
    ("VAULT_JWT_FILE", "/run/jwt", "vault_jwt_file", Path("/run/jwt")),
    ("VAULT_CLIENT_CERT", __file__, "vault_client_cert", Path(__file__)),
    ("VAULT_CLIENT_KEY", __file__, "vault_client_key", Path(__file__)),
]  # fmt: skip

ALSO_BY_FILE = [row for row in EXAMPLES if row[0].startswith("FIRETIME_") or row[0] == "VAULT_ROLE_ID"]


def test_without_any_variable_the_defaults_hold() -> None:
    assert settings.load({}).model_dump() == DEFAULTS


@pytest.mark.parametrize(("name", "text", "field", "expected"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_each_variable_sets_one_setting(name: str, text: str, field: str, expected: Any) -> None:
    loaded = settings.load({name: text})

    assert shown(getattr(loaded, field)) == expected
    others = {key: value for key, value in loaded.model_dump().items() if key != field}
    assert others == {key: value for key, value in DEFAULTS.items() if key != field}


def test_every_variable_has_an_example_here() -> None:
    assert [row[0] for row in EXAMPLES] == names()


@pytest.mark.parametrize(
    ("name", "text", "field", "expected"),
    ALSO_BY_FILE,
    ids=[row[0] for row in ALSO_BY_FILE],
)
def test_each_of_our_variables_may_be_given_as_a_file(
    tmp_path: Path, name: str, text: str, field: str, expected: Any
) -> None:
    file = tmp_path / "value"
    file.write_text(f"{text}\n")

    assert shown(getattr(settings.load({f"{name}_FILE": str(file)}), field)) == expected


def test_the_file_wins_over_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file")
    loaded = settings.load({"FIRETIME_ADMIN_TOKEN": "direct", "FIRETIME_ADMIN_TOKEN_FILE": str(file)})

    assert shown(loaded.admin_token) == "from the file"


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRETIME_LOG_LEVEL", "warning")

    assert settings.load().log_level == "warning"
    assert settings.load({}).log_level == "info"


def test_an_empty_variable_counts_as_not_given() -> None:
    assert settings.load(dict.fromkeys(names(), "")).model_dump() == DEFAULTS


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "the file cannot be read: No such file or directory"), (b"", "the file is empty"),
     (b" \n", "the file is empty"), (b"\xff" + CANARY.encode(), "the file is not UTF-8 text")],
    ids=["missing", "empty", "blank", "binary"],
)  # fmt: skip
def test_a_file_that_gives_no_value_is_a_mistake_and_not_a_default(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)

    assert mistake(FIRETIME_ADMIN_TOKEN_FILE=str(file)) == f"FIRETIME_ADMIN_TOKEN_FILE: {words}"


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("FIRETIME_LISTN", "; did you mean FIRETIME_LISTEN?"),
        ("FIRETIME_DATABASE", "; did you mean FIRETIME_DATABASE_URL?"),
        ("FIRETIME_LOGLEVEL", "; did you mean FIRETIME_LOG_LEVEL?"),
        ("FIRETIME_LISTN_FILE", "; did you mean FIRETIME_LISTEN?"),
        ("FIRETIME_QQQQQQQQQQQQ", ""),
    ],
)
def test_a_misspelt_variable_is_refused_with_a_suggestion(name: str, suggestion: str) -> None:
    assert mistake(**{name: CANARY}) == f"{name}: unknown setting{suggestion}"


def test_variables_of_others_are_none_of_our_business() -> None:
    others = {
        "HOME": "/root",
        "VAULT_FORMAT": "json",
        "VAULT_SKIP_VERIFY": "1",
        "FIRETIMES": "x",
        "BAO_TOKEN": CANARY,
    }

    assert settings.load(others).model_dump() == DEFAULTS


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes(
        FIRETIME_LISTN="x",
        FIRETIME_CONFIG_FILE="/nowhere/at/all",
        FIRETIME_LISTEN="8420",
        FIRETIME_DATABASE_URL="mysql://localhost/firetime",
        FIRETIME_AYRSHARE_URL="http://api.ayrshare.com/api",
        FIRETIME_ENGINE="celery",
        FIRETIME_ALLOW_PRIVATE="10.0.0.1/8",
        FIRETIME_LOG_FORMAT="xml",
        FIRETIME_LOG_LEVEL="verbose",
        VAULT_ADDR="vault.example:8200",
        VAULT_CACERT="/nowhere/ca.pem",
        VAULT_AUTH="ldap",
    )

    assert told == [
        "FIRETIME_LISTN: unknown setting; did you mean FIRETIME_LISTEN?",
        "FIRETIME_CONFIG_FILE: the file cannot be read: No such file or directory",
        "FIRETIME_DATABASE_URL: give a file such as sqlite:///var/firetime.db",
        "FIRETIME_ENGINE: give 'embedded'",
        "FIRETIME_AYRSHARE_URL: secrets travel here: use https:// (http:// is for this machine only)",
        "FIRETIME_LISTEN: give host:port, for example 127.0.0.1:8420 or [::1]:8420",
        "FIRETIME_ALLOW_PRIVATE: give networks such as 10.0.0.0/8,fd00::/8 (not 10.0.0.1/8)",
        "FIRETIME_LOG_FORMAT: give 'console' or 'json'",
        "FIRETIME_LOG_LEVEL: give 'debug', 'info', 'warning' or 'error'",
        "VAULT_ADDR: give a URL such as https://vault.example:8200, without user name and password",
        "VAULT_CACERT: there is no such file",
        "VAULT_AUTH: give 'token', 'approle', 'kubernetes', 'jwt' or 'cert'",
    ]


@pytest.mark.parametrize("name", ["FIRETIME_AYRSHARE_URL", "FIRETIME_PUBLIC_URL", "VAULT_ADDR"])
@pytest.mark.parametrize(
    "url",
    ["http://vault.example:8200", "HTTP://VAULT.EXAMPLE", "http://192.168.1.5:8200", "http://10.0.0.1",
     "http://localhost.example", "http://127.0.0.1.example:8200", "http://0.0.0.0:8200", "http://[::]:8200"],
)  # fmt: skip
def test_secrets_never_travel_in_clear_to_another_machine(name: str, url: str) -> None:
    assert "use https://" in mistake(**{name: url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8200", "http://localhost:8200", "http://[::1]:8200", "http://127.9.9.9"]
)
def test_secrets_may_travel_in_clear_within_this_machine(url: str) -> None:
    assert settings.load({"VAULT_ADDR": url}).vault_addr == url


@pytest.mark.parametrize(
    "url",
    ["vault", "//vault.example", "ftp://vault.example", "https://", "https://[::1", "https://vault.example:port",
     "https://vault.example:99999", f"https://root:{CANARY}@vault.example", "https://vault.example/?namespace=x"],
)  # fmt: skip
def test_what_is_no_plain_address_of_a_server_is_refused_without_repeating_it(url: str) -> None:
    told = mistake(VAULT_ADDR=url)

    assert told == "VAULT_ADDR: give a URL such as https://vault.example:8200, without user name and password"
    assert mistake(FIRETIME_PUBLIC_URL=url).startswith("FIRETIME_PUBLIC_URL: give a URL such as https://")


@pytest.mark.parametrize(
    "text",
    [
        "8420",
        ":8420",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:-1",
        "::1",
        "::1:80",
        "[::1:80",
        "a:65536",
        "a:²",
    ],
)
def test_listen_takes_a_host_and_a_port(text: str) -> None:
    told = mistake(FIRETIME_LISTEN=text)

    assert told == "FIRETIME_LISTEN: give host:port, for example 127.0.0.1:8420 or [::1]:8420"


@pytest.mark.parametrize("text", ["0.0.0.0:8420", "[::]:8420", "192.168.1.5:8420", "firetime.example:8420"])
def test_to_listen_in_public_takes_an_admin_token(tmp_path: Path, text: str) -> None:
    assert mistake(FIRETIME_LISTEN=text) == (
        "FIRETIME_ADMIN_TOKEN: is needed, since FIRETIME_LISTEN is not on loopback"
    )
    assert settings.load({"FIRETIME_LISTEN": text, "FIRETIME_ADMIN_TOKEN": CANARY}).listen.port == 8420


def test_a_missing_admin_token_is_told_beside_other_mistakes() -> None:
    told = mistakes(FIRETIME_LISTEN="0.0.0.0:8420", FIRETIME_LOG_LEVEL="loud", VAULT_ADDR="x")

    assert [line.partition(":")[0] for line in told] == [
        "FIRETIME_ADMIN_TOKEN",
        "FIRETIME_LOG_LEVEL",
        "VAULT_ADDR",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "firetime.db",
        f"postgresql+psycopg://u:{CANARY}@db/firetime",
    ],
)
def test_a_database_that_would_not_last_or_is_not_supported_is_refused(url: str) -> None:
    told = mistake(FIRETIME_DATABASE_URL=url)

    assert told == "FIRETIME_DATABASE_URL: give a file such as sqlite:///var/firetime.db"


SECRETS = {"FIRETIME_ADMIN_TOKEN": CANARY, "VAULT_TOKEN": CANARY}
WRONG: dict[str, str] = {"FIRETIME_LISTEN": "x", "FIRETIME_ENGINE": "y", "FIRETIME_LISTN": "z"}


def test_secrets_are_in_no_text_of_the_settings() -> None:
    loaded = settings.load(SECRETS)
    texts = [
        repr(loaded),
        str(loaded),
        f"{loaded}",
        str(loaded.model_dump()),
        loaded.model_dump_json(),
        repr(loaded.admin_token),
    ]

    assert not [text for text in texts if CANARY in text]
    assert CANARY.encode() in pickle.dumps(loaded), "the search finds what is there"


@pytest.mark.parametrize(
    "environ",
    [
        SECRETS | WRONG,
        {name: CANARY for name in names() if name not in SECRETS},
        dict.fromkeys((f"{name}_FILE" for name in names()), "/nowhere"),
        {"FIRETIME_ADMIN_TOKN": CANARY},
    ],
    ids=["beside mistakes", "in the wrong place", "as files", "misspelt"],
)
def test_secrets_are_in_no_message(environ: Mapping[str, str]) -> None:
    told = "\n".join(mistakes(**environ))

    assert CANARY not in told


def test_secrets_are_not_even_in_the_message_of_the_library() -> None:
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate({"FIRETIME_LISTEN": CANARY, "FIRETIME_ADMIN_TOKEN": [CANARY]})

    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.1", False), ("localhost.example", False), ("", False)],
)  # fmt: skip
def test_loopback_is_this_machine_and_nothing_else(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_person_at_a_terminal_gets_the_console_and_a_machine_gets_json() -> None:
    assert Settings(log_format="console").effective_log_format == "console"
    leader, follower = os.openpty()
    stderr = os.dup(2)
    try:
        for fd, expected in ((follower, "console"), (os.open(os.devnull, os.O_WRONLY), "json")):
            os.dup2(fd, 2)
            with open(2, "w", closefd=False) as stream, pytest.MonkeyPatch.context() as patch:
                patch.setattr("sys.stderr", stream)
                assert Settings().effective_log_format == expected
    finally:
        os.dup2(stderr, 2)
        for fd in (leader, follower, stderr):
            os.close(fd)
