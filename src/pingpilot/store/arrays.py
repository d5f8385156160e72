"""Rows on their way to PostgreSQL: one array per column, beside a statement that the server has prepared.

The driver writes an array value by value, and Django's cursor puts all values into the text of the statement, which the
server then parses anew each time; on the path of an event both together cost several times what is done here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg

Row = Sequence[Any]

BEHIND_MS = 60_000
"""An event's deliveries get their ids in one go with its own, right behind it; this is a thousand times enough."""
_END = re.compile(r":(?:first|last|after)\b")
_BOOLEANS = {None: "NULL", True: "t", False: "f"}


def run(
    driver: "psycopg.Connection[Any]", statement: str, columns: Mapping[str, str], rows: Sequence[Row]
) -> list[Any]:
    """Run a statement that reads ``v`` and return the rows it gives; ``columns`` maps names to types."""
    with psycopg.Cursor(driver) as cursor:
        cursor.execute(*_asked(statement, columns, rows))
        return cursor.fetchall() if cursor.description is not None else []


def written(
    driver: "psycopg.Connection[Any]", statement: str, columns: Mapping[str, str], rows: Sequence[Row]
) -> dict[str, str]:
    """Return an entry for Django's log of statements, with the values in it."""
    with psycopg.ClientCursor(driver) as cursor:
        return {"sql": cursor.mogrify(*_asked(statement, columns, rows)), "time": ""}


def _asked(statement: str, columns: Mapping[str, str], rows: Sequence[Row]) -> tuple[str, list[str]]:
    """Return the statement as the server gets it, and its parameters."""
    whole, ends = _whole(statement, tuple(columns.items()))
    return whole, [*_arrays(columns, rows), *(_ends(ends, rows) if ends else ())]


def _ends(names: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Return the ids that the statement calls so, in the order in which it does."""
    ids = [row[0] for row in rows]
    first, last = str(min(ids)), str(max(ids))
    after = f"{(int(last.replace('-', '')[:12], 16) + BEHIND_MS):012x}".ljust(32, "f")
    ends = {":first": first, ":last": last, ":after": after}
    return [ends[name] for name in names]


def _arrays(columns: Mapping[str, str], rows: Sequence[Row]) -> list[str]:
    return [_array(kind, values) for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)]


@lru_cache(maxsize=128)
def _whole(statement: str, columns: Sequence[tuple[str, str]]) -> tuple[str, Sequence[str]]:
    names, arrays = ", ".join(name for name, _ in columns), ", ".join(f"%s::{kind}[]" for _, kind in columns)
    whole = f"WITH v({names}) AS (SELECT * FROM unnest({arrays})) {_END.sub('%s::uuid', statement)}"
    return whole, _END.findall(statement)


def _array(kind: str, values: Sequence[Any]) -> str:
    """Return the literal of an array. **Source:** PostgreSQL, section 8.15.6."""
    return "{" + ",".join(map(_WRITTEN.get(kind, _text), values)) + "}"


def _text(value: str | None) -> str:
    return "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(value: bytes | None) -> str:
    return "NULL" if value is None else f'"\\\\x{value.hex()}"'


def _plain(value: object) -> str:
    return "NULL" if value is None else str(value)


def _instant(value: datetime | None) -> str:
    return "NULL" if value is None else value.isoformat()


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "bytea": _bytes,
    "bigint": _plain,
    "smallint": _plain,
    "integer": _plain,
    "boolean": _BOOLEANS.__getitem__,
    "timestamptz": _instant,
    "uuid": _plain,
}
"""How values of a type are written whose text never holds what an array is built of; ids are ours."""
