"""Logs: a stable action word and ids, for a person at a terminal or as JSON for a machine.

Tracebacks never show local variables, and libraries that could print headers stay quiet.
"""

import logging
import sys
from datetime import datetime
from typing import Any, Literal

import structlog

QUIET = (
    "aiohttp",
    "alembic",
    "apscheduler",
    "asyncio",
    "filelock",
    "hpack",
    "httpcore",
    "httpx",
    "hvac",
    "sqlalchemy",
    "urllib3",
)


def set_up(log_format: Literal["console", "json"], level: str, stream: Any = None) -> None:
    """Send all logs to `stream` (standard error by default)."""
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(log_format, colours=stream.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that finds one running is no news
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _renderers(log_format: Literal["console", "json"], *, colours: bool) -> list[Any]:
    if log_format == "json":
        without_locals = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(without_locals),
            structlog.processors.EventRenamer("action"),
            structlog.processors.JSONRenderer(default=_as_json),
        ]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain, pad_event_to=22)]


def _as_json(value: Any) -> str:
    """What JSON has no type for: instants as ISO 8601, the rest as Python shows it."""
    return value.isoformat() if isinstance(value, datetime) else repr(value)
