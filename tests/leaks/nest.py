"""A world in which every secret is a canary, with a customer for each way in which something can fail."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hvac
from aiohttp import web
from pydantic import SecretStr

from scheduler import config
from scheduler.custody.policy import as_hcl, least
from scheduler.demo.openbao import OpenBao
from scheduler.settings import Settings
from tests.leaks.kinds import KINDS
from tests.world import World, make_world

PAIR = ("x_api_key", "x_api_secret")
LATER = "[route.schedule]\napproval = true\n"
SIGN_INS: dict[str, tuple[str, ...]] = {
    "basic": ("username", "password"),
    "bearer": ("token",),
    "header": ("value",),
    "cookie": ("cookie",),
}
EVERYBODYS = "bad-api-key"
"""The one fault of Ayrshare that stops all customers."""


@dataclass
class Nest:
    """`failing` are the customers whose feeds cannot be read; `later` those whose posts wait for an approval."""

    world: World
    kept: Path
    failing: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    rotated: dict[str, str] = field(default_factory=dict)
    role_id: str = ""

    @property
    def secrets(self) -> list[str]:
        return self.world.secrets

    @property
    def settings(self) -> Settings:
        """With the token itself."""
        own = {"vault_token": SecretStr(self.token), "admin_token": SecretStr(self.admin_token)}
        return self.world.settings.model_copy(update=own)

    @property
    def settings_of_approle(self) -> Settings:
        """With a sign-in instead."""
        own = {"vault_auth": "approle", "vault_role_id": self.role_id, "vault_token": None}
        file = {"vault_secret_id_file": self.kept / "secret-id"}
        return self.settings.model_copy(update=own | file)

    @property
    def environment(self) -> dict[str, str]:
        """The same for a process, which gets its own two secrets as files."""
        environment = self.world.environment | {
            "VAULT_TOKEN_FILE": str(self.kept / "vault-token"),
            "FIRETIME_ADMIN_TOKEN_FILE": str(self.kept / "admin-token"),
            "FIRETIME_LOG_LEVEL": "debug",
            "TMPDIR": str(self.world.folder / "tmp"),
        }
        del environment["VAULT_TOKEN"]
        return environment

    @property
    def operator(self) -> hvac.Client:
        return self.world.openbao.client

    @property
    def token(self) -> str:
        return (self.kept / "vault-token").read_text()

    @property
    def admin_token(self) -> str:
        return (self.kept / "admin-token").read_text()

    def path(self, name: str) -> str:
        return f"{self.world.prefix}/{name}"

    def add(
        self, name: str, *, route: str = "", later: bool = False, keys: dict[str, str] | None = None
    ) -> None:
        """A customer with one entry, which becomes a post at the first look; `later`: once it is approved."""
        self.world.feeds.add(name, f"{secrets.token_hex(20)} {name}")
        self.world.add_customer(
            name, keys=keys, route=f'first_poll = "newest 1"\n{route}' + (LATER if later else "")
        )
        file = self.world.config / "customers" / f"{name}.toml"
        file.write_text(file.read_text().replace('poll_every = "1s"', 'poll_every = "1h"'))
        if later:
            self.later.add(name)

    def put(self, name: str, data: dict[str, Any]) -> None:
        """A secret that may be malformed."""
        self.operator.secrets.kv.v2.create_or_update_secret(self.path(name), data)

    def canaries(self, name: str, *fields: str) -> dict[str, str]:
        return {one: self.world.secret(f"{name}-{one}") for one in fields}

    def add_sign_in(
        self, kind: str, name: str, answer: Callable[[web.Request], web.Response] | None = None
    ) -> None:
        """A customer whose feed wants a sign-in of that kind; with an `answer`, its server fails in that way."""
        values = self.canaries(name, *SIGN_INS[kind])
        self.put(f"feeds/{name}", values)
        header = ', header = "X-Feed-Key"' if kind == "header" else ""
        path = self.path(f"feeds/{name}")
        self.add(name, route=f'sign_in = {{ kind = "{kind}"{header}, vault_path = "{path}" }}\n')
        if answer is not None:
            self.failing.add(name)
        self.world.feeds.answers[name] = answer or self._members(name)

    def _members(self, name: str) -> Callable[[web.Request], web.Response]:
        def answer(request: web.Request) -> web.Response:
            assert {"Authorization", "X-Feed-Key", "Cookie"} & request.headers.keys()
            return web.Response(body=self.world.feeds.document(name), content_type="application/rss+xml")

        return answer

    def issue_token(self, *, but: str) -> None:
        """A token with the least policy, as it is printed, without the right to read the secret of `but`."""
        rules = tuple(
            rule for rule in least(config.load(self.world.config)) if not rule.path.endswith(f"/{but}")
        )
        self.operator.sys.create_or_update_policy("firetime", as_hcl(rules, None))
        options = {"policies": ["firetime"], "no_default_policy": True, "ttl": "1h"}
        self.operator.auth.token.create(id=self.token, **options)

    def make_role(self) -> None:
        """AppRole, with a secret id that can be recognised."""
        operator, secret_id = self.operator, self.world.secret("secret-id")
        (self.kept / "secret-id").write_text(secret_id)
        operator.sys.enable_auth_method("approle")
        role = operator.auth.approle
        role.create_or_update_approle("firetime", token_policies=["firetime"], token_no_default_policy=True)
        role.create_custom_secret_id("firetime", secret_id)
        self.role_id = role.read_role_id("firetime")["data"]["role_id"]


def repeats(request: web.Request) -> web.Response:
    """A feed's server that refuses, and says what it was sent wherever it can."""
    said = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
    return web.Response(
        text=f"<p>{said}</p>",
        status=403,
        reason=said,
        headers={"X-Echo": said, "WWW-Authenticate": f'Basic realm="{said}"'},
    )


