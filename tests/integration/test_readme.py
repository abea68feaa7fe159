"""The README's own words: from the demo to one's own feeds, run as they stand against real servers."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from scheduler.demo.openbao import OpenBao
from scheduler.sandbox.app import RunningSandbox, start_sandbox
from scheduler.sandbox.keys import XKeys
from scheduler.sandbox.state import SandboxState
from tests.conftest import ROOT
from tests.world import FeedServer, until

README = (ROOT / "README.md").read_text()
PART = README.partition("\n## From the demo to your own feeds\n")[2].partition("\n## ")[0]
THE_DAEMON = "firetime run"


def substituted(text: str, bao: OpenBao, feeds: FeedServer) -> str:
    """The reader's own servers and keys in the README's words: the one place where the test changes them."""
    for written, ours in {
        "https://vault.example:8200": bao.url,
        "https://acme.example/blog/feed.xml": f"{feeds.url}/acme.xml",
        "YOUR-AYRSHARE-API-KEY": "made-up-ayrshare-key",
        "THE-X-API-KEY": "made-up-x-key",
        "THE-X-API-SECRET": "made-up-x-secret",
        "THE-AYRSHARE-PROFILE-KEY": "made-up-profile-key",
    }.items():
        assert written in PART
        text = text.replace(written, ours)
    return text


def blocks(language: str) -> list[str]:
    """The fenced blocks of the part, without the indentation of its list."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", PART, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def reader(folder: Path, bao: OpenBao, sandbox: RunningSandbox) -> dict[str, str]:
    """The environment of a reader who is signed in to Vault; what is beyond the README leads to our servers."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "BAO_TOKEN": bao.token,  # Firetime itself does not look at it
        "FIRETIME_AYRSHARE_URL": sandbox.url,
        "FIRETIME_ALLOW_PRIVATE": "127.0.0.0/8",
        "FIRETIME_LISTEN": "127.0.0.1:0",
    }


def project(folder: Path) -> Path:
    """The parts of the project that the README's commands touch, as a reader has them after `make demo`."""
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return folder


async def in_shell(script: str, folder: Path, environment: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Run a script in the reader's shell: what it prints, and the environment that it leaves behind."""
    whole = f"{script}\nenv -0 > environment"
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", whole, cwd=folder, env=environment, stdout=PIPE, stderr=PIPE
    )
    printed, complaints = await asyncio.wait_for(shell.communicate(), 60)
    assert shell.returncode == 0, f"{script}\n{printed.decode()}\n{complaints.decode()}"
    left = (folder / "environment").read_text().rstrip("\0").split("\0")
    return printed.decode(), dict(line.split("=", 1) for line in left)


@asynccontextmanager
async def the_daemon(folder: Path, environment: dict[str, str]) -> AsyncIterator[Process]:
    with (folder / "log").open("w") as log:
        daemon = await asyncio.create_subprocess_exec(
            "bash", "-c", f"exec {THE_DAEMON}", cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield daemon
    finally:
        if daemon.returncode is None:
            daemon.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(daemon.wait(), 60) == 0, (folder / "log").read_text()


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[OpenBao, RunningSandbox, FeedServer]]:
    feeds = FeedServer()
    await feeds.start()
    state = SandboxState(["made-up-ayrshare-key"])
    state.add_profile(
        "made-up-profile-key", "acme", x_api_key="made-up-x-key", x_api_secret="made-up-x-secret"
    )
    sandbox = await start_sandbox("127.0.0.1", 0, state)
    try:
        async with OpenBao() as bao:
            yield bao, sandbox, feeds
    finally:
        await sandbox.close()
        await feeds.stop()


async def test_the_readmes_commands_lead_from_nothing_to_a_post_with_the_customers_own_keys(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path)
    async with servers() as (bao, sandbox, feeds):
        feeds.add("acme", "What was there before")
        (customer,) = (substituted(block, bao, feeds) for block in blocks("toml"))
        (folder / "config" / "customers" / "acme.toml").write_text(customer)
        scripts = [substituted(block, bao, feeds) for block in blocks("sh")]
        start = scripts.index(f"{THE_DAEMON}\n")

        printed, environment = await in_shell(
            "\n".join(scripts[:start]), folder, reader(folder, bao, sandbox)
        )

        assert "What was there before" in printed, "the preview"
        assert (folder / "var" / "vault-token").stat().st_mode & 0o077 == 0
        assert sandbox.state.posts == []

        async with the_daemon(folder, environment):
            await until(lambda: "entries_found" in (folder / "log").read_text(), "the first look")
            link = feeds.add("acme", "Hello world")
            first, second, then = "\n".join(scripts[start + 1 :]).partition("firetime queue\n")
            await in_shell(first, folder, environment)
            await until(lambda: "post_delivered" in (folder / "log").read_text(), "the poll leads to a post")
            printed, _ = await in_shell(second + then, folder, environment)

        (post,) = sandbox.state.published("twitter", profile="acme")
        assert post.text == f"Hello world\n{link}"
        assert post.x_keys == XKeys.of("made-up-x-key", "made-up-x-secret")
        assert "post p1 of acme/blog is delivered" in printed


async def test_the_readmes_token_can_read_the_keys_and_nothing_else(tmp_path: Path) -> None:
    folder = project(tmp_path)
    async with servers() as (bao, sandbox, feeds):
        scripts = [substituted(block, bao, feeds) for block in blocks("sh")][:2]
        _, environment = await in_shell("\n".join(scripts), folder, reader(folder, bao, sandbox))
        bao.write("something/else", {"of": "no concern"})
        with_the_token = environment | {"BAO_TOKEN": (folder / "var" / "vault-token").read_text()}

        allowed, _ = await in_shell(
            "bao kv get -mount=secret -format=json customers/acme", folder, with_the_token
        )
        denied, _ = await in_shell(
            "! bao kv get -mount=secret something/else 2>&1\n"
            "! bao kv list -mount=secret customers 2>&1\n"
            "! bao kv put -mount=secret customers/acme x_api_key=other 2>&1",
            folder,
            with_the_token,
        )

        assert set(json.loads(allowed)["data"]["data"]) == {"x_api_key", "x_api_secret", "profile_key"}
        assert denied.count("permission denied") == 3


def test_the_readme_has_the_blocks_that_are_run_here() -> None:
    assert len(blocks("sh")) == 5
    assert len(blocks("toml")) == 1
    assert len(re.findall(r"^ *```\w", PART, re.MULTILINE)) == 6
