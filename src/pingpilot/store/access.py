"""What a key gives access to: the picture of its workspace that accepting an event rests on."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from pingpilot.domain.category import Category as CategoryRules
from pingpilot.domain.ids import CategoryId, DestinationId, KeyId, WorkspaceId
from pingpilot.domain.plan import Plan
from pingpilot.domain.quota import Month, OverLimit
from pingpilot.domain.routing import Route
from pingpilot.store.models import Category, Destination, Key, Quota, Workspace
from pingpilot.store.plans import catalogue


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
    holds_over_limit: bool = False

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


@dataclass(frozen=True, slots=True)
class Standing:
    """The current revision of a workspace, and how many events it has used in a month."""

    revision: int
    month: Month
    used: int


def access_of(key: KeyId, now: datetime) -> Access | None:
    """Return what a key gives access to; None when it is unknown, revoked or expired."""
    return accesses_of([key], now).get(key)


def accesses_of(keys: Collection[KeyId], now: datetime) -> dict[KeyId, Access]:
    """Return what keys give access to; those that are unknown, revoked or expired are missing."""
    rows = Key.objects.filter(pk__in=keys, revoked_at=None).values_list(
        "id", "digest", "expires_at", "workspace_id", "scopes"
    )
    living = [row for row in rows if row[2] is None or row[2] > now]
    own: dict[str, set[CategoryId]] = {}
    limits = Key.categories.through.objects.filter(key__in=[row[0] for row in living])
    for key, category in limits.values_list("key_id", "category_id"):
        own.setdefault(key, set()).add(CategoryId(category))
    return {
        KeyId(key): Access(
            key=KeyId(key),
            digest=bytes(digest),
            expires_at=expires_at,
            workspace=WorkspaceId(workspace),
            scopes=_scopes(scopes),
            categories=frozenset(own[key]) if key in own else None,
        )
        for key, digest, expires_at, workspace, scopes in living
    }


def lately_used(count: int) -> list[KeyId]:
    """Return the keys that were used, as far as they are not revoked, the last ones first."""
    used = Key.objects.filter(last_used_at__isnull=False, revoked_at=None).order_by("-last_used_at", "pk")
    return [KeyId(pk) for pk in used.values_list("pk", flat=True)[:count]]


def recalled(keys: Collection[KeyId], now: datetime) -> tuple[dict[WorkspaceId, Picture], dict[KeyId, Access]]:
    """Return what keys give access to, and the pictures of their workspaces; no key is older than its picture."""
    workspaces = set(Key.objects.filter(pk__in=keys).values_list("workspace_id", flat=True))
    pictures = pictures_of([WorkspaceId(pk) for pk in workspaces], now)
    return pictures, accesses_of(keys, now)


def standings_of(workspaces: Collection[WorkspaceId], month: Month) -> dict[WorkspaceId, Standing]:
    """Return how those workspaces that are there stand in a month."""
    revisions = dict(Workspace.objects.filter(pk__in=workspaces).values_list("pk", "revision"))
    used = _used(workspaces, month)
    return {WorkspaceId(pk): Standing(revision, month, used.get(pk, 0)) for pk, revision in revisions.items()}


def pictures_of(workspaces: Collection[WorkspaceId], now: datetime) -> dict[WorkspaceId, Picture]:
    """Return the pictures of those workspaces that are there. Revisions are read first: a race makes them stale."""
    rows = list(
        Workspace.objects.filter(pk__in=workspaces).values_list(
            "pk", "revision", "plan", "refuses_without_destination", "over_limit"
        )
    )
    month = Month.of(now)
    categories, routes, used = _categories(workspaces), _routes(workspaces), _used(workspaces, month)
    return {
        WorkspaceId(pk): Picture(
            workspace=WorkspaceId(pk),
            revision=revision,
            plan=catalogue().of(plan),
            refuses_without_destination=refuses,
            categories=categories.get(pk, {}),
            routes=tuple(routes.get(pk, ())),
            month=month,
            used=used.get(pk, 0),
            holds_over_limit=over_limit == OverLimit.HOLD,
        )
        for pk, revision, plan, refuses, over_limit in rows
    }


def used_in(workspace: WorkspaceId, month: Month) -> int:
    """Return how many events a workspace has used in a month."""
    return _used([workspace], month).get(workspace, 0)


@lru_cache(maxsize=256)
def _scopes(text: str) -> frozenset[str]:
    """Return the scopes of a key: most have the same, and share them."""
    return frozenset(text.split())


def _used(workspaces: Collection[WorkspaceId], month: Month) -> dict[int, int]:
    rows = Quota.objects.filter(workspace__in=workspaces, year=month.year, month=month.month)
    return dict(rows.values_list("workspace_id", "used"))


def _routes(workspaces: Collection[WorkspaceId]) -> dict[int, list[Route]]:
    rows = Destination.objects.filter(
        workspace__in=workspaces, verified_at__isnull=False, disabled_at=None, removed_at=None
    ).order_by("pk")
    routes: dict[int, list[Route]] = {}
    for pk, kind, workspace in rows.values_list("pk", "kind", "workspace_id"):
        routes.setdefault(workspace, []).append(Route(DestinationId(pk), kind, WorkspaceId(workspace)))
    return routes


def _categories(workspaces: Collection[WorkspaceId]) -> dict[int, dict[str, CategoryRules]]:
    rows = list(
        Category.objects.filter(workspace__in=workspaces).values_list(
            "pk", "workspace_id", "name", "color", "emoji", "is_muted", "has_own_destinations"
        )
    )
    own = _own_destinations([row[0] for row in rows if row[-1]])
    categories: dict[int, dict[str, CategoryRules]] = {}
    for pk, workspace, name, color, emoji, is_muted, has_own in rows:
        categories.setdefault(workspace, {})[name] = CategoryRules(
            id=CategoryId(pk),
            name=name,
            color=color,
            emoji=emoji,
            muted=is_muted,
            destinations=frozenset(own.get(pk, ())) if has_own else None,
        )
    return categories


def _own_destinations(categories: Collection[int]) -> dict[int, set[DestinationId]]:
    own: dict[int, set[DestinationId]] = {}
    rows = Category.destinations.through.objects.filter(category__in=categories)  # of none nothing is asked
    for category, destination in rows.values_list("category_id", "destination_id"):
        own.setdefault(category, set()).add(DestinationId(destination))
    return own
