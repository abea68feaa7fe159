"""Signing in to feeds with what a real OpenBao holds: read at each poll, told to nobody but the feed's own server."""

import traceback
from base64 import b64encode
from collections.abc import Callable, Mapping
from ipaddress import ip_network

import hvac
import pytest
from aiohttp import web
from pydantic import SecretStr

from feeds.fetch import Fetcher
from feeds.guard import Guard
from feeds.trouble import SignInFailed, Trouble
from scheduler.common import VaultLayout
from scheduler.customer import SignIn
from scheduler.delivery.sign_in import FeedSignIn
from scheduler.demo.openbao import OpenBao
from tests.contract.raw import closed_port, every_log_line
from tests.contract.vault.conftest import Make, no_secret_in
from tests.integration.feeds.servers import rss, site

LOGIN = {"username": "canary-me", "password": "canary pass: wörd"}
PAIR = b64encode("canary-me:canary pass: wörd".encode()).decode()

Secret = Callable[[Mapping[str, object]], str]


@pytest.fixture
def secret(openbao: OpenBao, path: str) -> Secret:
    """Puts a secret into a place of its own and names the place."""

    def put(fields: Mapping[str, object]) -> str:
        openbao.client.secrets.kv.v2.create_or_update_secret(path, fields)
        return path

    return put


@pytest.fixture
def sign_in(make: Make) -> FeedSignIn:
    return FeedSignIn(make())


async def refusal_of(sign_in: FeedSignIn, reference: str) -> str:
    """The text of the failure; no secret is in it, nor in its traceback."""
    with pytest.raises(SignInFailed) as raised:
        await sign_in.headers(reference)
    assert isinstance(raised.value, Trouble)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    no_secret_in(repr(raised.value), "".join(traceback.format_exception(raised.value)))
    return str(raised.value)


@pytest.mark.parametrize(
    ("kind", "header", "fields", "headers"),
    [
        ("basic", None, LOGIN, {"Authorization": f"Basic {PAIR}"}),
        ("bearer", None, {"token": "canary.t-1=="}, {"Authorization": "Bearer canary.t-1=="}),
        ("header", "X-Api-Key", {"value": "Token canary"}, {"X-Api-Key": "Token canary"}),
        ("cookie", None, {"cookie": "id=canary; b=2"}, {"Cookie": "id=canary; b=2"}),
    ],
)
async def test_each_kind_makes_its_header(
    sign_in: FeedSignIn,
    secret: Secret,
    kind: str,
    header: str | None,
    fields: dict[str, object],
    headers: object,
) -> None:
    told = SignIn.model_validate({"kind": kind, "header": header, "vault_path": secret(fields)})
    assert await sign_in.headers(told.reference) == headers


async def test_no_sign_in_asks_vault_for_nothing(make: Make) -> None:
    with closed_port() as port:
        assert await FeedSignIn(make(vault_addr=f"http://127.0.0.1:{port}")).headers("") == {}


async def test_what_is_no_reference_is_a_mistake_of_ours(sign_in: FeedSignIn) -> None:
    with pytest.raises(ValueError, match="no reference"):
        await sign_in.headers("digest:feeds/acme")


async def test_it_is_read_anew_each_time(sign_in: FeedSignIn, secret: Secret) -> None:
    path = secret({"token": "first"})
    assert await sign_in.headers(f"bearer:{path}") == {"Authorization": "Bearer first"}
    secret({"token": "second"})
    assert await sign_in.headers(f"bearer:{path}") == {"Authorization": "Bearer second"}


