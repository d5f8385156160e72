"""A call as the bytes of an HTTP/1.1 request, and where they go."""

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

from yarl import URL

from pingpilot.domain.url import refusal_of_url
from pingpilot.domain.wire import Call

URLS_MAX = 2_048
"""URLs whose reading is remembered."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads; ``lines`` begins the request: the rest of its first line, and the headers it asks for."""

    host: str
    port: int
    is_tls: bool
    lines: str
    login: str


@lru_cache(maxsize=URLS_MAX)
def is_refused(url: str) -> bool:
    """Tell whether a user's URL is one that this instance does not call, whatever its host's address is."""
    return refusal_of_url(url, allow_private=False) is not None


@lru_cache(maxsize=URLS_MAX)
def target_of(url: str) -> Target:
    """Read a URL; raises ValueError where it is none that can be called."""
    parsed = URL(url)
    host, port = parsed.raw_host, parsed.port
    if parsed.scheme not in {"http", "https"} or not host or not port:
        raise ValueError("not an http(s) URL")
    login = "" if parsed.raw_user is None else f"{parsed.user or ''}:{parsed.password or ''}"
    path = parsed.raw_path_qs or "/"
    # Several dots at the end of a name mean the same as one.
    name = host.rstrip(".") + "." if host.endswith("..") else host
    return Target(
        host=name,
        port=port,
        is_tls=parsed.scheme == "https",
        lines=f" {path} HTTP/1.1\r\nHost: {parsed.host_port_subcomponent}",
        login=f"Basic {b64encode(login.encode()).decode()}" if login else "",
    )


def request_of(call: Call, target: Target, user_agent: str) -> bytes:
    """Return the whole request; raises ValueError where it cannot be written."""
    lines = [f"{call.method}{target.lines}", *[f"{name}: {value}" for name, value in call.headers.items()]]
    lines += _ours(tuple(call.headers), user_agent)
    if target.login and not any(name.lower() == "authorization" for name in call.headers):
        lines.append(f"Authorization: {target.login}")
    if call.body or call.method != "GET":
        lines.append(f"Content-Length: {len(call.body)}")
    head = "\r\n".join(lines)
    breaks = len(lines)  # the target has one of its own
    if head.count("\n") != breaks or head.count("\r") != breaks or "\0" in head:
        raise ValueError("a line break in a line")
    return f"{head}\r\n\r\n".encode() + call.body


@lru_cache(maxsize=256)
def _ours(names: tuple[str, ...], user_agent: str) -> tuple[str, ...]:
    """Return the headers that we add where a call does not bring its own."""
    given = {name.lower() for name in names}
    ours = {"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "identity"}
    return tuple(f"{name}: {value}" for name, value in ours.items() if name.lower() not in given)
