"""What the operator of an instance sees of it, and does: no event's content, and nothing that is sealed or a digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.errors import InvalidAccount, Issue, NotFound
from pingpilot.domain.quota import Month
from pingpilot.domain.role import Role
from pingpilot.manage import replays, sessions
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import Delivery, Destination, Quota, User, Workspace
from pingpilot.store.plans import catalogue

PAGE = 50
DEAD_SHOWN = 100
_OPEN_OR_DEAD = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DEAD)
REPLAYED_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel does. ``oldest`` is since when the first delivery waits that should have gone by now."""

    kind: str
    active: int
    disabled: int
    failing: int
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error: str
    due: int
    later: int
    sending: int
    dead: int
    oldest: datetime | None

    @property
    def is_used(self) -> bool:
        """Whether there is anything to say of it."""
        counts = (self.active, self.disabled, self.failing, self.due, self.later, self.sending, self.dead)
        return any(counts) or self.last_success_at is not None or self.last_error_at is not None


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in all channels together: due by now, due later, on its way, given up."""

    due: int
    later: int
    sending: int
    dead: int
    oldest: datetime | None


def depth_of(channels: Sequence[Health]) -> Depth:
    """Return what waits in all these channels."""
    return Depth(
        due=sum(one.due for one in channels),
        later=sum(one.later for one in channels),
        sending=sum(one.sending for one in channels),
        dead=sum(one.dead for one in channels),
        oldest=min((one.oldest for one in channels if one.oldest is not None), default=None),
    )


def health(services: Services) -> list[Health]:
    """Return how each channel does that this instance knows or has something to deliver by; those in use first."""
    rows, depths = _destinations(), _depths(services.now())
    kinds = sorted({*services.channels, *rows, *depths})
    found = [_health(kind, rows.get(kind, {}), depths.get(kind, {})) for kind in kinds]
    return sorted(found, key=lambda one: not one.is_used)


def users(search: str = "", after: int = 0) -> list[User]:
    """Return a page of the accounts by number; ``search`` is part of an address or a name."""
    rows = User.objects.filter(pk__gt=after).annotate(workspace_count=Count("memberships"))
    if search:
        rows = rows.filter(Q(email__icontains=search) | Q(name__icontains=search))
    return list(rows.order_by("pk")[:PAGE])


@dataclass(frozen=True, slots=True)
class WorkspaceRow:
    """A workspace as the operator sees it. ``owner`` is an address; ``limit`` is None where there is none."""

    workspace: Workspace
    owner: str
    used: int
    limit: int | None
    members: int

    @property
    def pk(self) -> int:
        """Its number, by which pages follow each other."""
        return self.workspace.pk


def workspaces(now: datetime, search: str = "", after: int = 0) -> list[WorkspaceRow]:
    """Return a page of the workspaces by number, each with what it has used in the month of ``now``."""
    month = Month.of(now)
    quota = Quota.objects.filter(workspace=OuterRef("pk"), year=month.year, month=month.month)
    rows = Workspace.objects.filter(pk__gt=after, deleted_at=None).annotate(
        owner=Max("memberships__user__email", filter=Q(memberships__role=Role.OWNER)),
        member_count=Count("memberships"),
        used=Coalesce(Subquery(quota.values("used")), 0),
    )
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(owner__icontains=search))
    return [
        WorkspaceRow(row, row.owner or "", row.used, catalogue().of(row.plan).events_per_month, row.member_count)
        for row in rows.order_by("pk")[:PAGE]
    ]


def dead_deliveries() -> list[Delivery]:
    """Return the deliveries that died last, whatever the workspace."""
    rows = Delivery.objects.filter(state=DeliveryState.DEAD).select_related("event__workspace", "destination")
    return list(rows.order_by("-final_at")[:DEAD_SHOWN])


def replay(services: Services, delivery_id: str, actor: Actor) -> int:
    """Send the event of a dead delivery again to the same destination; return how many deliveries that are.

    Raises NotFound, and ChannelUnavailable where the destination is switched off.
    """
    row = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.DEAD).select_related("event__workspace").first()
    if row is None:
        raise NotFound("This delivery is not dead any more")
    return replays.event(services, row.event.workspace, row.event_id.hex, row.destination_id, actor)


def replay_all(services: Services, workspace_id: int, actor: Actor) -> tuple[int, bool]:
    """Send again what has died in a workspace within 30 days; return as ``replays.dead`` does. Raises NotFound."""
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound("There is no such workspace")
    return replays.dead(services, workspace, services.now() - REPLAYED_BACK, None, actor)


def set_active(services: Services, user_id: int, actor: Actor, *, is_active: bool) -> User:
    """Let an account sign in, or not, which ends its sessions too. Raises NotFound; InvalidAccount for one's own."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such account")
    if user == actor.user:
        raise InvalidAccount([Issue("invalid_string", (), "This is your own account: nobody could switch it on again")])
    User.objects.filter(pk=user.pk).update(is_active=is_active)
    if not is_active:
        sessions.end_all(user)
    record(services, None, actor, "user.enabled" if is_active else "user.disabled", user.pk)
    return user