def away(request: web.Request) -> web.Response:
    """A feed's server that sends everybody to another one, and what it was sent along."""
    told = quote(request.headers["Authorization"])
    return web.Response(status=302, headers={"Location": f"http://localhost:1/?{told}"})


@asynccontextmanager
async def make_nest(folder: Path) -> AsyncIterator[Nest]:
    """An OpenBao of its own, since it is sealed in the end."""
    (folder / "world" / "tmp").mkdir(parents=True)
    (folder / "kept").mkdir()
    async with OpenBao() as openbao, make_world(folder / "world", openbao) as world:
        nest = Nest(world, folder / "kept")
        for name in ("vault-token", "admin-token"):
            (nest.kept / name).write_text(world.secret(name))
        world.write_common('[linking]\ndomain = "id-EXAMPLE"\n')
        nest.put("ayrshare", {"api_key": world.secrets[0], "private_key": world.secret("private")})
        _add_kinds(nest)
        nest.issue_token(but="denied")
        nest.make_role()
        yield nest


def _add_kinds(nest: Nest) -> None:
    nest.add("good")
    for name, options in KINDS.items():
        nest.add(name, later=name == EVERYBODYS)
        nest.world.sandbox.state.add_fault(**options, profile=name)
    for kind in SIGN_INS:
        nest.add_sign_in(kind, f"member-{kind}")
        nest.add_sign_in(kind, f"refused-{kind}", repeats)
    nest.add_sign_in("bearer", "sent-away", away)
    for name in ("stalled", "sealed", "cancelled", "killed"):
        nest.add(name, later=True)
    _add_bad_secrets(nest)


def _add_bad_secrets(nest: Nest) -> None:
    whole = (*PAIR, "profile_key")
    nest.add("missing", keys={})
    nest.add("half", keys=nest.canaries("half", "x_api_key", "profile_key"))
    pair = nest.canaries("line-break", *whole)
    nest.add("line-break", keys=pair | {"x_api_secret": pair["x_api_secret"] + "\n"})
    pair = nest.canaries("not-ascii", *whole)
    nest.add("not-ascii", keys=pair | {"x_api_key": "\u00e9" + pair["x_api_key"]})
    nest.add("no-text", keys={})
    nest.put("no-text", {name: [value] for name, value in nest.canaries("no-text", *whole).items()})
    nest.add("deleted")
    nest.operator.secrets.kv.v2.delete_latest_version_of_secret(nest.path("deleted"))
    nest.add("denied")
    _add_rotated(nest, nest.canaries("rotated", *whole))
    nest.add("twin-a")
    twin = nest.canaries("twin-b", *whole)
    nest.add("twin-b", keys=twin | {"x_api_key": _read(nest, "twin-a")["x_api_key"]})
    nest.put("feeds/broken", {"token": nest.world.secret("broken-sign-in") + "\nX-Other: 1"})
    nest.add(
        "broken-sign-in",
        route=f'sign_in = {{ kind = "bearer", vault_path = "{nest.path("feeds/broken")}" }}\n',
    )
    nest.failing.add("broken-sign-in")


def _add_rotated(nest: Nest, old: dict[str, str]) -> None:
    """Ayrshare knows other keys than Vault has, and takes its time to say so."""
    nest.add("rotated", keys=old)
    nest.rotated = old | nest.canaries("rotated-anew", *PAIR)
    state = nest.world.sandbox.state
    state.add_profile(old["profile_key"], "rotated", x_api_key=nest.rotated["x_api_key"])
    state.add_fault("slow", seconds=1, profile="rotated")


def _read(nest: Nest, name: str) -> dict[str, str]:
    answer = nest.operator.secrets.kv.v2.read_secret_version(nest.path(name), raise_on_deleted_version=False)
    found: dict[str, str] = answer["data"]["data"]
    return found
