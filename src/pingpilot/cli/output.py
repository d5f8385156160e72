"""How results are printed: for people in columns, for scripts as JSON."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

Row = Mapping[str, object]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show(row: Row, *, as_json: bool) -> None:
    """Print one thing: its members below each other, or a JSON object."""
    if as_json:
        click.echo(_json(row))
        return
    width = max(map(len, row), default=0)
    for name, value in row.items():
        click.echo(f"{name.ljust(width)}  {_text(value)}")


def show_all(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print a list: columns with their names above, or a JSON array."""
    if as_json:
        click.echo(_json(rows))
    elif not rows:
        click.echo("Nothing yet.")
    else:
        for line in _columns(rows):
            click.echo(line)


def _columns(rows: Sequence[Row]) -> list[str]:
    names = list(rows[0])
    table = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(names))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    """Write times in UTC, ISO 8601, milliseconds, Z. Source: SPEC section 5."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def _text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _plain(value)
