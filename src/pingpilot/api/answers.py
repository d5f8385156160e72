"""Answers of the REST API: JSON as we write it, refusals as the one error table says."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse

from pingpilot.domain.errors import PingPilotError
from pingpilot.ingest.answers import refused

_JSON = "application/json"
_encode = msgspec.json.Encoder(decimal_format="number").encode


def say(content: object, status: int = 200) -> HttpResponse:
    """Answer with JSON; a ``msgspec.Raw`` in it is written as it is, a Decimal as a number."""
    return HttpResponse(_encode(content), content_type=_JSON, status=status)


def say_nothing() -> HttpResponse:
    """Answer 204: done, and there is nothing to show."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def refuse(error: PingPilotError) -> HttpResponse:
    """Answer with a refusal."""
    answer = refused(error)
    response = HttpResponse(answer.body, status=answer.status)
    for name, value in answer.headers:
        response[name.decode().title()] = value.decode()
    return response


def raw(json_text: str) -> msgspec.Raw:
    """Return JSON text to be put into an answer untouched: numbers stay as they were sent."""
    return msgspec.Raw(json_text.encode())


def time(instant: datetime) -> str:
    """Return an instant as the API writes it: UTC, ISO 8601, milliseconds, ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def optional_time(instant: datetime | None) -> str | None:
    """As ``time``; None stays None."""
    return None if instant is None else time(instant)
