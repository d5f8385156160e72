"""A receiver of OpenTelemetry's protocol on the loopback, which reads what it is sent by the official definition."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.servers.hook import Hook, running_hook
from tests.servers.ports import wait_until


@dataclass(frozen=True)
class Seen:
    """A span, and which process sent it."""

    span: Span
    process: str
    service: str

    @property
    def id(self) -> str:
        return self.span.span_id.hex()

    @property
    def parent(self) -> str:
        return self.span.parent_span_id.hex()

    @property
    def about(self) -> dict[str, str | int]:
        return {one.key: one.value.string_value or one.value.int_value for one in self.span.attributes}


@dataclass
class Collector:
    """What was received, by the receiver of webhooks, which speaks as a collector does."""

    hook: Hook

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.hook.port}"

    def spans(self, trace: str = "") -> list[Seen]:
        """Return the spans of a trace, or all, by their begin."""
        found = [seen for request in list(self.hook.requests) for seen in _read(request.path, request.body)]
        chosen = [one for one in found if one.span.trace_id.hex() == trace or not trace]
        return sorted(chosen, key=lambda one: one.span.start_time_unix_nano)

    def wait_for(self, trace: str, count: int) -> dict[str, Seen]:
        """Wait until a trace has so many spans; return them by name."""
        wait_until(lambda: len(self.spans(trace)) >= count, f"{count} spans of {trace}")
        return {one.span.name: one for one in self.spans(trace)}


def _read(path: str, body: bytes) -> Iterator[Seen]:
    assert path == "/v1/traces"
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Seen(span, about["service.instance.id"], about["service.name"])


@contextmanager
def running_collector() -> Iterator[Collector]:
    """Run the receiver for as long as the context lasts."""
    with running_hook() as hook:
        yield Collector(hook)
