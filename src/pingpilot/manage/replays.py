"""Sending again by hand: one event, or everything dead since a time. Costs no quota."""

from datetime import datetime
from uuid import UUID

from pingpilot.domain.errors import ChannelUnavailable, NotFound
from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import DestinationId, EventId
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store import replay
from pingpilot.store.models import Destination, Event, Workspace

NO_SUCH_DESTINATION = "This workspace has no such destination"


def event(services: Services, workspace: Workspace, event_id: str, destination_id: int | None, actor: Actor) -> int:
    """Send an event again to all of its active destinations, or to one; return how many deliveries that are.

    Those still on their way are left alone. Raises NotFound, and ChannelUnavailable for one that is switched off.
    """
    key = _find(workspace, event_id)
    active = _active(workspace, destination_id)
    count = replay.replay_event(EventId(key.hex), active, services.now())
    record(services, workspace, actor, "event.replayed", key.hex, {"deliveries": count})
    services.wake()
    return count


def dead(
    services: Services, workspace: Workspace, since: datetime, destination_id: int | None, actor: Actor
) -> tuple[int, bool]:
    """Send again what has died since a time; return how many deliveries that are, and whether more may be left.

    Raises as ``event``.
    """
    count = replay.replay_dead(_active(workspace, destination_id), since, services.now())
    record(services, workspace, actor, "deliveries.replayed", "", {"deliveries": count, "since": since.isoformat()})
    services.wake()
    return count, count == replay.REPLAYED_MAX


def _find(workspace: Workspace, event_id: str) -> UUID:
    try:
        key = UUID(hex=event_id)
    except ValueError as error:
        raise NotFound("There is no such event") from error
    rows = Event.objects.filter(workspace=workspace, pk=key).exclude(purpose=Purpose.PROOF)
    if not rows.exists():
        raise NotFound("There is no such event")
    return key


def _active(workspace: Workspace, destination_id: int | None) -> list[DestinationId]:
    mine = Destination.objects.filter(workspace=workspace, removed_at=None)
    if destination_id is None:
        rows = mine.filter(verified_at__isnull=False, disabled_at=None).order_by("pk")
        return [DestinationId(pk) for pk in rows.values_list("pk", flat=True)]
    row = mine.filter(pk=destination_id).first()
    if row is None:
        raise NotFound(NO_SUCH_DESTINATION)
    if not row.is_active:
        raise ChannelUnavailable("This destination is switched off or not verified. Switch it on first")
    return [DestinationId(row.pk)]
