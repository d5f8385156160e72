"""The calls of the API as values, and when one is tried again: what the sync and the async client have in common."""

import os
import random
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from pingpilot_client.answers import Reply
from pingpilot_client.errors import ConfigurationError, InvalidEvent
from pingpilot_client.event import Event

DEFAULT_URL = "http://127.0.0.1:8000"
WAIT_MAX_S = 30
BATCH_MAX, BATCH_MAX_BYTES = 1_000, 5 * 1024 * 1024
"""Source: PingPilot's API reference."""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another try may cure."""
FINAL_CODES = frozenset({"delivery_failed", "quota_reached"})
"""…unless the server says that it will not."""
FIRST_PAUSE_S, PAUSE_MAX_S = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``wait_s`` is how long the server is asked to take, beyond the usual time for an answer."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0


@dataclass(frozen=True, slots=True)
class Access:
    """Whom to call, and as whom."""

    url: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, api_key: str | None, url: str | None) -> "Access":
        """Return what was given, or stands in the environment; raise ConfigurationError."""
        address = (url or os.environ.get("PINGPILOT_URL") or DEFAULT_URL).strip().rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
            raise ConfigurationError("PINGPILOT_URL must be an address like https://pings.example.com")
        key = (api_key or os.environ.get("PINGPILOT_API_KEY") or "").strip()
        if not key:
            raise ConfigurationError(
                "There is no API key. Set PINGPILOT_API_KEY to the key on the dashboard's API Key page"
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ConfigurationError("The API key holds characters that no key has; copy it again")
        return cls(address, key)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events of a larger number as one call; ``indexes`` are their places among all."""

    call: Call
    indexes: Sequence[int]


def send(event: Event, wait: float | None, idempotency_key: str | None) -> Call:
    """Return the call that sends an event; raise InvalidEvent or ValueError."""
    event.check()
    headers = _once(idempotency_key)
    if wait is None:
        return Call("POST", "/api/v1/event", event.to_json(), headers)
    if not 1 <= wait <= WAIT_MAX_S:
        raise ValueError(f"wait must be from 1 to {WAIT_MAX_S} seconds")
    return Call("POST", "/api/v1/event", event.to_json(), {**headers, "Prefer": f"wait={int(wait)}"}, wait)


def batches(bodies: Iterable[tuple[int, bytes]]) -> Iterator[Batch]:
    """Yield the calls that send many events, each within the server's bounds."""
    indexes, lines, size = list[int](), list[bytes](), 0
    for index, body in bodies:
        if lines and (len(lines) >= BATCH_MAX or size + len(body) + 1 > BATCH_MAX_BYTES):
            yield batch(lines, indexes)
            indexes, lines, size = [], [], 0
        indexes.append(index)
        lines.append(body)
        size += len(body) + 1
    if lines:
        yield batch(lines, indexes)


def batch(lines: Sequence[bytes], indexes: Sequence[int]) -> Batch:
    """Return the call that sends these events together. An array, since one line alone would be taken as one event."""
    return Batch(Call("POST", "/api/v1/events", b"[" + b",".join(lines) + b"]", _once(None)), tuple(indexes))


def sorted_out(events: Iterable[Event]) -> tuple[list[tuple[int, bytes]], dict[int, InvalidEvent]]:
    """Return what can be sent, each with its index, and why the others cannot."""
    good, bad = list[tuple[int, bytes]](), dict[int, InvalidEvent]()
    for index, event in enumerate(events):
        if issues := event.issues():
            bad[index] = InvalidEvent(issues)
        else:
            good.append((index, event.to_json()))
    return good, bad


def receipt(event_id: str) -> Call:
    """Return the call that asks what became of an event."""
    return Call("GET", f"/api/v1/events/{quote(event_id, safe='')}")


QUOTA = Call("GET", "/api/v1/quota")


def pause_before(number: int, reply: Reply | None) -> float | None:
    """Return how long to wait before the try of that number (from 1); None when another would not help.

    ``reply`` is None when there was no answer. Pauses double, are spread so that many clients do not come together,
    and are no shorter than the server asks; one that asks for more than half a minute is not waited for.
    """
    longest = min(PAUSE_MAX_S, FIRST_PAUSE_S * 2.0 ** min(number - 1, 10))
    pause = longest * (0.5 + random.random() / 2)  # noqa: S311 - nothing is guarded by it
    if reply is None:
        return pause
    if reply.status not in PASSING or reply.members.get("code") in FINAL_CODES:
        return None
    asked = reply.retry_after_s or 0
    return None if asked > PAUSE_MAX_S else max(pause, asked)


def _once(idempotency_key: str | None) -> dict[str, str]:
    """Return the headers under which a call may be repeated without being counted twice."""
    return {"Content-Type": "application/json", "Idempotency-Key": idempotency_key or uuid.uuid4().hex}
