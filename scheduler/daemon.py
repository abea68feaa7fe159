"""The daemon: start and stop in a fixed order, signals, and a look at the configuration every second.

start: lock ─► configuration ─► database ─► feeds ─► web ─► engine (which takes back orphaned claims)
stop:  engine (nothing new; what is under way gets its grace) ─► web ─► what hubs brought ─► clients ─► database ─► lock
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version

import structlog

from scheduler import customers_gone, replanning
from scheduler.bootstrap import Parts, assemble
from scheduler.clock import utc_now
from scheduler.configuration import Configuration
from scheduler.custody.ledger_watch import head_in_log
from scheduler.delivery.keys import shared_x_apps
from scheduler.errors import Explained
from scheduler.lock import only_daemon
from scheduler.settings import Settings
from scheduler.store.trouble import is_trouble
from scheduler.subscriptions import follow

log = structlog.get_logger()

GRACE_S = 7.0
"""What is under way at SIGTERM may take this long; the whole stop stays under 10 seconds."""
READING_GRACE_S = 1.0
WATCH_EVERY_S = 1.0


async def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. A second signal of the kind ends the process at once.

    Raises an `Explained` that says why when it cannot start.
    """
    stop = asyncio.Event()
    async with running(settings) as parts:
        with _signals(stop, parts):
            customers = parts.configuration.current.customers
            log.info(
                "daemon_started",
                version=version("firetime"),
                dashboard=parts.web.url,
                customers=len(customers),
            )
            await stop.wait()
            log.info("daemon_stopping", grace_s=GRACE_S)
    log.info("daemon_stopped")


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Parts]:
    """The whole daemon at work while the block runs; `firetime demo` uses it as well."""
    with only_daemon(settings.database_url):
        configuration = Configuration(settings.config)
        configuration.load()
        async with assemble(settings, configuration) as parts, head_in_log(parts.database):
            await subscribe(parts)
            await _greet_vault(parts)
            await parts.web.start()
            watch = asyncio.create_task(_watch(parts))
            keeper = asyncio.create_task(parts.vault.keep_signed_in())
            await parts.engine.start()
            try:
                yield parts
            finally:
                watch.cancel()
                keeper.cancel()
                await parts.engine.stop(GRACE_S)
                await parts.web.stop()
                await parts.callbacks.close(READING_GRACE_S)


async def _greet_vault(parts: Parts) -> None:
    """Say at start what would otherwise only show at the first post; posts wait until Vault is there."""
    try:
        await parts.vault.check()
    except Explained as error:
        log.warning("vault_not_ready", reason=str(error))


async def _look_at_x_apps(parts: Parts) -> None:
    """Say which customers share an X app: they are refused. Where Vault is away, the first firing looks again."""
    for customer, reason in (await shared_x_apps(parts.means)).items():
        log.error("x_app_shared", customer=customer, reason=reason)


async def subscribe(parts: Parts) -> None:
    """Let the feed table and what is planned follow the configuration, and warn of customers without a file."""
    current = parts.configuration.current
    await parts.database.write_in_thread(lambda session: follow(session, parts.feeds, current, utc_now()))
    await replanning.follow(parts.database, current.customers, utc_now)
    await customers_gone.tell(parts.database, current, parts.configuration.gone)


async def _watch(parts: Parts) -> None:
    looked_at_apps = False
    while True:
        try:
            if not looked_at_apps:
                await _look_at_x_apps(parts)
                looked_at_apps = True
            if await asyncio.to_thread(parts.configuration.reload_if_changed):
                await subscribe(parts)
                looked_at_apps = False
        except Exception as error:  # a folder that vanished, a full disk: what is in force stays in force
            if not is_trouble(error):  # which the engine tells
                log.exception("configuration_watch_failed")
            parts.configuration.touch()  # what was read may not be followed yet
        await asyncio.sleep(WATCH_EVERY_S)


@contextmanager
def _signals(stop: asyncio.Event, parts: Parts) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def on_stop(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_stop, number)
    loop.add_signal_handler(signal.SIGHUP, parts.configuration.touch)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)
