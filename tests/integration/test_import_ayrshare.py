"""`import ayrshare`, as a user runs it: real Vault, the sandbox's feeds, real sites on loopback, real files."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from sqlmodel import Session

from scheduler.bootstrap import Parts
from scheduler.clock import utc_now
from scheduler.store.looking import looking
from tests import process
from tests.integration.ayrshare_feeds import Account
from tests.process import firetime
from tests.world import World, posts_of, until, wait_for_state


@pytest.fixture
def account(world: World) -> Account:
    return Account(world)


async def poll_all(parts: Parts) -> None:
    """Let the daemon poll every feed now, and wait until it has."""
    asked_at = utc_now()

    def ask(session: Session) -> None:
        for feed in parts.feeds.all(session):
            parts.feeds.request_poll(session, feed.id, asked_at)

    await parts.database.write_in_thread(ask)
    while True:
        feeds = await parts.database.read_in_thread(parts.feeds.all)
        if all(feed.last_polled_at is not None and feed.last_polled_at >= asked_at for feed in feeds):
            return
        await asyncio.sleep(0.05)


async def test_200_feeds_of_20_profiles_are_taken_over_and_nothing_old_is_posted(account: Account) -> None:
    world = account.world
    rows = [
        {"rssURL": account.feed(f"f{n}", f"Old {n}"), "title": f"Feed {n}", "useFirstImage": n % 2 == 0}
        for n in range(200)
    ]
    for number in range(19):
        add = account.customer if number < 5 else account.profile
        add(f"p{number}", *rows[number * 10 : number * 10 + 10])
    account.primary(*rows[190:])

    done = await account.import_("--json")
    assert (done.code, done.json["troubles"]) == (0, []), done.err
    assert len({line["feed"] for line in done.json["routes"]}) == len(done.json["routes"]) == 200
    assert (len(account.config.customers), len(done.json["new_files"])) == (20, 15)
    checked = await firetime("check", env=world.environment)
    assert checked.code == 0, checked.out
    before = account.files

    again = await account.import_("--json")
    assert (again.code, any(line["is_new"] for line in again.json["routes"])) == (0, False)
    assert account.files == before

    async with world.daemon() as parts:
        links = [world.feeds.add(f"f{n}", f"News from the office of number {n}") for n in range(0, 200, 40)]
        await poll_all(parts)
        delivered = await wait_for_state(parts, "delivered", count=5)
        assert sorted(post["text"].split("\n")[-1] for post in delivered) == sorted(links)
        assert len(await posts_of(parts)) == 5
    assert len(world.sandbox.state.published()) == 5


async def test_a_run_that_is_killed_can_be_repeated(account: Account) -> None:
    for number in range(12):
        account.profile(
            f"p{number}", {"rssURL": account.feed(f"f{number}")}, {"feedURL": account.feed(f"g{number}")}
        )
    nothing = Path("/dev/null")
    command = process._start(["import", "ayrshare"], account.world.environment, nothing, nothing, nothing)
    await until(lambda: account.files or not command.is_alive(), "the first file")
    command.kill()
    await asyncio.to_thread(command.join)

    done = await account.import_("--json")
    assert (done.code, done.json["troubles"]) == (0, [])
    assert [len(customer.routes) for customer in account.config.customers] == [2] * 12
    assert {file.suffix for file in (account.world.config / "customers").iterdir()} <= {".toml", ".tmp"}
    async with account.world.daemon() as parts:
        await poll_all(parts)
        assert await posts_of(parts) == []


async def test_a_running_daemon_takes_the_baselines(account: Account) -> None:
    world = account.world
    acme, wire = account.feed("acme"), account.feed("wire")
    world.add_customer("acme")
    none, empty = (f"{world.feeds.url}/{name}.xml" for name in ("none", "empty"))
    account.profile(
        "beta", {"rssURL": acme}, {"rssURL": wire, "title": "Wire"}, {"rssURL": none}, {"rssURL": empty}
    )
    world.feeds.answers["none"] = lambda _: web.Response(status=404)
    async with world.daemon() as parts:
        await until(lambda: "acme" in world.feeds.requests, "the daemon knows this feed")
        done = await account.import_("--json")
        told = {trouble["feed"]: trouble["what"] for trouble in done.json["troubles"]}
        assert told.keys() == {acme, none, empty}
        assert told[acme].startswith("goes to several X accounts (acme/blog, ")
        assert told[none].endswith(
            "takes its baseline when the feed can be read: 127.0.0.1 answered 404 Not Found"
        )
        assert "it has no entries yet" in told[empty]
        world.feeds.add("wire", "News by wire")
        await poll_all(parts)
        (post,) = await wait_for_state(parts, "delivered")
        assert (post["customer"], post["route"]) == (account.name("beta"), "wire")


SITE = "<!doctype html><html><head>{}</head></html>"
LINK = '<link rel=alternate type=application/rss+xml href="{}">'


def serve_page(account: Account, name: str, *feeds: str) -> str:
    """The address of a page that announces these feeds."""
    page = SITE.format("".join(LINK.format(feed) for feed in feeds))
    account.world.feeds.answers[name] = lambda _: web.Response(text=page, content_type="text/html")
    return f"{account.world.feeds.url}/{name}.xml"


async def test_what_cannot_be_taken_over_is_told_and_the_rest_is(account: Account) -> None:
    world, state = account.world, account.world.sandbox.state
    news, pod, cast = (account.feed(name) for name in ("news", "pod", "cast"))
    both, bare = serve_page(account, "both", pod, cast), serve_page(account, "bare")
    account.customer(
        "acme",
        {
            "link": serve_page(account, "site", news),
            "title": "News",
            "autoHashtag": {"max": 2, "position": "auto"},
        },
        {"url": both, "title": "Both"},
        {"link": bare, "title": "Bare"},
        {"url": news, "title": "News again"},
        {"url": news, "type": "podcast", "title": "A podcast"},
        {"rssURL": pod, "platforms": ["facebook"], "title": "Not for X"},
        {"rssURL": cast, "title": "Cast"},
    )
    for guess in ("rss", "atom", "feed", "index"):
        world.feeds.answers[guess] = lambda _: web.Response(status=404)
    account.profile("acme", {"rssURL": pod}, secret=False)  # another one with the same title
    account.profile("new", {"rssURL": cast})
    key_of_new = world.secrets[-1]
    account.profile("unknown", {"rssURL": pod}, secret=False)
    account.profile("busy", {"rssURL": account.feed("busy")})
    account.profile("down", {"rssURL": pod})
    account.profile("tired", {"rssURL": pod})
    state.add_fault("rate_limit", path="/feed", profile=account.name("tired"), times=None)
    state.add_fault("rate_limit", path="/feed", profile=account.name("busy"), retry_after=1)
    state.add_fault("suspended", path="/user", profile=account.name("down"), times=None)
    wrong = account.profile("wrong", {"rssURL": pod}, secret=False)
    world.openbao.write(f"customers/{wrong.title}", {"profile_key": key_of_new})
    before, asked = account.files, len(world.feeds.requests)

    tried = await account.import_("--dry-run", "--shadow", "--json")
    assert account.files == before
    assert "busy" not in world.feeds.requests[asked:], "only pages are looked through"
    done = await account.import_("--shadow", "--json")
    assert (tried.code, done.code) == (1, 1)
    assert tried.json | {"dry_run": False} == done.json
    assert "ayrshare_asks_to_wait" in tried.err, "nobody waits without knowing what for"
    told = {
        (one["whose"].removeprefix(account.name("")), one["feed"]): one["what"]
        for one in done.json["troubles"]
    }
    by_hand = "to take it over by hand: firetime feeds add {} --customer " + account.name("acme")
    expected = {
        ("acme", both): f"and none of them has this title: {pod}, {cast}; {by_hand.format(both)}",
        ("acme", bare): f"give the address of the feed itself; {by_hand.format('URL')}",
        ("acme", news): f"its type 'podcast' is none of rss, substack, youtube; {by_hand.format(news)}",
        ("acme", pod): "it goes to facebook alone there: no route was made for it",
        ("", cast): "and X forbids the same on two",
        ("acme", ""): "no customer posts as this profile yet: put its secret at secret/customers/",
        ("unknown", ""): "no customer posts as this profile yet: put its secret at secret/customers/",
        ("down", ""): "its feeds could not be looked at: ",
        ("tired", ""): "Ayrshare asks to wait with further requests: run this again in 300 s",
        ("wrong", ""): f"is that of the profile '{account.name('new')}': put this one's there",
    }
    assert told.keys() == expected.keys()
    assert {key: what for key, what in told.items() if expected[key] not in what} == {}
    routes = {
        (one["customer"].removeprefix(account.name("")), one["route"], one["feed"])
        for one in done.json["routes"]
    }
    assert routes == {
        ("acme", "news", news),
        ("acme", "cast", cast),
        ("new", "127-0-0-1", cast),
        ("busy", "127-0-0-1", f"{world.feeds.url}/busy.xml"),
    }
    assert account.files["acme"].startswith(before["acme"]), "what was there stays as it was"
    assert {route.shadow for customer in account.config.customers for route in customer.routes} == {True}
    (lost,) = [one for one in done.json["routes"] if one["lost"]]
    assert (lost["route"], lost["lost"]) == ("news", ["autoHashtag.position"])
    assert "set the customer's own" in account.files["new"]
    for secret in world.secrets:
        assert secret not in done.out + done.err + "".join(account.files.values())


async def test_the_primary_profile_needs_its_x_keys_and_a_feed_in_vain_comes_with_a_command(
    account: Account,
) -> None:
    account.customer("acme", {"rssURL": account.feed("acme")})
    folder, acme, gone = account.world.config / "customers", account.name("acme"), account.name("gone")
    (folder / f"{acme}.toml").rename(folder / "primary.toml")
    own = account.world.sandbox.state.profile(None)
    assert own is not None
    own.feeds = {"1": {"rssURL": account.feed("own")}}
    page = f"{account.world.feeds.url}/gone.xml"
    account.world.feeds.answers["gone"] = lambda _: web.Response(status=404)
    account.profile("gone", {"link": page, "title": "127.0.0.1"})
    keys = "put its secret at secret/customers/primary-2, with x_api_key and x_api_secret"
    add = f"firetime customers add {gone} --name {gone} --feed {page}"
    told = [
        {"whose": "primary-2", "feed": "", "what": f"nothing of it can be sent to X yet: {keys}"},
        {
            "whose": gone,
            "feed": page,
            "what": f"127.0.0.1 answered 404 Not Found; to take it over by hand: {add}",
        },
    ]
    for options, is_new in (("--shadow", True), ("--dry-run", False)):
        done = await account.import_(options, "--json")
        assert done.code == 1, done.err
        assert sorted(done.json["troubles"], key=lambda one: str(one["feed"])) == told
        assert [one["is_new"] for one in done.json["routes"]] == [is_new] * 2


async def test_a_feed_that_another_file_of_the_same_profile_has_is_there_already(account: Account) -> None:
    one, two = account.feed("one"), account.feed("two")
    account.customer("a", {"rssURL": one}, {"rssURL": two})
    file = account.world.config / "customers" / f"{account.name('a')}.toml"
    shared = 'end_customer = "Acme"\n' + file.read_text()
    file.write_text(shared)
    file.with_stem("z").write_text(f'{shared}[[route]]\nid = "mine"\nfeed = "{one}?utm_source=ayrshare"\n')
    done = await account.import_("--json")
    assert [(line["customer"], line["route"], line["is_new"]) for line in done.json["routes"]] == [
        ("z", "mine", False),
        (account.name("a"), "127-0-0-1", True),
    ]


async def test_every_key_that_was_read_is_in_the_ledger(account: Account) -> None:
    account.customer("acme", {"rssURL": account.feed("acme")})
    account.profile("new", {"rssURL": account.feed("new")})
    await account.import_("--dry-run")
    with looking(account.world.settings.database_url) as session:
        rows = session.connection().exec_driver_sql(
            "SELECT customer, message FROM ledger WHERE action = 'keys_read'"
        )
        read = {(customer or "").removeprefix(account.name("")): message for customer, message in rows}
    assert set(read) == {"", "acme", "new"}
    assert all(message.startswith("keys read for import: secret/") for message in read.values())


@pytest.mark.parametrize(
    ("fault", "told"),
    [({"fault": "bad_api_key"}, "API key"), ({"fault": "error_before", "html": True}, "HTTP 502")],
)
async def test_without_an_answer_nothing_is_done(
    account: Account, fault: dict[str, object], told: str
) -> None:
    account.customer("acme", {"rssURL": account.feed("acme")})
    before = account.files
    account.world.sandbox.state.faults.add(fault | {"path": "/user", "times": None})
    done = await account.import_()
    assert (done.code, done.out, account.files) == (1, "", before)
    assert done.err.startswith("firetime: ")
    assert told in done.err


async def test_wrong_use_is_refused_before_anything_is_asked(account: Account) -> None:
    (account.world.config / "customers" / "broken.toml").write_text("name = 1")
    for options, code, told in (
        (["--platforms", "x"], 2, "'x' is no network; give all, or some of bluesky"),
        (["--platforms", ","], 2, "',' is no network"),
        (["--timezone", "Mars/Olympus"], 2, "is no time zone"),
        ([], 1, "broken.toml: name: give a text in quotes"),
    ):
        done = await account.import_(*options)
        assert (done.code, done.out) == (code, "")
        assert told in " ".join(done.err.replace("│", "").split())
    assert not account.world.sandbox.state.requests
