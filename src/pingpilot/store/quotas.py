"""Units of the months' quotas: taken and given back, set-based, in the transaction of the writer."""

from collections.abc import Callable, Mapping

from django.db.backends.utils import CursorWrapper

from pingpilot.store.sql import begun, query

Period = tuple[int, int, int]
"""Workspace, year, month."""
_QUOTA = {"workspace_id": "bigint", "year": "integer", "month": "integer", "used": "bigint"}
_TAKE = """
    INSERT INTO store_quota (workspace_id, year, month, used)
    SELECT v.workspace_id, v.year, v.month, v.used FROM v JOIN store_workspace w ON w.id = v.workspace_id WHERE true
    ORDER BY v.workspace_id, v.year, v.month
    ON CONFLICT (workspace_id, year, month) DO UPDATE SET used = store_quota.used + excluded.used
    RETURNING workspace_id, year, month, used
"""
_GIVE_BACK = """
    UPDATE store_quota SET used = store_quota.used - v.used FROM v
    WHERE store_quota.workspace_id = v.workspace_id AND store_quota.year = v.year AND store_quota.month = v.month
"""


def take(cursor: CursorWrapper, units: Mapping[Period, int]) -> Callable[[], dict[Period, int]]:
    """Take units of quota, whatever the limits; whoever else wants some waits.

    Returns what gives what was used before, of those workspaces that are there.
    """
    rows = begun(cursor, _TAKE, _QUOTA, [(*period, count) for period, count in sorted(units.items())])
    return lambda: {(row[0], row[1], row[2]): row[3] - units[row[0], row[1], row[2]] for row in rows()}


def give_back(cursor: CursorWrapper, units: dict[Period, int]) -> None:
    """Return units of quota: (workspace, year, month) → how many."""
    query(cursor, _GIVE_BACK, _QUOTA, [(*period, count) for period, count in sorted(units.items())])
