"""One delivery on its way, and a clock that moves when told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.message import Source
from pingpilot.store.deliveries import Job

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

SOURCE = Source(
    event_id=EventId("e" * 32),
    category="sale",
    emoji="💰",
    color=0xFF6B6B,
    description="Sold",
    fields_json='{"amount":99.90}',
    severity=Severity.INFO,
    occurred_at=NOW,
    received_at=NOW,
    url=None,
)
JOB = Job(
    delivery=DeliveryId("d" * 32),
    owner="worker-1",
    workspace=WorkspaceId(1),
    destination=DestinationId(7),
    channel="webhook",
    source=SOURCE,
    attempts=0,
    begun_at=NOW,
    is_maybe_repeat=False,
    proves=False,
    sealed=b"sealed",
)


def a_job(name: str = "d", **members: Any) -> Job:
    """Return a delivery whose id is made of a letter."""
    return replace(JOB, delivery=DeliveryId(name * 32), **members)


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.present = NOW

    def advance(self, by: timedelta) -> None:
        self.present += by

    def __call__(self) -> datetime:
        return self.present
