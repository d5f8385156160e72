"""What a key gives access to: the picture of its workspace that accepting an event rests on."""

from dataclasses import dataclass, field
from datetime import datetime

from pingpilot.domain.category import Category as CategoryRules
from pingpilot.domain.ids import CategoryId, DestinationId, KeyId, WorkspaceId
from pingpilot.domain.plan import CATALOGUE, Plan
from pingpilot.domain.quota import Month
from pingpilot.domain.routing import Route
from pingpilot.store.models import Category, Destination, Key, Quota, Workspace


@dataclass(slots=True)
class Picture:
    """A workspace as of one revision. ``used`` is the last known count of ``month``, which may lag a little."""

    workspace: WorkspaceId
    revision: int
    plan: Plan
    refuses_without_destination: bool
    categories: dict[str, CategoryRules]
    routes: tuple[Route, ...]
    month: Month
    used: int

    def used_at(self, at: datetime) -> int:
        """Return the last known count of the month that an instant in UTC falls into."""
        return self.used if self._is_within(at) else 0

    def learn(self, at: datetime, used: int) -> None:
        """Take over the count of the month that an instant in UTC falls into."""
        if not self._is_within(at):
            self.month = Month.of(at)
        self.used = used

    def _is_within(self, at: datetime) -> bool:
        return at.month == self.month.month and at.year == self.month.year


@dataclass(frozen=True, slots=True)
class Access:
    """What a living key may do. ``categories`` are those it may write to; None means all of the workspace."""

    key: KeyId
    digest: bytes = field(repr=False)
    expires_at: datetime | None
    workspace: WorkspaceId
    scopes: frozenset[str] = frozenset()
    categories: frozenset[CategoryId] | None = None

    def may_write(self, category: CategoryId) -> bool:
        """Tell whether the key may report events of a category; its scope is checked elsewhere."""
        return self.categories is None or category in self.categories


def access_of(key: KeyId, now: datetime) -> Access | None:
    """Return what a key gives access to; None when it is unknown, revoked or expired."""
    row = (
        Key.objects.filter(pk=key, revoked_at=None)
        .values_list("digest", "expires_at", "workspace_id", "scopes")
        .first()
    )
    if row is None or (row[1] is not None and row[1] <= now):
        return None
    own = Key.categories.through.objects.filter(key=key).values_list("category_id", flat=True)
    categories = frozenset(CategoryId(pk) for pk in own)
    return Access(key, bytes(row[0]), row[1], WorkspaceId(row[2]), frozenset(row[3].split()), categories or None)


def standing_of(workspace: WorkspaceId, month: Month) -> tuple[int, int]:
    """Return the current revision of a workspace, 0 when it is gone, and how many events it has used in a month."""
    revision = Workspace.objects.filter(pk=workspace).values_list("revision", flat=True).first() or 0
    return revision, used_in(workspace, month)


def picture_of(workspace: WorkspaceId, now: datetime) -> Picture | None:
    """Return the picture of a workspace; None when it is gone. The revision is read first: a race makes it stale."""
    row = Workspace.objects.filter(pk=workspace).first()
    if row is None:
        return None
    month = Month.of(now)
    return Picture(
        workspace=workspace,
        revision=row.revision,
        plan=CATALOGUE[row.plan],
        refuses_without_destination=row.refuses_without_destination,
        categories=_categories(workspace),
        routes=_routes(workspace),
        month=month,
        used=used_in(workspace, month),
    )


def used_in(workspace: WorkspaceId, month: Month) -> int:
    """Return how many events a workspace has used in a month."""
    rows = Quota.objects.filter(workspace=workspace, year=month.year, month=month.month)
    return rows.values_list("used", flat=True).first() or 0


def _routes(workspace: WorkspaceId) -> tuple[Route, ...]:
    rows = Destination.objects.filter(
        workspace=workspace, verified_at__isnull=False, disabled_at=None, removed_at=None
    ).order_by("pk")
    return tuple(Route(DestinationId(pk), kind, workspace) for pk, kind in rows.values_list("pk", "kind"))


def _categories(workspace: WorkspaceId) -> dict[str, CategoryRules]:
    own: dict[int, set[DestinationId]] = {}
    rows = Category.destinations.through.objects.filter(category__workspace=workspace)
    for category, destination in rows.values_list("category_id", "destination_id"):
        own.setdefault(category, set()).add(DestinationId(destination))
    return {
        row.name: CategoryRules(
            id=CategoryId(row.pk),
            name=row.name,
            color=row.color,
            emoji=row.emoji,
            muted=row.is_muted,
            destinations=frozenset(own.get(row.pk, ())) if row.has_own_destinations else None,
        )
        for row in Category.objects.filter(workspace=workspace)
    }
