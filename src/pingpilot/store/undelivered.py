"""Events that are not delivered, or not yet: few among many, so found by what is open and by what has failed."""

from datetime import UTC, datetime

from pingpilot.domain.event import EventStatus, Purpose
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.filters import Clause, Filter, conditions_of, joined, unled
from pingpilot.store.sql import ask, stamp

_REPORT = Clause("e.purpose = %s", (Purpose.REPORT.value,))
_OPEN = """
    SELECT d.event_id FROM store_delivery d WHERE d.state = 'PENDING' AND d.due_at > %s AND d.destination_id IN (
        SELECT s.id FROM store_destination s WHERE s.workspace_id = %s)
    UNION
    SELECT d.event_id FROM store_delivery d WHERE d.state = 'SENDING' AND d.lease_until > %s AND d.destination_id IN (
        SELECT s.id FROM store_destination s WHERE s.workspace_id = %s)
"""
_LOOKED_AT = """
    SELECT o.event_id, o.destination_id FROM (
        SELECT d.event_id, d.destination_id FROM store_delivery d
        WHERE d.state = 'PENDING' AND d.due_at > %s ORDER BY d.due_at LIMIT %s
    ) o
    UNION
    SELECT o.event_id, o.destination_id FROM (
        SELECT d.event_id, d.destination_id FROM store_delivery d
        WHERE d.state = 'SENDING' AND d.lease_until > %s ORDER BY d.lease_until LIMIT %s
    ) o
"""
_EVER = datetime(1, 1, 1, tzinfo=UTC)
"""Before all times: with it, an index of times is what a database goes by."""


def failed(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> int:
    """Return how many reports have failed; read from an index alone."""
    wanted = Filter(category=category, status=EventStatus.FAILED, start=start, end=end)
    conditions = conditions_of(workspace, wanted)
    condition = joined([*conditions.leading, *conditions.checked, _REPORT])
    return int(ask(f"SELECT COUNT(*) FROM store_event e WHERE {condition.sql}", condition.params)[0][0])


def pending(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> int:
    """Return how many reports have an open delivery; reads all deliveries that are open."""
    wanted = Filter(category=category, status=EventStatus.PENDING, start=start, end=end)
    condition, ever = unled(conditions_of(workspace, wanted)), stamp(_EVER)
    rows = ask(
        f"SELECT COUNT(*) FROM store_event e WHERE e.id IN ({_OPEN}) AND {condition.sql} AND {_REPORT.sql}",
        (ever, workspace, ever, workspace, *condition.params, *_REPORT.params),
    )
    return int(rows[0][0])
