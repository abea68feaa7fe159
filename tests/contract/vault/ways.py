"""Ways to sign in, laid out in a real OpenBao: each gives the settings that sign in by it."""

import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from scheduler.demo.openbao import OpenBao
from tests.bao_server import BaoServer

KEY = ec.generate_private_key(ec.SECP256R1())
POLICY = "firetime-reads"
LIFE = {"token_policies": [POLICY], "token_ttl": "20m", "token_max_ttl": "24h"}

Given = dict[str, Any]


def new_mount(bao: OpenBao, kind: str) -> str:
    """An auth method of the test's own, and the policy that reads every secret."""
    bao.client.sys.create_or_update_policy(POLICY, 'path "secret/data/*" { capabilities = ["read"] }')
    mount = f"{kind}-{uuid4().hex}"
    bao.client.sys.enable_auth_method(kind, path=mount)
    return mount


def approle(bao: OpenBao, **role: Any) -> Given:
    """By a role id and a secret id in a variable. The role is called `firetime`."""
    mount = new_mount(bao, "approle")
    method = bao.client.auth.approle
    method.create_or_update_approle("firetime", mount_point=mount, **LIFE | role)
    return {
        "vault_auth": "approle",
        "vault_auth_mount": mount,
        "vault_role_id": method.read_role_id("firetime", mount_point=mount)["data"]["role_id"],
        "vault_secret_id": SecretStr(secret_id(bao, mount)),
    }


def secret_id(bao: OpenBao, mount: str) -> str:
    made = bao.client.auth.approle.generate_secret_id("firetime", mount_point=mount)
    return str(made["data"]["secret_id"])


def wrapped_secret_id(bao: OpenBao, mount: str) -> str:
    """A token that gives a secret id out once."""
    path = f"/v1/auth/{mount}/role/firetime/secret-id"
    return str(bao.client.adapter.post(path, json={}, wrap_ttl="5m")["wrap_info"]["token"])


def by_jwt(bao: OpenBao, file: Path) -> Given:
    """By a JWT that our own key has signed."""
    mount = new_mount(bao, "jwt")
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    bao.client.adapter.post(f"/v1/auth/{mount}/config", json={"jwt_validation_pubkeys": [public]})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], **LIFE}
    bao.client.adapter.post(f"/v1/auth/{mount}/role/firetime", json=role)
    _put(file, signed({"sub": "firetime", "aud": "vault"}))
    return {
        "vault_auth": "jwt",
        "vault_auth_mount": mount,
        "vault_role": "firetime",
        "vault_jwt_file": file,
    }


def by_certificate(bao: BaoServer, folder: Path) -> Given:
    """By a TLS certificate of the server's own authority."""
    mount = new_mount(bao, "cert")
    trusted = {"certificate": bao.ca.read_text(), **LIFE}
    bao.client.adapter.post(f"/v1/auth/{mount}/certs/firetime", json=trusted)
    leaf = bao.authority.issue_cert("firetime.internal", common_name="firetime")
    certificate, key = folder / "client.pem", folder / "client.key"
    leaf.cert_chain_pems[0].write_to_path(str(certificate))
    leaf.private_key_pem.write_to_path(str(key))
    return {
        "vault_auth": "cert",
        "vault_auth_mount": mount,
        "vault_client_cert": certificate,
        "vault_client_key": key,
    }


def revoke_all(bao: OpenBao, mount: str) -> None:
    """Make an end of every token that this mount gave."""
    bao.client.sys.revoke_prefix(f"auth/{mount}")


@asynccontextmanager
async def by_kubernetes(bao: BaoServer, file: Path) -> AsyncIterator[Given]:
    """By a service account's token, which a stand-in for Kubernetes' API knows."""
    account = "system:serviceaccount:news:firetime"
    token = signed({"sub": account, "iss": "kubernetes/serviceaccount", **ACCOUNT})
    _put(file, token)
    async with _token_reviews(token, account) as host:
        mount = new_mount(bao, "kubernetes")
        config = {
            "kubernetes_host": host,
            "disable_local_ca_jwt": True,
            "kubernetes_ca_cert": bao.ca.read_text(),
        }
        bao.client.adapter.post(f"/v1/auth/{mount}/config", json=config)
        bound = {"bound_service_account_names": ["firetime"], "bound_service_account_namespaces": ["news"]}
        bao.client.adapter.post(f"/v1/auth/{mount}/role/firetime", json=bound | LIFE)
        yield {
            "vault_auth": "kubernetes",
            "vault_auth_mount": mount,
            "vault_role": "firetime",
            "vault_jwt_file": file,
        }


ACCOUNT = {
    "kubernetes.io/serviceaccount/namespace": "news",
    "kubernetes.io/serviceaccount/service-account.name": "firetime",
    "kubernetes.io/serviceaccount/service-account.uid": "7",
}


@asynccontextmanager
async def _token_reviews(known: str, account: str) -> AsyncIterator[str]:
    async def review(request: web.Request) -> web.Response:
        asked = await request.json()
        good = asked["spec"]["token"] == known
        user = {"username": account, "uid": "7", "groups": ["system:serviceaccounts"]}
        status = {"authenticated": True, "user": user} if good else {"authenticated": False}
        return web.json_response({**asked, "status": status}, status=201)

    app = web.Application()
    app.router.add_post("/apis/authentication.k8s.io/v1/tokenreviews", review)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def signed(claims: dict[str, Any], *, lasts_s: int = 600) -> str:
    """A JWT of these claims (ES256). OpenBao refuses one without `nbf`."""
    now = int(time.time())
    times = {"iat": now, "nbf": now - 10, "exp": now + lasts_s}
    parts = ({"alg": "ES256", "typ": "JWT"}, times | claims)
    text = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(KEY.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _put(file: Path, text: str) -> None:
    file.write_text(f"{text}\n")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def audited(bao: BaoServer, mount: str, path: str) -> list[dict[str, Any]]:
    """What the audit log has of requests for `path` with a token of this auth mount, or for the mount's own `path`."""
    lines = [json.loads(line) for line in bao.audit_log.read_text().splitlines()]
    return [
        line["request"]
        for line in lines
        if line["type"] == "response"
        and path in line["request"].get("path", "")
        and (mount in line["request"]["path"] or mount in line["auth"].get("display_name", ""))
    ]
