"""Plans and bills, on PostgreSQL as on SQLite: that every statement works there."""

from datetime import timedelta
from decimal import Decimal

from scheduler import replanning
from scheduler.config import Config
from scheduler.delivery.money_watch import passed
from scheduler.lifecycle import Event
from scheduler.model import Unknown
from scheduler.store import posts
from scheduler.views_spend import spend
from tests.stored import NOW, fresh
from tests.unit.paying import acme, come_out, fire, waiting


async def test_a_plan_follows_its_rules_and_a_bill_adds_up(postgres: str) -> None:
    customer = acme("0.25")
    slower = customer.model_copy(
        update={
            "routes": tuple(
                route.model_copy(
                    update={"schedule": route.schedule.model_copy(update={"min_gap": timedelta(hours=2)})}
                )
                for route in customer.routes
            )
        }
    )
    with fresh(postgres) as database:
        with database.write() as session:
            come_out(session, fire(session, waiting(session, "paid"), customer))
            assert passed(session, customer, Decimal("0.200"), NOW) == ["budget_near", "budget_hard"]
            come_out(session, fire(session, waiting(session, "free", "0"), customer), Unknown("no answer"))
            off = waiting(session, "off", "0.015")
            posts.advance(session, off, Event.HOLD, NOW, waits_for="switched_off")
            waiting(session, "next", "0.015", due_at=NOW + timedelta(minutes=1))
        for rules in (customer, slower):
            await replanning.follow(database, [rules], lambda: NOW)
        with database.read() as session:
            assert len({post.due_at for post in posts.queue(session, "acme", 9)}) == 3
            (shown,) = spend(session, Config(customers=(customer,)), NOW)["customers"]
            assert shown["months"][0]["paid_usd"] == "0.200"
            assert (shown["scheduled_usd"], shown["months"][0]["x_posts"]) == ("0.030", 2)
            assert not replanning.outlook(session, slower, NOW).why
