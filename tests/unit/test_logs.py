"""Logs: a stable action word, instants in UTC, and no local variable in any traceback."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from scheduler import logs

CANARY = "canary-3f9a7c"

SetUp = Callable[..., io.StringIO]


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    """Sets logging up into a text; puts everything back afterwards."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}

    def into(log_format: Any = "json", level: str = "info") -> io.StringIO:
        stream = io.StringIO()
        logs.set_up(log_format, level, stream)
        return stream

    yield into
    root.handlers, root.level = before[0], before[1]
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_instant_in_a_line_is_iso_8601_and_locks_are_no_news(set_up: SetUp) -> None:
    stream = set_up(level="debug")
    structlog.get_logger().info("feed_polled", next_poll_at=datetime(2026, 11, 22, 12, tzinfo=UTC))
    logging.getLogger("filelock").debug("Attempting to acquire lock")
    (line,) = lines(stream)
    assert line["next_poll_at"] == "2026-11-22T12:00:00+00:00"


def fail() -> None:
    secret = CANARY
    keys = {"x_api_secret": secret}
    raise ValueError(f"something with {len(keys)} keys went wrong")


def fail_inside() -> None:
    password = CANARY
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("outer" if password else "") from error


def log_failures() -> None:
    """A failure in each way that one is logged."""
    log = structlog.get_logger()
    try:
        fail_inside()
    except RuntimeError as error:
        log.exception("as_exception")
        log.critical("with_exc_info", exc_info=True)
        log.critical("with_the_error", exc_info=error)
        log.critical("with_its_triple", exc_info=(type(error), error, error.__traceback__))
        logging.getLogger("some.library").exception("of a library")


def test_a_line_is_json_with_an_action_and_ids(set_up: SetUp) -> None:
    stream = set_up()
    structlog.get_logger().info("post_fired", post_id=17, customer="acme", state="delivered")
    (line,) = lines(stream)

    assert {key: line[key] for key in ("action", "post_id", "customer", "state", "level")} == {
        "action": "post_fired",
        "post_id": 17,
        "customer": "acme",
        "state": "delivered",
        "level": "info",
    }
    assert set(line) == {"action", "post_id", "customer", "state", "level", "timestamp"}


def test_instants_are_in_utc(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    stream = set_up()
    structlog.get_logger().info("now")
    (line,) = lines(stream)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    assert abs((datetime.now(UTC) - datetime.fromisoformat(line["timestamp"])).total_seconds()) < 60


def test_the_lines_of_libraries_look_the_same(set_up: SetUp) -> None:
    stream = set_up()
    logging.getLogger("some.library").warning("%s of %s", "one", "two")
    (line,) = lines(stream)

    assert (line["action"], line["level"]) == ("one of two", "warning")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_shows_no_local_variable(set_up: SetUp, log_format: str) -> None:
    stream = set_up(log_format)
    log_failures()
    shown = stream.getvalue()

    for action in ("as_exception", "with_exc_info", "with_the_error", "with_its_triple", "of a library"):
        assert action in shown
    assert shown.count("fail_inside") >= 5, "the tracebacks are there"
    assert shown.count("something with 1 keys went wrong") >= 5, "with their causes"
    assert CANARY not in shown


def test_a_traceback_in_json_is_one_line_with_its_frames(set_up: SetUp) -> None:
    stream = set_up()
    log_failures()

    for line in lines(stream):
        (outer, inner) = line["exception"]
        assert (outer["exc_type"], outer["exc_value"]) == ("RuntimeError", "outer")
        assert inner["exc_type"] == "ValueError"
        assert [frame["name"] for frame in outer["frames"]] == ["log_failures", "fail_inside"]
        assert not [frame for frame in (*outer["frames"], *inner["frames"]) if frame.get("locals")]


def test_bound_words_are_on_each_line(set_up: SetUp) -> None:
    stream = set_up()
    with structlog.contextvars.bound_contextvars(feed_id=3):
        structlog.get_logger().info("feed_polled")
        logging.getLogger("some.library").warning("hm")

    assert [line["feed_id"] for line in lines(stream)] == [3, 3]


def test_a_value_that_json_does_not_know_is_written_all_the_same(set_up: SetUp) -> None:
    stream = set_up()
    structlog.get_logger().info("odd", at=datetime(2026, 11, 22, tzinfo=UTC), text="Zażółć 🎉\nsecond line")
    (line,) = lines(stream)

    assert "2026" in line["at"]
    assert line["text"] == "Zażółć 🎉\nsecond line"


@pytest.mark.parametrize(
    ("level", "expected"),
    [("debug", ["d", "i", "w", "e"]), ("info", ["i", "w", "e"]), ("warning", ["w", "e"]), ("error", ["e"])],
)
def test_only_lines_of_the_level_and_above_are_written(
    set_up: SetUp, level: str, expected: list[str]
) -> None:
    stream = set_up(level=level)
    log = structlog.get_logger()
    for action, say in (("d", log.debug), ("i", log.info), ("w", log.warning), ("e", log.error)):
        say(action)

    assert [line["action"] for line in lines(stream)] == expected


@pytest.mark.parametrize(
    "name", ["httpx", "aiohttp.client", "hvac", "urllib3.connectionpool", "hpack.hpack", "sqlalchemy.engine"]
)
def test_libraries_that_could_print_headers_or_rows_stay_quiet_at_debug(set_up: SetUp, name: str) -> None:
    stream = set_up(level="debug")
    logger = logging.getLogger(name)
    logger.debug("header %s", CANARY)
    logger.info("header %s", CANARY)
    logger.warning("heard")

    assert [line["action"] for line in lines(stream)] == ["heard"]


def test_to_set_up_twice_does_not_write_lines_twice(set_up: SetUp) -> None:
    first, second = set_up(), set_up()
    structlog.get_logger().info("once")

    assert first.getvalue() == ""
    assert len(lines(second)) == 1


def test_the_console_is_for_people_and_has_colours_only_on_a_terminal(set_up: SetUp) -> None:
    stream = set_up("console")
    structlog.get_logger().info("post_fired", post_id=17)
    shown = stream.getvalue()

    assert re.match(r"\d{4}-\d\d-\d\d.*\[info *\] post_fired +post_id=17\n$", shown)
    assert "\x1b" not in shown


def test_standard_error_is_where_logs_go(set_up: SetUp, capsys: pytest.CaptureFixture[str]) -> None:
    set_up()
    logs.set_up("json", "info")
    structlog.get_logger().info("hello")
    shown = capsys.readouterr()

    assert shown.out == ""
    assert json.loads(shown.err)["action"] == "hello"
