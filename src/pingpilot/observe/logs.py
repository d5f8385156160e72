"""Where log lines go and what they look like: JSON for machines, readable on a terminal."""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from pingpilot.observe.redaction import redact

Logger = FilteringBoundLogger

_QUIET = {
    "django.request": logging.ERROR,
    "django.security": logging.CRITICAL,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "asyncio": logging.WARNING,
    "fido2.server": logging.WARNING,
    "stripe": logging.WARNING,
}
"""Loggers whose lines hold paths, which may hold one-time tokens; that say what any client can make them say, with
tracebacks; or that say little. Those of fido2 name passkeys, those of Stripe customers.
"""


def configure(format_name: str = "auto", level: str = "info", stream: TextIO = sys.stderr) -> None:
    """Send every log line, ours and the libraries', to one stream from a level on. Call once, at start.

    ``format_name``: ``json``, ``text``, or ``auto`` for text on a terminal and JSON elsewhere.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    is_text = format_name == "text" or (format_name == "auto" and stream.isatty())
    chain = _chain()
    structlog.configure(
        processors=[*chain, *_ending(stream, is_text=is_text)],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _Forgiving(stream))),
        cache_logger_on_first_use=True,
    )
    _route_libraries(stream, least, chain, is_text=is_text)


def get_logger(name: str = "", **bound: object) -> Logger:
    """Return a logger; its name and ``bound`` values stand in each of its lines.

    A line below the level costs next to nothing. The set-up in force at a logger's first line is the one it keeps.
    """
    named = {"module": name} if name else {}
    return cast("Logger", structlog.get_logger(**named, **bound))


class _Forgiving:
    """A stream whose lines may be lost: whoever reports that the disk is full must not fail because it is.

    The libraries' lines need none: their handlers forgive by themselves.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _chain() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]


def _ending(stream: TextIO, *, is_text: bool) -> list[Processor]:
    if is_text:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
    return [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]


def _route_libraries(stream: TextIO, least: int, chain: Sequence[Processor], *, is_text: bool) -> None:
    handler = logging.StreamHandler(stream)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *chain],
            processors=[remove_meta, *_ending(stream, is_text=is_text)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(least, logging.INFO))
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, quiet))
