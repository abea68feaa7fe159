"""What `customers list` and `customers link` say of customers that are linked already, or that nobody knows of."""

from datetime import UTC, datetime

from scheduler.store import halts
from tests.process import firetime
from tests.stored import fresh
from tests.world import World

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def test_a_customer_that_is_linked_and_still_held_is_told_with_what_ends_it(world: World) -> None:
    world.add_customer("acme")
    with fresh(world.settings.database_url) as database, database.write() as session:
        halts.add(session, "acme", "twitter", "relink", "X refuses the link", "firetime", NOW)
    listed = await firetime("customers", "list", env=world.environment)
    anew = await firetime("customers", "link", "acme", env=world.environment)
    away = await firetime("customers", "list", env=world.environment | {"VAULT_ADDR": "http://127.0.0.1:1"})

    assert "posts held for relink; when that is put right: firetime resume acme" in listed.out
    assert "1 customer posts to X; linked with an app of their own: 1." in listed.out
    assert "it is linked with an app of its own already (@acme)" in anew.out
    assert "/sandbox/link/" in anew.out, "and it is made all the same"
    assert "1 customer posts to X; unknown: 1." in away.out
