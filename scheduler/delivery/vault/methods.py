"""The ways to sign in: what each sends to Vault as its proof, and what to look at where Vault refuses it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scheduler.delivery.vault.line import Line
from scheduler.delivery.vault.secret_file import read_secret
from scheduler.delivery.vault.secret_id import SecretId
from scheduler.settings import Settings

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
"""Where Kubernetes puts the token of a pod's service account."""

Proof = dict[str, str]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to sign in.

    `proof` is made anew for each sign-in: it opens files, and may ask Vault; it raises a `VaultError`. A proof that
    was refused is sent again after `again_s` seconds, the last of them over and over.
    """

    name: str
    mount: str
    proof: Callable[[], Proof]
    advice: str
    again_s: tuple[float, ...] = (5.0, 30.0)


def method_of(settings: Settings, line: Line) -> Method:
    """The way that `VAULT_AUTH` names, which is not `token`."""
    mount = settings.vault_auth_mount or settings.vault_auth
    match settings.vault_auth:
        case "approle":
            return _approle(settings, line, mount)
        case "cert":
            return _certificate(settings, line, mount)
        case _:
            return _jwt(settings, mount)


def _approle(settings: Settings, line: Line, mount: str) -> Method:
    secret_id = SecretId(settings, line, mount)
    return Method(
        "AppRole",
        mount,
        lambda: {"role_id": settings.vault_role_id or "", "secret_id": secret_id()},
        "VAULT_ROLE_ID or the secret id is wrong, expired or used up, or this machine's address is not among those "
        f"that it is bound to: put a new secret id into {secret_id.place}. After five wrong ones Vault refuses the "
        "right one, too, for a quarter of an hour",
        again_s=(5.0, 60.0, 960.0),  # a wrong secret id is not to lock the role out: it forgets in 15 minutes
    )


def _jwt(settings: Settings, mount: str) -> Method:
    in_kubernetes = settings.vault_auth == "kubernetes"
    file = settings.vault_jwt_file or SERVICE_ACCOUNT
    what = "service account's token" if in_kubernetes else "JWT"
    advice = (
        "check VAULT_ROLE, the service accounts and namespaces that the role is bound to, and that Vault may ask "
        "Kubernetes for token reviews"
        if in_kubernetes
        else f"check VAULT_ROLE, and whether the JWT in {file} (VAULT_JWT_FILE) has the issuer, audience and claims "
        "that the role asks for, and is still valid"
    )
    return Method(
        "Kubernetes" if in_kubernetes else "JWT",
        mount,
        lambda: {"role": settings.vault_role or "", "jwt": read_secret(file, what, "VAULT_JWT_FILE")},
        advice,
    )


def _certificate(settings: Settings, line: Line, mount: str) -> Method:
    def proof() -> Proof:
        line.reconnect()  # the proof is the connection's certificate, and its file may be a new one
        return {"name": settings.vault_role} if settings.vault_role else {}

    return Method(
        "TLS certificate",
        mount,
        proof,
        f"check the certificate in {settings.vault_client_cert} (VAULT_CLIENT_CERT): its end, its authority, and "
        "that Vault knows it for VAULT_ROLE; VAULT_ADDR has to be Vault's own https:// port",
    )
