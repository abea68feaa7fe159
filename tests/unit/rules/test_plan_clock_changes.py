"""Every rule where the clock is changed: hours that are skipped or come twice, days of 23 and 25 hours, or none."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.customer import XLimits
from scheduler.rules.plan import Taken, Timetable
from tests.unit.rules.planning import NEW_YORK, at, rules, wish

BEIRUT = ZoneInfo("Asia/Beirut")  # at midnight: 2026-03-29 begins at 01:00, 2026-10-24 has 23:00-24:00 twice
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # by half an hour
APIA = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
ST_JOHNS = ZoneInfo("America/St_Johns")  # at 00:01 until 2011: the eve of 2010-11-07 came again for an hour

Cases = list[tuple[dict[str, Any], str, str]]  # a schedule, the first time that is asked for, the due time

SKIPPED: Cases = [  # New York: from 02:00 to 03:00 on 2026-03-08
    ({"windows": ["02:30-04:00"]}, "2026-03-08 00:30", "2026-03-08 03:00"),
    ({"windows": ["02:15-02:45"]}, "2026-03-08 00:30", "2026-03-09 02:15"),
    ({"windows": ["01:00-02:30"]}, "2026-03-08 03:00", "2026-03-09 01:00"),
    ({"windows": ["sun 02:15-02:45"]}, "2026-03-08 00:30", "2026-03-15 02:15"),
    ({"quiet_hours": ["02:30-04:00"]}, "2026-03-08 01:59", "2026-03-08 01:59"),
    ({"quiet_hours": ["02:30-04:00"]}, "2026-03-08 03:00", "2026-03-08 04:00"),
    ({"quiet_hours": ["00:00-02:30"]}, "2026-03-08 01:00", "2026-03-08 03:00"),
    ({"quiet_hours": ["02:15-02:45"]}, "2026-03-08 01:59", "2026-03-08 01:59"),
    ({"quiet_hours": ["02:15-02:45"]}, "2026-03-08 03:00", "2026-03-08 03:00"),
    ({"slots": ["02:30"]}, "2026-03-08 00:30", "2026-03-08 03:00"),
    ({"slots": ["02:30"]}, "2026-03-08 03:01", "2026-03-09 02:30"),
    ({"blackouts": ["2026-03-08"]}, "2026-03-08 03:00", "2026-03-09 00:00"),
    ({"blackouts": ["2026-03-08"]}, "2026-03-07 23:59", "2026-03-07 23:59"),
]
TWICE: Cases = [  # New York: from 01:00 to 02:00 on 2026-11-01
    ({"windows": ["01:30-03:00"]}, "2026-11-01 00:30", "2026-11-01 01:30"),
    ({"windows": ["01:30-03:00"]}, "2026-11-01 01:10 again", "2026-11-01 01:10 again"),  # it stays open
    ({"windows": ["00:30-01:30"]}, "2026-11-01 01:29", "2026-11-01 01:29"),
    ({"windows": ["00:30-01:30"]}, "2026-11-01 01:10 again", "2026-11-02 00:30"),  # and closed
    ({"windows": ["01:15-01:45"]}, "2026-11-01 01:50", "2026-11-02 01:15"),
    ({"quiet_hours": ["00:00-01:30"]}, "2026-11-01 01:45", "2026-11-01 01:30 again"),
    ({"quiet_hours": ["00:00-01:30"]}, "2026-11-01 00:30", "2026-11-01 01:30 again"),
    ({"quiet_hours": ["01:30-03:00"]}, "2026-11-01 01:29", "2026-11-01 01:29"),
    ({"quiet_hours": ["01:30-03:00"]}, "2026-11-01 01:10 again", "2026-11-01 03:00"),
    ({"slots": ["01:30"]}, "2026-11-01 00:30", "2026-11-01 01:30"),
    ({"slots": ["01:30"]}, "2026-11-01 01:31", "2026-11-02 01:30"),
    ({"blackouts": ["2026-11-01"]}, "2026-11-01 01:30 again", "2026-11-02 00:00"),
    ({"jitter": "1h"}, "2026-11-01 01:45", "2026-11-01 01:15 again"),  # by half of it
]
AT_MIDNIGHT: Cases = [  # Beirut
    ({"blackouts": ["2026-03-29"]}, "2026-03-28 23:59", "2026-03-28 23:59"),
    ({"blackouts": ["2026-03-29"]}, "2026-03-29 01:00", "2026-03-30 00:00"),
    ({"blackouts": ["2026-03-28"]}, "2026-03-28 12:00", "2026-03-29 01:00"),
    ({"slots": ["00:30"]}, "2026-03-28 12:00", "2026-03-29 01:00"),
    ({"windows": ["00:00-00:45"]}, "2026-03-28 12:00", "2026-03-30 00:00"),
    ({"quiet_hours": ["23:00-00:30"]}, "2026-03-28 23:30", "2026-03-29 01:00"),
    ({"blackouts": ["2026-10-24"]}, "2026-10-24 23:30", "2026-10-25 00:00"),
    ({"windows": ["sat 22:00-24:00"]}, "2026-10-24 23:30 again", "2026-10-24 23:30 again"),
    ({"windows": ["sat 22:00-23:30"]}, "2026-10-24 23:10 again", "2026-10-31 22:00"),
    ({"quiet_hours": ["sat 22:00-23:30"]}, "2026-10-24 22:30", "2026-10-24 23:30 again"),
    ({"slots": ["23:30"]}, "2026-10-24 23:31", "2026-10-25 23:30"),
]
BY_HALF_AN_HOUR: Cases = [  # Lord Howe: from 02:00 to 02:30 on 2026-10-04, from 02:00 back to 01:30 on 2026-04-05
    ({"windows": ["02:15-04:00"]}, "2026-10-04 01:00", "2026-10-04 02:30"),
    ({"slots": ["02:10"]}, "2026-10-04 01:00", "2026-10-04 02:30"),
    ({"quiet_hours": ["01:00-02:15"]}, "2026-10-04 01:30", "2026-10-04 02:30"),
    ({"windows": ["01:00-01:45"]}, "2026-04-05 01:40 again", "2026-04-06 01:00"),
    ({"quiet_hours": ["01:00-01:45"]}, "2026-04-05 01:50", "2026-04-05 01:45 again"),
    ({"slots": ["01:40"]}, "2026-04-05 01:41", "2026-04-06 01:40"),
    ({"blackouts": ["2026-04-05"]}, "2026-04-05 01:40 again", "2026-04-06 00:00"),
]
WITHOUT_A_DAY: Cases = [  # Samoa: 2011-12-29 was followed by 2011-12-31, a Saturday
    ({"windows": ["fri 09:00-18:00"]}, "2011-12-29 20:00", "2012-01-06 09:00"),
    ({"windows": ["thu 22:00-02:00"]}, "2011-12-29 23:59", "2011-12-29 23:59"),
    ({"windows": ["thu 22:00-02:00"]}, "2011-12-31 00:00", "2012-01-05 22:00"),
    ({"windows": ["fri 22:00-02:00"]}, "2011-12-31 00:30", "2012-01-06 22:00"),
    ({"quiet_hours": ["22:00-07:00"]}, "2011-12-29 23:00", "2011-12-31 07:00"),
    ({"slots": ["fri 12:30"]}, "2011-12-29 20:00", "2012-01-06 12:30"),
    ({"slots": ["12:30"]}, "2011-12-29 20:00", "2011-12-31 12:30"),
    ({"blackouts": ["2011-12-30"]}, "2011-12-29 23:59", "2011-12-29 23:59"),
    ({"blackouts": ["2011-12-30"]}, "2011-12-31 00:00", "2011-12-31 00:00"),
    ({"blackouts": ["2011-12-29"]}, "2011-12-29 20:00", "2011-12-31 00:00"),
]
A_DAY_THAT_COMES_AGAIN: Cases = [  # St. John's: the clock went from 00:01 back to 23:01 of the day before
    ({"blackouts": ["2010-11-06"]}, "2010-11-06 23:30", "2010-11-07 00:00 again"),
    ({"blackouts": ["2010-11-07"]}, "2010-11-06 23:30 again", "2010-11-08 00:00"),
]


CASES: list[tuple[ZoneInfo, Cases]] = [
    (NEW_YORK, SKIPPED + TWICE),
    (BEIRUT, AT_MIDNIGHT),
    (LORD_HOWE, BY_HALF_AN_HOUR),
    (APIA, WITHOUT_A_DAY),
    (ST_JOHNS, A_DAY_THAT_COMES_AGAIN),
]


@pytest.mark.parametrize(
    ("zone", "schedule", "earliest", "expected"), [(zone, *case) for zone, cases in CASES for case in cases]
)
def test_hours_and_days_are_those_of_the_local_clock(
    zone: ZoneInfo, schedule: dict[str, Any], earliest: str, expected: str
) -> None:
    planned = Timetable().place(wish(at(earliest, zone), spread=0.5), rules(zone, **schedule))
    assert planned.due_at == at(expected, zone)


@pytest.mark.parametrize(
    ("zone", "taken_at", "earliest", "expected"),
    [
        (NEW_YORK, "2026-03-08 00:30", "2026-03-08 12:00", "2026-03-09 00:00"),  # 23 hours
        (NEW_YORK, "2026-03-08 23:59", "2026-03-08 00:00", "2026-03-09 00:00"),
        (NEW_YORK, "2026-11-01 00:30", "2026-11-01 23:59", "2026-11-02 00:00"),  # 25 hours
        (NEW_YORK, "2026-11-01 01:30", "2026-11-01 01:30 again", "2026-11-02 00:00"),
        (BEIRUT, "2026-10-24 23:30 again", "2026-10-24 00:00", "2026-10-25 00:00"),
        (BEIRUT, "2026-03-29 23:59", "2026-03-29 01:00", "2026-03-30 00:00"),
        (LORD_HOWE, "2026-04-05 23:59", "2026-04-05 00:00", "2026-04-06 00:00"),
        (APIA, "2011-12-29 00:00", "2011-12-29 23:59", "2011-12-31 00:00"),
        (APIA, "2011-12-29 23:59", "2011-12-31 00:00", "2011-12-31 00:00"),
    ],
)
@pytest.mark.parametrize("by", [{"max_per_day": 1}, {"limits": XLimits(posts_per_day=1)}])
def test_a_day_is_as_long_as_the_local_clock_makes_it(
    zone: ZoneInfo, taken_at: str, earliest: str, expected: str, by: dict[str, Any]
) -> None:
    timetable = Timetable([Taken(at(taken_at, zone), "r", 1)])
    assert timetable.place(wish(at(earliest, zone)), rules(zone, **by)).due_at == at(expected, zone)


@pytest.mark.parametrize("change", ["2026-03-08 01:50", "2026-11-01 01:50"])
@pytest.mark.parametrize(
    ("by", "wait"),
    [
        ({"min_gap": "90m"}, timedelta(minutes=90)),
        ({"limits": XLimits(posts_per_half_hour=1)}, timedelta(minutes=30)),
        ({"limits": XLimits(posts_per_3_hours=1)}, timedelta(hours=3)),
    ],
)
def test_time_between_posts_is_real_time(change: str, by: dict[str, Any], wait: timedelta) -> None:
    before = at(change)
    timetable = Timetable([Taken(before, "r", 1)])
    assert timetable.place(wish(before), rules(**by)).due_at == before + wait
