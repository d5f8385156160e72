"""Traces of the path of events, by OpenTelemetry, where the operator names an endpoint for them.

Nothing about a trace is stored or carried along: it has the id of its event, and its first span's id is a part of that.
So every process knows both, and whoever has an event's id finds its trace. Without an endpoint nothing of this is made,
and nothing stands in the path of events.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pingpilot import __version__
from pingpilot.config.late import Late
from pingpilot.config.telemetry import hindrance, wish
from pingpilot.domain.ids import EventId
from pingpilot.domain.outcome import NAMES, Delivered, Outcome, RateLimited
from pingpilot.observe import get_logger
from pingpilot.store.deliveries import Job
from pingpilot.store.events import Accept

CLOSES_WITHIN_S = 1.0
"""How long the last spans may take at a stop, of which nobody waits for more."""
_SPAN_BITS = (1 << 64) - 1
_FIXED_BITS = 2
"""Of the second half of a UUID. Source: RFC 9562 section 4.1."""
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

_api, _sdk = Late("opentelemetry.trace"), Late("opentelemetry.sdk.trace")
_context = Late("opentelemetry.context")
_export = Late("opentelemetry.sdk.trace.export")
_resources = Late("opentelemetry.sdk.resources")
_otlp = Late("opentelemetry.exporter.otlp.proto.http.trace_exporter")

_log = get_logger()


def traces_of(
    environment: Mapping[str, str], now: Callable[[], datetime], entropy: Callable[[int], bytes]
) -> "Traces | None":
    """Return who records the traces of this process; None where nobody wants them, or they cannot be.

    That traces are missing is no reason to deliver nothing: the log says it.
    """
    asked_by = wish(environment)
    if not asked_by:
        return None
    if hint := hindrance(environment):
        _log.warning("telemetry.unavailable", setting=asked_by, hint=hint)
        return None
    return Traces(_provider(environment, entropy(8).hex()), now, entropy)


@dataclass(frozen=True, slots=True)
class Span:
    """One step. ``parent`` is None for the first; ``failed`` says how, if it did."""

    name: str
    id: int
    parent: int | None
    begun: datetime
    ended: datetime
    attributes: Mapping[str, str | int]
    is_server: bool = False
    failed: str = ""


class Traces:
    """Records the traces of one process. Lives on its event loop; a thread of the library sends them, in batches.

    What is more than its queue holds is left out (``OTEL_BSP_MAX_QUEUE_SIZE``).
    """

    def __init__(self, provider: Any, now: Callable[[], datetime], entropy: Callable[[int], bytes]) -> None:  # noqa: ANN401 - the library's class
        """Take the library's provider, which is changed so that the ids are ours, the clock, and randomness."""
        self._ids = provider.id_generator = _GivenIds()
        self._sampler = provider.sampler = _Evenly(provider.sampler)
        self._provider = provider
        self._tracer = provider.get_tracer("pingpilot", __version__)
        self._entropy = entropy
        self.now = now

    def accepted(self, unit: Accept, handed_in: datetime) -> None:
        """Record that an event is committed, by now, and since when the writer had it."""
        event, now = unit.event_id, self.now()
        root = root_of(event)
        about = {**_about(event), "pingpilot.workspace": int(unit.workspace), "pingpilot.deliveries": len(unit.routes)}
        came = min(unit.received_at, handed_in)
        self._record(
            event,
            Span("event.accept", root, None, came, now, about, is_server=True),
            Span("event.commit", self._new_id(), root, handed_in, now, _about(event)),
        )

    def attempted(self, job: Job, outcome: Outcome, begun: datetime) -> None:
        """Record an attempt that has just ended; with the first one, how long the delivery was on its way to it."""
        event, number, name = job.source.event_id, job.attempts + 1, NAMES[type(outcome)]
        parent = root_of(event)
        whose = {"pingpilot.delivery": job.delivery, "pingpilot.channel": job.channel}
        about = {**_about(event), **whose, "pingpilot.destination": int(job.destination)}
        if not job.attempts:
            above, parent = parent, self._new_id()
            self._record(event, Span("delivery.hand_over", parent, above, min(job.begun_at, begun), begun, about))
        result = {**about, "pingpilot.attempt": number, "pingpilot.outcome": name}
        failed = "" if isinstance(outcome, Delivered | RateLimited) else name
        self._record(event, Span("delivery.attempt", self._new_id(), parent, begun, self.now(), result, failed=failed))

    async def close(self) -> None:
        """Send what is recorded, as far as that is done within a moment."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSES_WITHIN_S)

    def _record(self, event: EventId, *spans: Span) -> None:
        """Record spans of an event, unless the sampler leaves it out: all processes leave out the same."""
        try:
            trace = int(event, 16)
            if self._sampler.should_sample(None, trace, "event").decision.is_sampled():
                for span in spans:
                    self._write(trace, span)
        except Exception as error:  # noqa: BLE001 - whatever breaks a trace, its event goes on
            _log.error("telemetry.failed", error=repr(error)[:200])

    def _write(self, trace: int, span: Span) -> None:
        self._ids.trace, self._ids.span = trace, span.id
        kind = _api.SpanKind.SERVER if span.is_server else _api.SpanKind.INTERNAL
        begun = _nanoseconds(span.begun)
        above = _below(trace, span.parent)
        made = self._tracer.start_span(span.name, above, kind, span.attributes, start_time=begun)
        if span.failed:
            made.set_status(_api.Status(_api.StatusCode.ERROR, span.failed))
        made.end(max(begun, _nanoseconds(span.ended)))

    def _new_id(self) -> int:
        return int.from_bytes(self._entropy(8), "big") or 1  # 0 is none


class _GivenIds:
    """Gives the library the ids that a span is to have, in place of random ones."""

    trace = span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span

    def is_trace_id_random(self) -> bool:
        return True  # its last 56 bits are, as W3C's Trace Context wants it


class _Evenly:
    """Samples by the random bits of an event's id: the library's samplers by share look at its last 64.

    The first two of those are the same in every UUID.
    """

    def __init__(self, sampler: Any) -> None:  # noqa: ANN401 - the library's class
        self._sampler = sampler

    def should_sample(self, parent: Any, trace_id: int, name: str, *rest: Any) -> Any:  # noqa: ANN401 - as above
        return self._sampler.should_sample(parent, trace_id << _FIXED_BITS, name, *rest)

    def get_description(self) -> str:
        text: str = self._sampler.get_description()
        return text


def _about(event: EventId) -> dict[str, str | int]:
    return {"pingpilot.event": event}


def root_of(event: EventId) -> int:
    """Return the id of the first span of an event's trace."""
    return int(event, 16) & _SPAN_BITS


def _below(trace: int, parent: int | None) -> Any:  # noqa: ANN401 - the library's class
    """Return the context of a span whose parent is in whatever process."""
    if parent is None:
        return _context.Context()
    flags = _api.TraceFlags(_api.TraceFlags.SAMPLED | _api.TraceFlags.RANDOM_TRACE_ID)
    above = _api.SpanContext(trace, parent, is_remote=True, trace_flags=flags)
    return _api.set_span_in_context(_api.NonRecordingSpan(above), _context.Context())


def _nanoseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND * 1_000


def _provider(environment: Mapping[str, str], name: str) -> Any:  # noqa: ANN401 - the library's class
    """Return the library's provider; whatever OTEL_* variables it knows, it heeds by itself."""
    about = {"service.version": __version__, "service.instance.id": name}
    is_named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    if not is_named:
        about["service.name"] = "pingpilot"
    provider = _sdk.TracerProvider(
        resource=_resources.Resource.create(about),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(_export.BatchSpanProcessor(_otlp.OTLPSpanExporter()))
    return provider
