"""Which URLs an owner may give us to call. The address behind the name is checked again at every connection."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

from pingpilot.domain.event import URL_MAX_CHARS

PORTS = frozenset({80, 443, 8443})
"""Where user-given hosts may listen, so that we are no port scanner."""

_LOCAL_SUFFIXES = ("localhost", "local", "internal", "localdomain", "home.arpa")
_PART_MIN_CHARS = 6
_LABEL = re.compile(r"[^\s!-,/:-@\[-^`{-~]+")
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)

NOT_A_URL = "Enter a full URL such as https://example.com/hook."
TOO_LONG = f"Enter a URL of at most {URL_MAX_CHARS} characters."
USERINFO = "Leave out the name and password before the host; use a secret in the path instead."
_OPERATOR = "unless its operator sets PINGPILOT_ALLOW_PRIVATE_DESTINATIONS=true."
HTTPS_ONLY = (
    f"Enter an https:// URL. This instance sends nothing in clear text and calls no private network, {_OPERATOR}"
)
PORT = "Use port 443, 8443 or 80: this instance calls no other port."
LITERAL = "Enter a host name instead of an IP address."
LOCAL = (
    "Enter a host that is reachable from the internet. "
    f"This instance does not call private or local networks, {_OPERATOR}"
)


def url_issue(url: str) -> str | None:
    """Return what to enter instead of something that is no http(s) URL with a host; None when it is one."""
    if len(url) > URL_MAX_CHARS:
        return TOO_LONG
    parts = _split(url)
    if parts is None:
        return NOT_A_URL
    return USERINFO if "@" in parts.netloc else None


def refusal_of_url(url: str, *, allow_private: bool) -> str | None:
    """Return why this instance does not call a user's URL, or None when it does.

    With ``allow_private`` any http(s) URL is right.
    """
    issue = url_issue(url)
    parts = None if issue else _split(url)
    if parts is None or allow_private:
        return issue
    if parts.scheme != "https":
        return HTTPS_ONLY
    if (parts.port or 443) not in PORTS:
        return PORT
    return _refusal_of_host(parts.hostname or "")


def hidden_in(url: str) -> tuple[str, ...]:
    """Return what must not be shown of a URL that is a secret: the whole, and the longer parts of path and query."""
    parts = re.split(r"[/?&=#]+", url.partition("://")[2])[1:]
    shown = [text for part in parts for text in (part, unquote(part)) if len(text) >= _PART_MIN_CHARS]
    return (url, *shown)


def shown_of(url: str) -> str:
    """Return what may be shown of a URL that is a secret: its host."""
    return f"{url.partition('://')[2].partition('/')[0].partition('?')[0].rpartition('@')[2]}/…"


def _split(url: str) -> SplitResult | None:
    if not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    is_host = "[" in parts.netloc or all(map(_LABEL.fullmatch, (parts.hostname or "").removesuffix(".").split(".")))
    return parts if parts.scheme in {"http", "https"} and parts.hostname and is_host else None


def _refusal_of_host(host: str) -> str | None:
    """Return what is wrong with a host's name.

    A last label that is a number makes an address of any name: ``127.1``, ``0x7f.1``, ``2130706433``, also in
    full-width digits. **Source:** WHATWG URL, "ends in a number".
    """
    labels = host.removesuffix(".").split(".")
    if ":" in host or _NUMBER.fullmatch(labels[-1]) or labels[-1].isnumeric():
        return LITERAL
    if len(labels) == 1 or any(host.removesuffix(".").endswith(f".{suffix}") for suffix in _LOCAL_SUFFIXES):
        return LOCAL
    return None