async def test_a_secret_that_is_not_there_is_named(sign_in: FeedSignIn, openbao: OpenBao) -> None:
    words = await refusal_of(sign_in, "bearer:feeds/nobody")
    assert f"Vault at {openbao.url} has no secret at secret/feeds/nobody" in words


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("basic", {"username": "canary"}, "lacks password"),
        ("basic", {"other": "canary"}, "lacks username and password"),
        ("basic", {"username": "canary", "password": ""}, "lacks password"),
        (
            "basic",
            {"username": "canary:me", "password": "canary"},
            "username in its secret at {path} has a colon",
        ),
        *(
            (
                "basic",
                {"username": "canary", "password": "canary"} | {name: f"canary{end}"},
                f"{name} in its secret at {{path}} has a line break",
            )
            for name in ("username", "password")
            for end in ("\n", "\r\n")
        ),
        ("bearer", {"token": ["canary"]}, "token in the secret at secret/{path} is no text"),
        ("bearer", {"token": "canary\n"}, "token in its secret at {path} begins or ends with a space"),
        ("header:X-Key", {"value": "canary\r\nHost: evil"}, "a header cannot carry"),
        ("header:X-Key", {"value": " canary"}, "begins or ends with a space"),
        ("cookie", {"cookie": "canary=\u00fc"}, "a header cannot carry"),
        ("cookie", {"token": "canary"}, "lacks cookie"),
    ],
)
async def test_what_is_wrong_with_a_secret_is_said_without_its_values(
    sign_in: FeedSignIn, secret: Secret, kind: str, fields: dict[str, object], words: str
) -> None:
    path = secret(fields)
    told = await refusal_of(sign_in, f"{kind}:{path}")
    assert told.startswith("the feed cannot be signed in to: ")
    assert words.format(path=path) in told


async def test_a_denied_secret_is_named_with_what_to_do(openbao: OpenBao, make: Make, secret: Secret) -> None:
    token = openbao.client.auth.token.create(policies=["default"])["auth"]["client_token"]
    denied = FeedSignIn(make(vault_token=SecretStr(token)))
    assert "its policy lacks this path" in await refusal_of(denied, f"bearer:{secret({'token': 'canary'})}")


async def test_a_sealed_or_absent_vault_is_told(make: Make) -> None:
    async with OpenBao() as own:
        hvac.Client(own.url, own.token).secrets.kv.v2.create_or_update_secret(
            "feeds/acme", {"token": "canary"}
        )
        sign_in = FeedSignIn(make(vault_addr=own.url, vault_token=SecretStr(own.token)))
        assert await sign_in.headers("bearer:feeds/acme")
        own.seal()
        assert "is sealed: unseal it" in await refusal_of(sign_in, "bearer:feeds/acme")
    assert "cannot be reached" in await refusal_of(sign_in, "bearer:feeds/acme")


async def test_a_kv_1_mount_will_do(openbao: OpenBao, make: Make, path: str) -> None:
    openbao.client.sys.enable_secrets_engine("kv", path=path, options={"version": "1"})
    openbao.client.secrets.kv.v1.create_or_update_secret("feeds/acme", {"token": "canary"}, mount_point=path)
    sign_in = FeedSignIn(make(VaultLayout(mount=path, kv_version=1)))
    assert await sign_in.headers("bearer:feeds/acme") == {"Authorization": "Bearer canary"}


async def test_a_whole_poll_leaves_nothing_of_it_in_a_log(sign_in: FeedSignIn, secret: Secret) -> None:
    path = secret(LOGIN)

    def answer(request: web.Request) -> web.Response:
        known = request.headers.get("Authorization") == f"Basic {PAIR}"
        return web.Response(body=rss("a")) if known else web.Response(status=401)

    with every_log_line() as lines:
        async with site(answer) as feed, Fetcher(Guard([ip_network("127.0.0.1/32")])) as fetcher:
            fetched = await fetcher.fetch(feed.url, sign_in=await sign_in.headers(f"basic:{path}"))
            with pytest.raises(Trouble) as failed:
                await fetcher.fetch(feed.url + "/2", sign_in={"Authorization": "Basic canary"})
    assert fetched.body == rss("a")
    assert str(failed.value).startswith("127.0.0.1 answered 401 Unauthorized: it wants a sign-in")
    assert lines, "the loggers are on"
    no_secret_in(repr(fetched), repr(failed.value), repr(sign_in), *lines)
    assert not [line for line in lines if PAIR in line]
