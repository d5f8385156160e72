"""What a setting's value may be: each takes what was given and returns what is kept, or raises ValueError."""

import re
from ipaddress import ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationInfo

from pingpilot.config.postgresql_address import UnknownParameter, parse_postgresql_address
from pingpilot.config.secret import Secret
from pingpilot.domain.smtp_url import parse_smtp_url

_T = TypeVar("_T")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:]+")


class WrongSetting(ValueError):
    """Says of a value all that is wrong with it: the sentence after the setting's name, without the full stop."""


def lower(value: object) -> object:
    """Ignore the case of a word."""
    return value.strip().lower() if isinstance(value, str) else value


def plan(value: str, info: ValidationInfo) -> str:
    """Take the code of a plan that is in the catalogue."""
    known = info.data.get("plans", ())
    if value.upper() not in known:
        raise WrongSetting(f'is "{value}", but must be one of {", ".join(known)}')
    return value.upper()


def database(value: Secret) -> Secret:
    """Take PostgreSQL's address."""
    try:
        parse_postgresql_address(value.reveal())
    except UnknownParameter as error:
        raise WrongSetting(f'has a parameter "{error}" that PostgreSQL does not know') from error
    return value


def broker(value: Secret, info: ValidationInfo) -> Secret:
    """Take the addresses of NATS servers with commas between them; only where PostgreSQL is common to all."""
    parts = [urlsplit(url) for url in broker_urls(value)]
    if not parts or info.data.get("database_url") is None:
        raise ValueError
    for one in parts:
        if one.scheme not in {"nats", "tls"} or not one.hostname or one.path.strip("/") or one.query or one.port == 0:
            raise ValueError
    return value


def broker_urls(value: Secret) -> list[str]:
    """Return the addresses in a setting that holds several."""
    return [url.strip() for url in value.reveal().split(",") if url.strip()]


def smtp(value: Secret) -> Secret:
    """Take a mail server's address."""
    parse_smtp_url(value.reveal())
    return value


def web(value: str) -> str:
    """Take where people reach an instance: no path, no query."""
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError
    return value.rstrip("/")


def issuer(value: str) -> str:
    """Take an issuer: by https, or on this machine."""
    parts = urlsplit(value)
    is_here = (parts.hostname or "") in _THIS_MACHINE
    if (
        not parts.hostname
        or parts.query
        or parts.fragment
        or parts.scheme not in ({"http", "https"} if is_here else {"https"})
    ):
        raise ValueError
    return value.rstrip("/")


def with_issuer(value: _T, info: ValidationInfo) -> _T:
    """Refuse a setting of the issuer without the issuer, and the other way round."""
    if (value is None) is not (info.data.get("oidc_issuer") is None):
        raise ValueError
    return value


def listed(value: object) -> object:
    """Take several values with commas between them."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def network(value: str) -> str:
    """Take a network, or one address as a network of its own."""
    return str(ip_network(value, strict=False))


def host_name(value: str) -> str:
    """Take a host's name or address, without a port; IPv6 with brackets or without."""
    name = value.lower().removeprefix("[").removesuffix("]")
    if not _HOST_NAME.fullmatch(name):
        raise ValueError
    return name
