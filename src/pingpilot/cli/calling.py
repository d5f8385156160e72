"""Calls from the command line to a running PingPilot: with the key, within a time, and again where that may help.

Plain `http.client` beneath `urllib`, and nothing else: a command that is run by the minute must be there at once.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pingpilot import __version__
from pingpilot.config import world
from pingpilot.domain.errors import ConfigurationError

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_S = 10.0
PAUSES_S = (0.5, 1.5)
"""Before the second and the third try, unless the server names a time."""
RETRY_AFTER_MAX_S = 10.0
"""A server that asks for a longer wait is not waited for."""
PASSING = frozenset({408, 502, 503, 504})
"""Statuses that another try may cure. Source: RFC 9110 section 15."""


class Unreached(Exception):
    """There was no answer; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_accepted(self) -> bool:
        """Tell whether the call did what it was to do."""
        return 200 <= self.status < 300

    @property
    def members(self) -> dict[str, Any]:
        """Return the JSON object of the answer; empty where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class _StaysHere(HTTPRedirectHandler):
    """Follows nobody elsewhere: the key is for one address, and a POST would arrive as a GET."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls where. ``tries``: how often at most; ``sleep`` waits in between."""

    url: str
    key: str = field(repr=False)
    timeout_s: float = TIMEOUT_S
    pauses_s: tuple[float, ...] = PAUSES_S
    sleep: Callable[[float], None] = time.sleep

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a body, each try under the same idempotency key; raise Unreached when nobody answers."""
        once = {"Idempotency-Key": world.entropy(16).hex(), "Content-Type": "application/json"}
        return self._call("POST", path, body, {**once, **(headers or {})})

    def get(self, path: str) -> Reply:
        """Ask for something; raise Unreached when nobody answers."""
        return self._call("GET", path, None, {})

    def _call(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        for pause in self.pauses_s:
            try:
                reply = self._try(method, path, body, headers)
            except Unreached:
                wait: float | None = pause
            else:
                wait = _pause_after(reply, pause)
                if wait is None:
                    return reply
            self.sleep(wait or 0)
        return self._try(method, path, body, headers)

    def _try(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        own = {"Authorization": f"Bearer {self.key}", "User-Agent": f"pingpilot/{__version__}"}
        try:
            request = Request(self.url + path, body, {**own, **headers}, method=method)  # noqa: S310 - scheme checked
            with build_opener(_StaysHere).open(request, timeout=self.timeout_s) as reply:
                return Reply(reply.status, _lower(reply.headers), reply.read())
        except HTTPError as error:
            with error:
                return Reply(error.code, _lower(error.headers), error.read())
        except (HTTPException, OSError, ValueError) as error:  # URLError is an OSError
            raise Unreached(f"{self.url} does not answer ({getattr(error, 'reason', error)}).") from error


def caller(url: str | None, key: str | None, timeout_s: float = TIMEOUT_S) -> Caller:
    """Return who calls, by the options or the environment; raise ConfigurationError."""
    environment = world.environment()
    address = (url or environment.get("PINGPILOT_URL") or DEFAULT_URL).rstrip("/")
    if urlsplit(address).scheme not in {"http", "https"}:
        raise ConfigurationError("PINGPILOT_URL must be an address like https://pings.example.com.")
    given = (key or environment.get("PINGPILOT_API_KEY") or "").strip()
    if not given:
        raise ConfigurationError(
            "There is no API key. Set PINGPILOT_API_KEY to the key on the dashboard's API Key page."
        )
    return Caller(address, given, timeout_s)


def refusal(reply: Reply) -> str:
    """Return the server's own words: its message, or each issue where there are some, and its hint."""
    found = reply.members
    if not found:
        return f"The server answered {reply.status}. Is this PingPilot?"
    issues = [_issue(issue) for issue in found.get("errors") or ()]
    said = issues or [str(found.get("message", reply.status))]
    said += [str(found[name]) for name in ("eventId", "hint") if found.get(name)]
    said += [f"It repeats {found['repeatOf']}: counted, not delivered again."] if found.get("repeatOf") else []
    return "\n".join(said)


def _pause_after(reply: Reply, pause_s: float) -> float | None:
    """Return how long to wait before the next try; None when that would not help."""
    if reply.status not in PASSING:
        return None
    asked = reply.headers.get("retry-after", "")
    wait_s = max(pause_s, float(asked)) if asked.isascii() and asked.isdigit() else pause_s
    return wait_s if wait_s <= RETRY_AFTER_MAX_S else None


def _issue(issue: object) -> str:
    if not isinstance(issue, dict):
        return str(issue)
    where = ".".join(map(str, issue.get("path") or ()))
    return f"{where}: {issue.get('message')}" if where else str(issue.get("message"))


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
