"""A workspace of the shared service, with a category, and what may be asked about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.servers.service import Answer, Service, Workspace


@dataclass(frozen=True)
class Shop:
    """One workspace that has the category ``sale``."""

    service: Service
    workspace: Workspace

    @property
    def key(self) -> str:
        return self.workspace.key

    @property
    def port(self) -> int:
        return self.service.port

    def post(self, body: object, **headers: str) -> Answer:
        return self.service.post(self.key, body, **headers)

    def event(self, event_id: str, *columns: str) -> tuple[Any, ...]:
        """Return columns of a stored event."""
        rows = self.service.rows(f"SELECT {', '.join(columns)} FROM store_event WHERE id = ?", event_id)
        assert len(rows) == 1
        return tuple(rows[0])

    def count(self) -> int:
        """Return how many events are stored."""
        (row,) = self.service.rows("SELECT count(*) FROM store_event WHERE workspace_id = ?", self.workspace.id)
        return int(row[0])

    def used(self) -> int:
        """Return how many units of the quota are used."""
        rows = self.service.rows("SELECT used FROM store_quota WHERE workspace_id = ?", self.workspace.id)
        return sum(row[0] for row in rows)

    def use(self, units: int) -> None:
        """Set how many units of this month's quota are used, as another process might."""
        now = datetime.now(UTC)
        self.service.rows(
            "INSERT INTO store_quota (workspace_id, year, month, used) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (workspace_id, year, month) DO UPDATE SET used = excluded.used",
            *(self.workspace.id, now.year, now.month, units),
        )

    def change(self, assignment: str) -> None:
        """Change a setting of the workspace, as another process might."""
        statement = f"UPDATE store_workspace SET {assignment}, revision = revision + 1 WHERE id = ?"
        self.service.rows(statement, self.workspace.id)


def open_shop(service: Service, name: str, plan: str = "unlimited") -> Shop:
    """Make the workspace through the command line."""
    workspace = service.workspace(f"{name}@example.com", plan)
    service.category(workspace)
    return Shop(service, workspace)


def is_refusal(answer: Answer, status: int, message: str, code: str) -> bool:
    """Tell whether an answer is this refusal, to the letter and with nothing beside it."""
    assert (answer.status, answer.json) == (status, {"message": message, "code": code})
    assert answer.headers["content-type"] == "application/json"
    return True