def set_operator(services: Services, user_id: int, actor: Actor, *, is_operator: bool) -> User:
    """Let an account operate this instance, or no longer.

    Raises NotFound; InvalidAccount for one's own, and for the last operator.
    """
    with transaction.atomic():
        operators = User.objects.select_for_update().filter(is_staff=True, is_active=True)
        others = [one.pk for one in operators if one.pk != user_id]
        user = User.objects.filter(pk=user_id, is_active=True).first()
        if user is None:
            raise NotFound("There is no such account, or it is switched off")
        if not is_operator and (user == actor.user or not others):
            raise InvalidAccount(
                [Issue("invalid_string", (), "Somebody has to operate this instance: make another first")]
            )
        User.objects.filter(pk=user.pk).update(is_staff=is_operator, is_superuser=is_operator)
        action = "user.operator_granted" if is_operator else "user.operator_withdrawn"
        record(services, None, actor, action, user.pk)
    return user


def _destinations() -> dict[str, dict[str, Any]]:
    has_failed_since = Q(last_success_at=None) | Q(last_error_at__gt=F("last_success_at"))
    rows = Destination.objects.filter(removed_at=None).order_by().values("kind")
    counted = rows.annotate(
        active=Count("pk", filter=Q(verified_at__isnull=False, disabled_at=None)),
        disabled=Count("pk", filter=Q(disabled_at__isnull=False)),
        failing=Count("pk", filter=Q(disabled_at=None, last_error_at__isnull=False) & has_failed_since),
        succeeded_at=Max("last_success_at"),
        failed_at=Max("last_error_at"),
    )
    return {row["kind"]: {**row} for row in counted}


def _depths(now: datetime) -> dict[str, dict[str, Any]]:
    """Return what is open and what is dead of each channel; read by the indexes of what is not delivered."""
    is_due = Q(state=DeliveryState.PENDING, due_at__lte=now)
    rows = Delivery.objects.filter(state__in=_OPEN_OR_DEAD).order_by().values("channel")
    counted = rows.annotate(
        due=Count("pk", filter=is_due),
        later=Count("pk", filter=Q(state=DeliveryState.PENDING, due_at__gt=now)),
        sending=Count("pk", filter=Q(state=DeliveryState.SENDING)),
        dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
        oldest=Min("due_at", filter=is_due),
    )
    return {row["channel"]: {**row} for row in counted}


def _health(kind: str, row: dict[str, Any], depth: dict[str, Any]) -> Health:
    failed = Destination.objects.filter(kind=kind, removed_at=None, last_error_at__isnull=False)
    return Health(
        kind=kind,
        active=row.get("active", 0),
        disabled=row.get("disabled", 0),
        failing=row.get("failing", 0),
        last_success_at=row.get("succeeded_at"),
        last_error_at=row.get("failed_at"),
        last_error=failed.order_by("-last_error_at").values_list("last_error", flat=True).first() or "",
        due=depth.get("due", 0),
        later=depth.get("later", 0),
        sending=depth.get("sending", 0),
        dead=depth.get("dead", 0),
        oldest=depth.get("oldest"),
    )
