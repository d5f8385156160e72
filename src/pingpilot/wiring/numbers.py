"""The numbers of a process, written in Prometheus's format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from pingpilot.config.late import Late
from pingpilot.deliver.figures import LAG_BOUNDS_S, Figures
from pingpilot.manage.operations import Health
from pingpilot.upkeep.chore import Rounds

_prometheus = Late("prometheus_client")
_families = Late("prometheus_client.core")
_Values = dict[tuple[str, ...], float]
"""What was measured, by the values of the labels."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """What the worker of this process counted, what is in flight, and its chores; ``leads`` are the works it leads."""

    figures: Figures
    in_flight: int
    rounds: Sequence[Rounds]
    leads: Sequence[str]


@dataclass(frozen=True, slots=True)
class Accepting:
    """What a serving process counted, and the pages that are open."""

    accepted: int
    answers: Mapping[int, int]
    viewers: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was counted in this process since its start, and what waits in the store now; None: not a part of it."""

    now: datetime
    accepting: Accepting | None = None
    delivering: Delivering | None = None
    channels: Sequence[Health] = ()


def written(numbers: Numbers) -> bytes:
    """Return the numbers in Prometheus's text format, with those of the process itself."""
    registry = _prometheus.CollectorRegistry()
    _prometheus.ProcessCollector(registry=registry)
    registry.register(_Collector(numbers))
    text: bytes = _prometheus.generate_latest(registry)
    return text


def content_type() -> bytes:
    """Return what the text is."""
    kind: str = _prometheus.CONTENT_TYPE_LATEST
    return kind.encode()


class _Collector:
    """Gives the numbers in the shape that the library asks for."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Any]:
        numbers = self._numbers
        if numbers.accepting is not None:
            yield from _of_accepting(numbers.accepting)
        if numbers.delivering is not None:
            yield from _of_worker(numbers.delivering)
            yield from _of_chores(numbers.delivering.rounds)
        if numbers.channels:
            yield from _of_channels(numbers.channels, numbers.now)


def _of_accepting(numbers: Accepting) -> Iterator[Any]:
    yield _counter("events_accepted", "Events accepted by this process.", {(): numbers.accepted})
    answers: _Values = {(str(status),): count for status, count in sorted(numbers.answers.items())}
    yield _counter("answers", "Requests answered by this process.", answers, "status")
    yield _gauge("streams", "Open pages that are told of changes by this process.", {(): numbers.viewers})


def _of_worker(numbers: Delivering) -> Iterator[Any]:
    figures = numbers.figures
    claims: _Values = {(how,): count for how, count in sorted(figures.claims.items())}
    yield _counter("claims", "Deliveries whose turn came in this process, by how it got them.", claims, "result")
    attempts: _Values = dict(sorted(figures.attempts.items()))
    yield _counter("attempts", "Attempts made by this process.", attempts, "channel", "outcome")
    yield _gauge("attempts_in_flight", "Attempts that this process makes at present.", {(): numbers.in_flight})
    lag = _families.HistogramMetricFamily("pingpilot_delivery_lag_seconds", "From a delivery's start to its attempt.")
    bounds = [*map(str, LAG_BOUNDS_S), "+Inf"]
    lag.add_metric([], list(zip(bounds, accumulate(figures.lags), strict=True)), figures.lag_s)
    yield lag
    leads: _Values = {(work,): 1.0 for work in sorted(numbers.leads)}
    yield _gauge("leads", "Works that one process at a time does, and this one now.", leads, "work")


def _of_chores(rounds: Sequence[Rounds]) -> Iterator[Any]:
    records = {one.name: one.record for one in rounds}
    turns: _Values = {}
    for name, record in records.items():
        turns |= {(name, "done"): record.done, (name, "failed"): record.failed}
    yield _counter("chore_turns", "Turns of the chores in this process.", turns, "chore", "result")
    seconds: _Values = {(name,): record.seconds for name, record in records.items()}
    yield _counter("chore_seconds", "Time that turns of the chores took in this process.", seconds, "chore")
    lasts: _Values = {(name,): record.last_s for name, record in records.items() if record.last_at}
    yield _gauge("chore_last_turn_seconds", "How long the last turn took that was done.", lasts, "chore")
    ends: _Values = {(name,): record.last_at.timestamp() for name, record in records.items() if record.last_at}
    yield _gauge("chore_last_turn_timestamp_seconds", "When the last turn was done.", ends, "chore")


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
