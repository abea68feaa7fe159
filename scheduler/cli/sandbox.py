"""`firetime sandbox`: the Ayrshare stand-in alone."""

import asyncio
import signal

from rich.console import Console

from scheduler.errors import Explained, in_words


def run_sandbox(host: str, port: int, *, rate_max: int = 300) -> None:
    """Run the sandbox until SIGINT or SIGTERM.

    It takes any API key, and makes a profile linked to X of every Profile-Key that it has not seen.
    Port 0 takes any free port. Raises `Explained` where the port is taken.
    """
    try:
        asyncio.run(_serve(host, port, rate_max, Console()))
    except OSError as error:
        raise Explained(f"the sandbox cannot listen on {host}:{port}: {in_words(error)} (--port)") from None


async def _serve(host: str, port: int, rate_max: int, console: Console) -> None:
    from scheduler.sandbox.app import start_sandbox
    from scheduler.sandbox.state import SandboxState

    state = SandboxState(accept_any_key=True, accept_any_profile=True, rate_max=rate_max)
    sandbox = await start_sandbox(host, port, state)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        console.print(f"Ayrshare sandbox: {sandbox.page_url}", soft_wrap=True)
        console.print(f"Use it with FIRETIME_AYRSHARE_URL={sandbox.url}; Ctrl-C stops it.", soft_wrap=True)
        await stop.wait()
    finally:
        await sandbox.close()
