"""Events beyond the plan's number that wait for quota: stored and shown like all, with deliveries that nobody sends."""

from collections.abc import Iterable, Sequence

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.plans import catalogue
from pingpilot.store.sql import Row, query

_LINES = """
    SELECT v.id, (
        SELECT count(*) FROM (
            SELECT 1 FROM store_event e WHERE e.workspace_id = v.id AND e.held_at IS NOT NULL LIMIT {most}
        ) w
    ) FROM v
"""
_MARK = """
    UPDATE store_event SET held_at = v.at, status = 'PENDING' FROM v
    WHERE store_event.id = v.id AND store_event.id BETWEEN :first AND :last
"""


class Lines:
    """How many events wait in each of some workspaces that hold them, within one transaction that has their quota."""

    def __init__(self, cursor: CursorWrapper, workspaces: Iterable[WorkspaceId]) -> None:
        """Count; what stands behind ``held_max`` is not looked at."""
        self._most = catalogue().held_max
        found = query(cursor, _LINES.format(most=self._most), {"id": "bigint"}, [(pk,) for pk in sorted(workspaces)])
        self._long: dict[int, int] = {row[0]: row[1] for row in found}
        self.joined: set[str] = set()
        """The ids of the events that came to wait."""

    def __contains__(self, workspace: WorkspaceId) -> bool:
        """Tell whether a workspace holds events."""
        return workspace in self._long

    def is_waiting(self, workspace: WorkspaceId) -> bool:
        """Tell whether somebody waits already: who comes later goes to the end of the line."""
        return self._long[workspace] > 0

    def join(self, workspace: WorkspaceId, event: str) -> bool:
        """Let an event wait; False where the line is full."""
        if self._long[workspace] >= self._most:
            return False
        self._long[workspace] += 1
        self.joined.add(event)
        return True

    def leave(self, workspace: WorkspaceId, event: str) -> bool:
        """Take an event out that came to wait; False where it did not."""
        if event not in self.joined:
            return False
        self._long[workspace] -= 1
        self.joined.remove(event)
        return True


def mark(cursor: CursorWrapper, rows: Sequence[Row]) -> None:
    """Note of events, by their ids, since when they wait."""
    query(cursor, _MARK, {"id": "uuid", "at": "timestamptz"}, rows)
