"""Events that are not delivered, or not yet: few among many, so found by what is open and by what has failed."""

from datetime import UTC, datetime
from typing import Any

from pingpilot.domain.event import EventStatus, Purpose
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.filters import Clause, Filter, conditions_of, joined, unled
from pingpilot.store.sql import ask, hex_of, stamp

_REPORT = Clause("e.purpose = %s", (Purpose.REPORT.value,))
_OPEN = """
    SELECT d.event_id FROM store_destination s
    JOIN store_delivery d ON d.destination_id = s.id AND d.state = 'PENDING' AND d.due_at > %s
    WHERE s.workspace_id = %s
    UNION ALL
    SELECT d.event_id FROM store_delivery d JOIN store_destination s ON s.id = d.destination_id
    WHERE d.state = 'SENDING' AND d.lease_until > %s AND s.workspace_id = %s
"""
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def failed(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> int:
    """Return how many reports have failed; read from an index alone."""
    wanted = Filter(category=category, status=EventStatus.FAILED, start=start, end=end)
    conditions = conditions_of(workspace, wanted)
    condition = joined([*conditions.leading, *conditions.checked, _REPORT])
    sql = f"SELECT COUNT(*) FROM {conditions.lead.source} WHERE {condition.sql}"
    return int(ask(sql, condition.params)[0][0])


def pending(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> int:
    """Return how many reports have an open delivery; reads all deliveries of the workspace that are open."""
    wanted = Filter(category=category, status=EventStatus.PENDING, start=start, end=end)
    condition = joined([unled(conditions_of(workspace, wanted)), _REPORT])
    sql = f"SELECT COUNT(*) FROM store_event e WHERE e.id IN ({_OPEN}) AND {condition.sql}"
    return int(ask(sql, (*_of(workspace), *condition.params))[0][0])


def on_their_way(workspace: WorkspaceId, limit: int) -> list[str] | None:
    """Return the ids of the events with an open delivery; None where the workspace has more than so many open."""
    rows = ask(f"{_OPEN} LIMIT %s", (*_of(workspace), limit + 1))
    return None if len(rows) > limit else sorted({hex_of(row[0]) for row in rows})


def _of(workspace: WorkspaceId) -> tuple[Any, ...]:
    """Return the parameters of ``_OPEN``: with a time before all others, both databases go by the index of times."""
    ever = stamp(_EVER)
    return ever, workspace, ever, workspace
