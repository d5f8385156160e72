"""Rows on their way to PostgreSQL: one array per column, beside a statement that the server has prepared.

The driver writes an array value by value, and Django's cursor puts all values into the text of the statement, which the
server then parses anew each time; on the path of an event both together cost several times what is done here. Arrays
travel in the server's own binary form, so that it has nothing to read: only to copy.
"""

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format, PipelineStatus

Row = Sequence[Any]
Rows = Callable[[], list[Any]]
"""Waits for the rows that a statement gives, and returns them."""

BEHIND_MS = 60_000
"""An event's deliveries get their ids in one go with its own, right behind it; this is a thousand times enough."""
_END = re.compile(r":(?:first|last|after)\b")
_GIVES_ROWS = re.compile(r"\s*SELECT\b|.*\bRETURNING\b", re.DOTALL)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""From which PostgreSQL counts. Source: its manual, "Date/Time Types"."""
_MICROSECOND = timedelta(microseconds=1)


class _Packed(bytes):
    """A parameter as the server takes it."""

    __slots__ = ()


class _AsItIs(Dumper):
    """Hands a parameter on; its type is what the statement says of it."""

    format = Format.BINARY

    def dump(self, obj: _Packed) -> bytes:
        """Return it."""
        return obj


psycopg.adapters.register_dumper(_Packed, _AsItIs)


def begin(driver: "psycopg.Connection[Any]", statement: str, columns: Mapping[str, str], rows: Sequence[Row]) -> Rows:
    """Run a statement that reads ``v`` and return what gives its rows; ``columns`` maps names to types.

    Where the connection is in pipeline mode nothing is waited for but rows, when they are asked for.
    """
    cursor = psycopg.Cursor(driver)
    cursor.execute(*_asked(statement, columns, rows))
    gives_rows = _gives_rows(statement)
    if not gives_rows or driver.pgconn.pipeline_status == PipelineStatus.OFF:
        with closing(cursor):
            found = cursor.fetchall() if gives_rows else []
        return lambda: found

    def fetched() -> list[Any]:
        with closing(cursor):
            return cursor.fetchall()

    return fetched


def written(
    driver: "psycopg.Connection[Any]", statement: str, columns: Mapping[str, str], rows: Sequence[Row]
) -> dict[str, str]:
    """Return an entry for Django's log of statements, with the values in it."""
    whole, ends = _whole(statement, tuple(columns.items()))
    given = [list(values) for values in zip(*rows, strict=True)]
    with psycopg.ClientCursor(driver) as cursor:
        return {"sql": cursor.mogrify(whole, [*given, *(_ends(ends, rows) if ends else ())]), "time": ""}


def _asked(statement: str, columns: Mapping[str, str], rows: Sequence[Row]) -> tuple[str, list[_Packed | str]]:
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


def _arrays(columns: Mapping[str, str], rows: Sequence[Row]) -> list[_Packed]:
    return [_array(kind, values) for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)]


@lru_cache(maxsize=256)
def _gives_rows(statement: str) -> bool:
    return _GIVES_ROWS.match(statement) is not None


@lru_cache(maxsize=128)
def _whole(statement: str, columns: Sequence[tuple[str, str]]) -> tuple[str, Sequence[str]]:
    names, arrays = ", ".join(name for name, _ in columns), ", ".join(f"%s::{kind}[]" for _, kind in columns)
    whole = f"WITH v({names}) AS (SELECT * FROM unnest({arrays})) {_END.sub('%s::uuid', statement)}"
    return whole, _END.findall(statement)


def _array(kind: str, values: Sequence[Any]) -> _Packed:
    """Return an array of one dimension in the server's binary form.

    **Source:** PostgreSQL's ``array_recv``: dimensions, whether any is null, the elements' type, then of the dimension
    its length and first index; each element with its length before it, -1 where it is null.
    """
    number, packed = _KINDS[kind]
    if values.count(values[0]) == len(values):  # often: the events of a moment have much in common
        elements = _element(packed, values[0]) * len(values)
    elif kind == "uuid" and None not in values:
        elements = bytes.fromhex("00000010" + "00000010".join(map(_hex, values)))
    else:
        elements = b"".join([_element(packed, value) for value in values])
    return _Packed(_HEAD.pack(1, None in values, number, len(values), 1) + elements)


def _element(packed: Callable[[Any], bytes], value: object) -> bytes:
    if value is None:
        return _NULL
    data = packed(value)
    return len(data).to_bytes(4, "big") + data


_HEAD = struct.Struct(">iiIii")
_NULL = b"\xff\xff\xff\xff"
_BIGINT, _INTEGER, _SMALLINT = struct.Struct(">q").pack, struct.Struct(">i").pack, struct.Struct(">h").pack


def _hex(value: UUID | str) -> str:
    return value.replace("-", "") if isinstance(value, str) else value.hex


def _uuid(value: UUID | str) -> bytes:
    return bytes.fromhex(_hex(value))


def _instant(value: datetime) -> bytes:
    return _BIGINT((value - _EPOCH) // _MICROSECOND)


_KINDS: Mapping[str, tuple[int, Callable[[Any], bytes]]] = {
    "boolean": (16, lambda value: b"\x01" if value else b"\x00"),
    "bytea": (17, bytes),
    "bigint": (20, _BIGINT),
    "smallint": (21, _SMALLINT),
    "integer": (23, _INTEGER),
    "text": (25, str.encode),
    "timestamptz": (1184, _instant),
    "uuid": (2950, _uuid),
}
"""The number of a type, and its binary form. **Source:** PostgreSQL's ``pg_type.dat``, and the ``recv`` of each."""
