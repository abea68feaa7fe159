"""A trouble that a thousand posts meet is told once, and its end too."""

import structlog

from scheduler.delivery.alarm import Alarm


def test_an_outage_is_two_lines_however_many_posts_meet_it() -> None:
    alarm = Alarm("vault")
    with structlog.testing.capture_logs() as lines:
        for _ in range(1000):
            alarm.on("Vault is sealed")
        assert alarm.fresh == "Vault is sealed"
        alarm.off("acme")
        alarm.off("globex")
    assert [line["event"] for line in lines] == ["trouble_began", "trouble_over"]
    assert alarm.fresh is None


def test_one_customers_trouble_is_told_for_it_and_keeps_nobody_else_from_trying() -> None:
    alarm = Alarm("vault")
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            alarm.on("the token may not read acme", "acme")
            alarm.off("globex")
        assert alarm.fresh is None
        alarm.off("acme")
    assert [(line["event"], line["customer"]) for line in lines] == [
        ("trouble_began", "acme"),
        ("trouble_over", "acme"),
    ]
