"""A handler for `logging`: what is logged becomes events; a flood becomes a few, each with its count."""

import functools
import logging
import os
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pingpilot_client.background import EXIT_TIMEOUT_S, Background
from pingpilot_client.event import DESCRIPTION_MAX, FIELD_TEXT_MAX, Event, FieldValue, Severity, cut

WINDOW_S = 60.0
GROUPS_MAX = 1_000
OWN = "pingpilot_client"
"""The logger of this package; what it has to say is not sent, or it would never end."""
_PLACEHOLDER = re.compile(r"%(\(\w+\))?[^a-zA-Z%]*[a-zA-Z%]")
_WORD = re.compile(r"[^\W\d_]{3}")
_Key = tuple[str, int, str, type[BaseException] | None]


@dataclass(slots=True)
class _Group:
    """Equal records: the first was sent, ``more`` came after it; from ``until`` on the next counts anew."""

    first: logging.LogRecord
    message: str
    until: float
    more: int = 0


class PingPilotHandler(logging.Handler):
    """Sends records as events of one category, from the background: costs some microseconds, never waits or raises.

    The first of equal records is sent at once. Those that follow within ``window`` seconds are counted, and the count
    is sent at the window's end. Records are equal when logger, level, the text before its values are filled in, and the
    type of the exception are the same (a text that is hardly more than ``%s`` counts with its values).

    ERROR and above become ``critical``, WARNING ``warning``, all else ``info``. ``extra``: names of attributes that you
    log with ``extra={…}`` and want as fields. ``fields`` come with every event.
    """

    def __init__(
        self,
        category: str = "log",
        *,
        background: Background | None = None,
        level: int | str = logging.WARNING,
        window: float = WINDOW_S,
        fields: Mapping[str, FieldValue] | None = None,
        extra: Sequence[str] = (),
    ) -> None:
        """Take the category, which must exist; raise InvalidEvent for one that cannot."""
        super().__init__(level)
        Event(category, fields=fields or {}).check()
        self.background = background or Background()
        self._category, self._window = category, window
        self._fields, self._extra = dict(fields or {}), tuple(extra)
        self._groups: dict[_Key, _Group] = {}
        self._process = os.getpid()
        self.background.every_second(self._tick)

    def handle(self, record: logging.LogRecord) -> bool:
        """Have a record sent, but none of our own: who flushes holds the lock, and waits for who logged it."""
        return record.name != OWN and bool(super().handle(record))

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record sent, or count it."""
        if self._process != os.getpid():  # after a fork: what was counted before is the parent's to say
            self._groups, self._process = {}, os.getpid()
        try:
            self._take(record)
        except Exception:  # noqa: BLE001 - logging never raises
            self.handleError(record)

    def flush(self) -> None:
        """Send what was counted and all that waits, for ten seconds at most."""
        with self._locked(wait=True):
            self._close_windows(None)
        self.background.flush(EXIT_TIMEOUT_S)

    def close(self) -> None:
        """Send what waits, and take nothing more."""
        self.flush()
        super().close()

    def _take(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        text = record.msg if isinstance(record.msg, str) else str(record.msg)
        error = record.exc_info[0] if record.exc_info else None
        key = (record.name, record.levelno, text if _is_telling(text) else message, error)
        group = self._groups.get(key)
        if group is not None and record.created < group.until:
            group.more += 1
            return
        if group is not None:
            self._say(self._groups.pop(key))
        elif len(self._groups) >= GROUPS_MAX:
            self._say(self._groups.pop(next(iter(self._groups))))
        if self.formatter is not None:
            message = self.format(record)
        self._groups[key] = _Group(record, message, record.created + self._window)
        self.background.put(functools.partial(self._event, record, message, 0))

    def _tick(self) -> None:
        """Close the windows that are over, unless somebody is logging at this moment."""
        with self._locked(wait=False) as is_mine:
            if is_mine:
                self._close_windows(datetime.now(UTC).timestamp())

    def _close_windows(self, now: float | None) -> None:
        """Say what was counted in windows that are over, or in all; one in which much happened begins anew."""
        for key, group in list(self._groups.items()):
            if now is not None and group.until > now:
                continue
            if group.more and now is not None:
                group.until = now + self._window
            else:
                del self._groups[key]
            self._say(group)

    def _say(self, group: _Group) -> None:
        if group.more:
            self.background.put(functools.partial(self._event, group.first, group.message, group.more))
            group.more = 0

    def _event(self, record: logging.LogRecord, message: str, more: int) -> Event:
        """Make the event of a record; runs in the background, and does not raise."""
        fields: dict[str, FieldValue] = {
            "level": record.levelname,
            "logger": record.name,
            "where": f"{record.filename}:{record.lineno} in {record.funcName}",
            **self._fields,
            **{name: _value(record.__dict__[name]) for name in self._extra if name in record.__dict__},
        }
        at = datetime.fromtimestamp(record.created, UTC)
        if more:
            message, at = f"{more} more like this: {message}", datetime.now(UTC)
            fields["count"] = more
        elif record.exc_info and self.formatter is None:
            message = _with_traceback(message, record)
        clean = {
            cut(name, 100): cut(value, FIELD_TEXT_MAX) if isinstance(value, str) else value
            for name, value in fields.items()
        }
        return Event(self._category, cut(message, DESCRIPTION_MAX), clean, _severity(record.levelno), at)

    def _locked(self, *, wait: bool) -> "_Locked":
        return _Locked(self, wait=wait)


class _Locked:
    """The handler's own lock, waited for or not; who enters hears whether it was had."""

    def __init__(self, handler: logging.Handler, *, wait: bool) -> None:
        self._lock, self._wait, self._is_mine = handler.lock, wait, False

    def __enter__(self) -> bool:
        self._is_mine = self._lock is not None and self._lock.acquire(blocking=self._wait)
        return self._is_mine

    def __exit__(self, *_: object) -> None:
        if self._is_mine and self._lock is not None:
            self._lock.release()


@functools.lru_cache(1_024)
def _is_telling(text: str) -> bool:
    """Tell whether a text says something without its values."""
    return _WORD.search(_PLACEHOLDER.sub("", text)) is not None


def _severity(level: int) -> Severity:
    if level >= logging.ERROR:
        return "critical"
    return "warning" if level >= logging.WARNING else "info"


def _with_traceback(message: str, record: logging.LogRecord) -> str:
    """Return the message and the end of the traceback, which says most."""
    if not record.exc_info or record.exc_info[0] is None:
        return message
    trace = "".join(traceback.format_exception(*record.exc_info)).rstrip()
    room = DESCRIPTION_MAX - min(len(message), DESCRIPTION_MAX // 2) - 4
    return f"{cut(message, DESCRIPTION_MAX // 2)}\n\n{trace if len(trace) <= room else '…' + trace[1 - room :]}"


def _value(value: object) -> FieldValue:
    if isinstance(value, bool | int) or (isinstance(value, float) and value - value == 0):
        return value
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - somebody else's `__str__`, and logging never raises
        return f"<{type(value).__name__}>"
