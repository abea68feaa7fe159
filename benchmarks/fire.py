"""Firing on an idle daemon: how late requests arrive, and what a post costs beside a bare POST and bare Vault reads.

The posts of many customers are due at instants spread over a while. Lateness is the arrival of the request at the
sandbox minus `due_at`. The daemon's idle CPU, measured just before, is taken off. A firing reads two secrets: the
Ayrshare API key and the customer's keys.
"""

import argparse
import asyncio
import random
import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import Session

from benchmarks.common import ask, show, usage, write_customer
from feeds.identity import Identified
from feeds.model import Entry
from feeds.store import FeedStore
from scheduler.clock import utc_now
from scheduler.demo.openbao import OpenBao
from scheduler.lifecycle import State
from scheduler.model import X
from scheduler.store import posts
from scheduler.store.opening import open_database
from tests.process import RunningDaemon, running_daemon
from tests.world import World, make_world

IDLE_S = 10.0
LEAD_S = 2.0
CUSTOMERS = 20


async def main() -> None:
    asked = arguments()
    with TemporaryDirectory() as folder:
        async with OpenBao() as openbao, make_world(Path(folder), openbao) as world:
            for number in range(CUSTOMERS):
                add_customer(world, f"c{number}")
            async with running_daemon(Path(folder), world.environment) as daemon:
                await measure(asked, world, daemon)


def add_customer(world: World, name: str) -> None:
    world.add_customer(name)
    write_customer(world.config, name, [f"{world.feeds.url}/all.xml"], vault_path=f"{world.prefix}/{name}")


async def measure(asked: argparse.Namespace, world: World, daemon: RunningDaemon) -> None:
    pid = daemon.process.pid
    await daemon.wait_for("daemon_started")
    await asyncio.sleep(3)
    before = usage(pid)
    await asyncio.sleep(IDLE_S)
    idle = (usage(pid).cpu_s - before.cpu_s) / IDLE_S

    due = store_posts(world, asked.posts, asked.seconds)
    before, began = usage(pid), utc_now()
    await daemon.wait_for("post_delivered", count=asked.posts, within_s=asked.seconds + 60)
    spent_s = usage(pid).cpu_s - before.cpu_s - idle * (utc_now() - began).total_seconds()
    late = sorted(lateness_ms(world, due))
    assert len(late) == asked.posts, f"{len(late)} requests for {asked.posts} posts"
    bare = await bare_costs(world)
    report(asked, late, spent_s * 1000 / asked.posts, bare, idle)


def store_posts(world: World, count: int, seconds: float) -> dict[str, datetime]:
    """Put scheduled posts into the daemon's database; gives the due time of each text."""
    chance, start = random.Random(1), utc_now() + timedelta(seconds=LEAD_S)
    due = {f"Post {number}": start + timedelta(seconds=chance.random() * seconds) for number in range(count)}
    with open_database(world.settings.database_url) as database, database.write() as session:
        add_posts(session, due)
    return due


def add_posts(session: Session, due: dict[str, datetime]) -> None:
    now, store = utc_now(), FeedStore()
    feed_id = store.all(session)[0].id
    new = [Identified(text, Entry(raw_id=text, link=None, title=text)) for text in due]
    for number, known in enumerate(store.add_entries(session, feed_id, new, now)):
        at = due[known.entry.title]
        post = posts.NewPost(
            customer=f"c{number % CUSTOMERS}", route="r0", feed_id=feed_id, entry_id=known.id, platforms=(X,),
            text=known.entry.title, media=(), price_usd=Decimal("0.015"), state=State.SCHEDULED, due_at=at,
            due_reason="benchmark", wake_at=at, expires_at=None,
        )  # fmt: skip
        posts.add(session, post, now)


def lateness_ms(world: World, due: dict[str, datetime]) -> list[float]:
    arrived = {seen.idempotency_key: seen.at for seen in world.sandbox.state.requests}
    return [
        (arrived[post.idempotency_key] - due[post.text]).total_seconds() * 1000
        for post in world.sandbox.state.posts
    ]


async def bare_costs(world: World) -> Any:
    api_key = secrets.token_hex(16)
    world.sandbox.state.add_api_key(api_key)
    profiles = [f"bare-{number}" for number in range(CUSTOMERS)]
    for profile in profiles:
        world.sandbox.state.add_profile(profile, profile)
    own = {"X-Twitter-OAuth1-Api-Key": "k", "X-Twitter-OAuth1-Api-Secret": "s"}
    return await ask("-m", "benchmarks.bare_fire", stdin={
        "url": f"{world.sandbox.url}/post",
        "headers": [own | {"Authorization": f"Bearer {api_key}", "Profile-Key": profile} for profile in profiles],
        "vault": world.openbao.url, "token": world.openbao.token, "path": f"{world.prefix}/c0",
    })  # fmt: skip


def report(asked: argparse.Namespace, late: list[float], cost: float, bare: Any, idle: float) -> None:
    floor = bare["post"] + 2 * bare["read"]
    centiles = quantiles(late, n=100)
    show(f"Firing {asked.posts} posts over {asked.seconds:g} s", ("", "ms"), [
        ("late, median", median(late)),
        ("late, 99th centile", centiles[98]),
        ("late, most", late[-1]),
        ("CPU of a post", cost),
        ("CPU of a bare httpx POST", bare["post"]),
        ("CPU of a bare hvac read", bare["read"]),
    ])  # fmt: skip
    print(
        f"\nA post costs {cost / floor:.1f} times a bare POST and two bare reads. Idle: {idle * 100:.2f} % CPU."
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20, help="the due times lie within so many seconds")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
