"""PostgreSQL's address, as an operator gives it: one host or several, and what else libpq understands.

Source: PostgreSQL's manual, libpq, "Connection URIs" and "Parameter Key Words".
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from pingpilot.config.late import Late

SCHEMES = frozenset({"postgresql", "postgres"})
PORT_MAX = 65_535

_conninfo, _psycopg = Late("psycopg.conninfo"), Late("psycopg")
"""An instance that keeps all in SQLite asks for neither."""
_UNKNOWN = re.compile(r'invalid URI query parameter: "(\w+)"')


class UnknownParameter(ValueError):
    """The address has a parameter that libpq does not know; its text is the parameter's name."""


def parse_postgresql_address(url: str) -> Mapping[str, str]:
    """Return the parameters of an address by libpq's names; several hosts and ports have commas between them.

    Raises ValueError, without a word of the address but the name of a parameter that nobody knows.
    """
    if urlsplit(url).scheme not in SCHEMES:
        raise ValueError("not an address of PostgreSQL")
    try:
        given: dict[str, str] = _conninfo.conninfo_to_dict(url)
    except _psycopg.ProgrammingError as error:
        unknown = _UNKNOWN.search(str(error))
        raise (UnknownParameter(unknown[1]) if unknown else ValueError("not an address")) from None
    ports = given.get("port", "").split(",")
    if not given.get("dbname") or not all(map(_is_port, ports)):
        raise ValueError("no name of a database, or a wrong port")
    return given


def _is_port(text: str) -> bool:
    """Tell whether libpq can take it; nothing means the usual one."""
    return not text or (text.isdecimal() and 0 < int(text) <= PORT_MAX)
