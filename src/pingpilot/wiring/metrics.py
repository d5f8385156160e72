"""What a monitoring system reads: `GET /metrics`, in Prometheus's format, for whoever brings the operator's token."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingpilot.config.late import Late
from pingpilot.config.secret import Secret
from pingpilot.domain.errors import MethodNotAllowed, NotFound, PingPilotError, UnknownCaller
from pingpilot.ingest.answers import Answer, refused
from pingpilot.ingest.call import give
from pingpilot.manage.operations import Health, health
from pingpilot.manage.services import Services
from pingpilot.wiring.data_plane import DataPlane
from pingpilot.wiring.exchange import Scope, Send

PATH = "/metrics"
OFF = "There are no metrics here until the operator sets PINGPILOT_METRICS_TOKEN"
WHO = "Bring what PINGPILOT_METRICS_TOKEN says: the header Authorization, Bearer, one space, the token"
_prometheus = Late("prometheus_client")
_families = Late("prometheus_client.core")
_Values = dict[tuple[str, ...], float]
"""What was measured, by the values of the labels."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was counted in this process since its start, and what waits in the store now."""

    accepted: int
    answers: Mapping[int, int]
    attempts: Mapping[str, int]
    viewers: int
    channels: Sequence[Health]
    now: datetime


class Metrics:
    """Answers requests for the numbers."""

    def __init__(self, plane: DataPlane, answers: Mapping[int, int], services: Services, token: Secret | None) -> None:
        """Take whose numbers, and what a reader has to bring; without a token there is nothing here."""
        self._plane = plane
        self._answers = answers
        self._services = services
        self._expected = None if token is None else f"Bearer {token.reveal()}".encode()

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope)
        except MethodNotAllowed as error:
            answer = refused(error, [(b"allow", b"GET, HEAD")])
        except PingPilotError as error:
            answer = refused(error)
        await give(send, answer.status, answer.headers, b"" if scope["method"] == "HEAD" else answer.body)

    async def _answer(self, scope: Scope) -> Answer:
        """Return the numbers; raises NotFound, MethodNotAllowed, UnknownCaller and Overloaded."""
        if self._expected is None:
            raise NotFound(OFF)
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodNotAllowed("This address takes GET and HEAD only")
        brought = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(brought, self._expected):
            raise UnknownCaller(WHO)
        body = written(await self._counted())
        kind = _prometheus.CONTENT_TYPE_LATEST.encode()
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
        return Answer(200, headers, body)

    async def _counted(self) -> Numbers:
        accepted, attempts = self._plane.counted
        channels = await self._plane.reader.run(health, self._services)
        return Numbers(accepted, self._answers, attempts, len(self._plane.hub), channels, self._services.now())


def written(numbers: Numbers) -> bytes:
    """Return the numbers in Prometheus's text format, with those of the process itself."""
    registry = _prometheus.CollectorRegistry()
    _prometheus.ProcessCollector(registry=registry)
    registry.register(_Collector(numbers))
    text: bytes = _prometheus.generate_latest(registry)
    return text


class _Collector:
    """Gives the numbers in the shape that the library asks for."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Any]:
        numbers = self._numbers
        yield _counter("events_accepted", "Events accepted by this process.", {(): numbers.accepted})
        answers: _Values = {(str(status),): count for status, count in sorted(numbers.answers.items())}
        yield _counter("answers", "Requests answered by this process.", answers, "status")
        attempts: _Values = {(outcome,): count for outcome, count in sorted(numbers.attempts.items())}
        yield _counter("attempts", "Attempts recorded by this process.", attempts, "outcome")
        yield _gauge("streams", "Open pages that are told of changes by this process.", {(): numbers.viewers})
        yield from _of_channels(numbers.channels, numbers.now)


def _of_channels(channels: Sequence[Health], now: datetime) -> Iterator[Any]:
    """Give what the store says, which is the same from every process."""
    states: _Values = {
        (one.kind, state): getattr(one, state) for one in channels for state in ("due", "later", "sending", "dead")
    }
    yield _gauge("deliveries", "Deliveries that are not delivered.", states, "channel", "state")
    ages: _Values = {(one.kind,): (now - one.oldest).total_seconds() if one.oldest else 0.0 for one in channels}
    yield _gauge("delivery_overdue_seconds", "How long the delivery has waited that is longest due.", ages, "channel")
    destinations: _Values = {
        (one.kind, state): getattr(one, state) for one in channels for state in ("active", "failing", "disabled")
    }
    yield _gauge("destinations", "Destinations.", destinations, "channel", "state")


def _counter(name: str, text: str, values: _Values, *labels: str) -> Any:  # noqa: ANN401
    return _filled(_families.CounterMetricFamily(f"pingpilot_{name}", text, labels=labels), values)


def _gauge(name: str, text: str, values: _Values, *labels: str) -> Any:  # noqa: ANN401
    return _filled(_families.GaugeMetricFamily(f"pingpilot_{name}", text, labels=labels), values)


def _filled(family: Any, values: _Values) -> Any:  # noqa: ANN401 - the library's class
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
