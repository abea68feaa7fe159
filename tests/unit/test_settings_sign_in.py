"""The settings that sign in to Vault: each way has what it needs, and all that is missing is told at once."""

from pathlib import Path

import pytest

from scheduler import settings
from tests.unit.test_settings import CANARY, mistake, mistakes

HERE = str(Path(__file__))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"VAULT_AUTH": "approle"},
            [
                "VAULT_ROLE_ID: is needed for VAULT_AUTH=approle",
                "VAULT_SECRET_ID_FILE: is needed for VAULT_AUTH=approle (or VAULT_SECRET_ID)",
            ],
        ),
        (
            {"VAULT_AUTH": "approle", "VAULT_SECRET_ID": CANARY},
            ["VAULT_ROLE_ID: is needed for VAULT_AUTH=approle"],
        ),
        ({"VAULT_AUTH": "kubernetes"}, ["VAULT_ROLE: is needed for VAULT_AUTH=kubernetes"]),
        (
            {"VAULT_AUTH": "jwt"},
            ["VAULT_ROLE: is needed for VAULT_AUTH=jwt", "VAULT_JWT_FILE: is needed for VAULT_AUTH=jwt"],
        ),
        ({"VAULT_AUTH": "cert"}, ["VAULT_CLIENT_CERT: is needed for VAULT_AUTH=cert"]),
        (
            {"VAULT_AUTH": "cert", "VAULT_CLIENT_CERT": "/nowhere", "VAULT_CLIENT_KEY": "/nowhere"},
            ["VAULT_CLIENT_CERT: there is no such file", "VAULT_CLIENT_KEY: there is no such file"],
        ),
        (
            {"VAULT_AUTH": "jwt", "VAULT_ADDR": "x", "VAULT_SECRET_ID_WRAPPED": "perhaps"},
            ["VAULT_ADDR", "VAULT_SECRET_ID_WRAPPED: give true or false", "VAULT_ROLE", "VAULT_JWT_FILE"],
        ),
    ],
)
def test_what_a_way_to_sign_in_lacks_is_told_at_once(given: dict[str, str], told: list[str]) -> None:
    lines = mistakes(**given)
    assert [line[: len(start)] for line, start in zip(lines, told, strict=True)] == told


@pytest.mark.parametrize(
    "given",
    [
        {"VAULT_AUTH": "token"},
        {"VAULT_AUTH": "approle", "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": "s"},
        {"VAULT_AUTH": "approle", "VAULT_ROLE_ID_FILE": HERE, "VAULT_SECRET_ID_FILE": "/run/s"},
        {"VAULT_AUTH": "kubernetes", "VAULT_ROLE": "r"},
        {"VAULT_AUTH": "jwt", "VAULT_ROLE": "r", "VAULT_JWT_FILE": "/run/jwt"},
        {"VAULT_AUTH": "cert", "VAULT_CLIENT_CERT": HERE},
        {"VAULT_AUTH": "cert", "VAULT_CLIENT_CERT": HERE, "VAULT_CLIENT_KEY": HERE},
    ],
)
def test_what_a_way_to_sign_in_needs_is_enough(given: dict[str, str]) -> None:
    assert settings.load(given).vault_auth == given["VAULT_AUTH"]


def test_who_does_not_sign_in_needs_none_of_it_and_the_namespace_all_the_same() -> None:
    given = {"VAULT_AUTH": "approle", "VAULT_CACERT": "/nowhere", "VAULT_NAMESPACE": "team"}
    assert settings.load(given, signs_in=False).vault_namespace == "team"


def test_the_files_with_secrets_are_those_that_are_set() -> None:
    given = {
        "VAULT_SECRET_ID_FILE": "/s",
        "VAULT_JWT_FILE": "/j",
        "VAULT_CLIENT_KEY": HERE,
        "VAULT_TOKEN": CANARY,
    }
    found = settings.load(given)
    assert settings.secret_files(found, given | {"FIRETIME_ADMIN_TOKEN_FILE": "/a"}) == {
        "VAULT_SECRET_ID_FILE": Path("/s"),
        "VAULT_JWT_FILE": Path("/j"),
        "VAULT_CLIENT_KEY": Path(HERE),
        "FIRETIME_ADMIN_TOKEN_FILE": Path("/a"),
    }


@pytest.mark.parametrize("mount", ["a b", "../sys", "a//b", "/", "a/../b", "ä"])
def test_a_mount_is_a_plain_path(mount: str) -> None:
    assert mistake(VAULT_AUTH_MOUNT=mount).startswith("VAULT_AUTH_MOUNT: give the path below auth/")


@pytest.mark.parametrize("namespace", ["a b", "a\nb", "ä"])
def test_a_namespace_is_what_a_header_can_carry(namespace: str) -> None:
    assert mistake(VAULT_NAMESPACE=namespace) == "VAULT_NAMESPACE: give a path such as agency or agency/acme"


def test_no_mistake_repeats_a_secret() -> None:
    assert CANARY not in "".join(
        mistakes(VAULT_AUTH="approle", VAULT_SECRET_ID=CANARY, VAULT_ADDR=f"https://u:{CANARY}@v")
    )
