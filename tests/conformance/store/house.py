"""A workspace with a category and three destinations, straight in the tables."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from django.db import connection

from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import CategoryId, DeliveryId, DestinationId, EventId, TimeOrderedIds, WorkspaceId
from pingpilot.domain.quota import Month
from pingpilot.domain.routing import Route
from pingpilot.store.events import Accept
from pingpilot.store.models import Category, Destination, Quota, Workspace
from pingpilot.store.workspaces import changing

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SALE = NewEvent("sale", None, "{}", Severity.INFO, None, None, None)
_ids = TimeOrderedIds(lambda: int(datetime.now(UTC).timestamp() * 1000), os.urandom)


async def ask(question: Callable[[], T]) -> T:
    """Ask the tables from an event loop, and leave no connection behind."""

    def run() -> T:
        try:
            return question()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


@dataclass
class House:
    """Makes units that the store accepts."""

    workspace: WorkspaceId
    category: CategoryId
    destinations: Sequence[DestinationId]
    routes: Sequence[Route]
    revision: int = 1

    def unit(
        self, at: datetime = NOW, event: NewEvent = SALE, routes: Sequence[Route] | None = None, **members: object
    ) -> Accept:
        """Return one event of the present revision."""
        chosen = self.routes if routes is None else routes
        event_id, *delivery_ids = _ids.several(1 + len(chosen))
        return Accept(
            workspace=self.workspace,
            revision=self.revision,
            category=self.category,
            event=event,
            routes=chosen,
            event_id=EventId(event_id),
            delivery_ids=[DeliveryId(one) for one in delivery_ids],
            received_at=at,
            **members,  # type: ignore[arg-type]  # the rest of Accept's members
        )

    def change(self) -> None:
        """Change something about the workspace."""
        with changing(self.workspace) as workspace:
            self.revision = workspace.revision

    def set_plan(self, plan: str) -> None:
        with changing(self.workspace) as workspace:
            workspace.plan = plan
            workspace.save(update_fields=["plan"])
            self.revision = workspace.revision

    def use(self, units: int, at: datetime = NOW) -> None:
        month = Month.of(at)
        Quota.objects.update_or_create(
            workspace_id=self.workspace, year=month.year, month=month.month, defaults={"used": units}
        )


def build() -> House:
    """Make the rows."""
    workspace = Workspace.objects.create(name="Acme", plan="UNLIMITED")
    category = Category.objects.create(workspace=workspace, name="sale", color=0xFF6B6B, emoji="💰")
    destinations = [
        Destination.objects.create(workspace=workspace, kind="webhook", sealed=b"sealed", verified_at=NOW)
        for _ in range(3)
    ]
    ids = [DestinationId(one.pk) for one in destinations]
    owner = WorkspaceId(workspace.pk)
    return House(owner, CategoryId(category.pk), ids, tuple(Route(one, "webhook", owner) for one in ids))
