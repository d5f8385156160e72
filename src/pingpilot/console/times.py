"""Instants in words: how long ago, and exactly when."""

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_WORDS_END_AFTER = timedelta(days=7)


def relative(instant: datetime, now: datetime) -> str:
    """Return an instant relative to now, up to a week away; beyond that its date. The page's script says the same."""
    age = now - instant
    if abs(age) > _WORDS_END_AFTER:
        return date(instant, now)
    if -_MINUTE < age < _MINUTE:
        return "just now" if age >= timedelta(0) else f"in {max(1, int(-age.total_seconds()))} s"
    return f"in {_span(-age)}" if age < timedelta(0) else f"{_span(age)} ago"


def date(instant: datetime, now: datetime) -> str:
    """Return a day in the instant's own time zone; the year only where it is another one."""
    year = "" if instant.year == now.astimezone(instant.tzinfo).year else f" {instant.year}"
    return f"{instant.day} {instant:%b}{year}"


def exact(instant: datetime) -> str:
    """Return the whole instant in its own time zone: ``Mon 23 Nov 2026, 14:05:09 CET``."""
    return f"{instant:%a} {instant.day} {instant:%b %Y, %H:%M:%S %Z}"


def _span(age: timedelta) -> str:
    if age < _HOUR:
        return f"{age // _MINUTE} min"
    if age < _DAY:
        return f"{age // _HOUR} h"
    return f"{age // _DAY} d"
