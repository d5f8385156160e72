"""Which variables ask for traces, and which events the sampler takes."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from pingpilot.config.telemetry import UNSPOKEN, hindrance, wish
from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import EventId, TimeOrderedIds, WorkspaceId
from pingpilot.domain.outcome import Transient
from pingpilot.store.events import Accept
from pingpilot.store.writer import Writer
from pingpilot.wiring.telemetry import Traces, root_of, traces_of
from pingpilot.wiring.traced import writer_of
from tests.unit.deliver.sample import JOB

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BASE, OWN = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
URL = "http://127.0.0.1:4318"
EVENT = NewEvent("sale", None, "{}", Severity.INFO, None, None, None)


@pytest.mark.parametrize(
    ("environment", "asked_by"),
    [
        ({}, ""),
        ({BASE: ""}, ""),
        ({BASE: URL}, BASE),
        ({OWN: f"{URL}/v1/traces"}, OWN),
        ({BASE: URL, "OTEL_SDK_DISABLED": "True"}, ""),
        ({BASE: URL, "OTEL_TRACES_EXPORTER": "none"}, ""),
        ({BASE: URL, "OTEL_TRACES_EXPORTER": "otlp"}, BASE),
    ],
)
def test_an_endpoint_asks_for_traces(environment: dict[str, str], asked_by: str):
    assert wish(environment) == asked_by


def test_another_protocol_is_no_reason_not_to_start():
    environment = {BASE: URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    assert hindrance(environment) == UNSPOKEN
    assert traces_of(environment, lambda: NOW, os.urandom) is None
    assert hindrance({BASE: URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}) == ""


def recorded(share: float, sampler: Any = ParentBased) -> set[str]:
    """Return which of 400 events were recorded, each accepted and attempted by a process of its own."""
    exporters = [InMemorySpanExporter(), InMemorySpanExporter()]
    processes = []
    for exporter in exporters:
        provider = TracerProvider(sampler=sampler(TraceIdRatioBased(share)))
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        processes.append(Traces(provider, lambda: NOW, os.urandom))
    for one in TimeOrderedIds(lambda: 1_800_000_000_000, os.urandom).several(400):
        accept = Accept(WorkspaceId(1), None, None, EVENT, [], EventId(one), [], NOW)
        processes[0].accepted(accept, NOW)
        job = replace(JOB, source=replace(JOB.source, event_id=EventId(one)))
        processes[1].attempted(job, Transient("no"), NOW)
    first, second = (
        {f"{span.context.trace_id:032x}" for span in one.get_finished_spans() if span.context} for one in exporters
    )
    assert first == second, "all processes record the same events"
    return first


@pytest.mark.parametrize("sampler", [ParentBased, lambda inner: inner])
def test_a_share_of_the_events_is_that_share(sampler: Any):
    assert 70 < len(recorded(0.25, sampler)) < 130
    assert recorded(0, sampler) == set()
    assert len(recorded(1, sampler)) == 400


def test_the_first_span_is_known_to_whoever_knows_the_event():
    assert root_of(EventId("019abcde0123700080000000000000ff")) == 0x80000000000000FF


def test_without_traces_nothing_of_them_is_in_the_way():
    def launch(_socket: Any) -> Any:
        raise AssertionError

    assert type(writer_of(launch, 1, None)) is Writer
