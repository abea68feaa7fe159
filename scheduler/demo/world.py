"""Everything around the daemon in the demo: made-up keys in OpenBao, the sandbox, the feeds, a configuration folder."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from pydantic import SecretStr

from scheduler.clock import utc_now
from scheduler.demo.openbao import OpenBao
from scheduler.demo.sample_feed import SampleFeeds
from scheduler.errors import Explained
from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.state import SandboxState
from scheduler.settings import Listen, Settings

CUSTOMERS = {"acme": "Acme Media", "globex": "Globex"}

COMMON = """\
[feeds]
contact = "https://example.com/about-our-feed-reader"
"""
CUSTOMER = """\
name = "{name}"
timezone = "UTC"
vault_path = "customers/{id}"

[budget]
x_usd_per_month = 25.00

[x]                            # a real account is allowed far less; the demo should not keep you waiting
posts_per_half_hour = 10000
posts_per_day = 10000
posts_per_3_hours = 10000

[[route]]
id = "blog"
feed = "{feed}"
poll_every = "1s"              # only a feed on this machine may be polled that often
{rest}
"""
REST = {
    "acme": '[route.compose]\nhashtags = { from = "categories", max = 1 }\nutm = { source = "x" }\n',
    "globex": '[route.compose]\nlink = "never"\n\n[route.schedule]\nmin_gap = "5s"\n',
}


class PortTaken(Explained):
    """A port of the demo is in use."""


@dataclass(frozen=True, slots=True)
class World:
    """What the demo made. `secrets` are all made-up values, to prove afterwards that they are nowhere."""

    folder: Path
    settings: Settings
    openbao: OpenBao
    sandbox: RunningSandbox
    secrets: tuple[str, ...]


@asynccontextmanager
async def world(port: int) -> AsyncIterator[World]:
    """Build it on `port` (the dashboard's) and the four after it (OpenBao takes two); port 0 takes any free ones.

    Raises `PortTaken`, `OpenBaoMissing` or `OpenBaoFailed`.
    """
    sandbox_port, feed_port, vault_port = (port and port + i for i in (1, 2, 3))
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="firetime-demo-")))
        with _told("OpenBao", vault_port):
            bao = await stack.enter_async_context(OpenBao(vault_port))
        state, values = _lay_out_secrets(bao)
        with _told("the sandbox", sandbox_port):
            sandbox = await start_sandbox("127.0.0.1", sandbox_port, state)
        stack.push_async_callback(sandbox.close)
        feeds = SampleFeeds(utc_now)
        with _told("the sample feeds", feed_port):
            await feeds.start(feed_port)
        stack.push_async_callback(feeds.stop)
        settings = _configure(folder, feeds.url, sandbox.url, bao, port)
        yield World(folder, settings, bao, sandbox, values)


def leaked(made: World) -> list[str]:
    """The names of files of the demo in which a made-up secret can be found: none, one hopes."""
    files = [file for file in sorted(made.folder.rglob("*")) if file.is_file()]
    return [file.name for file in files if any(value.encode() in file.read_bytes() for value in made.secrets)]


def _lay_out_secrets(bao: OpenBao) -> tuple[SandboxState, tuple[str, ...]]:
    """Make up keys, put them into OpenBao, and let the sandbox expect exactly them."""
    api_key = _made_up()
    bao.write("firetime/ayrshare", {"api_key": api_key})
    state, values = SandboxState([api_key]), [api_key]
    for customer, name in CUSTOMERS.items():
        keys = {field: _made_up() for field in ("x_api_key", "x_api_secret", "profile_key")}
        bao.write(f"customers/{customer}", keys)
        state.add_profile(
            keys["profile_key"], name, x_api_key=keys["x_api_key"], x_api_secret=keys["x_api_secret"]
        )
        values += keys.values()
    return state, tuple(values)


def _made_up() -> str:
    return f"made-up-{secrets.token_hex(12)}"


@contextmanager
def _told(who: str, port: int) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise PortTaken(
            f"port {port} is in use, and {who} needs it: choose other ports with firetime demo --port"
        ) from None


def _configure(folder: Path, feeds_url: str, ayrshare_url: str, bao: OpenBao, port: int) -> Settings:
    config = folder / "config"
    (config / "customers").mkdir(parents=True)
    (config / "firetime.toml").write_text(COMMON)
    for customer, name in CUSTOMERS.items():
        content = CUSTOMER.format(
            id=customer, name=name, feed=f"{feeds_url}/{customer}.xml", rest=REST[customer]
        )
        (config / "customers" / f"{customer}.toml").write_text(content)
    return Settings(
        config=config,
        database_url=f"sqlite:///{folder}/firetime.db",
        ayrshare_url=ayrshare_url,
        listen=Listen("127.0.0.1", port),
        allow_private=(ip_network("127.0.0.0/8"),),
        vault_addr=bao.url,
        vault_token=SecretStr(bao.token),
    )
