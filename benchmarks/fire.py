"""Firing on an idle daemon: how late requests arrive, and what a post costs beside a bare POST and bare Vault reads.

The posts of many customers are due at instants spread over a while. Lateness is the arrival of the request at the
sandbox minus `due_at`. The daemon's idle CPU, measured just before, is taken off. A firing reads two secrets: the
Ayrshare API key and the customer's keys.

With `--stuck`, half of the posts are due while the requests of one customer hang for a minute each; the lateness of all
other customers' posts is told for both halves.
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
from feeds.entry_store import EntryStore
from feeds.identity import name
from feeds.model import Entry
from feeds.store import FeedStore
from scheduler.clock import utc_now
from scheduler.demo.openbao import OpenBao
from scheduler.lifecycle import State
from scheduler.model import X
from scheduler.store import posts
from scheduler.store.opening import open_database
from scheduler.store.post_rows import Wording
from tests.process import RunningDaemon, running_daemon
from tests.world import World, make_world

IDLE_S = 10.0
LEAD_S = 2.0
HANG_S = 60.0
STUCK = "c0"
WORDS = ("river", "market", "council", "school", "winter", "bridge", "energy", "museum", "harbour", "garden")


async def main() -> None:
    asked = arguments()
    with TemporaryDirectory() as folder:
        async with OpenBao() as openbao, make_world(Path(folder), openbao) as world:
            for number in range(asked.customers):
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

    before, began = usage(pid), utc_now()
    due = await let_go_out(asked, world, asked.posts, 0)
    spent_s = usage(pid).cpu_s - before.cpu_s - idle * (utc_now() - began).total_seconds()
    late = lateness_ms(world, due)
    assert len(late) == asked.posts, f"{len(late)} requests for {asked.posts} posts"
    bare = await bare_costs(world, asked.customers)
    report(asked, late, spent_s * 1000 / asked.posts, bare, idle)
    if asked.stuck:
        await measure_stuck(asked, world, late)


async def measure_stuck(asked: argparse.Namespace, world: World, calm: list[float]) -> None:
    world.sandbox.state.add_fault("hang", times=None, profile=STUCK, seconds=HANG_S)
    due = await let_go_out(asked, world, asked.posts, asked.posts)
    stuck = lateness_ms(world, due)
    rows = [
        (name, median(found), quantiles(found, n=100)[98], found[-1])
        for name, found in (("nobody is stuck", calm), ("one customer hangs", stuck))
    ]
    show("Late, of the other customers (ms)", ("", "median", "99th centile", "most"), rows)


async def let_go_out(asked: argparse.Namespace, world: World, count: int, first: int) -> dict[str, datetime]:
    """Store posts, and wait until those of all customers that do not hang are out."""
    due = store_posts(asked, world, count, first)
    seen = len(world.sandbox.state.posts)
    others = sum(name_of(number, asked) != STUCK for number in range(first, first + count))
    wanted = others if first else count
    async with asyncio.timeout(asked.seconds + 120):
        while len(world.sandbox.state.posts) - seen < wanted:
            await asyncio.sleep(0.5)
    await asyncio.sleep(1)
    return due


def name_of(number: int, asked: argparse.Namespace) -> str:
    return f"c{number % asked.customers}"


def store_posts(asked: argparse.Namespace, world: World, count: int, first: int) -> dict[str, datetime]:
    """Put scheduled posts into the daemon's database; gives the due time of each text."""
    chance, start = random.Random(first), utc_now() + timedelta(seconds=LEAD_S + count / 1000)
    titles = [f"{' '.join(chance.sample(WORDS, 7))} {number}" for number in range(first, first + count)]
    due = {title: start + timedelta(seconds=chance.random() * asked.seconds) for title in titles}
    with open_database(world.settings.database_url) as database, database.write() as session:
        add_posts(asked, session, due, first)
    return due


def add_posts(asked: argparse.Namespace, session: Session, due: dict[str, datetime], first: int) -> None:
    now = utc_now()
    feed_id = FeedStore().all(session)[0].id
    new = [name(Entry(raw_id=text, link=None, title=text)) for text in due]
    for number, known in enumerate(EntryStore().add(session, feed_id, new, now), start=first):
        at = due[known.entry.title]
        wording = Wording(known.entry.title, {}, (), 1, Decimal("0.015"))
        post = posts.NewPost(
            customer=name_of(number, asked), route="r0", feed_id=feed_id, entry_id=known.id, platforms=(X,),
            wording=wording, state=State.SCHEDULED, due_at=at, due_reason="benchmark", wake_at=at, expires_at=None,
            earliest_at=at,
        )  # fmt: skip
        posts.add(session, post, now)


def lateness_ms(world: World, due: dict[str, datetime]) -> list[float]:
    """Sorted; those of posts that are out."""
    arrived = {seen.idempotency_key: seen.at for seen in world.sandbox.state.requests}
    return sorted(
        (arrived[post.idempotency_key] - due[post.text]).total_seconds() * 1000
        for post in world.sandbox.state.posts
        if post.text in due
    )


async def bare_costs(world: World, customers: int) -> Any:
    api_key = secrets.token_hex(16)
    world.sandbox.state.add_api_key(api_key)
    profiles = [f"bare-{number}" for number in range(min(customers, 20))]
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
    parser.add_argument("--customers", type=int, default=20)
    parser.add_argument("--stuck", action="store_true", help="and again, while one customer's requests hang")
    parser.add_argument("--seconds", type=float, default=20, help="the due times lie within so many seconds")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
