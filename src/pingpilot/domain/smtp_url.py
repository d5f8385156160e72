"""Read ``PINGPILOT_SMTP_URL``: where mail is handed in, and how safely."""

from dataclasses import dataclass, field
from typing import Never
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pingpilot.domain.errors import ConfigurationError

_PORTS = {"smtp": 587, "smtps": 465}
"""Source: RFC 8314."""
_LOOPBACK_PORT = 25
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server.

    ``is_tls``: TLS from the first byte. ``starttls``: True requires the upgrade, False leaves it out, None takes it
    where the server offers it; an upgrade that was begun and fails is never followed by clear text.
    """

    host: str
    port: int
    is_tls: bool
    starttls: bool | None
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def parse_smtp_url(url: str) -> SmtpServer:
    """Return the server that ``smtp://[user:password@]host[:port][?starttls=required]`` or ``smtps://…`` names.

    Credentials never travel in clear text, but to this machine. Raises ConfigurationError with what to write instead;
    the sentence does not repeat the URL.
    """
    parts, port = _split(url)
    is_tls = parts.scheme == "smtps"
    host = parts.hostname or ""
    is_required = _is_starttls_required(parts)
    if is_tls and is_required:
        _refuse("leave out ?starttls=required: smtps:// encrypts from the first byte")
    is_loopback = host in _LOOPBACK
    return SmtpServer(
        host=host,
        port=port or (_LOOPBACK_PORT if is_loopback and not is_tls else _PORTS[parts.scheme]),
        is_tls=is_tls,
        starttls=not is_tls and _starttls(is_loopback, is_required or (bool(parts.username) and not is_loopback)),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _starttls(is_loopback: bool, is_required: bool) -> bool | None:
    if is_required:
        return True
    return False if is_loopback else None


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        _refuse("the port must be a number from 1 to 65535, and an IPv6 address stands in [brackets]")
    if parts.scheme not in _PORTS:
        _refuse("start it with smtp:// or smtps://, for example smtp://user:password@mail.example.com:587")
    if not parts.hostname or any(char.isspace() for char in parts.hostname):
        _refuse("name the mail server after //, for example smtp://mail.example.com:587")
    if parts.path.strip("/") or parts.fragment:
        _refuse("only ?starttls=required may follow the port; in a password write /, # and @ as %2F, %23 and %40")
    if bool(parts.username) != bool(parts.password):
        _refuse("give both a user name and a password, or neither")
    return parts, port


def _is_starttls_required(parts: SplitResult) -> bool:
    options = parse_qs(parts.query, keep_blank_values=True)
    if options and options != {"starttls": ["required"]}:
        _refuse("the only option is ?starttls=required")
    return bool(options)


def _refuse(advice: str) -> Never:
    raise ConfigurationError(f"PINGPILOT_SMTP_URL is wrong: {advice}.")
