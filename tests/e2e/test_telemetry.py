"""Traces: an event's path over all processes, under its own id, where an endpoint for them is set; and else nothing."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.collector import Collector, running_collector
from tests.servers.hook import Hook
from tests.servers.ports import free_port, wait_until
from tests.servers.process import Launch
from tests.servers.service import Install, Service, Workspace

SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
"""Milliseconds after which spans are sent."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


def opened(service: Service, url: str) -> Workspace:
    workspace = service.workspace()
    service.category(workspace)
    service.destination(workspace, "webhook", f"url={url}")
    return workspace


def sent(service: Service, workspace: Workspace) -> str:
    answer = service.post(workspace.key, {"category": "sale", "description": "a secret of the shop"})
    assert answer.status == 200
    event: str = answer.json["eventId"]
    return event


def test_one_trace_shows_the_whole_path_over_two_processes(
    install: Install, launch: Launch, tmp_path: Path, collector: Collector, hook: Hook
):
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, **SOON}
    with ExitStack() as stack:
        server = stack.enter_context(install(tmp_path, settings)).start("--no-worker")
        workspace = opened(server, hook.url)
        (tmp_path / "worker").mkdir()
        worker = Service(
            tmp_path / "worker", server.settings | {"PINGPILOT_DATA_DIR": str(tmp_path / "data")}, launch=launch
        ).work()
        event = sent(server, workspace)
        spans = collector.wait_for(event, 4)
        assert worker.stop() == 0
    accept, commit, hand_over, attempt = (
        spans[name] for name in ("event.accept", "event.commit", "delivery.hand_over", "delivery.attempt")
    )
    assert accept.parent == ""
    assert commit.parent == hand_over.parent == accept.id
    assert attempt.parent == hand_over.id
    assert accept.process == commit.process != hand_over.process == attempt.process
    assert {one.service for one in spans.values()} == {"pingpilot"}
    assert accept.span.start_time_unix_nano <= commit.span.start_time_unix_nano
    assert commit.span.end_time_unix_nano <= attempt.span.start_time_unix_nano
    assert hand_over.span.end_time_unix_nano == attempt.span.start_time_unix_nano
    about = {"pingpilot.channel": "webhook", "pingpilot.outcome": "delivered", "pingpilot.attempt": 1}
    assert about.items() <= attempt.about.items()
    assert all(b"a secret of the shop" not in request.body for request in collector.hook.requests)
    assert all(workspace.key.encode() not in request.body for request in collector.hook.requests)


def test_each_attempt_is_a_step_and_says_how_it_failed(
    install: Install, tmp_path: Path, collector: Collector, hook: Hook
):
    hook.status = 503
    with install(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, **SOON}) as service:
        workspace = opened(service.start(), hook.url)
        event = sent(service, workspace)
        collector.wait_for(event, 4)
        hook.status = 200
        collector.wait_for(event, 5)
    attempts = [one for one in collector.spans(event) if one.span.name == "delivery.attempt"]
    assert [one.about["pingpilot.outcome"] for one in attempts] == ["transient", "delivered"]
    assert [(one.span.status.code, one.span.status.message) for one in attempts] == [(2, "transient"), (0, "")]
    ids = {one.id for one in collector.spans(event)}
    assert {one.parent for one in attempts} <= ids
    assert len(ids) == 5


def test_the_events_of_a_batch_have_a_trace_each_and_a_stop_sends_the_last_of_them(
    install: Install, tmp_path: Path, collector: Collector
):
    with install(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}) as service:
        workspace = service.start().workspace()
        service.category(workspace)
        body = b'[{"category": "sale"}, {"category": "nonsense"}, {"category": "sale"}]'
        head = {"Authorization": f"Bearer {workspace.key}"}
        results = service.request("POST", "/api/v1/events", body, head).json["results"]
        assert service.stop() == 0
        events = [one["eventId"] for one in results if "eventId" in one]
    assert len(events) == 2
    assert {one.span.trace_id.hex() for one in collector.spans()} == set(events)


def test_a_collector_that_is_away_harms_nobody(install: Install, tmp_path: Path, hook: Hook):
    away = f"http://127.0.0.1:{free_port()}"
    with install(tmp_path, {"OTEL_EXPORTER_OTLP_ENDPOINT": away, **SOON}) as service:
        workspace = opened(service.start(), hook.url)
        for _ in range(20):
            sent(service, workspace)
        hook.wait_for(20)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "", "OTEL_TRACES_SAMPLER": "always_on"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}", "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}", "OTEL_TRACES_SAMPLER": "always_off"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
    ids=lambda settings: "-".join(settings) or "nothing",
)
def test_what_is_not_asked_for_is_not_sent(
    install: Install, tmp_path: Path, collector: Collector, hook: Hook, settings: dict[str, str]
):
    with install(tmp_path, {name: value.format(url=collector.url) for name, value in settings.items()}) as service:
        workspace = opened(service.start(), hook.url)
        sent(service, workspace)
        hook.wait_for(1)
        wait_until(lambda: service.rows("SELECT 1 FROM store_delivery WHERE state = 'DELIVERED'"), "it is delivered")
        assert service.stop() == 0
        has_grpc = "grpc" in settings.values()
        assert ("telemetry.unavailable" in service.log) == has_grpc
    assert not collector.hook.requests
