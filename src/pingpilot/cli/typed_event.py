"""An event as it is typed on the command line, written as JSON."""

import json
import re
from collections.abc import Iterable, Mapping

import click

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
"""Source: RFC 8259 section 6."""

fields_option = click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A field; may be given many times."
)


def body(members: Mapping[str, str | None], fields: Iterable[str]) -> bytes:
    """Write the JSON by hand where numbers must stay as they were typed: 99.90 is not 99.9.

    Members that are None are left out. Raises click.BadParameter for a field that is not NAME=VALUE.
    """
    written = [f'"{name}":{json.dumps(value)}' for name, value in members.items() if value is not None]
    pairs = [_field(text) for text in fields]
    if pairs:
        written.append(f'"fields":{{{",".join(pairs)}}}')
    return f"{{{','.join(written)}}}".encode()


def _field(text: str) -> str:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f'"{text}" is not NAME=VALUE.', param_hint="--field")
    if value in {"true", "false"} or _NUMBER.fullmatch(value):
        return f"{json.dumps(name)}:{value}"
    is_quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    return f"{json.dumps(name)}:{json.dumps(value[1:-1] if is_quoted else value)}"
